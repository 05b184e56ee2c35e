"""Reconstruction sees noise that is missing or too small, and its guess is the least squares that it says."""

import math

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from fanal.evaluate.attacks import reconstruction
from fanal.evaluate.attacks.country import FAMILY
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.laplace import mass, spread
from fanal.privacy.policy import Policy


def test_no_noise_gives_the_shown_counts_back(noisy, broken_noise, found) -> None:
    told = found(reconstruction.attack, noisy(broken_noise["none"]), 400)["reconstruction"]
    assert told.ended is Ending.BROKEN
    assert told.more["exact_of_one_table_alone"] == 1.0


def test_half_the_noise_gives_more_back_than_is_allowed(noisy, broken_noise, found) -> None:
    assert found(reconstruction.attack, noisy(broken_noise["half"]), 6_000)["reconstruction"].ended is (
        Ending.BROKEN
    )


def test_the_guess_is_the_least_squares_of_all_tables() -> None:
    rng = np.random.default_rng(7)  # noqa: TID251
    partners = rng.integers(35, 100, (1, 1, 6, 8)).astype(float)
    partners[0, 0, 2, 3] = partners[0, 0, 5, 0] = np.nan
    public = np.array([[[1_500.0, np.nan]]])
    policy = Policy()
    guess = reconstruction.solved(public, partners, policy)[0, 0]
    noise, loose = spread(policy.scale), policy.threshold / math.sqrt(12)
    inside = FAMILY == 0
    cells = partners[0, 0][:, inside].ravel()
    size = np.where(np.isnan(cells), loose, noise)
    rows = np.vstack([np.diag(1 / size), np.ones(len(cells)) / noise])
    want = np.concatenate([np.where(np.isnan(cells), 17.0, cells) / size, [1_500.0 / noise]])
    best = lsq_linear(rows, want, bounds=(0, np.inf)).x
    assert guess[:, inside].ravel() == pytest.approx(best, abs=1e-6)
    assert guess[:, ~inside] == pytest.approx(
        np.where(np.isnan(partners[0, 0]), 17.0, partners[0, 0])[:, ~inside]
    )


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_two_noisy_copies_give_no_more_counts_back_than_one(scale: float, monkeypatch) -> None:
    monkeypatch.setattr(reconstruction, "MOST", 40)
    true = np.arange(41)
    shown = np.arange(-60, 101)
    each = mass(shown[:, None] - true, scale)
    one = each.max(axis=1).sum() / 41
    two = (each[:, None, :] * each[None, :, :]).max(axis=2).sum() / 41
    assert two == pytest.approx(one, abs=1e-6)
    assert reconstruction.most_exact(scale) == pytest.approx(two, abs=1e-6)
