"""The outlines of areas, simplified together and written as whole numbers that a browser decodes."""

from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

GRID = 1_000
"""Coordinates are whole thousandths of a degree: about 100 m, finer than any boundary here."""

MOST_POINTS = 30_000
"""Points of all outlines together: about 250 kB on the page."""

FIRST_TOLERANCE = 0.005  # degree, about 500 m; doubled until the points fit
LAST_TOLERANCE = 2.0  # degree: beyond this an outline shows nothing
TRIANGLE = 3  # points of the smallest ring


def outlines(geometry: pa.Array, level: NDArray[np.int8]) -> list[list[list[list[int]]] | None]:
    """Return for each area its polygons, each a list of rings `[x0, y0, dx1, dy1, ...]` in thousandths of a degree.

    Areas of one level are simplified together, so that shared borders stay shared. An area without
    geometry, or with one that cannot be read, gets None: it is in the tables and not on the map.

    Args:
        geometry: WKB, WGS 84; nulls are areas without geometry.
        level: administrative level of each area.

    >>> square = shapely.to_wkb(shapely.box(44, 33, 45, 34))
    >>> outlines(pa.array([square, None]), np.array([1, 1], np.int8))
    [[[[45000, 33000, 0, 1000, -1000, 0, 0, -1000]]], None]
    """
    shapes: NDArray[np.object_] = shapely.from_wkb(
        geometry.to_numpy(zero_copy_only=False), on_invalid="ignore"
    )
    drawn = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    shapes[~drawn] = None
    return [None if shape is None else _encoded(shape) for shape in _fitted(shapes, level)]


def _fitted(shapes: NDArray[np.object_], level: NDArray[np.int8]) -> NDArray[np.object_]:
    """Return shapes of at most MOST_POINTS points together, as little simplified as that takes."""
    tolerance = FIRST_TOLERANCE
    fitted = shapes
    while shapely.get_num_coordinates(fitted).sum() > MOST_POINTS and tolerance <= LAST_TOLERANCE:
        fitted = shapes.copy()
        for one in np.unique(level):
            at = np.flatnonzero((level == one) & shapely.is_geometry(shapes))
            if len(at):
                fitted[at] = shapely.coverage_simplify(shapes[at], tolerance)
        tolerance *= 2
    return fitted


def _encoded(shape: Any) -> list[list[list[int]]] | None:
    """Return the rings of a polygon or multipolygon; None when it is smaller than the grid."""
    polygons = []
    for polygon in shapely.get_parts(shape):
        rings = [_ring(ring) for ring in shapely.get_rings(polygon)]
        if rings[0]:
            polygons.append([ring for ring in rings if ring])
    return polygons or None


def _ring(ring: Any) -> list[int]:
    """Return a ring's first point and then its steps, the closing point left out; [] for fewer than 3 points."""
    points = np.rint(shapely.get_coordinates(ring) * GRID).astype(np.int64)
    points = points[np.r_[True, np.any(points[1:] != points[:-1], axis=1)]][:-1]
    if len(points) < TRIANGLE:
        return []
    steps: list[int] = np.concatenate([points[:1], np.diff(points, axis=0)]).ravel().tolist()
    return steps
