"""Week days: daily counts keep their week, as far as the past tells it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fanal.cli.dice import generator
from fanal.risk.expected import from_own_past
from fanal.risk.weekday import DAYS, by_weekday, weekday_shares

HISTORY = arrays(np.int64, st.tuples(st.integers(0, 30), st.integers(1, 4)), elements=st.integers(0, 30))


def slow_shares(history: list[list[int]], areas: int) -> list[list[float]]:
    """Return the posterior means with plain loops, [7][areas]."""
    while len(history) % DAYS:
        history = history[1:]
    days = [[0] * areas for _ in range(DAYS)]
    for row, numbers in enumerate(history):
        for area, number in enumerate(numbers):
            days[row % DAYS][area] += number
    common = [sum(row) + 0.5 for row in days]
    common = [value / sum(common) for value in common]
    total = [sum(days[d][a] for d in range(DAYS)) for a in range(areas)]
    there = [a for a in range(areas) if total[a]]
    x2 = sum(
        (days[d][a] - total[a] * common[d]) ** 2 / (total[a] * common[d]) for a in there for d in range(DAYS)
    )
    pairs = sum(total[a] - 1 for a in there)
    closeness = min(1.0, max(0.0, x2 / 6 - len(there)) / pairs) if pairs > 0 else 0.0
    if not closeness:
        return [[value] * areas for value in common]
    k = 1 / closeness - 1
    return [
        [(days[d][a] + k * common[d]) / (total[a] + k) if total[a] + k else common[d] for a in range(areas)]
        for d in range(DAYS)
    ]


@given(HISTORY)
def test_shares_are_those_of_the_slow_ones(history):
    fast = weekday_shares(history)
    assert fast == pytest.approx(np.array(slow_shares(history.tolist(), history.shape[1])), abs=1e-9)
    assert fast.sum(axis=0) == pytest.approx(1)


@given(HISTORY, st.integers(1, 20), st.data())
def test_totals_are_kept_and_nothing_is_impossible(history, days, data):
    areas = history.shape[1]
    counts = data.draw(arrays(np.int64, (days, areas), elements=st.integers(0, 30)))
    found = by_weekday(history, counts, np.ones(areas))
    assert found.shape == counts.shape
    assert found.sum() == pytest.approx(counts.sum())
    if counts.any():
        assert (found > 0).all()


@given(arrays(np.int64, (10, 3), elements=st.integers(0, 30)))
def test_without_a_whole_week_of_past_the_days_are_even(counts):
    few = np.ones((6, 3), np.int64)
    assert by_weekday(few, counts, np.ones(3)) == pytest.approx(from_own_past(few, counts, np.ones(3)))


def test_an_area_with_much_of_a_past_keeps_its_own_week_and_a_thin_one_takes_the_common():
    dice = generator(1)
    usual = np.array([1, 1, 1, 1, 3, 2, 1]) / 10
    own = np.array([3, 1, 1, 1, 1, 1, 2]) / 10
    weeks = 30
    thick = dice.poisson(np.tile(usual, weeks)[:, None] * np.full(20, 700.0))
    other = dice.poisson(np.tile(own, weeks)[:, None] * np.array([700.0]))
    thin = dice.poisson(np.tile(own, weeks)[:, None] * np.array([0.1]))
    shares = weekday_shares(np.hstack([thick, other, thin]))
    assert shares[:, 20] == pytest.approx(own, abs=0.02)
    assert abs(shares[:, 21] - usual).max() < 0.05


def test_a_week_end_makes_no_rise():
    dice = generator(2)
    week = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 2.5, 2.5])
    days = dice.poisson(np.tile(week, 20)[:, None] * np.array([40.0, 80.0, 20.0]))
    past, study = days[:-9], days[-9:]  # the study begins on a Saturday
    found = by_weekday(past, study, np.array([40.0, 80.0, 20.0]))
    z = (study - found) / np.sqrt(found)
    assert np.abs(z).max() < 4
    flat = from_own_past(past, study, np.array([40.0, 80.0, 20.0]))
    assert np.abs((study - flat) / np.sqrt(flat)).max() > 6, "without the week its end looks like a hotspot"
