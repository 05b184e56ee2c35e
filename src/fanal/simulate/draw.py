"""The draw: who posts what, where and when, for one stretch of hours, in columns."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from fanal.simulate.crowd import (
    AUTHOR_KINDS,
    BOT_KINDS,
    BOT_SHARE,
    BOT_TEXTS,
    BOTS,
    LOUD_AUTHORS,
    LOUD_SHARE,
    AuthorKind,
    mix,
)
from fanal.simulate.kind import KINDS
from fanal.simulate.plan import NAMED_SHARE, POINT_SHARE, Plan
from fanal.simulate.rhythm import WEEK_HOURS

COPY_SHARE = 0.045  # of the posts repeat an earlier one of their week
EDIT_SHARE = 0.12  # of those are edits by the same author, the others reposts
ORIGINAL, REPOST, EDIT = 0, 1, 2
NO_PLANT = -1

_LAG = 2000  # posts back to what is copied, at most on the average
_PERSON, _BOT, _LOUD = (
    AUTHOR_KINDS.index(kind) for kind in (AuthorKind.PERSON, AuthorKind.BOT, AuthorKind.LOUD)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Hold the columns of n posts in the order of their times."""

    time: NDArray[np.int64]  # seconds since the start of the first week
    area: NDArray[np.int32]  # place in Ground.codes: where it is written
    named: NDArray[np.bool_]  # the text names the area
    point: NDArray[np.bool_]  # the post has a point, inside the area
    lon: NDArray[np.float64]  # degrees; of no meaning without a point
    lat: NDArray[np.float64]
    kind: NDArray[np.int8]  # place in KINDS
    language: NDArray[np.int8]  # place in LANGUAGES
    author: NDArray[np.int64]
    author_kind: NDArray[np.int8]  # place in AUTHOR_KINDS
    plant: NDArray[np.int16]  # place in Plan.plants; -1: none
    base: NDArray[np.uint64]  # draw of the text that this one is made after
    wording: NDArray[np.uint64]  # draw of this text; equal to base: made after none
    source: NDArray[np.int64]  # row in this draw that is copied, else its own
    copy: NDArray[np.int8]  # ORIGINAL, REPOST or EDIT

    def take(self, order: NDArray[np.int64]) -> "Draw":
        """Return the rows in another order. Sources must not have been chosen yet."""
        return Draw(**{field.name: getattr(self, field.name)[order] for field in fields(self)})


def draw(plan: Plan, first_hour: int, counts: NDArray[np.int64], *, rng: np.random.Generator) -> Draw:
    """Draw the posts of some hours.

    Args:
        plan: what the stream is made of.
        first_hour: hour of the first count.
        counts: posts of each hour; their sum is n.
        rng: the dice of this stretch alone.
    """
    hour = np.repeat(np.arange(first_hour, first_hour + len(counts)), counts)
    n = len(hour)
    week = hour // WEEK_HOURS
    area = np.minimum(np.searchsorted(plan.area_ends, rng.random(n), side="right"), len(plan.area_ends) - 1)
    named = rng.random(n) < NAMED_SHARE
    point = (rng.random(n) < POINT_SHARE) & (plan.ground.radius[area] > 0)
    kind, plant = _kinds(plan, week, area, named | point, rng)
    author, author_kind = _authors(plan, area, kind, rng)
    language = plan.crowd.languages(author)
    wording = rng.integers(0, 2**64, n, np.uint64)
    base = wording.copy()
    bots = np.flatnonzero(author_kind == _BOT)
    text = rng.integers(0, BOT_TEXTS, len(bots)) + BOT_TEXTS * author[bots]
    base[bots] = mix(text.astype(np.uint64) + np.uint64(plan.crowd.salt >> 1))
    _follow_templates(plan, week, kind, author_kind, plant=plant, language=language, base=base, rng=rng)
    second = rng.integers(0, 3600, n)
    second[bots] = mix(author[bots].astype(np.uint64)).astype(np.int64) % 60 * 60
    time = hour * 3600 + second
    lon, lat = _points(plan, area, rng)
    found = Draw(
        time=time,
        area=area.astype(np.int32),
        named=named,
        point=point,
        lon=lon,
        lat=lat,
        kind=kind,
        language=language,
        author=author,
        author_kind=author_kind,
        plant=plant,
        base=base,
        wording=wording,
        source=np.arange(n),
        copy=np.zeros(n, np.int8),
    )
    return _copied(found.take(np.argsort(time, kind="stable")), plan, rng)


def _kinds(
    plan: Plan,
    week: NDArray[np.int64],
    area: NDArray[np.int64],
    told: NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int8], NDArray[np.int16]]:
    """Return the kind of each post, and the hotspot that it is part of."""
    unit = rng.random(len(week))
    kind = np.searchsorted(plan.kind_ends, unit, side="right")
    inside = np.where(told, plan.hotspot_of[area, week], -1)
    plant = np.full(len(week), NO_PLANT, np.int16)
    for number in np.unique(inside[inside >= 0]):
        rows = np.flatnonzero(inside == number)
        kind[rows] = np.searchsorted(plan.hotspot_ends[number], unit[rows], side="right")
        hit = kind[rows] == KINDS.index(plan.hotspots[number].kind)
        plant[rows[hit]] = number
    return np.minimum(kind, len(KINDS) - 1).astype(np.int8), plant


def _authors(
    plan: Plan, area: NDArray[np.int64], kind: NDArray[np.int8], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Return the author of each post, and what it is."""
    crowd, n = plan.crowd, len(area)
    author = crowd.first[area] + (rng.random(n) ** 2 * crowd.people[area]).astype(np.int64)
    author_kind = np.full(n, _PERSON, np.int8)
    loud = np.flatnonzero(rng.random(n) < LOUD_SHARE)
    zipf = np.cumsum(1 / np.arange(1, LOUD_AUTHORS + 1))
    author[loud] = crowd.loud + np.searchsorted(zipf / zipf[-1], rng.random(len(loud)), side="right")
    author_kind[loud] = _LOUD
    may = np.isin(kind, [KINDS.index(one) for one in BOT_KINDS])
    bots = np.flatnonzero(may & (rng.random(n) < BOT_SHARE))
    author[bots] = crowd.bots + rng.integers(0, BOTS, len(bots))
    author_kind[bots] = _BOT
    return author, author_kind


def _follow_templates(
    plan: Plan,
    week: NDArray[np.int64],
    kind: NDArray[np.int8],
    author_kind: NDArray[np.int8],
    *,
    plant: NDArray[np.int16],
    language: NDArray[np.int8],
    base: NDArray[np.uint64],
    rng: np.random.Generator,
) -> None:
    """Let some posts follow a template, in place: their plant, language and base become its own."""
    for number, template in enumerate(plan.templates, start=len(plan.hotspots)):
        if week[-1] < template.first or week[0] > template.last:
            continue
        may = (week >= template.first) & (week <= template.last) & (kind == KINDS.index(template.kind))
        may &= (plant < 0) & (author_kind != _BOT)
        rows = np.flatnonzero(may)
        rows = rows[rng.random(len(rows)) < template.share]
        plant[rows], language[rows], base[rows] = number, template.language, template.base


def _points(
    plan: Plan, area: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each post a point in the circle inside its area, uniform over the circle."""
    turn = rng.random(len(area)) * 2 * np.pi
    out = np.sqrt(rng.random(len(area))) * plan.ground.radius[area]
    return plan.ground.lon[area] + out * np.cos(turn), plan.ground.lat[area] + out * np.sin(turn)


def _copied(found: Draw, plan: Plan, rng: np.random.Generator) -> Draw:
    """Turn some posts into reposts and edits of an earlier original of the same week."""
    n = len(found.time)
    wants = rng.random(n) < COPY_SHARE
    lag = min(_LAG, max(1, plan.posts_a_week // 20))
    source = np.arange(n) - 1 - (rng.standard_exponential(n) * lag).astype(np.int64)
    rows = np.flatnonzero(wants & (source >= 0))
    source = source[rows]
    week = found.time // (WEEK_HOURS * 3600)
    fine = (week[rows] == week[source]) & (found.time[source] < found.time[rows]) & ~wants[source]
    fine &= found.author_kind[rows] != _BOT
    rows, source = rows[fine], source[fine]
    is_edit = (rng.random(len(rows)) < EDIT_SHARE) & (found.author_kind[source] != _BOT)
    same = ("area", "named", "point", "lon", "lat", "kind", "language", "plant", "base")
    for name in same:
        column = getattr(found, name)
        column[rows] = column[source]
    edits, edited = rows[is_edit], source[is_edit]
    found.author[edits] = found.author[edited]
    found.author_kind[edits] = found.author_kind[edited]
    reposts, reposted = rows[~is_edit], source[~is_edit]
    found.wording[reposts] = found.wording[reposted]
    found.point[reposts] = False
    untold = reposts[~found.named[reposts] & (found.plant[reposts] < len(plan.hotspots))]
    found.plant[untold] = NO_PLANT
    found.source[rows] = source
    found.copy[rows] = np.where(is_edit, EDIT, REPOST)
    return found
