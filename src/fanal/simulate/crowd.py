"""The crowd: the authors of a stream. Many people, a few who are very loud, and bots that keep to the clock."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fanal.simulate.ground import Ground
from fanal.simulate.kind import Kind
from fanal.simulate.sentences import LANGUAGES


class AuthorKind(StrEnum):
    """Name what posts: the truth says it, the stream does not.

    >>> AuthorKind("bot").value
    'bot'
    """

    PERSON = "person"
    BOT = "bot"  # posts fixed texts with small changes, always at the same minute of an hour
    LOUD = "loud"  # one of a few who post very often


AUTHOR_KINDS = tuple(AuthorKind)
POSTS_PER_PERSON = 15  # on the average
LOUD_AUTHORS, LOUD_SHARE = (
    12,
    0.05,
)  # of the posts that are no bot's, by Zipf's law: the k-th posts 1/k as much
BOTS, BOT_SHARE = 40, 0.15  # of the posts of BOT_KINDS
BOT_KINDS = (Kind.ADVERT, Kind.PRAYER, Kind.NEWS)
BOT_TEXTS = 3  # texts of one bot for each kind

LANGUAGE_SHARES: dict[str, float] = {
    "ar": 0.44,
    "ckb": 0.18,
    "en": 0.10,
    "fa": 0.06,
    "fr": 0.04,
    "kmr": 0.10,
    "tr": 0.08,
}
"""Shares of the authors by language: a plausible mix, measured on no stream. An author keeps one language."""

_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Hold who may post: people by area first, then the loud, then the bots."""

    first: NDArray[np.int64]  # number of the first person of each area
    people: NDArray[np.int64]  # persons of each area, at least 1
    salt: int  # of the hash by which an author has a language

    @property
    def loud(self) -> int:
        """Return the number of the first loud author."""
        return int(self.first[-1] + self.people[-1])

    @property
    def bots(self) -> int:
        """Return the number of the first bot."""
        return self.loud + LOUD_AUTHORS

    def languages(self, authors: NDArray[np.int64]) -> NDArray[np.int8]:
        """Return the language of each author as a place in LANGUAGES."""
        unit = (mix(authors.astype(np.uint64) + np.uint64(self.salt)) >> np.uint64(11)) / 2.0**53
        ends = np.cumsum([LANGUAGE_SHARES[language] for language in LANGUAGES])
        return np.minimum(np.searchsorted(ends, unit, side="right"), len(LANGUAGES) - 1).astype(np.int8)


def crowd(ground: Ground, posts: int, *, rng: np.random.Generator) -> Crowd:
    """Settle people in the areas, as many as so many posts need."""
    people = np.maximum(1, np.round(ground.share * (posts / POSTS_PER_PERSON))).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(people)[:-1]])
    return Crowd(first=first, people=people, salt=int(rng.integers(2**63)))


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the finalizer of SplitMix64 of each value (Steele, Lea and Flood 2014, fig. 16).

    >>> hex(int(mix(np.array([0x9E3779B97F4A7C15], np.uint64))[0]))
    '0xe220a8397b1dcdaf'
    """
    values = (values ^ (values >> np.uint64(30))) * _MIX1
    values = (values ^ (values >> np.uint64(27))) * _MIX2
    return values ^ (values >> np.uint64(31))
