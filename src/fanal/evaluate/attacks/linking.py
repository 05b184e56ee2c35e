"""Linking: can the rows of an author in one week be joined with those in another week, or in another workspace?"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.evaluate.attacks.confidence import Rates, lower, upper
from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.membership import halves
from fanal.evaluate.attacks.target import FIRST, Target
from fanal.evaluate.attacks.trial import judge
from fanal.store.keyring import KEY_BYTES
from fanal.store.newcomers import Newcomers
from fanal.store.sieve import Sieve
from fanal.text.siphash import hash_strings

KNOWN = 0.25
"""Share of the authors of whom the attacker knows both pseudonyms and looks for a rule."""
BLOCKS = 256
"""Of the sketches that are compared: small ones, so that many can be made, as full as a busy week's."""
SKETCHED = 1000
AREAS, LEAVES_HOME = 100, 0.2
"""Areas of the behaviour that is made up, and the share of weeks in which an author posts from another area."""
_HEAD = KEY_BYTES + 8  # of a sketch's file: its key and its day

Names = NDArray[np.uint64]


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Measure what pseudonyms and sketches tell without keys, and what behaviour tells with or without them."""
    authors = max(rounds // 4, 400)
    weeks, spaces = _tables(target, authors)
    return [
        _matched("linking_weeks", "the pseudonyms of two weeks, of a quarter both, and no key", *weeks, dice),
        _matched("linking_workspaces", "the same week's pseudonyms of two workspaces", *spaces, dice),
        sketches(target, max(rounds // 20, 120), dice),
        *_named(target, authors, dice),
        _behaviour(authors, dice),
    ]


def _tables(target: Target, authors: int) -> tuple[tuple[Names, Names], tuple[Names, Names]]:
    """Return pseudonyms of the same authors: of two weeks, and of two workspaces."""
    names = pa.array([f"author {n}" for n in range(authors)])
    rings = [target.keyring(target.scratch / f"keys {n}") for n in (1, 2)]

    def made(ring: int, week: date) -> Names:
        posts = pa.record_batch({"author": names})
        return target.pseudonyms(posts, _mondays(week, authors), np.zeros(authors, np.uint64), rings[ring])

    first, second = FIRST, FIRST + timedelta(weeks=1)
    return (made(0, first), made(0, second)), (made(0, first), made(1, first))


def _matched(name: str, knows: str, one: Names, other: Names, dice: np.random.Generator) -> Finding:
    """Join two columns by the rules that a bad hash would leave: same value, same distance, same order."""
    order = dice.permutation(len(one))
    one, other = one[order], other[order]
    known = int(KNOWN * len(one))
    linked = max(
        _equal(one[known:], rule(one[:known], other[:known], one[known:]), other[known:])
        for rule in (_same, _shifted, _turned, _ranked(other[known:]))
    )
    trials = len(one) - known
    return Finding(
        name=name,
        knows=knows,
        advantage=linked / trials - 1 / trials,
        low=lower(linked, trials) - 1 / trials,
        high=upper(linked, trials) - 1 / trials,
        bound=0.0,
        rounds=trials,
        more={"linked": linked},
    )


def _equal(_: Names, guess: Names, truth: Names) -> int:
    """Return how many guesses are right."""
    return int((guess == truth).sum())


def _same(_one: Names, _other: Names, asked: Names) -> Names:
    """Guess that nothing changes."""
    return asked


def _shifted(one: Names, other: Names, asked: Names) -> Names:
    """Guess that all move by the difference that is most frequent among those known."""
    return asked + _most_frequent(other - one)


def _turned(one: Names, other: Names, asked: Names) -> Names:
    """Guess that all bits change that change most often among those known."""
    return asked ^ _most_frequent(other ^ one)


def _ranked(among: Names) -> Callable[[Names, Names, Names], Names]:
    """Return the rule that the order stays: the n-th of one column is the n-th of the other."""

    def rule(_one: Names, _other: Names, asked: Names) -> Names:
        guess = np.empty_like(asked)
        guess[np.argsort(asked)] = np.sort(among)
        return guess

    return rule


def _most_frequent(values: Names) -> np.uint64:
    """Return the value that occurs most often."""
    found, times = np.unique(values, return_counts=True)
    return np.uint64(found[times.argmax()])


def sketches(target: Target, rounds: int, dice: np.random.Generator) -> Finding:
    """Compare the bits of two weeks' sketches, with the same authors in both or with others."""
    same = halves(rounds, dice)
    overlap = np.zeros(rounds)
    for number, again in enumerate(same.tolist()):
        folder = target.scratch / f"sketches {number}"
        first = [f"author {number} {n}" for n in range(SKETCHED)]
        second = first if again else [f"another {number} {n}" for n in range(SKETCHED)]
        bits = _bits(target, folder, first, second)
        overlap[number] = np.bitwise_count(bits[0] & bits[1]).sum()
    return judge(
        "linking_sketches",
        "the bits of two weeks' sketches and no key; were the authors the same?",
        {"bits in both": overlap, "bits in one": -overlap},
        same,
        epsilon=0.0,
        bound=0.0,
    )


def _bits(target: Target, folder: Path, *weeks: list[str]) -> list[NDArray[np.uint8]]:
    """Return the bits of the sketches of successive weeks, as they lie on the disk behind their keys."""
    return [np.frombuffer(file[_HEAD:], np.uint8) for file in _files(target, folder, *weeks)]


def _files(target: Target, folder: Path, *weeks: list[str]) -> list[bytes]:
    """Return the files of the sketches of successive weeks."""
    today = FIRST + timedelta(weeks=len(weeks))
    recent = Newcomers(folder, dice=target.secret, today=today, blocks=BLOCKS)
    for number, authors in enumerate(weeks):
        recent.add(pa.array(authors), _mondays(FIRST + timedelta(weeks=number), len(authors)))
    recent.save()
    return [file.read_bytes() for file in sorted(folder.glob("week-*.sketch"))]


def _mondays(week: date, n: int) -> NDArray[np.int32]:
    """Return a week n times, as days since 1970-01-01."""
    return np.full(n, (week - date(1970, 1, 1)).days, np.int32)


def _named(target: Target, authors: int, dice: np.random.Generator) -> list[Finding]:
    """Ask what a machine that was taken knows of names: the keys of pseudonyms, and a sketch with its key."""
    inside = halves(authors, dice)
    names = pa.array([f"author {n}" for n in range(authors)])
    there = names.filter(pa.array(inside))
    ring = target.keyring(target.scratch / "keys taken")

    def hashed(who: pa.Array) -> Names:
        posts = pa.record_batch({"author": who})
        return target.pseudonyms(posts, _mondays(FIRST, len(who)), np.zeros(len(who), np.uint64), ring)

    by_key = np.isin(hashed(names), hashed(there))
    (file,) = _files(target, target.scratch / "sketch taken", there.to_pylist()[:SKETCHED])
    key = int.from_bytes(file[:8], "little"), int.from_bytes(file[8:KEY_BYTES], "little")
    by_sketch = Sieve.of(file[_HEAD:]).may_hold(hash_strings(names, key))
    sketched = inside & (np.cumsum(inside) <= SKETCHED)
    return [
        _measured(
            "linking_by_name_and_key", "the lake, the keys of its weeks, and a list of names", by_key, inside
        ),
        _measured("linking_by_name_and_sketch", "a week's sketch, and a list of names", by_sketch, sketched),
    ]


def _measured(name: str, knows: str, said: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Finding:
    """Return what was said of names as a limit."""
    rates = _rates(said, inside)
    return Finding(
        name=name,
        knows=knows,
        advantage=rates.advantage,
        low=rates.low,
        high=rates.high,
        bound=0.0,
        rounds=len(inside),
        limit=True,
    )


def _rates(said: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Rates:
    """Return how often the attacker is right."""
    return Rates(
        hits=int((said & inside).sum()),
        inside=int(inside.sum()),
        false_hits=int((said & ~inside).sum()),
        outside=int((~inside).sum()),
    )


def _behaviour(authors: int, dice: np.random.Generator) -> Finding:
    """Join two weeks by area and category alone, of authors who mostly stay where they live and write of one thing.

    Areas are as unequal as towns are (Zipf). The attacker links the two rows that alone have their area and category.
    """
    size = 1 / np.arange(1, AREAS + 1)
    home = dice.choice(AREAS, authors, p=size / size.sum())
    topic = dice.integers(8, size=authors)
    weeks = []
    for _ in range(2):
        away = dice.random(authors) < LEAVES_HOME
        area = np.where(away, dice.choice(AREAS, authors, p=size / size.sum()), home)
        weeks.append(area * 8 + topic)
    alone = [np.bincount(week, minlength=AREAS * 8) == 1 for week in weeks]
    linked = int(((weeks[0] == weeks[1]) & alone[0][weeks[0]] & alone[1][weeks[1]]).sum())
    claimed = int((alone[0] & alone[1]).sum())
    return Finding(
        name="linking_behaviour",
        knows="the lake's rows of two weeks, no key; authors are made up, at home in one of 100 areas",
        advantage=linked / authors,
        low=lower(linked, authors),
        high=upper(linked, authors),
        bound=0.0,
        rounds=authors,
        limit=True,
        more={"linked": linked, "right_of_claimed": round(linked / claimed, 4) if claimed else 0.0},
    )
