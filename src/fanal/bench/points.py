"""Points to areas: how many a second the grid puts into areas, beside shapely's tree over the same points."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from fanal.bench.figure import Work
from fanal.geo import grid

UNIT = "points"
POINTS = 1_000_000
FEW = 20
"""The peers see every twentieth point: a million takes them seconds a round."""
NEAR_DEGREES = 0.05
"""Half of the points lie about so far (5 km) from a corner of a border, where the grid has to look at edges."""


def works(layers: Mapping[str, pa.Table], rng: np.random.Generator) -> Iterator[Work]:
    """Yield the work of each layer, and behind it its peers. The grid and the tree of areas are built before.

    Args:
        layers: AREA_SCHEMA by a short name.
        rng: draws the points.
    """
    for name, areas in layers.items():
        shapes = shapely.from_wkb(areas["geometry"].drop_null().to_numpy())
        yield from _layer(name, areas, shapes, *_points(shapes, rng))


def _layer(
    name: str,
    areas: pa.Table,
    shapes: NDArray[np.object_],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> Iterator[Work]:
    """Yield the work of one layer and its peers."""
    ours = f"points_{name}"
    made = grid.compile(areas)
    yield Work(
        name=ours,
        run=lambda: made.areas_of(lon, lat),
        posts=len(lon),
        unit=UNIT,
        what=f"geo.grid over {len(shapes):,} areas",
    )
    tree = shapely.STRtree(shapes)
    few = (lon[::FEW].copy(), lat[::FEW].copy())
    yield Work(
        name=f"shapely_{name}",
        run=lambda: tree.query(shapely.points(*few), predicate="intersects"),
        posts=len(few[0]),
        unit=UNIT,
        peer_of=ours,
        what="STRtree of the areas, built once; query of points",
    )
    yield Work(
        name=f"shapely_turned_{name}",
        run=lambda: shapely.STRtree(shapely.points(*few)).query(shapes, predicate="intersects"),
        posts=len(few[0]),
        unit=UNIT,
        peer_of=ours,
        what="STRtree of the points; query of areas, which shapely then prepares",
    )


def _points(
    shapes: NDArray[np.object_], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points: half anywhere in the box of the areas, half near the corners of their borders."""
    west, south, east, north = shapely.total_bounds(shapes)
    anywhere = rng.uniform((west, south), (east, north), (POINTS // 2, 2))
    corners = shapely.get_coordinates(shapes)
    near = corners[rng.integers(0, len(corners), POINTS - len(anywhere))]
    near = near + rng.normal(0, NEAR_DEGREES, near.shape)
    lon, lat = rng.permutation(np.concatenate([anywhere, near])).clip((-180, -90), (180, 90)).T
    return np.ascontiguousarray(lon), np.ascontiguousarray(lat)
