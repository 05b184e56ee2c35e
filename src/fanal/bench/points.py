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
FEW = 50
"""The peers see every fiftieth point: a million takes them seconds a round."""
NEAR_DEGREES = 0.05
"""Some 5 km. As hard as it gets: corners are drawn one like another, so most lie where a coast is most jagged."""


def works(layers: Mapping[str, pa.Table], rng: np.random.Generator) -> Iterator[Work]:
    """Yield the work of each layer, and behind it its peers. The grid and the tree of areas are built before.

    Args:
        layers: AREA_SCHEMA by a short name.
        rng: draws the points.
    """
    for name, areas in layers.items():
        shapes = shapely.from_wkb(areas["geometry"].drop_null().to_numpy())
        made = grid.compile(areas)
        yield from _works(name, "anywhere in their box", made, shapes, _anywhere(shapes, rng))
        yield from _works(
            f"{name}_borders", "near corners of borders", made, shapes, _near_borders(shapes, rng)
        )


def _works(
    name: str, where: str, made: grid.Grid, shapes: NDArray[np.object_], points: NDArray[np.float64]
) -> Iterator[Work]:
    """Yield our work over some points, n by 2, and its peers."""
    ours = f"points_{name}"
    lon, lat = points.clip((-180, -90), (180, 90)).T.copy()
    yield Work(
        name=ours,
        run=lambda: made.areas_of(lon, lat),
        posts=len(lon),
        unit=UNIT,
        what=f"{len(shapes):,} areas, points {where}",
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


def _anywhere(shapes: NDArray[np.object_], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return points anywhere in the box of shapes, on land and at sea, n by 2."""
    west, south, east, north = shapely.total_bounds(shapes)
    return rng.uniform((west, south), (east, north), (POINTS, 2))


def _near_borders(shapes: NDArray[np.object_], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return points near the corners of shapes, n by 2."""
    corners = shapely.get_coordinates(shapes)
    near: NDArray[np.float64] = corners[rng.integers(0, len(corners), POINTS)]
    return near + rng.normal(0, NEAR_DEGREES, near.shape)
