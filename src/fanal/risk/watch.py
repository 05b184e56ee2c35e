"""The watch: one prospective scan a week, each seeing only what was known by then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.geo.zones import Zones
from fanal.model.category import Family
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.week import WEEK
from fanal.risk.expected import from_own_past, time_adjusted
from fanal.risk.hotspots import table
from fanal.risk.poisson_prospective import scan
from fanal.risk.replicates import by_week

P_SHOWN = 0.05
"""A cluster that chance makes in more than one scan in twenty is not kept as a hotspot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Hold how a series of weekly scans is made."""

    baseline_weeks: int  # weeks of an area's own past that say what is expected
    window_weeks: int  # longest window
    replicates: int
    stop_after: int  # 0: never
    seed: int
    families: int = 1  # families scanned each week, for the recurrence interval


def watch(
    counts: NDArray[np.int64],
    *,
    weeks: Sequence[date],
    areas: Sequence[str],
    zones: Zones,
    weight: NDArray[np.float64],
    family: Family,
    rounds: bool,
    first: date,
    delay_days: int,
    how: Watch,
    dice: Callable[[int], np.random.Generator],
    progress: Callable[[], None],
) -> pa.Table:
    """Scan every week from `first` on, each with the weeks before it and none after.

    The study of a scan is its window and the baseline before it. What is expected comes from the
    baseline, drawn towards the weight where the past is thin (`expected.from_own_past`); for data counted
    in assessment rounds each week's total is kept (`expected.time_adjusted`).

    Args:
        counts: [weeks, areas].
        weeks: Mondays without gaps, the rows.
        areas: codes, the columns.
        zones: of the same areas.
        weight: [areas], people or volume of posts.
        family: what is scanned.
        rounds: the data are counted in assessment rounds.
        first: the first Monday to scan.
        delay_days: reporting delay; a week's scan could be known so many days after its Sunday.
        how: baseline, window, replicates, seed.
        dice: makes the generator of a seed; each week has its own, so a series can start anywhere.
        progress: called after each week.

    Returns:
        HOTSPOT_SCHEMA, clusters with a p-value of at most P_SHOWN.
    """
    found = [HOTSPOT_SCHEMA.empty_table()]
    for row, monday in enumerate(weeks):
        if monday < first:
            continue
        start = max(0, row + 1 - how.baseline_weeks - how.window_weeks)
        split = max(start, row + 1 - how.window_weeks)
        study, past = counts[start : row + 1], counts[start:split]
        if study[-how.window_weeks :].any():
            expected = (time_adjusted if rounds else from_own_past)(past, study, weight)
            clusters = scan(
                study,
                expected,
                zones,
                max_weeks=how.window_weeks,
                replicates=how.replicates,
                rng=dice(_seed(how.seed, family, monday)),
                draw=by_week(study.sum(axis=1), expected, how.window_weeks) if rounds else None,
                stop_after=how.stop_after or None,
            )
            found.append(
                table(
                    [cluster for cluster in clusters if cluster.p_value <= P_SHOWN],
                    family=family,
                    as_of=monday + WEEK - timedelta(days=1) + timedelta(days=delay_days),
                    weeks=weeks[start : row + 1],
                    areas=areas,
                    families_scanned=how.families,
                )
            )
        progress()
    return pa.concat_tables(found)


def _seed(seed: int, family: Family, monday: date) -> int:
    """Return a seed of its own for each family and week."""
    return (seed * 1_000_003 + monday.toordinal()) * len(Family) + list(Family).index(family)
