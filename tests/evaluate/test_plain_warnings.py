"""The baselines beside their obvious references: sums, z-scores and ranks, week by week in plain loops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fanal.evaluate import blocks, by_count, by_ranking, by_zscore

COUNTS = arrays.arrays(np.int64, st.tuples(st.integers(1, 25), st.integers(1, 4)), elements=st.integers(0, 9))


@given(COUNTS, st.integers(1, 8))
def test_counts_are_sums_of_the_last_weeks(counts: np.ndarray, window: int) -> None:
    found = by_count.strength(counts, window_weeks=window)
    for row in range(len(counts)):
        assert found[row].tolist() == counts[max(row + 1 - window, 0) : row + 1].sum(axis=0).tolist()


@given(COUNTS, st.integers(1, 5), st.integers(1, 9))
def test_z_scores_are_those_of_plain_loops(counts: np.ndarray, window: int, baseline: int) -> None:
    found = by_zscore.strength(counts, window_weeks=window, baseline_weeks=baseline)
    for (row, area), z in np.ndenumerate(found):
        recent = counts[max(row + 1 - window, 0) : row + 1, area]
        past = counts[max(row + 1 - window - baseline, 0) : max(row + 1 - window, 0), area]
        if not len(past) or not recent.sum():
            assert z == 0
            continue
        mean = past.mean()
        deviation = max(past.std(), math.sqrt(mean), math.sqrt(1 / len(past)))
        assert z == pytest.approx((recent.sum() - window * mean) / (deviation * math.sqrt(window)), abs=1e-9)


@given(COUNTS)
def test_ranks_follow_last_week_then_the_last_four(counts: np.ndarray) -> None:
    found = by_ranking.strength(counts)
    for row in range(len(counts)):
        four = counts[max(row - 3, 0) : row + 1].sum(axis=0)
        order = sorted(range(counts.shape[1]), key=lambda area: (-counts[row, area], -four[area], area))
        wanted = {area: 1 / rank for rank, area in enumerate(order, start=1) if counts[row, area]}
        assert found[row].tolist() == [wanted.get(area, 0.0) for area in range(counts.shape[1])]


def test_intervals_hold_the_ratio_and_are_as_wide_as_the_blocks_differ() -> None:
    dice = np.random.Generator(np.random.PCG64(1))
    part, whole = np.array([0, 9, 1, 8, 2, 7]), np.full(6, 10)
    wide = blocks.interval(part, whole, dice)
    same = blocks.interval(np.full(6, 4), whole, dice)
    assert wide is not None
    assert wide[0] < part.sum() / whole.sum() < wide[1]
    assert wide[1] - wide[0] > 0.3
    assert same == (0.4, 0.4)


def test_methods_are_compared_on_the_same_blocks() -> None:
    dice = np.random.Generator(np.random.PCG64(1))
    part, whole = np.array([0, 9, 1, 8, 2, 7]), np.full(6, 10)
    assert blocks.difference(part, part, whole, dice) == (0.0, 0.0)
    assert blocks.difference(part + 1, part, whole, dice) == (0.1, 0.1)


def test_nothing_to_draw_has_no_interval() -> None:
    dice = np.random.Generator(np.random.PCG64(1))
    assert blocks.interval(np.zeros(3, int), np.zeros(3, int), dice) is None
    assert blocks.interval(np.zeros(0, int), np.zeros(0, int), dice) is None
