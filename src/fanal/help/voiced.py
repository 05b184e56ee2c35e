"""What was written: released author-weeks of need against what services within reach of those who live there have."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.help.catchment import shares
from fanal.help.doors import Doors
from fanal.help.shortfall import numbers
from fanal.help.supply import Supply
from fanal.help.within import Bands
from fanal.model.category import Category, Family
from fanal.model.circle import Circle
from fanal.model.gap import VOICED_SCHEMA
from fanal.model.group import Group
from fanal.model.release import Release, ReleaseKind

SIGNALS: dict[Circle, frozenset[str]] = {
    Circle.PUBLIC: frozenset({Family.DISTRESS.value}),
    Circle.PARTNERS: frozenset({Category.NEED.value, Category.PLEA.value, Category.FLIGHT.value}),
}
"""What is set against services. The public never sees plea, flight or need by place."""


def voiced(
    releases: Iterable[Release],
    people: pa.Table,
    supplies: Sequence[Supply],
    near: Bands,
    weights: NDArray[np.float64],
    *,
    doors: Doors,
    codes: Sequence[str],
    circle: Circle,
) -> tuple[pa.Table | None, list[Release]]:
    """Return the newest week of released counts against units within reach: VOICED_SCHEMA, and its Releases.

    Counts have no groups. Capacity is shared out over all residents; an area has the units of all areas in it. Rows
    that are not of the whole area are left out. The interval is that of the noise and nothing else.

    Args:
        releases: what the circle may read, asked for before.
        people: PEOPLE_SCHEMA, as released.
        supplies: of the needs and units that are told.
        near: bands, [areas, services].
        weights: of each band.
        doors: the services.
        codes: of the areas of `near`.
        circle: who it is for.

    Returns:
        None where no count may be read, or nobody is counted as a resident.
    """
    signals = pa.array(sorted(SIGNALS.get(circle, frozenset())), pa.string())
    counts = [
        (one, one.table.filter(pc.and_(pc.is_in(one.table["signal"], signals), _whole(one.table))))
        for one in releases
        if one.kind is ReleaseKind.COUNTS and one.circle is circle
    ]
    counts = [(one, rows) for one, rows in counts if len(rows)]
    residents = people.filter(pc.equal(people["group"], Group.RESIDENTS.value))
    if not counts or not len(residents):
        return None, []
    newest = max(pc.max(rows["week"]).as_py() for _, rows in counts)
    counts = [(one, rows) for one, rows in counts if pc.max(rows["week"]).as_py() == newest]
    told = pa.concat_tables(
        [rows.filter(pc.equal(rows["week"], pa.scalar(newest, pa.date32()))) for _, rows in counts]
    )
    place = {code: number for number, code in enumerate(codes)}
    demand = np.zeros(len(codes))
    for code, number in zip(residents["area"].to_pylist(), residents["people"].to_pylist(), strict=True):
        demand[place[code]] = number or 0
    inside = _inside(doors, told["area"].to_pylist(), codes)
    lived = inside.any(axis=1)  # of an area where nobody is counted, no unit is within reach of anybody known
    if not lived.any():
        return None, []
    told, inside = told.filter(pa.array(lived)), inside[lived]
    parts = [_part(told, one, demand, near, weights, inside) for one in supplies]
    return pa.concat_tables(parts).combine_chunks(), [one for one, _ in counts]


def _part(
    told: pa.Table,
    one: Supply,
    demand: NDArray[np.float64],
    near: Bands,
    weights: NDArray[np.float64],
    inside: NDArray[np.bool_],
) -> pa.Table:
    """Return the counts beside the units of one need: VOICED_SCHEMA."""
    mine = near[:, one.service]
    unknown = np.isnan(one.amount)
    units = shares(demand, mine, weights)[:, ~unknown] @ one.amount[~unknown]
    here = inside.astype(np.float64) @ units
    unsaid = (inside.astype(np.int64) @ (mine[:, unknown] > 0).astype(np.int64) > 0).sum(axis=1)
    count, low, high = (
        pc.fill_null(pc.cast(told[name], pa.float64()), np.nan).to_numpy()
        for name in ("author_weeks", "low", "high")
    )
    per = np.where(here > 0, here, np.nan)
    size = len(told)
    return pa.table(
        {
            **{name: told[name] for name in ("area", "week", "signal", "author_weeks")},
            "need": pa.repeat(pa.scalar(one.need.value, pa.string()), size),
            "unit": pa.repeat(pa.scalar(one.unit, pa.string()), size),
            "units": numbers(np.round(here, 1)),
            "unsaid": pa.array(unsaid, pa.int32()),
            **{
                name: numbers(np.round(values / per, 3))
                for name, values in (("ratio", count), ("low", low), ("high", high))
            },
        },
        schema=VOICED_SCHEMA,
    )


def _whole(table: pa.Table) -> pa.ChunkedArray:
    """Return which rows are of all of their area; an earlier Fanal says nothing and means all."""
    if "whole" not in table.column_names:
        return pa.chunked_array([pa.array(np.ones(len(table), np.bool_))])
    return pc.fill_null(table["whole"], fill_value=True)


def _inside(doors: Doors, told: Sequence[str], codes: Sequence[str]) -> NDArray[np.bool_]:
    """Return which areas lie in which that are told of: [told, areas]."""
    chains = [frozenset(doors.ground.chain(code)) for code in codes]
    known = {code: np.array([code in chain for chain in chains], np.bool_) for code in set(told)}
    return np.array([known[code] for code in told], np.bool_).reshape(len(told), len(codes))
