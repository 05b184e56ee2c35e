"""Combinations against a search by hand: gaps, stretches, phrases that forbid; and no more work for a hostile text."""

import dataclasses
from collections.abc import Callable, Sequence
from itertools import product
from time import process_time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.category import Category
from fanal.signals import combination
from fanal.signals.detect import make_detector
from fanal.signals.explain import explain
from fanal.signals.lexicon import Indicator
from fanal.signals.pattern import MOST_GAP, cut, expand, pieces
from fanal.text import words

Posts = Callable[[Sequence[str]], pa.RecordBatch]
Spans = list[tuple[int, ...]]
SMALL, TIMES, ROUNDS = 20_000, 8, 3
QUADRATIC = TIMES * TIMES


def indicator(
    name: str, *groups: tuple[str, ...], within: int = 5, unless: tuple[str, ...] = ()
) -> Indicator:
    """Return an indicator of a synthetic pack."""
    return Indicator(
        id=name,
        category=Category.NEED,
        languages=("en",),
        groups=groups,
        weight=0.9,
        source="test",
        examples=(),
        negatives=(),
        within=within,
        unless=unless,
    )


PACK = (
    indicator("gap", ("ka ..2 kb",)),
    indicator("wide", (f"ka ..{MOST_GAP} kb kc ..1 ka",)),
    indicator("near", ("ka", "kb kb"), ("kc", "kd ..1 ke"), within=4),
    indicator("three", ("ka|kb",), ("kc",), ("ka ..3 ke", "kd"), within=6),
    indicator("barred", ("ka ..2 kc", "ke"), unless=("kd ..1 kd", "kb kc")),
    indicator("overlap", ("ka kb",), ("kb kc",), within=3),
    indicator("plain", ("ka kb kc", "ke")),
)
TEXT = st.lists(st.sampled_from(["ka", "kb", "kc", "kd", "ke", "kx"]), max_size=14).map(" ".join)


def slow_phrase(said: list[str], phrase: str) -> list[tuple[int, int, Spans]]:
    """Return first word, last word and pieces of every reading of a phrase."""
    parts, (_, gaps) = pieces(phrase), cut(phrase)
    places = []
    for part in parts:
        here = []
        for form in part:
            size = len(form.split())
            here += [
                (at, at + size - 1)
                for at in range(len(said) - size + 1)
                if said[at : at + size] == form.split()
            ]
        places.append(here)
    return [
        (reading[0][0], reading[-1][1], list(reading))
        for reading in product(*places)
        if all(
            0 <= later[0] - earlier[1] - 1 <= gap
            for earlier, later, gap in zip(reading, reading[1:], gaps, strict=False)
        )
    ]


def slow_stand(text: str, one: Indicator) -> tuple[bool, set[tuple[int, int]]]:
    """Try every reading of every group: does the indicator stand, and which phrases lie in a full stretch?"""
    said = text.split()
    groups = [[reading for phrase in group for reading in slow_phrase(said, phrase)] for group in one.groups]
    full: set[tuple[int, int]] = set()
    for choice in product(*groups):
        if max(end for _, end, _ in choice) - min(first for first, _, _ in choice) < one.within:
            full |= {(first, end) for first, end, _ in choice}
    if len(groups) == 1:
        full = {(first, end) for first, end, _ in groups[0]}
    forbidden = any(slow_phrase(said, phrase) for phrase in one.unless)
    return bool(full) and not forbidden, full


def fast(texts: list[str]) -> tuple[set[tuple[int, int]], dict[tuple[int, int], set[tuple[int, int]]]]:
    """Return the pairs that stand, and the words of each reason, counted from each text's beginning."""
    compiled = combination.compile(PACK)
    read = words.read(pa.array(texts, pa.large_string()))
    rows, numbers = combination.stand(read, compiled)
    pairs = list(zip(rows.tolist(), numbers.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    why: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for number, first, last in zip(*combination.reasons(read, compiled), strict=True):
        row = int(np.searchsorted(read.words.offsets, first, side="right")) - 1
        begin = int(read.words.offsets[row])
        why.setdefault((row, int(number)), set()).add((int(first) - begin, int(last) - begin))
    return set(pairs), why


@settings(deadline=None, max_examples=400)
@given(st.lists(TEXT, max_size=4))
def test_what_stands_is_the_slow_reference(texts: list[str]) -> None:
    pairs, why = fast(texts)
    assert set(why) == pairs
    for row, text in enumerate(texts):
        for number, one in enumerate(PACK):
            stands, full = slow_stand(text, one)
            assert ((row, number) in pairs) == stands, (text, one.id)
            if stands:
                mine = why[row, number]
                assert {first for first, _ in full} <= {first for first, _ in mine}, (text, one.id)
                whole = [range(first, end + 1) for first, end in full]
                assert all(any(first in w and last in w for w in whole) for first, last in mine), (
                    text,
                    one.id,
                )


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("ka kb", True),
        ("ka kx kx kb", True),
        ("ka kx kx kx kb", False),
        ("kb ka", False),
        ("ka. kx, kx! kb", True),
    ],
)
def test_a_gap_is_at_most_so_many_words(text: str, stands: bool) -> None:
    assert ((0, 0) in fast([text])[0]) == stands


def test_no_combination_reaches_into_the_next_text() -> None:
    assert not fast(["kx ka", "kb kx", "kd", "kc"])[0]


def test_an_explanation_shows_only_the_words_within_the_stretch() -> None:
    text = "ka kx kx kx kx kx kx kx ka kx kc"
    found = explain(text, make_detector(PACK[2:3]))
    assert found.shown[0].reasons[0].spans == ((24, 26), (30, 32))


def test_a_gap_is_not_shown() -> None:
    found = explain("kx ka kx kb", make_detector(PACK[:1]))
    assert found.shown[0].reasons[0].spans == ((3, 5), (9, 11))


@pytest.mark.parametrize(
    "phrase", ["..2 ka", "ka ..2", "ka ..2 ..2 kb", "ka ..0 kb", "ka ..10 kb", "ka ... kb", "ka .. kb"]
)
def test_a_gap_that_makes_no_sense_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="gap"):
        cut(phrase)


def test_expand_writes_every_form() -> None:
    assert expand("a|b c d|e") == ["a c d", "a c e", "b c d", "b c e"]


def test_no_match_and_no_text() -> None:
    assert fast([])[0] == fast(["", "kx"])[0] == set()


HOSTILE = {
    "one word": "ka ",
    "heads without an end": "ka kx ",
    "every group but one": "ka kd ",
    "a phrase again and again": "ka kb ",
    "all groups far apart": "ka " + "kx " * 12 + "kc " + "kx " * 12,
    "a phrase that forbids": "kb kc ke ",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_is_linear_in_the_matches(name: str) -> None:
    """For eight times as many matches not nearly sixty-four times as long."""
    compiled = combination.compile(PACK)
    taken = []
    for size in (SMALL, SMALL * TIMES):
        read = words.read(pa.array([HOSTILE[name] * size], pa.large_string()))
        seconds = []
        for _ in range(ROUNDS):
            start = process_time()
            combination.stand(read, compiled)
            combination.reasons(read, compiled)
            seconds.append(process_time() - start)
        taken.append(min(seconds))
    assert taken[1] < taken[0] * QUADRATIC / 2, taken


def test_work_does_not_grow_with_gaps_or_stretches() -> None:
    """What is kept of a text is one place a piece and word of the ring, whatever the text holds."""
    wide = tuple(dataclasses.replace(one, within=100) for one in PACK)
    one, other = combination.compile(PACK).wanted, combination.compile(wide).wanted
    assert np.array_equal(one.gap, other.gap)
    assert one.gap.max() == MOST_GAP < combination.RING
    assert len(one.gap) == len(one.head) == len(one.group_of)
