"""The log-likelihood ratios of scan statistics, and the cutoffs by which most windows are passed over unread."""

from enum import IntEnum

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Model(IntEnum):
    """Name what a window's count is compared with."""

    POISSON = 0  # expected counts, the study's total being fixed; of the permutation model too
    BINOMIAL = 1  # people at risk, of whom the counted ones are some
    EXPECTATION = 2  # expected counts as they are, no total being fixed


POISSON, BINOMIAL, EXPECTATION = (int(model) for model in Model)

_ALL = 1 - 1e-9  # a window with a larger share of the whole has no outside to be compared with
_EXACT = 1e-13  # relative step at which a root is found
_SAFE = 1 + 1e-9  # cutoffs lie so far beyond the root: what they let through is computed exactly
_LOW = 1e-4  # below this level, where slopes are flat, all that exceeds is let through
_STEPS = 200  # Newton's steps at most; some four are usual
_FINE = 64  # counts up to which each has a cutoff of its own
_COARSE = 0.25  # from there on a cutoff every so many standard deviations


@njit(cache=True, nogil=True)
def ratio(model: int, count: float, inside: float, total: float, whole: float) -> float:
    """Return the log-likelihood ratio of a window for an excess; 0 where its count does not exceed.

    With c counts of C and a share m of the whole M inside, and e = C m / M:

    - Poisson (Kulldorff 1997, sec. 2.3): c ln(c / e) + (C - c) ln((C - c) / (C - e))
    - binomial (Kulldorff 1997, sec. 2.2, Bernoulli): the likelihood of c of m and C - c of M - m, over that of C of M
    - expectation-based Poisson (Neill 2009, sec. 3.1), e = m: c ln(c / e) + e - c

    Args:
        model: a value of Model.
        count: c, at least 0.
        inside: m, above 0: expected counts of any scale, or people at risk.
        total: C; not read by EXPECTATION.
        whole: M; not read by EXPECTATION.

    >>> round(ratio(POISSON, 106, 62.1325, 552, 552), 2), round(ratio(EXPECTATION, 10, 5.0, 0, 0), 3)
    (14.78, 1.931)
    """
    if model == EXPECTATION:
        if count <= inside:
            return 0.0
        return float(count * np.log(count / inside) + inside - count)
    if inside >= whole * _ALL or count * whole <= inside * total:
        return 0.0
    rest = total - count
    if model == POISSON:
        expected = inside * total / whole
        found = count * np.log(count / expected)
        return float(found + rest * np.log(rest / (total - expected))) if rest > 0 else float(found)
    outside = whole - inside
    return _binomial(count, inside) + _binomial(rest, outside) - _binomial(total, whole)


@njit(cache=True, nogil=True)
def _binomial(count: float, people: float) -> float:
    """Return c ln(c / n) + (n - c) ln((n - c) / n), where 0 ln 0 is 0."""
    found, rest = 0.0, people - count
    if count > 0:
        found += count * np.log(count / people)
    if rest > 0:
        found += rest * np.log(rest / people)
    return found


@njit(cache=True, nogil=True)
def _slope(model: int, count: float, inside: float, total: float, whole: float) -> float:
    """Return the derivative of the ratio by what is inside; below 0 where the count exceeds."""
    if model == EXPECTATION:
        return 1 - count / inside
    if model == POISSON:
        return (total - count) / (whole - inside) - count / inside
    apart = 1 - count / inside
    outside = whole - inside
    return np.log(apart) - np.log(1 - (total - count) / outside) if apart > 0 else -np.inf


@njit(cache=True, nogil=True)
def knots(least: int, most: int) -> NDArray[np.int64]:
    """Return the counts, ascending, that have a cutoff: every one at first, then four to a standard deviation.

    >>> knots(2, 5).tolist()
    [2, 3, 4, 5]
    """
    found = np.empty(int(most - least + 2), np.int64)
    count, size = least, 0
    while count < most:
        found[size] = count
        size += 1
        count += 1 if count < _FINE else max(1, int(_COARSE * np.sqrt(count)))
    found[size] = max(most, least)
    return found[: size + 1]


@njit(cache=True, nogil=True)
def cutoffs(
    model: int, counts: NDArray[np.int64], total: float, whole: float, level: float
) -> NDArray[np.float64]:
    """Return for each count the most that may be inside for its ratio to be above a level, or a hair more.

    The ratio falls, and is convex, in what is inside, so that Newton's method climbs to the root from below. A
    larger count has a larger root, which is where the climb to it begins.

    Args:
        model: a value of Model.
        counts: ascending, at least 1.
        total: C of `ratio`, or the least of several studies': the ratio falls in it too, where m / M stays.
        whole: M of `ratio`.
        level: at least 0.

    Returns:
        As long as `counts`, ascending; below 0: never.
    """
    found = np.full(len(counts), -1.0)
    begin = 0.0
    for row in range(len(counts)):
        count = float(counts[row])
        study = max(total, count)  # no count is beyond its own study
        scale = 1.0 if model == EXPECTATION else whole / study
        if level < _LOW:
            found[row] = scale * count * _SAFE
            continue
        start = count * (1 + 1e-12) if model == BINOMIAL else scale * count * np.exp(-1.0 - level / count)
        there = _root(model, count, max(begin, start), study, whole, level)
        if there > 0:
            found[row], begin = there * _SAFE, there
    return found


@njit(cache=True, nogil=True)
def _root(model: int, count: float, start: float, total: float, whole: float, level: float) -> float:
    """Return where the ratio of a count comes down to a level, or -1 where it is below it from the start."""
    inside = start
    if model != EXPECTATION and inside >= whole * _ALL:
        return whole
    value = ratio(model, count, inside, total, whole) - level
    if value <= 0:
        return -1.0 if inside > 0 and value < -1e-9 * (1 + level) else inside
    for _ in range(_STEPS):
        slope = _slope(model, count, inside, total, whole)
        if not slope < 0:
            break
        step = -value / slope
        inside += step
        if model != EXPECTATION and inside >= whole * _ALL:
            return whole
        value = ratio(model, count, inside, total, whole) - level
        if step <= _EXACT * inside or value <= 0:
            break
    return inside
