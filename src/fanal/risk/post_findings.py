"""What the posts show now, exactly, for those inside: hotspots of the last week that is over, and who fell silent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.category import FAMILY_OF, Category, Family
from fanal.model.estimate import SILENCE_SCHEMA, VOLUME
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.week import weeks_over
from fanal.risk import silence as silences
from fanal.risk.author_weeks import grid
from fanal.risk.region import region
from fanal.risk.watch import Watch, watch

FAMILIES = (Family.TRADE, Family.DISTRESS)


def hotspots(
    counts: pa.Table,
    *,
    areas: pa.Table,
    now: date,
    max_share: float,
    how: Watch,
    dice: Callable[[int], np.random.Generator],
) -> pa.Table:
    """Scan the exact author-weeks of each family; what is expected leans on the volume of posts of an area.

    Areas without a point, or that no post ever named, are not scanned.

    Args:
        counts: COUNT_SCHEMA, with the rows of the volume.
        areas: AREA_SCHEMA.
        now: weeks that are not over are left out.
        max_share: largest hotspot, as a share of the volume.
        how: baseline, window, replicates, seed; the families are counted here.
        dice: makes the generator of a seed.

    Returns:
        HOTSPOT_SCHEMA; private.
    """
    volume = counts.filter(pc.field("category") == VOLUME)
    weeks = weeks_over(volume["week"], now)
    if not weeks:
        return HOTSPOT_SCHEMA.empty_table()
    weight = volume.group_by("area").aggregate([("weight", "sum")]).rename_columns(["area", "weight"])
    here = region(areas, weight)
    found = [
        watch(
            grid(
                counts,
                areas=here.codes,
                weeks=weeks,
                categories=[category.value for category in Category if FAMILY_OF[category] is family],
            ),
            weeks=weeks,
            areas=here.codes,
            zones=here.zones(max_share),
            weight=here.weight,
            family=family,
            rounds=False,
            first=weeks[-1],
            delay_days=0,
            how=replace(how, families=len(FAMILIES)),
            dice=dice,
            progress=lambda: None,
        )
        for family in FAMILIES
    ]
    return pa.concat_tables(found)


def silence(
    counts: pa.Table, *, areas: pa.Table, now: date, baseline_weeks: int, false_a_year: float
) -> pa.Table:
    """Tell for each week and each area that posts ever named whether its volume fell below its band.

    Areas that hold several of those have a row too, of all posts within them: a region of many thin areas can be told
    where none of them can. Each level is measured apart, the largest areas first, and all share the stated number of
    false silences. What lies within a silent area is no part of the stream for the smaller ones.
    Weeks after the last one that any post is of are left out: what was not read is no silence.

    Args:
        counts: COUNT_SCHEMA, with the rows of the volume.
        areas: AREA_SCHEMA; says which area lies in which.
        now: weeks that are not over are left out.
        baseline_weeks: past that says what is usual; shorter than `silence.LEAST_PAST` it is as long as that.
        false_a_year: silences that chance may make in a year, over all areas and the stream.

    Returns:
        SILENCE_SCHEMA, by week and area, the whole stream last; private.
    """
    volume = counts.filter(pc.field("category") == VOLUME)
    weeks = weeks_over(volume["week"], now)
    if not weeks:
        return SILENCE_SCHEMA.empty_table()
    named: list[str] = sorted(pc.unique(volume["area"]).to_pylist())
    numbers = grid(counts, areas=named, weeks=weeks, categories=[VOLUME])
    larger = _larger(named, areas)
    held = pa.array(
        [code for units in larger for code, inside in units.items() if len(inside) > 1], pa.string()
    )
    within = np.zeros(numbers.shape, dtype=np.bool_)
    found: list[pa.Table] = []
    finest = {code: [column] for column, code in enumerate(named)}
    for units in [*larger, finest]:
        together = np.stack([numbers[:, inside].sum(axis=1) for inside in units.values()], axis=1)
        known = np.stack([within[:, inside].all(axis=1) for inside in units.values()], axis=1)
        told = silences.measure(
            together,
            baseline=max(baseline_weeks, silences.LEAST_PAST),
            false_a_year=false_a_year / (1 + len(larger)),
            within=known,
        )
        for unit, inside in enumerate(units.values()):
            within[:, inside] |= told.silent[:, unit : unit + 1]
        rows = silences.table(told, weeks=weeks, areas=list(units))
        of_larger = pc.is_in(rows["area"], held)
        found.append(rows.filter(pc.invert(of_larger) if units is finest else of_larger))
    return pa.concat_tables(found).sort_by([("week", "ascending"), ("area", "ascending")])


def _larger(named: list[str], areas: pa.Table) -> list[dict[str, list[int]]]:
    """Return for each level above the finest, largest first: its areas, each with the places in `named` that it holds.

    What lies in no area of a level stands for itself. A level with a single area tells what the stream tells.
    """
    codes = areas["area"].to_pylist()
    parent = dict(zip(codes, areas["parent"].to_pylist(), strict=True))
    level = dict(zip(codes, areas["level"].to_pylist(), strict=True))

    def holder(code: str, wanted: int) -> str:
        """Return the area of a level that holds another, or that other itself."""
        above, seen = code, {code}
        while level.get(above, 0) > wanted:
            higher = parent.get(above)
            if higher is None or higher in seen:
                return code
            seen.add(higher)
            above = higher
        return above

    found = []
    for wanted in sorted({level[code] for code in named if code in level} | {0, 1})[:-1]:
        units: dict[str, list[int]] = {}
        for column, code in enumerate(named):
            units.setdefault(holder(code, wanted), []).append(column)
        if len(units) > 1 and any(len(inside) > 1 for inside in units.values()):
            found.append(units)
    return found
