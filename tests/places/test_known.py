"""Known: the likeliest place of a name decides its kind, and what else the name may be is noted."""

from types import SimpleNamespace

import numpy as np
import pytest

from fanal.places.known import (
    CITY,
    CLEAR,
    CODE,
    CONTINENT,
    COUNTRY,
    DEMONYM,
    EVERYDAY,
    GIVEN_NAME,
    ISLAND,
    NATURAL,
    REGION,
    Known,
    know,
)
from fanal.text import phrases

PLACES = (  # kind of the gazetteer, people, country
    (0, 40_000_000, 0),  # 0: a country
    (4, 3_000_000, 0),  # 1: a city
    (1, 9_000_000, 1),  # 2: a region
    (0, 300_000, 2),  # 3: a small country of islands
    (5, 0, -1),  # 4: a river
    (6, 400_000_000, -1),  # 5: a continent
)
NAMES = (  # text, (place, relation), everyday, weak
    ("Land", ((0, 0), (1, 0)), False, False),
    ("NC", ((3, 2), (2, 2)), False, False),
    ("Landers", ((0, 3),), False, False),
    ("Hit", ((1, 1),), True, False),
    ("Maria", ((1, 0),), False, True),
    ("Townn", ((1, 4),), False, False),
    ("Isle", ((3, 0),), False, False),
    ("Long River", ((4, 0),), False, False),
    ("Old World", ((5, 0), (1, 5)), False, False),
)


@pytest.fixture(scope="module")
def known() -> Known:
    compiled = phrases.compile([(text, number) for number, (text, *_) in enumerate(NAMES)])
    meanings = [meanings for _, meanings, _, _ in NAMES]
    world = SimpleNamespace(
        phrases=compiled,
        offsets=np.cumsum([0, *map(len, meanings)]),
        entry=np.array([place for row in meanings for place, _ in row], np.int32),
        relation=np.array([relation for row in meanings for _, relation in row], np.int8),
        everyday=np.array([everyday for *_, everyday, _ in NAMES]),
        weak=np.array([weak for *_, weak in NAMES]),
    )
    return know(
        world,
        kinds_of=np.array([kind for kind, _, _ in PLACES], np.int8),
        population=np.array([people for _, people, _ in PLACES], np.int64),
        country=np.array([country for _, _, country in PLACES], np.int16),
        countries=("IQ", "US", "NC"),
    )


def test_the_likeliest_place_decides(known: Known) -> None:
    assert known.kind.tolist() == [COUNTRY, REGION, COUNTRY, CITY, CITY, CITY, COUNTRY, NATURAL, CONTINENT]
    assert known.people.tolist() == [5, 5, 5, 4, 4, 4, 3, 0, 5]
    assert known.many.tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 1]


def test_what_else_a_name_may_be_is_noted(known: Known) -> None:
    assert known.doubt.tolist() == [
        CLEAR,
        CODE,
        DEMONYM,
        EVERYDAY,
        GIVEN_NAME,
        GIVEN_NAME,
        CLEAR,
        CLEAR,
        CLEAR,
    ]


def test_all_kinds_of_a_name_are_kept(known: Known) -> None:
    assert known.kinds[0] == 1 << COUNTRY | 1 << CITY
    assert known.kinds[6] == 1 << COUNTRY | 1 << ISLAND


def test_names_of_several_words_are_glued(known: Known) -> None:
    assert known.glued.number.tolist() == [8], "a river of no known people is rarely a hashtag"
