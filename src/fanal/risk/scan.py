"""The scan: all zones with all windows of a study, the clusters that do not overlap, and their p-values."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanal.geo.zones import Zones
from fanal.risk import sweep
from fanal.risk.cylinder import Cylinder
from fanal.risk.monte_carlo import gumbel_p_value, highest_ratios, p_value
from fanal.risk.ratio import Model
from fanal.risk.replicates import Draw
from fanal.risk.window import Windows

MIN_CASES = 2
"""A hotspot holds at least two counts, as in SaTScan's default for high rates."""

MOST_CLUSTERS = 20
"""Clusters that a scan returns at most; further ones are never significant and only fill tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Hold what is scanned: P periods, oldest first, of A areas."""

    counts: NDArray[np.int64]  # [P, A], not negative
    measure: NDArray[np.float64]  # [P, A]: expected counts of any scale, or people at risk; not negative
    model: Model

    @property
    def total(self) -> int:
        """Return the counts of the whole study."""
        return int(self.counts.sum())

    @property
    def whole(self) -> float:
        """Return the expected counts or people of the whole study."""
        return float(self.measure.sum())


def scan(
    study: Study,
    zones: Zones,
    windows: Windows,
    *,
    draw: Draw,
    replicates: int,
    rng: np.random.Generator,
    stop_after: int | None = None,
    searched: Windows | None = None,
    threads: int | None = None,
    progress: Callable[[int], object] = bool,
) -> list[Cylinder]:
    """Scan for an excess, most likely cluster first.

    Secondary clusters share no area with a likelier one; each centre offers its likeliest zone alone. Each cluster
    is compared with the highest ratio of each replicate, over all zones and windows. The result depends on the
    arguments and the state of `rng` alone.

    Args:
        study: what was observed, and with what it is compared.
        zones: of the same areas.
        windows: those in which a cluster may lie; none reaches beyond the study.
        draw: draws the replicates under the null hypothesis.
        replicates: at most, at least 1.
        rng: the dice of the replicates.
        stop_after: drawing ends when so many replicates have reached the likeliest cluster; None or 0: never.
        searched: windows that are searched in a replicate; None: the same. More than `windows` adjust for the
            analyses before this one.
        threads: that sweep replicates; None: as many as the machine has cores. It changes the time alone.
        progress: told how many replicates are done.

    Returns:
        Clusters with a ratio above 0, at most MOST_CLUSTERS; empty when nothing exceeds.

    Raises:
        ValueError: shapes or values that cannot be scanned.
    """
    searched = searched or windows
    check(study, zones, windows, searched, replicates, stop_after)
    total = study.total
    if total == 0 or not study.counts.shape[1]:
        return []

    # 1. What each area counts and is compared with, in the newest 0, 1, 2, ... periods.
    counts = _until(study.counts, windows.depth).astype(np.int32)
    measure = _until(study.measure, max(windows.depth, searched.depth))
    about = (zones.members, zones.offsets)
    model, whole = int(study.model), study.whole

    # 2. The observed clusters.
    ratios, chosen = sweep.best(
        counts, measure, *about, windows.newest, windows.oldest, model, float(total), whole, MIN_CASES
    )
    entries = _not_overlapping(ratios, zones)
    if not entries:
        return []

    # 3. The highest ratio of each replicate, until enough are as high as the likeliest cluster.
    order = _spread(zones.count)
    narrow = np.ascontiguousarray(measure[:, : searched.depth + 1])

    def highest(drawn: NDArray[np.int32], totals: NDArray[np.int64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = sweep.highest(
            sweep.side_by_side(drawn),
            totals,
            narrow,
            *about,
            order,
            searched.newest,
            searched.oldest,
            model,
            whole,
            MIN_CASES,
        )
        return found

    tops = highest_ratios(
        highest,
        draw,
        top=float(ratios[entries[0]]),
        replicates=replicates,
        stop_after=stop_after,
        rng=rng,
        threads=threads,
        progress=progress,
    )

    # 4. Each cluster with its p-value.
    return [
        _cluster(study, zones, windows, entry, int(chosen[entry]), float(ratios[entry]), tops, stop_after)
        for entry in entries
    ]


def check(
    study: Study, zones: Zones, windows: Windows, searched: Windows, replicates: int, stop_after: int | None
) -> None:
    """Raise ValueError for what cannot be scanned."""
    counts, measure = study.counts, study.measure
    if counts.ndim != 2 or counts.shape != measure.shape or counts.shape[1] != zones.count:
        raise ValueError(
            f"A scan needs counts and expected counts as [weeks, areas] over the zones' {zones.count} areas, "
            f"got {counts.shape} and {measure.shape}."
        )
    if not np.issubdtype(counts.dtype, np.integer) or (counts < 0).any():
        raise ValueError("A scan's counts must be whole numbers, none negative.")
    if not np.isfinite(measure).all() or (measure < 0).any():
        raise ValueError("A scan's expected counts must be finite, none negative.")
    if counts.any() and not measure.sum() > 0:
        raise ValueError("A scan's expected counts are zero everywhere.")
    if replicates < 1 or (stop_after is not None and stop_after < 0):
        raise ValueError("A scan needs replicates of at least 1, and stop_after of at least 0.")
    if max(windows.depth, searched.depth) > len(counts):
        raise ValueError(
            f"A scan's windows reach back {max(windows.depth, searched.depth)} of {len(counts)} periods."
        )
    recent = slice(-max(windows.depth, searched.depth), None)
    impossible = (counts[recent] > 0) & (measure[recent] <= 0)
    if study.model is Model.BINOMIAL:
        impossible |= counts[recent] > measure[recent]
    if impossible.any():
        period, area = np.argwhere(impossible)[0]
        raise ValueError(
            f"Area row {area} has a count {len(impossible) - period} weeks from the end where less is expected "
            "than could be: zero, or fewer people."
        )


def _until(values: NDArray[Any], depth: int) -> NDArray[Any]:
    """Return [areas, depth + 1]: the sums over the newest 0, 1, 2, ... periods."""
    recent = values[::-1][:depth]
    sums = np.zeros((values.shape[1], depth + 1), dtype=values.dtype)
    np.cumsum(recent, axis=0, out=sums.T[1:])
    return sums


def _spread(centres: int) -> NDArray[np.int32]:
    """Return all centres, a few from everywhere first: ratios are high early, and the rest is passed over."""
    few = np.unique(np.linspace(0, max(centres - 1, 0), min(centres, 64)).astype(np.int32))
    return np.concatenate([few, np.setdiff1d(np.arange(centres, dtype=np.int32), few)]).astype(np.int32)


def _not_overlapping(ratios: NDArray[np.float64], zones: Zones) -> list[int]:
    """Return the entries of the clusters, likeliest first; ties go to the earlier entry.

    As SaTScan does, each centre offers its likeliest zone alone, and is passed over where that shares an area with a
    likelier cluster.
    """
    taken = np.zeros(zones.count, dtype=np.bool_)
    chosen: list[int] = []
    stretches = pairwise(zones.offsets.tolist())
    offered = np.array([first + int(np.argmax(ratios[first:end])) for first, end in stretches])
    for centre in np.argsort(-ratios[offered], kind="stable").tolist():
        entry = int(offered[centre])
        areas = zones.members[zones.offsets[centre] : entry + 1]
        if not ratios[entry] > 0 or len(chosen) == MOST_CLUSTERS or taken.all():
            break
        if not taken[areas].any():
            taken[areas] = True
            chosen.append(entry)
    return chosen


def _cluster(
    study: Study,
    zones: Zones,
    windows: Windows,
    entry: int,
    window: int,
    llr: float,
    tops: NDArray[np.float64],
    stop_after: int | None,
) -> Cylinder:
    """Return the record of one cluster."""
    centre = int(np.searchsorted(zones.offsets, entry, side="right")) - 1
    areas = np.sort(zones.members[zones.offsets[centre] : entry + 1])
    periods = len(study.counts)
    first, last = periods - int(windows.oldest[window]), periods - 1 - int(windows.newest[window])
    total, whole = study.total, study.whole
    observed = int(study.counts[first : last + 1, areas].sum())
    held = float(study.measure[first : last + 1, areas].sum())
    scale = 1.0 if study.model is Model.EXPECTATION else total / whole
    outside = (total - observed) / (whole - held) if whole > held else 0.0
    p, used = p_value(llr, tops, stop_after)
    return Cylinder(
        areas=tuple(areas.tolist()),
        window=(first, last),
        observed=observed,
        expected=held * scale,
        relative_risk=_risk(study.model, observed / held, outside),
        llr=llr,
        p_value=p,
        replicates=used,
        gumbel_p_value=gumbel_p_value(llr, tops),
        centre=centre,
    )


def _risk(model: Model, inside: float, outside: float) -> float:
    """Return the rate inside over that outside, or over what was forecast."""
    if model is Model.EXPECTATION:
        return inside
    return inside / outside if outside > 0 else float("inf")
