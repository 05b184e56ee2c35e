"""The level of a stream: how much of what is usual its areas have now, whatever one of them does."""

import numpy as np
from numpy.typing import NDArray

TRIM = 0.4
"""Share of the weight that is cut off at each end: nearly a median, which areas with less than that cannot move."""
THICK = 5.0
"""Areas with fewer reports a period are taken together: alone, most of their ratios would be 0."""


def without_own(counts: NDArray[np.int64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each area the level of all others: the trimmed mean of count / usual, weighted by what is usual.

    Without its own part an area cannot hide its silence by lowering what is expected of it. Trimmed (Tukey 1962), a
    surge or an outage of areas with up to TRIM of the weight hardly moves the level of the rest. Limits: a surge of
    areas with more than that makes the others look low; a thin area keeps its own small part.

    Args:
        counts: [areas], of one period.
        usual: [areas], reports a period at level 1; NaN for too little past.

    Returns:
        [areas], 1 where there is nothing to compare with.

    >>> without_own(np.array([10, 10, 10, 10, 90]), np.full(5, 10.0)).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    there = np.nan_to_num(usual, nan=0.0)
    thick, thin = np.flatnonzero(there >= THICK), (there > 0) & (there < THICK)
    weight = np.r_[there[thick], there[thin].sum()]
    seen = np.r_[counts[thick], counts[thin].sum()]
    ratio = np.divide(seen, weight, out=np.zeros(len(seen)), where=weight > 0)
    order = np.argsort(ratio, kind="stable")
    ratio, weight = ratio[order], weight[order]
    ends = np.r_[0.0, np.cumsum(weight)]
    under = np.r_[0.0, np.cumsum(ratio * weight)]  # the ratios added up over the weight below
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    place = place[: len(thick)]  # where each thick area stands

    # One that is left out for each area, and none (of the width 0) for those that are not thick.
    start, width, own = np.zeros(len(counts)), np.zeros(len(counts)), np.zeros(len(counts))
    start[thick], width[thick], own[thick] = ends[place], weight[place], ratio[place]
    rest = ends[-1] - width
    low, high = TRIM * rest, (1 - TRIM) * rest
    left, right = (np.where(at <= start, at, at + width) for at in (low, high))
    inside = (low <= start) & (start < high)
    kept = np.interp(right, ends, under) - np.interp(left, ends, under) - inside * width * own
    some = high > low
    return np.where(some, kept / np.where(some, high - low, 1.0), 1.0)
