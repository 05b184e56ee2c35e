"""What was asked: each part of a question, answered for each door by a verdict. One function for each part."""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fanal.geo.distance import great_circle
from fanal.help.danger import Danger
from fanal.help.doors import NEEDS, SEXES, STATUSES, WAYS, Doors, Rows, bits
from fanal.help.ground import Ground
from fanal.help.question import GROWN, Question
from fanal.help.reason import Reason
from fanal.help.tongue import answers
from fanal.help.verdict import Verdict
from fanal.model.service import Status

Verdicts = NDArray[np.int8]
At = NDArray[np.int64]
"""Numbers of doors, ascending: the ones that are still in question."""
Part = tuple[Verdicts, Reason | None, Reason | None]
"""A verdict for each door, what is said where it is yes, and what where it is unknown."""

_NO, _UNKNOWN, _YES = (np.int8(one) for one in Verdict)


class Spot(NamedTuple):
    """Hold how doors lie to the area of whoever asks."""

    here: NDArray[np.bool_]  # in the area; of a confidential one: in its region
    around: NDArray[np.bool_]  # told by an area that holds the area of whoever asks, and by nothing closer
    km: NDArray[np.float64]  # to its place or its area's point; NaN: not known


def need(doors: Doors, question: Question, at: At) -> Part:
    """Say who does one of the things that are needed."""
    if not question.needs:
        return _any(at)
    has = doors.needs[at]
    found = np.where(has & bits(question.needs, NEEDS), _YES, np.where(has == 0, _UNKNOWN, _NO))
    return found, Reason.NEED, Reason.NEED_UNKNOWN


def way(doors: Doors, question: Question, at: At) -> Part:
    """Say who is reached in a way that can be used."""
    wanted = bits(question.reach or WAYS, WAYS)
    there = np.where(doors.sure[at], _YES, _UNKNOWN)
    return np.where(doors.ways[at] & wanted, there, _NO), None, Reason.WAY_UNKNOWN


def served(doors: Doors, question: Question, at: At) -> Part:
    """Say who serves people of this age, sex and status; what was not told leaves nobody out.

    A status that was told and does not fit leaves a door out, but for survivors: of that nobody has to speak.
    """
    if question.age is None and question.grown is None:
        by_age = np.where(doors.ageless[at], _YES, _UNKNOWN)
    elif question.age is None:
        by_age = _by_growth(doors, question.grown is True, at)
    else:
        too = (question.age < doors.least_age[at]) | (math.floor(question.age) > doors.most_age[at])
        by_age = np.where(too, _NO, _YES)
    sexes, statuses = doors.sexes[at], doors.statuses[at]
    sex = bits({question.sex} if question.sex else (), SEXES)
    by_sex = np.where((sexes == 0) | (sexes & sex > 0), _YES, _NO if sex else _UNKNOWN)
    mine, survivor = bits(question.statuses, STATUSES), bits({Status.SURVIVOR}, STATUSES)
    other = np.where(statuses & survivor > 0, _UNKNOWN, _NO if mine else _UNKNOWN)
    by_status = np.where((statuses == 0) | (statuses & mine > 0), _YES, other)
    return np.minimum(np.minimum(by_age, by_sex), by_status), Reason.FOR_YOU, Reason.FOR_SOME


def _by_growth(doors: Doors, grown: bool, at: At) -> Verdicts:
    """Say who serves everybody of 18 years or more, or everybody of less; who serves a part of them is not known."""
    least, most = doors.least_age[at], doors.most_age[at]
    empty = least > most  # such as 19 to 18: it takes nobody
    if grown:
        none, part = most < GROWN, (least > GROWN) | ~np.isnan(most)
    else:
        none, part = least >= GROWN, (least > 0) | (most < GROWN - 1)
    return np.where(none | empty, _NO, np.where(part, _UNKNOWN, _YES))


def tongue(doors: Doors, question: Question, at: At) -> Part:
    """Say who speaks one of the languages."""
    if not question.languages:
        return _any(at)
    codes = [answers(code) for code in question.languages]
    may = _have(doors.tongues, (code for _, above in codes for code in above), len(doors))
    does = _have(doors.tongues, (code for own, _ in codes for code in own), len(doors))
    found = np.where(does, _YES, np.where(may | ~doors.says_tongue, _UNKNOWN, _NO))
    return found[at], Reason.LANGUAGE, Reason.LANGUAGE_UNKNOWN


def hours(doors: Doors, question: Question, at: At, *, now: datetime, zone: tzinfo) -> Part:
    """Say who is open now."""
    if not question.open_now:
        return _any(at)
    return doors.hours.at(now, zone=zone, among=at), Reason.OPEN, Reason.HOURS_UNKNOWN


def cost(doors: Doors, question: Question, at: At) -> Part:
    """Say who asks for nothing."""
    return (doors.free[at], Reason.FREE, Reason.COST_UNKNOWN) if question.free else _any(at)


def serving(doors: Doors, question: Question, at: At) -> Part:
    """Say who serves the area; a place that says nothing of it serves whoever comes, a phone may not."""
    if question.area is None:
        return _any(at)
    ground = doors.ground
    does = _have(doors.serving, ground.chain(question.area), len(doors))[at]
    part = _have(doors.serving, ground.codes(ground.inside(question.area)), len(doors))[at]
    silent = np.where(doors.afar[at], _UNKNOWN, _YES)
    told = np.where(does, _YES, np.where(part, _UNKNOWN, _NO))
    found = np.where(doors.says_area[at], told, silent)
    return found, Reason.SERVES_AREA, Reason.AREA_UNKNOWN


def near(doors: Doors, question: Question, at: At, spot: Spot) -> Part:
    """Say what is near enough. An area that holds whoever asks may be as near as it likes: that is not known."""
    found = np.full(len(at), _YES)
    if question.within_km is not None:
        by_km = np.where(spot.km <= question.within_km, _YES, _NO)
        found = np.where(np.isnan(spot.km) | spot.around, _UNKNOWN, by_km)
    if question.same_area:
        vague = spot.around | (doors.area[at] < 0)
        found = np.minimum(found, np.where(spot.here, _YES, np.where(vague, _UNKNOWN, _NO)))
    so = Reason.NEAR if question.within_km is not None else None
    return np.where(doors.afar[at], _YES, found), so, Reason.DISTANCE_UNKNOWN


def safe(
    doors: Doors, question: Question, at: At, danger: Danger
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say which way is not known to lead into danger; and which doors are in a hotspot in which the asker is already.

    A confidential place is held to its region alone, so that a block or a hotspot inside it tells nothing.
    """
    ground, area = doors.ground, doors.area[at]
    own = frozenset(ground.chain(question.area)) if question.area else frozenset()
    shut = ground.marked(danger.blocked | (danger.hotspots - own))
    for one, other in danger.crossings:
        for side, beyond in ((one, other), (other, one)):
            if side in own and beyond not in own:
                shut |= ground.marked({beyond}) & ~ground.marked({side})
    goes = ~doors.afar[at]
    here = ground.marked(danger.hotspots & own)[area] & goes
    return ~(shut[area] & goes), here


def spot(doors: Doors, question: Question, at: At) -> Spot:
    """Say how doors lie to whoever asks; the place of a confidential one is never asked, its region is."""
    ground, area = doors.ground, doors.area[at]
    code = question.area
    inside = ground.marked([code] if code else [])[area]
    above = np.zeros(len(ground) + 1, dtype=np.bool_)
    above[
        [ground.number(one) for one in (ground.chain(code)[1:] if code else ()) if ground.number(one) >= 0]
    ] = True
    around = above[area] & ~doors.exact[at]
    lon, lat = _point(ground, question)
    km, goes = np.full(len(at), np.nan), np.flatnonzero(~doors.afar[at])
    there = at[goes]
    km[goes] = np.rint(great_circle(np.array(lon), np.array(lat), doors.lon[there], doors.lat[there]))
    return Spot(here=inside | (around & doors.confidential[at]), around=around, km=km)


def _point(ground: Ground, question: Question) -> tuple[float, float]:
    """Return where whoever asks is, NaN if that is not known."""
    if question.point is not None:
        return question.point
    number = ground.number(question.area)
    return (float(ground.lon[number]), float(ground.lat[number])) if number >= 0 else (np.nan, np.nan)


def _any(at: At) -> Part:
    """Answer what was not asked."""
    return np.full(len(at), _YES), None, None


def _have(rows: Rows, words: Iterable[str], size: int) -> NDArray[np.bool_]:
    """Say for every door whether its service has one of some words."""
    found = np.zeros(size, dtype=np.bool_)
    for numbers in _listed(rows, words):
        found[numbers] = True
    return found


def _listed(rows: Rows, words: Iterable[str]) -> Iterator[NDArray[np.int64]]:
    return (rows[word] for word in words if word in rows)
