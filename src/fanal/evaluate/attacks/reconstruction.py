"""Reconstruction: can the exact counts be computed back from all tables of a week together?"""

import math

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.attacks import laplace
from fanal.evaluate.attacks.confidence import lower, upper
from fanal.evaluate.attacks.country import FAMILY, Country
from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.target import Target, published
from fanal.model.circle import Circle
from fanal.privacy.policy import Policy

MOST = 300
"""The true counts are drawn from 0 to this, all equally likely; the attacker knows that."""
DISTRICTS = 6
AT_ONCE = 20
"""Worlds of one release: they are full of people."""

Counts = NDArray[np.float64]


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Measure how many exact counts least squares over all tables give back (Dinur and Nissim 2003, PODS).

    Each public number is the sum of 24 cells of the partners' table, with noise of its own. The best guess of all cells
    weighs each number by its noise, what is hidden by where it may lie, and keeps counts at 0 or above. One author
    changes a cell and its sum by 1 each; of a count that is anywhere in a wide range, two such numbers give back no
    more than P(noise = 0), as does one.
    """
    policy = Policy()
    per_world = 2 * DISTRICTS * 8
    country = Country(worlds=min(max(rounds // per_world, 4), AT_ONCE), districts=DISTRICTS)
    nobody = np.zeros(country.worlds, dtype=np.bool_)
    desk, ledger = target.desk("reconstruction")
    guesses: list[Counts] = []
    alone: list[Counts] = []
    truths: list[Counts] = []
    hidden: list[NDArray[np.bool_]] = []
    while sum(one.size for one in truths) < rounds:
        week = next(target.weeks)
        true = dice.integers(0, MOST + 1, country.shape)
        rows = country.people(true, np.zeros(country.shape, np.bool_), nobody, week=week, dice=dice)
        releases = target.publish(country, rows, ledger=ledger, week=week, policy=policy)
        partners = published(releases, Circle.PARTNERS, country)
        guess = solved(published(releases, Circle.PUBLIC, country), partners, policy)
        truths.append(true.ravel().astype(np.float64))
        guesses.append(guess.ravel())
        alone.append(partners.ravel())
        hidden.append(np.isnan(partners).ravel())
    desk.close()
    truth, single, unseen = np.concatenate(truths), np.concatenate(alone), np.concatenate(hidden)
    error = np.concatenate(guesses) - truth
    found = np.rint(error) == 0
    hits, cells = int(found.sum()), len(found)
    return [
        Finding(
            name="reconstruction",
            knows="public and partners' tables of a week, and how counts are spread",
            advantage=hits / cells,
            low=lower(hits, cells),
            high=upper(hits, cells),
            bound=most_exact(policy.scale),
            rounds=cells,
            more={
                "guessed_without_tables": round(1 / (MOST + 1), 4),
                "exact_of_shown": _mean(found[~unseen]),
                "exact_of_hidden": _mean(found[unseen]),
                "exact_of_one_table_alone": _mean(single[~unseen] == truth[~unseen]),
                "error_of_shown": _size(error[~unseen]),
                "error_of_one_table_alone": _size((single - truth)[~unseen]),
                "error_of_hidden": _size(error[unseen]),
                "error_of_the_noise": round(laplace.spread(policy.scale), 3),
            },
        )
    ]


def most_exact(scale: float) -> float:
    """Return the largest share of counts, equally likely from 0 to MOST, that two noisy copies of each give back.

    The sum over both of the largest P(noise, noise'), over MOST + 1: P(noise = 0) and what the two ends add.

    >>> round(most_exact(4.0), 4)
    0.1273
    """
    share = laplace.exact(scale)
    return share + (1 - share) / (MOST + 1)


def solved(public: Counts, partners: Counts, policy: Policy) -> Counts:
    """Return the weighted least squares of the cells behind both tables, at least 0, in closed form.

    A governorate's cells z of a family, each with variance v, and its total y with variance s: z + v (y - sum z) /
    (s + sum v). A cell that is hidden lies anywhere below the threshold, as the attacker knows.

    Args:
        public: [worlds, governorates, families], NaN where hidden.
        partners: [worlds, governorates, districts, categories], NaN where hidden.
        policy: gives the noise and the threshold.
    """
    noise = laplace.spread(policy.scale) ** 2
    unseen = np.isnan(partners)
    cells = np.where(unseen, (policy.threshold - 1) / 2, partners)
    variance = np.where(unseen, policy.threshold**2 / 12, noise)
    found = cells.copy()
    for family in (0, 1):
        inside = family == FAMILY
        total = public[..., family]
        gap = np.where(np.isnan(total), 0.0, total - cells[..., inside].sum(axis=(2, 3)))
        weight = gap / (noise + variance[..., inside].sum(axis=(2, 3)))
        found[..., inside] += variance[..., inside] * weight[:, :, None, None]
    return np.maximum(found, 0)


def _mean(hit: NDArray[np.bool_]) -> float:
    """Return a share, 0 of nothing."""
    return round(float(hit.mean()), 4) if len(hit) else 0.0


def _size(error: Counts) -> float:
    """Return the root of the mean square, 0 of nothing."""
    return round(math.sqrt(float((error**2).mean())), 3) if len(error) else 0.0
