"""The prospective space-time Poisson scan: which neighbouring areas have more than expected, up to this week."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.geo.zones import Zones
from fanal.risk.replicates import Draw, over_study

MIN_CASES = 2
"""A hotspot holds at least two counts, as in SaTScan's default for high rates."""

MOST_CLUSTERS = 20
"""Clusters that a scan returns at most; further ones are never significant and only fill tables."""

_CHUNK = 50  # replicates drawn together; part of what a seed means
_TABLE = 1 << 20  # n ln n is looked up below, and computed above
_SLACK = 1e-9  # log-likelihood ratios nearer than this are ties, and count against significance


@dataclass(frozen=True, slots=True, kw_only=True)
class Cylinder:
    """Hold one cluster of a scan."""

    areas: tuple[int, ...]  # row numbers, ascending
    window: tuple[int, int]  # first and last week, row numbers; the last is the newest week
    observed: int
    expected: float  # scaled to the observed total
    relative_risk: float  # inside against outside; infinite when nothing is outside
    llr: float  # log-likelihood ratio, above 0
    p_value: float  # from 1 / (replicates + 1) to 1
    replicates: int  # those that the p-value was taken from


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
) -> list[Cylinder]:
    """Scan all zones and all windows that end in the last week for an excess, most likely cluster first.

    Kulldorff 2001 (JRSS A 164:61-72). With c counts inside, C in all, and e expected inside (expected
    counts scaled to add up to C), where c > e

        LLR = c ln(c / e) + (C - c) ln((C - c) / (C - e))

    Secondary clusters share no area with a likelier one. Each cluster's p-value compares it with the
    highest LLR of each replicate, over all zones and windows: (g + 1) / (n + 1) when g of n replicates
    reach it. With `stop_after` h, drawing ends when h replicates have reached the likeliest cluster, and a
    p-value is h / l where the h-th came at replicate l (Besag and Clifford 1991, Biometrika 78:301-304).

    The result depends on the arguments and the state of `rng` alone. The p-value takes counts to be
    Poisson and independent; where they come in bursts of one cause, it is too small.

    Args:
        counts: [weeks, areas], oldest week first, not negative.
        expected: [weeks, areas], finite, not negative, of any scale; above zero where a recent count is.
        zones: of the same areas.
        max_weeks: longest window, at least 1; cut to the weeks there are.
        replicates: Monte Carlo replicates at most, at least 1.
        rng: the dice of the replicates.
        draw: how replicates are drawn; None keeps the study's total (`replicates.over_study`).
        stop_after: h above, at least 1; None or 0 draws all replicates.

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
    _check(counts, expected, zones, max_weeks, replicates, stop_after)
    total = int(counts.sum())
    if total == 0 or not counts.shape[1]:
        return []

    # 1. What each zone and window expects, once for all replicates.
    expected = np.asarray(expected, dtype=np.float64) * (total / expected.sum())
    recent = counts[-max_weeks:].astype(np.int64)
    inside = _inside(np.ascontiguousarray(expected[-max_weeks:]), zones.members, zones.offsets)
    rest = total - inside
    usable = (inside > 0) & (rest > _SLACK * total)
    log_inside = np.log(np.where(usable, inside, 1.0))
    log_rest = np.log(np.where(usable, rest, 1.0))
    inside = np.where(usable, inside, np.inf)  # never exceeded
    ratios = (zones.members, zones.offsets, inside, log_inside, log_rest, total)

    # 2. The observed clusters.
    found = _ratios(recent, total, *ratios, _n_log_n(total))
    best = _not_overlapping(found, zones)
    if not best:
        return []

    # 3. The highest ratio of each replicate, until enough are as high as the likeliest cluster.
    draw = draw or over_study(total, expected, max_weeks)
    top = found[best[0]] - _SLACK
    highest = np.empty(0)
    while len(highest) < replicates and not (stop_after and (highest >= top).sum() >= stop_after):
        drawn, totals = draw(rng, min(_CHUNK, replicates - len(highest)))
        chunk = _highest(np.ascontiguousarray(drawn), totals, *ratios, _n_log_n(int(totals.max())))
        highest = np.concatenate([highest, chunk])

    # 4. Each cluster with its p-value.
    return [
        _cluster(
            entry,
            window,
            found[entry, window],
            highest,
            stop_after,
            zones,
            recent,
            len(counts),
            total,
            inside,
        )
        for entry, window in best
    ]


def _check(
    counts: NDArray[np.int64],
    expected: NDArray[np.float64],
    zones: Zones,
    max_weeks: int,
    replicates: int,
    stop_after: int | None,
) -> None:
    """Raise for what cannot be scanned."""
    if counts.ndim != 2 or counts.shape != expected.shape or counts.shape[1] != zones.count:
        raise ValueError(
            f"A scan needs counts and expected counts as [weeks, areas] over the zones' {zones.count} areas, "
            f"got {counts.shape} and {expected.shape}."
        )
    if not np.issubdtype(counts.dtype, np.integer) or (counts < 0).any():
        raise ValueError("A scan's counts must be whole numbers, none negative.")
    if not np.isfinite(expected).all() or (expected < 0).any():
        raise ValueError("A scan's expected counts must be finite, none negative.")
    if counts.any() and not expected.sum() > 0:
        raise ValueError("A scan's expected counts are zero everywhere.")
    if max_weeks < 1 or replicates < 1 or (stop_after is not None and stop_after < 0):
        raise ValueError("A scan needs max_weeks and replicates of at least 1, and stop_after of at least 0.")
    impossible = (counts[-max_weeks:] > 0) & (expected[-max_weeks:] <= 0)
    if impossible.any():
        week, area = np.argwhere(impossible)[0]
        raise ValueError(
            f"Area row {area} has a count {len(impossible) - week} weeks from the end where zero is expected."
        )


def _not_overlapping(found: NDArray[np.float64], zones: Zones) -> list[tuple[int, int]]:
    """Return (entry, window) of the clusters, likeliest first; ties go to the earlier entry and shorter window."""
    order = np.argsort(-found, axis=None, kind="stable")
    taken = np.zeros(zones.count, dtype=np.bool_)
    chosen: list[tuple[int, int]] = []
    windows = found.shape[1]
    centre_of = np.repeat(np.arange(zones.count), np.diff(zones.offsets))
    for flat in order[: np.count_nonzero(found > 0)]:
        entry, window = int(flat) // windows, int(flat) % windows
        areas = zones.members[zones.offsets[centre_of[entry]] : entry + 1]
        if not taken[areas].any():
            taken[areas] = True
            chosen.append((entry, window))
            if len(chosen) == MOST_CLUSTERS or taken.all():
                break
    return chosen


def _cluster(
    entry: int,
    window: int,
    llr: float,
    highest: NDArray[np.float64],
    stop_after: int | None,
    zones: Zones,
    recent: NDArray[np.int64],
    weeks: int,
    total: int,
    inside: NDArray[np.float64],
) -> Cylinder:
    """Return the record of one cluster; `window` is its length less one."""
    centre = int(np.searchsorted(zones.offsets, entry, side="right")) - 1
    areas = np.sort(zones.members[zones.offsets[centre] : entry + 1])
    observed = int(recent[len(recent) - 1 - window :, areas].sum())
    expected = float(inside[entry, window])
    outside = (total - observed) / (total - expected)
    p_value, used = _p_value(llr, highest, stop_after)
    return Cylinder(
        areas=tuple(areas.tolist()),
        window=(weeks - 1 - window, weeks - 1),
        observed=observed,
        expected=expected,
        relative_risk=observed / expected / outside if outside > 0 else float("inf"),
        llr=float(llr),
        p_value=p_value,
        replicates=used,
    )


def _p_value(llr: float, highest: NDArray[np.float64], stop_after: int | None) -> tuple[float, int]:
    """Return the Monte Carlo p-value and the number of replicates behind it."""
    reached = np.flatnonzero(highest >= llr - _SLACK)
    if stop_after and len(reached) >= stop_after:
        last = int(reached[stop_after - 1]) + 1
        return stop_after / last, last
    return (len(reached) + 1) / (len(highest) + 1), len(highest)


def _n_log_n(most: int) -> NDArray[np.float64]:
    """Return n ln n for n from 0 to `most`, or as far as the table goes."""
    n = np.arange(min(most, _TABLE) + 1, dtype=np.float64)
    return n * np.log(np.maximum(n, 1.0))


@njit(cache=True, nogil=True)
def _inside(
    recent: NDArray[np.float64], members: NDArray[np.int32], offsets: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return the sums over each zone (entry of `members`) and window (the last 1, 2, ... weeks)."""
    weeks = len(recent)
    sums = np.zeros((len(members), weeks))
    for centre in range(len(offsets) - 1):
        for entry in range(offsets[centre], offsets[centre + 1]):
            running = 0.0
            for window in range(weeks):
                running += recent[weeks - 1 - window, members[entry]]
                before = sums[entry - 1, window] if entry > offsets[centre] else 0.0
                sums[entry, window] = before + running
    return sums


@njit(cache=True, nogil=True, inline="always")
def _ratio(
    count: int, total: int, log_inside: float, log_rest: float, log_scale: float, n_log_n: NDArray[np.float64]
) -> float:
    """Return the log-likelihood ratio from logarithms taken before."""
    rest = total - count
    of_count = n_log_n[count] if count < len(n_log_n) else count * np.log(count)
    of_rest = n_log_n[rest] if rest < len(n_log_n) else rest * np.log(rest)
    ratio: float = of_count - count * log_inside + of_rest - rest * log_rest - total * log_scale
    return ratio


@njit(cache=True, nogil=True)
def _ratios(
    recent: NDArray[np.int64],
    total: int,
    members: NDArray[np.int32],
    offsets: NDArray[np.int32],
    inside: NDArray[np.float64],
    log_inside: NDArray[np.float64],
    log_rest: NDArray[np.float64],
    study_total: int,
    n_log_n: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the log-likelihood ratio of each zone and window, [entries, windows]; 0 where nothing exceeds."""
    weeks, areas = recent.shape
    ratios = np.zeros(inside.shape)
    if total == 0:
        return ratios
    scale = total / study_total
    log_scale = np.log(scale)
    until = np.zeros((areas, weeks), dtype=np.int64)  # counts of the last 1, 2, ... weeks, by area
    for area in range(areas):
        running = 0
        for window in range(weeks):
            running += recent[weeks - 1 - window, area]
            until[area, window] = running
    inner = np.zeros(weeks, dtype=np.int64)
    for centre in range(areas):
        inner[:] = 0
        for entry in range(offsets[centre], offsets[centre + 1]):
            member = members[entry]
            for window in range(weeks):
                inner[window] += until[member, window]
                count = inner[window]
                if count >= MIN_CASES and count > inside[entry, window] * scale:
                    ratios[entry, window] = _ratio(
                        count, total, log_inside[entry, window], log_rest[entry, window], log_scale, n_log_n
                    )
    return ratios


@njit(cache=True, nogil=True)
def _highest(
    drawn: NDArray[np.int64],
    totals: NDArray[np.int64],
    members: NDArray[np.int32],
    offsets: NDArray[np.int32],
    inside: NDArray[np.float64],
    log_inside: NDArray[np.float64],
    log_rest: NDArray[np.float64],
    study_total: int,
    n_log_n: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the highest log-likelihood ratio of each replicate; 0 where nothing exceeds."""
    highest = np.zeros(len(drawn))
    for replicate in range(len(drawn)):
        found = _ratios(
            drawn[replicate],
            totals[replicate],
            members,
            offsets,
            inside,
            log_inside,
            log_rest,
            study_total,
            n_log_n,
        )
        highest[replicate] = found.max() if found.size else 0.0
    return highest
