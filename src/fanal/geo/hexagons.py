"""H3 cells: areas for where no boundaries exist. Each point has its hexagon, at a resolution that is stated.

Reference: H3, https://h3geo.org; the library h3 4.x.
"""

import h3.api.numpy_int as h3
import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from fanal.model.area import AREA_SCHEMA, H3

RESOLUTION = 4
"""A cell of 1,770 km2 on the average: of H3's resolutions the nearest to a district (Iraq's have 4,300 km2)."""

FINEST = 5
"""253 km2 on the average. A finer cell comes near a precise coordinate, and those stop in this package."""

LEVEL = 2
"""Of a cell, as of a district: what is known only to a governorate is put into no cell."""
_HALF_TURN, _POLE = 180.0, 90.0


def codes(lon: NDArray[np.float64], lat: NDArray[np.float64], resolution: int = RESOLUTION) -> pa.StringArray:
    """Return for each point the code of its cell; null where it is not a number.

    The library takes a point at a time, 0.7 million a second on one core; each distinct cell is written once.

    Args:
        lon: degrees east, from -180 to 180 or NaN, n.
        lat: degrees north, from -90 to 90 or NaN, n.
        resolution: from 0 (122 cells for the Earth) to FINEST; one more makes cells seven times smaller.

    Raises:
        ValueError: a coordinate or the resolution is out of range.

    >>> codes(np.array([43.13, np.nan]), np.array([36.34, 36.34])).to_pylist()
    ['h3:842c16bffffffff', None]
    """
    _check(resolution)
    if (np.abs(lon) > 180).any() or (np.abs(lat) > 90).any():
        raise ValueError("A longitude lies from -180 to 180 and a latitude from -90 to 90.")
    usable = np.isfinite(lon) & np.isfinite(lat)
    points = zip(lat[usable].tolist(), lon[usable].tolist(), strict=True)
    made = (h3.latlng_to_cell(y, x, resolution) for y, x in points)
    cells, of = np.unique(np.fromiter(made, np.uint64, int(usable.sum())), return_inverse=True)
    at = np.full(len(lon), -1, np.int64)
    at[usable] = of
    written = pa.array([_code(cell) for cell in cells.tolist()], pa.string())
    return written.take(pa.array(at, mask=at < 0))


def areas(cells: pa.StringArray) -> pa.Table:
    """Return the cells of codes as areas, each once, by code.

    A cell that crosses the line where 180 degrees east meets 180 west has a part on each side.

    Args:
        cells: as `codes` made them; nulls are left out.

    >>> areas(codes(np.array([43.13]), np.array([36.34]))).select(["area", "level", "name"]).to_pylist()
    [{'area': 'h3:842c16bffffffff', 'level': 2, 'name': '842c16bffffffff'}]
    """
    rows = []
    for code in sorted(set(cells.drop_null().to_pylist())):
        cell = h3.str_to_int(code.removeprefix(H3))
        lat, lon = h3.cell_to_latlng(cell)
        rows.append(
            {
                "area": code,
                "level": LEVEL,
                "name": code.removeprefix(H3),
                "lon": lon,
                "lat": lat,
                "geometry": shapely.to_wkb(_shape(cell)),
            }
        )
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)


def covering(
    west: float, south: float, east: float, north: float, resolution: int = RESOLUTION
) -> pa.StringArray:
    """Return the codes of the cells that touch a box, by code.

    Args:
        west: degrees east, from -180 and below `east`.
        south: degrees north, from -90 and below `north`.
        east: degrees east, to 180.
        north: degrees north, to 90.
        resolution: from 0 to FINEST.

    Raises:
        ValueError: the box or the resolution is out of range.

    >>> len(covering(43.0, 36.0, 44.0, 37.0))
    14
    """
    _check(resolution)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(
            "A box is west, south, east and north in degrees, west below east, south below north."
        )
    box = h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    cells = h3.h3shape_to_cells_experimental(box, resolution, contain="overlap")
    return pa.array(sorted(_code(int(cell)) for cell in cells), pa.string())


def _check(resolution: int) -> None:
    """Refuse a resolution that there is not, or that is too fine."""
    if not 0 <= resolution <= FINEST:
        raise ValueError(f"The resolution of cells lies from 0 to {FINEST}.")


def _code(cell: int) -> str:
    """Return the code of a cell."""
    return H3 + str(h3.int_to_str(cell))


def _shape(cell: int) -> shapely.Geometry:
    """Return the polygon of a cell in degrees, or one on each side of the line at 180 degrees."""
    ring = np.array([(x, y) for y, x in h3.cell_to_boundary(cell)])
    for pole in (-_POLE, _POLE):
        if cell == h3.latlng_to_cell(pole, 0.0, h3.get_resolution(cell)):
            return _around_pole(ring, pole)
    if np.ptp(ring[:, 0]) <= _HALF_TURN:
        return shapely.Polygon(ring)
    ring[ring[:, 0] < 0, 0] += 2 * _HALF_TURN
    whole = shapely.Polygon(ring)
    west = shapely.intersection(whole, shapely.box(-_HALF_TURN, -_POLE, _HALF_TURN, _POLE))
    east = shapely.intersection(whole, shapely.box(_HALF_TURN, -_POLE, 3 * _HALF_TURN, _POLE))
    moved = shapely.transform(east, lambda points: points - [2 * _HALF_TURN, 0])
    return shapely.union_all([west, moved])


def _around_pole(ring: NDArray[np.float64], pole: float) -> shapely.Geometry:
    """Return the polygon of a cell that holds a pole: from its ring to the pole, all the way round."""
    ring = ring[np.argsort(ring[:, 0])]
    (x0, y0), (x1, y1) = ring[-1] - [2 * _HALF_TURN, 0], ring[0]
    y = y0 + (y1 - y0) * (-_HALF_TURN - x0) / (x1 - x0)
    closed = [(-_HALF_TURN, y), *ring.tolist(), (_HALF_TURN, y), (_HALF_TURN, pole), (-_HALF_TURN, pole)]
    return shapely.Polygon(closed)
