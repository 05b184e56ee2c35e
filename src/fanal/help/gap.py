"""The gap map: people of areas and groups, from Releases alone, against what services within their reach have."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.help.assumed import Assumed
from fanal.help.danger import Danger
from fanal.help.doors import Doors
from fanal.help.shortfall import columns, drawn, shortfall
from fanal.help.supply import Supply, pairs, serves, supply
from fanal.help.voiced import voiced
from fanal.help.within import Bands, bands
from fanal.model.circle import Circle
from fanal.model.error import UserError
from fanal.model.gap import GAP_SCHEMA, VOICED_SCHEMA
from fanal.model.group import Group
from fanal.model.release import Release, ReleaseKind
from fanal.model.service import Need

Dice = Callable[[int], np.random.Generator]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Hold which part of the gap is asked for; empty: all of it, and of groups all but the residents."""

    needs: frozenset[Need] = frozenset()
    groups: frozenset[Group] = frozenset()
    units: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Hold the gap of a day, with the Releases that it is made of."""

    on: date
    circle: Circle
    assumed: Assumed
    rows: pa.Table  # GAP_SCHEMA; what is lacking most first, what is not known last
    voiced: pa.Table  # VOICED_SCHEMA; empty: no count may be read
    releases: tuple[Release, ...]
    services: int  # that may be public today, are not confidential, and say any capacity or none
    placeless: int  # of these, within reach of no area
    uncounted: Mapping[str, tuple[str, ...]]  # by group: areas that hold no other, without a released count


def gap(
    doors: Doors,
    releases: Iterable[Release],
    *,
    areas: pa.Table,
    circle: Circle,
    today: date,
    danger: Danger,
    hidden: frozenset[str],
    require: Callable[[Release], object],
    wanted: Wanted,
    assumed: Assumed,
    dice: Dice,
    seed: int,
) -> Gap:
    """Set people of areas and groups against what services within their reach have, and tell what is lacking.

    Each group is measured as if it alone came to all services: what is lacking is at least that. Nothing is read of a
    Release before `require` was asked.

    Args:
        doors: the services that may be public today.
        releases: what the circle may read now.
        areas: AREA_SCHEMA.
        circle: who it is for.
        today: the day.
        danger: where nobody is sent.
        hidden: ids of all confidential services.
        require: raises for what may not leave.
        wanted: which part.
        assumed: what is assumed and not measured.
        dice: makes the generator of a seed.
        seed: of the draws; the same for the same answer.

    Raises:
        RefusedError: from `require`.
        UserError: no Release of people may be read, or no service says how much of anything it has.
    """
    # 1. Nothing is read before it was asked for.
    every = list(releases)
    for release in every:
        require(release)
    counted = [one for one in every if one.kind is ReleaseKind.PEOPLE and len(one.table)]
    if not counted:
        raise UserError(
            "There are no people to set help against: no Release of them may be read.",
            hint="Add a public layer of population and run `fanal update`.",
        )
    people = pa.concat_tables(one.table for one in counted).combine_chunks()

    # 2. Which needs and units: those of which any service says a capacity.
    chosen = [
        (need, unit)
        for need, unit in pairs(doors.services)
        if (not wanted.needs or need in wanted.needs) and (not wanted.units or unit in wanted.units)
    ]
    if not chosen:
        raise UserError(
            "No service that may be public today says how much it has of this.",
            hint=_known(pairs(doors.services)),
        )

    # 3. Who is within reach of whom, once for all.
    codes: list[str] = sorted(pc.unique(people["area"]).to_pylist())
    shapes = _shapes(areas, danger.blocked)
    near = bands(doors, codes, ends_km=[km for km, _ in assumed.bands], danger=danger, shapes=shapes)
    weights = np.array([weight for _, weight in assumed.bands])

    # 4. The shortfall of each need, unit and group.
    supplies = [
        supply(doors.services, need, unit, today=today, oldest_days=assumed.oldest_days, hidden=hidden)
        for need, unit in chosen
    ]
    groups = [one for one in Group if one in (wanted.groups or set(Group) - {Group.RESIDENTS})]
    parts = []
    for one in supplies:
        rng = dice(crc32(f"{seed}:{one.need}:{one.unit}".encode()))
        draws = drawn(one, rng)
        for group in groups:
            rows = people.filter(pc.equal(people["group"], group.value))
            if len(rows):
                parts.append(
                    _rows(rows, group, one, draws, doors, near, weights, codes=codes, assumed=assumed)
                )
    if not parts:
        raise UserError(
            f"Nobody is counted of {', '.join(sorted(wanted.groups)) or 'any group but all residents'}.",
            hint=f"There are counts of {', '.join(sorted(pc.unique(people['group']).to_pylist()))}.",
        )
    table = _ordered(pa.concat_tables(parts))

    # 5. What was written, as far as the circle reads it, against the same services.
    told, heard = voiced(every, people, supplies, near, weights, doors=doors, codes=codes, circle=circle)
    mine = np.unique(np.concatenate([one.service for one in supplies]))
    return Gap(
        on=today,
        circle=circle,
        assumed=assumed,
        rows=table,
        voiced=told if told is not None else VOICED_SCHEMA.empty_table(),
        releases=(*counted, *heard),
        services=len(mine),
        placeless=int((~near[:, mine].any(axis=0)).sum()),
        uncounted=_uncounted(areas, people, table),
    )


def _rows(
    people: pa.Table,
    group: Group,
    one: Supply,
    draws: NDArray[np.float64] | None,
    doors: Doors,
    near: Bands,
    weights: NDArray[np.float64],
    *,
    codes: Sequence[str],
    assumed: Assumed,
) -> pa.Table:
    """Return the rows of one group, need and unit: GAP_SCHEMA."""
    place = {code: number for number, code in enumerate(codes)}
    at = np.array([place[code] for code in people["area"].to_pylist()], np.int64)
    number = persons(people, assumed.family)
    mine = near[np.ix_(at, one.service)]
    shut = np.array([not serves(doors.services[n], group) for n in one.service.tolist()], np.bool_)
    mine[:, shut] = 0
    found = shortfall(number * assumed.share, one, mine, weights, draws)
    size = len(people)
    fixed = {"group": group.value, "need": one.need.value, "unit": one.unit}
    return pa.table(
        {
            "area": people["area"],
            **{name: pa.repeat(pa.scalar(value, pa.string()), size) for name, value in fixed.items()},
            "date": people["date"],
            **columns(found, number, assumed.share),
        },
        schema=GAP_SCHEMA,
    )


def persons(people: pa.Table, family: float) -> NDArray[np.float64]:
    """Return the people of each row, families taken for so many persons each; NaN: not known."""
    counted = pc.cast(people["people"], pa.float64())
    of_families = pc.multiply(pc.cast(people["families"], pa.float64()), family)
    found: NDArray[np.float64] = pc.fill_null(pc.coalesce(counted, of_families), np.nan).to_numpy()
    return found


def _ordered(table: pa.Table) -> pa.Table:
    """Return rows with the widest shortfall first, those of which it is not known last."""
    known = pc.if_else(pc.equal(table["shortage"], "not_known"), 1, 0)
    keys = [("last", "ascending"), ("high", "descending"), *((name, "ascending") for name in _KEY)]
    return table.append_column("last", known).sort_by(keys).drop_columns(["last"]).combine_chunks()


_KEY = ("area", "group", "need", "unit")


def _shapes(areas: pa.Table, blocked: frozenset[str]) -> Mapping[str, bytes]:
    """Return the outlines of blocked areas."""
    rows = areas.filter(pc.is_in(areas["area"], pa.array(sorted(blocked), pa.string())))
    pairs_of = zip(rows["area"].to_pylist(), rows["geometry"].to_pylist(), strict=True)
    return {code: shape for code, shape in pairs_of if shape is not None}


def _uncounted(areas: pa.Table, people: pa.Table, table: pa.Table) -> dict[str, tuple[str, ...]]:
    """Return for each group the areas that hold no other and have no count, in the levels of those that have any."""
    level = dict(zip(areas["area"].to_pylist(), areas["level"].to_pylist(), strict=True))
    levels = {level[code] for code in people["area"].to_pylist() if code in level}
    finest = {one for one in set(level) - set(areas["parent"].to_pylist()) if level[one] in levels}
    told: dict[str, set[str]] = {}
    for group, area in zip(table["group"].to_pylist(), table["area"].to_pylist(), strict=True):
        told.setdefault(group, set()).add(area)
    return {group: tuple(sorted(finest - there)) for group, there in sorted(told.items())}


def _known(there: Sequence[tuple[Need, str]]) -> str:
    """Return a hint: what services say."""
    if not there:
        return "Import a directory that says capacities (HSDS 3.1), and verify it: `fanal services check`."
    return "They say " + ", ".join(f"{unit or 'no unit'} of {need}" for need, unit in there) + "."
