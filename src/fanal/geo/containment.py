"""Which area holds a point: exact, vectorised, the finest area first."""

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

OUTSIDE = -1
"""Row of a point that no area holds: at sea, abroad, or not a number."""


def areas_of(lon: NDArray[np.float64], lat: NDArray[np.float64], areas: pa.Table) -> NDArray[np.int32]:
    """Return for each point the row of the finest area that holds it, or OUTSIDE.

    A point on a border belongs to the area of the lowest row among those that touch it, at the finest
    level. Areas without geometry hold nothing.

    Args:
        lon: degrees east, from -180 to 180 or NaN, n.
        lat: degrees north, from -90 to 90 or NaN, n.
        areas: AREA_SCHEMA.

    Returns:
        Row numbers of `areas`, n.

    Raises:
        ValueError: a coordinate out of range.

    >>> from fanal.model.area import AREA_SCHEMA
    >>> row = {"area": "own:a", "level": 1, "name": "A", "geometry": shapely.to_wkb(shapely.box(0, 0, 1, 1))}
    >>> areas = pa.Table.from_pylist([row], schema=AREA_SCHEMA)
    >>> areas_of(np.array([0.5, 1.0, 2.0, np.nan]), np.array([0.5, 1.0, 0.5, 0.5]), areas).tolist()
    [0, 0, -1, -1]
    """
    if (np.abs(lon) > 180).any() or (np.abs(lat) > 90).any():
        raise ValueError("A longitude lies from -180 to 180 and a latitude from -90 to 90.")
    drawn = np.flatnonzero(areas["geometry"].is_valid().to_numpy())
    shapes = shapely.from_wkb(areas["geometry"].take(pa.array(drawn)).to_numpy(zero_copy_only=False))
    level = areas["level"].to_numpy()[drawn].astype(np.int64)
    found = np.full(len(lon), OUTSIDE, dtype=np.int32)
    usable = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if not len(usable) or not len(drawn):
        return found
    point, shape = shapely.STRtree(shapes).query(
        shapely.points(lon[usable], lat[usable]), predicate="intersects"
    )
    order = np.lexsort((-drawn[shape], level[shape]))  # the last write wins: finest level, then lowest row
    found[usable[point[order]]] = drawn[shape[order]]
    return found
