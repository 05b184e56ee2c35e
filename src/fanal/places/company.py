"""Company: what the other names of a text say of each candidate of a name, as columns of `clues.Clue`."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.geo.distance import EARTH_RADIUS_KM
from fanal.places.climb import region_of
from fanal.places.entry import Kind

WINDOW = 50
"""Terms before and behind one that may lie close to it: a text that names thousands takes no longer for each."""

TOP = 3
"""Candidates of another term that are looked at for CLOSE."""

_CLOSE_KM = 100.0
_NEAR_DEGREES = 0.5  # some 55 km: near enough for COULD_CLOSE
_CONTINENT, _COUNTRY, _REGION, _CITY = (
    int(Kind.CONTINENT),
    int(Kind.COUNTRY),
    int(Kind.REGION),
    int(Kind.CITY),
)


@njit(cache=True, nogil=True)
def say_areas(
    begin: int,
    end: int,
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    probability: NDArray[np.float64],
    kind: NDArray[np.int8],
    holder: NDArray[np.int32],
    named: NDArray[np.float32],
    inside: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Write what the other terms of a text say of the areas around each candidate; leave the sums at 0."""
    countries = np.float32(0.0)
    for t in range(begin, end):
        _add(t, 1.0, offsets, entry, probability, holder, named, inside)
        countries += _countries(t, offsets, entry, probability, kind)
    for t in range(begin, end):
        _add(t, -1.0, offsets, entry, probability, holder, named, inside)
        other = countries - _countries(t, offsets, entry, probability, kind)
        for c in range(offsets[t], offsets[t + 1]):
            _around(c, entry[c], other, kind, holder, named, inside, out)
        _add(t, 1.0, offsets, entry, probability, holder, named, inside)
    for t in range(begin, end):
        _clear(t, offsets, entry, holder, named, inside)


@njit(cache=True, nogil=True)
def likeliest(begin: int, end: int, probability: NDArray[np.float64], found: NDArray[np.int64]) -> None:
    """Write the candidates of a term that are likeliest, at most TOP."""
    for place in range(TOP):
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
            out[c, 22] = _counted(inside[above] + named[above])
        elif what == _REGION:
            out[c, 20] = min(np.float32(1.0), max(np.float32(0.0), named[above]))
            out[c, 23] = _counted(inside[above] + named[above])
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
def say_close(
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
    if _is_wide(kind[entry[c]]):
        return
    total, closest = 0.0, 0.0
    one = entry[c]
    for other in range(max(begin, t - WINDOW), min(end, t + WINDOW + 1)):
        if other == t:
            continue
        here = 0.0
        for place in range(TOP):
            k = top[other, place]
            if k < 0:
                break
            if _is_wide(kind[entry[k]]) or entry[k] == one:
                continue
            here += probability[k] * np.exp(
                -_km(lon[one], lat[one], lon[entry[k]], lat[entry[k]]) / _CLOSE_KM
            )
        total += here
        closest = max(closest, here)
    out[c, 26] = _counted(np.float32(total))
    out[c, 27] = closest


@njit(cache=True, nogil=True)
def _counted(terms: np.float32) -> np.float32:
    """Return log(1 + terms) / 2: the second term that agrees says less than the first."""
    return np.float32(np.log1p(max(terms, np.float32(0.0))) / 2.0)


@njit(cache=True, nogil=True)
def say_region(
    begin: int,
    end: int,
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    kind: NDArray[np.int8],
    holder: NDArray[np.int32],
    seen: NDArray[np.int64],
    terms_in: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Write how many other terms have a candidate in the same first-level area, each after its worth."""
    for t in range(begin, end):
        for c in range(offsets[t], offsets[t + 1]):
            above = region_of(entry[c], kind, holder)
            if above >= 0 and seen[above] != t:
                seen[above] = t
                terms_in[above] += _worth(t, offsets)
    for t in range(begin, end):
        for c in range(offsets[t], offsets[t + 1]):
            above = region_of(entry[c], kind, holder)
            if above >= 0:
                out[c, 34] = _counted(terms_in[above] - _worth(t, offsets))
    for t in range(begin, end):
        for c in range(offsets[t], offsets[t + 1]):
            above = region_of(entry[c], kind, holder)
            if above >= 0:
                terms_in[above] = 0.0
                seen[above] = -1


@njit(cache=True, nogil=True)
def say_reach(
    begin: int,
    end: int,
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    kind: NDArray[np.int8],
    out: NDArray[np.float32],
) -> None:
    """Write how many other terms have a candidate close by, each after its worth."""
    for t in range(begin, end):
        for c in range(offsets[t], offsets[t + 1]):
            one = entry[c]
            if _is_wide(kind[one]) or kind[one] == _REGION or np.isnan(lat[one]):
                continue
            total = np.float32(0.0)
            for other in range(max(begin, t - WINDOW), min(end, t + WINDOW + 1)):
                if other != t and _reaches(other, one, offsets, entry, lon, lat, kind):
                    total += _worth(other, offsets)
            out[c, 33] = _counted(total)


@njit(cache=True, nogil=True)
def _reaches(
    t: int,
    one: int,
    offsets: NDArray[np.int64],
    entry: NDArray[np.int32],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    kind: NDArray[np.int8],
) -> bool:
    """Say whether a term has a candidate near an entry, other than itself and no country."""
    wide = _NEAR_DEGREES / max(0.1, np.cos(np.radians(lat[one])))
    for c in range(offsets[t], offsets[t + 1]):
        two = entry[c]
        near = abs(lat[two] - lat[one]) < _NEAR_DEGREES and abs(lon[two] - lon[one]) < wide
        if near and two != one and kind[two] != _COUNTRY:
            return True
    return False


@njit(cache=True, nogil=True)
def _is_wide(kind: int) -> bool:
    """Say whether a kind of place lies nowhere in particular."""
    return kind in (_COUNTRY, _CONTINENT)


@njit(cache=True, nogil=True)
def _worth(t: int, offsets: NDArray[np.int64]) -> np.float32:
    """Return how much a term tells by having some candidate somewhere; a name of many places has one anywhere."""
    return np.float32(1.0 / (1.0 + np.log(max(1, offsets[t + 1] - offsets[t]))))


@njit(cache=True, nogil=True)
def _km(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Return the great-circle distance by the haversine; far away 1e9, without NaN."""
    if abs(lat - to_lat) > 5.0:
        return 1e9
    a, b = np.radians(lat), np.radians(to_lat)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(to_lon - lon) / 2) ** 2
    found = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(1.0, half)))
    return found if found == found else 1e9


@njit(cache=True, nogil=True)
def say_beside(
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
