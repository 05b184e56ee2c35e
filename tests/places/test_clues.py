"""Clues are those of a slow and obvious reading; the resolver reads a text's names together."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.places import resolver, terms
from fanal.places.clues import CLUES, Clue
from fanal.places.entry import Kind, Relation
from fanal.places.resolver import Weights
from fanal.places.tongues import Tongues, tongues


@dataclass
class World:
    """Stand for a gazetteer of a dozen places: what the resolver reads of one."""

    lon: np.ndarray
    lat: np.ndarray
    population: np.ndarray
    kind: np.ndarray
    country: np.ndarray
    holder: np.ndarray
    offsets: np.ndarray
    entry: np.ndarray
    relation: np.ndarray
    everyday: np.ndarray
    weak: np.ndarray


C, R, D, T = Kind.COUNTRY, Kind.REGION, Kind.DISTRICT, Kind.CITY
PLACES = [  # kind, holder, country, people, lon, lat
    (C, -1, 0, 40_000_000, 44.0, 33.0),
    (C, -1, 1, 80_000_000, 35.0, 39.0),
    (R, 0, 0, 3_000_000, 43.0, 36.0),
    (R, 1, 1, 2_000_000, 36.0, 37.0),
    (D, 2, 0, 300_000, 42.0, 36.3),
    (T, 4, 0, 40_000, 41.9, 36.3),
    (T, 3, 1, 900_000, 36.2, 37.1),
    (T, 2, 0, 1_500_000, 43.1, 36.3),
    (T, 4, 0, 500, 41.8, 36.2),
    (T, 3, 1, 0, 36.1, 37.0),
    (Kind.NATURAL, -1, -1, 0, 41.8, 36.4),
    (Kind.CONTINENT, -1, -1, 0, 45.0, 30.0),
]
NAMES = [[0], [1], [2, 5], [3], [4, 5, 6], [7], [8, 9], [5, 6, 8], [10, 4], [11], [9], [6, 7]]


@pytest.fixture(scope="module")
def world() -> World:
    return made()


def made() -> World:
    kind, holder, country, people, lon, lat = (np.array(one) for one in zip(*PLACES, strict=True))
    count = [len(name) for name in NAMES]
    entry = np.array([place for name in NAMES for place in name], np.int32)
    return World(
        lon=lon,
        lat=lat,
        population=people.astype(np.int64),
        kind=kind.astype(np.int8),
        country=country.astype(np.int16),
        holder=holder.astype(np.int32),
        offsets=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        entry=entry,
        relation=(np.arange(len(entry)) % len(Relation)).astype(np.int8),
        everyday=np.array([n == 6 for n in range(len(NAMES))]),
        weak=np.array([n == 7 for n in range(len(NAMES))]),
    )


def nobody(texts: int) -> Tongues:
    return tongues(None, ("IQ", "TR"), texts)


def mentioned(texts: list[list[tuple[int, int]]], world: World) -> terms.Terms:
    """Return the terms of texts, each a list of name and first word."""
    row = np.array([at for at, text in enumerate(texts) for _ in text], np.int64)
    name = np.array([one for text in texts for one, _ in text], np.int64)
    first = np.array([word + 1_000 * at for at, text in enumerate(texts) for _, word in text], np.int64)
    unknown = np.full(len(row), -1, np.int8)
    return terms.collect(row, first, first, name, unknown, world, len(texts))


def above(world: World, entry: int) -> list[int]:
    found = []
    while (entry := int(world.holder[entry])) >= 0:
        found.append(entry)
    return found


def counted(value: float) -> float:
    return math.log1p(max(value, 0.0)) / 2


def slowly(found: terms.Terms, world: World, believed: np.ndarray) -> np.ndarray:
    """Read the clues that other terms give, candidate by candidate, as the docstrings say."""
    out = np.zeros((len(found.entry), CLUES))
    of = np.repeat(np.arange(len(found.name)), np.diff(found.offsets))
    text = np.repeat(np.arange(len(found.texts) - 1), np.diff(found.texts))
    for c, entry in enumerate(found.entry.tolist()):
        others = [k for k in range(len(found.entry)) if text[of[k]] == text[of[c]] and of[k] != of[c]]
        if len(set(of[[k for k in range(len(of)) if text[of[k]] == text[of[c]]]])) < 1:
            continue

        def named(area: int, others: list[int] = others) -> float:
            return sum(believed[k] for k in others if found.entry[k] == area)

        def inside(area: int, others: list[int] = others) -> float:
            return sum(believed[k] for k in others if area in above(world, int(found.entry[k])))

        for area in above(world, entry):
            if world.kind[area] == C:
                out[c, Clue.COUNTRY_NAMED] = min(1, named(area))
                out[c, Clue.SAME_COUNTRY] = counted(named(area) + inside(area))
            elif world.kind[area] == R:
                out[c, Clue.REGION_NAMED] = min(1, named(area))
                out[c, Clue.SAME_REGION] = counted(named(area) + inside(area))
            else:
                out[c, Clue.DISTRICT_NAMED] = max(out[c, Clue.DISTRICT_NAMED], min(1, named(area)))
                out[c, Clue.SAME_DISTRICT] = max(
                    out[c, Clue.SAME_DISTRICT], counted(named(area) + inside(area))
                )
        out[c, Clue.HOLDS] = min(1, inside(entry))
    return out


TEXT = st.lists(st.tuples(st.integers(0, len(NAMES) - 1), st.integers(1, 4)), min_size=0, max_size=6).map(
    lambda steps: [
        (name, int(word))
        for (name, _), word in zip(steps, np.cumsum([s for _, s in steps] or [0]), strict=False)
    ]
)


@settings(deadline=None, max_examples=150)
@given(texts=st.lists(TEXT, min_size=1, max_size=4), seed=st.integers(0, 2**32 - 1))
def test_what_other_names_say_is_what_a_slow_reading_finds(texts, seed) -> None:
    world = made()
    found = mentioned(texts, world)
    believed = np.random.Generator(np.random.PCG64(seed)).uniform(0.05, 0.4, len(found.entry))
    spoken = nobody(len(texts))
    fast = resolver.gather(found, world, spoken=spoken, home=np.zeros(2, np.bool_))
    resolver.believe(found, world, believed, fast)
    slow = slowly(found, world, believed)
    looked_at = [
        Clue.COUNTRY_NAMED, Clue.REGION_NAMED, Clue.DISTRICT_NAMED, Clue.SAME_COUNTRY, Clue.SAME_REGION,
        Clue.SAME_DISTRICT, Clue.HOLDS,
    ]  # fmt: skip
    for clue in looked_at:
        held = np.isin(world.kind[found.entry], [C, R, D]) & (
            clue in (Clue.SAME_COUNTRY, Clue.SAME_REGION, Clue.SAME_DISTRICT)
        )
        np.testing.assert_allclose(fast[~held, clue], slow[~held, clue], atol=1e-5, err_msg=clue.name)
    assert np.isfinite(fast).all()
    assert (fast >= 0).all()


def weights(**clues: float) -> Weights:
    clue = np.zeros((resolver.ROUNDS, CLUES))
    for name, value in clues.items():
        clue[:, Clue[name]] = value
    return Weights(clue=clue, nothing=np.zeros((resolver.ROUNDS, len(resolver.NOTHING))))


def likely(found: terms.Terms, world: World, chosen: Weights) -> np.ndarray:
    spoken = nobody(len(found.texts) - 1)
    return resolver.resolve(found, world, chosen, spoken=spoken, home=np.zeros(2, np.bool_))


@settings(deadline=None, max_examples=80)
@given(texts=st.lists(TEXT, min_size=1, max_size=4))
def test_probabilities_of_a_term_add_up_to_less_than_one(texts) -> None:
    world = made()
    found = mentioned(texts, world)
    said = likely(found, world, weights(PEOPLE=3, SAME_REGION=2, CLOSE=1, COULD_CLOSE=1))
    for t in range(len(found.name)):
        total = said[found.offsets[t] : found.offsets[t + 1]].sum()
        assert 0 < total < 1


def test_one_name_in_a_text_is_one_term_and_texts_are_apart(world: World) -> None:
    found = mentioned([[(4, 0), (2, 1), (4, 5)], [(4, 0)]], world)
    assert found.of.tolist() == [1, 0, 1, 2]
    assert found.texts.tolist() == [0, 2, 3]
    assert found.pairs.tolist() == [[1, 0, 0]]


def test_a_text_reads_as_if_it_stood_alone(world: World) -> None:
    chosen = weights(PEOPLE=2, SAME_REGION=3, CLOSEST=2, NEXT_HOLDS=2, COULD_REGION=1)
    one, two = [(4, 0), (5, 1)], [(6, 0), (3, 1), (11, 9)]
    both = likely(mentioned([one, two], world), world, chosen)
    alone = [likely(mentioned([text], world), world, chosen) for text in (one, two)]
    np.testing.assert_allclose(both, np.concatenate(alone))


def test_an_area_right_behind_decides(world: World) -> None:
    chosen = weights(PEOPLE=3, NEXT_HOLDS=6)
    alone = mentioned([[(11, 0)]], world)
    assert world.entry[world.offsets[11]] == 6
    assert likely(alone, world, chosen)[0] < likely(alone, world, chosen)[1]
    beside = mentioned([[(11, 0), (3, 1)]], world)
    said = likely(beside, world, chosen)
    at = beside.offsets[beside.of[0]]
    assert said[at] > said[at + 1]


def test_a_home_country_and_a_language_speak_for_their_places(world: World) -> None:
    found = mentioned([[(11, 0)]], world)
    chosen = weights(HOME=4.0)
    home = np.array([False, True])
    said = resolver.resolve(found, world, chosen, spoken=nobody(1), home=home)
    assert said[0] > 0.9 * said.sum()
    chosen = weights(SPOKEN=4.0)
    spoken = Tongues(share=np.array([[0.9, 0.1]], np.float32), of=np.zeros(1, np.int64))
    said = resolver.resolve(found, world, chosen, spoken=spoken, home=np.zeros(2, np.bool_))
    assert said[1] > 0.9 * said.sum()


def test_no_mention_at_all(world: World) -> None:
    found = mentioned([[], []], world)
    assert not len(likely(found, world, weights(PEOPLE=1)))
