"""The ISO week, Fanal's period: written as the date of its Monday, in UTC."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

WEEK = timedelta(days=7)

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""Days of the week as RFC 5545 (3.3.10, BYDAY) writes them, in the order in which Python numbers them."""

_EPOCH_TO_MONDAY = 3  # 1970-01-01 was a Thursday


def week_of(day: date) -> date:
    """Return the Monday of the ISO week (ISO 8601) that holds a day.

    >>> week_of(date(2014, 8, 3))
    datetime.date(2014, 7, 28)
    """
    return day - timedelta(days=day.weekday())


def weeks_between(first: date, last: date) -> list[date]:
    """Return the Mondays of all ISO weeks from the one of `first` to the one of `last`, both included.

    >>> weeks_between(date(2014, 1, 1), date(2014, 1, 6))
    [datetime.date(2013, 12, 30), datetime.date(2014, 1, 6)]
    """
    start, end = week_of(first), week_of(last)
    return [start + WEEK * n for n in range((end - start).days // 7 + 1)]


def weeks_over(weeks: pa.ChunkedArray, today: date) -> list[date]:
    """Return every ISO week from the first to the last of a column that is over today, without gaps.

    >>> weeks_over(pa.chunked_array([[date(2014, 8, 4), date(2014, 8, 18)]]), date(2014, 8, 20))
    [datetime.date(2014, 8, 4), datetime.date(2014, 8, 11)]
    """
    if not len(weeks):
        return []
    every = weeks_between(pc.min(weeks).as_py(), pc.max(weeks).as_py())
    return [week for week in every if week + WEEK <= today]


def mondays(days: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return for each day (days since 1970-01-01, Arrow's date32) the Monday of its ISO week.

    >>> mondays(np.array([0, 4, 10], dtype=np.int32)).tolist()
    [-3, 4, 4]
    """
    return (days - (days + _EPOCH_TO_MONDAY) % 7).astype(np.int32)
