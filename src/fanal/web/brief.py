"""The weekly brief as a record: what Releases say of one week beside the week before, and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.circle import Circle
from fanal.model.error import UserError
from fanal.model.group import Group
from fanal.model.release import Release, ReleaseKind
from fanal.model.week import WEEK, week_of
from fanal.outbox.notice import is_simulated
from fanal.web.figures import known

LEAST_CHANGE = 0.1
"""Of an index: it has one decimal."""


class Standing(StrEnum):
    """Name what became of a hotspot since the week before."""

    NEW = "new"
    GOES_ON = "goes_on"  # shares an area with one of the week before, and their windows overlap or adjoin
    NOT_FOUND = "not_found"  # it was there the week before; that does not mean that it is over


class Verdict(StrEnum):
    """Name what can be said of two released counts: their intervals hold 95 % of the noise of each."""

    MORE = "more"  # the intervals are apart
    LESS = "less"
    NOISE = "noise"  # they overlap: the noise alone may be the difference
    NOT_SHOWN = "not_shown"  # one of them is not shown, which does not mean zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspot:
    """Hold a hotspot of the week, or one of the week before that was not found again."""

    values: Mapping[str, Any]  # HOTSPOT_SCHEMA
    standing: Standing
    simulated: bool  # it comes from simulated posts
    served: int | None  # areas of it for which a service is listed; None: no list is released
    sectors: tuple[str, ...]  # of these services


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Hold a released count beside that of the week before."""

    area: str
    signal: str
    now: int | None  # author-weeks, noisy; None: not shown
    low: float | None  # of the 95 % interval of the noise
    high: float | None
    before: int | None
    verdict: Verdict
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Hold a risk index that changed."""

    area: str
    group: str
    now: float  # 0 to 10
    before: float
    low: float | None  # if all that is missing were lowest
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """Hold what a brief says. What was not measured is None, and what was measured and is not there is empty."""

    circle: Circle
    week: date  # Monday
    made_at: datetime  # UTC
    alert_weeks: float  # a hotspot is an alert from this recurrence interval on
    hotspots: tuple[Hotspot, ...] | None  # new ones first, families in turn; None: no hotspots are released
    gone: tuple[Hotspot, ...]  # of the week before
    counts: tuple[Count, ...] | None  # None: none became readable in this week
    counted: date | None  # Monday of the week that the counts are of
    index: tuple[Index, ...] | None  # None: there is none for this week and the week before
    services: bool  # a list of services is released
    silent: tuple[str, ...] | None  # areas; None: not measured
    releases: tuple[Release, ...]  # those that it is made of


def compose(
    releases: Sequence[Release],
    *,
    circle: Circle,
    week: date | None,
    made_at: datetime,
    alert_weeks: float,
    require: Callable[[Release], object],
) -> Brief:
    """Compose the brief of a week from Releases, each asked for at `require` before anything of it is read.

    A figure stands in the week by whose end it could be known, as on the page.

    Args:
        releases: of any kind.
        circle: who it is for.
        week: any day of it; None: the last one in which a hotspot, an index or a count could be known.
        made_at: UTC.
        alert_weeks: what makes a hotspot an alert.
        require: raises for what may not leave.

    Raises:
        RefusedError: from `require`.
        UserError: there is nothing to tell of, or the week is not over.
    """
    # 1. Nothing is read before it was asked for.
    for release in releases:
        require(release)
        if not isinstance(release, Release):
            raise TypeError(f"A brief is made of Releases only, and this is a {type(release).__name__}.")

    # 2. The week.
    latest = week_of(made_at.date()) - WEEK
    if week is None:
        there = [int(at.max()) for one in releases if (at := known(one)) is not None and len(at)]
        newest = max((date(1970, 1, 1) + timedelta(days=day) for day in there), default=None)
        if newest is None:
            raise UserError(
                "There is nothing to tell: no Release may be read yet.", hint="Run `fanal update`."
            )
        week = min(newest, latest)
    week = week_of(week)
    if week > latest:
        raise UserError(f"The week of {week} is not over.", hint=f"The last one is that of {latest}.")

    # 3. What each kind of Release says of it, and of the week before.
    of = {kind: [one for one in releases if one.kind is kind and len(one.table)] for kind in ReleaseKind}
    help_there = _services(of[ReleaseKind.SERVICES])
    hotspots, gone, behind = _hotspots(of[ReleaseKind.HOTSPOTS], week, help_there)
    counts, counted, counting = _counts(of[ReleaseKind.COUNTS], week)
    index, weighing = _index(of[ReleaseKind.INDEX], week)
    return Brief(
        circle=circle,
        week=week,
        made_at=made_at,
        alert_weeks=alert_weeks,
        hotspots=hotspots if any(one.kind is ReleaseKind.HOTSPOTS for one in releases) else None,
        gone=gone,
        counts=counts,
        counted=counted,
        index=index,
        services=help_there is not None,
        silent=_silent(of[ReleaseKind.INDEX], week),
        releases=(*behind, *counting, *weighing, *of[ReleaseKind.SERVICES]),
    )


def _hotspots(
    releases: Sequence[Release], week: date, help_there: Mapping[str, tuple[str, ...]] | None
) -> tuple[tuple[Hotspot, ...], tuple[Hotspot, ...], list[Release]]:
    """Return the hotspots of the week, those of the week before that are not found again, and their Releases."""
    now, before, behind = [], [], []
    for release in releases:
        simulated = is_simulated(release)
        rows = _of_weeks(release, week)
        now += [(row, release.basis, simulated) for row in rows[0]]
        before += [(row, release.basis, simulated) for row in rows[1]]
        behind += [release] if any(rows) else []

    def made(row: Mapping[str, Any], standing: Standing, *, simulated: bool) -> Hotspot:
        there = {} if help_there is None else help_there
        served = [area for area in row["areas"] if area in there]
        return Hotspot(
            values=row,
            standing=standing,
            simulated=simulated,
            served=None if help_there is None else len(served),
            sectors=tuple(sorted({sector for area in served for sector in there[area]})),
        )

    found = [
        made(
            row,
            Standing.GOES_ON
            if any(basis is other and _goes_on(row, earlier) for earlier, other, _ in before)
            else Standing.NEW,
            simulated=simulated,
        )
        for row, basis, simulated in now
    ]
    found = _in_turn(found)
    gone = [
        made(row, Standing.NOT_FOUND, simulated=simulated)
        for row, basis, simulated in before
        if not any(basis is other and _goes_on(later, row) for later, other, _ in now)
    ]
    return tuple(found), tuple(gone), behind


def _in_turn(hotspots: Sequence[Hotspot]) -> list[Hotspot]:
    """Return new hotspots first, and the strongest of each family in turn: no family hides another."""
    strongest = sorted(hotspots, key=lambda one: (-one.values["llr"], one.values["family"]))
    turn: dict[tuple[Standing, str], int] = {}
    places = []
    for one in strongest:
        key = one.standing, one.values["family"]
        turn[key] = turn.get(key, 0) + 1
        places.append((one.standing is not Standing.NEW, turn[key], -one.values["llr"]))
    return [strongest[at] for at in sorted(range(len(places)), key=places.__getitem__)]


def _last_week(release: Release) -> date:
    """Return the newest week that a Release counts; one without rows comes first."""
    newest = pc.max(release.table["week"]).as_py()
    return newest if isinstance(newest, date) else date.min


def _of_weeks(release: Release, week: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows that could be known in a week, and in the week before."""
    weeks = known(release)
    if weeks is None:
        return [], []
    first = (week - date(1970, 1, 1)).days
    now, before = (
        release.table.filter(pa.array(weeks == np.int32(day))).to_pylist() for day in (first, first - 7)
    )
    return now, before


def _goes_on(row: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Say whether a hotspot goes on one of the week before, as alerts do."""
    return (
        row["family"] == before["family"]
        and bool(set(row["areas"]) & set(before["areas"]))
        and row["start"] <= before["end"] + WEEK
        and before["start"] <= row["end"] + WEEK
    )


def _services(releases: Sequence[Release]) -> dict[str, tuple[str, ...]] | None:
    """Return the sectors that are listed for each area; None: no list is released."""
    if not releases:
        return None
    there: dict[str, set[str]] = {}
    for release in releases:
        for row in release.table.select(["area", "sector"]).to_pylist():
            there.setdefault(row["area"], set()).add(row["sector"])
    return {area: tuple(sorted(sectors)) for area, sectors in there.items()}


def _counts(
    releases: Sequence[Release], week: date
) -> tuple[tuple[Count, ...] | None, date | None, list[Release]]:
    """Return the counts that became readable in a week beside those of the week before; changes first."""
    now: dict[tuple[str, str], tuple[dict[str, Any], bool]] = {}
    before: dict[tuple[str, str], dict[str, Any]] = {}
    behind, weeks = [], []
    # Partners read a governorate's number when its week is over, and again when it is public: the newer week holds.
    for release in sorted(releases, key=_last_week):
        rows = [[row for row in part if row.get("whole") is not False] for part in _of_weeks(release, week)]
        simulated = is_simulated(release)
        now |= {(row["area"], row["signal"]): (row, simulated) for row in rows[0]}
        before |= {(row["area"], row["signal"]): row for row in rows[1]}
        weeks += [row["week"] for row in rows[0][:1]]
        behind += [release] if any(rows) else []
    if not now:
        return None, None, []
    found = []
    for (area, signal), (row, simulated) in now.items():
        earlier = before.get((area, signal), {"author_weeks": None})
        if row["author_weeks"] is None and earlier["author_weeks"] is None:
            continue
        found.append(
            Count(
                area=area,
                signal=signal,
                now=row["author_weeks"],
                low=row["low"],
                high=row["high"],
                before=earlier["author_weeks"],
                verdict=_verdict(row, earlier),
                simulated=simulated,
            )
        )
    order = list(Verdict)
    found.sort(key=lambda one: (order.index(one.verdict), -(one.now or 0), one.area, one.signal))
    return tuple(found), max(weeks), behind


def _verdict(now: Mapping[str, Any], before: Mapping[str, Any]) -> Verdict:
    """Return what can be said of two counts."""
    ends = (now["low"], now["high"], before.get("low"), before.get("high"))
    if now["author_weeks"] is None or before["author_weeks"] is None or None in ends:
        return Verdict.NOT_SHOWN
    if now["low"] > before["high"]:
        return Verdict.MORE
    return Verdict.LESS if now["high"] < before["low"] else Verdict.NOISE


def _index(releases: Sequence[Release], week: date) -> tuple[tuple[Index, ...] | None, list[Release]]:
    """Return the indices that changed, those that rose most first; all residents go before groups of them."""
    now: dict[tuple[str, str], dict[str, Any]] = {}
    before: dict[tuple[str, str], dict[str, Any]] = {}
    behind = []
    for release in releases:
        table = release.table.select(["area", "group", "week", "index", "low", "high"])
        near = pc.is_in(table["week"], pa.array([week, week - WEEK], pa.date32()))
        rows = table.filter(pc.and_(near, pc.is_valid(table["index"]))).to_pylist()
        for row in rows:
            (now if row["week"] == week else before)[row["area"], row["group"]] = row
        behind += [release] if rows else []
    if not now or not before:
        return None, behind if now else []
    found = [
        Index(
            area=area,
            group=group,
            now=row["index"],
            before=before[area, group]["index"],
            low=row["low"],
            high=row["high"],
        )
        for (area, group), row in now.items()
        if (area, group) in before and abs(row["index"] - before[area, group]["index"]) >= LEAST_CHANGE
    ]
    groups = list(Group)
    found.sort(key=lambda one: (-(one.now - one.before), groups.index(Group(one.group)), one.area))
    return tuple(found), behind


def _silent(releases: Sequence[Release], week: date) -> tuple[str, ...] | None:
    """Return the areas from which a layer had no report in a week though reports were usual; None: not measured."""
    told = [
        row
        for release in releases
        if "silent" in release.table.column_names
        for row in release.table.select(["area", "week", "silent"]).to_pylist()
        if row["week"] == week and row["silent"] is not None
    ]
    return tuple(sorted({row["area"] for row in told if row["silent"]})) if told else None
