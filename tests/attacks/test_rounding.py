"""Rounding sees noise made of doubles, of another scale or shape, and noise that runs over the end of the numbers."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from fanal.evaluate.attacks import rounding
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.target import Target
from fanal.privacy import noise


def test_doubles_are_seen_by_even_numbers_and_by_their_shape(noisy, broken_noise, tried) -> None:
    told = noisy(broken_noise["doubles"])
    assert tried(rounding.shape, told, 20_000).ended is Ending.BROKEN
    ends = tried(rounding.support, told, 4_000)
    assert ends.ended is Ending.BROKEN
    assert ends.low > 0.3, "from 2^53 on no odd number comes out"


def test_numbers_with_a_fraction_are_seen(noisy, broken_noise, tried) -> None:
    told = tried(rounding.support, noisy(broken_noise["unrounded"]), 1_000)
    assert any("no whole number" in fault for fault in told.faults)
    assert told.ended is Ending.BROKEN


@pytest.mark.parametrize("name", ["none", "half"])
def test_another_scale_is_seen(name: str, noisy, broken_noise, tried) -> None:
    assert tried(rounding.shape, noisy(broken_noise[name]), 1_000).ended is Ending.BROKEN


@pytest.mark.parametrize("distance", ["beside", "half"])
def test_one_draw_for_two_cells_is_seen(distance: str, noisy, tried) -> None:
    own = noise.add

    def paired(counts: NDArray[np.int64], **given: float) -> NDArray[np.int64]:
        drawn = own(np.zeros(len(counts) // 2, np.int64), **given)  # type: ignore[arg-type]
        return counts + (np.repeat(drawn, 2) if distance == "beside" else np.tile(drawn, 2))

    assert tried(rounding.shape, noisy(paired), 1_000).ended is Ending.BROKEN


def test_what_runs_over_the_end_and_what_costs_too_much_is_seen(target: Callable[..., Target], tried) -> None:
    def wrapped(counts: NDArray[np.int64], **_: float) -> NDArray[np.int64]:
        if np.issubdtype(counts.dtype, np.floating):
            return np.zeros(len(counts), np.int64)
        with np.errstate(over="ignore"):
            return counts + np.resize(np.array([1, -1], np.int64), counts.shape)

    ends = tried(rounding.support, target(add=wrapped), 1_000)
    assert any("over the end" in fault for fault in ends.faults)
    assert any("fraction" in fault for fault in ends.faults)
    cost = tried(rounding.cost, target(add=wrapped), 1_000)
    assert any("epsilon of inf" in fault for fault in cost.faults)
    assert cost.ended is Ending.BROKEN


def test_a_map_that_is_over_its_budget_is_seen(
    target: Callable[..., Target], tried, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = noise.mechanism
    monkeypatch.setattr(
        noise, "mechanism", lambda *, max_cells, epsilon: own(max_cells=max_cells, epsilon=1.0001 * epsilon)
    )
    assert tried(rounding.cost, target(), 1_000).ended is Ending.BROKEN
