"""The outcomes: in which districts the 28 days after an as-of day bring what a warning is for."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.risk.weekly import DISTRICT_PRECISION

AHEAD_DAYS = 28
"""How far a warning speaks."""
YEAR_DAYS = 364
"""The past that an outcome is set against: thirteen times AHEAD_DAYS."""
FEWEST_EVENTS = 3
FEWEST_FAMILIES = 100
TIMES_OWN_MEAN = 2
"""An outcome is at least so many times what the district's own past year brings in as many days."""

YES, NO, UNKNOWN = 1, 0, -1
Outcomes = NDArray[np.int8]
"""[as-of days, areas]: YES, NO or UNKNOWN."""


def by_events(
    events: pa.Table, *, areas: Sequence[str], as_of: NDArray[np.int64], first: int, last: int
) -> Outcomes:
    """Say where conflict events rise: at least 3 in 28 days, and at least twice the mean of the year before.

    Events that are placed no better than a governorate are left out, as the scan leaves them out.

    Args:
        events: EVENTS_SCHEMA.
        areas: codes, the columns.
        as_of: days since 1970-01-01, ascending.
        first: day from which the layer is complete; with less than a year behind it an outcome is unknown.
        last: day up to which the layer is complete; an outcome that ends later is unknown.
    """
    placed = events.filter(pc.field("precision") <= DISTRICT_PRECISION)
    day = placed["end"].cast(pa.int32()).to_numpy().astype(np.int64)
    column = pc.fill_null(pc.index_in(placed["area"], pa.array(areas, pa.string())), -1).to_numpy()
    wanted = (column >= 0) & (day >= first) & (day <= last)
    daily = np.zeros((max(last - first + 1, 0) + 1, len(areas)), dtype=np.int64)
    np.add.at(daily, (day[wanted] - first + 1, column[wanted]), 1)
    until = np.cumsum(daily, axis=0)  # row n: events on the first n days

    known = (as_of - YEAR_DAYS >= first - 1) & (as_of + AHEAD_DAYS <= last)
    if not known.any():
        return np.full((len(as_of), len(areas)), UNKNOWN, dtype=np.int8)
    at = np.where(known, as_of - first + 1, YEAR_DAYS)
    ahead = until[at + AHEAD_DAYS] - until[at]
    mean = (until[at] - until[at - YEAR_DAYS]) * AHEAD_DAYS / YEAR_DAYS
    rises = (ahead >= FEWEST_EVENTS) & (ahead >= TIMES_OWN_MEAN * mean)
    return np.where(known[:, None], rises, UNKNOWN).astype(np.int8)


def by_displacement(
    rounds: pa.Table, *, areas: Sequence[str], as_of: NDArray[np.int64], last: int
) -> Outcomes:
    """Say where displaced families grow: by at least 100 in 28 days, and at least twice the own mean growth.

    The growth runs from the last round up to the as-of day to the highest in the 28 days after it. A cell that
    its publisher blanked counts as no families. A district without a round on either side is unknown.

    Args:
        rounds: DISPLACEMENT_SCHEMA.
        areas: codes, the columns.
        as_of: days since 1970-01-01, ascending.
        last: rounds after this day are not looked at.
    """
    found = np.full((len(as_of), len(areas)), UNKNOWN, dtype=np.int8)
    place = {area: number for number, area in enumerate(areas)}
    rounds = rounds.sort_by("date")
    day = rounds["date"].cast(pa.int32()).to_numpy().astype(np.int64)
    families = pc.fill_null(rounds["families"], 0).to_numpy()
    area = np.array([place.get(code, -1) for code in rounds["area"].to_pylist()], dtype=np.int64)
    for number in np.unique(area[(area >= 0) & (day <= last)]):
        own = (area == number) & (day <= last)
        found[:, number] = [_grows(day[own], families[own], int(at)) for at in as_of]
    return found


def _grows(day: NDArray[np.int64], families: NDArray[np.int32], at: int) -> int:
    """Return the outcome of one district at one as-of day, from its rounds by day."""
    before = np.flatnonzero((day <= at) & (day > at - YEAR_DAYS))
    after = np.flatnonzero((day > at) & (day <= at + AHEAD_DAYS))
    if not len(before) or not len(after):
        return UNKNOWN
    start, now = before[0], before[-1]
    growth = int(families[after].max()) - int(families[now])
    span = int(day[now] - day[start])
    mean = (int(families[now]) - int(families[start])) * AHEAD_DAYS / span if span else 0.0
    return YES if growth >= max(FEWEST_FAMILIES, TIMES_OWN_MEAN * mean) else NO
