"""Local shares: an area's share of all counts, drawn towards its neighbours instead of the whole country."""

import numpy as np
from numpy.typing import NDArray

from fanal.risk.expected import share_of


def local_shares(
    history: NDArray[np.int64], weight: NDArray[np.float64], neighbours: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return each area's share of all counts: its own past, drawn towards the rate of its neighbourhood.

    Marshall 1991 (Applied Statistics 40:283-294), the local estimator: `expected.smoothed_shares` with mean and
    variance taken over the area and its neighbours alone. It serves where rates change smoothly over a country, as
    conflict does: a thin area beside a front is then drawn up and not down. With few neighbours their variance is
    poorly known. The global estimate is steadier and stays the default.

    Args:
        history: [periods, areas] or [areas], past counts; without any, the shares are those of the weight.
        weight: [areas], people or volume, above 0.
        neighbours: [areas, k] numbers of the k nearest areas, each area among its own.

    Raises:
        ValueError: a weight that is not finite and above 0; an area that is not among its own neighbours.

    >>> near = np.array([[0, 1], [1, 0], [2, 3], [3, 2]])
    >>> local_shares(np.array([[40, 40, 1, 1]]), np.ones(4), near).round(2).tolist()
    [0.49, 0.49, 0.01, 0.01]
    """
    weight = np.asarray(weight, dtype=np.float64)
    past = np.asarray(history, dtype=np.float64).reshape(-1, len(weight)).sum(axis=0)
    if not (np.isfinite(weight).all() and (weight > 0).all()):
        raise ValueError("The weights of areas must be finite and above zero.")
    if not (neighbours == np.arange(len(weight))[:, None]).any(axis=1).all():
        raise ValueError("Each area must stand among its own neighbours.")
    share: NDArray[np.float64] = weight / weight.sum()
    total = past.sum()
    if not total > 0:
        return share
    by_weight = total * share
    ratio = past / by_weight
    near = by_weight[neighbours]
    mean = past[neighbours].sum(axis=1) / near.sum(axis=1)
    spread = (near * (ratio[neighbours] - mean[:, None]) ** 2).sum(axis=1) / near.sum(axis=1)
    spread = np.maximum(spread - mean / near.mean(axis=1), 0.0)
    noise = mean / by_weight
    pull = np.divide(spread, spread + noise, out=np.zeros_like(spread), where=spread + noise > 0)
    smoothed: NDArray[np.float64] = by_weight * (mean + pull * (ratio - mean))
    return share_of(smoothed)
