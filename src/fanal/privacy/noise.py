"""The noise of the gate: OpenDP's discrete Laplace over one vector of whole numbers, never seeded."""

import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from opendp.domains import atom_domain, vector_domain
from opendp.measurements import make_laplace
from opendp.metrics import l1_distance
from opendp.mod import Measurement, enable_features

from fanal.model.error import RefusedError

MECHANISM = "OpenDP discrete Laplace"
PIECE = 20_000
"""Cells of one call into OpenDP, which lets other threads run meanwhile; about a sixth of a second."""

_STEPS = 8  # rounding puts the first scale at most a few steps of a double off


def add(
    counts: NDArray[np.int64], *, max_cells: int, epsilon: float, threads: int | None = None
) -> NDArray[np.int64]:
    """Add discrete Laplace noise to all cells of a week under one account.

    The scale is max_cells / epsilon, raised by the least step of a double where OpenDP's own privacy map
    of the L1 distance `max_cells` would otherwise exceed `epsilon`. The map is asked each time, and again
    right before the draw, for the whole vector. OpenDP takes its randomness from the operating system; it cannot be
    seeded.

    The vector is drawn in pieces of `PIECE` cells, on several threads. That costs no more: the mechanism draws the
    noise of each cell independently and with the same scale, so the pieces behind each other have the law of one
    draw. Or, by the map: where one author-week moves piece i by d_i, the pieces together cost sum d_i / scale, and
    the d_i add up to the L1 distance of the whole, at most `max_cells`.

    Args:
        counts: whole numbers; one author-week changes them by at most `max_cells` in L1.
        max_cells: at least 1.
        epsilon: above 0.
        threads: None: as many as this process has cores.

    Raises:
        RefusedError: no mechanism keeps within epsilon; nothing was drawn.

    >>> add(np.zeros(3, np.int64), max_cells=4, epsilon=1.0).shape
    (3,)
    """
    if not np.issubdtype(counts.dtype, np.integer):
        raise RefusedError("The gate adds noise to whole numbers only.")
    measurement = mechanism(max_cells=max_cells, epsilon=epsilon)
    if not _cost(measurement, max_cells) <= epsilon:
        raise RefusedError("The noise would cost more than its budget.")
    flat = counts.ravel()

    def drawn(start: int) -> NDArray[np.int64]:
        return np.array(measurement(flat[start : start + PIECE].tolist()), dtype=np.int64)

    with ThreadPoolExecutor(threads or len(os.sched_getaffinity(0))) as pool:
        pieces = list(pool.map(drawn, range(0, len(flat), PIECE)))
    return np.concatenate([np.zeros(0, np.int64), *pieces]).reshape(counts.shape)


def mechanism(*, max_cells: int, epsilon: float) -> Measurement:
    """Return OpenDP's measurement whose own map of `max_cells` is at most `epsilon`.

    >>> mechanism(max_cells=4, epsilon=1.0).map(4)
    1.0
    """
    if max_cells < 1 or not (math.isfinite(epsilon) and epsilon > 0):
        raise RefusedError(f"There is no noise for {max_cells} cells and an epsilon of {epsilon}.")
    enable_features("contrib")  # OpenDP's switch for what its core team has not vetted; make_laplace needs it
    space = vector_domain(atom_domain(T="i64")), l1_distance(T="i64")
    scale = max_cells / epsilon
    for _ in range(_STEPS):
        measurement = make_laplace(*space, scale=scale)
        if _cost(measurement, max_cells) <= epsilon:
            return measurement
        scale = math.nextafter(scale, math.inf)
    raise RefusedError(f"OpenDP finds no noise for {max_cells} cells within an epsilon of {epsilon}.")


def _cost(measurement: Measurement, max_cells: int) -> float:
    """Return the privacy loss that OpenDP's map gives for an L1 distance."""
    return float(measurement.map(max_cells))  # type: ignore[no-untyped-call]


def reach(scale: float, share: float = 0.95) -> int:
    """Return the least q such that discrete Laplace noise lies from -q to q with at least `share`.

    With a = exp(-1 / scale), P(|noise| > q) = 2 a^(q + 1) / (1 + a) (Ghosh, Roughgarden and Sundararajan
    2012, SIAM J. Comput. 41:1673-1693).

    >>> reach(4.0)
    12
    """
    a = math.exp(-1 / scale)
    return max(0, math.ceil(scale * math.log(2 / ((1 - share) * (1 + a))) - 1))
