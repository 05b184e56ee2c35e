"""Strips: the edges of each piece (a polygon of an area) by the row of the grid, and what they say of the cells."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

PAD = 1e-9
"""Share of a cell by which an edge is taken for wider than it is: more than rounding, less than matters."""

_Strips = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""First row of each piece, where its rows begin, offsets of the edges of each piece and row, edges."""


def cut(
    edge: NDArray[np.float64], owner: NDArray[np.int64], frame: NDArray[np.float64], pieces: int
) -> _Strips:
    """Return the edges by piece and row of the grid, the easternmost first; an edge stands in each row that it touches.

    Args:
        edge: lon and lat of both ends, e by 4, by owner.
        owner: of each edge, e, not decreasing.
        frame: of the grid.
        pieces: number of pieces.
    """
    low = np.minimum(edge[:, 1], edge[:, 3])
    high = np.maximum(edge[:, 1], edge[:, 3])
    bottom = np.floor((low - frame[1]) / frame[3] - PAD).astype(np.int64).clip(0, int(frame[5]) - 1)
    top = np.floor((high - frame[1]) / frame[3] + PAD).astype(np.int64).clip(0, int(frame[5]) - 1)
    lowest = np.full(pieces, np.iinfo(np.int32).max, np.int64)
    last_row = np.full(pieces, -1, np.int64)
    np.minimum.at(lowest, owner, bottom)
    np.maximum.at(last_row, owner, top)
    count = np.where(last_row >= 0, last_row - lowest + 1, 0)
    base = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    first_row = np.where(count > 0, lowest, 0).astype(np.int32)
    spans = top - bottom + 1
    of = np.repeat(np.arange(len(edge)), spans)
    row = bottom[of] + np.arange(len(of)) - np.repeat(np.cumsum(spans) - spans, spans)
    strip = base[owner[of]] + row - first_row[owner[of]]
    east = np.maximum(edge[:, 0], edge[:, 2])
    order = np.lexsort((-east[of], strip))  # a ray to the east is done at the first edge that ends west of it
    offsets = np.searchsorted(strip[order], np.arange(base[-1] + 1)).astype(np.int64)
    return first_row, base, offsets, np.ascontiguousarray(edge[of[order]])


def fill(
    priority: NDArray[np.int32],
    frame: NDArray[np.float64],
    first_row: NDArray[np.int32],
    base: NDArray[np.int64],
    offsets: NDArray[np.int64],
    edges: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    """Return for each cell the pieces that touch it, in the order of `priority`, and which of them fill it.

    Returns:
        Offsets of the cells, pieces, and flags.
    """
    arrays = (priority, frame, first_row, base, offsets, edges)
    cells = int(frame[4]) * int(frame[5])
    count = np.zeros(cells + 1, np.int32)
    nothing = np.zeros(0, np.int32)
    _fill(*arrays, count, nothing, np.zeros(0, np.bool_), True)
    starts = np.concatenate([[0], np.cumsum(count[:-1], dtype=np.int64)]).astype(np.int32)
    listed, fills = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.bool_)
    _fill(*arrays, starts.copy(), listed, fills, False)
    return starts, listed, fills


@njit(cache=True, nogil=True)
def _fill(
    priority: NDArray[np.int32],
    frame: NDArray[np.float64],
    first_row: NDArray[np.int32],
    base: NDArray[np.int64],
    offsets: NDArray[np.int64],
    edges: NDArray[np.float64],
    at: NDArray[np.int32],
    listed: NDArray[np.int32],
    fills: NDArray[np.bool_],
    counting: bool,
) -> None:
    """Count the pieces of each cell, or list them from `at` on."""
    west, south, width, height = frame[0], frame[1], frame[2], frame[3]
    columns = int(frame[4])
    touched = np.zeros(columns, dtype=np.bool_)
    for piece in priority:
        for strip in range(base[piece], base[piece + 1]):
            row = first_row[piece] + strip - base[piece]
            begin, end = offsets[strip], offsets[strip + 1]
            low, high = south + row * height, south + (row + 1) * height
            left, right = columns, -1
            for e in range(begin, end):
                one, two = _columns(edges[e], low, high, west, width, height, columns)
                touched[one : two + 1] = True
                left, right = min(left, one), max(right, two)
            column = left
            middle = (low + high) / 2
            while column <= right:
                if touched[column]:
                    _put(row * columns + column, piece, False, at, listed, fills, counting)
                    touched[column] = False
                    column += 1
                    continue
                behind = column
                while behind <= right and not touched[behind]:
                    behind += 1
                if _inside(west + (column + 0.5) * width, middle, edges, begin, end):
                    for full in range(column, behind):
                        _put(row * columns + full, piece, True, at, listed, fills, counting)
                column = behind


@njit(cache=True, nogil=True)
def _put(
    cell: int,
    piece: int,
    full: bool,
    at: NDArray[np.int32],
    listed: NDArray[np.int32],
    fills: NDArray[np.bool_],
    counting: bool,
) -> None:
    """Count a piece of a cell, or list it."""
    if not counting:
        listed[at[cell]], fills[at[cell]] = piece, full
    at[cell] += 1


@njit(cache=True, nogil=True)
def _columns(
    edge: NDArray[np.float64], low: float, high: float, west: float, width: float, height: float, columns: int
) -> tuple[int, int]:
    """Return the first and last column that an edge touches within a row, a little too many rather than too few."""
    x0, y0, x1, y1 = edge[0], edge[1], edge[2], edge[3]
    if y0 > y1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    least, most = min(x0, x1), max(x0, x1)
    if y1 - y0 > PAD * height:
        from_, to = low - PAD * height, high + PAD * height
        begin = x0 if y0 >= from_ else x0 + (x1 - x0) * ((from_ - y0) / (y1 - y0))
        stop = x1 if y1 <= to else x0 + (x1 - x0) * ((to - y0) / (y1 - y0))
        least, most = max(least, min(begin, stop)), min(most, max(begin, stop))
    first = int(np.floor((least - west) / width - 1e-6))
    last = int(np.floor((most - west) / width + 1e-6))
    return min(max(first, 0), columns - 1), min(max(last, 0), columns - 1)


@njit(cache=True, nogil=True)
def _inside(x: float, y: float, edges: NDArray[np.float64], begin: int, end: int) -> bool:
    """Say whether a point that lies on no edge is inside: it is a cell's width or height away from all."""
    inside = False
    for e in range(begin, end):
        x0, y0, x1, y1 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            inside = not inside
    return inside
