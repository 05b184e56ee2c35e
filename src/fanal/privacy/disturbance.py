"""The disturbance: what the gate's noise and threshold do to counts, simulated for replicates of a scan.

Nothing here protects anybody: it is applied to simulated counts only, never to counts of people.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fanal.privacy.shown import Groups, fit, sums

_TAIL = 16  # scales; noise beyond has a probability under 1e-6
_HALVINGS = 50
_NO_TOTAL = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """Hold the scale and the threshold that each week was released with."""

    scale: NDArray[np.float64]  # [weeks], author-weeks
    threshold: NDArray[np.int64]  # [weeks], author-weeks

    def released(self, counts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Return simulated counts [n, weeks, areas] as the gate would show them, hidden ones as 0."""
        noisy = self.noisy(counts, rng)
        shown: NDArray[np.int64] = np.where(noisy >= self.threshold[:, None], noisy, 0)
        return shown

    def noisy(self, counts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Return simulated counts [n, weeks, areas] with the noise of their week.

        Discrete Laplace noise is the difference of two geometric numbers (Inusah and Kozubowski 2006,
        J. Stat. Plan. Inference 136:1090-1102).
        """
        stop = -np.expm1(-1 / self.scale)[:, None]
        noisy: NDArray[np.int64] = (
            counts + rng.geometric(stop, size=counts.shape) - rng.geometric(stop, size=counts.shape)
        )
        return noisy

    def mean(self, means: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what is shown on average, [weeks, areas], of Poisson counts with the same means [areas] each week."""
        shown = np.empty((len(self.scale), len(means)))
        for row, (scale, threshold) in enumerate(zip(self.scale, self.threshold, strict=True)):
            same = np.flatnonzero((self.scale[:row] == scale) & (self.threshold[:row] == threshold))
            shown[row] = shown[same[0]] if len(same) else mean_shown(means, float(scale), int(threshold))
        return shown

    def means_behind(self, share: NDArray[np.float64], total: int) -> NDArray[np.float64]:
        """Return the Poisson means by area, in proportion to `share`, whose shown counts add up to `total` on average.

        The threshold hides small cells, so that the shown total is less than the true one.
        """
        low, high = 0.0, 1.0
        while self.mean(high * share).sum() < total:
            low, high = high, 2 * high
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.mean(middle * share).sum() < total else (low, middle)
        return high * share


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedDisturbance:
    """Hold, beside the noise, which cells of the partners' table lie in which governorate."""

    plain: Disturbance
    groups: Groups  # of cells, in one family; where not closed, nobody knows what else the governorate has

    def released(self, counts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Return simulated counts [n, weeks, cells] as the gate would show them, hidden ones as 0.

        The total of a governorate gets its own noise; cells below the threshold, and all cells of a governorate
        below it, are hidden; the rest is fitted under the total. Where a governorate has more than its cells (it
        is not closed) no total is laid over them: then a replicate varies more than what happened, not less.
        """
        rows = (len(counts) * counts.shape[1], counts.shape[2])
        noisy = self.plain.noisy(counts, rng).reshape(rows)
        inside = sums(counts.reshape(rows), self.groups).reshape(*counts.shape[:2], -1)
        total = self.plain.noisy(inside, rng).reshape(rows[0], -1)
        threshold = np.tile(self.plain.threshold, len(counts))
        may = (total >= threshold[:, None]) | ~self.groups.closed
        total = np.where(self.groups.closed, np.maximum(total, 0), _NO_TOTAL)
        fitted = fit(noisy, total, may, self.groups.cells, self.groups.starts, self.groups.closed, threshold)
        free = np.ones(rows[1], dtype=np.bool_)
        free[self.groups.cells] = False
        fitted[:, free] = np.where(noisy >= threshold[:, None], noisy, 0)[:, free]
        shown: NDArray[np.int64] = np.maximum(fitted, 0).reshape(counts.shape)
        return shown


def mean_shown(means: NDArray[np.float64], scale: float, threshold: int) -> NDArray[np.float64]:
    """Return E[N; N >= threshold] for N = X + L, X Poisson with the given means, L discrete Laplace.

    Summed over l: P(L = l) (mean P(X >= t - l - 1) + l P(X >= t - l)), as E[X; X >= k] = mean P(X >= k - 1).

    >>> mean_shown(np.array([0.0, 1000.0]), 4.0, 35).round(2).tolist()
    [0.0, 1000.0]
    """
    reach = int(np.ceil(_TAIL * scale))
    noise = np.arange(-reach, reach + 1)
    weight = np.exp(-np.abs(noise) / scale) * np.tanh(0.5 / scale)
    n = np.arange(threshold + reach + 1)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(n[1:]))])
    rate = np.log(np.maximum(means, 1e-300))[:, None]
    below = np.cumsum(np.exp(n * rate - means[:, None] - log_factorial), axis=1)
    at_least = np.concatenate([np.ones((len(means), 1)), 1 - below], axis=1).clip(
        0, 1
    )  # P(X >= 0), P(X >= 1), ...
    here = np.maximum(threshold - noise, 0)
    before = np.maximum(threshold - noise - 1, 0)
    shown: NDArray[np.float64] = (
        weight * (means[:, None] * at_least[:, before] + noise * at_least[:, here])
    ).sum(axis=1)
    return shown
