"""Nearby: where a place lies that the gazetteer lacks, such as a street: where the other places of its text lie."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.entry import Kind

WINDOW = 200
"""Mentions before and behind a name that are looked at; what is farther has faded."""

MOST = 4
"""Places that are handed on for a name."""

# First guesses: how much a place tells of where a street of the same text lies.
_WORTH = np.zeros(len(Kind), dtype=np.float64)
_WORTH[Kind.CITY], _WORTH[Kind.DISTRICT], _WORTH[Kind.SUBDISTRICT] = 1.0, 0.8, 1.0
_WORTH[Kind.REGION], _WORTH[Kind.COUNTRY], _WORTH[Kind.NATURAL] = 0.35, 0.1, 0.3
FADES_WORDS = 60.0
"""A place so many words away counts 1/e of one that is next to the name."""
SURE = 0.7
"""How likely one of them is right together, where they are alone in the text: a guess."""
DOUBT = 0.05
"""Weight of a place that the text does not name; of the ten pairs of SURE and DOUBT tried, the likeliest for IDRISI."""


@njit(cache=True, nogil=True)
def nearby(
    row: NDArray[np.int64],
    first: NDArray[np.int64],
    of: NDArray[np.int64],
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    probability: NDArray[np.float64],
    kind: NDArray[np.int8],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return mention, entry and probability of places for each mention that has no candidate of its own.

    Args:
        row: text of each mention, m, not decreasing.
        first: its first word, m.
        of: its term, m.
        offsets: candidates of each term, t + 1.
        entry: of each candidate.
        probability: of each candidate.
        kind: of each entry.
    """
    m = len(row)
    out_mention = np.empty(m * MOST, dtype=np.int64)
    out_entry = np.empty(m * MOST, dtype=np.int32)
    out_probability = np.empty(m * MOST, dtype=np.float64)
    used = 0
    top = np.full(len(offsets) - 1, -1, dtype=np.int64)
    for t in range(len(offsets) - 1):
        for c in range(offsets[t], offsets[t + 1]):
            if top[t] < 0 or probability[c] > probability[top[t]]:
                top[t] = c
    begin = 0
    while begin < m:
        end = begin
        while end < m and row[end] == row[begin]:
            end += 1
        for one in range(begin, end):
            if offsets[of[one]] < offsets[of[one] + 1]:
                continue
            best, weight, total = _around(one, begin, end, first, of, top, entry, probability, kind)
            for k in np.argsort(-weight):
                if best[k] >= 0:
                    out_mention[used], out_entry[used] = one, best[k]
                    out_probability[used] = SURE * weight[k] / total
                    used += 1
        begin = end
    return out_mention[:used], out_entry[:used], out_probability[:used]


@njit(cache=True, nogil=True)
def _around(
    one: int,
    begin: int,
    end: int,
    first: NDArray[np.int64],
    of: NDArray[np.int64],
    top: NDArray[np.int64],
    entry: NDArray[np.int32],
    probability: NDArray[np.float64],
    kind: NDArray[np.int8],
) -> tuple[NDArray[np.int64], NDArray[np.float64], float]:
    """Return the places of a text that weigh most for one mention, their weights, and the weight of all and of none."""
    best = np.full(MOST, -1, dtype=np.int64)
    weight = np.zeros(MOST)
    total = DOUBT
    for other in range(max(begin, one - WINDOW), min(end, one + WINDOW + 1)):
        c = top[of[other]]
        if c < 0:
            continue
        worth = _WORTH[kind[entry[c]]] * probability[c]
        worth *= np.exp(-abs(first[other] - first[one]) / FADES_WORDS)
        if worth > 0.0:
            total += worth
            _keep(entry[c], worth, best, weight)
    return best, weight, total


@njit(cache=True, nogil=True)
def _keep(entry: int, worth: float, best: NDArray[np.int64], weight: NDArray[np.float64]) -> None:
    """Add a place to those that weigh most, in the place of the lightest where there are too many."""
    lightest = 0
    for k in range(MOST):
        if best[k] == entry:
            weight[k] += worth
            return
        if weight[k] < weight[lightest]:
            lightest = k
    if worth > weight[lightest]:
        best[lightest], weight[lightest] = entry, worth
