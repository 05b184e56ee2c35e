"""Supply: how much of something services have, as far as they say it lately; confidential ones are not in it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fanal.model.capacity import Capacity
from fanal.model.group import Group
from fanal.model.service import Need, Service, Sex, Status

ADULT = 18.0
"""Years from which nobody is a child (Convention on the Rights of the Child, art. 1)."""

_STATUS: dict[Group, frozenset[Status]] = {
    Group.DISPLACED: frozenset({Status.DISPLACED}),
    Group.RETURNEES: frozenset({Status.RETURNEE}),
    Group.MIGRANT_WORKERS: frozenset({Status.MIGRANT}),
    Group.CAMP_RESIDENTS: frozenset({Status.DISPLACED, Status.REFUGEE}),
}
"""Standing by which a group is served; of every group some are survivors."""


class Said(NamedTuple):
    """Hold what a service says of one unit."""

    amount: float  # units; NaN: not said, or too long ago
    free: bool  # what is free; False: all that there is
    on: date  # the day on which it was said


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Hold the services of a need that count, each real service once, as columns."""

    need: Need
    unit: str
    service: NDArray[np.int64]  # places in the list of services
    amount: NDArray[np.float64]  # units; NaN: not known
    free: NDArray[np.bool_]  # counted by what is free


def said(service: Service, unit: str, today: date, *, oldest_days: int) -> Said | None:
    """Return what a service says of a unit; None: it says other units and not this one.

    What is free goes before all that there is. Several rows of a unit are added up, and one that is not known makes the
    sum unknown. What was said on no day counts as of the day on which somebody verified the entry.
    """
    rows = [one for one in service.capacities if one.unit == unit]
    if not rows:
        return Said(nan, free=False, on=date.min) if _unsaid(service.capacities) else None
    checked = service.verification.at.date() if service.verification else date.min
    days = [one.updated.date() if one.updated else checked for one in rows]
    oldest = today - timedelta(days=oldest_days)
    if any(day < oldest or day > today + timedelta(days=1) for day in days):  # a day ahead: another zone
        return Said(nan, free=False, on=min(days))
    free = all(_amount(one.available) is not None for one in rows)
    amounts = [_amount(one.available if free else one.most) for one in rows]
    known = [amount for amount in amounts if amount is not None]
    return Said(sum(known) if len(known) == len(rows) else nan, free=free, on=min(days))


def pairs(services: Sequence[Service]) -> list[tuple[Need, str]]:
    """Return the needs and units of which any service that is not confidential says a capacity, in order."""
    found = {
        (need, one.unit)
        for service in services
        if not service.confidential
        for one in service.capacities
        for need in service.needs
    }
    return sorted(found)


def supply(
    services: Sequence[Service],
    need: Need,
    unit: str,
    *,
    today: date,
    oldest_days: int,
    hidden: Collection[str] = (),
) -> Supply:
    """Return what services of a need have of a unit.

    Confidential services are left out, and so is each that seems to be one of them. Of services that seem to be the
    same in several directories those of one directory count: of that which says of most of them how much they have.

    Args:
        services: those that may be public today.
        need: what somebody comes for.
        unit: what capacity is counted in.
        today: the day.
        oldest_days: what was said longer ago counts as not said.
        hidden: ids of all confidential services, also of those that may not be public.
    """
    secret = {one.lower() for one in hidden} | {one.id.lower() for one in services if one.confidential}
    having = [
        (number, what)
        for number, one in enumerate(services)
        if need in one.needs
        and not one.confidential
        and (what := said(one, unit, today, oldest_days=oldest_days)) is not None
    ]
    of = _links(services)
    shut = {of[key] for key in secret if key in of}
    linked: dict[str, dict[str, list[tuple[int, Said]]]] = {}
    for number, what in having:
        root = of[services[number].id.lower()]
        if root not in shut:
            sources = linked.setdefault(root, {})
            sources.setdefault(services[number].provenance.source, []).append((number, what))
    kept = [row for sources in linked.values() for row in _one_source(sources)]
    kept.sort(key=lambda row: row[0])
    return Supply(
        need=need,
        unit=unit,
        service=np.array([number for number, _ in kept], np.int64),
        amount=np.array([what.amount for _, what in kept], np.float64),
        free=np.array([what.free and what.amount == what.amount for _, what in kept], np.bool_),
    )


def serves(service: Service, group: Group) -> bool:
    """Say whether a service may serve people of a group; what is not said leaves nobody out."""
    who = service.serves
    if group is Group.WOMEN_AND_GIRLS and who.sexes and Sex.FEMALE not in who.sexes:
        return False
    if group is Group.CHILDREN and who.least_age is not None and who.least_age >= ADULT:
        return False
    fits = _STATUS.get(group)
    return fits is None or not who.statuses or bool(who.statuses & (fits | {Status.SURVIVOR}))


def _unsaid(capacities: Sequence[Capacity]) -> bool:
    """Say whether a service leaves open what it counts in: it states nothing, or a number without a unit."""
    return not capacities or any(not one.unit for one in capacities)


def _amount(value: float | None) -> float | None:
    """Return an amount that can be one."""
    return value if value is not None and isfinite(value) and value >= 0 else None


def _one_source(sources: dict[str, list[tuple[int, Said]]]) -> list[tuple[int, Said]]:
    """Return the services of the source that says most, then latest, then first by name."""

    def rank(name: str) -> tuple[int, int, str]:
        rows = sources[name]
        known = sum(what.amount == what.amount for _, what in rows)
        return -known, -max(what.on.toordinal() for _, what in rows), name

    return sources[min(sources, key=rank)]


def _links(services: Sequence[Service]) -> dict[str, str]:
    """Return for each id one that stands for all that seem to be the same service."""
    above: dict[str, str] = {}

    def top(key: str) -> str:
        above.setdefault(key, key)
        while above[key] != key:
            above[key] = above[above[key]]
            key = above[key]
        return key

    for service in services:
        own = top(service.id.lower())
        for other in service.same_as:
            above[top(other.lower())] = own
            own = top(own)
    return {key: top(key) for key in above}
