"""What was known on a day: the raw parts of the index from dated layers, with each source's reporting delay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.area import lineage
from fanal.model.group import Group

WINDOW_WEEKS = 12
RECENT_WEEKS = 4  # the trend sets these against the rest of the window
STALE_DAYS = 91
"""A displacement round counts for so long, then the area is missing: people move, and nobody has looked since."""
COVER_DAYS = 28
"""A layer of events is taken as complete to so many days beyond its first and last event, and no further."""
NO_AREA = 5  # UCDP where_prec from here on: the event has no area
WHOLE_PARENT = 4  # UCDP where_prec: known only to the governorate
PER_EVENTS, PER_FAMILIES = 100_000, 1_000  # residents that events and families are set against
SMALL_GROUP = 60
"""A group of fewer people in an area is not told: about ten families, as in a round of displacement."""
_AMONG_RESIDENTS: dict[str, tuple[Group, float]] = {  # part, its group, and per how many residents
    "women_and_girls_share": (Group.WOMEN_AND_GIRLS, 1.0),
    "children_share": (Group.CHILDREN, 1.0),
    "returnees_rate": (Group.RETURNEES, 1_000.0),
    "migrant_workers_rate": (Group.MIGRANT_WORKERS, 1_000.0),
    "camp_residents_rate": (Group.CAMP_RESIDENTS, 1_000.0),
}
_EPOCH = date(1970, 1, 1)
_ALWAYS = -(10**6)  # a day before all others, for rows without a date

Grid = NDArray[np.float64]
"""Numbers [weeks, areas]; NaN where no layer says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Hold the areas and days that are measured: A areas that are no other's parent, W Mondays after their weeks."""

    areas: tuple[str, ...]  # A
    parent: dict[str, str | None]  # of every area of the layer
    level: dict[str, int]  # of every area of the layer; 1 is a governorate
    as_of: NDArray[np.int64]  # W, days since 1970-01-01
    weeks: tuple[date, ...]  # W
    residents: Grid  # [W, A]


def targets(areas: pa.Table, population: pa.Table | None, weeks: Sequence[date]) -> Targets:
    """Return the areas that are no other's parent, with their residents, and the as-of days of the weeks."""
    parent = dict(zip(areas["area"].to_pylist(), areas["parent"].to_pylist(), strict=True))
    leaves = tuple(sorted(set(parent) - set(parent.values())))
    return Targets(
        areas=leaves,
        parent=parent,
        level=dict(zip(areas["area"].to_pylist(), areas["level"].to_pylist(), strict=True)),
        as_of=np.array([(week - _EPOCH).days + 7 for week in weeks], dtype=np.int64),
        weeks=tuple(weeks),
        residents=people(population, leaves, weeks, Group.RESIDENTS),
    )


def people(population: pa.Table | None, areas: Sequence[str], weeks: Sequence[date], group: Group) -> Grid:
    """Return the people of a group: of the newest year up to the week's, or else of the first year there is."""
    found = np.full((len(weeks), len(areas)), np.nan)
    if population is None:
        return found
    rows = population.filter(pc.field("group") == group.value).sort_by("year")
    column = _columns(rows["area"], areas)
    years, numbers = rows["year"].to_numpy(), rows["people"].to_numpy()
    for year in sorted({week.year for week in weeks}):
        chosen = np.full(len(areas), np.nan)
        for wanted in (
            np.flatnonzero((years > year) & (column >= 0))[::-1],
            np.flatnonzero((years <= year) & (column >= 0)),
        ):
            chosen[column[wanted]] = numbers[wanted]  # the last written stays: the nearest year
        found[[row for row, week in enumerate(weeks) if week.year == year]] = chosen
    return found


def conflict(events: pa.Table | None, at: Targets, delay_days: int) -> dict[str, Grid]:
    """Return the three parts that come from conflict events, by the day on which they were known.

    An event that is known only to a governorate is shared over its areas by residents.
    """
    names = ("conflict_events", "one_sided_violence", "conflict_trend")
    missing = np.full(at.residents.shape, np.nan)
    if events is None or not len(events):
        return dict.fromkeys(names, missing)
    ends = events["end"].cast(pa.int32()).to_numpy().astype(np.int64)
    until = at.as_of - delay_days
    covered = (until - WINDOW_WEEKS * 7 >= ends.min() - COVER_DAYS) & (until <= ends.max() + COVER_DAYS)
    place, share = _places(events, at)
    placed = place >= 0
    one_sided = placed & pc.equal(events["violence"], "one_sided").to_numpy()
    whole, aimed, recent = (
        _windows(ends[chosen] + delay_days, place[chosen], share, at.as_of, span)
        for chosen, span in ((placed, WINDOW_WEEKS), (one_sided, WINDOW_WEEKS), (placed, RECENT_WEEKS))
    )
    trend = recent / RECENT_WEEKS - (whole - recent) / (WINDOW_WEEKS - RECENT_WEEKS)
    rates = (PER_EVENTS * numbers / at.residents for numbers in (whole, aimed, trend))
    return {name: np.where(covered[:, None], rate, np.nan) for name, rate in zip(names, rates, strict=True)}


def displacement(rounds: pa.Table | None, at: Targets, delay_days: int) -> dict[str, Grid]:
    """Return the parts that come from the newest round that was known of each area, while it is not stale."""
    names = ("displaced_families", "displaced_number", "arrivals")
    if rounds is None or not len(rounds):
        return {name: np.full(at.residents.shape, np.nan) for name in names}
    rounds = rounds.sort_by("date")
    days = rounds["date"].cast(pa.int32()).to_numpy().astype(np.int64)
    row = _latest(days + delay_days, _columns(rounds["area"], at.areas), len(at.areas), at.as_of)
    fresh = (row >= 0) & (at.as_of[:, None] - days[row] - delay_days <= STALE_DAYS)
    families, places, growing = (
        np.where(fresh, pc.cast(rounds[name], pa.float64()).to_numpy()[row], np.nan)
        for name in ("families", "places", "places_growing")
    )
    arrivals = np.where(places > 0, growing / np.where(places > 0, places, 1.0), growing)
    return dict(zip(names, (PER_FAMILIES * families / at.residents, families, arrivals), strict=True))


def services(present: pa.Table | None, at: Targets) -> dict[str, Grid]:
    """Return the parts that come from who is present; an area that a known list leaves out has nobody there."""
    names = ("agencies", "sectors")
    if present is None or not len(present):
        return {name: np.full(at.residents.shape, np.nan) for name in names}
    present = present.sort_by("date")
    days = pc.fill_null(present["date"].cast(pa.int32()), _ALWAYS).to_numpy().astype(np.int64)
    order = np.argsort(days, kind="stable")
    days, present = days[order], present.take(order)
    sectors = pc.unique(present["sector"])
    area = _columns(present["area"], at.areas)
    pair = np.where(area >= 0, area * len(sectors) + pc.index_in(present["sector"], sectors).to_numpy(), -1)
    row = _latest(days, pair, len(at.areas) * len(sectors), at.as_of)
    agencies = np.where(row >= 0, present["agencies"].to_numpy()[row], 0).reshape(*at.residents.shape, -1)
    any_known = (at.as_of >= days.min())[:, None]
    rate = PER_EVENTS * agencies.sum(axis=2) / at.residents
    return {
        "agencies": np.where(any_known, rate, np.nan),
        "sectors": np.where(any_known, (agencies > 0).sum(axis=2), np.nan),
    }


def groups(population: pa.Table | None, at: Targets) -> dict[str, Grid]:
    """Return what the population layer says of groups among residents; a group of few people is missing."""
    found: dict[str, Grid] = {}
    for name, (group, per) in _AMONG_RESIDENTS.items():
        counted = people(population, at.areas, at.weeks, group)
        counted = np.where(counted < SMALL_GROUP, np.nan, counted)
        found[name] = per * counted / at.residents
    return found


def _columns(named: pa.ChunkedArray, areas: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each code among the areas, -1 where it is none of them."""
    found = pc.fill_null(pc.index_in(named, pa.array(areas, pa.string())), -1)
    places: NDArray[np.int64] = found.to_numpy().astype(np.int64)
    return places


def _places(events: pa.Table, at: Targets) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each event the number of its place, -1 for none; and the shares of larger places, [G, A].

    Places from 0 to A - 1 are the areas themselves, those from A on are larger areas.
    """
    column = {area: number for number, area in enumerate(at.areas)}
    inside = _inside(at)
    place = column | {code: number for number, code in enumerate(inside, start=len(column))}
    shares = np.array([_by_residents(rows, at) for rows in inside.values()]).reshape(-1, len(column))
    named = pc.unique(events["area"])
    exact = np.array([place.get(code, -1) for code in named.to_pylist()])
    vague = np.array([place.get(_governorate(code, at), -1) for code in named.to_pylist()])
    which, precision = pc.index_in(events["area"], named).to_numpy(), events["precision"].to_numpy()
    found = np.where(precision >= WHOLE_PARENT, vague[which], exact[which])
    return np.where(precision >= NO_AREA, -1, found), shares


def _governorate(code: str, at: Targets) -> str:
    """Return the governorate that an area lies in, or the area itself where none is known."""
    seen, above = {code}, code
    while at.level.get(above, 0) > 1:
        higher = at.parent.get(above)
        if higher is None or higher in seen:
            return code
        seen.add(higher)
        above = higher
    return above


def _inside(at: Targets) -> dict[str, list[int]]:
    """Return for each larger area the places, in `areas`, of all areas inside it."""
    inside: dict[str, list[int]] = {}
    for number, area in enumerate(at.areas):
        for above in lineage(area, at.parent)[1:]:
            inside.setdefault(above, []).append(number)
    return inside


def _by_residents(inside: list[int], at: Targets) -> NDArray[np.float64]:
    """Return the shares of the areas inside a larger one by residents, or evenly where none are known."""
    people = np.nan_to_num(at.residents[:, inside].max(axis=0, initial=0.0))
    share = np.zeros(len(at.areas))
    share[inside] = people / people.sum() if people.sum() > 0 else 1 / len(inside)
    return share


def _windows(
    known: NDArray[np.int64],
    place: NDArray[np.int64],
    share: NDArray[np.float64],
    as_of: NDArray[np.int64],
    weeks: int,
) -> Grid:
    """Return the sums over the events that became known in the last weeks up to each as-of day, [weeks, areas]."""
    order = np.argsort(known, kind="stable")
    last = np.searchsorted(known[order], as_of, side="right")
    first = np.searchsorted(known[order], as_of - weeks * 7, side="right")
    larger, areas = share.shape
    sums = np.zeros((len(as_of), areas + larger))
    for row in range(len(as_of)):
        sums[row] = np.bincount(place[order[first[row] : last[row]]], minlength=areas + larger)
    counted: Grid = sums[:, :areas] + sums[:, areas:] @ share
    return counted


def _latest(
    known: NDArray[np.int64], column: NDArray[np.int64], columns: int, as_of: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return [weeks, columns]: the last row of each column that was known by each day, -1 for none.

    Rows come sorted by the day on which they were known.
    """
    order = np.argsort(as_of, kind="stable")
    newest = np.full((len(as_of), columns), -1, dtype=np.int64)
    slot = np.searchsorted(as_of[order], known, side="left")  # the first day that knows the row
    inside = (column >= 0) & (slot < len(as_of))
    np.maximum.at(newest, (slot[inside], column[inside]), np.flatnonzero(inside))
    back: NDArray[np.int64] = np.empty_like(newest)
    back[order] = np.maximum.accumulate(newest, axis=0)
    return back
