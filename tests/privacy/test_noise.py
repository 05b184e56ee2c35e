"""The noise is OpenDP's, costs what it says, is never seeded, and hides small counts."""

import math

import numpy as np
import opendp.prelude as dp
import pytest

from fanal.model.error import RefusedError
from fanal.privacy import noise
from fanal.privacy.policy import Policy


def test_opendp_itself_says_what_a_week_costs():
    policy = Policy()
    measurement = noise.mechanism(max_cells=policy.max_cells, epsilon=policy.epsilon)
    assert measurement.map(policy.max_cells) <= policy.epsilon
    assert measurement.map(policy.max_cells) == pytest.approx(1.0)
    assert measurement.output_measure == dp.max_divergence()


@pytest.mark.parametrize("epsilon", [0.1, 0.3, 0.7, 1.0, 1e-6, 3.3, 10.0])
@pytest.mark.parametrize("cells", [1, 3, 4, 7])
def test_rounding_never_exceeds_the_budget(cells: int, epsilon: float):
    assert noise.mechanism(max_cells=cells, epsilon=epsilon).map(cells) <= epsilon


@pytest.mark.parametrize("epsilon", [0.0, -1.0, math.nan, math.inf])
def test_there_is_no_noise_without_a_budget(epsilon: float):
    with pytest.raises(RefusedError):
        noise.add(np.zeros(3, np.int64), max_cells=4, epsilon=epsilon)


def test_a_mechanism_that_costs_more_than_its_budget_is_refused_at_run_time(monkeypatch: pytest.MonkeyPatch):
    dear = noise.mechanism(max_cells=4, epsilon=2.0)
    monkeypatch.setattr(noise, "mechanism", lambda **_: dear)
    with pytest.raises(RefusedError):
        noise.add(np.zeros(3, np.int64), max_cells=4, epsilon=1.0)


def test_only_whole_numbers_are_let_in():
    with pytest.raises(RefusedError):
        noise.add(np.zeros(3), max_cells=4, epsilon=1.0)  # type: ignore[arg-type]


def test_two_runs_differ():
    zeros = np.zeros(200, np.int64)
    assert not np.array_equal(
        noise.add(zeros, max_cells=4, epsilon=1.0), noise.add(zeros, max_cells=4, epsilon=1.0)
    )


def test_a_count_under_ten_passes_less_than_once_in_a_thousand():
    draws, policy = 200_000, Policy()
    noisy = noise.add(np.full(draws, 9, np.int64), max_cells=policy.max_cells, epsilon=policy.epsilon)
    passed = int((noisy >= policy.threshold).sum())
    a = math.exp(-1 / policy.scale)
    chance = a ** (policy.threshold - 9) / (1 + a)
    assert chance < 1e-3
    slack = 5 * math.sqrt(draws * chance)  # a right gate fails this less than once in a million runs
    assert abs(passed - draws * chance) < slack, f"{passed} of {draws}"
    assert passed < 1e-3 * draws + slack


def test_the_interval_of_the_noise_holds_95_percent():
    draws = 100_000
    noisy = noise.add(np.zeros(draws, np.int64), max_cells=4, epsilon=1.0)
    inside = (np.abs(noisy) <= noise.reach(4.0)).mean()
    a = math.exp(-1 / 4)
    assert 1 - 2 * a ** (noise.reach(4.0) + 1) / (1 + a) >= 0.95
    assert 1 - 2 * a ** noise.reach(4.0) / (1 + a) < 0.95
    assert inside > 0.95
