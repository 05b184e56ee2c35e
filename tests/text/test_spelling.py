"""Spelling follows the fold letter by letter, and its kernels say what a slow reading of the text says."""

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.text import spelling
from fanal.text.spelling import (
    ADDRESS,
    CAPITALS,
    COMMA,
    HANDLE,
    HASHTAG,
    JOINED,
    LOWER,
    MIXED,
    NO_CASE,
    OTHER,
    PIECE,
    PLAIN,
    SPACE,
    START,
    STOP,
    TIGHT,
    TITLE,
    Spelled,
    spell,
)
from fanal.text.trace import trace
from fanal.text.words import read

LETTERS = "abAB zZéÉ #@_-.,!'/:1٣\n\u200cسلامىвВаß🌊İﷺ\u064b"
TEXTS = st.lists(st.text(alphabet=LETTERS, max_size=24), max_size=6)


def spelled(texts: list[str]) -> Spelled:
    array = pa.array(texts, pa.large_string())
    return spell(read(array), array)


def written(texts: list[str]) -> list[list[str]]:
    found = spelled(texts)
    rows = zip(texts, found.words.offsets[:-1], found.words.offsets[1:], strict=True)
    return [[text[found.start[at] : found.end[at]] for at in range(a, b)] for text, a, b in rows]


def slow_shape(word: str) -> int:
    """Return the shape of a word as it is read with the eyes."""
    upper = [letter for letter in word if unicodedata.category(letter) in ("Lu", "Lt")]
    lower = [letter for letter in word if unicodedata.category(letter) == "Ll"]
    if not upper:
        return LOWER if lower else NO_CASE
    if not lower:
        return CAPITALS if len(upper) > 1 else TITLE
    return TITLE if len(upper) == 1 and word[0] == upper[0] else MIXED


@given(TEXTS)
def test_each_word_stands_where_the_slow_fold_says(texts: list[str]) -> None:
    array = pa.array(texts, pa.large_string())
    text = read(array)
    found = spell(text, array)
    for row, one in enumerate(texts):
        traced, base = trace(one), text.folded.offsets[row]
        for at in range(found.words.offsets[row], found.words.offsets[row + 1]):
            first, last = int(found.words.start[at] - base), int(found.words.end[at] - base)
            assert traced.span(first, last) == (found.start[at], found.end[at])


@given(TEXTS)
def test_pieces_of_a_word_make_the_word(texts: list[str]) -> None:
    array = pa.array(texts, pa.large_string())
    text = read(array)
    found = spell(text, array).words
    whole = {(row, place) for row in range(len(texts)) for place in _places(text.words, row)}
    cut = {(row, place) for row in range(len(texts)) for place in _places(found, row)}
    assert whole == cut
    assert set(text.words.start) <= set(found.start)


def _places(found: spelling.Words, row: int) -> list[int]:
    """Return the places of all letters of a row's words."""
    inside = range(found.offsets[row], found.offsets[row + 1])
    return [place for at in inside for place in range(found.start[at], found.end[at])]


@given(st.text(alphabet="abABéÉвВس1", min_size=1, max_size=8))
def test_a_word_has_the_shape_that_is_seen(word: str) -> None:
    found = spelled([word])
    if len(found.words) == 1 and len(trace(word).folded) == len(word):  # no letter is dropped as a repeat
        assert found.shape[0] == slow_shape(word)


@pytest.mark.parametrize(
    ("text", "words", "tags"),
    [
        ("#NorthMosul", ["North", "Mosul"], [PIECE, PIECE]),
        ("#USAFloods2019", ["USA", "Floods", "2019"], [PIECE] * 3),
        ("#مع_سنجار", ["مع", "سنجار"], [JOINED, JOINED]),
        ("#kerala_floods now", ["kerala", "floods", "now"], [JOINED, JOINED, PLAIN]),
        ("@user_name #Mosul", ["user", "name", "Mosul"], [HANDLE, HANDLE, HASHTAG]),
        ("NorthMosul", ["NorthMosul"], [PLAIN]),
        (
            "see https://t.co/Ab1 now",
            ["see", "https", "t", "co", "Ab1", "now"],
            [PLAIN, PLAIN, *[ADDRESS] * 3, PLAIN],
        ),
    ],
)
def test_hashtags_are_cut(text: str, words: list[str], tags: list[int]) -> None:
    assert written([text]) == [words]
    assert spelled([text]).tag.tolist() == tags


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("one two", [START, SPACE]),
        ("one, two", [START, COMMA]),
        ("one. Two", [START, STOP]),
        ("one\ntwo", [START, STOP]),
        ("one's two-three", [START, TIGHT, SPACE, TIGHT]),
        ("one (two)", [START, OTHER]),
    ],
)
def test_what_stands_before_a_word(text: str, before: list[int]) -> None:
    assert spelled([text]).before.tolist() == before


def test_a_full_stop_behind_a_word_is_seen() -> None:
    assert spelled(["The U.S."]).dotted.tolist() == [False, True, True]


def test_nothing_and_much_are_read() -> None:
    assert len(spelled([]).words) == 0
    assert len(spelled([""]).words) == 0
    found = spelled(["#" + "aB" * 5_000, "", "x"])
    assert len(found.words) == 5_002
    assert np.all(found.end > found.start)
