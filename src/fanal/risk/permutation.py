"""The space-time permutation scan: where and when there are more counts than place and time by themselves explain."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fanal.geo.zones import Zones
from fanal.risk import scan as every
from fanal.risk.cylinder import Cylinder
from fanal.risk.ratio import Model
from fanal.risk.replicates import permuted
from fanal.risk.window import Windows


def expected(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what each area and period would have, [periods, areas], if the two had nothing to do with each other.

    The area's count × the period's count / all counts.

    >>> expected(np.array([[3, 1], [1, 3]])).tolist()
    [[2.0, 2.0], [2.0, 2.0]]
    """
    total = counts.sum()
    margins: NDArray[np.float64] = counts.sum(axis=1, keepdims=True) * (counts.sum(axis=0) / max(total, 1))
    return margins


def scan(
    counts: NDArray[np.int64],
    zones: Zones,
    windows: Windows,
    *,
    replicates: int,
    rng: np.random.Generator,
    stop_after: int | None = None,
    searched: Windows | None = None,
    progress: Callable[[int], object] = bool,
) -> list[Cylinder]:
    """Scan counts for an interaction of space and time; it needs no people and no other denominator.

    Kulldorff, Heffernan, Hartman, Assuncao and Mostashari 2005 (PLoS Medicine 2:e59). The ratio is that of the Poisson
    scan, with `expected`; a replicate shuffles the times of the cases among the places.

    Limit: what is high in a place all the time, or everywhere at a time, is no news to it; and where people move away
    from one place, all others look as if they rose.

    Args:
        counts: [periods, areas], oldest first, not negative; at least two periods.
        zones: of the same areas.
        windows: `window.retrospective` or `window.prospective`.
        replicates: at most, at least 1.
        rng: the dice.
        stop_after: see `fanal.risk.scan.scan`.
        searched: see `fanal.risk.scan.scan`; no deeper than the study.
        progress: told how many replicates are done.

    Raises:
        ValueError: shapes or values that cannot be scanned; a study of one period.

    >>> from fanal.geo.zones import planar_zones
    >>> from fanal.risk.window import prospective
    >>> zones = planar_zones(np.arange(3.0), np.zeros(3), np.ones(3), max_share=0.5)
    >>> dice = np.random.Generator(np.random.PCG64(1))
    >>> best = scan(np.array([[4, 4, 4], [4, 4, 4], [1, 9, 1]]), zones, prospective(1), replicates=99, rng=dice)[0]
    >>> best.areas, best.observed, round(best.expected, 2)
    ((1,), 9, 5.34)
    """
    if counts.ndim == 2 and len(counts) < 2:
        raise ValueError("A permutation scan needs at least two periods: it shuffles times.")
    measure = expected(counts)
    study = every.Study(counts=counts, measure=measure, model=Model.POISSON)
    every.check(study, zones, windows, searched or windows, replicates, stop_after)
    return every.scan(
        study,
        zones,
        windows,
        draw=permuted(counts, (searched or windows).depth),
        replicates=replicates,
        rng=rng,
        stop_after=stop_after,
        searched=searched,
        progress=progress,
    )
