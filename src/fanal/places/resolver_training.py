"""Resolver training: fit the weights of the clues to names whose meaning is known. Needs the extra `train`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from fanal.places.clues import CLUES, Clue
from fanal.places.file import Gazetteer
from fanal.places.resolver import NOTHING, ROUNDS, Weights, believe, doubts, gather
from fanal.places.terms import Terms
from fanal.places.tongues import Tongues

RIDGE = 3.0
"""Penalty of a weight's square, over the sum of all terms' weights: small clues stay near 0."""
CALM = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Hold the terms of texts and which of their candidates are right."""

    terms: Terms
    right: NDArray[np.bool_]  # c; more than one may be: a town and the district around it
    counts: NDArray[np.float64]  # t; how much a term counts, 0: not at all
    spoken: Tongues  # the languages of the texts
    home: NDArray[np.bool_]  # of each country


def train(lessons: Sequence[Lesson], gazetteer: Gazetteer, *, ridge: float = RIDGE) -> Weights:
    """Return weights that make right candidates likely: a conditional logit for each round (McFadden 1974).

    A term without a right candidate teaches what none of them looks like. The same lessons give the same weights.
    """
    clue = np.zeros((ROUNDS, CLUES))
    nothing = np.zeros((ROUNDS, len(NOTHING)))
    believed = [np.zeros(len(lesson.right)) for lesson in lessons]
    read = [gather(lesson.terms, gazetteer, spoken=lesson.spoken, home=lesson.home) for lesson in lessons]
    against = [doubts(lesson.terms, gazetteer) for lesson in lessons]
    for one in range(ROUNDS):
        for lesson, found, now in zip(lessons, read, believed, strict=True):
            if one:
                believe(lesson.terms, gazetteer, now, found)
        clue[one], nothing[one] = _fit(lessons, read, against, ridge)
        believed = [
            _believe(lesson.terms.offsets, found @ clue[one], doubt @ nothing[one])[0]
            for lesson, found, doubt in zip(lessons, read, against, strict=True)
        ]
    return Weights(clue=clue, nothing=nothing)


LEARNED_FROM_POSTS = (Clue.SPOKEN, Clue.TYPE_FITS)
"""Clues that simulated texts, which have no words, cannot teach."""


def calibrate(weights: Weights, lessons: Sequence[Lesson], gazetteer: Gazetteer) -> Weights:
    """Return weights whose last round is as sure as it may be: scaled, and with new weights for none of the candidates.

    What speaks for a candidate can be learned from simulated texts; how often a gazetteer lacks what a text names
    cannot (temperature scaling, Guo et al. 2017, with a bias), nor can LEARNED_FROM_POSTS.

    Args:
        weights: as `train` returns them.
        lessons: real names.
        gazetteer: as in training.
    """
    last = ROUNDS - 1
    read, against = [], []
    for lesson in lessons:
        now = np.zeros(len(lesson.right))
        doubt = doubts(lesson.terms, gazetteer)
        found = gather(lesson.terms, gazetteer, spoken=lesson.spoken, home=lesson.home)
        for one in range(ROUNDS):
            if one:
                believe(lesson.terms, gazetteer, now, found)
            score = found @ weights.clue[one]
            now = _believe(lesson.terms.offsets, score, doubt @ weights.nothing[one])[0]
        read.append(np.concatenate([score[:, None], found[:, LEARNED_FROM_POSTS]], axis=1))
        against.append(doubt)
    learned, nothing = _fit(lessons, read, against, CALM)
    clue = weights.clue.copy()
    clue[last] *= learned[0]
    for at, one in enumerate(LEARNED_FROM_POSTS, start=1):
        clue[last, one] = learned[at]
        clue[:last, one] = learned[at] / learned[0]
    return Weights(clue=clue, nothing=np.concatenate([weights.nothing[:last], nothing[None]]))


def text_of(weights: Weights, heading: str) -> str:
    """Return the file of the weights: a table of clues and one of what speaks for none, a number for each round."""
    rows = [heading.rstrip(), "", "[clues]"]
    rows += [f"{clue.name.lower()} = {_list(weights.clue[:, clue])}" for clue in Clue]
    rows += ["", "[nothing]"]
    rows += [f'"{name}" = {_list(weights.nothing[:, at])}' for at, name in enumerate(NOTHING)]
    return "\n".join(rows) + "\n"


def _list(numbers: NDArray[np.float64]) -> str:
    return "[" + ", ".join(f"{number:.4f}" for number in numbers) + "]"


def _fit(
    lessons: Sequence[Lesson],
    read: Sequence[NDArray[np.floating[Any]]],
    against: Sequence[NDArray[np.float64]],
    ridge: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights of one round that make the lessons likeliest."""
    total = sum(float(lesson.counts.sum()) for lesson in lessons)
    columns = read[0].shape[1]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        clue, nothing = flat[:columns], flat[columns:]
        value, slope, slope_nothing = 0.0, np.zeros(columns), np.zeros(len(NOTHING))
        for lesson, found, doubt in zip(lessons, read, against, strict=True):
            offsets = lesson.terms.offsets
            share, none = _believe(offsets, found @ clue, doubt @ nothing)
            at = np.repeat(np.arange(len(none)), np.diff(offsets))
            good = np.bincount(at, share * lesson.right, len(none))
            any_right = np.bincount(at, lesson.right, len(none)) > 0
            likely = np.where(any_right, good, none)
            value -= float((lesson.counts * np.log(np.maximum(likely, 1e-12))).sum())
            wanted = np.where(any_right[at], share * lesson.right / np.maximum(good[at], 1e-12), 0.0)
            slope -= ((wanted - share) * lesson.counts[at]) @ found
            slope_nothing -= ((~any_right) * 1.0 - none) * lesson.counts @ doubt
        value = value / total + ridge / total * float(flat @ flat)
        return value, np.concatenate([slope, slope_nothing]) / total + 2 * ridge / total * flat

    start = np.zeros(columns + len(NOTHING))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": CALM * 1e-4})
    return found.x[:columns], found.x[columns:]


def _believe(
    offsets: NDArray[np.int64], score: NDArray[np.float64], against: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the probability of each candidate, and of none of them for each term."""
    t = len(against)
    at = np.repeat(np.arange(t), np.diff(offsets))
    top = against.copy()
    np.maximum.at(top, at, score)
    share, none = np.exp(score - top[at]), np.exp(against - top)
    total = none + np.bincount(at, share, t)
    return share / total[at], none / total
