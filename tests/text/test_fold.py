"""Fold and words against slow references, and on texts that mean harm."""

import sys
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.text.disguise import CYRILLIC_OF, LATIN_OF
from fanal.text.fold import Folded, fold, utf8
from fanal.text.letters import CODE, LONGEST, SEVERAL, TABLE_END, fold_letter, load_letters
from fanal.text.trace import trace
from fanal.text.words import FNV_PRIME, FNV_START, Words, hash_word, words

MASK = (1 << 64) - 1
SCRIPTS = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs",)),
        st.sampled_from("aeop аеорж .-_αοζηسن7"),  # what disguises are made of
        st.sampled_from(
            "أإآٱىيیېكکةهەھؤئێۆڵڕگچپژٹڈڑےـًّ\u200c\u200d\u202e\u2066٣۵४ÉßıİŁДЙїς\0 #_'fi①ﷲ𝗔🙂\u0301"
        ),
    ),
    max_size=60,
)


def slow_words(text: str) -> list[str]:
    """Cut a folded text into words with Python's own character data."""
    found, word = [], ""
    for letter in [*text, " "]:
        ideograph = 0x20000 <= ord(letter) <= 0x323AF
        if ideograph or (ord(letter) < TABLE_END and unicodedata.category(letter)[0] in "LNM"):
            word += letter
        elif word:
            found.append(word)
            word = ""
    return found


def slow_hash(word: str) -> int:
    """Hash with Python's integers: FNV-1a over code points, then SplitMix64's finaliser."""
    value = FNV_START
    for letter in word:
        value = ((value ^ ord(letter)) * FNV_PRIME) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def word_texts(folded: Folded, found: Words, row: int) -> list[str]:
    """Return the words of a row as texts."""
    places = range(found.offsets[row], found.offsets[row + 1])
    return ["".join(map(chr, folded.codes[found.start[at] : found.end[at]])) for at in places]


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), SCRIPTS), max_size=6))
def test_kernels_are_the_slow_references(texts: list[str | None]) -> None:
    folded = fold(pa.array(texts, pa.large_string()))
    found = words(folded)
    assert len(folded) == len(texts)
    for row, text in enumerate(texts):
        assert folded.text(row) == trace(text or "").folded
        cut = slow_words(folded.text(row))
        assert word_texts(folded, found, row) == cut
        assert found.hash[found.offsets[row] : found.offsets[row + 1]].tolist() == [
            slow_hash(word) for word in cut
        ]


@settings(deadline=None)
@given(SCRIPTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(pa.array([text], pa.large_string())).text(0)
    assert fold(pa.array([once], pa.large_string())).text(0) == once


def test_every_letter_of_the_table_is_folded_for_good() -> None:
    letters = load_letters()
    for code in range(TABLE_END):
        to = int(letters.fold[code])
        if not to or to & CODE == code:
            continue
        parts = letters.several[to & (SEVERAL - 1), 1:] if to & SEVERAL else [to]
        for part in parts:
            part &= CODE  # noqa: PLW2901 - without the kind
            assert part == 0 or part >= TABLE_END or letters.fold[part] & CODE == part, (
                f"U+{code:04X} becomes U+{part:04X}, which folds again"
            )
    assert letters.several[:, 0].max() <= LONGEST


@settings(deadline=None)
@given(st.text("éÉñüçşğŌйЙїЇёÎûöάΈאُأإآؤئۂۓ ab", max_size=20))
def test_equivalent_spellings_fold_to_the_same(text: str) -> None:
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    folded = fold(pa.array(forms))
    assert {folded.text(row) for row in range(len(forms))} == {folded.text(0)}


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("أإ آٱ | ىي یي | کك ةه ەھ | ؤئ", "اا اا | يي يي | كك هه هه | وي"),
        ("ێ ۆ ڵ | ڕ گ چ | پ ژ ٹ | ڈ ڑ ے", "ێ ۆ ڵ | ڕ گ چ | پ ژ ٹ | ڈ ڑ ے"),
        ("م‌ی\u200dرو\u202eم", "ميروم"),
        ("مـــوصـــل", "موصل"),
        ("٠١٢ ۳۴۵ ४५", "012 345 45"),
        ("İstanbul ISPARTA ığdır Straße Łódź", "istanbul isparta igdir strasse lodz"),
        ("ﻻ ﷲ", "لا الله"),
        ("a\0b", "a b"),
        ("𝗛𝗲𝗹𝗽", "help"),
        ("ًٌٍَ", ""),
    ],
)
def test_what_people_mix_becomes_one(text: str, folded: str) -> None:
    assert fold(pa.array([text])).text(0) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("h e l p", "help"),
        ("n.e.e.d w-a-t-e-r", "need water"),
        ("We h.e.l.p. you", "we help. you"),
        ("ن ج د ة", "نجده"),
        ("د.ه.و.ك", "دهوك"),
        ("U.S. a b c", "u.s. a b c"),  # too few
        ("a, b, c, d", "a, b, c, d"),  # two signs between
        ("1 2 3 4 5", "1 2 3 4 5"),
        ("wаtеr", "water"),  # Cyrillic а and е
        ("hοuse", "house"),  # Greek ο
        ("пoмoщь", "помощь"),  # Latin o
        ("вода water", "вода water"),
        ("Ωmega", "ωmega"),  # no look-alike
        ("heeeelp nooooow", "heelp noow"),
        ("ساااااعدونا", "سااعدونا"),
        ("1000000 ----", "1000000 ----"),
    ],
)
def test_disguise_is_undone(text: str, folded: str) -> None:
    assert fold(pa.array([text])).text(0) == folded


@settings(deadline=None)
@given(SCRIPTS)
def test_each_folded_letter_comes_from_a_letter_that_folds_to_it_or_looks_like_it(text: str) -> None:
    traced = trace(text)
    assert len(traced.origin) == len(traced.folded)
    assert list(traced.origin) == sorted(traced.origin)
    for letter, place in zip(traced.folded, traced.origin, strict=True):
        written = fold_letter(text[place]) if ord(text[place]) < TABLE_END else text[place]
        alike = {LATIN_OF.get(one, one) for one in written} | {CYRILLIC_OF.get(one, one) for one in written}
        assert letter in written or letter in alike


def test_a_span_of_no_letters_is_refused() -> None:
    for start, end in ((0, 0), (2, 1), (0, 9), (-1, 1)):
        with pytest.raises(ValueError, match="span"):
            trace("help").span(start, end)


@pytest.mark.parametrize(
    "text", ["a " * 500_000, "a." * 500_000, "aаa" * 300_000, "a" * 1_000_000, "аa. " * 250_000]
)
def test_a_megabyte_of_disguise_is_read_in_linear_time(text: str) -> None:
    folded = fold(pa.array([text]))
    assert 0 < len(folded.codes) <= len(text)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_arrow_in_all_its_shapes(kind: pa.DataType) -> None:
    whole = pa.array(["zero", None, "Één", "two", ""], kind)
    assert [fold(whole[1:4]).text(row) for row in range(3)] == ["", "een", "two"]
    chunked = pa.chunked_array([whole, whole[2:3]])
    assert fold(chunked).text(5) == "een"
    assert len(fold(whole[:0])) == 0
    assert len(words(fold(whole[:0]))) == 0
    assert len(fold(pa.chunked_array([], kind))) == 0


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_bytes_that_are_no_utf8_neither_crash_nor_read_beyond(raw: bytes) -> None:
    offsets = pa.py_buffer(np.array([0, len(raw)], np.int64))
    broken = pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(raw)])
    folded = fold(broken)
    # Never more than twice as many code points as bytes: the room that the kernel has.
    assert len(folded.codes) <= 2 * len(raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return
    assert folded.text(0) == trace(text).folded


def test_no_code_point_needs_more_room_than_there_is() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    texts = pa.array(every, pa.large_string())
    folded = fold(texts)
    _, starts = utf8(texts)
    assert (np.diff(folded.offsets) <= 2 * np.diff(starts)).all()


def test_a_megabyte_without_a_sign_is_one_word() -> None:
    folded = fold(pa.array(["اب" * 250_000, "\u202e" * 300_000]))
    assert np.diff(folded.offsets).tolist() == [500_000, 0]
    assert len(words(folded)) == 1


def test_hash_word_wants_one_word() -> None:
    assert hash_word("Água") == hash_word("agua") == slow_hash("agua")
    for text in ("", "two words", "#"):
        with pytest.raises(ValueError, match="words where one is wanted"):
            hash_word(text)
