"""The limits hold at any number of trials: beside scipy's exact ones, and what a gain on paper is."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from fanal.evaluate.attacks.confidence import Rates, allowed, lower, upper
from fanal.evaluate.attacks.finding import Ending, Finding
from fanal.evaluate.attacks.laplace import at_least, best, evidence, exact, mass, spread
from fanal.evaluate.attacks.trial import judge


@given(trials=st.integers(1, 100_000), share=st.floats(0, 1), alpha=st.floats(1e-12, 0.2))
def test_limits_enclose_those_of_clopper_and_pearson(trials: int, share: float, alpha: float) -> None:
    hits = round(share * trials)
    exact_low = beta.ppf(alpha, hits, trials - hits + 1) if hits else 0.0
    exact_high = beta.isf(alpha, hits + 1, trials - hits) if hits < trials else 1.0
    assert lower(hits, trials, alpha) <= exact_low + 1e-9
    assert upper(hits, trials, alpha) >= exact_high - 1e-9
    assert 0 <= lower(hits, trials, alpha) <= hits / trials <= upper(hits, trials, alpha) <= 1


def test_limits_are_hardly_wider_than_the_exact_ones() -> None:
    assert lower(5_000, 10_000, 1e-8) > 0.5 - 1.15 * (0.5 - beta.ppf(1e-8, 5_000, 5_001))


def test_epsilon_is_what_two_rates_prove() -> None:
    assert Rates(hits=10**9, inside=10**9, false_hits=10**9, outside=10**9).epsilon() == 0.0
    shown = Rates(hits=9 * 10**8, inside=10**9, false_hits=10**8, outside=10**9).epsilon()
    assert math.log(9) - 0.01 < shown < math.log(9)


@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("cells", [1, 2, 3, 4])
def test_the_best_gain_is_the_sum_over_all_outcomes(scale: float, cells: int) -> None:
    far = math.ceil(8 * scale) + 2
    values = np.arange(-far, far + 1)
    here, there = mass(values, scale), mass(values - 1, scale)
    both = (np.ones(1), np.ones(1))
    for _ in range(cells):
        both = tuple(np.outer(one, part).ravel() for one, part in zip(both, (here, there), strict=True))
        joined = both[0] / both[1].clip(1e-300)
        order = np.argsort(joined)
        ratio = np.round(np.log(joined[order]) * scale).astype(int)
        start = np.flatnonzero(np.concatenate([[True], ratio[1:] != ratio[:-1]]))
        both = tuple(np.add.reduceat(one[order], start) for one in both)
    assert best(cells, scale) == pytest.approx(np.abs(both[0] - both[1]).sum() / 2, abs=3e-3)
    assert best(cells, scale) <= allowed(cells / scale) + 1e-12


@pytest.mark.parametrize("scale", [0.5, 4.0])
def test_the_noise_on_paper_adds_up(scale: float) -> None:
    values = np.arange(-2_000, 2_001)
    chance = mass(values, scale)
    assert chance.sum() == pytest.approx(1)
    assert math.sqrt((chance * values**2).sum()) == pytest.approx(spread(scale))
    assert exact(scale) == chance[2_000]
    for edge in (-7, -1, 0, 1, 26):
        assert at_least(np.array([float(edge)]), scale)[0] == pytest.approx(chance[values >= edge].sum())
    hidden = evidence(np.array([np.nan]), np.array([10.0]), scale=scale, threshold=12)
    below = chance[values < 1].sum() / chance[values < 2].sum()
    assert hidden[0] == pytest.approx(math.log(below))


def test_an_attacker_is_judged_on_worlds_that_he_did_not_choose_by() -> None:
    rng = np.random.default_rng(5)  # noqa: TID251
    inside = rng.permutation(np.arange(4_000) % 2 == 0)
    blind = {f"guess {n}": rng.random(4_000) for n in range(20)}
    assert abs(judge("a", "", blind, inside, epsilon=0.0).advantage) < 0.1
    seeing = judge("a", "", blind | {"all": inside.astype(float)}, inside, epsilon=1.0)
    assert (seeing.advantage, seeing.ended, seeing.more["best"]) == (1.0, Ending.BROKEN, "all")


def test_a_limit_is_never_broken_and_a_fault_always_is() -> None:
    made = {"name": "a", "knows": "", "advantage": 0.9, "low": 0.8, "high": 1.0, "bound": 0.1, "rounds": 1}
    assert Finding(**made).ended is Ending.BROKEN  # type: ignore[arg-type]
    assert Finding(**made, limit=True).ended is Ending.LIMIT  # type: ignore[arg-type]
    fine = Finding(**(made | {"low": 0.0}), faults=("It is wrong.",))  # type: ignore[arg-type]
    assert (fine.ended, fine.facts()["faults"]) == (Ending.BROKEN, ["It is wrong."])
