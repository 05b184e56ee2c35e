"""The enhanced two-step floating catchment area: each service's capacity, shared out over the areas around it."""

import numpy as np
from numpy.typing import NDArray

from fanal.help.within import Bands


def shares(demand: NDArray[np.float64], bands: Bands, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return which share of each service's capacity is for each area: [areas, services], from 0.

    Step one divides the capacity of a service by the demand of all areas within its reach, each weighted by its band.
    Step two gives an area, for its demand, what it gets from each service, weighted again (Luo and Qi 2009, Health &
    Place 15:1100-1107). Times the demand of the area, that is a share: demand × weight over the sum of
    demand × weight. The shares of a service add up to 1, or to 0 where nobody is within its reach.

    Args:
        demand: of each area, 0 or more.
        bands: [areas, services].
        weights: of each band from the first; above 0.

    >>> shares(np.array([30.0, 10.0]), np.array([[1, 2], [1, 0]], np.uint8), np.array([1.0, 0.5])).tolist()
    [[0.75, 1.0], [0.25, 0.0]]
    """
    pull = np.concatenate([[0.0], weights])[bands] * demand[:, None]
    total = pull.sum(axis=0)
    found: NDArray[np.float64] = np.divide(pull, total, out=np.zeros_like(pull), where=total > 0)
    return found
