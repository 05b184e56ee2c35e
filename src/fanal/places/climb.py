"""Climb: from a place up to the first-level area that holds it, the one way in which all of `places` does it."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.entry import Kind

NO_REGION = -1
"""No first-level area holds the place: it is a country, lies in several, or nobody knows."""

_REGION = int(Kind.REGION)


@njit(cache=True, nogil=True)
def region_of(one: int, kind: NDArray[np.int8], holder: NDArray[np.int32]) -> int:
    """Return the first-level area of an entry, itself if it is one; else NO_REGION.

    Args:
        one: row of the gazetteer; below 0: none.
        kind: of each entry, as `entry.Kind`.
        holder: row of the entry that holds each, -1: none.

    >>> kind = np.array([Kind.COUNTRY, Kind.REGION, Kind.DISTRICT, Kind.CITY], np.int8)
    >>> holder = np.array([-1, 0, 1, 2], np.int32)
    >>> region_of(3, kind, holder), region_of(1, kind, holder), region_of(0, kind, holder)
    (1, 1, -1)
    """
    at = one
    while at >= 0 and kind[at] != _REGION:
        at = holder[at]
    return max(at, NO_REGION)


@njit(cache=True, nogil=True)
def regions_of(
    entry: NDArray[np.int32], kind: NDArray[np.int8], holder: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the first-level area of each entry, as `region_of`."""
    found = np.empty(len(entry), dtype=np.int64)
    for at in range(len(entry)):
        found[at] = region_of(entry[at], kind, holder)
    return found
