"""Context: the meanings of the names of a post, in the light of the other places that it names."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

# First guesses, as in `weigh`.
CLEAR = 0.9  # a name is clear when one meaning is likelier than this
INSIDE_FACTOR = 20.0  # a meaning that lies in an area that the post names clearly
BESIDE_FACTOR = 20.0  # and again, where that area is the next name, with no word between ("Paris, Texas")
LEAST_PROBABILITY = 0.05  # what is less likely is not handed on
MOST_AREAS = 5  # of one name
HELD = 0.5  # a likelier place makes the area around it redundant ("Sinjar, Iraq")

_Names = tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.int32],
]
"""Name, first and last word of each mention; offsets, node and weight of meanings; nothing; holder."""


@njit(cache=True, nogil=True)
def read_in_context(
    row: NDArray[np.int64],
    name: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    offsets: NDArray[np.int64],
    node: NDArray[np.int32],
    weight: NDArray[np.float64],
    nothing: NDArray[np.float64],
    holder: NDArray[np.int32],
    areas: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return row, area and probability of each meaning that is likely enough.

    1. Each name alone: weight of a meaning over those of all and of `nothing`. A meaning above CLEAR makes
       its node context.
    2. A name weighs its meanings inside the node of a clear name that is its neighbour INSIDE_FACTOR times
       BESIDE_FACTOR times; a name that is not clear also weighs those inside any other context node, INSIDE_FACTOR
       times.
    3. A name whose likeliest meaning holds that of another name (likelier than HELD) is left out: it says where
       that place is, not a second place.
    4. Of the others the likeliest MOST_AREAS areas stay, each from LEAST_PROBABILITY on.

    Args:
        row: text of each mention, k, not decreasing.
        name: its name, k.
        first: its first word, k, increasing.
        last: its last word, k.
        offsets: name i has the meanings offsets[i] to offsets[i + 1], the likeliest first.
        node: of each meaning.
        weight: of each meaning, above 0.
        nothing: of each name, above 0.
        holder: node that holds each node, -1: none; no circles.
        areas: nodes from here on are abroad and never returned.
    """
    mentions = len(row)
    out_row = np.empty(mentions * MOST_AREAS, dtype=np.int64)
    out_area = np.empty(mentions * MOST_AREAS, dtype=np.int32)
    out_probability = np.empty(mentions * MOST_AREAS, dtype=np.float64)
    used = 0
    context = np.full(len(holder), -1, dtype=np.int64)  # the last row that names a node clearly
    held = np.full(len(holder), -1, dtype=np.int64)  # the last row that names a place inside a node
    clear = np.full(mentions, -1, dtype=np.int64)
    top = np.full(mentions, -1, dtype=np.int64)
    share = np.empty(_widest(offsets), dtype=np.float64)
    names = (name, first, last, offsets, node, weight, nothing, holder)
    begin = 0
    while begin < mentions:
        end = _end(row, begin)
        here = row[begin]
        for m in range(begin, end):
            clear[m] = _clear(name[m], offsets, node, weight, nothing, share)
            if clear[m] >= 0:
                context[clear[m]] = here
        for m in range(begin, end):
            best = _weigh_beside(m, begin, end, here, names, context, clear, share)
            if best >= 0:
                top[m] = node[offsets[name[m]] + best]
                if share[best] >= HELD:
                    _hold(top[m], holder, held, here)
        for m in range(begin, end):
            if top[m] >= 0 and held[top[m]] != here:
                _weigh_beside(m, begin, end, here, names, context, clear, share)
                meant = node[offsets[name[m]] : offsets[name[m] + 1]]
                for best in _likeliest(meant, share, areas):
                    out_row[used], out_area[used], out_probability[used] = here, meant[best], share[best]
                    used += 1
        begin = end
    return out_row[:used], out_area[:used], out_probability[:used]


@njit(cache=True, nogil=True)
def _widest(offsets: NDArray[np.int64]) -> int:
    """Return the most meanings that a name has."""
    widest = 0
    for i in range(len(offsets) - 1):
        widest = max(widest, offsets[i + 1] - offsets[i])
    return widest


@njit(cache=True, nogil=True)
def _end(row: NDArray[np.int64], begin: int) -> int:
    """Return the first mention behind the text of a mention."""
    end = begin
    while end < len(row) and row[end] == row[begin]:
        end += 1
    return end


@njit(cache=True, nogil=True)
def _clear(
    name: int,
    offsets: NDArray[np.int64],
    node: NDArray[np.int32],
    weight: NDArray[np.float64],
    nothing: NDArray[np.float64],
    share: NDArray[np.float64],
) -> int:
    """Return the node that a name by itself means clearly, -1 for none."""
    _weigh_alone(name, offsets, weight, nothing, share)
    first = offsets[name]
    return node[first] if offsets[name + 1] > first and share[0] > CLEAR else -1


@njit(cache=True, nogil=True)
def _hold(node: int, holder: NDArray[np.int32], held: NDArray[np.int64], here: int) -> None:
    """Mark all nodes that hold a node as told by this row."""
    above = holder[node]
    while above >= 0:
        held[above] = here
        above = holder[above]


@njit(cache=True, nogil=True)
def _likeliest(meant: NDArray[np.int32], share: NDArray[np.float64], areas: int) -> NDArray[np.int64]:
    """Return the MOST_AREAS likeliest meanings that are areas of ours, from LEAST_PROBABILITY on."""
    found = np.empty(MOST_AREAS, dtype=np.int64)
    used = 0
    taken = np.zeros(len(meant), dtype=np.bool_)
    while used < MOST_AREAS:
        best = -1
        for i in range(len(meant)):
            if not taken[i] and meant[i] < areas and (best < 0 or share[i] > share[best]):
                best = i
        if best < 0 or share[best] < LEAST_PROBABILITY:
            break
        taken[best] = True
        found[used] = best
        used += 1
    return found[:used]


@njit(cache=True, nogil=True)
def _weigh_alone(
    name: int,
    offsets: NDArray[np.int64],
    weight: NDArray[np.float64],
    nothing: NDArray[np.float64],
    share: NDArray[np.float64],
) -> None:
    """Write the probability of each meaning of a name by itself into `share`."""
    start, end = offsets[name], offsets[name + 1]
    total = nothing[name]
    for i in range(start, end):
        total += weight[i]
    for i in range(start, end):
        share[i - start] = weight[i] / total


@njit(cache=True, nogil=True)
def _weigh_beside(
    m: int,
    begin: int,
    end: int,
    here: int,
    names: _Names,
    context: NDArray[np.int64],
    clear: NDArray[np.int64],
    share: NDArray[np.float64],
) -> int:
    """Write the probabilities of a mention's meanings into `share`; return the likeliest, -1 for none."""
    name, first, last, offsets, node, weight, nothing, holder = names
    start, stop = offsets[name[m]], offsets[name[m] + 1]
    left = clear[m - 1] if m > begin and last[m - 1] + 1 == first[m] else -1
    right = clear[m + 1] if m + 1 < end and last[m] + 1 == first[m + 1] else -1
    total = nothing[name[m]]
    for i in range(start, stop):
        factor = 1.0
        at = node[i]
        while at >= 0:
            if at in (left, right):
                factor = INSIDE_FACTOR * BESIDE_FACTOR
                break
            if context[at] == here and clear[m] < 0:
                factor = INSIDE_FACTOR
            at = holder[at]
        share[i - start] = weight[i] * factor
        total += share[i - start]
    best = -1
    for i in range(stop - start):
        share[i] /= total
        if best < 0 or share[i] > share[best]:
            best = i
    return best
