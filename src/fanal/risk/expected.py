"""The expected counts of a scan: what each area would have if nothing new were happening."""

import numpy as np
from numpy.typing import NDArray

HALF_A_COUNT = 0.5
"""What an area without people and without a past is given, over the whole study, so that nothing divides by zero."""


def smoothed_shares(history: NDArray[np.int64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each area's share of all counts: its own past, drawn towards its share of the weight.

    Marshall 1991 (Applied Statistics 40:283-294), global empirical Bayes, which is the posterior mean of
    the gamma-Poisson model with its two moments taken from the data: with y_i the area's past count and
    n_i what its weight would give it, r_i = y_i / n_i is drawn towards the mean m = 1 by

        r_i* = m + C_i (r_i - m),  C_i = A / (A + m / n_i),  A = max(0, sum n_i (r_i - m)^2 / sum n_i - m / mean n)

    so that a small area with a thin past keeps near its weight. Shares are n_i r_i*, made to add up to 1.

    Args:
        history: [weeks, areas] or [areas], past counts; without any, the shares are those of the weight.
        weight: [areas], people or volume of posts; not negative, not all zero.

    Raises:
        ValueError: a weight that is negative, not finite or zero everywhere; shapes that differ.

    >>> smoothed_shares(np.array([[30, 10]]), np.array([1.0, 1.0])).round(2).tolist()
    [0.7, 0.3]
    """
    weight = np.asarray(weight, dtype=np.float64)
    past = np.asarray(history, dtype=np.float64).reshape(-1, len(weight)).sum(axis=0)
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.sum() > 0):
        raise ValueError("The weights of areas must be finite and not negative, and one must be above zero.")
    share = weight / weight.sum()
    total = past.sum()
    if total > 0:
        peopled = share > 0
        by_weight = total * share[peopled]
        ratio = past[peopled] / by_weight
        mean = past[peopled].sum() / by_weight.sum()
        spread = (by_weight * (ratio - mean) ** 2).sum() / by_weight.sum() - mean / by_weight.mean()
        spread = max(spread, 0.0)
        pull = spread / (spread + mean / by_weight) if spread > 0 else np.zeros_like(ratio)
        share = past / total  # an area that nobody is known to live in has its own past alone
        share[peopled] = share_of(by_weight * (mean + pull * (ratio - mean))) * (1 - share[~peopled].sum())
    return share_of(share)


def share_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values divided by their sum; all zero stays zero.

    >>> share_of(np.array([1.0, 3.0])).tolist()
    [0.25, 0.75]
    """
    total = values.sum()
    return values / total if total > 0 else values


def from_own_past(
    history: NDArray[np.int64], counts: NDArray[np.int64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return expected counts that add up to the observed total, the same in every week.

    For data that come in week by week: a rise over time in a place shows, and so does a rise everywhere.

    Args:
        history: [past weeks, areas], counts before the study; may have no rows.
        counts: [weeks, areas], counts of the study.
        weight: [areas], people or volume of posts.

    >>> from_own_past(np.zeros((0, 2), int), np.array([[1, 1], [5, 1]]), np.array([3.0, 1.0])).tolist()
    [[3.0, 1.0], [3.0, 1.0]]
    """
    total = int(counts.sum())
    share = _with_floor(smoothed_shares(history, weight), total)
    return np.tile(total * share / max(len(counts), 1), (len(counts), 1))


def time_adjusted(
    history: NDArray[np.int64], counts: NDArray[np.int64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return expected counts that add up to the observed total of each week.

    For data that are counted only in assessment rounds: weeks without a round expect nothing, and a week
    with more is no news by itself, only where in it. Blind, therefore, to a rise that is the same
    everywhere. (SaTScan calls it the nonparametric temporal adjustment.) Replicates must keep the weeks'
    totals too: `replicates.by_week`.

    Args:
        history: [past weeks, areas], counts before the study; may have no rows.
        counts: [weeks, areas], counts of the study.
        weight: [areas], people or volume.

    >>> time_adjusted(np.zeros((0, 2), int), np.array([[0, 0], [5, 3]]), np.array([3.0, 1.0])).tolist()
    [[0.0, 0.0], [6.0, 2.0]]
    """
    share = _with_floor(smoothed_shares(history, weight), int(counts.sum()))
    adjusted: NDArray[np.float64] = counts.sum(axis=1, keepdims=True) * share
    return adjusted


def _with_floor(share: NDArray[np.float64], total: int) -> NDArray[np.float64]:
    """Return shares none of which is zero: half a count of the study each, where nothing else is known."""
    floor = HALF_A_COUNT / max(total, 1)
    return share_of(np.where(share > 0, share, floor))
