"""Whether a point can be a place at all: no number, out of range, null island, or longitude and latitude swapped."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from fanal.geo.containment import OUTSIDE
from fanal.geo.grid import Grid

MOST_LONGITUDE, MOST_LATITUDE = 180.0, 90.0

NULL_ISLAND_DEGREES = 0.005
"""What is written as 0.00, 0.00 with two decimals: some 550 m around a point of the sea that is 570 km from land."""


class Standing(IntEnum):
    """Name what a point is; all but the first are no place.

    >>> Standing(3).name
    'NULL_ISLAND'
    """

    FINE = 0
    NOT_A_NUMBER = 1
    OUT_OF_RANGE = 2
    NULL_ISLAND = 3
    SWAPPED = 4


def standing(
    lon: NDArray[np.float64], lat: NDArray[np.float64], known: Grid | None = None
) -> NDArray[np.int8]:
    """Return for each point of one file its Standing.

    A point is swapped when its latitude is beyond 90 and the two would fit the other way round; and, where areas are
    known, when no area holds it while one holds it the other way round. Where a country lies astride the diagonal,
    as Nigeria does, areas hold many points both ways: these follow the points of the file that can be read in one
    way alone, and are swapped where more of those are swapped than not. A tie, or no such point, leaves them fine:
    they cannot be told.

    Args:
        lon: degrees east as given, any number, n.
        lat: degrees north as given, any number, n.
        known: the areas that the points should lie in; None: only the numbers are judged.

    Returns:
        Values of Standing, n.

    >>> standing(np.array([43.1, np.nan, 743.0, 0.001, 36.3]), np.array([36.3, 36.3, 36.3, -0.0, 143.1])).tolist()
    [0, 1, 2, 3, 4]
    """
    found = np.full(len(lon), Standing.FINE, np.int8)
    x, y = np.abs(lon), np.abs(lat)
    found[(x > MOST_LONGITUDE) | (y > MOST_LATITUDE)] = Standing.OUT_OF_RANGE
    found[(y > MOST_LATITUDE) & (y <= MOST_LONGITUDE) & (x <= MOST_LATITUDE)] = Standing.SWAPPED
    found[(x < NULL_ISLAND_DEGREES) & (y < NULL_ISLAND_DEGREES)] = Standing.NULL_ISLAND
    found[np.isnan(x) | np.isnan(y)] = Standing.NOT_A_NUMBER
    if known is not None:
        _among(lon, lat, known, found)
    return found


def _among(lon: NDArray[np.float64], lat: NDArray[np.float64], known: Grid, found: NDArray[np.int8]) -> None:
    """Tell the swapped ones among the points that are fine by their numbers, and write them into `found`."""
    rows = np.flatnonzero(found == Standing.FINE)
    straight = known.areas_of(lon[rows], lat[rows]) != OUTSIDE
    turned = np.zeros(len(rows), np.bool_)
    fits = np.abs(lon[rows]) <= MOST_LATITUDE
    turned[fits] = known.areas_of(lat[rows[fits]], lon[rows[fits]]) != OUTSIDE
    # A latitude beyond 90 does not count here: it is as often a slip in one cell.
    if int((turned & ~straight).sum()) > int((straight & ~turned).sum()):
        straight[:] = False
    found[rows[turned & ~straight]] = Standing.SWAPPED
