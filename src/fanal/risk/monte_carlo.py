"""The Monte Carlo of a scan: the highest ratios of replicates, drawn in order, swept by several threads."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from fanal.risk.replicates import Draw

CHUNK = 64
"""Replicates that are drawn, and swept, together; part of what a seed means."""

ROUND = 4
"""Chunks between two looks at whether enough replicates are as high; the first is looked at by itself."""

SLACK = 1e-9
"""Log-likelihood ratios nearer than this are ties, and count against significance."""

EULER = 0.5772156649015329


def highest_ratios(
    sweep: Callable[[NDArray[np.int32], NDArray[np.int64]], NDArray[np.float64]],
    draw: Draw,
    *,
    top: float,
    replicates: int,
    stop_after: int | None,
    rng: np.random.Generator,
    threads: int | None = None,
    progress: Callable[[int], object] = bool,
) -> NDArray[np.float64]:
    """Return the highest ratio of each replicate, in the order in which they were drawn.

    All dice are thrown by this thread, one chunk after another; other threads only sweep. So the same `rng` gives
    the same ratios, whatever the number of threads.

    Args:
        sweep: gives the highest ratio of replicates, [n, depth, areas], with their totals, [n].
        draw: draws replicates.
        top: the ratio of the likeliest cluster.
        replicates: at most so many, at least 1.
        stop_after: none are drawn any more once so many are as high as `top`; None or 0: all are drawn.
        rng: the dice.
        threads: that sweep; None: as many as the machine has cores.
        progress: told how many replicates are done.
    """
    found = np.empty(0)
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        while len(found) < replicates and not (stop_after and (found >= top - SLACK).sum() >= stop_after):
            left = replicates - len(found)
            sizes = [min(CHUNK, left - at) for at in range(0, left, CHUNK)][: ROUND if len(found) else 1]
            parts = [
                pool.submit(sweep, drawn.astype(np.int32, copy=False), totals)
                for drawn, totals in (draw(rng, size) for size in sizes)
            ]
            for part in parts:
                found = np.concatenate([found, part.result()])
                progress(len(found))
    return found


def p_value(ratio: float, highest: NDArray[np.float64], stop_after: int | None) -> tuple[float, int]:
    """Return the Monte Carlo p-value of a cluster and the number of replicates behind it.

    (g + 1) / (n + 1) when g of n replicates reach it; h / l when the h-th that does, with which drawing stops, came at
    replicate l (Besag and Clifford 1991, Biometrika 78:301-304).

    >>> p_value(3.0, np.array([1.0, 4.0, 2.0]), None), p_value(3.0, np.array([1.0, 4.0, 2.0]), 1)
    ((0.5, 3), (0.5, 2))
    """
    reached = np.flatnonzero(highest >= ratio - SLACK)
    if stop_after and len(reached) >= stop_after:
        last = int(reached[stop_after - 1]) + 1
        return stop_after / last, last
    return (len(reached) + 1) / (len(highest) + 1), len(highest)


def gumbel_p_value(ratio: float, highest: NDArray[np.float64]) -> float:
    """Return the p-value from a Gumbel distribution with the mean and spread of the replicates' highest ratios.

    Abrams, Kulldorff and Kleinman 2010 (International Journal of Health Geographics 9:61): good for purely spatial
    Poisson, binomial and permutation scans, and it goes on below what a rank of n replicates can show. It is
    an extrapolation: far out it says "less than any rank", not how much less.

    >>> round(gumbel_p_value(9.0, np.random.Generator(np.random.PCG64(1)).gumbel(5.0, 1.0, 999)), 3)
    0.016
    """
    spread = float(np.std(highest, ddof=1)) if len(highest) > 1 else 0.0
    if not spread > 0:
        return 1.0
    scale = spread * np.sqrt(6) / np.pi
    place = float(np.mean(highest)) - EULER * scale
    return float(-np.expm1(-np.exp(-(ratio - place) / scale)))
