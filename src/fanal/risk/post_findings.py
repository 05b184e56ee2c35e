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


def silence(counts: pa.Table, *, now: date, baseline_weeks: int, false_a_year: float) -> pa.Table:
    """Tell for each week and each area that posts ever named whether its volume fell below its band.

    Weeks after the last one that any post is of are left out: what was not read is no silence.

    Args:
        counts: COUNT_SCHEMA, with the rows of the volume.
        now: weeks that are not over are left out.
        baseline_weeks: past that says what is usual; shorter than `silence.LEAST_PAST` it is as long as that.
        false_a_year: silences that chance may make in a year, over all areas and the stream.

    Returns:
        SILENCE_SCHEMA, by week and area; private.
    """
    volume = counts.filter(pc.field("category") == VOLUME)
    weeks = weeks_over(volume["week"], now)
    if not weeks:
        return SILENCE_SCHEMA.empty_table()
    areas = sorted(pc.unique(volume["area"]).to_pylist())
    found = silences.measure(
        grid(counts, areas=areas, weeks=weeks, categories=[VOLUME]),
        baseline=max(baseline_weeks, silences.LEAST_PAST),
        false_a_year=false_a_year,
    )
    return silences.table(found, weeks=weeks, areas=areas)
