"""Clues: what speaks for each candidate of a named place, in numbers that a weight can be put on.

A term is a name in a text, however often it stands there: one name in one text means one place (Gale, Church and
Yarowsky 1992, "One sense per discourse").
"""

from enum import IntEnum

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.geo.distance import EARTH_RADIUS_KM
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
    SAME_COUNTRY = 22  # the number of other terms that lie in its country: log(1 + n) / 2, as SAME_REGION to COULD_REGION
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

KIND_CLUES = np.array([4, 5, 6, 7, -1, 8, 9, 10], dtype=np.int64)
"""Column of each Kind of `fanal.places.entry`; -1: a city, which the others are measured against."""

RELATION_CLUES = np.array([-1, 11, 12, 13, 14, 15], dtype=np.int64)
"""Column of each Relation; -1: its name."""

_CLOSE_KM = 100.0
_KNOWN = np.zeros(len(Kind), dtype=np.int64)
_KNOWN[Kind.CONTINENT], _KNOWN[Kind.NATURAL] = 300_000_000, 1_000_000
"""People that a place without people is taken for: only well-known seas, rivers and continents are listed."""
_NEAR_DEGREES = 0.5  # some 55 km: near enough for COULD_CLOSE
_TOP = 3  # candidates of another term that are looked at for CLOSE
_CONTINENT, _COUNTRY, _REGION, _CITY = int(Kind.CONTINENT), int(Kind.COUNTRY), int(Kind.REGION), int(Kind.CITY)


@njit(cache=True, nogil=True)
def gather(
    texts: NDArray[np.int64],
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    relation: NDArray[np.int8],
    probability: NDArray[np.float64],
    pairs: NDArray[np.int64],
    spoken: NDArray[np.float32],
    home: NDArray[np.bool_],
    typed: NDArray[np.int8],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    population: NDArray[np.int64],
    kind: NDArray[np.int8],
    country: NDArray[np.int16],
    holder: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Return the clues of each candidate, c by CLUES.

    Args:
        texts: text i has the terms texts[i] to texts[i + 1].
        offsets: term t has the candidates offsets[t] to offsets[t + 1].
        entry: row of the gazetteer, c.
        relation: how the name belongs to the entry, c.
        probability: as believed so far, c; all 0 at first: then no other term speaks.
        pairs: neighbouring terms, p by 3: a term, the one behind it, the number of words between.
        spoken: share of each country's people who speak the language of the text, texts by countries.
        home: of each country.
        typed: what the reader took each term for, as a Kind; -1: unknown.
        lon: of each entry, degrees; and so on.
    """
    n = len(entry)
    out = np.zeros((n, CLUES), dtype=np.float32)
    named = np.zeros(len(holder), dtype=np.float32)
    inside = np.zeros(len(holder), dtype=np.float32)
    seen = np.full(len(holder), -1, dtype=np.int64)
    terms_in = np.zeros(len(holder), dtype=np.float32)
    top = np.full((offsets.shape[0] - 1, _TOP), -1, dtype=np.int64)
    for t in range(len(offsets) - 1):
        _own(t, offsets, entry, relation, typed, population, kind, out)
        _best(offsets[t], offsets[t + 1], probability, top[t])
    for i in range(len(texts) - 1):
        begin, end = texts[i], texts[i + 1]
        for t in range(begin, end):
            for c in range(offsets[t], offsets[t + 1]):
                out[c, 29] = spoken[i, country[entry[c]]] if country[entry[c]] >= 0 else 0.0
                out[c, 30] = 1.0 if country[entry[c]] >= 0 and home[country[entry[c]]] else 0.0
        if end - begin < 2:
            continue
        for t in range(begin, end):
            _add(t, 1.0, offsets, entry, probability, holder, named, inside)
        countries = np.float32(0.0)
        for t in range(begin, end):
            countries += _countries(t, offsets, entry, probability, kind)
        for t in range(begin, end):
            _add(t, -1.0, offsets, entry, probability, holder, named, inside)
            own_countries = _countries(t, offsets, entry, probability, kind)
            for c in range(offsets[t], offsets[t + 1]):
                _around(c, entry[c], countries - own_countries, kind, holder, named, inside, out)
                _close(c, t, begin, end, top, entry, probability, lon, lat, kind, out)
            _add(t, 1.0, offsets, entry, probability, holder, named, inside)
        _could(begin, end, offsets, entry, probability, lon, lat, kind, holder, seen, terms_in, out)
        for t in range(begin, end):
            _clear(t, offsets, entry, holder, named, inside)
    for one in range(len(pairs)):
        _beside(pairs[one, 0], pairs[one, 1], pairs[one, 2], offsets, entry, probability, holder, out)
    return out


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
    most = np.int64(0)
    for c in range(offsets[t], offsets[t + 1]):
        most = max(most, population[entry[c]], _KNOWN[kind[entry[c]]])
    for c in range(offsets[t], offsets[t + 1]):
        people = max(population[entry[c]], _KNOWN[kind[entry[c]]])
        out[c, 0] = np.log10(max(people, 1)) / 7.0
        out[c, 1] = 1.0 if people <= 0 else 0.0
        out[c, 2] = (np.log10(max(most, 1)) - np.log10(max(people, 1))) / 7.0
        out[c, 3] = 1.0 if people == most else 0.0
        what = kind[entry[c]]
        if KIND_CLUES[what] >= 0:
            out[c, KIND_CLUES[what]] = 1.0
        if RELATION_CLUES[relation[c]] >= 0:
            out[c, RELATION_CLUES[relation[c]]] = 1.0
        if typed[t] >= 0:
            out[c, 31 if typed[t] == what else 32] = 1.0


@njit(cache=True, nogil=True)
def _best(begin: int, end: int, probability: NDArray[np.float64], found: NDArray[np.int64]) -> None:
    """Write the candidates of a term that are likeliest, at most _TOP."""
    for place in range(_TOP):
        best = -1
        for c in range(begin, end):
            if probability[c] > 0.02 and (best < 0 or probability[c] > probability[best]):
                taken = False
                for before in range(place):
                    taken = taken or found[before] == c
                if not taken:
                    best = c
        found[place] = best
        if best < 0:
            break


@njit(cache=True, nogil=True)
def _add(
    t: int,
    sign: float,
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    probability: NDArray[np.float64],
    holder: NDArray[np.int32],
    named: NDArray[np.float32],
    inside: NDArray[np.float32],
) -> None:
    """Add a term's probabilities to what is named and to all that holds it, or take them away."""
    for c in range(offsets[t], offsets[t + 1]):
        share = np.float32(sign * probability[c])
        if share == 0.0:
            continue
        named[entry[c]] += share
        above = holder[entry[c]]
        while above >= 0:
            inside[above] += share
            above = holder[above]


@njit(cache=True, nogil=True)
def _clear(
    t: int,
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    holder: NDArray[np.int32],
    named: NDArray[np.float32],
    inside: NDArray[np.float32],
) -> None:
    """Set back to 0 what a term has touched, so that no rounding stays for the next text."""
    for c in range(offsets[t], offsets[t + 1]):
        named[entry[c]] = 0.0
        above = holder[entry[c]]
        while above >= 0:
            inside[above] = 0.0
            above = holder[above]


@njit(cache=True, nogil=True)
def _countries(
    t: int,
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    probability: NDArray[np.float64],
    kind: NDArray[np.int8],
) -> np.float32:
    """Return how likely a term names a country."""
    found = np.float32(0.0)
    for c in range(offsets[t], offsets[t + 1]):
        if kind[entry[c]] == _COUNTRY:
            found += np.float32(probability[c])
    return found


@njit(cache=True, nogil=True)
def _around(
    c: int,
    one: int,
    countries: np.float32,
    kind: NDArray[np.int8],
    holder: NDArray[np.int32],
    named: NDArray[np.float32],
    inside: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Write what the other terms say of the areas around a candidate."""
    above = holder[one]
    country_named = np.float32(0.0)
    while above >= 0:
        what = kind[above]
        if what == _COUNTRY:
            country_named = named[above]
            out[c, 19] = min(np.float32(1.0), max(np.float32(0.0), named[above]))
            out[c, 22] = _counted((inside[above] + named[above]))
        elif what == _REGION:
            out[c, 20] = min(np.float32(1.0), max(np.float32(0.0), named[above]))
            out[c, 23] = _counted((inside[above] + named[above]))
        else:
            out[c, 21] = max(out[c, 21], min(np.float32(1.0), max(np.float32(0.0), named[above])))
            out[c, 24] = max(out[c, 24], _counted(inside[above] + named[above]))
        above = holder[above]
    if kind[one] == _COUNTRY:
        country_named = countries  # another country beside it says nothing against a country
        out[c, 22] = _counted(inside[one])
    elif kind[one] == _REGION:
        out[c, 23] = _counted(inside[one])
    elif kind[one] != _CITY:
        out[c, 24] = _counted(inside[one])
    out[c, 25] = min(np.float32(1.0), max(np.float32(0.0), inside[one]))
    out[c, 28] = min(np.float32(1.0), max(np.float32(0.0), countries - country_named))


@njit(cache=True, nogil=True)
def _close(
    c: int,
    t: int,
    begin: int,
    end: int,
    top: NDArray[np.int64],
    entry: NDArray[np.int32],
    probability: NDArray[np.float64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    kind: NDArray[np.int8],
    out: NDArray[np.float32],
) -> None:
    """Write how many of the other terms lie close by; countries and continents lie nowhere in particular."""
    if kind[entry[c]] == _COUNTRY or kind[entry[c]] == _CONTINENT:
        return
    total, closest = 0.0, 0.0
    one = entry[c]
    for other in range(begin, end):
        if other == t:
            continue
        here = 0.0
        for place in range(_TOP):
            k = top[other, place]
            if k < 0:
                break
            if kind[entry[k]] == _COUNTRY or kind[entry[k]] == _CONTINENT or entry[k] == one:
                continue
            here += probability[k] * np.exp(-_km(lon[one], lat[one], lon[entry[k]], lat[entry[k]]) / _CLOSE_KM)
        total += here
        closest = max(closest, here)
    out[c, 26] = _counted(np.float32(total))
    out[c, 27] = closest


@njit(cache=True, nogil=True)
def _counted(terms: np.float32) -> np.float32:
    """Return log(1 + terms) / 2: the second term that agrees says less than the first."""
    return np.float32(np.log1p(max(terms, np.float32(0.0))) / 2.0)


@njit(cache=True, nogil=True)
def _could(
    begin: int,
    end: int,
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    probability: NDArray[np.float64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    kind: NDArray[np.int8],
    holder: NDArray[np.int32],
    seen: NDArray[np.int64],
    terms_in: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Write how many other terms could mean a place close by or in the same region.

    A name of many places has one nearly everywhere: a term counts 1 / (1 + log(candidates)).
    """
    for t in range(begin, end):
        worth = _worth(t, offsets)
        for c in range(offsets[t], offsets[t + 1]):
            above = _region(entry[c], kind, holder)
            if above >= 0 and seen[above] != t:
                seen[above] = t
                terms_in[above] += worth
    for t in range(begin, end):
        own = _worth(t, offsets)
        for c in range(offsets[t], offsets[t + 1]):
            one = entry[c]
            above = _region(one, kind, holder)
            if above >= 0:
                out[c, 34] = _counted(terms_in[above] - own)
            if kind[one] == _COUNTRY or kind[one] == _REGION or kind[one] == _CONTINENT or lat[one] != lat[one]:
                continue
            wide = _NEAR_DEGREES / max(0.1, np.cos(np.radians(lat[one])))
            total = np.float32(0.0)
            for other in range(begin, end):
                if other == t:
                    continue
                for k in range(offsets[other], offsets[other + 1]):
                    two = entry[k]
                    if (
                        abs(lat[two] - lat[one]) < _NEAR_DEGREES
                        and abs(lon[two] - lon[one]) < wide
                        and two != one
                        and kind[two] != _COUNTRY
                    ):
                        total += _worth(other, offsets)
                        break
            out[c, 33] = _counted(total)
    for t in range(begin, end):
        for c in range(offsets[t], offsets[t + 1]):
            above = _region(entry[c], kind, holder)
            if above >= 0:
                terms_in[above] = 0.0
                seen[above] = -1


@njit(cache=True, nogil=True)
def _worth(t: int, offsets: NDArray[np.int64]) -> np.float32:
    """Return how much a term tells by having some candidate somewhere."""
    return np.float32(1.0 / (1.0 + np.log(max(1, offsets[t + 1] - offsets[t]))))


@njit(cache=True, nogil=True)
def _region(one: int, kind: NDArray[np.int8], holder: NDArray[np.int32]) -> int:
    """Return the first-level area of an entry, itself if it is one; -1: none."""
    at = one
    while at >= 0 and kind[at] != _REGION:
        at = holder[at]
    return at


@njit(cache=True, nogil=True)
def _km(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Return the great-circle distance by the haversine; far away 1e9, without NaN."""
    if abs(lat - to_lat) > 5.0:
        return 1e9
    a, b = np.radians(lat), np.radians(to_lat)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    found = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(1.0, half)))
    return found if found == found else 1e9  # noqa: PLR0124 - NaN is not itself


@njit(cache=True, nogil=True)
def _beside(
    t: int,
    behind: int,
    between: int,
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    probability: NDArray[np.float64],
    holder: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    """Write what two neighbours say of each other."""
    for first in range(offsets[t], offsets[t + 1]):
        for second in range(offsets[behind], offsets[behind + 1]):
            if probability[first] == 0.0 and probability[second] == 0.0:
                continue
            if _holds(entry[second], entry[first], holder):
                share = np.float32(probability[second])
                at = 16 if between == 0 else 17
                out[first, at] = min(np.float32(1.0), out[first, at] + share)
                out[second, 18] = min(np.float32(1.0), out[second, 18] + np.float32(probability[first]))
            elif _holds(entry[first], entry[second], holder):
                out[second, 17] = min(np.float32(1.0), out[second, 17] + np.float32(probability[first]))


@njit(cache=True, nogil=True)
def _holds(area: int, one: int, holder: NDArray[np.int32]) -> bool:
    """Say whether an entry lies in an area."""
    above = holder[one]
    while above >= 0:
        if above == area:
            return True
        above = holder[above]
    return False
