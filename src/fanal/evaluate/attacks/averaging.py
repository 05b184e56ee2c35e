"""Averaging: does asking again, with later posts, other settings or a restarted desk, give a second draw?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.evaluate.attacks.confidence import allowed
from fanal.evaluate.attacks.country import Country, cells
from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.membership import AT_ONCE, CROWD, halves, ways
from fanal.evaluate.attacks.target import FIRST, LEAST, SEED, Target, published
from fanal.evaluate.attacks.trial import judge
from fanal.model.circle import Circle
from fanal.model.release import Release
from fanal.model.sensitive import SensitiveRule, Treatment
from fanal.model.week import WEEK
from fanal.privacy.policy import Policy
from fanal.settings import Settings
from fanal.store.workspace import make, opened

RESTORED = 10
"""How often an old desk is put back where that is measured."""
FEW, UPDATED_WEEKS = 10, 3
"""Worlds and weeks of the workspace that is updated."""
WEEKS = 10
"""Weeks in which the author posts where that is measured."""

Scores = NDArray[np.float64]


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Measure what many answers to the same question tell, and two limits that are stated: old desks, many weeks."""
    worlds = max(rounds // 2, 100)
    return [
        asked_again(target, worlds, dice),
        updated(target, worlds, dice),
        restored(target, min(worlds, AT_ONCE), dice),
        many_weeks(target, min(worlds, AT_ONCE), dice),
    ]


def _world(worlds: int) -> tuple[Country, NDArray[np.int64], NDArray[np.bool_]]:
    """Return a country, its crowd and the cells of its author."""
    country = Country(worlds=min(worlds, AT_ONCE))
    author = cells(country, (0, 0, "offer"), (1, 0, "offer"))
    return country, CROWD * author.astype(np.int64), author


def asked_again(target: Target, worlds: int, dice: np.random.Generator) -> Finding:
    """Ask for the same week in all ways that a user has, and average the answers."""
    country, crowd, author = _world(worlds)
    found: list[dict[str, Scores]] = []
    insides: list[NDArray[np.bool_]] = []
    draws: list[int] = []
    later = SensitiveRule(area="G0.0", rule=Treatment.LATER, days=90, reason="asked for later")
    questions: tuple[dict[str, Any], ...] = (
        {},
        {"seed": SEED + 1},
        {"policy": replace(LEAST, epsilon=10.0)},
        {"policy": Policy()},
        {"policy": replace(LEAST, partner_cells=0, public_cells=4)},
        {"rules": (later,)},
    )
    while sum(map(len, insides)) < worlds:
        week, inside = next(target.weeks), halves(country.worlds, dice)
        rows = country.people(crowd, author, inside, week=week, dice=dice)
        late = country.people(crowd + 5, author, inside, week=week, dice=dice)
        answers: list[list[Release]] = []
        for _ in range(2):  # the desk is closed and opened in between, as by two commands
            desk, ledger = target.desk("averaging")
            for posts in (rows, late):
                answers += [
                    target.publish(country, posts, ledger=ledger, week=week, **question)
                    for question in questions
                ]
            desk.close()
        told = [_told(answer) for answer in answers]
        different = dict(zip(told, answers, strict=True))
        shown = {one: _shown(country, answer) for one, answer in different.items()}
        draws.append(len(shown))
        public, partners = (_mean([shown[one][table] for one in told]) for table in (0, 1))
        found.append(ways(country, public, partners, crowd, author))
        insides.append(inside)
    most = max(draws)
    judged = judge(
        "averaging_asked_again",
        f"{len(questions) * 4} answers for each week, and all other authors",
        {way: np.concatenate([one[way] for one in found]) for way in found[0]},
        np.concatenate(insides),
        epsilon=LEAST.epsilon,
        answers=len(questions) * 4,
        draws=most,
    )
    return (
        judged if most == 1 else replace(judged, faults=(*judged.faults, f"A week was drawn {most} times."))
    )


def updated(target: Target, worlds: int, dice: np.random.Generator) -> Finding:
    """Update a whole workspace again, as a user does: late posts, other settings, opened anew each time."""
    country, crowd, author = _world(min(worlds, FEW))
    folder = target.scratch / "updated"
    make(folder, "")
    weeks = [FIRST + n * WEEK for n in range(UPDATED_WEEKS)]
    inside = halves(country.worlds, dice)
    own = Settings()
    other = replace(own, privacy=replace(own.privacy, epsilon=5.0, threshold=50, partners=("somebody",)))
    told: set[str] = set()
    for extra, chosen in ((0, own), (0, own), (5, own), (5, other)):
        rows = [country.people(crowd + extra, author, inside, week=week, dice=dice) for week in weeks]
        with opened(folder, dice=target.secret, writing=True) as workspace:
            made = target.release_posts(
                workspace,
                chosen,
                pa.concat_tables(rows),
                areas=country.areas,
                now=datetime.combine(weeks[-1] + WEEK, time(), UTC),
                dice=target.seeded,
                progress=lambda _done, _of: None,
            )
        told.add(_told(made))
    again = float(len(told) > 1)
    return Finding(
        name="averaging_updated",
        knows="what four updates of one workspace released, compared exactly",
        advantage=again,
        low=again,
        high=again,
        bound=0.0,
        rounds=4,
        faults=("An update changed what had been released.",) if again else (),
    )


def restored(target: Target, worlds: int, dice: np.random.Generator) -> Finding:
    """Put the desk of before the release back again and again: each time the week is drawn anew."""
    country, crowd, author = _world(worlds)
    week, inside = next(target.weeks), halves(country.worlds, dice)
    rows = country.people(crowd, author, inside, week=week, dice=dice)
    target.desk("restored")[0].close()
    file = target.scratch / "restored.sqlite"
    old = file.read_bytes()
    answers: list[list[Release]] = []
    for _ in range(RESTORED):
        _put_back(file, old)
        desk, ledger = target.desk("restored")
        answers.append(target.publish(country, rows, ledger=ledger, week=week))
        desk.close()
    return replace(
        judge(
            "averaging_restored_desk",
            f"the same week of a desk that was put back {RESTORED} times, and all other authors",
            _added([ways(country, *_shown(country, answer), crowd, author) for answer in answers]),
            inside,
            epsilon=RESTORED * LEAST.epsilon,
            draws=len({_told(answer) for answer in answers}),
        ),
        bound=allowed(LEAST.epsilon),
        limit=True,
    )


def _put_back(file: Path, old: bytes) -> None:
    """Put an old desk in the place of the newer one."""
    for ending in ("-wal", "-shm"):
        file.with_name(f"{file.name}{ending}").unlink(missing_ok=True)
    file.write_bytes(old)


def many_weeks(target: Target, worlds: int, dice: np.random.Generator) -> Finding:
    """Add up the weeks of an author who posts the same each week: each has its own epsilon, and they add up."""
    country, crowd, author = _world(worlds)
    inside = halves(country.worlds, dice)
    desk, ledger = target.desk("weeks")
    told: list[dict[str, Scores]] = []
    for _ in range(WEEKS):
        week = next(target.weeks)
        rows = country.people(crowd, author, inside, week=week, dice=dice)
        answer = target.publish(country, rows, ledger=ledger, week=week)
        told.append(ways(country, *_shown(country, answer), crowd, author))
    desk.close()
    found = judge(
        "averaging_many_weeks",
        f"{WEEKS} weeks in each of which the author posted, and all other authors",
        _added(told),
        inside,
        epsilon=WEEKS * LEAST.epsilon,
    )
    return replace(found, bound=allowed(LEAST.epsilon), limit=True)


def _told(releases: list[Release]) -> str:
    """Return what an answer says, to be compared with others."""
    return repr(sorted((one.ledger_id, one.digest()) for one in releases))


def _shown(country: Country, releases: list[Release]) -> tuple[Scores, Scores]:
    """Return the public and the partners' table of an answer."""
    return published(releases, Circle.PUBLIC, country), published(releases, Circle.PARTNERS, country)


def _mean(tables: Sequence[Scores]) -> Scores:
    """Return the mean of what each cell showed, NaN where it was always hidden."""
    seen = sum((~np.isnan(one)).astype(np.float64) for one in tables)
    total = sum(np.nan_to_num(one) for one in tables)
    mean: Scores = np.where(seen == 0, np.nan, total / np.maximum(seen, 1))
    return mean


def _added(told: Sequence[dict[str, Scores]]) -> dict[str, Scores]:
    """Return the evidence of independent draws together: log-likelihood ratios add up."""
    return {way: np.sum([one[way] for one in told], axis=0) for way in told[0]}
