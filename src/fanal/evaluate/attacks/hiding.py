"""Hiding: does what is missing, or what stands around it, tell of posts in an area that never leaves?"""

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.attacks.country import Country, cells
from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.membership import AT_ONCE, CROWD
from fanal.evaluate.attacks.target import LEAST, Target, published
from fanal.evaluate.attacks.trial import judge
from fanal.model.circle import Circle
from fanal.model.release import Release
from fanal.model.sensitive import SensitiveRule, Treatment

MANY = 40
"""Rows of the authors of a hidden area, where there are any: far more than the noise could cover."""


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Measure what the tables tell of the posts of districts that are hidden: nothing is allowed.

    In half of the weeks 40 authors post in the hidden district of each world, and the one author of a shown district
    posts there too. Ids, rows, statements and delays of the Releases must be the same in all weeks, exactly; and the
    numbers of the districts and governorates around must not tell the halves apart.
    """
    worlds = max(rounds // 2, 100)
    country = Country(worlds=min(worlds, AT_ONCE), districts=2)
    hidden = country.district_codes[:, 0, 1].tolist()
    rules = tuple(
        SensitiveRule(area=str(code), rule=Treatment.NEVER, reason="a shelter that nobody is to find")
        for code in hidden
    )
    crowd = CROWD * cells(country, (0, 0, "offer"), (1, 0, "offer")).astype(np.int64)
    filled = crowd + MANY * cells(country, (0, 1, "offer")).astype(np.int64)
    author = cells(country, (0, 0, "offer"), (1, 0, "offer"))
    author_too = author | cells(country, (0, 1, "offer"), (0, 1, "plea"), (0, 1, "need"))
    desk, ledger = target.desk("hiding")
    structures: set[str] = set()
    scores: list[NDArray[np.float64]] = []
    insides: list[NDArray[np.bool_]] = []
    weeks = 2 * max(1, worlds // country.worlds)
    for posts in dice.permutation(np.arange(weeks) % 2 == 0).tolist():
        week = next(target.weeks)
        rows = country.people(
            filled if posts else crowd,
            author_too if posts else author,
            np.ones(country.worlds, np.bool_),
            week=week,
            dice=dice,
        )
        releases = target.publish(country, rows, ledger=ledger, week=week, rules=rules)
        structures.add(structure(releases))
        public = published(releases, Circle.PUBLIC, country)
        partners = published(releases, Circle.PARTNERS, country)
        scores.append(
            np.nan_to_num(public)[:, 0].sum(axis=1) + np.nan_to_num(partners)[:, 0].sum(axis=(1, 2))
        )
        insides.append(np.full(country.worlds, posts))
    desk.close()
    order = dice.permutation(sum(map(len, insides)))
    found = judge(
        "hiding_numbers",
        "all tables around a hidden district in which 40 people post, or nobody",
        {"sums": np.concatenate(scores)[order]},
        np.concatenate(insides)[order],
        epsilon=LEAST.epsilon,
        bound=0.0,
    )
    same = float(len(structures) > 1)
    exact = Finding(
        name="hiding_structure",
        knows="which rows, ids, delays and statements there are, compared exactly",
        advantage=same,
        low=same,
        high=same,
        bound=0.0,
        rounds=weeks,
        faults=("Rows, ids or statements depend on the posts of a hidden area.",) if same else (),
    )
    return [exact, found]


def structure(releases: list[Release]) -> str:
    """Return all that is the same of a week's Releases whatever was posted, but for the week itself."""
    facts = [
        (
            release.circle.value,
            release.ledger_id.split(":")[2:],
            release.statement,
            release.table["area"].to_pylist(),
            release.table["signal"].to_pylist(),
        )
        for release in sorted(releases, key=lambda one: one.ledger_id.split(":")[2:])
    ]
    return repr(facts)
