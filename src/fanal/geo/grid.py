"""The grid: which area holds each of millions of points. Most cells know; the others test a few edges, exactly."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numba import njit
from numpy.typing import NDArray

from fanal.geo import strips
from fanal.geo.containment import OUTSIDE
from fanal.geo.orientation import side

ANY_LEVEL = -1
"""Take the finest area."""

CELLS_PER_EDGE = 24
"""Beside Iraq's borders 1.6 times as fast as with 6, and with 96 no faster; elsewhere it makes no difference."""
LEAST_CELLS, MOST_CELLS = 1 << 12, 1 << 22
"""The most is 17 MB of offsets; the world's first-level areas would be twice as fast at borders with ten times that."""


_POLYGON = 3  # of shapely.get_type_id; what is higher has parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Hold the areas of a table as a grid of columns × rows cells; all arrays, so that it can be kept in a file.

    A cell lists the pieces (polygons of areas) that touch it, the finest level first and among equals the lowest
    row; a piece that fills the cell has `fills`. Edges are kept by piece and row of the grid.
    """

    frame: NDArray[np.float64]  # west, south, width and height of a cell, in degrees; columns, rows
    cells: NDArray[np.int32]  # columns * rows + 1; cell i lists pieces[cells[i] : cells[i + 1]]
    pieces: NDArray[np.int32]
    fills: NDArray[np.bool_]  # of each entry of `pieces`
    area: NDArray[np.int32]  # of each piece: the row of the table
    level: NDArray[np.int8]  # of each piece
    first_row: NDArray[np.int32]  # of each piece: the first row of the grid that it touches
    base: NDArray[np.int64]  # of each piece: where its rows begin in `strips`
    strips: NDArray[
        np.int64
    ]  # edges[strips[i] : strips[i + 1]] are those of one piece in one row of the grid
    edges: NDArray[np.float64]  # e × 4: lon and lat of both ends

    def areas_of(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], level: int = ANY_LEVEL
    ) -> NDArray[np.int32]:
        """Return for each point the row of the finest area that holds it, or OUTSIDE.

        A point on a border belongs to the area of the lowest row among those that touch it, at the finest level.
        The answer is that of `containment.areas_of`, the slow and obvious way, but for points on an edge: there
        shapely rounds, and this does not.

        Args:
            lon: degrees east, from -180 to 180 or NaN, n.
            lat: degrees north, from -90 to 90 or NaN, n.
            level: of the areas that may answer; ANY_LEVEL: the finest.

        Raises:
            ValueError: a coordinate out of range.

        >>> from fanal.model.area import AREA_SCHEMA
        >>> row = {"area": "own:a", "level": 1, "name": "A", "geometry": shapely.to_wkb(shapely.box(0, 0, 1, 1))}
        >>> grid = compile(pa.Table.from_pylist([row], schema=AREA_SCHEMA))
        >>> grid.areas_of(np.array([0.5, 1.0, 2.0, np.nan]), np.array([0.5, 1.0, 0.5, 0.5])).tolist()
        [0, 0, -1, -1]
        """
        lon, lat = (np.ascontiguousarray(one, dtype=np.float64) for one in (lon, lat))
        if (np.abs(lon) > 180).any() or (np.abs(lat) > 90).any():
            raise ValueError("A longitude lies from -180 to 180 and a latitude from -90 to 90.")
        found = np.empty(len(lon), np.int32)
        _look_up(
            lon,
            lat,
            np.int8(level),
            self.frame,
            self.cells,
            self.pieces,
            self.fills,
            self.area,
            self.level,
            self.first_row,
            self.base,
            self.strips,
            self.edges,
            found,
        )
        return found


def compile(areas: pa.Table) -> Grid:  # noqa: A001 - as in re.compile
    """Make the grid of some areas.

    Args:
        areas: AREA_SCHEMA; rows without geometry hold nothing.
    """
    wkb = areas["geometry"].to_numpy()
    drawn = np.flatnonzero(areas["geometry"].is_valid().to_numpy())
    parts, area = _polygons(shapely.from_wkb(wkb[drawn]), drawn)
    level = areas["level"].to_numpy()[area].astype(np.int8)
    edge, owner = _edges(parts)
    frame = _frame(edge)
    made = strips.cut(edge, owner, frame, len(parts))
    priority = np.lexsort((area, -level.astype(np.int64))).astype(np.int32)
    cells, listed, fills = strips.fill(priority, frame, *made)
    first_row, base, offsets, kept = made
    return Grid(
        frame=frame,
        cells=cells,
        pieces=listed,
        fills=fills,
        area=area,
        level=level,
        first_row=first_row,
        base=base,
        strips=offsets,
        edges=kept,
    )


def _polygons(
    shapes: NDArray[np.object_], rows: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.int32]]:
    """Return the polygons of shapes and the row of each; lines and points, which mending leaves, hold nothing."""
    while (shapely.get_type_id(shapes) > _POLYGON).any():
        shapes, of = shapely.get_parts(shapes, return_index=True)
        rows = rows[of]
    kept = shapely.get_type_id(shapes) == _POLYGON
    return shapes[kept], rows[kept].astype(np.int32)


def _edges(parts: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the edges of all rings, e by 4, and the polygon that each belongs to, not decreasing."""
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    edge = np.concatenate([points[:-1][same], points[1:][same]], axis=1)
    return edge, part[ring[1:][same]]


def _frame(edge: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return west, south, width and height of a cell, columns and rows."""
    if not len(edge):
        return np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    west, east = edge[:, ::2].min(), edge[:, ::2].max()
    south, north = edge[:, 1::2].min(), edge[:, 1::2].max()
    wide, high = max(east - west, 1e-9), max(north - south, 1e-9)
    cells = float(np.clip(CELLS_PER_EDGE * len(edge), LEAST_CELLS, MOST_CELLS))
    columns = int(np.clip(np.sqrt(cells * wide / high), 1, cells))
    rows = int(np.clip(cells / columns, 1, cells))
    # A little wider than the areas, so that no point of theirs falls off by rounding.
    pad = strips.PAD
    return np.array(
        [
            west - pad * wide,
            south - pad * high,
            wide * (1 + 2 * pad) / columns,
            high * (1 + 2 * pad) / rows,
            columns,
            rows,
        ]
    )


@njit(cache=True, nogil=True)
def _look_up(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    wanted: np.int8,
    frame: NDArray[np.float64],
    cells: NDArray[np.int32],
    pieces: NDArray[np.int32],
    fills: NDArray[np.bool_],
    area: NDArray[np.int32],
    level: NDArray[np.int8],
    first_row: NDArray[np.int32],
    base: NDArray[np.int64],
    offsets: NDArray[np.int64],
    edges: NDArray[np.float64],
    found: NDArray[np.int32],
) -> None:
    """Write the row of the area of each point."""
    west, south, width, height = frame[0], frame[1], frame[2], frame[3]
    columns, rows = int(frame[4]), int(frame[5])
    for i in range(len(lon)):
        found[i] = OUTSIDE
        x, y = lon[i], lat[i]
        across, up = (x - west) / width, (y - south) / height
        if not (0.0 <= across < columns and 0.0 <= up < rows):  # NaN compares as false
            continue
        row = int(up)
        cell = row * columns + int(across)
        for at in range(cells[cell], cells[cell + 1]):
            piece = pieces[at]
            if wanted != ANY_LEVEL and level[piece] != wanted:
                continue
            strip = base[piece] + row - first_row[piece]
            if fills[at] or holds(x, y, edges, offsets[strip], offsets[strip + 1]):
                found[i] = area[piece]
                break


@njit(cache=True, nogil=True)
def holds(x: float, y: float, edges: NDArray[np.float64], begin: int, end: int) -> bool:
    """Say whether a point lies in or on the rings whose edges at its latitude are given, the easternmost first.

    A ray to the east crosses the rings an odd number of times (Shimrat 1962); an edge counts its lower end and not
    its upper one.
    """
    inside = False
    for e in range(begin, end):
        x0, y0, x1, y1 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if x0 < x and x1 < x:
            break
        if (y0 > y) != (y1 > y):
            if x0 > x and x1 > x:
                inside = not inside
                continue
            turn = side(x0, y0, x1, y1, x, y)
            if turn == 0:
                return True
            if (turn > 0) == (y1 > y0):
                inside = not inside
        elif (y0 == y and x0 == x) or (
            y1 == y and (x1 == x or (y0 == y and min(x0, x1) <= x <= max(x0, x1)))
        ):
            return True
    return inside
