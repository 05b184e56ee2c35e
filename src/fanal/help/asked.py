"""What was asked: each part of a question, answered for each door. One function for each part."""

import math
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fanal.geo.distance import EARTH_RADIUS_KM, great_circle
from fanal.help.danger import Danger
from fanal.help.doors import NEEDS, SEXES, STATUSES, WAYS, Doors, Rows, bits
from fanal.help.ground import Ground
from fanal.help.question import GROWN, Question
from fanal.help.reason import Reason
from fanal.help.tongue import answers
from fanal.help.verdict import Verdict
from fanal.model.service import Status

Mask = NDArray[np.bool_]
"""A yes or a no for every door. Whole columns cost less than picking the doors that are still in question."""

At = NDArray[np.int64]
"""Numbers of doors, ascending."""

KM_A_DEGREE = math.radians(EARTH_RADIUS_KM)
"""Kilometres of a degree of latitude: no place so many degrees north or south is nearer."""

SLACK_KM = 1.0
"""Kilometres that a bound by latitude is wider: distances are rounded, and so is arithmetic."""

_SURVIVOR = bits({Status.SURVIVOR}, STATUSES)


class Part(NamedTuple):
    """Hold what one part of a question says of every door: no where it may not, unknown where it may and does not."""

    may: Mask  # it is so, or that is not known
    does: Mask  # it is so; implies `may`
    so: Reason | None  # what is said where it is so
    unknown: Reason | None  # what is said where it is not known


class Spot(NamedTuple):
    """Hold how doors lie to the area of whoever asks."""

    here: Mask  # in the area; of a confidential one: in its region
    around: Mask  # told by an area that holds the area of whoever asks, and by nothing closer
    point: tuple[float, float]  # longitude, latitude of whoever asks, degrees; NaN: not known


def need(doors: Doors, question: Question) -> Part | None:
    """Say who does one of the things that are needed."""
    if not question.needs:
        return None
    does = doors.needs & bits(question.needs, NEEDS) != 0
    return Part(does | (doors.needs == 0), does, Reason.NEED, Reason.NEED_UNKNOWN)


def way(doors: Doors, question: Question) -> Part:
    """Say who is reached in a way that can be used."""
    may = doors.ways & bits(question.reach or WAYS, WAYS) != 0
    return Part(may, may & doors.sure, None, Reason.WAY_UNKNOWN)


def served(doors: Doors, question: Question) -> Part:
    """Say who serves people of this age, sex and status; what was not told leaves nobody out.

    A status that was told and does not fit leaves a door out, but for survivors: of that nobody has to speak.
    """
    may, does = _by_age(doors, question)
    sex = bits({question.sex} if question.sex else (), SEXES)
    fits = (doors.sexes == 0) | (doors.sexes & sex != 0)
    may, does = may & fits if sex else may, does & fits
    mine = bits(question.statuses, STATUSES)
    fits = (doors.statuses == 0) | (doors.statuses & mine != 0)
    may = may & (fits | (doors.statuses & _SURVIVOR != 0)) if mine else may
    return Part(may, does & fits, Reason.FOR_YOU, Reason.FOR_SOME)


def _by_age(doors: Doors, question: Question) -> tuple[Mask, Mask]:
    """Say who may serve, and who serves, people of this age."""
    if question.age is not None:
        fits = ~((question.age < doors.least_age) | (math.floor(question.age) > doors.most_age))
        return fits, fits
    if question.grown is None:
        return np.ones(len(doors), np.bool_), doors.ageless
    return _by_growth(doors, grown=question.grown)


def _by_growth(doors: Doors, *, grown: bool) -> tuple[Mask, Mask]:
    """Say who serves everybody of 18 years or more, or everybody of less; who serves a part of them only may."""
    least, most = doors.least_age, doors.most_age
    empty = least > most  # such as 19 to 18: it takes nobody
    if grown:
        none, part = most < GROWN, (least > GROWN) | ~np.isnan(most)
    else:
        none, part = least >= GROWN, (least > 0) | (most < GROWN - 1)
    may = ~(none | empty)
    return may, may & ~part


def tongue(doors: Doors, question: Question) -> Part | None:
    """Say who speaks one of the languages."""
    if not question.languages:
        return None
    codes = [answers(code) for code in question.languages]
    does = _have(doors.tongues, (code for own, _ in codes for code in own), len(doors))
    may = _have(doors.tongues, (code for _, above in codes for code in above), len(doors))
    return Part(may | does | ~doors.says_tongue, does, Reason.LANGUAGE, Reason.LANGUAGE_UNKNOWN)


def hours(doors: Doors, question: Question, *, now: datetime, zone: tzinfo) -> Part | None:
    """Say who is open now."""
    if not question.open_now:
        return None
    found = doors.hours.at(now, zone=zone)
    return Part(found > Verdict.NO, found == Verdict.YES, Reason.OPEN, Reason.HOURS_UNKNOWN)


def cost(doors: Doors, question: Question) -> Part | None:
    """Say who asks for nothing."""
    if not question.free:
        return None
    return Part(doors.free > Verdict.NO, doors.free == Verdict.YES, Reason.FREE, Reason.COST_UNKNOWN)


def serving(doors: Doors, question: Question) -> Part | None:
    """Say who serves the area; a place that says nothing of it serves whoever comes, a phone may not."""
    if question.area is None:
        return None
    ground, silent = doors.ground, ~doors.says_area
    told = _have(doors.serving, ground.chain(question.area), len(doors))
    part = _have(doors.serving, ground.codes(ground.inside(question.area)), len(doors))
    return Part(told | part | silent, told | (silent & ~doors.afar), Reason.SERVES_AREA, Reason.AREA_UNKNOWN)


def near(doors: Doors, question: Question, kept: Mask, spot: Spot) -> Part | None:
    """Say what is near enough. An area that holds whoever asks may be as near as it likes: that is not known.

    Args:
        doors: of the directory.
        question: what is asked.
        kept: doors that are still in question; of others the answer means nothing.
        spot: how doors lie.
    """
    if question.within_km is None and not question.same_area:
        return None
    may, does = np.ones(len(doors), np.bool_), np.ones(len(doors), np.bool_)
    if question.within_km is not None:
        told = doors.measured & ~spot.around & (not math.isnan(sum(spot.point)))
        beside = np.abs(doors.lat - spot.point[1]) <= (question.within_km + SLACK_KM) / KM_A_DEGREE
        at = np.flatnonzero(kept & told & beside & ~doors.afar)
        does[:] = False
        does[at[distances(doors, at, spot.point) <= question.within_km]] = True
        may = does | ~told
    if question.same_area:
        may &= spot.here | spot.around | (doors.area < 0)
        does &= spot.here
    so = Reason.NEAR if question.within_km is not None else None
    return Part(may | doors.afar, does | doors.afar, so, Reason.DISTANCE_UNKNOWN)


def safe(doors: Doors, question: Question, danger: Danger) -> tuple[Mask, Mask]:
    """Say which way is not known to lead into danger; and which doors are in a hotspot in which the asker is already.

    A confidential place is held to its region alone, so that a block or a hotspot inside it tells nothing.
    """
    ground = doors.ground
    own = frozenset(ground.chain(question.area)) if question.area else frozenset()
    shut = ground.marked(danger.blocked | (danger.hotspots - own))
    for one, other in danger.crossings:
        for side, beyond in ((one, other), (other, one)):
            if side in own and beyond not in own:
                shut |= ground.marked({beyond}) & ~ground.marked({side})
    return ~doors.inside(shut), doors.inside(ground.marked(danger.hotspots & own))


def spot(doors: Doors, question: Question) -> Spot:
    """Say how doors lie to whoever asks; the place of a confidential one is never asked, its region is."""
    ground, code = doors.ground, question.area
    inside = ground.marked([code] if code else ())
    above = np.zeros(len(ground) + 1, dtype=np.bool_)
    above[
        [ground.number(one) for one in (ground.chain(code)[1:] if code else ()) if ground.number(one) >= 0]
    ] = True
    around = doors.inside(above) & ~doors.exact
    return Spot(doors.inside(inside) | (around & doors.confidential), around, _point(ground, question))


def distances(doors: Doors, at: At, point: tuple[float, float]) -> NDArray[np.float64]:
    """Return the distances from a point to doors, whole km; NaN: not known."""
    lon, lat = np.array(point[0]), np.array(point[1])
    return np.rint(great_circle(lon, lat, doors.lon[at], doors.lat[at]))


def _point(ground: Ground, question: Question) -> tuple[float, float]:
    """Return where whoever asks is, NaN if that is not known."""
    if question.point is not None:
        return question.point
    number = ground.number(question.area)
    return (float(ground.lon[number]), float(ground.lat[number])) if number >= 0 else (np.nan, np.nan)


def _have(rows: Rows, words: Iterable[str], size: int) -> Mask:
    """Say for every door whether its service has one of some words."""
    found = np.zeros(size, dtype=np.bool_)
    for word in words:
        if word in rows:
            found[rows[word]] = True
    return found
