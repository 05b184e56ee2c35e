"""Tagger learning: the kernels that raise the likelihood of what people marked, step by step."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.chain import INSIDE, LABELS, NEVER, OUTSIDE, backward, forward
from fanal.places.cues import DENSE
from fanal.places.span_cues import SPAN_DENSE
from fanal.text.words import mix

EPOCHS = 6
RATE = 0.1  # of AdaGrad (Duchi, Hazan and Singer 2011)
PENALTY = 1e-3  # of the squares of the weights
HIDDEN = 0.5  # share of posts, drawn anew each time, that are read without their words, as another language would be
SETTLED = 1e-4  # a probability that is so near the mark teaches nothing more
_STEP = 0x9E3779B97F4A7C15


@njit(cache=True, nogil=True)
def _shuffle(order: NDArray[np.int64], state: np.uint64) -> np.uint64:
    """Put an order in another one (Fisher and Yates), in place."""
    for at in range(len(order) - 1, 0, -1):
        state = mix(state + np.uint64(_STEP))
        other = int(state % np.uint64(at + 1))
        order[at], order[other] = order[other], order[at]
    return state


@njit(cache=True, nogil=True)
def _down(
    weights: NDArray[np.float64], squares: NDArray[np.float64], row: int, column: int, slope: float
) -> None:
    """Take one step of AdaGrad."""
    slope += PENALTY * weights[row, column]
    squares[row, column] += slope * slope
    weights[row, column] -= RATE * slope / np.sqrt(squares[row, column])


@njit(cache=True, nogil=True)
def learn_labels(
    numbers: NDArray[np.int32],
    offsets: NDArray[np.int64],
    labels: NDArray[np.uint8],
    order: NDArray[np.int64],
    size: int,
    seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Raise the likelihood of the marked labels, post by post."""
    weights, squares = np.zeros((size, LABELS)), np.full((size, LABELS), 1e-8)
    steps, step_squares = np.zeros((LABELS, LABELS)), np.full((LABELS, LABELS), 1e-8)
    steps[OUTSIDE, INSIDE] = NEVER
    state = np.uint64(seed)
    for _ in range(EPOCHS):
        state = _shuffle(order, state)
        for row in order:
            state = mix(state + np.uint64(_STEP))
            cues = DENSE if _is_hidden(state) else numbers.shape[1]
            here = numbers[offsets[row] : offsets[row + 1], :cues]
            right = labels[offsets[row] : offsets[row + 1]]
            scores = _scores(here, weights)
            ahead, behind = np.empty_like(scores), np.empty_like(scores)
            total = forward(scores, steps, ahead)
            backward(scores, steps, behind)
            slopes = np.exp(np.minimum(0.0, ahead + behind - total))
            for word in range(len(right)):
                slopes[word, right[word]] -= 1.0
            expected = _step_slopes(scores, steps, ahead, behind, total, right)
            _learn_row(here, slopes, weights, squares)
            for one in range(LABELS):
                for two in range(LABELS):
                    if one != OUTSIDE or two != INSIDE:
                        _down(steps, step_squares, one, two, expected[one, two])
    return weights, steps


@njit(cache=True, nogil=True)
def _is_hidden(state: np.uint64) -> bool:
    """Say whether the words of this post are hidden this time."""
    return bool((state >> np.uint64(11)) * (1.0 / 9007199254740992.0) < HIDDEN)


@njit(cache=True, nogil=True)
def _scores(numbers: NDArray[np.int32], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scores of the labels of each word."""
    scores = np.zeros((len(numbers), LABELS))
    for word in range(len(numbers)):
        for number in numbers[word]:
            if number >= 0:
                scores[word] += weights[number]
    return scores


@njit(cache=True, nogil=True)
def _step_slopes(
    scores: NDArray[np.float64],
    steps: NDArray[np.float64],
    ahead: NDArray[np.float64],
    behind: NDArray[np.float64],
    total: float,
    right: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Return how much oftener than marked each label is expected after another."""
    expected = np.zeros((LABELS, LABELS))
    for word in range(1, len(scores)):
        expected[right[word - 1], right[word]] -= 1.0
        for one in range(LABELS):
            for two in range(LABELS):
                value = ahead[word - 1, one] + steps[one, two] + scores[word, two] + behind[word, two]
                expected[one, two] += np.exp(min(0.0, value - total))
    return expected


@njit(cache=True, nogil=True)
def _learn_row(
    numbers: NDArray[np.int32],
    slopes: NDArray[np.float64],
    weights: NDArray[np.float64],
    squares: NDArray[np.float64],
) -> None:
    """Take one step for each weight of each word."""
    for word in range(len(numbers)):
        for label in range(LABELS):
            if abs(slopes[word, label]) < SETTLED:
                continue
            for number in numbers[word]:
                if number >= 0:
                    _down(weights, squares, number, label, slopes[word, label])


@njit(cache=True, nogil=True)
def learn_types(
    numbers: NDArray[np.int32], types: NDArray[np.int64], size: int, kinds: int, seed: int
) -> NDArray[np.float64]:
    """Raise the likelihood of the marked types, span by span."""
    weights, squares = np.zeros((size, kinds)), np.full((size, kinds), 1e-8)
    order = np.arange(len(numbers))
    state = np.uint64(seed)
    for _ in range(EPOCHS):
        state = _shuffle(order, state)
        for span in order:
            state = mix(state + np.uint64(_STEP))
            cues = SPAN_DENSE if _is_hidden(state) else numbers.shape[1]
            sums = np.zeros(kinds)
            for at in range(cues):
                if numbers[span, at] >= 0:
                    sums += weights[numbers[span, at]]
            sums = np.exp(sums - sums.max())
            sums /= sums.sum()
            sums[types[span]] -= 1.0
            for at in range(cues):
                if numbers[span, at] >= 0:
                    for kind in range(kinds):
                        _down(weights, squares, numbers[span, at], kind, sums[kind])
    return weights
