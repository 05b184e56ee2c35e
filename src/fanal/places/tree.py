"""The tree of areas: each area with the one that holds it, and the countries abroad that no area stands for."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

NOWHERE = -1
"""The holder of a node that nothing holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Hold nodes: first the rows of the areas, then the countries that are not among them ("elsewhere").

    A node's holder is always of a coarser level, so that every way up ends.
    """

    code: list[str]  # of the areas alone
    level: NDArray[np.int8]  # of every node; 0 for a country abroad
    holder: NDArray[np.int32]  # node that holds a node, or NOWHERE
    country: dict[str, int]  # ISO 3166-1 alpha-2 to node
    countries: list[str | None]  # of each area

    @property
    def areas(self) -> int:
        """Return the number of nodes that are areas; those from here on are abroad."""
        return len(self.code)

    def above(self, node: int) -> list[int]:
        """Return the nodes that hold a node, the nearest first."""
        found: list[int] = []
        at = int(self.holder[node])
        while at != NOWHERE:
            found.append(at)
            at = int(self.holder[at])
        return found

    def home(self, home: Iterable[str]) -> frozenset[str]:
        """Return the home countries: those given, else the only country of the areas, else none."""
        given = frozenset(home)
        seen = {country for country in self.countries if country is not None}
        return given or (frozenset(seen) if len(seen) == 1 else frozenset())


def grow(areas: pa.Table, countries: Iterable[str]) -> Tree:
    """Make the tree of some areas, with a node for each other country.

    An area whose parent is not in the table, or is not of a coarser level, is held by its country.

    Args:
        areas: AREA_SCHEMA.
        countries: ISO 3166-1 alpha-2 of the world's countries.

    >>> from fanal.facts import iraq
    >>> tree = grow(iraq.areas(), ["IQ", "TR"])
    >>> sinjar = tree.code.index("pcode:IQG15Q07")
    >>> [tree.code[node] for node in tree.above(sinjar)]
    ['pcode:IQG15', 'pcode:IQ']
    >>> tree.country["TR"] == tree.areas
    True
    """
    code: list[str] = areas["area"].to_pylist()
    level = areas["level"].to_pylist()
    own: list[str | None] = areas["country"].to_pylist()
    country = {name: row for row, name in enumerate(own) if level[row] == 0 and name is not None}
    known = {*countries, *(name for name in own if name is not None)}
    abroad = sorted(known - country.keys())
    country |= {name: len(code) + place for place, name in enumerate(abroad)}
    levels = np.array([*level, *[0] * len(abroad)], dtype=np.int8)
    row_of = {name: row for row, name in enumerate(code)}
    holder = np.full(len(levels), NOWHERE, dtype=np.int32)
    for row, parent in enumerate(areas["parent"].to_pylist()):
        for node in (row_of.get(parent, NOWHERE), country.get(own[row] or "", NOWHERE)):
            if node != NOWHERE and levels[node] < levels[row]:
                holder[row] = node
                break
    return Tree(
        code=code,
        level=levels,
        holder=holder,
        country=country,
        countries=own,
    )
