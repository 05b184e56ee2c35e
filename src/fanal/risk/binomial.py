"""The binomial scan: where, and when, a larger part of the people are cases than elsewhere."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fanal.geo.zones import Zones
from fanal.risk import scan as every
from fanal.risk.cylinder import Cylinder
from fanal.risk.ratio import Model
from fanal.risk.replicates import among_people
from fanal.risk.window import Windows

MOST_PEOPLE = 1_000_000_000
"""NumPy draws a hypergeometric number from at most so many."""


def scan(
    counts: NDArray[np.int64],
    people: NDArray[np.int64],
    zones: Zones,
    windows: Windows,
    *,
    replicates: int,
    rng: np.random.Generator,
    stop_after: int | None = None,
    searched: Windows | None = None,
    progress: Callable[[int], object] = bool,
) -> list[Cylinder]:
    """Scan cases among people, where one of the people is a case or is none; the rest as `fanal.risk.scan.scan`.

    Kulldorff and Nagarwalla 1995 (Statistics in Medicine 14:799-810); Kulldorff 1997, sec. 2.2, the Bernoulli model. It
    is the one to take where cases are not few beside the people: posts with a signal among all posts, say.

    Args:
        counts: [periods, areas], cases, oldest first.
        people: [periods, areas], whole numbers: cases and all others; at least the cases.
        zones: of the same areas.
        windows: `window.spatial`, `window.retrospective` or `window.prospective`.
        replicates: at most, at least 1.
        rng: the dice.
        stop_after: see `fanal.risk.scan.scan`.
        searched: see `fanal.risk.scan.scan`; no deeper than the study.
        progress: told how many replicates are done.

    Raises:
        ValueError: shapes or values that cannot be scanned; more cases than people; more than MOST_PEOPLE.

    >>> from fanal.geo.zones import planar_zones
    >>> from fanal.risk.window import spatial
    >>> zones = planar_zones(np.arange(3.0), np.zeros(3), np.ones(3), max_share=0.5)
    >>> dice = np.random.Generator(np.random.PCG64(1))
    >>> best = scan(np.array([[2, 9, 2]]), np.array([[20, 20, 20]]), zones, spatial(), replicates=99, rng=dice)[0]
    >>> best.areas, round(best.relative_risk, 2)
    ((1,), 4.5)
    """
    if not np.issubdtype(people.dtype, np.integer):
        raise ValueError("A binomial scan needs people as whole numbers.")
    if people.sum() > MOST_PEOPLE:
        raise ValueError(f"A binomial scan takes at most {MOST_PEOPLE:,} people: use the Poisson scan.")
    study = every.Study(counts=counts, measure=people.astype(np.float64), model=Model.BINOMIAL)
    every.check(study, zones, windows, searched or windows, replicates, stop_after)
    return every.scan(
        study,
        zones,
        windows,
        draw=among_people(people, study.total, (searched or windows).depth),
        replicates=replicates,
        rng=rng,
        stop_after=stop_after,
        searched=searched,
        progress=progress,
    )
