"""What the dated layers show: a hotspot series for each family and an index, each week as it was known then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.category import Family
from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.group import Group
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.week import weeks_between
from fanal.risk import index_inform, layer_silence, weekly
from fanal.risk.region import of_residents
from fanal.risk.watch import Watch, watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Hold what layers show, before the gate."""

    hotspots: pa.Table  # HOTSPOT_SCHEMA
    index: pa.Table  # INDEX_SCHEMA


def measure(
    *,
    areas: pa.Table,
    events: pa.Table | None,
    displacement: pa.Table | None,
    population: pa.Table | None,
    services: pa.Table | None,
    first: date | None,
    event_delay_days: int,
    displacement_delay_days: int,
    max_share: float,
    false_silences_a_year: float = 1.0,
    how: Watch,
    dice: Callable[[int], np.random.Generator],
    progress: Callable[[int, int], None],
) -> Findings:
    """Scan each dated layer week by week, and weigh the risk of each area and group in those weeks.

    Args:
        areas: AREA_SCHEMA; the areas that hold no other are scanned, where they have a point and residents.
        events: EVENTS_SCHEMA, or None: no such layer.
        displacement: DISPLACEMENT_SCHEMA, or None.
        population: POPULATION_SCHEMA, or None, which gives no findings.
        services: SERVICES_SCHEMA, or None.
        first: first Monday of the series; None: once there is one baseline behind it.
        event_delay_days: from the end of an event until it is taken as known.
        displacement_delay_days: from a round until it is taken as known.
        max_share: largest hotspot, as a share of all residents.
        false_silences_a_year: areas that chance may show as silent in the layer of events.
        how: baseline, window, replicates, seed; the families are counted here.
        dice: makes the generator of a seed.
        progress: told weekly scans done and in all.

    Raises:
        InputError: no area has both a point and residents.
    """
    dated = [*_span(events, "start", "end"), *_span(displacement, "date", "date")]
    if population is None or not dated:
        return Findings(hotspots=HOTSPOT_SCHEMA.empty_table(), index=INDEX_SCHEMA.empty_table())

    # 1. The region and its weeks: the finest areas, with their people.
    weeks = weeks_between(min(dated), max(dated))
    first = first or weeks[min(how.baseline_weeks, len(weeks) - 1)]
    shown = [week for week in weeks if week >= first]
    here = of_residents(areas, population)
    zones = here.zones(max_share)

    # 2. One scan a week for each family that has a layer.
    every = (
        (Family.CONFLICT, weekly.events, events, False, event_delay_days),
        (Family.DISPLACEMENT, weekly.arrivals, displacement, True, displacement_delay_days),
    )
    series = [(*one[:2], table, *one[3:]) for one in every if (table := one[2]) is not None]
    done = count(1)
    total = len(shown) * len(series)
    found = [
        watch(
            counted(table, areas=here.codes, weeks=weeks),
            weeks=weeks,
            areas=here.codes,
            zones=zones,
            weight=here.weight,
            family=family,
            rounds=rounds,
            first=first,
            delay_days=delay,
            how=replace(how, families=len(series)),
            dice=dice,
            progress=lambda: progress(next(done), total),
        )
        for family, counted, table, rounds, delay in series
    ]

    # 3. The index of each area, group and week, and where layers fell silent. Ranks are drawn at the gate.
    index = weigh(
        areas=areas,
        events=events,
        displacement=displacement,
        population=population,
        services=services,
        weeks=shown,
        event_delay_days=event_delay_days,
        displacement_delay_days=displacement_delay_days,
        baseline_weeks=how.baseline_weeks,
        false_silences_a_year=false_silences_a_year,
    )
    return Findings(hotspots=pa.concat_tables(found), index=index)


def weigh(
    *,
    areas: pa.Table,
    events: pa.Table | None,
    displacement: pa.Table | None,
    population: pa.Table,
    services: pa.Table | None,
    weeks: Sequence[date],
    event_delay_days: int,
    displacement_delay_days: int,
    baseline_weeks: int,
    false_silences_a_year: float,
) -> pa.Table:
    """Return the index of each area and group in some weeks (Mondays), with where layers fell silent: INDEX_SCHEMA."""
    index = index_inform.measure(
        areas=areas,
        events=events,
        displacement=displacement,
        population=population,
        services=services,
        weeks=weeks,
        event_delay_days=event_delay_days,
        displacement_delay_days=displacement_delay_days,
        groups=groups_of(displacement=displacement, population=population),
    )
    return layer_silence.with_silences(
        index,
        events=events,
        displacement=displacement,
        event_delay_days=event_delay_days,
        displacement_delay_days=displacement_delay_days,
        baseline_weeks=baseline_weeks,
        false_a_year=false_silences_a_year,
    )


def groups_of(*, displacement: pa.Table | None, population: pa.Table) -> tuple[Group, ...]:
    """Return the groups that the layers count: residents always, displaced also where only rounds count them.

    >>> from fanal.model.layer import POPULATION_SCHEMA
    >>> groups_of(displacement=None, population=POPULATION_SCHEMA.empty_table())
    (<Group.RESIDENTS: 'residents'>,)
    """
    counted = {Group.RESIDENTS.value, *pc.unique(population["group"]).to_pylist()}
    if displacement is not None and len(displacement):
        counted.add(Group.DISPLACED.value)
    return tuple(group for group in Group if group.value in counted)


def _span(table: pa.Table | None, first: str, last: str) -> list[date]:
    """Return the first and last day of a dated layer; nothing for an empty one."""
    if table is None or not len(table):
        return []
    return [pc.min(table[first]).as_py(), pc.max(table[last]).as_py()]
