"""A plain warning: the districts that had the most events last week."""

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.by_count import strength as recent_of

TIE_WEEKS = 4
"""Districts with as many events last week are ordered by those of so many weeks, then as they come."""


def strength(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each week and area 1 / rank by the events of the last week; 0 where there was none.

    The level 1 / k makes alarms of the first k.

    Args:
        counts: [weeks, areas].

    >>> strength(np.array([[0, 2, 5]])).tolist()
    [[0.0, 0.5, 1.0]]
    """
    order = np.lexsort((-recent_of(counts, window_weeks=TIE_WEEKS), -counts), axis=1)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(1, counts.shape[1] + 1)[None, :], axis=1)
    return np.where(counts > 0, 1 / rank, 0.0)
