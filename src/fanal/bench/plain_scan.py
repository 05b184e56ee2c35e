"""The plain scan: every zone and window of every replicate, one after another, as the formula is written down."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def highest(
    drawn: NDArray[np.int32],
    expected: NDArray[np.float64],
    members: NDArray[np.int32],
    offsets: NDArray[np.int32],
    total: float,
) -> NDArray[np.float64]:
    """Return the highest Poisson ratio of each replicate over zones and windows that end now.

    Args:
        drawn: [replicates, days, areas], the newest day last.
        expected: [days, areas], scaled to the study's total.
        members: of `Zones`.
        offsets: of `Zones`.
        total: counts of the study.
    """
    replicates, days, areas = drawn.shape
    tops = np.zeros(replicates)
    for replicate in range(replicates):
        for centre in range(areas):
            counts, inside = np.zeros(days), np.zeros(days)
            for entry in range(offsets[centre], offsets[centre + 1]):
                count, held = 0.0, 0.0
                for back in range(days):
                    count += drawn[replicate, days - 1 - back, members[entry]]
                    held += expected[days - 1 - back, members[entry]]
                    counts[back] += count
                    inside[back] += held
                    c, e = counts[back], inside[back]
                    if c > e and c > 1:
                        ratio = c * np.log(c / e)
                        if c < total:
                            ratio += (total - c) * np.log((total - c) / (total - e))
                        tops[replicate] = max(tops[replicate], ratio)
    return tops
