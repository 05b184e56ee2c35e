"""The rhythm: how many posts fall into each hour of the weeks 2014-01-06 to 2016-01-03."""

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

FIRST_WEEK = datetime(2014, 1, 6, tzinfo=UTC)
"""Monday 00:00 of the first ISO week."""

WEEKS = 104
"""ISO weeks, the last of which begins on 2015-12-28."""

WEEK_HOURS = 7 * 24
HOURS = WEEKS * WEEK_HOURS

_LOCAL = 3  # hours that Baghdad is ahead of UTC
_DAY = (10, 6, 4, 3, 3, 5, 9, 16, 24, 30, 33, 35, 37, 36, 34, 34, 36, 40, 46, 54, 60, 58, 44, 24)
_WEEKDAY = (1.0, 1.0, 1.0, 1.05, 1.2, 1.1, 0.95)  # Monday first; Friday and Saturday are the weekend
_GROWTH = 0.4  # more posts in the last week than in the first
"""A plausible rhythm, measured on no stream."""


def hour_shares() -> NDArray[np.float64]:
    """Return the share of the posts of each hour, HOURS values that add up to 1.

    >>> shares = hour_shares()
    >>> len(shares), bool(shares[18] > 10 * shares[1])
    (17472, True)
    """
    hour = np.arange(HOURS)
    local = hour + _LOCAL
    weight = np.array(_DAY, np.float64)[local % 24] * np.array(_WEEKDAY)[local // 24 % 7]
    weight *= 1 + _GROWTH * hour / HOURS
    shares: NDArray[np.float64] = weight / weight.sum()
    return shares


def batches(counts: NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """Cut hours into stretches of at most so many posts; an hour with more is a stretch of its own.

    >>> batches(np.array([3, 3, 9, 0, 1]), 6)
    [(0, 2), (2, 3), (3, 5)]
    """
    cuts: list[tuple[int, int]] = []
    first, held = 0, 0
    for hour, count in enumerate(counts.tolist()):
        if held and held + count > most:
            cuts.append((first, hour))
            first, held = hour, 0
        held += count
    cuts.append((first, len(counts)))
    return cuts
