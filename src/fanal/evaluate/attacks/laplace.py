"""The discrete Laplace noise on paper: what an attacker on it can gain, computed and not measured."""

import math

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]


def mass(values: NDArray[np.int64], scale: float) -> Counts:
    """Return P(noise = value) (Inusah and Kozubowski 2006, J. Stat. Plan. Inference 136:1090-1102).

    >>> float(mass(np.arange(-200, 201), 4.0).sum().round(9))
    1.0
    """
    found: Counts = np.exp(-np.abs(values) / scale) * exact(scale)
    return found


def exact(scale: float) -> float:
    """Return P(noise = 0): how often the noisy count is the true one.

    >>> round(exact(4.0), 4)
    0.1244
    """
    return math.tanh(0.5 / scale)


def at_least(value: Counts, scale: float) -> Counts:
    """Return P(noise >= value) for whole numbers.

    >>> [round(float(p), 5) for p in at_least(np.array([-500.0, 0.0, 26.0]), 4.0)]
    [1.0, 0.56218, 0.00085]
    """
    a = math.exp(-1 / scale)
    up = np.power(a, np.maximum(value, 0.0)) / (1 + a)
    down = 1 - np.power(a, np.maximum(1 - value, 1.0)) / (1 + a)
    found: Counts = np.where(value > 0, up, down)
    return found


def spread(scale: float) -> float:
    """Return the standard deviation of the noise.

    >>> round(spread(4.0), 2)
    5.64
    """
    a = math.exp(-1 / scale)
    return math.sqrt(2 * a) / (1 - a)


def evidence(shown: Counts, known: Counts, *, scale: float, threshold: int) -> Counts:
    """Return the log-likelihood ratio of one author more against nobody more, for each cell.

    Args:
        shown: noisy counts; NaN where the cell is hidden, as its noisy count is below the threshold.
        known: what all others add up to, of the same shape.
        scale: of the noise.
        threshold: whole number; what is hidden is below it.
    """
    seen = (np.abs(shown - known) - np.abs(shown - known - 1)) / scale
    # P(noise < v) is P(noise >= 1 - v): the noise is as often above as below.
    unseen = np.log(at_least(known + 2 - threshold, scale) / at_least(known + 1 - threshold, scale))
    found: Counts = np.where(np.isnan(shown), unseen, seen)
    return found


def best(cells: int, scale: float) -> float:
    """Return the gain of the best attacker on an author who adds 1 to each of so many cells, all others known.

    A cell's evidence is one of two values, as if the author's bit were turned round with probability
    1 / (1 + exp(1 / scale)); the best attacker counts the cells that speak for the author.

    >>> round(best(4, 4.0), 4), round(best(1, 0.01), 4)
    (0.1856, 1.0)
    """
    p = 1 / (1 + math.exp(-1 / scale))
    ways = [math.comb(cells, n) for n in range(cells + 1)]
    inside = [w * p**n * (1 - p) ** (cells - n) for n, w in enumerate(ways)]
    return sum(abs(here - there) for here, there in zip(inside, reversed(inside), strict=True)) / 2
