"""A plain warning: how far the last weeks of a district lie above its own past, in standard deviations."""

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.by_count import strength as recent_of


def strength(counts: NDArray[np.int64], *, window_weeks: int, baseline_weeks: int) -> NDArray[np.float64]:
    """Return for each week and area z = (S - w m) / (s sqrt(w)), S the sum of the last w weeks.

    m and s are the mean and standard deviation of the weekly counts of the baseline before the window. A past that is
    flatter than chance has chance's deviation, sqrt(m), and an empty one that of one event in the baseline. A week
    with no event in the window, or no week before it, has strength 0. (As C2 of EARS does by day, Hutwagner
    and others 2003, J. Urban Health 80:i89-i96.)

    Args:
        counts: [weeks, areas].
        window_weeks: w, at least 1.
        baseline_weeks: weeks before the window, at least 1; the first rows have fewer.

    >>> strength(np.array([[1], [1], [1], [1], [3]]), window_weeks=1, baseline_weeks=4)[-1].tolist()
    [2.0]
    """
    recent = recent_of(counts, window_weeks=window_weeks)
    shifted = np.zeros((2, *counts.shape))
    shifted[:, window_weeks:] = np.stack([counts, counts**2])[:, : max(len(counts) - window_weeks, 0)]
    weeks = np.clip(np.arange(len(counts)) + 1 - window_weeks, 0, baseline_weeks)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, square = (recent_of(part, window_weeks=baseline_weeks) / weeks for part in shifted)
        deviation = np.sqrt(np.maximum(np.maximum(square - mean**2, mean), 1 / weeks))
        z = (recent - window_weeks * mean) / (deviation * np.sqrt(window_weeks))
    found: NDArray[np.float64] = np.where((recent > 0) & (weeks > 0), z, 0.0)
    return found
