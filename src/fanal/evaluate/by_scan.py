"""The warning of the product: how seldom chance makes the hotspot that covers a district."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.evaluate.study import Study, days_of
from fanal.geo.zones import Zones
from fanal.model.category import Family
from fanal.risk.watch import Watch, watch


def strength(
    study: Study,
    *,
    zones: Zones,
    weight: NDArray[np.float64],
    how: Watch,
    first_row: int,
    dice: Callable[[int], np.random.Generator],
    progress: Callable[[], None],
) -> NDArray[np.float64]:
    """Return for each week and area the recurrence interval of the hotspot over it, in weeks; 0 where there is none.

    Args:
        study: weekly counts of conflict events.
        zones: of the same areas.
        weight: [areas], people.
        how: baseline, window, replicates, seed.
        first_row: the first week to scan; those before it have no strength.
        dice: makes the generator of a seed.
        progress: called after each week.
    """
    found = watch(
        study.counts,
        weeks=study.weeks,
        areas=study.areas,
        zones=zones,
        weight=weight,
        family=Family.CONFLICT,
        rounds=False,
        first=study.weeks[min(first_row, len(study.weeks) - 1)],
        delay_days=int(study.as_of[-1]) - days_of(study.weeks[-1]) - 6,
        how=how,
        dice=dice,
        progress=progress,
    )
    return over(found, areas=study.areas, as_of=study.as_of)


def over(hotspots: pa.Table, *, areas: Sequence[str], as_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each as-of day and area the longest recurrence interval of a hotspot that was known by then.

    A hotspot counts on the first of the days on which it is known, so that a layer with a longer delay comes later.

    Args:
        hotspots: HOTSPOT_SCHEMA.
        areas: codes, the columns.
        as_of: days since 1970-01-01, ascending, the rows.
    """
    found = np.zeros((len(as_of), len(areas)))
    place = {area: number for number, area in enumerate(areas)}
    for row in hotspots.select(["as_of", "areas", "recurrence_weeks"]).to_pylist():
        at = int(np.searchsorted(as_of, days_of(row["as_of"])))
        if at < len(as_of):
            covered = [place[area] for area in row["areas"] if area in place]
            found[at, covered] = np.maximum(found[at, covered], row["recurrence_weeks"])
    return found
