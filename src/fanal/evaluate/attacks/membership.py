"""Membership: was this author there in that week, asked by somebody who knows all about everybody else?"""

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.attacks.country import Country, by_family, cells
from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.laplace import best, evidence
from fanal.evaluate.attacks.target import LEAST, Target, published
from fanal.evaluate.attacks.trial import judge
from fanal.model.circle import Circle

AT_ONCE = 1000
"""Worlds of one release."""
WORLDS_OF_NOISE = 5
"""Worlds on the noise alone, for each one through the gate: they cost far less."""
CROWD = 12
"""Other authors in each cell that the author may fall into; with the lowest threshold hardly such a cell is hidden."""
LOUD_CROWD = 6
"""The same for the author who posts everywhere: there are many such cells, so that fewer make a world."""

Scores = NDArray[np.float64]


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Measure membership on the noise alone, through the gate, and of an author who posts everywhere.

    Each world has its author or not, by a fair coin. On the noise, the likelihood ratio over all cells that the
    author can touch is the best test that there is (Neyman and Pearson 1933); beside it stands what it must gain.
    """
    return [on_noise(target, rounds, dice), through(target, rounds, dice), loud(target, rounds, dice)]


def halves(worlds: int, dice: np.random.Generator) -> NDArray[np.bool_]:
    """Return for each world whether its author is there: half of them, at random."""
    return dice.permutation(np.arange(worlds) % 2 == 0)


def on_noise(target: Target, rounds: int, dice: np.random.Generator) -> Finding:
    """Attack the noise itself, before any threshold: every cell of a draw is one more trial."""
    worlds, touched, scale = rounds * WORLDS_OF_NOISE, LEAST.max_cells, LEAST.scale
    inside = halves(worlds, dice)
    counts = np.full((worlds, touched), 100, np.int64) + inside[:, None]
    noisy = target.add(counts.ravel(), max_cells=touched, epsilon=LEAST.epsilon).reshape(counts.shape)
    known = np.full(counts.shape, 100.0)
    ratio = evidence(noisy.astype(np.float64), known, scale=scale, threshold=LEAST.threshold).sum(axis=1)
    return judge(
        "membership_noise",
        "the noisy numbers before the threshold, and all other authors",
        {"likelihood": ratio},
        inside,
        epsilon=LEAST.epsilon,
        best_on_paper=round(best(touched, scale), 4),
    )


def through(target: Target, rounds: int, dice: np.random.Generator) -> Finding:
    """Attack what the gate releases of an author who fills as many cells as one may."""
    country = Country(worlds=min(rounds, AT_ONCE))
    author = cells(country, (0, 0, "offer"), (1, 0, "offer"))
    return _tried(
        target,
        country,
        author,
        rounds,
        dice,
        name="membership_release",
        knows="public and partners' tables, and all other authors",
        best_on_paper=round(best(LEAST.max_cells, LEAST.scale), 4),
    )


def loud(target: Target, rounds: int, dice: np.random.Generator) -> Finding:
    """Attack an author who posts of everything everywhere: bounding must leave a few cells of it."""
    worlds = max(rounds // 4, 100)
    country = Country(worlds=min(worlds, AT_ONCE), districts=8)
    author = np.ones(country.shape[1:], dtype=np.bool_)
    return _tried(
        target,
        country,
        author,
        worlds,
        dice,
        name="membership_loud",
        knows="the same, of an author with a row in each of 128 cells",
        crowd=LOUD_CROWD,
    )


def _tried(
    target: Target,
    country: Country,
    author: NDArray[np.bool_],
    rounds: int,
    dice: np.random.Generator,
    *,
    name: str,
    knows: str,
    crowd: int = CROWD,
    **more: float,
) -> Finding:
    """Release the country until there were enough worlds, and judge the attackers on it."""
    others = crowd * author.astype(np.int64)
    found: list[Mapping[str, Scores]] = []
    insides: list[NDArray[np.bool_]] = []
    desk, ledger = target.desk(name)
    while sum(map(len, insides)) < rounds:
        week, inside = next(target.weeks), halves(country.worlds, dice)
        rows = country.people(others, author, inside, week=week, dice=dice)
        releases = target.publish(country, rows, ledger=ledger, week=week)
        public = published(releases, Circle.PUBLIC, country)
        partners = published(releases, Circle.PARTNERS, country)
        found.append(ways(country, public, partners, others, author))
        insides.append(inside)
    desk.close()
    scores = {way: np.concatenate([one[way] for one in found]) for way in found[0]}
    return judge(name, knows, scores, np.concatenate(insides), epsilon=LEAST.epsilon, **more)


def ways(
    country: Country, public: Scores, partners: Scores, crowd: NDArray[np.int64], author: NDArray[np.bool_]
) -> dict[str, Scores]:
    """Return scores by the ways to read one week's tables: each table by its likelihood, both, and plain sums."""
    known = np.broadcast_to(crowd, country.shape)
    may = by_family(np.broadcast_to(author.astype(np.int64), country.shape)) > 0
    here = partial(evidence, scale=LEAST.scale, threshold=LEAST.threshold)
    one = np.where(may, here(public, by_family(known).astype(np.float64)), 0)
    two = np.where(author, here(partners, known.astype(np.float64)), 0)
    by_public, by_partners = one.sum(axis=(1, 2)), two.sum(axis=(1, 2, 3))
    total = np.where(may, np.nan_to_num(public), 0).sum(axis=(1, 2))
    parts = np.where(author, np.nan_to_num(partners), 0).sum(axis=(1, 2, 3))
    return {
        "public": by_public,
        "partners": by_partners,
        "both": by_public + by_partners,
        "sums": total + parts,
    }
