"""Chain: a linear-chain conditional random field over the labels outside, begin and inside."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

OUTSIDE, BEGIN, INSIDE = range(3)
"""Labels: of no place; the first word of a place's name; a further one."""

LABELS = 3

NEVER = -1e9
"""Score of what cannot be: a name that goes on where none began."""


@njit(cache=True, nogil=True)
def _sum(one: float, two: float, three: float) -> float:
    """Return log(exp(one) + exp(two) + exp(three))."""
    most = max(one, two, three)
    return most + math.log(math.exp(one - most) + math.exp(two - most) + math.exp(three - most))


@njit(cache=True, nogil=True)
def forward(scores: NDArray[np.float64], steps: NDArray[np.float64], out: NDArray[np.float64]) -> float:
    """Sum up all labellings of the words up to each one; return the logarithm of the sum over all (Rabiner 1989).

    Args:
        scores: words × LABELS.
        steps: LABELS × LABELS; of one label after another.
        out: words × LABELS, written.
    """
    out[0, OUTSIDE], out[0, BEGIN], out[0, INSIDE] = scores[0, OUTSIDE], scores[0, BEGIN], NEVER
    for word in range(1, len(scores)):
        for label in range(LABELS):
            out[word, label] = scores[word, label] + _sum(
                out[word - 1, 0] + steps[0, label],
                out[word - 1, 1] + steps[1, label],
                out[word - 1, 2] + steps[2, label],
            )
    end = out[len(scores) - 1]
    return _sum(end[0], end[1], end[2])


@njit(cache=True, nogil=True)
def backward(scores: NDArray[np.float64], steps: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """Sum up all labellings of the words behind each one, given its own label.

    Args:
        scores: words × LABELS.
        steps: LABELS × LABELS.
        out: words × LABELS, written.
    """
    out[len(scores) - 1] = 0.0
    for word in range(len(scores) - 2, -1, -1):
        for label in range(LABELS):
            out[word, label] = _sum(
                steps[label, 0] + scores[word + 1, 0] + out[word + 1, 0],
                steps[label, 1] + scores[word + 1, 1] + out[word + 1, 1],
                steps[label, 2] + scores[word + 1, 2] + out[word + 1, 2],
            )


@njit(cache=True, nogil=True)
def best(scores: NDArray[np.float64], steps: NDArray[np.float64], out: NDArray[np.uint8]) -> None:
    """Write the likeliest labels of all words together (Viterbi 1967); among equals the lower label.

    Args:
        scores: words × LABELS.
        steps: LABELS × LABELS.
        out: words, written.
    """
    count = len(scores)
    # Taken out once: the steps are asked for at every word.
    oo, bo, io = steps[OUTSIDE, OUTSIDE], steps[BEGIN, OUTSIDE], steps[INSIDE, OUTSIDE]
    ob, bb, ib = steps[OUTSIDE, BEGIN], steps[BEGIN, BEGIN], steps[INSIDE, BEGIN]
    oi, bi, ii = steps[OUTSIDE, INSIDE], steps[BEGIN, INSIDE], steps[INSIDE, INSIDE]
    outside, begin, inside = scores[0, OUTSIDE], scores[0, BEGIN], NEVER
    for word in range(1, count):
        to_outside, from_outside = _likelier(outside + oo, begin + bo, inside + io)
        to_begin, from_begin = _likelier(outside + ob, begin + bb, inside + ib)
        to_inside, from_inside = _likelier(outside + oi, begin + bi, inside + ii)
        outside = to_outside + scores[word, OUTSIDE]
        begin = to_begin + scores[word, BEGIN]
        inside = to_inside + scores[word, INSIDE]
        # Until the way back is gone, `out` holds where each label came from, two bits each.
        out[word] = from_outside | from_begin << 2 | from_inside << 4
    _, label = _likelier(outside, begin, inside)
    for word in range(count - 1, -1, -1):
        came = int(out[word])
        out[word] = label
        label = came >> 2 * label & 3


@njit(cache=True, nogil=True)
def _likelier(outside: float, begin: float, inside: float) -> tuple[float, int]:
    """Return the greatest and its label; among equals the lower. Without a branch: nobody can foresee which it is."""
    two = max(outside, begin)
    behind = int(begin > outside)
    return max(two, inside), (INSIDE if inside > two else behind)


@njit(cache=True, nogil=True)
def presence(
    scores: NDArray[np.float64],
    steps: NDArray[np.float64],
    ahead: NDArray[np.float64],
    behind: NDArray[np.float64],
    total: float,
    first: int,
    last: int,
) -> float:
    """Return the probability that exactly the words from `first` to `last` are a place's name.

    Args:
        scores: words × LABELS.
        steps: LABELS × LABELS.
        ahead: what `forward` wrote.
        behind: what `backward` wrote.
        total: what `forward` returned.
        first: first word.
        last: last word, included.
    """
    value = ahead[first, BEGIN]
    label = BEGIN
    for word in range(first + 1, last + 1):
        value += steps[label, INSIDE] + scores[word, INSIDE]
        label = INSIDE
    if last + 1 < len(scores):
        out = steps[label, OUTSIDE] + scores[last + 1, OUTSIDE] + behind[last + 1, OUTSIDE]
        again = steps[label, BEGIN] + scores[last + 1, BEGIN] + behind[last + 1, BEGIN]
        value += _sum(out, again, NEVER)
    return min(1.0, math.exp(value - total))
