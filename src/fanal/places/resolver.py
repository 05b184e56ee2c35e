"""Resolver: how likely each candidate of a name is, in the light of all names of its text."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places import clues
from fanal.places.clues import Clue
from fanal.places.file import Gazetteer
from fanal.places.terms import Terms
from fanal.places.tongues import Tongues

FILE = "resolver.toml"

ROUNDS = 3
"""Each round reads the clues again, in the light of what the round before believed."""

NOTHING = ("one", "several", "most people", "everyday", "weak")
"""What speaks for none of the candidates: always 1; log(1 + candidates) / 5; the greatest PEOPLE; two flags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Hold the weights of a softmax over the candidates of a term and `nothing`, for each round."""

    clue: NDArray[np.float64]  # ROUNDS by CLUES
    nothing: NDArray[np.float64]  # ROUNDS by NOTHING


@cache
def load_weights() -> Weights:
    """Return the weights that ship; `resolver.toml` names each.

    >>> load_weights().clue.shape == (ROUNDS, len(Clue))
    True
    """
    table: dict[str, Any] = tomllib.loads(files("fanal.places").joinpath(FILE).read_text(encoding="utf-8"))
    return Weights(
        clue=np.array([[table["clues"][clue.name.lower()][one] for clue in Clue] for one in range(ROUNDS)]),
        nothing=np.array([[table["nothing"][name][one] for name in NOTHING] for one in range(ROUNDS)]),
    )


def resolve(
    terms: Terms,
    gazetteer: Gazetteer,
    weights: Weights,
    *,
    spoken: Tongues,
    home: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return the probability of each candidate, c; what is missing to 1 in a term is that of none of them.

    A conditional logit (McFadden 1974) in ROUNDS rounds: the first reads each name alone, the others also what
    the other names of the text are believed to mean, as in iterative classification (Neville and Jensen 2000).

    Args:
        terms: the names of some texts.
        gazetteer: whose rows they name.
        weights: for each round.
        spoken: the languages of the texts.
        home: of each country; a stream is about those.
    """
    found = gather(terms, gazetteer, spoken=spoken, home=home)
    against = doubts(terms, gazetteer)
    probability = np.zeros(len(terms.entry))
    for one in range(ROUNDS):
        if one:
            believe(terms, gazetteer, probability, found)
        probability = _shares(terms.offsets, found, weights.clue[one], against, weights.nothing[one])
    return probability


def gather(
    terms: Terms, gazetteer: Gazetteer, *, spoken: Tongues, home: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return the clues of each candidate, c by CLUES, as `clues.gather` reads them."""
    return clues.gather(
        terms.texts,
        terms.offsets,
        terms.entry,
        terms.relation,
        spoken.share,
        spoken.of,
        home,
        terms.typed,
        _world(gazetteer),
    )


def believe(
    terms: Terms, gazetteer: Gazetteer, probability: NDArray[np.float64], found: NDArray[np.float32]
) -> None:
    """Write what the other terms say, as believed so far, into the clues of each candidate."""
    clues.believe(terms.texts, terms.offsets, terms.entry, probability, terms.pairs, _world(gazetteer), found)


def _world(gazetteer: Gazetteer) -> clues.World:
    """Return what the clues read of each entry."""
    return (
        gazetteer.lon,
        gazetteer.lat,
        gazetteer.population,
        gazetteer.kind,
        gazetteer.country,
        gazetteer.holder,
    )


def doubts(terms: Terms, gazetteer: Gazetteer) -> NDArray[np.float64]:
    """Return what speaks for none of the candidates of each term, t by NOTHING."""
    count = np.diff(terms.offsets)
    found = np.zeros((len(count), len(NOTHING)))
    found[:, 0] = 1.0
    found[:, 1] = np.log1p(count) / 5.0
    some = np.flatnonzero(count)
    if len(some):
        people = np.log10(np.maximum(gazetteer.population[terms.entry], 1)) / 7.0
        found[some, 2] = np.maximum.reduceat(people, terms.offsets[some])
    held = np.maximum(terms.name, 0)
    named = terms.name >= 0
    found[:, 3] = gazetteer.everyday[held] & named
    found[:, 4] = gazetteer.weak[held] & named
    return found


@njit(cache=True, nogil=True)
def _shares(
    offsets: NDArray[np.int64],
    found: NDArray[np.float32],
    clue: NDArray[np.float64],
    against: NDArray[np.float64],
    nothing: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the softmax of each term's candidates and of none of them; without a BLAS, which starts threads."""
    out = np.empty(len(found), dtype=np.float64)
    for t in range(len(offsets) - 1):
        none = 0.0
        for k in range(len(nothing)):
            none += against[t, k] * nothing[k]
        top = none
        for c in range(offsets[t], offsets[t + 1]):
            score = 0.0
            for k in range(len(clue)):
                score += found[c, k] * clue[k]
            out[c] = score
            top = max(top, score)
        total = np.exp(none - top)
        for c in range(offsets[t], offsets[t + 1]):
            out[c] = np.exp(out[c] - top)
            total += out[c]
        for c in range(offsets[t], offsets[t + 1]):
            out[c] /= total
    return out
