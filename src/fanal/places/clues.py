"""Clues: what speaks for each candidate of a named place, in numbers that a weight can be put on.

A term is a name in a text, however often it stands there: one name in one text means one place (Gale, Church and
Yarowsky 1992, "One sense per discourse").
"""

from enum import IntEnum

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.company import TOP, likeliest, say_areas, say_beside, say_close, say_reach, say_region
from fanal.places.entry import Kind


class Clue(IntEnum):
    """Name the columns of what `gather` returns; each value lies from 0 to about 1."""

    PEOPLE = 0  # log10 of the people, over 7
    PEOPLE_UNKNOWN = 1
    FEWER = 2  # log10 of the people of the candidate with the most over its own, over 7
    MOST = 3  # has the most people of the term's candidates
    COUNTRY = 4  # what it is
    REGION = 5
    DISTRICT = 6
    SUBDISTRICT = 7
    NATURAL = 8
    CONTINENT = 9
    OTHER_KIND = 10
    OTHER_NAME = 11  # how the name belongs to it
    CODE = 12
    DEMONYM = 13
    VARIANT = 14
    KIND_FORM = 15
    NEXT_HOLDS = 16  # the name right behind is an area that holds it ("Paris, Texas")
    NEAR_HOLDS = 17  # the same, with one word between, or in front of it
    NEXT_INSIDE = 18  # the name right in front lies inside it
    COUNTRY_NAMED = 19  # its country is named in the text
    REGION_NAMED = 20
    DISTRICT_NAMED = 21
    SAME_COUNTRY = 22  # other terms that lie in its country, as log(1 + n) / 2; so the others below
    SAME_REGION = 23
    SAME_DISTRICT = 24
    HOLDS = 25  # terms that lie inside it, 1 from one on
    CLOSE = 26  # other terms that lie within some 100 km
    CLOSEST = 27  # the likeliest other term close by
    ABROAD_NAMED = 28  # a country is named, and it is another
    SPOKEN = 29  # the share of its country's people who speak the text's language
    HOME = 30  # lies in a country that the stream is about
    TYPE_FITS = 31  # the reader took the name for what it is
    TYPE_DIFFERS = 32
    COULD_CLOSE = 33  # other terms that have a candidate close by, whatever is believed of it
    COULD_REGION = 34  # other terms that have a candidate in its first-level area


CLUES = len(Clue)

FIRST_BELIEVED, LAST_BELIEVED = int(Clue.NEXT_HOLDS), int(Clue.ABROAD_NAMED)
"""The clues that depend on what is believed of the other terms."""

World = tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.int8],
    NDArray[np.int16],
    NDArray[np.int32],
]
"""Of each entry of the gazetteer: lon, lat, people, kind, country, holder."""

KIND_CLUES = np.array([4, 5, 6, 7, -1, 8, 9, 10], dtype=np.int64)
"""Column of each Kind of `fanal.places.entry`; -1: a city, which the others are measured against."""

RELATION_CLUES = np.array([-1, 11, 12, 13, 14, 15], dtype=np.int64)
"""Column of each Relation; -1: its name."""

_KNOWN = np.zeros(len(Kind), dtype=np.int64)
_KNOWN[Kind.CONTINENT], _KNOWN[Kind.NATURAL] = 300_000_000, 1_000_000
"""People that a place without people is taken for: only well-known seas, rivers and continents are listed."""


@njit(cache=True, nogil=True)
def gather(
    texts: NDArray[np.int64],
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    relation: NDArray[np.int8],
    share: NDArray[np.float32],
    tongue: NDArray[np.int64],
    home: NDArray[np.bool_],
    typed: NDArray[np.int8],
    world: World,
) -> NDArray[np.float32]:
    """Return the clues of each candidate that stay as they are, c by CLUES; those of `believe` are 0.

    Args:
        texts: text i has the terms texts[i] to texts[i + 1].
        offsets: term t has the candidates offsets[t] to offsets[t + 1].
        entry: row of the gazetteer, c.
        relation: how the name belongs to the entry, c.
        share: of each country's people who speak a language, languages by countries.
        tongue: language of each text, a row of `share`.
        home: of each country.
        typed: what the reader took each term for, as a Kind; -1: unknown.
        world: of each entry lon, lat, people, kind, country and holder.
    """
    lon, lat, population, kind, country, holder = world
    out = np.zeros((len(entry), CLUES), dtype=np.float32)
    seen = np.full(len(holder), -1, dtype=np.int64)
    terms_in = np.zeros(len(holder), dtype=np.float32)
    for t in range(len(offsets) - 1):
        _own(t, offsets, entry, relation, typed, population, kind, out)
    for i in range(len(texts) - 1):
        begin, end = texts[i], texts[i + 1]
        _country(offsets[begin], offsets[end], entry, country, share[tongue[i]], home, out)
        if end - begin > 1:
            say_region(begin, end, offsets, entry, kind, holder, seen, terms_in, out)
            say_reach(begin, end, offsets, entry, lon, lat, kind, out)
    return out


@njit(cache=True, nogil=True)
def believe(
    texts: NDArray[np.int64],
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    probability: NDArray[np.float64],
    pairs: NDArray[np.int64],
    world: World,
    out: NDArray[np.float32],
) -> None:
    """Write the clues that depend on what is believed of the other terms into `out`, in the place of older ones.

    Args:
        texts: as in `gather`, and so on.
        offsets: candidates of the terms.
        entry: row of the gazetteer, c.
        probability: as believed so far, c.
        pairs: neighbouring terms, p by 3: a term, the one behind it, the number of words between.
        world: the entries.
        out: what `gather` returned.
    """
    lon, lat, _, kind, _, holder = world
    named = np.zeros(len(holder), dtype=np.float32)
    inside = np.zeros(len(holder), dtype=np.float32)
    top = np.full((offsets.shape[0] - 1, TOP), -1, dtype=np.int64)
    out[:, FIRST_BELIEVED : LAST_BELIEVED + 1] = 0.0
    for i in range(len(texts) - 1):
        begin, end = texts[i], texts[i + 1]
        if end - begin < 2:
            continue
        for t in range(begin, end):
            likeliest(offsets[t], offsets[t + 1], probability, top[t])
        say_areas(begin, end, offsets, entry, probability, kind, holder, named, inside, out)
        for t in range(begin, end):
            for c in range(offsets[t], offsets[t + 1]):
                say_close(c, t, begin, end, top, entry, probability, lon, lat, kind, out)
    for one in range(len(pairs)):
        say_beside(pairs[one, 0], pairs[one, 1], pairs[one, 2], offsets, entry, probability, holder, out)


@njit(cache=True, nogil=True)
def _country(
    begin: int,
    end: int,
    entry: NDArray[np.int32],
    country: NDArray[np.int16],
    spoken: NDArray[np.float32],
    home: NDArray[np.bool_],
    out: NDArray[np.float32],
) -> None:
    """Write what speaks for the country of each candidate of a text."""
    for c in range(begin, end):
        at = country[entry[c]]
        if at >= 0:
            out[c, 29] = spoken[at]
            out[c, 30] = 1.0 if home[at] else 0.0


@njit(cache=True, nogil=True)
def _own(
    t: int,
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    relation: NDArray[np.int8],
    typed: NDArray[np.int8],
    population: NDArray[np.int64],
    kind: NDArray[np.int8],
    out: NDArray[np.float32],
) -> None:
    """Write what a candidate is by itself."""
    most = 0
    for c in range(offsets[t], offsets[t + 1]):
        most = max(most, population[entry[c]], _KNOWN[kind[entry[c]]])
    for c in range(offsets[t], offsets[t + 1]):
        people = max(population[entry[c]], _KNOWN[kind[entry[c]]])
        out[c, 0] = np.log10(np.float64(max(people, 1))) / 7.0
        out[c, 1] = 1.0 if people <= 0 else 0.0
        out[c, 2] = (np.log10(np.float64(max(most, 1))) - np.log10(np.float64(max(people, 1)))) / 7.0
        out[c, 3] = 1.0 if people == most else 0.0
        what = kind[entry[c]]
        if KIND_CLUES[what] >= 0:
            out[c, KIND_CLUES[what]] = 1.0
        if RELATION_CLUES[relation[c]] >= 0:
            out[c, RELATION_CLUES[relation[c]]] = 1.0
        if typed[t] >= 0:
            out[c, 31 if typed[t] == what else 32] = 1.0
