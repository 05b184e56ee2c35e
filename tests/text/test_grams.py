"""Grams against a slow count in plain Python, for texts of any kind; caps, addresses and tables of two models."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.text import words
from fanal.text.grams import (
    CLASSIFIER_READS,
    FOUR,
    KEPT_BITS,
    LANGUAGE_READS,
    NUMBER,
    ONCE,
    ONE,
    PAIR,
    STEP,
    THREE,
    TWO,
    WORD,
    buckets,
    features,
    pair_hash,
)
from fanal.text.weights import CLASSIFIER_WIDTH, LANGUAGE_WIDTH, Weights, weigh
from fanal.text.words import FNV_PRIME, FNV_START

BITS = 12
MASK = (1 << 64) - 1
TEXT = st.lists(
    st.sampled_from(
        [
            "an",
            "a",
            "owl",
            "É",
            "الموصل",
            "12",
            "3ayez",
            "@user_name",
            "@",
            "http://a.b/c?d",
            "www.x.y",
            "www",
            "-",
            "🙂",
        ]
    )
    | st.text(max_size=12),
    max_size=14,
).map(" ".join)


def slow_run(letters: str) -> int:
    """Hash a run of letters."""
    value = FNV_START
    for letter in letters:
        value = (value ^ ord(letter)) * FNV_PRIME & MASK
    return value


def slow_runs(word: str, begins: int, kinds: int) -> list[int]:
    """Return the hashes of a word's runs."""
    edged = f" {word} "
    runs = [
        edged[at : at + length]
        for at in range(begins + 1)
        for length in (1, 2, 3, 4)
        if at + length <= len(edged)
    ]
    return [slow_run(run) for run in runs if run != " " and kinds & (ONE, TWO, THREE, FOUR)[len(run) - 1]]


def slow(text: str, kinds: int, cap: int) -> tuple[list[int], int]:
    """Return the grams of one text in their order, and the letters that were read."""
    read = words.read(pa.array([text], pa.large_string()))
    folded = read.folded.text(0)
    grams: list[int] = []
    left, until, before, letters = cap, 0, None, 0
    kept: dict[int, int] = {}
    found = read.words
    for value, start, end in zip(found.hash.tolist(), found.start.tolist(), found.end.tolist(), strict=True):
        word = folded[start:end]
        if left <= 0:
            break
        if start < until:
            continue
        if folded[:start].endswith("@") or folded[end:].startswith("://") or word == "ww":
            until = folded.find(" ", end) if " " in folded[end:] else len(folded)
            before = None
            continue
        if not kinds & NUMBER and set(word) <= set("0123456789"):
            continue
        begins = min(left, len(word))
        left -= len(word)
        letters += begins
        place = (value * STEP & MASK) >> 64 - KEPT_BITS
        again = kinds & ONCE and kept.get(place) == value
        kept[place] = value
        if kinds & PAIR and before is not None:
            grams.append(int(pair_hash(np.uint64(before), np.uint64(value))))
        if kinds & WORD and not again:
            grams.append(value)
        before = value
        grams += [] if again else slow_runs(word, begins, kinds)
    return grams, letters


def table_of(width: int) -> np.ndarray:
    """Return a table of weights, any."""
    return np.random.default_rng(width).integers(-128, 128, (1 << BITS, width)).astype(np.int8)  # noqa: TID251


@settings(deadline=None)
@given(st.lists(TEXT, max_size=4), st.sampled_from([0, 1, 2, 7, 50, 1000]), st.integers(0, 255))
def test_features_are_those_of_the_slow_count(texts: list[str], cap: int, kinds: int) -> None:
    offsets, hashes = features(words.read(pa.array(texts, pa.large_string())), kinds=kinds, cap=cap)
    for row, text in enumerate(texts):
        assert hashes[offsets[row] : offsets[row + 1]].tolist() == slow(text, kinds, cap)[0]


@settings(deadline=None)
@given(
    st.lists(TEXT, max_size=4),
    st.sampled_from([0, 1, 9, 1000]),
    st.sampled_from([0, 1, 9, 1000]),
    st.integers(0, 2),
)
def test_both_models_add_the_rows_of_their_features(
    texts: list[str], short: int, long: int, absent: int
) -> None:
    read = words.read(pa.array(texts, pa.large_string()))
    spoken = Weights(table=table_of(LANGUAGE_WIDTH), bits=BITS, cap=short)
    told = Weights(table=table_of(CLASSIFIER_WIDTH), bits=BITS, cap=long)
    found = weigh(read, language=None if absent == 1 else spoken, classifier=None if absent == 2 else told)
    for model, kinds, sums, grams in (
        (spoken if absent != 1 else None, LANGUAGE_READS, found.language, found.language_grams),
        (told if absent != 2 else None, CLASSIFIER_READS, found.classifier, found.classifier_grams),
    ):
        if model is None:
            assert not sums.any()
            assert not grams.any()
            continue
        for row, text in enumerate(texts):
            hashes, letters = slow(text, kinds, model.cap)
            rows = model.table[buckets(np.array(hashes, np.uint64), BITS)].astype(np.int64)
            assert sums[row].tolist() == rows.sum(axis=0).tolist()
            assert grams[row] == len(hashes)
            if model is spoken:
                assert found.letters[row] == letters


def test_a_word_counts_once_where_it_is_asked() -> None:
    texts = ["owl", "owl owl", "owl an owl", "owl"]
    offsets, hashes = features(words.read(pa.array(texts)), kinds=WORD | ONCE, cap=100)
    assert np.diff(offsets).tolist() == [1, 1, 2, 1]
    assert len(set(hashes.tolist())) == 2
    offsets, _ = features(words.read(pa.array(texts)), kinds=WORD | PAIR | ONCE, cap=100)
    assert np.diff(offsets).tolist() == [1, 2, 4, 1]


def test_long_texts_do_not_overflow_a_lane() -> None:
    table = np.full((1 << BITS, LANGUAGE_WIDTH), 127, np.int8)
    table[:, 1] = -128
    read = words.read(pa.array(["a" * 7 + " bcd" * 100_000, "x" * 1_000_000], pa.large_string()))
    found = weigh(read, language=Weights(table=table, bits=BITS, cap=300_000))
    assert (found.language[:, 0] == 127 * found.language_grams).all()
    assert (found.language[:, 1] == -128 * found.language_grams).all()
    assert found.language_grams[0] > 1_000_000


def test_what_stands_beside_a_text_changes_nothing() -> None:
    texts = ["write to me@", "http", "://x y", "www", ".a b"]
    offsets, hashes = features(words.read(pa.array(texts)), kinds=WORD, cap=100)
    alone = [features(words.read(pa.array([text])), kinds=WORD, cap=100)[1].tolist() for text in texts]
    assert [hashes[a:b].tolist() for a, b in pairwise(offsets)] == alone


def test_a_table_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="rows of int8"):
        Weights(table=np.zeros((10, 32), np.int8), bits=4, cap=1)
    with pytest.raises(ValueError, match="rows of int8"):
        Weights(table=np.zeros((16, 32), np.int16), bits=4, cap=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="out of range"):
        Weights(table=np.zeros((16, 32), np.int8), bits=4, cap=-1)
    with pytest.raises(ValueError, match="contiguous"):
        Weights(table=np.zeros((16, 64), np.int8)[:, ::2], bits=4, cap=1)
    read = words.read(pa.array(["a"]))
    with pytest.raises(ValueError, match="16 outputs where 32"):
        weigh(read, language=Weights(table=np.zeros((16, 16), np.int8), bits=4, cap=1))
