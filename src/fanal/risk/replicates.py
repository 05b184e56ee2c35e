"""The replicates of a scan: counts as they would be if chance alone were at work."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Draw = Callable[[np.random.Generator, int], tuple[NDArray[np.int64], NDArray[np.int64]]]
"""Draws n replicates: the counts of the last weeks, oldest first, [n, recent weeks, areas]; the study's totals, [n]."""

_CASES_PER_CELL = 2  # below, placing case by case is faster than a binomial a cell


def over_study(total: int, expected: NDArray[np.float64], max_weeks: int) -> Draw:
    """Return a draw that keeps the total of the study, each case falling as expected (Kulldorff 2001, sec. 3).

    Only the last `max_weeks` weeks are drawn by area; all that is earlier is one cell, since no window reads it.

    Args:
        total: observed counts of the whole study.
        expected: [weeks, areas], not negative, not all zero.
        max_weeks: length of the longest window, at least 1.

    >>> draw = over_study(10, np.ones((4, 3)), 2)
    >>> recent, totals = draw(np.random.Generator(np.random.PCG64(1)), 5)
    >>> recent.shape, totals.tolist()
    ((5, 2, 3), [10, 10, 10, 10, 10])
    """
    recent = expected[-max_weeks:]
    share = min(1.0, recent.sum() / expected.sum())

    def draw(rng: np.random.Generator, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        inside = rng.binomial(total, share, size=n)
        return _place(rng, inside, recent.ravel()).reshape(n, *recent.shape), np.full(n, total)

    return draw


def by_week(totals: NDArray[np.int64], expected: NDArray[np.float64], max_weeks: int) -> Draw:
    """Return a draw that keeps the total of each week: for expected counts that are time-adjusted.

    Args:
        totals: [weeks], observed counts of each week.
        expected: [weeks, areas], not negative; zero in the weeks without counts.
        max_weeks: length of the longest window, at least 1.

    >>> draw = by_week(np.array([7, 0, 4]), np.array([[7.0, 7.0], [0.0, 0.0], [4.0, 4.0]]) / 2, 2)
    >>> recent, totals = draw(np.random.Generator(np.random.PCG64(1)), 3)
    >>> recent.sum(axis=2).tolist(), totals.tolist()
    ([[0, 4], [0, 4], [0, 4]], [11, 11, 11])
    """
    recent, kept = expected[-max_weeks:], totals[-max_weeks:]
    study = int(totals.sum())

    def draw(rng: np.random.Generator, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        weeks = [_place(rng, np.full(n, kept[week]), recent[week]) for week in range(len(recent))]
        return np.stack(weeks, axis=1), np.full(n, study)

    return draw


def _place(
    rng: np.random.Generator, totals: NDArray[np.int64], weight: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return multinomial counts [n, cells] of the given totals [n], cells likely by their weight."""
    cells = len(weight)
    if not totals.any():
        return np.zeros((len(totals), cells), dtype=np.int64)
    if totals.mean() > _CASES_PER_CELL * cells:
        counts: NDArray[np.int64] = rng.multinomial(totals, weight / weight.sum())
        return counts
    edges = np.cumsum(weight)
    filled = np.flatnonzero(weight)[-1]  # rounding must not put a case beyond the last cell that can hold one
    at = np.minimum(np.searchsorted(edges, rng.random(totals.sum()) * edges[-1], side="right"), filled)
    replicate = np.repeat(np.arange(len(totals)) * cells, totals)
    return np.bincount(replicate + at, minlength=len(totals) * cells).reshape(len(totals), cells)
