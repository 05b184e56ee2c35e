"""The replicates of a scan: counts as they would be if chance alone were at work."""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

Draw = Callable[[np.random.Generator, int], tuple[NDArray[np.integer], NDArray[np.int64]]]
"""Draws n replicates: the counts of the last weeks, oldest first, [n, recent weeks, areas]; the study's totals, [n]."""

_CASES_PER_CELL = 8  # below, placing case by case is faster than a binomial a cell


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

    def draw(rng: np.random.Generator, n: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
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

    def draw(rng: np.random.Generator, n: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        weeks = [_place(rng, np.full(n, kept[week]), recent[week]) for week in range(len(recent))]
        return np.stack(weeks, axis=1), np.full(n, study)

    return draw


def permuted(counts: NDArray[np.int64], depth: int) -> Draw:
    """Return a draw that shuffles the times of all cases among them: areas and periods keep their totals.

    Kulldorff, Heffernan, Hartman, Assuncao and Mostashari 2005 (PLoS Medicine 2:e59): the null hypothesis of the
    space-time permutation scan.

    Args:
        counts: [periods, areas].
        depth: newest periods that are drawn by area.

    >>> draw = permuted(np.array([[3, 0], [1, 2]]), 2)
    >>> recent, _ = draw(np.random.Generator(np.random.PCG64(1)), 4)
    >>> recent.sum(axis=1).tolist(), recent.sum(axis=2).tolist()
    ([[4, 2], [4, 2], [4, 2], [4, 2]], [[3, 3], [3, 3], [3, 3], [3, 3]])
    """
    total = int(counts.sum())
    cases = np.repeat(np.arange(counts.shape[1], dtype=np.int32), counts.sum(axis=0))
    by_period = counts[-depth:].sum(axis=1)
    period = np.repeat(np.arange(len(by_period), dtype=np.int32), by_period)

    def draw(rng: np.random.Generator, n: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        drawn = np.zeros((n, len(by_period), counts.shape[1]), np.int32)
        for one in drawn:
            _shuffle(rng.random(len(period)), cases, period, one)
        return drawn, np.full(n, total)

    return draw


def among_people(people: NDArray[np.int64], total: int, depth: int) -> Draw:
    """Return a draw that picks the cases from all people alike, none twice (Kulldorff 1997, sec. 2.2, Bernoulli).

    Args:
        people: [periods, areas], whole numbers.
        total: cases of the study, at most the people.
        depth: newest periods that are drawn by area.

    >>> draw = among_people(np.array([[5, 1], [4, 2]]), 12, 2)
    >>> draw(np.random.Generator(np.random.PCG64(1)), 1)[0].tolist()
    [[[5, 1], [4, 2]]]
    """
    recent = people[-depth:]
    colours = np.append(recent.ravel(), people.sum() - recent.sum())

    def draw(rng: np.random.Generator, n: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        drawn = rng.multivariate_hypergeometric(colours, total, size=n, method="marginals")[:, :-1]
        return drawn.reshape(n, *recent.shape).astype(np.int32), np.full(n, total)

    return draw


def unconditional(expected: NDArray[np.float64], depth: int) -> Draw:
    """Return a draw of independent Poisson counts, no total being kept (Neill 2009, sec. 3.1).

    Args:
        expected: [periods, areas], as they are, not all zero.
        depth: newest periods that are drawn.

    >>> unconditional(np.full((2, 3), 1e-9), 1)(np.random.Generator(np.random.PCG64(1)), 1)[0].tolist()
    [[[0, 0, 0]]]
    """
    recent = expected[-depth:]

    def draw(rng: np.random.Generator, n: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        totals = rng.poisson(recent.sum(), size=n)
        return _place(rng, totals, recent.ravel()).reshape(n, *recent.shape), np.maximum(totals, 1)

    return draw


def _place(
    rng: np.random.Generator, totals: NDArray[np.int64], weight: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Return multinomial counts [n, cells] of the given totals [n], cells likely by their weight."""
    cells = len(weight)
    counts = np.zeros((len(totals), cells), dtype=np.int32)
    if not totals.any():
        return counts
    if totals.mean() > _CASES_PER_CELL * cells:
        counts[:] = rng.multinomial(totals, weight / weight.sum())
        return counts
    edges = np.cumsum(weight)
    edges /= edges[-1]
    edges[np.flatnonzero(weight)[-1] :] = (
        2.0  # rounding must not put a case beyond the last cell that can hold one
    )
    guide = np.searchsorted(edges, np.arange(cells) / cells, side="right").astype(np.int32)
    for row, total in zip(counts, totals.tolist(), strict=True):
        _drop(rng.random(total), edges, guide, row)
    return counts


@njit(cache=True, nogil=True)
def _drop(
    at: NDArray[np.float64], edges: NDArray[np.float64], guide: NDArray[np.int32], counts: NDArray[np.int32]
) -> None:
    """Add a case to the cell under each number from 0 to 1; the guide says where to begin to look."""
    for number in at:
        cell = guide[int(number * len(guide))]
        while edges[cell] <= number:
            cell += 1
        counts[cell] += 1


@njit(cache=True, nogil=True)
def _shuffle(
    at: NDArray[np.float64], cases: NDArray[np.int32], period: NDArray[np.int32], counts: NDArray[np.int32]
) -> None:
    """Give each of the listed periods a case that none has yet: the beginning of a Fisher-Yates shuffle."""
    for row in range(len(period)):
        other = row + int(at[row] * (len(cases) - row))
        cases[row], cases[other] = cases[other], cases[row]
        counts[period[row], cases[row]] += 1
