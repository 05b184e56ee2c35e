"""Simulated terms: texts that name places near one another, made from the gazetteer, for the resolver to learn from.

They are simulated: no text was written, only which names would stand in one. A text has an anchor, a town that it is
about; towns near it; now and then the areas that hold it; and places of the world that many know.
"""

import numpy as np
from numpy.typing import NDArray

from fanal.places.entry import Kind, Relation
from fanal.places.file import Gazetteer
from fanal.places.resolver_training import Lesson
from fanal.places.terms import Terms, collect
from fanal.places.tongues import tongues

# How often which places are named: guesses, written down so that they can be replaced by counted ones.
ANCHOR_EXPONENT = 0.45  # of the people: small towns are written about less, but there are many
WORLD_EXPONENT = 0.9
TOWN_SMOOTHING = 300.0
NEAR = 1.6  # mean number of towns near the anchor
WORLD = 0.7  # mean number of places of the world
DISTRICT, REGION, COUNTRY = 0.25, 0.5, 0.3  # how often the areas around the anchor are named
BEHIND = 0.35  # the area stands right behind the town
OTHER_NAME = 0.1  # another name than the first is used
NEAR_KM = 60.0
LONELY = 0.35  # texts that name one place of the world alone


def simulate(gazetteer: Gazetteer, texts: int, dice: np.random.Generator) -> Lesson:
    """Return the terms of so many simulated texts, each with its one right candidate.

    Args:
        gazetteer: whose places are named.
        texts: number of texts.
        dice: the randomness.
    """
    say = _Names(gazetteer)
    towns = np.flatnonzero((gazetteer.kind == Kind.CITY) & say.has & np.isfinite(gazetteer.lat))
    people = np.maximum(gazetteer.population[towns], 0).astype(np.float64)
    local = _cumulated((people + TOWN_SMOOTHING) ** ANCHOR_EXPONENT)
    known = np.flatnonzero(
        say.has & (gazetteer.kind != Kind.CITY) | (gazetteer.population > 50_000) & say.has
    )
    famous = _cumulated((np.maximum(gazetteer.population[known], 0) + 1e4) ** WORLD_EXPONENT)
    by_lat = towns[np.argsort(gazetteer.lat[towns], kind="stable")]
    lat = gazetteer.lat[by_lat]
    row, first, name, right = [], [], [], []
    for text in range(texts):
        named: list[tuple[int, bool]] = []  # entry, and whether it stands right behind the one before
        if dice.random() >= LONELY:
            anchor = int(towns[_draw(local, dice)])
            named.append((anchor, False))
            named += _areas(anchor, gazetteer, say, dice)
            for _ in range(dice.poisson(NEAR)):
                near = _near(anchor, by_lat, lat, gazetteer, dice)
                if near >= 0:
                    named.append((near, False))
                    if dice.random() < BEHIND / 3:
                        named += _areas(near, gazetteer, say, dice)[:1]
        else:
            named.append((int(known[_draw(famous, dice)]), False))
        named += [(int(known[_draw(famous, dice)]), False) for _ in range(dice.poisson(WORLD))]
        word = 0
        for entry, behind in named:
            if not say.has[entry]:
                continue
            word += 1 if behind else int(dice.integers(2, 9))
            row.append(text)
            first.append(word)
            name.append(say.pick(entry, dice))
            right.append(entry)
    return _lesson(np.array(row), np.array(first), np.array(name), np.array(right), gazetteer, texts)


class _Names:
    """Say by which names an entry is called."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        name = np.repeat(np.arange(len(gazetteer.offsets) - 1), np.diff(gazetteer.offsets))
        usable = (gazetteer.relation != Relation.VARIANT) & ~gazetteer.everyday[name]
        order = np.lexsort((gazetteer.relation[usable] != Relation.NAME, gazetteer.entry[usable]))
        self._name = name[usable][order]
        entry = gazetteer.entry[usable][order]
        self._begin = np.searchsorted(entry, np.arange(len(gazetteer.kind) + 1))
        self.has: NDArray[np.bool_] = np.diff(self._begin) > 0

    def pick(self, entry: int, dice: np.random.Generator) -> int:
        """Return a name of an entry: mostly its own."""
        begin, end = self._begin[entry], self._begin[entry + 1]
        return int(self._name[begin if dice.random() >= OTHER_NAME else dice.integers(begin, end)])


def _areas(town: int, gazetteer: Gazetteer, say: _Names, dice: np.random.Generator) -> list[tuple[int, bool]]:
    """Return the areas around a town that are named with it."""
    found: list[tuple[int, bool]] = []
    above = int(gazetteer.holder[town])
    odds = {Kind.DISTRICT: DISTRICT, Kind.REGION: REGION, Kind.COUNTRY: COUNTRY}
    while above >= 0:
        if say.has[above] and dice.random() < odds.get(Kind(gazetteer.kind[above]), 0.0):
            found.append((above, not found and dice.random() < BEHIND / REGION))
        above = int(gazetteer.holder[above])
    return found


def _near(
    anchor: int,
    by_lat: NDArray[np.int64],
    lat: NDArray[np.float64],
    gazetteer: Gazetteer,
    dice: np.random.Generator,
) -> int:
    """Return a town near another, the nearer and bigger the likelier; -1: there is none."""
    reach = NEAR_KM / 111.2
    here = gazetteer.lat[anchor]
    some = by_lat[np.searchsorted(lat, here - reach) : np.searchsorted(lat, here + reach)]
    east = (gazetteer.lon[some] - gazetteer.lon[anchor]) * max(0.05, np.cos(np.radians(here)))
    some_km = 111.2 * np.hypot(gazetteer.lat[some] - here, east)
    weight = (
        (some_km < NEAR_KM) * np.exp(-some_km / 25.0) * (gazetteer.population[some] + TOWN_SMOOTHING) ** 0.4
    )
    weight *= (some != anchor) & (gazetteer.country[some] == gazetteer.country[anchor])
    total = weight.sum()
    return int(some[_draw(_cumulated(weight), dice)]) if total > 0 else -1


def _cumulated(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.cumsum(weight / weight.sum())


def _draw(cumulated: NDArray[np.float64], dice: np.random.Generator) -> int:
    return min(int(np.searchsorted(cumulated, dice.random(), side="right")), len(cumulated) - 1)


def _lesson(
    row: NDArray[np.int64],
    first: NDArray[np.int64],
    name: NDArray[np.int64],
    right: NDArray[np.int64],
    gazetteer: Gazetteer,
    texts: int,
) -> Lesson:
    """Return the terms with their right candidates; each term counts once."""
    first = first + row * 10_000  # words count through all texts
    unknown = np.full(len(row), -1, np.int8)
    terms: Terms = collect(row, first, first, name, unknown, gazetteer, texts)
    good = np.zeros(len(terms.entry), np.bool_)
    for mention, entry in enumerate(right.tolist()):
        begin, end = terms.offsets[terms.of[mention]], terms.offsets[terms.of[mention] + 1]
        good[begin:end] |= terms.entry[begin:end] == entry
    return Lesson(
        terms=terms,
        right=good,
        counts=np.ones(len(terms.name)),
        spoken=tongues(None, gazetteer.countries, texts),
        home=np.zeros(len(gazetteer.countries), np.bool_),
    )
