"""The slow reference of the gap: one area and one service at a time, by the words of docs/gap.md and nothing else."""

from math import asin, cos, isnan, nan, radians, sin, sqrt

import numpy as np

from fanal.help.danger import Danger
from fanal.help.ground import Ground
from fanal.model.service import Location, Reach, Service, State


def km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance by the haversine."""
    (lon, lat), (to_lon, to_lat) = ((radians(p[0]), radians(p[1])) for p in (a, b))
    half = sin((lat - to_lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((lon - to_lon) / 2) ** 2
    return 2 * 6371.0088 * asin(min(1.0, sqrt(half)))


def point(ground: Ground, code: str | None) -> tuple[float, float] | None:
    number = ground.number(code)
    found = (float(ground.lon[number]), float(ground.lat[number])) if number >= 0 else (nan, nan)
    return None if isnan(found[0]) or isnan(found[1]) else found


def places(service: Service) -> list[Location | None]:
    """Return where somebody goes to a service; None: to a place that nobody told."""
    physical: list[Location | None] = [one for one in service.locations if one.kind != "virtual"]
    if Reach.IN_PERSON in service.reach:
        return physical or [None]
    return [] if service.reach else physical


def band_of(
    service: Service, code: str, ground: Ground, ends: list[float], danger: Danger
) -> int:  # for a service of a directory that is drawn without outlines
    """Return the band in which a service lies for an area; 0: not within reach."""
    if service.state is not State.ACTIVE or service.confidential:
        return 0
    if any(place.confidential for place in service.locations):
        return 0
    chain = ground.chain(code)
    if service.areas and not any(area in chain or code in ground.chain(area) for area in service.areas):
        return 0
    blocked = any(area in danger.blocked for area in chain)
    goes = places(service)
    known = [
        place
        for place in goes
        if place is not None and (place.point is not None or ground.number(place.area) >= 0)
    ]
    if not known:
        if not goes:
            return 1
        return 1 if service.areas and not blocked else 0
    found = [step for place in known if (step := place_band(place, code, ground, ends, danger))]
    return min(found, default=0)


def place_band(place: Location, code: str, ground: Ground, ends: list[float], danger: Danger) -> int:
    """Return the band of one place for an area; 0: not within reach."""
    chain = ground.chain(code)
    there = ground.chain(place.area) if ground.number(place.area) >= 0 else ()
    if any(area in danger.blocked for area in (*chain, *there)):
        return 0
    if any(area in danger.hotspots and area not in chain for area in there):
        return 0
    for one, other in danger.crossings:
        for side, beyond in ((one, other), (other, one)):
            if side in chain and beyond not in chain and beyond in there and side not in there:
                return 0
    if code in there:
        return 1
    at, to = point(ground, code), place.point or point(ground, place.area)
    if at is None or to is None:
        return 0
    away = km(at, to)
    return next((number for number, end in enumerate(ends, start=1) if away <= end), 0)


def allocated(
    demand: list[float], bands: list[list[int]], weights: list[float], amounts: list[float]
) -> list[float]:
    """Return what each area gets: step one, then step two, of Luo and Qi (2009)."""
    rates = []
    for service, amount in enumerate(amounts):
        weighted = sum(
            people * weights[bands[area][service] - 1]
            for area, people in enumerate(demand)
            if bands[area][service]
        )
        rates.append(amount / weighted if weighted > 0 else 0.0)
    return [
        people * sum(rate * weights[bands[area][n] - 1] for n, rate in enumerate(rates) if bands[area][n])
        for area, people in enumerate(demand)
    ]


def low_end(
    demand: list[float],
    bands: list[list[int]],
    weights: list[float],
    amounts: list[float],
    draws: np.ndarray,
) -> list[float]:
    """Return the 5th percentile of what is lacking, over draws [services that do not say, draws]."""
    lacking = []
    for draw in range(draws.shape[1]):
        rest = iter(draws[:, draw].tolist())
        whole = [next(rest) if isnan(amount) else amount for amount in amounts]
        units = allocated(demand, bands, weights, whole)
        lacking.append([max(people - got, 0.0) for people, got in zip(demand, units, strict=True)])
    return [float(np.quantile(column, 0.05)) for column in zip(*lacking, strict=True)]
