"""Names: which names of areas, countries and places are looked for in texts, and for what each may stand."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.facts import world
from fanal.places.stop_words import load_stop_words
from fanal.places.tree import Tree
from fanal.text.fold import fold
from fanal.text.words import words

FILE = "other_names.toml"

# Outside the home countries only these people make a place known enough for its name to be believed.
FAR_PEOPLE = 15_000  # for its own name
FAR_PEOPLE_OTHER = 100_000  # for another name of it
FAR_PEOPLE_SHORT = 500_000  # for another name of the least letters

LEAST_LETTERS = 4  # of a name in Latin, Greek or Cyrillic script
LEAST_LETTERS_ARABIC = 3  # short vowels are not written
_FIRST_ARABIC, _LAST_ARABIC = "\u0600", "\u06ff"
_LAST_ALPHABETIC = "\u052f"  # of Latin, Greek and Cyrillic

_CODED = re.compile(r"^[A-Z]{2}\.\w+ \(")  # an area that is called by its code: "FR.11 (Paris)"


class Kind(IntEnum):
    """Say what a name is the name of."""

    AREA = 0  # the node itself
    PLACE = 1  # a city, town or village that lies in the node
    DECOY = 2  # no place at all: it only covers the names inside it


_Raw = tuple[str, Kind, int, float, bool]
"""Text, kind, node, people, and whether it is kept whatever its letters are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Hold names that may stand for a node: n rows, a name as often as it has meanings."""

    text: list[str]  # folded words, joined by a space
    kind: list[Kind]
    node: list[int]
    people: list[float]  # of the area or the place
    weak: list[bool]  # believed only beside the area that holds it


def collect(
    areas: pa.Table,
    places: pa.Table,
    tree: Tree,
    *,
    node: NDArray[np.int32],
    people: NDArray[np.float64],
    home: frozenset[str],
) -> Names:
    """Return the names worth looking for.

    Left out: names of fewer letters than LEAST_LETTERS, everyday words (see `stop_words`), small places
    outside the home countries, bare transliterations. A country or area is also called by hand-written
    short names, and with the word for its kind ("Duhok Governorate").

    Args:
        areas: AREA_SCHEMA.
        places: PLACE_SCHEMA of `fanal.facts.world`, p.
        tree: the nodes.
        node: of each place, p.
        people: of each node.
        home: countries whose places are all kept.
    """
    other = tomllib.loads(files("fanal.places").joinpath(FILE).read_text(encoding="utf-8"))
    raw = [
        *_area_names(areas, tree, people, other, home),
        *_country_names(tree, people, other),
        *((text, Kind.DECOY, 0, 0.0, True) for text in _decoys(other)),
        *_place_names(places, node, home),
    ]
    raw += _without_apostrophes(raw)
    folded = _fold([text for text, *_ in raw])
    stop = load_stop_words()
    kept = Names(text=[], kind=[], node=[], people=[], weak=[])
    for (_, kind, one, count, sure), text in zip(raw, folded, strict=True):
        if not sure and not _readable(text, stop.never):
            continue
        kept.text.append(text)
        kept.kind.append(kind)
        kept.node.append(one)
        kept.people.append(count)
        kept.weak.append(not sure and text in stop.weak and not (kind is Kind.AREA and tree.level[one] == 0))
    return kept


_APOSTROPHES = str.maketrans(dict.fromkeys("'\u2018\u2019\u02bc\u02bf`"))


def _without_apostrophes(raw: list[_Raw]) -> Iterator[_Raw]:
    """Yield the names that have an apostrophe a second time, as people write them without."""
    for text, kind, node, people, sure in raw:
        plain = text.translate(_APOSTROPHES)
        if plain != text:
            yield plain, kind, node, people, sure


def _area_names(
    areas: pa.Table, tree: Tree, people: NDArray[np.float64], other: dict[str, Any], home: frozenset[str]
) -> Iterator[_Raw]:
    """Yield the names of the areas."""
    columns = [areas[name].to_pylist() for name in ("name", "name_ar", "name_fr", "aliases")]
    for row, (name, arabic, french, aliases) in enumerate(zip(*columns, strict=True)):
        own = [text for text in (name, arabic, french, *(aliases or ())) if text and not _CODED.match(text)]
        for text in own:
            yield text, Kind.AREA, row, float(people[row]), False
        for text in other["areas"].get(tree.code[row], ()):
            yield text, Kind.AREA, row, float(people[row]), True
        near = tree.countries[row] in home
        kinds = other["kinds"].get(str(tree.level[row]), ()) if near else other["kinds"]["far"]
        for text in own if near else own[:1]:
            if tree.level[row] > 0:
                yield from ((kind.format(text), Kind.AREA, row, float(people[row]), True) for kind in kinds)


def _country_names(tree: Tree, people: NDArray[np.float64], other: dict[str, Any]) -> Iterator[_Raw]:
    """Yield the names of the countries, at home and abroad."""
    for country in world.countries().to_pylist():
        node = tree.country[country["country"]]
        for text in country["names"]:
            yield text, Kind.AREA, node, float(people[node]), False
        for text in other["countries"].get(country["country"], ()):
            yield text, Kind.AREA, node, float(people[node]), True


def _place_names(places: pa.Table, node: NDArray[np.int32], home: frozenset[str]) -> Iterator[_Raw]:
    """Yield the names of the places that are known well enough."""
    population = places["population"].to_numpy()
    near = np.isin(places["country"].to_numpy(zero_copy_only=False).astype(str), sorted(home))
    for row in np.flatnonzero(near | (population >= FAR_PEOPLE)):
        yield places["name"][row].as_py(), Kind.PLACE, int(node[row]), float(population[row]), False
    kept = near | (population >= FAR_PEOPLE_OTHER)
    names = places["names"].combine_chunks()
    of, texts = pc.list_parent_indices(names).to_numpy(), pc.list_flatten(names).to_pylist()
    for at in np.flatnonzero(kept[of]):
        row, text = of[at], texts[at]
        if _is_transliteration(text):
            continue
        if not near[row] and population[row] < FAR_PEOPLE_SHORT and len(text) <= _least(text):
            continue
        yield text, Kind.PLACE, int(node[row]), float(population[row]), False


def _decoys(other: dict[str, Any]) -> Iterator[str]:
    """Yield what holds a name and is no place: titles, and storms, which bear given names."""
    yield from other["decoys"]["phrases"]
    given = sorted(load_stop_words().weak)
    yield from (f"{storm} {name}" for storm in other["decoys"]["storms"] for name in given)


def _fold(texts: list[str]) -> list[str]:
    """Return the words of each text, folded and joined by a space."""
    folded = fold(pa.array(texts, pa.large_string()))
    found = words(folded)
    content = folded.codes.tobytes().decode("utf-32-le", errors="replace")
    start, end, offsets = found.start.tolist(), found.end.tolist(), found.offsets.tolist()
    return [
        " ".join(content[start[word] : end[word]] for word in range(offsets[row], offsets[row + 1]))
        for row in range(len(texts))
    ]


def _is_transliteration(text: str) -> bool:
    """Say whether a name is in Latin script without a capital, as machines write it and people do not."""
    return text.isascii() and text.islower()


def _least(text: str) -> int:
    """Return the letters that a name of this script needs."""
    first = text[:1]
    if _FIRST_ARABIC <= first <= _LAST_ARABIC:
        return LEAST_LETTERS_ARABIC
    return LEAST_LETTERS if first <= _LAST_ALPHABETIC else 2


def _readable(text: str, never: Iterable[str]) -> bool:
    """Say whether a folded name is long enough, has letters, and is no everyday word."""
    parts = text.split()
    letters = sum(map(len, parts))
    if letters < _least(text) or not all(any(map(str.isalpha, part)) for part in parts[:1]):
        return False
    return not all(part in never or len(part) == 1 for part in parts)
