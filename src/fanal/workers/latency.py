"""Latency: how long rows waited from their arrival to their commit, as counts in narrow steps."""

import math

import numpy as np

STEP = 1.05
"""Each step of the counts is 5 % wide: so exact is a quantile."""

SHORTEST = 0.001
"""Seconds: what is faster counts as this."""

_STEPS = 320  # up to about an hour and a half


class Latency:
    """Count waits, in memory that does not grow.

    >>> waits = Latency()
    >>> waits.add(0.1, rows=99)
    >>> waits.add(2.0, rows=1)
    >>> round(waits.quantile(0.5), 2), round(waits.quantile(0.999), 1)
    (0.1, 2.0)
    """

    def __init__(self) -> None:
        self._counts = np.zeros(_STEPS, np.int64)

    def add(self, seconds: float, *, rows: int) -> None:
        """Count so many rows that waited so long."""
        step = math.ceil(math.log(max(seconds, SHORTEST) / SHORTEST, STEP) - 1e-9)
        self._counts[min(step, _STEPS - 1)] += rows

    def quantile(self, share: float) -> float:
        """Return the wait that so large a share of the rows did not exceed, in seconds; NaN: no row was counted."""
        total = int(self._counts.sum())
        if not total:
            return math.nan
        step = int(np.searchsorted(np.cumsum(self._counts), math.ceil(share * total)))
        return SHORTEST * STEP**step
