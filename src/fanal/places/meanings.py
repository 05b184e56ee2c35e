"""Meanings: the names of a draft, folded and sorted for matching, each with the places that it may stand for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.places.draft import Draft
from fanal.places.entry import NEAREST
from fanal.places.folded import folded
from fanal.places.stop_words import load_stop_words
from fanal.text import phrases
from fanal.text.phrases import Phrases

_RANK = np.argsort([relation.value for relation in NEAREST]).astype(np.int8)
"""Of each relation: its place in NEAREST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanings:
    """Hold k names with m meanings, a meaning once: name i has those from offsets[i] to offsets[i + 1]."""

    phrases: Phrases  # numbered 0 to k in the order of their hash
    offsets: NDArray[np.int64]  # k + 1
    entry: NDArray[np.int32]  # m; row of the place, ascending within a name
    relation: NDArray[np.int8]  # m; the nearest, where a name belongs to its place in several ways
    everyday: NDArray[np.bool_]  # k; every word of it is an everyday word or a single letter
    weak: NDArray[np.bool_]  # k; it is a given or family name


def collect(draft: Draft) -> Meanings:
    """Fold the names of a draft and sort them."""
    encoded = pa.array(folded(draft.texts), pa.string()).dictionary_encode()
    code = encoded.indices.to_numpy().astype(np.int64)
    texts = encoded.dictionary.to_pylist()
    _, one = np.unique(code, return_index=True)
    compiled = phrases.compile([(draft.texts[at], number) for number, at in enumerate(one.tolist())])
    place = np.full(len(texts), -1, np.int64)  # of each text in the order of the table
    place[compiled.number] = np.arange(len(compiled))
    place = place[code]
    row, relation = np.asarray(draft.of, np.int32), np.asarray(draft.relation, np.int8)
    order = np.lexsort((_RANK[relation], row, place))
    order = order[place[order] >= 0]
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(place[order]) != 0) | (np.diff(row[order]) != 0)
    order = order[new]
    count = np.bincount(place[order], minlength=len(compiled))
    kept = [texts[number] for number in compiled.number.tolist()]
    stop = load_stop_words()
    everyday = [_is_everyday(text.split(), stop.never) for text in kept]
    return Meanings(
        phrases=_packed(compiled),
        offsets=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        entry=row[order],
        relation=relation[order],
        everyday=np.array(everyday, np.bool_),
        weak=np.array([text in stop.weak for text in kept], np.bool_),
    )


def _is_everyday(words: Sequence[str], never: frozenset[str]) -> bool:
    """Say whether a name is of everyday words and single letters; initials such as "U.S." are none.

    >>> [_is_everyday(words, frozenset({"hit"})) for words in (["hit"], ["u", "s"], ["a"], ["new", "york"])]
    [True, False, True, False]
    """
    if len(words) > 1 and all(len(word) == 1 for word in words):
        return False
    return all(word in never or len(word) == 1 for word in words)


def _packed(table: Phrases) -> Phrases:
    """Return phrases numbered in the order of their hash, with each different word kept once.

    Names share most of their words ("San", "County"), so that the letters take a third of the room.
    """
    parts = {name: getattr(table, name) for name in Phrases.__slots__}
    letters = table.codes.tobytes().decode("utf-32-le")
    places: dict[str, int] = {}
    kept: list[str] = []
    behind = 0
    start = np.empty_like(table.start)
    for at, (one, end) in enumerate(zip(table.start.tolist(), table.end.tolist(), strict=True)):
        word = letters[one:end]
        place = places.get(word)
        if place is None:
            place = places[word] = behind
            kept.append(word)
            behind += len(word)
        start[at] = place
    own = {
        "number": np.arange(len(table), dtype=np.int64),
        "start": start,
        "end": start + (table.end - table.start),
        "codes": np.frombuffer("".join(kept).encode("utf-32-le"), np.uint32),
    }
    return Phrases(**{**parts, **own})
