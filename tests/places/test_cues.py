"""Cues: the longest names cover their words, every number is in its frame, and the words of the file are found."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.places.cues import DENSE, DENSE_SIZE, LEXICAL, dense, lexical
from fanal.places.known import CITY, COUNTRY, REGION, Known, of_names
from fanal.places.noted import (
    AGAIN,
    CUE,
    GLUED,
    KINDS_OF_CUES,
    PEELED,
    POSITION,
    SIZES,
    WAY,
    Noted,
    load_cues,
    note,
)
from fanal.text.spelling import Spelled, spell
from fanal.text.words import Text, read

KNOWN = of_names(
    [
        ("Mexico", COUNTRY, 120_000_000),
        ("New Mexico", REGION, 2_000_000),
        ("Tal Afar", CITY, 200_000),
        ("Afar", REGION, 1_700_000),
        ("الموصل", CITY, 1_700_000),
        ("ax bx", CITY, 10),
        ("bx cx ax", CITY, 10),
        ("cx", CITY, 0),
    ]
)


def noted(texts: list[str], known: Known = KNOWN) -> tuple[Noted, Spelled, Text]:
    array = pa.array(texts, pa.large_string())
    text = read(array)
    spelled = spell(text, array)
    return note(spelled, text.folded, known), spelled, text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("to New Mexico", [-1, 1, 1]),
        ("to Tal Afar, Afar", [-1, 2, 2, 3]),
        ("newmexico #NewMexico", [1, 1, 1]),
        ("Mexicos roads", [0, -1]),
        ("New Mexicos roads", [1, 1, -1]),
        ("للموصل", [4]),
        ("https://x.org/mexico", [-1, -1, -1, -1]),
    ],
)
def test_the_longest_name_covers_its_words(text: str, names: list[int]) -> None:
    assert noted([text])[0].name.tolist() == names


def test_how_a_name_was_found_is_noted() -> None:
    found = noted(["newmexico Mexicos للموصل Mexico"])[0].columns
    assert found[:, WAY].tolist() == [GLUED, PEELED, PEELED, 0]
    assert found[:, AGAIN].tolist() == [0, 0, 0, 1]


@given(st.lists(st.sampled_from(["ax", "bx", "cx"]), min_size=1, max_size=8))
def test_longest_names_are_those_of_a_slow_search(words: list[str]) -> None:
    names = {5: ["ax", "bx"], 6: ["bx", "cx", "ax"], 7: ["cx"]}
    taken = [-1] * len(words)
    for size in (3, 2, 1):
        for at in range(len(words)):
            for number, name in names.items():
                if len(name) == size and words[at : at + size] == name and set(taken[at : at + size]) == {-1}:
                    taken[at : at + size] = [number] * size
    assert noted([" ".join(words)])[0].name.tolist() == taken


def test_the_words_of_the_file_are_found_behind_clitics_too() -> None:
    found = noted(["county بمدينة Xyz"])[0].columns[:, CUE].tolist()
    assert found == [1 + KINDS_OF_CUES.index("admin")] * 2 + [0]


@given(
    st.lists(
        st.lists(st.integers(0, 2**32 - 1), min_size=len(SIZES), max_size=len(SIZES)), min_size=1, max_size=5
    ),
    st.integers(0, 3),
)
def test_every_number_is_in_a_frame_of_its_own(rows: list[list[int]], post: int) -> None:
    columns = np.array(
        [[value % size for value, size in zip(row, SIZES, strict=True)] for row in rows], np.uint8
    )
    low, high = np.full(DENSE, DENSE_SIZE), np.full(DENSE, -1)
    out = np.empty(DENSE, np.int64)
    top = np.array([[size - 1 for size in SIZES]], np.uint8)
    bottom = np.zeros((1, len(SIZES)), np.uint8)
    for given_columns in (columns, np.repeat(top, 5, axis=0), np.repeat(bottom, 5, axis=0)):
        for word in range(len(given_columns)):
            dense(given_columns, word, 0, len(given_columns), post, out)
            low, high = np.minimum(low, out), np.maximum(high, out)
    order = np.argsort(low)
    assert low.min() >= 0
    assert high.max() < DENSE_SIZE
    assert np.all(high[order][:-1] < low[order][1:])


def test_the_name_of_a_large_place_is_not_looked_at() -> None:
    found, spelled, text = noted(["to Mexico now"])
    out = np.zeros(LEXICAL, np.uint64)
    words = spelled.words
    lexical(words.hash, text.folded.codes, words.start, words.end, found.columns, 1, 0, 3, out)
    assert out[[0, 7, 8]].tolist() == [0, 0, 0]
    assert np.all(out[[1, 2, 5, 6]] > 0)


def test_each_kind_of_cue_has_words() -> None:
    _, kinds = load_cues()
    assert set(kinds.tolist()) == set(range(len(KINDS_OF_CUES) + 1))
    assert noted(["road"])[0].columns[0, POSITION] == 0
