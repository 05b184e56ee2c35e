"""Layers that say nothing any more: areas without reports in a dated layer where reports were usual."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.layer import LayerKind
from fanal.model.week import WEEK, weeks_between
from fanal.risk import weekly
from fanal.risk.silence import measure

BLOCK_WEEKS = 4
"""Conflict events are few: they are held against their band by four weeks."""
USUAL_ROUNDS = 4
"""An area that was in so many assessment rounds one after the other is usually in them."""
_EPOCH = date(1970, 1, 5)  # a Monday: blocks of weeks are the same whatever a layer holds


def with_silences(
    index: pa.Table,
    *,
    events: pa.Table | None,
    displacement: pa.Table | None,
    event_delay_days: int,
    displacement_delay_days: int,
    baseline_weeks: int,
    false_a_year: float,
) -> pa.Table:
    """Return an index in which each row names the layers that had fallen silent about its area.

    As it could be known on the Monday after the row's week. That nothing is reported may mean that nothing happens, or
    that nobody can report any more: the index of such a row is not lower for it, and it must not be read as calm.

    Args:
        index: INDEX_SCHEMA.
        events: EVENTS_SCHEMA, or None: no such layer.
        displacement: DISPLACEMENT_SCHEMA, or None.
        event_delay_days: from the end of an event until it is taken as known.
        displacement_delay_days: from a round until it is taken as known.
        baseline_weeks: past that says what is usual.
        false_a_year: silences of events that chance may make in a year, over all areas.

    Returns:
        INDEX_SCHEMA with `silent`, an empty list where no layer fell silent.
    """
    areas, weeks = pc.unique(index["area"]).to_pylist(), sorted(pc.unique(index["week"]).to_pylist())
    as_of = [week + WEEK for week in weeks]
    quiet = {
        LayerKind.EVENTS: _events(events, areas, as_of, event_delay_days, baseline_weeks, false_a_year),
        LayerKind.DISPLACEMENT: _rounds(displacement, areas, as_of, displacement_delay_days),
    }
    row = pc.index_in(index["week"], pa.array(weeks, pa.date32())).to_numpy()
    column = pc.index_in(index["area"], pa.array(areas, pa.string())).to_numpy()
    told = [silent[row, column] for silent in quiet.values()]
    named = [
        [kind.value for kind, silent in zip(quiet, flags, strict=True) if silent]
        for flags in zip(*told, strict=True)
    ]
    place = index.schema.get_field_index("silent")
    kind_of = INDEX_SCHEMA.field(place)
    return index.set_column(place, kind_of, pa.array(named, kind_of.type))


def _events(
    events: pa.Table | None,
    areas: Sequence[str],
    as_of: Sequence[date],
    delay_days: int,
    baseline_weeks: int,
    false_a_year: float,
) -> NDArray[np.bool_]:
    """Return [as-of days, areas]: the last whole block of weeks that was known is below its band.

    After the last block that the layer reaches, nobody knows; the answer is then no.
    """
    silent = np.zeros((len(as_of), len(areas)), dtype=np.bool_)
    if events is None or not len(events):
        return silent
    first, last = pc.min(events["end"]).as_py(), pc.max(events["end"]).as_py()
    skip = -((first - _EPOCH) // WEEK) % BLOCK_WEEKS  # up to the first whole block
    every = weeks_between(first, last)[skip:]
    every = every[: len(every) // BLOCK_WEEKS * BLOCK_WEEKS]
    if not every:
        return silent
    counts = weekly.events(events, areas=areas, weeks=every).reshape(-1, BLOCK_WEEKS, len(areas)).sum(axis=1)
    found = measure(
        counts,
        baseline=max(baseline_weeks // BLOCK_WEEKS, 8),
        false_a_year=false_a_year,
        periods_a_year=365.25 / 7 / BLOCK_WEEKS,
    ).silent[:, :-1]
    for row, day in enumerate(as_of):
        block = (day - timedelta(days=delay_days) - every[0]).days // (7 * BLOCK_WEEKS) - 1
        if 0 <= block < len(found):
            silent[row] = found[block]
    return silent


def _rounds(
    rounds: pa.Table | None, areas: Sequence[str], as_of: Sequence[date], delay_days: int
) -> NDArray[np.bool_]:
    """Return [as-of days, areas]: the area is not in the newest known round, after USUAL_ROUNDS that it was all in.

    A number that was blanked because it is small is a report.
    """
    silent = np.zeros((len(as_of), len(areas)), dtype=np.bool_)
    if rounds is None or not len(rounds):
        return silent
    days = sorted(pc.unique(rounds["date"]).to_pylist())
    row = pc.index_in(rounds["date"], pa.array(days, pa.date32())).to_numpy()
    column = pc.fill_null(pc.index_in(rounds["area"], pa.array(areas, pa.string())), -1).to_numpy()
    there = np.zeros((len(days), len(areas)), dtype=np.bool_)
    there[row[column >= 0], column[column >= 0]] = True
    gone = np.zeros_like(there)  # left after it was usual, and not back since
    together = np.zeros(len(areas), dtype=np.int64)  # rounds one after the other, up to the one before
    for number, now in enumerate(there):
        gone[number] = ~now & ((together >= USUAL_ROUNDS) | (gone[number - 1] if number else False))
        together = np.where(now, together + 1, 0)
    for at, day in enumerate(as_of):
        known = sum(one + timedelta(days=delay_days) <= day for one in days)
        if known:
            silent[at] = gone[known - 1]
    return silent
