"""The lower tail of the negative binomial distribution: how unlikely so few counts are where counts scatter."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

_POISSON = 1e-9
"""A dispersion below this is none: its effect is smaller than the rounding of its logarithms."""
_NEGLIGIBLE = 1e-17


def below(
    counts: NDArray[np.int64], mean: NDArray[np.float64], dispersion: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return P(Y <= count) for counts with a mean m and the variance m + dispersion x m ** 2.

    Terms are added from the count downwards, the first one by logarithms, so that a small tail does not underflow.

    Args:
        counts: [n], from 0.
        mean: [n], finite and not negative.
        dispersion: [n], finite and not negative; 0 is Poisson.

    Returns:
        [n], from 0 to 1; NaN where a mean or a dispersion is NaN.

    >>> below(np.array([0, 0]), np.array([3.0, 3.0]), np.array([0.0, 1.0])).round(4).tolist()
    [0.0498, 0.25]
    """
    return _below(
        np.asarray(counts, np.int64), np.asarray(mean, np.float64), np.asarray(dispersion, np.float64)
    )


def lowest(level: float, mean: NDArray[np.float64], dispersion: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the smallest count whose lower tail is above a level: the low end of a band.

    Args:
        level: above 0 and below 1.
        mean: [n], finite and not negative.
        dispersion: [n], finite and not negative.

    >>> lowest(0.05, np.array([3.0, 2.0]), np.zeros(2)).tolist()
    [1, 0]
    """
    return _lowest(level, np.asarray(mean, np.float64), np.asarray(dispersion, np.float64))


@njit(cache=True)
def _tail(count: int, mean: float, dispersion: float) -> float:
    """Return P(Y <= count) of one distribution."""
    if math.isnan(mean) or math.isnan(dispersion):
        return math.nan
    if mean == 0.0:
        return 1.0
    if dispersion < _POISSON:
        term = count * math.log(mean) - mean - math.lgamma(count + 1.0)
        size, odds = math.inf, 1.0 / mean
    else:
        size = 1.0 / dispersion
        term = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1.0)
        term += size * math.log(size / (size + mean)) + count * math.log(mean / (size + mean))
        odds = (size + mean) / mean
    whole, part, k = 1.0, 1.0, count  # in units of the first term
    scale = term
    while k > 0:
        step = k * odds if size == math.inf else k / (k - 1.0 + size) * odds
        part *= step
        whole += part
        k -= 1
        if part < _NEGLIGIBLE * whole and step < 1.0:
            break
        if whole > 1e280:
            scale += math.log(whole)
            part /= whole
            whole = 1.0
    return min(1.0, math.exp(scale + math.log(whole)))


@njit(cache=True)
def _below(
    counts: NDArray[np.int64], mean: NDArray[np.float64], dispersion: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the lower tail of each count."""
    tails = np.empty(len(counts))
    for row in range(len(counts)):
        tails[row] = _tail(counts[row], mean[row], dispersion[row])
    return tails


@njit(cache=True)
def _lowest(level: float, mean: NDArray[np.float64], dispersion: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the smallest count above the level, by halving; the tail grows with the count."""
    found = np.zeros(len(mean), dtype=np.int64)
    for row in range(len(mean)):
        inside, outside = -1, 0  # tail(inside) <= level < tail(outside)
        while _tail(outside, mean[row], dispersion[row]) <= level:
            inside, outside = outside, 2 * outside + 1
        while outside - inside > 1:
            middle = (inside + outside) // 2
            if _tail(middle, mean[row], dispersion[row]) <= level:
                inside = middle
            else:
                outside = middle
        found[row] = outside
    return found
