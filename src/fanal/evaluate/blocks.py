"""The intervals of a backtest: weeks in blocks are drawn again and again, for conflict comes in bursts."""

import numpy as np
from numpy.typing import NDArray

DRAWS = 2_000
LOW, HIGH = 0.025, 0.975
"""The ends of a 95 % interval."""


def interval(
    part: NDArray[np.int64], whole: NDArray[np.int64], rng: np.random.Generator
) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of a ratio of sums over blocks, or None where there is nothing to draw.

    Blocks are drawn with their whole content (Kuensch 1989, Ann. Stat. 17:1217-1241). With few blocks, such as the
    eight quarters of two years, the interval is rough and more likely too narrow than too wide. A draw without
    anything in `whole` is left out.

    Args:
        part: one number a block.
        whole: one number a block.
        rng: the dice.

    >>> dice = np.random.Generator(np.random.PCG64(1))
    >>> interval(np.array([5, 5, 5]), np.array([10, 10, 10]), dice)
    (0.5, 0.5)
    """
    return difference(part, np.zeros_like(part), whole, rng)


def difference(
    part: NDArray[np.int64], other: NDArray[np.int64], whole: NDArray[np.int64], rng: np.random.Generator
) -> tuple[float, float] | None:
    """Return the 95 % interval of how much higher one ratio is than another of the same whole, by the same draws.

    Args:
        part: one number a block.
        other: one number a block, of the method compared with.
        whole: one number a block.
        rng: the dice.

    >>> dice = np.random.Generator(np.random.PCG64(1))
    >>> difference(np.array([5, 5, 5]), np.array([2, 2, 2]), np.array([10, 10, 10]), dice)
    (0.3, 0.3)
    """
    if not len(whole) or not whole.sum():
        return None
    drawn = rng.integers(len(whole), size=(DRAWS, len(whole)))
    wholes = whole[drawn].sum(axis=1)
    ratios = (part - other)[drawn].sum(axis=1)[wholes > 0] / wholes[wholes > 0]
    low, high = np.quantile(ratios, [LOW, HIGH])
    return float(low), float(high)
