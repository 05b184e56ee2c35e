"""Extent: where an area lies and how far it reaches, from the towns in it where its source does not say."""

import math

import numpy as np
from numpy.typing import NDArray

from fanal.facts.middles import area_middles
from fanal.places.draft import Draft
from fanal.places.entry import Kind

DENSITY = 2_500.0
"""People on a square km of a town, about: so that a town of a million reaches 11 km."""

LEAST_KM, MOST_TOWN_KM = 1.0, 40.0
DEGREE_KM = 111.2
LEAST_AREA_KM = {Kind.REGION: 15.0, Kind.DISTRICT: 6.0, Kind.SUBDISTRICT: 3.0}
_SURE = 1.3  # an area reaches beyond its outer towns
_AREAS = (Kind.REGION, Kind.DISTRICT, Kind.SUBDISTRICT)


def fill(draft: Draft) -> None:
    """Give each entry a middle, an extent and, an area, the people of its towns, where they are not known.

    The middle of an area is that of its geometry where it is known, else that of the box around its towns: on 1,315
    areas of which both are known it lies 14 km from the centre of geometry in the median, the mean of the towns 16,
    the mean weighted by people 22. An area with no town takes the middle of its holder. The people of an area are
    those of the towns in it, which is too few.
    """
    _fill_tabled(draft)
    inside = _inside(draft)
    for row in inside:
        if draft.kind[row] not in _AREAS:
            continue
        points = np.array([(draft.lon[one], draft.lat[one], draft.population[one]) for one in inside[row]])
        lon, lat, reach = middle(points)
        if math.isnan(draft.lon[row]):
            draft.lon[row], draft.lat[row] = lon, lat
        if not draft.extent_km[row]:
            draft.extent_km[row] = max(reach, LEAST_AREA_KM[draft.kind[row]])
        if not draft.population[row]:
            draft.population[row] = int(points[:, 2].sum())
    for row in range(len(draft)):
        above = draft.holder[row]
        while math.isnan(draft.lon[row]) and above >= 0:
            draft.lon[row], draft.lat[row] = draft.lon[above], draft.lat[above]
            draft.extent_km[row] = draft.extent_km[above]  # it lies anywhere in there
            above = draft.holder[above]
        if not draft.extent_km[row]:
            draft.extent_km[row] = LEAST_AREA_KM.get(draft.kind[row], town_km(draft.population[row]))


def _fill_tabled(draft: Draft) -> None:
    """Place the areas whose middle is tabled."""
    for code, (lat, lon, reach) in area_middles().items():
        row = draft.row.get(code)
        if row is not None and math.isnan(draft.lon[row]):
            draft.lon[row], draft.lat[row], draft.extent_km[row] = lon, lat, reach


def town_km(people: int) -> float:
    """Return the radius of a town of so many people in km.

    >>> town_km(0), round(town_km(1_000_000))
    (1.0, 11)
    """
    return min(max(math.sqrt(people / DENSITY / math.pi), LEAST_KM), MOST_TOWN_KM)


def middle(points: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the middle of the box around points and how far they reach from it, in km.

    Args:
        points: n rows of lon, lat, people; n above 0. Those that span the date line are turned to one side of it.

    >>> lon, lat, reach = middle(np.array([[44.0, 36.0, 9.0], [45.0, 36.0, 0.0]]))
    >>> lon, lat, round(reach)
    (44.5, 36.0, 58)
    """
    lon, lat = points[:, 0], points[:, 1]
    if np.ptp(lon) > 180:
        lon = np.where(lon < 0, lon + 360, lon)
    x, y = (lon.min() + lon.max()) / 2, (lat.min() + lat.max()) / 2
    away = np.hypot((lon - x) * np.cos(np.radians(lat)), lat - y) * DEGREE_KM
    reach = float(np.quantile(away, 0.9)) * _SURE
    return float((x + 180) % 360 - 180), float(y), reach


def _inside(draft: Draft) -> dict[int, list[int]]:
    """Return the towns in each area, at any depth."""
    found: dict[int, list[int]] = {}
    for row, kind in enumerate(draft.kind):
        if kind is not Kind.CITY or math.isnan(draft.lon[row]):
            continue
        above, steps = draft.holder[row], 0
        while above >= 0 and steps < 8:
            found.setdefault(above, []).append(row)
            above, steps = draft.holder[above], steps + 1
    return found
