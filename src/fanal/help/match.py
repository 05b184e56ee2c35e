"""Match: which services answer a question, in which order, and why each is shown."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from fanal.help import asked
from fanal.help.asked import Mask, Part, Spot
from fanal.help.danger import NOWHERE, Danger
from fanal.help.doors import Doors
from fanal.help.question import Question
from fanal.help.reason import Reason
from fanal.model.service import Location, Reach, Service

AREA, AFAR, ELSEWHERE = 0, 1, 2
"""What comes first of two that fit as well: what is in the area, what is reached from afar, the nearest elsewhere."""

FARTHEST_KM = 2**15 - 1
"""What stands for a distance that is not known: more than half the way around the Earth."""

OUT = 255
"""The rank of what is left out, behind all others."""

BEST = 8
"""Doors that are sorted at first, for each service that is wanted."""

# Read once: an enum of Python 3.11 looks each of its members up slowly, and each match has some.
_REASONS = tuple(Reason)
_FOR_YOU, _SERVES_AREA, _NEAR = Reason.FOR_YOU, Reason.SERVES_AREA, Reason.NEAR
_SAME_AREA, _SAME_REGION = Reason.SAME_AREA, Reason.SAME_REGION
_ASK_FIRST, _DANGER_HERE = Reason.ASK_FIRST, Reason.DANGER_HERE
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
    spot = asked.spot(doors, question)
    kept, warned = asked.safe(doors, question, danger)
    kept &= doors.until >= today
    parts: list[Part] = []
    for ask in (asked.need, asked.way, asked.served, asked.tongue, asked.cost, asked.serving):
        _narrow(kept, parts, ask(doors, question))
    _narrow(kept, parts, asked.hours(doors, question, now=now, zone=zone))
    _narrow(kept, parts, asked.near(doors, question, kept, spot))
    rank = _ranks(doors, kept, parts, spot, warned)
    return [
        _told(doors, parts, spot, door, km, warned=bool(warned[door]))
        for door, km in _best(doors, rank, spot, limit)
    ]


def _narrow(kept: Mask, parts: list[Part], new: Part | None) -> None:
    """Leave doors out that a part of the question leaves out, and note the part; None: it was not asked."""
    if new is not None:
        kept &= new.may
        parts.append(new)


def _ranks(doors: Doors, kept: Mask, parts: Sequence[Part], spot: Spot, warned: Mask) -> NDArray[np.uint8]:
    """Return how well each door fits, the smallest best, before distance and name; `OUT`: it is left out."""
    nearness = ELSEWHERE - doors.afar.view(np.uint8) - 2 * spot.here.view(np.uint8)
    unknown = np.full(len(doors), len(parts), np.uint8)
    for part in parts:
        unknown -= part.does.view(np.uint8)
    rank = 64 * warned.view(np.uint8) + 4 * unknown + nearness
    return rank | -(~kept).view(np.uint8)  # all bits set: OUT


def _best(doors: Doors, rank: NDArray[np.uint8], spot: Spot, limit: int) -> list[tuple[int, float]]:
    """Return the best door of each service with its distance, km, in their order; NaN: it is not known, or from afar.

    Distances are measured only of doors whose rank lets them be among the first.
    """
    wanted, left = max(limit, 1), int(np.count_nonzero(rank != OUT))
    while True:
        last = bisect_left(
            range(OUT), min(wanted, left), key=lambda most: int(np.count_nonzero(rank <= most))
        )
        at = np.flatnonzero(rank <= min(last, OUT - 1))
        km = asked.distances(doors, at, spot.point)
        km[doors.afar[at]] = np.nan
        by_km = np.where(np.isnan(km), FARTHEST_KM, km)
        by_km[doors.afar[at] | (spot.here & doors.confidential)[at]] = 0
        order = ((rank[at].astype(np.int64) << 15) + by_km.astype(np.int64) << 31) + at
        rows = _firsts(order, doors.service[at], limit)
        if len(rows) >= limit or len(at) == left:
            return [(int(at[row]), float(km[row])) for row in rows]
        wanted = len(at) * BEST


def _firsts(order: NDArray[np.int64], service: NDArray[np.int64], limit: int) -> list[int]:
    """Return the rows of the best doors in their order, the best one of each service."""
    taken = min(len(order), max(limit, 1) * BEST)
    while True:
        rows = np.argpartition(order, taken - 1)[:taken] if taken < len(order) else np.arange(len(order))
        rows = rows[np.argsort(order[rows])]
        _, first = np.unique(service[rows], return_index=True)
        if len(first) >= limit or taken == len(order):
            return [int(row) for row in rows[np.sort(first)][:limit]]
        taken = min(len(order), taken * BEST)


def _told(doors: Doors, parts: Sequence[Part], spot: Spot, number: int, km: float, *, warned: bool) -> Match:
    """Return a door as a match, with what speaks for it and what is not known."""
    door = doors.doors[number]
    service = doors.services[door.service]
    said = {_BY_WAY[way] for way in door.ways}
    told = (part.so if part.does[number] else part.unknown for part in parts)
    said.update(reason for reason in told if reason is not None)
    serves = service.serves
    if not (serves.sexes or serves.statuses or serves.least_age is not None or serves.most_age is not None):
        said.discard(_FOR_YOU)
    if not service.areas:
        said.discard(_SERVES_AREA)
    if doors.afar[number]:
        said.discard(_NEAR)
    elif spot.here[number]:
        said.add(_SAME_REGION if service.confidential else _SAME_AREA)
    if service.confidential:
        said.add(_ASK_FIRST)
    if warned:
        said.add(_DANGER_HERE)
    return Match(
        service=service,
        location=door.location,
        reach=door.ways,
        km=None if service.confidential or np.isnan(km) else int(km),
        reasons=tuple(reason for reason in _REASONS if reason in said),
    )
