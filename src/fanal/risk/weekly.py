"""Dated layers as weekly counts by area: what a scan reads."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.week import mondays

DISTRICT_PRECISION = 3
"""UCDP `where_prec`: up to 3 an event is placed in its district; above, only in a larger area."""


def events(table: pa.Table, *, areas: Sequence[str], weeks: Sequence[date]) -> NDArray[np.int64]:
    """Count conflict events by the ISO week in which they ended and by area, [weeks, areas].

    An event counts once, however long it lasted or how many died. Events that are placed no better
    than a governorate, outside the areas or outside the weeks are left out.
    """
    placed = table.filter(pc.field("precision") <= DISTRICT_PRECISION)
    return _counts(placed["end"], placed["area"], np.ones(len(placed), np.int64), areas, weeks)


def arrivals(table: pa.Table, *, areas: Sequence[str], weeks: Sequence[date]) -> NDArray[np.int64]:
    """Count places whose displaced families grew, by ISO week of the assessment round and by area, [weeks, areas].

    A first round and a blanked cell count as nothing: a lower bound.
    """
    known = table.filter(pc.field("places_growing").is_valid())
    return _counts(known["date"], known["area"], known["places_growing"].to_numpy(), areas, weeks)


def _counts(
    days: pa.ChunkedArray,
    named: pa.ChunkedArray,
    numbers: NDArray[np.integer],
    areas: Sequence[str],
    weeks: Sequence[date],
) -> NDArray[np.int64]:
    """Add up numbers by week and area."""
    counts = np.zeros((len(weeks), len(areas)), dtype=np.int64)
    if not weeks:
        return counts
    monday = mondays(days.cast(pa.int32()).to_numpy())
    first = (weeks[0] - date(1970, 1, 1)).days
    row = (monday - first) // 7
    column = pc.fill_null(pc.index_in(named, pa.array(areas, pa.string())), -1).to_numpy()
    inside = (row >= 0) & (row < len(weeks)) & (column >= 0)
    np.add.at(counts, (row[inside], column[inside]), numbers[inside])
    return counts
