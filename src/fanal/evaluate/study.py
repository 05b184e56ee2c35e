"""The study: conflict events by week and district, and the day on which each week could be looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.week import WEEK, week_of, weeks_between
from fanal.risk import weekly

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Hold W weeks and A areas; row r is all that was known on as_of[r]."""

    areas: tuple[str, ...]  # A codes
    weeks: tuple[date, ...]  # W Mondays without gaps
    as_of: NDArray[np.int64]  # W, days since 1970-01-01: the week's Sunday and the reporting delay
    counts: NDArray[np.int64]  # [W, A], events that ended in the week

    def rows(self, first: date, last: date) -> slice:
        """Return the rows whose as-of day lies from `first` to `last`, both included."""
        low, high = np.searchsorted(self.as_of, [days_of(first), days_of(last) + 1])
        return slice(int(low), int(high))


def study(events: pa.Table, *, areas: Sequence[str], last: date, delay_days: int) -> Study:
    """Return the study whose last as-of day is the last one up to `last`.

    Args:
        events: EVENTS_SCHEMA.
        areas: codes, the columns.
        last: no week is in it that could only be looked at later.
        delay_days: from an event's last day until it is taken as known.

    >>> row = {"area": "pcode:A", "id": "1", "start": date(2014, 6, 3), "end": date(2014, 6, 4), "precision": 1}
    >>> from fanal.model.layer import EVENTS_SCHEMA
    >>> table = pa.Table.from_pylist([row], schema=EVENTS_SCHEMA)
    >>> found = study(table, areas=["pcode:A"], last=date(2014, 6, 30), delay_days=14)
    >>> found.weeks[-1], found.counts.tolist(), EPOCH + timedelta(days=int(found.as_of[0]))
    (datetime.date(2014, 6, 9), [[1], [0]], datetime.date(2014, 6, 22))
    """
    newest = week_of(last - timedelta(days=delay_days + 6))
    oldest = pc.min(events["end"]).as_py() if len(events) else newest
    weeks = tuple(weeks_between(min(oldest, newest), newest))
    return Study(
        areas=tuple(areas),
        weeks=weeks,
        as_of=np.array([days_of(week + WEEK) - 1 + delay_days for week in weeks], dtype=np.int64),
        counts=weekly.events(events, areas=areas, weeks=weeks),
    )


def days_of(day: date) -> int:
    """Return a day as days since 1970-01-01, as Arrow's date32 counts.

    >>> days_of(date(1970, 1, 2))
    1
    """
    return (day - EPOCH).days


def day_of(days: int) -> date:
    """Return the day of a number of days since 1970-01-01.

    >>> day_of(1)
    datetime.date(1970, 1, 2)
    """
    return EPOCH + timedelta(days=int(days))
