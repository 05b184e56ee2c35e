"""Swapped: rows of a user's file whose latitude and longitude stand in each other's column, found by where they lie."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fanal.geo.distance import great_circle
from fanal.places.own import OwnPlace

NEAR_KM = 60.0
"""A place lies near a region or country if a town of it is nearer than this; in deserts towns are far apart."""

FAR = 4.0
"""Without a region or country a place is far when it lies this many times the median distance from the other rows."""

DEGREE_KM = 111.2

LEAST_ROWS = 5
MOST_SWAPPED = 0.5
"""Of the rows that can be judged; from there on the columns of the whole file are taken to be swapped."""

Points = NDArray[np.float64]
"""n rows of longitude and latitude in degrees."""


def swapped(places: Sequence[OwnPlace], towns: Mapping[int, Points], world: Points) -> set[int]:
    """Return the numbers of the rows of `places` that are swapped.

    A row is swapped if it lies far from every town of the region or country that it states, while the exchanged point
    lies near one. A row that states neither is compared with the other rows. Where the rows that can be judged
    are mostly swapped, so are those that cannot: near the diagonal (Abuja: 9.08, 7.47) both points are plausible. A
    row that states neither is judged by whether any town of the world is near.

    Args:
        places: the rows.
        towns: number of a row to the towns of what it states; rows that state nothing known are missing.
        world: all towns.
    """
    found, judged, sea = set(), 0, 0
    for at, one in enumerate(places):
        around = towns.get(at, world)
        given = near(around, one.lon, one.lat, NEAR_KM)[1] <= NEAR_KM
        other = abs(one.lon) <= 90 and near(around, one.lat, one.lon, NEAR_KM)[1] <= NEAR_KM
        judged += given != other
        if other and not given:
            if at in towns:
                found.add(at)
            else:
                sea += 1
    if judged >= LEAST_ROWS and len(found) + sea > MOST_SWAPPED * judged:
        return set(range(len(places)))
    alone = [at for at in range(len(places)) if at not in towns]
    return found | {alone[at] for at in _outliers([places[at] for at in alone])}


def by_area(
    places: Sequence[OwnPlace], area: Sequence[int], inside: Mapping[int, Sequence[int]], points: Points
) -> dict[int, Points]:
    """Return for each row the towns of the area that it states.

    Args:
        places: the rows.
        area: the area of each row; -1: none.
        inside: area to its towns.
        points: of the towns.
    """
    kept: defaultdict[int, Points] = defaultdict(lambda: np.empty((0, 2)))
    found = {}
    for at, row in enumerate(area[: len(places)]):
        if row < 0 or not inside.get(row):
            continue
        if row not in kept:
            kept[row] = points[np.asarray(inside[row])]
        found[at] = kept[row]
    return found


def _outliers(places: Sequence[OwnPlace]) -> list[int]:
    """Return the rows that lie far from the others, while the exchanged point does not."""
    if len(places) < LEAST_ROWS:
        return []
    lon, lat = (np.array([getattr(one, name) for one in places]) for name in ("lon", "lat"))
    middle = np.median(lon), np.median(lat)
    given = great_circle(lon, lat, *middle)
    far = max(FAR * float(np.median(given)), NEAR_KM)
    other = great_circle(lat, lon, *middle)
    return np.flatnonzero((given > far) & (np.abs(lon) <= 90) & (other <= far)).tolist()


def near(towns: Points, lon: float, lat: float, within_km: float) -> tuple[int, float]:
    """Return the number of the nearest town and its distance in km; -1 and infinity: none lies within some km.

    >>> near(np.array([[43.1, 36.3], [43.1, 36.4]]), 43.1, 36.38, 50.0)[0]
    1
    """
    reach = within_km / DEGREE_KM
    wide = reach / max(float(np.cos(np.radians(lat))), 0.01)
    east = np.abs((towns[:, 0] - lon + 180) % 360 - 180)
    close = np.flatnonzero((np.abs(towns[:, 1] - lat) <= reach) & (east <= wide))
    if not len(close):
        return -1, np.inf
    away = great_circle(towns[close, 0], towns[close, 1], np.array(lon), np.array(lat))
    best = int(np.argmin(away))
    return int(close[best]), float(away[best])
