"""The prospective space-time Poisson scan: which neighbouring areas have more than expected, up to this week."""

import numpy as np
from numpy.typing import NDArray

from fanal.geo.zones import Zones
from fanal.risk import scan as every
from fanal.risk.cylinder import Cylinder
from fanal.risk.ratio import Model
from fanal.risk.replicates import Draw, over_study
from fanal.risk.window import prospective


def scan(
    counts: NDArray[np.int64],
    expected: NDArray[np.float64],
    zones: Zones,
    *,
    max_weeks: int,
    replicates: int,
    rng: np.random.Generator,
    draw: Draw | None = None,
    stop_after: int | None = None,
    earlier: int = 0,
) -> list[Cylinder]:
    """Scan all zones and all windows that end in the last week for an excess, most likely cluster first.

    Kulldorff 2001 (JRSS A 164:61-72). With c counts inside, C in all, and e expected inside (expected
    counts scaled to add up to C), where c > e

        LLR = c ln(c / e) + (C - c) ln((C - c) / (C - e))

    Secondary clusters share no area with a likelier one; each centre offers its likeliest zone alone. Each
    cluster's p-value compares it with the highest LLR of each replicate, over all zones and windows:
    (g + 1) / (n + 1) when g of n replicates reach it. With `stop_after` h, drawing ends when h replicates have
    reached the likeliest cluster, and a p-value is h / l where the h-th came at replicate l (Besag and Clifford
    1991, Biometrika 78:301-304).

    The result depends on the arguments and the state of `rng` alone. The p-value takes counts to be
    Poisson and independent; where they come in bursts of one cause, it is too small.

    Args:
        counts: [weeks, areas], oldest week first, not negative.
        expected: [weeks, areas], finite, not negative, of any scale; above zero where a recent count is.
        zones: of the same areas.
        max_weeks: longest window, at least 1; cut to the weeks there are.
        replicates: Monte Carlo replicates at most, at least 1.
        rng: the dice of the replicates.
        draw: how replicates are drawn, at least `max_weeks` + `earlier` weeks of them; None keeps the study's total
            (`replicates.over_study`).
        stop_after: h above, at least 1; None or 0 draws all replicates.
        earlier: weekly analyses before this one that a p-value is adjusted for: it is then the probability that
            chance makes as likely a cluster in this or any of them (sec. 3.2). Cut to the weeks there are.

    Returns:
        Clusters with an LLR above 0, at most MOST_CLUSTERS; empty when nothing exceeds.

    Raises:
        ValueError: shapes or values that cannot be scanned.

    >>> from fanal.geo.zones import circular_zones
    >>> zones = circular_zones(np.array([43.0, 44.0, 45.0]), np.full(3, 36.0), np.ones(3), max_share=0.5)
    >>> counts = np.array([[2, 2, 2], [2, 2, 2], [2, 2, 9]])
    >>> dice = np.random.Generator(np.random.PCG64(1))
    >>> best = scan(counts, np.full((3, 3), 25 / 9), zones, max_weeks=2, replicates=99, rng=dice)[0]
    >>> best.areas, best.window, best.observed, round(best.llr, 3)
    ((2,), (2, 2), 9, 5.324)
    """
    if max_weeks < 1 or earlier < 0:
        raise ValueError("A scan needs max_weeks of at least 1 and earlier of at least 0.")
    study = every.Study(counts=counts, measure=np.asarray(expected, np.float64), model=Model.POISSON)
    weeks = max(len(counts), 1)
    longest = min(max_weeks, weeks)
    before = min(earlier, weeks - longest)
    windows, searched = prospective(longest), prospective(longest, earlier=before)
    every.check(study, zones, windows, searched, replicates, stop_after)
    return every.scan(
        study,
        zones,
        windows,
        draw=draw or over_study(study.total, study.measure, searched.depth),
        replicates=replicates,
        rng=rng,
        stop_after=stop_after,
        searched=searched,
    )
