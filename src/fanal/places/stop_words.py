"""Stop words: which names of places are everyday words, and which are given names, in the languages covered."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pyarrow as pa

from fanal.text.fold import fold

FILE = "stop_words.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWords:
    """Hold the two lists, folded as the texts are."""

    never: frozenset[str]  # a word that is never a place by itself
    weak: frozenset[str]  # a word that is a place only beside the area that holds it


@cache
def load_stop_words() -> StopWords:
    """Return the lists that ship with Fanal; a word of both counts as `never`.

    >>> words = load_stop_words()
    >>> "hit" in words.never, "maria" in words.weak, "mosul" in words.never | words.weak
    (True, True, False)
    """
    lists = tomllib.loads(files("fanal.places").joinpath(FILE).read_text(encoding="utf-8"))
    never, weak = (_folded(lists[name].values()) for name in ("never", "weak"))
    return StopWords(never=never, weak=weak - never)


def _folded(texts: object) -> frozenset[str]:
    """Return the folded words of some texts."""
    folded = fold(pa.array(list(texts), pa.large_string()))  # type: ignore[call-overload]
    return frozenset(word for row in range(len(folded)) for word in folded.text(row).split())
