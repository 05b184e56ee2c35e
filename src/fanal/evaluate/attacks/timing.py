"""Timing: does the time that the gate takes tell what it counts, or what noise it drew (Jin and others 2022)?"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.attacks.country import Country, cells
from fanal.evaluate.attacks.finding import Finding
from fanal.evaluate.attacks.membership import CROWD, halves
from fanal.evaluate.attacks.target import LEAST, Target
from fanal.evaluate.attacks.trial import judge

NEAR, FAR = (100, 101), (0, 1_000_000)
"""True counts that are to be told apart: as one author could change them, and as far apart as counts may be."""
GRID = 200
"""Cells of a small country's week."""
SHUFFLES = 999

Times = NDArray[np.float64]


def attack(target: Target, *, rounds: int, dice: np.random.Generator) -> list[Finding]:
    """Measure the time of the noise on near and on far counts, of a week with an author or without, and of large noise.

    Near counts and one author must not be seen. The others are limits: a program may take its time to carry a large
    number, and sampling takes longer the further the noise lies from 0, as
    Jin, McMurtry, Rubinstein and Ohrimenko found of such samplers (IEEE S&P 2022). The vault's times are in `vault`.
    """
    trials = max(rounds // 4, 200)
    return [part(target, trials, dice) for part in (counts, author, size, noise)]


def counts(target: Target, rounds: int, dice: np.random.Generator) -> Finding:
    """Tell noise on counts of 101 from noise on counts of 100."""
    return _told(target, rounds, dice, "timing_counts", NEAR)


def size(target: Target, rounds: int, dice: np.random.Generator) -> Finding:
    """Tell noise on counts of a million from noise on zeros."""
    return replace(_told(target, rounds, dice, "timing_size", FAR), limit=True)


def _told(
    target: Target, rounds: int, dice: np.random.Generator, name: str, values: tuple[int, int]
) -> Finding:
    """Tell noise on one count in all cells from noise on another."""
    large = halves(rounds, dice)
    given = tuple(np.full(GRID, value, np.int64) for value in values)
    times = np.array(
        [_timed(target, lambda one=one: _add(target, given[int(one)])) for one in large.tolist()]  # type: ignore[misc]
    )
    return judge(
        name,
        f"how long the noise on {GRID} cells took; were they all {values[0]:,} or all {values[1]:,}?",
        {"slow": times, "fast": -times},
        large,
        epsilon=0.0,
        bound=0.0,
        permutation_p=_permuted(times, large.astype(np.float64), dice),
    )


def author(target: Target, rounds: int, dice: np.random.Generator) -> Finding:
    """Tell a week with an author in it from one without by how long its Release took."""
    trials = max(rounds // 5, 40)
    country = Country(worlds=20)
    author = cells(country, (0, 0, "offer"), (1, 0, "offer"))
    inside = halves(trials, dice)
    times = np.zeros(trials)
    desk, ledger = target.desk("timing")
    only = np.zeros(country.worlds, dtype=np.bool_)
    for number, there in enumerate(inside.tolist()):
        only[0] = there
        week = next(target.weeks)
        rows = country.people(CROWD * author.astype(np.int64), author, only, week=week, dice=dice)
        times[number] = _timed(
            target,
            lambda rows=rows, week=week: target.publish(country, rows, ledger=ledger, week=week),  # type: ignore[misc]
        )
    desk.close()
    return judge(
        "timing_author",
        "how long a week's Release took; was the author there?",
        {"slow": times, "fast": -times},
        inside,
        epsilon=0.0,
        bound=0.0,
        permutation_p=_permuted(times, inside.astype(np.float64), dice),
    )


def noise(target: Target, rounds: int, dice: np.random.Generator) -> Finding:
    """Tell large noise from small by its time, in one cell alone and in a grid."""
    told = {}
    for width in (1, GRID):
        times, drawn = np.zeros(rounds), np.zeros(rounds)
        zeros = np.zeros(width, np.int64)
        for number in range(rounds):
            started = target.clock()
            noisy = _add(target, zeros)
            times[number] = target.clock() - started
            drawn[number] = np.abs(noisy).sum()
        told[width] = times, drawn
    times, drawn = told[1]
    large = drawn > np.median(drawn)
    alone = judge(
        "timing_noise",
        "how long the noise on one cell took; is it larger than half of all?",
        {"slow": times},
        large,
        epsilon=0.0,
        bound=0.0,
        correlation_one_cell=round(_correlation(times, drawn), 4),
        permutation_p=_permuted(times, drawn, dice),
        correlation_grid=round(_correlation(*told[GRID]), 4),
        permutation_p_grid=_permuted(*told[GRID], dice),
    )
    return replace(alone, limit=True)


def _add(target: Target, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add the gate's noise."""
    return target.add(counts, max_cells=LEAST.max_cells, epsilon=LEAST.epsilon)


def _timed(target: Target, work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    started = target.clock()
    work()
    return target.clock() - started


def _permuted(times: Times, other: Times, dice: np.random.Generator) -> float:
    """Return how often shuffled times go with the other numbers as closely: a permutation test of ranks."""
    ranks, against = _ranks(times), _ranks(other)
    found = abs(float(np.corrcoef(ranks, against)[0, 1]))
    shuffled = [abs(float(np.corrcoef(dice.permutation(ranks), against)[0, 1])) for _ in range(SHUFFLES)]
    return (1 + sum(one >= found for one in shuffled)) / (SHUFFLES + 1)


def _correlation(one: Times, other: Times) -> float:
    """Return the rank correlation (Spearman 1904)."""
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: Times) -> Times:
    """Return the rank of each value, equal ones sharing the mean of theirs."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    ranks: Times = ((last - times + last - 1) / 2)[place]
    return ranks
