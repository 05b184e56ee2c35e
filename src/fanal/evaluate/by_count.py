"""A plain warning: the events of the last weeks in a district, and nothing else."""

import numpy as np
from numpy.typing import NDArray


def strength(counts: NDArray[np.int64], *, window_weeks: int) -> NDArray[np.float64]:
    """Return for each week and area the events of the last weeks up to it.

    Args:
        counts: [weeks, areas].
        window_weeks: weeks that are added up, at least 1; the first rows have fewer.

    >>> strength(np.array([[1], [2], [4]]), window_weeks=2).ravel().tolist()
    [1.0, 3.0, 6.0]
    """
    sums = np.vstack([np.zeros((1, counts.shape[1])), np.cumsum(counts, axis=0)])
    rows = np.arange(len(counts)) + 1
    recent: NDArray[np.float64] = sums[rows] - sums[np.maximum(rows - window_weeks, 0)]
    return recent
