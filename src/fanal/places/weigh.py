"""Weigh: how likely each meaning of a name is before the rest of the post is read."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fanal.places.names import Kind, Names
from fanal.places.tree import Tree

# Not fitted to data: first guesses, written down so that they can be replaced by measured ones.
EXPONENT = 0.8  # bigger places are named more often, a little less than in proportion
SMOOTHING = 1_000  # people added to each place: GeoNames often knows no number
LEAST_PEOPLE = 50_000  # taken for an area: an area is named more often than a village of as many people
HOME_FACTOR = 20.0  # places of the home countries
COUNTRY_NAMESAKE = 0.1  # a part or a city that is called like its whole country (Kuwait, Mexico)
NOT_A_PLACE_PEOPLE = 20_000  # a single word is something else as often as it is a place of so many people
SEVERAL_WORDS = 0.1  # of that, for a name of several words
WEAK_ODDS = 25.0  # a given name is a person so many times more often than a place

PEEL_PEOPLE = (
    100_000  # a word's own letter can look like a clitic: abroad only names of so many people are peeled
)

MOST_MEANINGS = 16  # of a name; the rest only takes probability away


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Hold the meanings of n names: name i has those from offsets[i] to offsets[i + 1], the likeliest first."""

    text: list[str]  # n; folded
    offsets: NDArray[np.int64]  # n + 1
    node: NDArray[np.int32]  # m
    weight: NDArray[np.float64]  # m; above 0
    nothing: NDArray[np.float64]  # n; weight of what is no place, or none that is listed
    peel: NDArray[np.bool_]  # n; may be read with an Arabic clitic in front


def weigh(names: Names, tree: Tree, home: frozenset[str]) -> Weights:
    """Weigh the meanings of each name by people, with HOME_FACTOR for the home countries.

    A city that is called like the area around it, but lies in a part of that area with another name,
    stands for the area (Baghdad lies in Al-Resafa); so does one whose point lies over the border, in the area
    beside the one that has its name (Amara). An area that is called like one of its parts leaves
    the name to the part: "Duhok" is the district, "Duhok Governorate" the governorate.
    """
    at_home = _at_home(tree, home)
    meanings: defaultdict[str, list[tuple[Kind, int, float, bool]]] = defaultdict(list)
    for text, kind, node, people, weak in zip(
        names.text, names.kind, names.node, names.people, names.weak, strict=True
    ):
        meanings[text].append((kind, node, people, weak))
    texts = sorted(meanings)
    rows = [list(_meanings(meanings[text], tree, at_home)) for text in texts]
    nothing, peel = np.zeros(len(texts)), np.zeros(len(texts), np.bool_)
    for i, (text, row) in enumerate(zip(texts, rows, strict=True)):
        row.sort(key=lambda meaning: (-meaning[1], meaning[0]))
        total = sum(weight for _, weight in row)
        weak = all(one[3] for one in meanings[text])
        nothing[i] = _weight(NOT_A_PLACE_PEOPLE) * (SEVERAL_WORDS if " " in text else 1.0)
        nothing[i] += sum(weight for _, weight in row[MOST_MEANINGS:]) + (WEAK_ODDS * total if weak else 0.0)
        del row[MOST_MEANINGS:]
        peel[i] = not weak and _is_sure(meanings[text], at_home)
    flat = [meaning for row in rows for meaning in row]
    return Weights(
        text=texts,
        offsets=np.cumsum([0, *map(len, rows)]).astype(np.int64),
        node=np.array([node for node, _ in flat], dtype=np.int32),
        weight=np.array([weight for _, weight in flat], dtype=np.float64),
        nothing=nothing,
        peel=peel,
    )


def _is_sure(meanings: list[tuple[Kind, int, float, bool]], at_home: list[bool]) -> bool:
    """Say whether a name is known well enough to be read under a clitic."""
    return any(
        kind is Kind.AREA or (kind is Kind.PLACE and (at_home[node] or people >= PEEL_PEOPLE))
        for kind, node, people, _ in meanings
    )


def _meanings(
    meanings: list[tuple[Kind, int, float, bool]], tree: Tree, at_home: list[bool]
) -> Iterator[tuple[int, float]]:
    """Yield node and weight of each meaning of one name, a node once."""
    named = {node for kind, node, _, _ in meanings if kind is Kind.AREA}
    parts = {above for node in named for above in tree.above(node) if tree.level[above] > 0}
    weights: dict[int, float] = {}
    for kind, node, people, _ in dict.fromkeys(meanings):  # two spellings may fold to the same
        if kind is Kind.DECOY or (kind is Kind.AREA and node in parts):
            continue
        above = tree.above(node)
        meant = node
        if kind is Kind.PLACE and node not in named:
            around = (one for one in above if one in named and tree.level[one] > 0)
            beside = (one for one in sorted(named) if above and tree.above(one)[:1] == above[:1])
            meant = next(around, next(beside, node))
        weight = _weight(max(people, LEAST_PEOPLE) if kind is Kind.AREA else people)
        weight *= HOME_FACTOR if at_home[node] else 1.0
        country = any(tree.level[one] == 0 and one in named for one in above)
        weights[meant] = weights.get(meant, 0.0) + weight * (COUNTRY_NAMESAKE if country else 1.0)
    yield from weights.items()


def _weight(people: float) -> float:
    """Return the weight of so many people."""
    return float((people + SMOOTHING) ** EXPONENT)


def _at_home(tree: Tree, home: frozenset[str]) -> list[bool]:
    """Say of each node whether it lies in a home country."""
    nodes = {node for name, node in tree.country.items() if name in home}
    own = [country in home for country in tree.countries]
    abroad = range(tree.areas, len(tree.level))
    return own + [node in nodes for node in abroad]
