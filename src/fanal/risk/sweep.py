"""The sweep of a scan: every zone with every window, for what was observed and for many replicates at once."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.risk.ratio import cutoffs, knots, ratio

_SHIFT = 45  # of a float64's 52 bits of fraction, those that are not read
_MOST_STEPS = 1 << 14
_TINY = 1e-9  # a window with a smaller share of all that is expected is not told apart from none
_LEVEL = 0.25  # ratios are told apart in steps of it where they decide what is passed over
_LEVELS = 256


@njit(cache=True, nogil=True)
def best(
    counts: NDArray[np.int32],
    measure: NDArray[np.float64],
    members: NDArray[np.int32],
    offsets: NDArray[np.int32],
    newest: NDArray[np.int32],
    oldest: NDArray[np.int32],
    model: int,
    total: float,
    whole: float,
    least: int,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return each zone's highest ratio over all windows, and which window has it; the earlier of equals.

    Args:
        counts: [areas, depth + 1], counts of the newest 0, 1, 2, ... periods.
        measure: [areas, depth + 1], the same of expected counts or people.
        members: of `Zones`.
        offsets: of `Zones`.
        newest: of `Windows`.
        oldest: of `Windows`.
        model: a value of Model.
        total: counts of the study.
        whole: expected counts or people of the study.
        least: counts that a cluster has at least.

    Returns:
        Ratios and windows, one for each entry of `members`.
    """
    ratios = np.zeros(len(members))
    chosen = np.zeros(len(members), np.int32)
    points = counts.shape[1]
    inner, inside = np.zeros(points, np.int64), np.zeros(points)
    for centre in range(len(offsets) - 1):
        inner[:], inside[:] = 0, 0.0
        for entry in range(offsets[centre], offsets[centre + 1]):
            member = members[entry]
            for point in range(points):
                inner[point] += counts[member, point]
                inside[point] += measure[member, point]
            for window in range(len(newest)):
                count = inner[oldest[window]] - inner[newest[window]]
                if count >= least:
                    held = inside[oldest[window]] - inside[newest[window]]
                    if held > 0:
                        found = ratio(model, float(count), held, total, whole)
                        if found > ratios[entry]:
                            ratios[entry], chosen[entry] = found, window
    return ratios, chosen


@njit(cache=True, nogil=True)
def highest(  # noqa: C901 - one loop in another, down to the one that is compiled to wide instructions
    table: NDArray[np.signedinteger],
    totals: NDArray[np.int64],
    measure: NDArray[np.float64],
    members: NDArray[np.int32],
    offsets: NDArray[np.int32],
    order: NDArray[np.int32],
    newest: NDArray[np.int32],
    oldest: NDArray[np.int32],
    model: int,
    whole: float,
    least: int,
) -> NDArray[np.float64]:
    """Return the highest ratio of each replicate, over all zones and windows; 0 where nothing exceeds.

    The replicates share what a window holds of expected counts, which gives each a least count that its own highest
    ratio so far needs (`cutoffs`): a window costs one comparison of many replicates at once. As the ratios rise,
    hardly any count reaches it; what does is computed.

    Args:
        table: [areas, (depth + 1) * replicates], of `side_by_side`.
        totals: [replicates], counts of the study.
        measure: [areas, depth + 1], expected counts or people of the newest 0, 1, 2, ... periods.
        members: of `Zones`.
        offsets: of `Zones`.
        order: centres in the order in which they are looked at; it changes the time, not the answer.
        newest: of `Windows`.
        oldest: of `Windows`.
        model: a value of Model.
        whole: expected counts or people of the study.
        least: counts that a cluster has at least.
    """
    width, points = len(totals), measure.shape[1]
    tops = np.zeros(width)
    zone = np.zeros(points * width, table.dtype)
    inside, held = np.zeros(points), np.zeros(len(newest))
    bits = held.view(np.int64)
    kind = table.dtype.type
    wide = np.uint64(width)  # Numba asks of every signed index whether it counts from the end
    first, steps = _span(measure)
    counts = knots(least, max(least, _most(table, width)))
    enough = np.full((steps, width), least, table.dtype)
    of_level = np.empty((_LEVELS, steps), table.dtype)
    known = np.zeros(_LEVELS, np.bool_)
    levels = np.zeros(width, np.int64)
    done, size = 0, 1
    while done < len(order):
        for centre in order[done : done + size]:
            zone[:], inside[:] = 0, 0.0
            for entry in range(offsets[centre], offsets[centre + 1]):
                member = members[entry]
                for cell in range(len(zone)):
                    zone[cell] += table[member, cell]
                for point in range(points):
                    inside[point] += measure[member, point]
                for window in range(len(newest)):
                    held[window] = inside[oldest[window]] - inside[newest[window]]
                for window in range(len(newest)):
                    step = min(max((bits[window] >> _SHIFT) - first, 0), steps - 1)
                    old, new = np.uint64(oldest[window]) * wide, np.uint64(newest[window]) * wide
                    reached = False
                    # This loop is compiled to instructions that compare sixteen or thirty-two at once.
                    for lane in range(wide):
                        reached |= kind(zone[old + lane] - zone[new + lane]) >= enough[step, lane]
                    if reached:
                        _raise(
                            tops, zone, int(old), int(new), enough[step], held[window], totals, whole, model
                        )
        done += size
        size *= 4
        for lane in range(width):
            level = min(int(tops[lane] / _LEVEL), _LEVELS - 1)
            if level > levels[lane]:
                if not known[level]:
                    _fill(of_level[level], level * _LEVEL, model, totals, whole, counts, first, least)
                    known[level] = True
                enough[:, lane] = of_level[level]
                levels[lane] = level
    return tops


@njit(cache=True, nogil=True)
def _raise(
    tops: NDArray[np.float64],
    zone: NDArray[np.signedinteger],
    old: int,
    new: int,
    needed: NDArray[np.signedinteger],
    held: float,
    totals: NDArray[np.int64],
    whole: float,
    model: int,
) -> None:
    """Raise the highest ratio of the replicates whose count of a window is enough to beat it."""
    for lane in range(len(tops)):
        count = zone[old + lane] - zone[new + lane]
        if count >= needed[lane]:
            tops[lane] = max(tops[lane], ratio(model, float(count), held, float(totals[lane]), whole))


@njit(cache=True, nogil=True)
def _span(measure: NDArray[np.float64]) -> tuple[int, int]:
    """Return the step of the least that any window can hold, and the number of steps to the most.

    A step is a hundredth of a power of two: the leading bits of a number, as they lie in memory.
    """
    ends = np.zeros(2)
    ends[0] = np.inf
    for area in range(len(measure)):
        ends[1] += measure[area, -1]
        for point in range(1, measure.shape[1]):
            cell = measure[area, point] - measure[area, point - 1]
            if cell > 0:
                ends[0] = min(ends[0], cell)
    ends[0] = min(max(ends[0] / 2, ends[1] * _TINY), ends[1])
    low, high = ends.view(np.int64) >> _SHIFT
    return int(low), int(min(high - low, _MOST_STEPS)) + 2


@njit(cache=True, nogil=True)
def _fill(
    enough: NDArray[np.signedinteger],
    level: float,
    model: int,
    totals: NDArray[np.int64],
    whole: float,
    counts: NDArray[np.int64],
    first: int,
    least: int,
) -> None:
    """Write for each step of what is inside the least count that could be above the level.

    What is needed at the lower end of a step holds all along it; below the first step any count from `least` on does.
    """
    limits = cutoffs(model, counts, float(totals.min()), whole, level)
    never = np.iinfo(enough.dtype).max
    lower = np.empty(1, np.int64)
    inside = lower.view(np.float64)
    knot = 0
    enough[0] = least
    for step in range(1, len(enough)):
        lower[0] = (step + first) << _SHIFT
        while knot < len(limits) and limits[knot] <= inside[0]:
            knot += 1
        enough[step] = never if knot == len(limits) else counts[knot - 1] + 1 if knot else least


@njit(cache=True, nogil=True)
def _most(table: NDArray[np.signedinteger], width: int) -> int:
    """Return the most that one replicate counts over all areas and periods."""
    sums = np.zeros(width, np.int64)
    for area in range(len(table)):
        for lane in range(width):
            sums[lane] += table[area, table.shape[1] - width + lane]
    return int(sums.max())


def side_by_side(drawn: NDArray[np.int32]) -> NDArray[np.signedinteger]:
    """Return replicates, [n, depth, areas], as [areas, (depth + 1) * n]: what the newest 0, 1, 2, ... periods count.

    In the smallest type that holds all counts of a replicate.
    """
    most = int(drawn.sum(axis=(1, 2), dtype=np.int64).max(initial=0))
    kind = np.int16 if most < np.iinfo(np.int16).max else np.int32
    table = np.zeros((drawn.shape[2], (drawn.shape[1] + 1) * len(drawn)), kind)
    _write(drawn, table)
    return table


@njit(cache=True, nogil=True)
def _write(drawn: NDArray[np.int32], table: NDArray[np.signedinteger]) -> None:
    """Write the sums of `side_by_side` into a table of zeros."""
    width, depth, areas = drawn.shape
    for lane in range(width):
        for back in range(depth):
            for area in range(areas):
                before = table[area, back * width + lane]
                table[area, (back + 1) * width + lane] = before + drawn[lane, depth - 1 - back, area]
