"""Known: what the gazetteer knows of each name, small enough to be looked at for every word."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fanal.text import phrases
from fanal.text.phrases import Phrases

NOTHING, COUNTRY, REGION, DISTRICT, CITY, NATURAL, CONTINENT, ISLAND = range(8)
"""Kinds of places as the tagger tells them apart; a name's kind is that of the likeliest place that bears it."""

_KIND = np.array([COUNTRY, REGION, DISTRICT, DISTRICT, CITY, NATURAL, CONTINENT, NOTHING], np.uint8)
"""By the gazetteer's kinds: country, region, district, subdistrict, city, natural, continent, other."""

CLEAR, GIVEN_NAME, EVERYDAY, CODE, DEMONYM = range(5)
"""Doubt: a name of places alone; a given or family name too, or a spelling made by rule; an everyday word too; an
abbreviation; a people."""

_CODE, _DEMONYM, _VARIANT = 2, 3, 4
"""The gazetteer's relations of a name to its place that are no names of their own."""

_NEARNESS = np.array([1.0, 1.0, 0.3, 0.3, 0.1, 0.5])
"""How likely a name means its place by relation: name, other, abbreviation, demonym, made by rule, with its kind."""

FOREMOST = 20.0
"""A country or continent is meant so many times likelier than another place of as many people."""

PEOPLE_STEPS = (1, 5_000, 50_000, 500_000, 5_000_000)
"""People from which on a name's likeliest place is a step larger; step 0: none is known."""

MANY_STEPS = (2, 5)
"""Places from which on a name has several, and many."""

LEAST_GLUED = 7
"""Letters of a name of several words that is also looked for as one word (#newzealand)."""

GLUED_STEP = 3
"""Step of people that it needs, unless it is a country's: what is less known is rarely a hashtag."""

ISLANDS = frozenset((
    "AG", "AI", "AW", "BB", "BH", "BL", "BM", "BS", "CU", "CV", "CY", "DM", "DO", "FJ", "FO", "GD", "GP", "GU",
    "HT", "ID", "IE", "IS", "JM", "JP", "KI", "KM", "KN", "KY", "LC", "LK", "MF", "MG", "MH", "MQ", "MS", "MT",
    "MU", "MV", "NC", "NR", "NZ", "PF", "PH", "PR", "PW", "RE", "SB", "SC", "SG", "ST", "SX", "TC", "TO", "TT",
    "TV", "TW", "VC", "VG", "VI", "VU", "WS",
))  # fmt: skip
"""Countries and territories (ISO 3166-1 alpha-2) that consist of islands."""


class Named(Protocol):
    """Names what the tagger needs of k names with m meanings."""

    @property
    def phrases(self) -> Phrases:
        """Return the names, numbered 0 to k."""

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Return where the meanings of each name begin, k + 1."""

    @property
    def entry(self) -> NDArray[np.int32]:
        """Return the place of each meaning, m."""

    @property
    def relation(self) -> NDArray[np.int8]:
        """Return how the name belongs to it, m."""

    @property
    def everyday(self) -> NDArray[np.bool_]:
        """Say of each name whether it is an everyday word, k."""

    @property
    def weak(self) -> NDArray[np.bool_]:
        """Say of each name whether it is a given or family name, k."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Hold k names as the tagger reads them."""

    phrases: Phrases  # numbered 0 to k
    glued: Phrases  # the names of several words, written as one; the same numbers
    kind: NDArray[np.uint8]  # k; NOTHING to ISLAND, of the likeliest place
    kinds: NDArray[np.uint8]  # k; a bit for each kind that any of the places has
    people: NDArray[np.uint8]  # k; step of PEOPLE_STEPS, 0 to 5
    many: NDArray[np.uint8]  # k; step of MANY_STEPS, 0 to 2
    doubt: NDArray[np.uint8]  # k; CLEAR to DEMONYM
    own: Phrases | None = None  # names that a workspace's areas add


def know(
    world: Named,
    *,
    kinds_of: NDArray[np.int8],
    population: NDArray[np.int64],
    country: NDArray[np.int16],
    countries: Sequence[str],
) -> Known:
    """Make names ready for the tagger. Takes seconds for a million.

    The likeliest place of a name is that of most people, after how near the name is to it and what kind of place it is.

    Args:
        world: the names and what they mean.
        kinds_of: of each of n places, as the gazetteer numbers kinds.
        population: of each place.
        country: of each place, a place in `countries`; -1: none.
        countries: ISO 3166-1 alpha-2.
    """
    names = len(world.offsets) - 1
    name = np.repeat(np.arange(names), np.diff(world.offsets))
    kind = _KIND[kinds_of[world.entry]]
    people = population[world.entry]
    of = country[world.entry]
    island = np.append(np.isin(np.array(list(countries), dtype=str), sorted(ISLANDS)), np.array([False]))[of]
    bits = np.left_shift(1, kind.astype(np.int64)) | np.where(island & (kind == COUNTRY), 1 << ISLAND, 0)
    kinds = np.zeros(names, np.int64)
    np.bitwise_or.at(kinds, name, bits)
    weight = (people + 1_000.0) * _NEARNESS[world.relation]
    weight *= np.where((world.relation != _CODE) & ((kind == COUNTRY) | (kind == CONTINENT)), FOREMOST, 1.0)
    order = np.lexsort((-weight, name))
    top = order[world.offsets[:-1]]
    step = np.searchsorted(PEOPLE_STEPS, people[top], side="right")
    doubt = np.where(
        world.relation[top] == _CODE, CODE, np.where(world.relation[top] == _DEMONYM, DEMONYM, CLEAR)
    )
    unsure = world.weak | (world.relation[top] == _VARIANT)
    doubt = np.where((doubt == CLEAR) & unsure, GIVEN_NAME, doubt)
    doubt = np.where((doubt != CODE) & world.everyday, EVERYDAY, doubt)
    return Known(
        phrases=world.phrases,
        glued=phrases.compile(_glued(world.phrases, (step >= GLUED_STEP) | (kind[top] == COUNTRY))),
        kind=kind[top],
        kinds=kinds.astype(np.uint8),
        people=step.astype(np.uint8),
        many=np.searchsorted(MANY_STEPS, np.diff(world.offsets), side="right").astype(np.uint8),
        doubt=doubt.astype(np.uint8),
    )


def of_names(names: Sequence[tuple[str, int, int]]) -> Known:
    """Return names as if a gazetteer knew each of them once: for tests and examples.

    Args:
        names: text, kind (NOTHING to ISLAND) and people.

    >>> found = of_names([("New Zealand", COUNTRY, 5_000_000), ("Oman", COUNTRY, 4_000_000)])
    >>> found.people.tolist(), len(found.glued)
    ([5, 4], 1)
    """
    table = phrases.compile([(text, number) for number, (text, _, _) in enumerate(names)])
    kind = np.array([kind for _, kind, _ in names], np.uint8)
    people = np.array([people for _, _, people in names], np.int64)
    return Known(
        phrases=table,
        glued=phrases.compile(_glued(table, np.ones(len(names), np.bool_))),
        kind=kind,
        kinds=np.left_shift(1, kind.astype(np.int64)).astype(np.uint8),
        people=np.searchsorted(PEOPLE_STEPS, people, side="right").astype(np.uint8),
        many=np.zeros(len(names), np.uint8),
        doubt=np.zeros(len(names), np.uint8),
    )


def _glued(names: Phrases, wanted: NDArray[np.bool_]) -> list[tuple[str, int]]:
    """Return the wanted names of several words without what stands between these."""
    content = names.codes.tobytes().decode("utf-32-le", errors="replace")
    start, end, first = names.start.tolist(), names.end.tolist(), names.first.tolist()
    number = names.number.tolist()
    made = []
    for at in np.flatnonzero((np.diff(names.first) > 1) & wanted[names.number]).tolist():
        text = "".join(content[start[word] : end[word]] for word in range(first[at], first[at + 1]))
        if len(text) >= LEAST_GLUED:
            made.append((text, number[at]))
    return made
