"""Expected counts: they keep the totals, and lean on the past as far as it is thick."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fanal.risk.expected import from_own_past, smoothed_shares, time_adjusted


@st.composite
def studies(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw past counts, counts and weights of some areas; at least one area has a weight."""
    areas = draw(st.integers(1, 5))
    past = draw(arrays(np.int64, (draw(st.integers(0, 4)), areas), elements=st.integers(0, 50)))
    counts = draw(arrays(np.int64, (draw(st.integers(1, 4)), areas), elements=st.integers(0, 50)))
    weight = draw(arrays(np.float64, areas, elements=st.one_of(st.just(0.0), st.floats(0.01, 1e6))))
    weight[draw(st.integers(0, areas - 1))] = 3.0
    return past, counts, weight


def slow_shares(past: list[int], weight: list[float]) -> list[float]:
    """Return Marshall's global estimate with plain loops; every area has a weight."""
    total, people = sum(past), sum(weight)
    if total == 0:
        return [w / people for w in weight]
    n = [total * w / people for w in weight]
    r = [y / m for y, m in zip(past, n, strict=True)]
    mean = sum(past) / sum(n)
    s2 = sum(m * (x - mean) ** 2 for m, x in zip(n, r, strict=True)) / sum(n)
    a = max(0.0, s2 - mean / (sum(n) / len(n)))
    smooth = [mean + (a / (a + mean / m)) * (x - mean) for m, x in zip(n, r, strict=True)]
    parts = [m * x for m, x in zip(n, smooth, strict=True)]
    return [p / sum(parts) for p in parts]


@given(studies())
def test_shares_are_those_of_the_slow_ones(study):
    past, _, weight = study
    weight = np.maximum(weight, 0.01)
    assert smoothed_shares(past, weight) == pytest.approx(
        slow_shares(past.sum(axis=0).tolist(), weight.tolist()), abs=1e-9
    )


@given(studies())
def test_totals_are_kept_and_nothing_is_impossible(study):
    past, counts, weight = study
    own, adjusted = from_own_past(past, counts, weight), time_adjusted(past, counts, weight)
    assert own.shape == adjusted.shape == counts.shape
    assert own.sum() == pytest.approx(counts.sum())
    assert adjusted.sum(axis=1) == pytest.approx(counts.sum(axis=1))
    if counts.any():
        assert (own > 0).all()
        assert (adjusted[counts.any(axis=1)] > 0).all()
    assert smoothed_shares(past, weight).sum() == pytest.approx(1)


def test_a_thick_past_outweighs_people_and_a_thin_one_does_not():
    weight = np.ones(4)
    thick = smoothed_shares(np.array([[4000, 1000, 1000, 1000]]), weight)
    thin = smoothed_shares(np.array([[2, 1, 0, 1]]), weight)
    assert thick[0] == pytest.approx(4 / 7, abs=0.01)
    assert thin == pytest.approx(np.full(4, 0.25))


@pytest.mark.parametrize("weight", [[0.0, 0.0], [-1.0, 2.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_weights_that_say_nothing_raise(weight: list[float]):
    with pytest.raises(ValueError, match="weights"):
        smoothed_shares(np.zeros((1, 2), np.int64), np.array(weight))
