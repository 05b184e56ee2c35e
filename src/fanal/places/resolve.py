"""Resolve: the node of the tree in which each place of the world lies, and how many people live there."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.geo.containment import OUTSIDE, areas_of
from fanal.places.tree import NOWHERE, Tree


def nodes_of(places: pa.Table, areas: pa.Table, tree: Tree) -> NDArray[np.int32]:
    """Return the node of each place: the finest area that holds its point, else its first-level area, else its country.

    An area of another country than the place's own is not believed: simplified borders run beside the
    real ones.

    Args:
        places: PLACE_SCHEMA of `fanal.facts.world`, p.
        areas: AREA_SCHEMA, the areas of the tree.
        tree: their tree.

    Returns:
        Nodes, p; a country abroad where no area holds the place.
    """
    country: list[str] = places["country"].to_pylist()
    node = np.array([tree.country.get(name, NOWHERE) for name in country], dtype=np.int32)
    row_of = {code: row for row, code in enumerate(tree.code)}
    for place, admin1 in enumerate(places["admin1"].to_pylist()):
        node[place] = row_of.get(admin1, node[place])
    found = areas_of(places["lon"].to_numpy(), places["lat"].to_numpy(), areas)
    for place in np.flatnonzero(found != OUTSIDE).tolist():
        own = tree.countries[found[place]]
        if own is None or own == country[place]:
            node[place] = found[place]
    return node


def people_of(node: NDArray[np.int32], population: NDArray[np.int64], tree: Tree) -> NDArray[np.float64]:
    """Return the people of each node: of all places inside it.

    Args:
        node: of each place, p; NOWHERE is left out.
        population: of each place, p, not negative.
        tree: the nodes.
    """
    known = node != NOWHERE
    people = np.bincount(node[known], weights=population[known], minlength=len(tree.level)).astype(np.float64)
    for one in np.argsort(
        -tree.level, kind="stable"
    ):  # the finest first, so that each sum is whole when it is added
        if tree.holder[one] != NOWHERE:
            people[tree.holder[one]] += people[one]
    return people
