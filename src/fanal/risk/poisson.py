"""The Poisson scan: where, and when, there are more counts than the expected ones give each place a share of."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fanal.geo.zones import Zones
from fanal.risk import scan as every
from fanal.risk.cylinder import Cylinder
from fanal.risk.ratio import Model
from fanal.risk.replicates import over_study
from fanal.risk.window import Windows


def scan(
    counts: NDArray[np.int64],
    expected: NDArray[np.float64],
    zones: Zones,
    windows: Windows,
    *,
    replicates: int,
    rng: np.random.Generator,
    stop_after: int | None = None,
    searched: Windows | None = None,
    progress: Callable[[int], object] = bool,
) -> list[Cylinder]:
    """Scan counts against expected counts, the study's total being fixed; the rest as `fanal.risk.scan.scan`.

    Kulldorff 1997 (Communications in Statistics 26:1481-1496, sec. 2.3) in space; Kulldorff, Athas, Feuer, Miller
    and Key 1998 (American Journal of Public Health 88:1377-1380) in space and time. What is expected may be people, a
    platform's own volume, or either with a season: a place's share of it is what chance would give it of the counts.

    Limit: counts are taken to be independent. A volume that itself rises hides what rises with it.

    Args:
        counts: [periods, areas], oldest first, not negative.
        expected: [periods, areas], finite, not negative, of any scale; above zero where a count is.
        zones: of the same areas.
        windows: `window.spatial`, `window.retrospective` or `window.prospective`.
        replicates: at most, at least 1.
        rng: the dice.
        stop_after: see `fanal.risk.scan.scan`.
        searched: see `fanal.risk.scan.scan`; no deeper than the study.
        progress: told how many replicates are done.

    Raises:
        ValueError: shapes or values that cannot be scanned.

    >>> from fanal.geo.zones import planar_zones
    >>> from fanal.risk.window import retrospective
    >>> zones = planar_zones(np.arange(3.0), np.zeros(3), np.ones(3), max_share=0.5)
    >>> dice = np.random.Generator(np.random.PCG64(1))
    >>> counts = np.array([[2, 2, 2], [2, 9, 2], [2, 2, 2]])
    >>> best = scan(counts, np.ones((3, 3)), zones, retrospective(3, 2), replicates=99, rng=dice)[0]
    >>> best.areas, best.window, best.observed
    ((1,), (1, 1), 9)
    """
    study = every.Study(counts=counts, measure=np.asarray(expected, np.float64), model=Model.POISSON)
    every.check(study, zones, windows, searched or windows, replicates, stop_after)
    return every.scan(
        study,
        zones,
        windows,
        draw=over_study(study.total, study.measure, (searched or windows).depth),
        replicates=replicates,
        rng=rng,
        stop_after=stop_after,
        searched=searched,
        progress=progress,
    )
