"""The chain's kernels give what adding up every labelling gives."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fanal.places.chain import BEGIN, INSIDE, LABELS, NEVER, OUTSIDE, backward, best, forward, presence

SCORE = st.floats(-6, 6, width=32)
CHAINS = st.integers(1, 5).flatmap(
    lambda words: st.tuples(
        st.lists(st.lists(SCORE, min_size=3, max_size=3), min_size=words, max_size=words),
        st.lists(SCORE, min_size=9, max_size=9),
    )
)


def arrays(chain: tuple[list[list[float]], list[float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    scores, steps = np.array(chain[0]), np.array(chain[1]).reshape(LABELS, LABELS)
    steps[OUTSIDE, INSIDE] = NEVER
    return scores, steps


def labellings(words: int) -> list[tuple[int, ...]]:
    """Return every labelling in which names go on only where one began."""
    return [
        labels
        for labels in itertools.product(range(LABELS), repeat=words)
        if labels[0] != INSIDE and (OUTSIDE, INSIDE) not in itertools.pairwise(labels)
    ]


def score(labels: tuple[int, ...], scores: NDArray[np.float64], steps: NDArray[np.float64]) -> float:
    own = sum(scores[word, label] for word, label in enumerate(labels))
    return float(own + sum(steps[one, two] for one, two in itertools.pairwise(labels)))


@given(CHAINS)
def test_the_likeliest_labels_are_those_of_the_highest_score(
    chain: tuple[list[list[float]], list[float]],
) -> None:
    scores, steps = arrays(chain)
    out = np.zeros(len(scores), np.uint8)
    best(scores, steps, out)
    highest = max(score(labels, scores, steps) for labels in labellings(len(scores)))
    assert tuple(out.tolist()) in labellings(len(scores))
    assert score(tuple(out.tolist()), scores, steps) == pytest.approx(highest)


@given(CHAINS)
def test_presence_is_the_share_of_the_labellings_with_the_span(
    chain: tuple[list[list[float]], list[float]],
) -> None:
    scores, steps = arrays(chain)
    ahead, behind = np.empty_like(scores), np.empty_like(scores)
    total = forward(scores, steps, ahead)
    backward(scores, steps, behind)
    odds = {labels: math.exp(score(labels, scores, steps)) for labels in labellings(len(scores))}
    everything = sum(odds.values())
    assert total == pytest.approx(math.log(everything))
    for first in range(len(scores)):
        for last in range(first, len(scores)):
            inside = sum(
                value
                for labels, value in odds.items()
                if labels[first] == BEGIN
                and all(label == INSIDE for label in labels[first + 1 : last + 1])
                and (last + 1 == len(scores) or labels[last + 1] != INSIDE)
            )
            found = presence(scores, steps, ahead, behind, total, first, last)
            assert found == pytest.approx(inside / everything, abs=1e-9)
