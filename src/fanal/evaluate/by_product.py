"""The product as it is set: the alerts of `fanal update`, of conflict events and of displaced families."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.evaluate.by_scan import over
from fanal.evaluate.study import Study
from fanal.model.category import Family
from fanal.risk import weekly
from fanal.risk.region import Region
from fanal.risk.watch import Watch, watch
from fanal.settings import Risk


def strengths(
    study: Study,
    here: Region,
    *,
    displacement: pa.Table | None,
    risk: Risk,
    first_row: int,
    dice: Callable[[int], np.random.Generator],
    progress: Callable[[], None],
) -> dict[Family, NDArray[np.float64]]:
    """Return by family, for each week and area, the recurrence interval of the hotspot over it, in weeks.

    Args:
        study: weekly counts of conflict events.
        here: of the same areas.
        displacement: DISPLACEMENT_SCHEMA, or None: conflict alone is scanned.
        risk: how the product scans.
        first_row: the first week to scan.
        dice: makes the generator of a seed.
        progress: called after each week and family.
    """
    families = [(Family.CONFLICT, study.counts, False, risk.event_delay_days)]
    if displacement is not None:
        moved = weekly.arrivals(displacement, areas=study.areas, weeks=study.weeks)
        families.append((Family.DISPLACEMENT, moved, True, risk.displacement_delay_days))
    how = Watch(
        baseline_weeks=risk.baseline_weeks,
        window_weeks=risk.window_weeks,
        replicates=risk.replicates,
        stop_after=risk.stop_after,
        seed=risk.seed,
        families=len(families),
    )
    zones = here.zones(risk.max_share)
    found = {
        family: watch(
            counts,
            weeks=study.weeks,
            areas=study.areas,
            zones=zones,
            weight=here.weight,
            family=family,
            rounds=rounds,
            first=study.weeks[min(first_row, len(study.weeks) - 1)],
            delay_days=delay,
            how=how,
            dice=dice,
            progress=progress,
        )
        for family, counts, rounds, delay in families
    }
    return {family: over(table, areas=study.areas, as_of=study.as_of) for family, table in found.items()}


def settings(risk: Risk) -> dict[str, float]:
    """Return the settings that the alerts depend on.

    >>> settings(Risk())["window_weeks"]
    8
    """
    return {
        "baseline_weeks": risk.baseline_weeks,
        "window_weeks": risk.window_weeks,
        "max_share": risk.max_share,
        "level": risk.alert_recurrence_weeks,
    }
