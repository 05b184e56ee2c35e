"""The point of an entry in a list that is kept by hand: longitude and latitude, refused where they can be none."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import numpy as np

from fanal.geo.distance import great_circle
from fanal.geo.plausible import MOST_LATITUDE, MOST_LONGITUDE, Standing, standing

Point = tuple[float, float]
"""Longitude and latitude, degrees."""

FAR_KM = 300.0
"""Kilometres from every place of a list beyond which a point is held against the other way round."""

SWAPPED = "longitude and latitude of its point are swapped: longitude comes first"


def point(entry: Mapping[str, Any]) -> Point | None:
    """Return the point of an entry; None: not given.

    Raises:
        ValueError: it is no pair of numbers, swapped, out of range, or 0, 0.

    >>> point({"point": [44.01, 36.19]})
    (44.01, 36.19)
    """
    given = entry.get("point")
    if given is None:
        return None
    pair = given if isinstance(given, list) else []
    if len(pair) != 2 or any(isinstance(one, bool) or not isinstance(one, int | float) for one in pair):
        raise ValueError("point is [longitude, latitude] in degrees, such as [44.01, 36.19]")
    lon, lat = (float(one) if abs(one) <= MOST_LONGITUDE else inf for one in pair)
    found = standing(np.array([lon]), np.array([lat]))[0]
    if found == Standing.SWAPPED:
        raise ValueError(SWAPPED)
    if found != Standing.FINE:
        raise ValueError(
            "its point is nowhere: give longitude (-180 to 180) and latitude (-90 to 90) in degrees"
        )
    return lon, lat


def swapped(one: Point, others: Sequence[Point]) -> bool:
    """Say whether a point lies far from all others, and near one of them the other way round.

    >>> swapped((36.19, 44.01), [(43.13, 36.34)]), swapped((44.01, 36.19), [(43.13, 36.34)])
    (True, False)
    """
    lon, lat = one
    if not others or abs(lon) > MOST_LATITUDE:
        return False
    straight, turned = (
        great_circle(np.array(x), np.array(y), *np.array(others).T).min() for x, y in ((lon, lat), (lat, lon))
    )
    return bool(straight > FAR_KM >= turned)
