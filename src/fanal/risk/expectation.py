"""The expectation-based Poisson scan: where there is more than was forecast, whatever happens elsewhere."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fanal.geo.zones import Zones
from fanal.risk import scan as every
from fanal.risk.cylinder import Cylinder
from fanal.risk.ratio import Model
from fanal.risk.replicates import unconditional
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
    progress: Callable[[int], object] = bool,
) -> list[Cylinder]:
    """Scan counts against a forecast that is taken as it is; the rest as `fanal.risk.scan.scan`.

    Neill, Moore, Sabhnani and Daniel 2005 (KDD); Neill 2009 (International Journal of Forecasting 25:498-517, sec.
    3.1): LLR = c ln(c / e) + e - c. No total is fixed, so that a rise everywhere is a cluster too, and a large one is
    found whole.

    Limit: a forecast that is too low everywhere makes everything a hotspot. Take it only where the forecast was seen to
    hold.

    Args:
        counts: [periods, areas], oldest first, not negative.
        expected: [periods, areas], the forecast in counts, finite, not negative; above zero where a count is.
        zones: of the same areas; with `max_share` up to 1, since no outside is needed.
        windows: `window.prospective`, as a rule.
        replicates: at most, at least 1.
        rng: the dice.
        stop_after: see `fanal.risk.scan.scan`.
        progress: told how many replicates are done.

    Raises:
        ValueError: shapes or values that cannot be scanned.

    >>> from fanal.geo.zones import planar_zones
    >>> from fanal.risk.window import prospective
    >>> zones = planar_zones(np.arange(3.0), np.zeros(3), np.ones(3), max_share=1)
    >>> dice = np.random.Generator(np.random.PCG64(1))
    >>> best = scan(np.array([[9, 9, 9]]), np.full((1, 3), 3.0), zones, prospective(1), replicates=99, rng=dice)[0]
    >>> best.areas, round(best.llr, 2), best.relative_risk
    ((0, 1, 2), 11.66, 3.0)
    """
    study = every.Study(counts=counts, measure=np.asarray(expected, np.float64), model=Model.EXPECTATION)
    every.check(study, zones, windows, windows, replicates, stop_after)
    return every.scan(
        study,
        zones,
        windows,
        draw=unconditional(study.measure, windows.depth),
        replicates=replicates,
        rng=rng,
        stop_after=stop_after,
        progress=progress,
    )
