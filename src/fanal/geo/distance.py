"""The great-circle distance between points, in kilometres."""

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG, Moritz 2000, J. Geodesy 74:128-133)."""


def great_circle(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    to_lon: NDArray[np.float64],
    to_lat: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the distance of each pair of points, km, by the haversine (Sinnott 1984). Arrays broadcast.

    >>> km = great_circle(np.array([0.0]), np.array([0.0]), np.array([180.0]), np.array([0.0]))
    >>> bool(np.isclose(km[0], np.pi * EARTH_RADIUS_KM))
    True
    """
    a, b = np.radians(lat), np.radians(to_lat)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    km: NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return km
