"""Match: which services answer a question, in which order, and why each is shown."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from fanal.help import asked
from fanal.help.asked import Part, Spot
from fanal.help.danger import NOWHERE, Danger
from fanal.help.doors import Doors
from fanal.help.question import Question
from fanal.help.reason import Reason
from fanal.help.verdict import Verdict
from fanal.model.service import Location, Reach, Service

AREA, AFAR, ELSEWHERE = 0, 1, 2
"""What comes first of two that fit as well: what is in the area, what is reached from afar, the nearest elsewhere."""

FARTHEST_KM = 2**15 - 1
"""What stands for a distance that is not known: more than half the way around the Earth."""

BEST = 8
"""Doors that are sorted at first, for each service that is wanted."""

_BY_WAY = {Reach.IN_PERSON: Reason.IN_PERSON, Reach.PHONE: Reason.BY_PHONE, Reach.ONLINE: Reason.ONLINE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Hold one service that answers, with why."""

    service: Service  # cleared: of a confidential one nothing closer than its region
    location: Location | None  # where to go; None: from afar, or no place of it is told
    reach: frozenset[Reach]
    km: int | None  # to its place, or to a point of its area; None: from afar, confidential, or not known
    reasons: tuple[Reason, ...]  # in the order of Reason


def match(
    doors: Doors,
    question: Question,
    *,
    now: datetime,
    zone: tzinfo,
    danger: Danger = NOWHERE,
    limit: int = 20,
) -> list[Match]:
    """Return the services that answer a question, the best first; each service once, by its best door.

    What is asked for and known not to be so leaves a door out. What is not known is kept and counted: of two doors the
    one with fewer unknown answers comes first, then the one in the area, from afar, nearest, and by name. A
    door in a hotspot in which the asker is already comes after all that are in none.

    Args:
        doors: of the directory.
        question: what is asked.
        now: the moment of asking, with its zone.
        zone: of the directory: of openings that say no offset, and of the day until which a service may be shown.
        danger: where nobody is sent.
        limit: services at most.
    """
    today = now.astimezone(zone).date().toordinal()
    at = np.flatnonzero(doors.until >= today)
    parts: list[Part] = []
    for part in (asked.need, asked.way, asked.served, asked.tongue, asked.cost, asked.serving):
        at, parts = _kept(at, parts, part(doors, question, at))
    at, parts = _kept(at, parts, asked.hours(doors, question, at, now=now, zone=zone))
    spot = asked.spot(doors, question, at)
    near = asked.near(doors, question, at, spot)
    safe, here = asked.safe(doors, question, at, danger)
    keep = np.flatnonzero((near[0] > Verdict.NO) & safe)
    at, parts = at[keep], [(found[keep], so, unknown) for found, so, unknown in (*parts, near)]
    spot, here = Spot(spot.here[keep], spot.around[keep], spot.km[keep]), here[keep]
    order = _order(doors, at, parts, spot, here)
    return [_told(doors, at, parts, spot, here, row) for row in _best(order, doors.service[at], limit)]


def _kept(at: NDArray[np.int64], parts: list[Part], new: Part) -> tuple[NDArray[np.int64], list[Part]]:
    """Return the doors that a part of the question leaves, with all that was found of them."""
    if new[0].all():
        return at, [*parts, new]
    keep = np.flatnonzero(new[0] > Verdict.NO)
    return at[keep], [(found[keep], so, unknown) for found, so, unknown in (*parts, new)]


def _order(
    doors: Doors, at: NDArray[np.int64], parts: list[Part], spot: Spot, here: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return a number for each door, all different; the smallest is the best."""
    unknown = np.zeros(len(at), np.int64)
    for found, _, _ in parts:
        unknown += found == Verdict.UNKNOWN
    nearness = np.where(doors.afar[at], AFAR, np.where(spot.here, AREA, ELSEWHERE))
    by_km = np.where(np.isnan(spot.km), FARTHEST_KM, spot.km)
    vague = spot.here & doors.confidential[at]
    km = np.where(vague | doors.afar[at], 0, by_km).astype(np.int64)
    return ((((here * 16 + unknown) * 4 + nearness) << 15) + km << 31) + at


def _best(order: NDArray[np.int64], service: NDArray[np.int64], limit: int) -> list[int]:
    """Return the rows of the best doors in their order, the best one of each service."""
    taken = min(len(order), max(limit, 1) * BEST)
    while True:
        rows = np.argpartition(order, taken - 1)[:taken] if taken < len(order) else np.arange(len(order))
        rows = rows[np.argsort(order[rows])]
        _, first = np.unique(service[rows], return_index=True)
        if len(first) >= limit or taken == len(order):
            return [int(row) for row in rows[np.sort(first)][:limit]]
        taken = min(len(order), taken * BEST)


def _told(
    doors: Doors,
    at: NDArray[np.int64],
    parts: list[Part],
    spot: Spot,
    here: NDArray[np.bool_],
    row: int,
) -> Match:
    """Return a door as a match, with what speaks for it and what is not known."""
    number = int(at[row])
    door = doors.doors[number]
    service = doors.services[door.service]
    said = {_BY_WAY[way] for way in door.ways}
    for found, so, unknown in parts:
        reason = so if found[row] == Verdict.YES else unknown
        if reason is not None:
            said.add(reason)
    serves = service.serves
    if not (serves.sexes or serves.statuses or serves.least_age is not None or serves.most_age is not None):
        said.discard(Reason.FOR_YOU)
    goes = not doors.afar[number]
    if not service.areas:
        said.discard(Reason.SERVES_AREA)
    if not goes:
        said.discard(Reason.NEAR)
    elif spot.here[row]:
        said.add(Reason.SAME_REGION if service.confidential else Reason.SAME_AREA)
    if service.confidential:
        said.add(Reason.ASK_FIRST)
    if here[row]:
        said.add(Reason.DANGER_HERE)
    known = goes and not service.confidential and not np.isnan(spot.km[row])
    return Match(
        service=service,
        location=door.location,
        reach=door.ways,
        km=int(spot.km[row]) if known else None,
        reasons=tuple(reason for reason in Reason if reason in said),
    )
