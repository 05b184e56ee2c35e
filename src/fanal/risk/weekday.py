"""Week days: expected daily counts where people post more on some days of the week than on others."""

import numpy as np
from numpy.typing import NDArray

from fanal.risk.expected import from_own_past

DAYS = 7
_HALF_A_COUNT = 0.5  # of each day of the week in all areas together, so that no day is impossible


def weekday_shares(history: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share that each day of the week has of an area's counts, drawn towards that of all areas.

    The days of an area's week are taken as multinomial with shares that scatter around the common ones as a Dirichlet
    distribution with the concentration k does. With n_ad the counts of area a on day d, n_a their sum and s_d the
    common share, the posterior mean is

        (n_ad + k s_d) / (n_a + k),   1 / (k + 1) = max(0, X2 / 6 - A) / sum (n_a - 1)

    where X2 is the sum of (n_ad - n_a s_d)^2 / (n_a s_d) over days and areas and A the number of areas with counts
    (moments of the Dirichlet-multinomial: Mosimann 1962, Biometrika 49:65-82). Areas whose weeks are alike take the
    common shares, areas with much of a past keep near their own.

    Args:
        history: [days, areas], past counts, oldest first; the last whole weeks of it are used.

    Returns:
        [7, areas]; row 0 is the day of the week on which the row after the last of `history` would fall.

    >>> weekday_shares(np.array([[1], [1], [1], [1], [1], [1], [8]])).round(2)[:, 0].tolist()
    [0.09, 0.09, 0.09, 0.09, 0.09, 0.09, 0.49]
    """
    whole = len(history) // DAYS * DAYS
    past = np.asarray(history, dtype=np.float64)[len(history) - whole :]
    days = past.reshape(-1, DAYS, history.shape[1]).sum(axis=0)
    common = days.sum(axis=1) + _HALF_A_COUNT
    common = common / common.sum()
    total = days.sum(axis=0)
    there = total > 0
    mean = total[there] * common[:, None]
    scatter = ((days[:, there] - mean) ** 2 / mean).sum() / (DAYS - 1) - there.sum()
    pairs = (total[there] - 1).sum()
    closeness = min(max(0.0, scatter) / pairs, 1.0) if pairs > 0 else 0.0
    if closeness == 0.0:
        return np.tile(common[:, None], (1, history.shape[1]))
    concentration = 1.0 / closeness - 1.0
    drawn = days + concentration * common[:, None]
    shares: NDArray[np.float64] = drawn / np.where(drawn.sum(axis=0) > 0, drawn.sum(axis=0), 1.0)
    return np.where(drawn.sum(axis=0) > 0, shares, common[:, None])


def by_weekday(
    history: NDArray[np.int64], counts: NDArray[np.int64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return expected daily counts that add up to the observed total, each area with its own week.

    What `expected.from_own_past` gives an area is laid on the days of the week by `weekday_shares`; without a whole
    week of past it is even. A rise over time in a place shows, and so does a rise everywhere.

    Args:
        history: [past days, areas], the days before the study without a gap; may have no rows.
        counts: [days, areas], counts of the study.
        weight: [areas], people or volume of posts.

    >>> past = np.tile([[10], [10], [10], [10], [10], [20], [20]], (8, 1))
    >>> by_weekday(past, np.array([[9]] * 7), np.ones(1)).round(1)[:, 0].tolist()
    [7.0, 7.0, 7.0, 7.0, 7.0, 14.0, 14.0]
    """
    even = from_own_past(history, counts, weight)
    day = np.arange(len(counts)) % DAYS
    weekly = even * weekday_shares(history)[day]
    total = weekly.sum()
    return weekly * (counts.sum() / total) if total > 0 else even
