"""Phrases against a search by hand: all matches, whole words only, clitics, equal hashes, hostile texts."""

import dataclasses

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.text import phrases
from fanal.text.fold import fold
from fanal.text.phrases import LEAST_STEM, MOST_WORDS, Phrases, match
from fanal.text.words import words

Found = set[tuple[int, int, int, int, bool]]
WORD = st.sampled_from(
    ["a", "b", "ab", "É", "الموصل", "موصل", "للموصل", "وموصل", "بالموصل", "ال", "كركوك", "ولد", "#", "🙂"]
)
TEXT = st.lists(WORD, max_size=12).map(" ".join)


def peeled(word: str) -> set[str]:
    """Return what may be left of a word of Arabic script without its clitics."""
    left = set()
    if word.startswith("ال"):
        left.add(word[2:])
    if word[:1] in set("وبلكف"):
        left.add(word[1:])
        if word[1:3] == "ال":
            left.add(word[3:])
    if word.startswith("لل"):
        left |= {word[2:], "ا" + word[1:]}
    return {stem for stem in left if len(stem) >= LEAST_STEM and len(stem.lstrip("ا") or stem) >= 2}


def slow_match(texts: list[str], listed: list[tuple[str, int]], clitics: bool) -> Found:
    """Try every phrase at every word."""

    def cut(text: str) -> list[str]:
        folded = fold(pa.array([text], pa.large_string()))
        found = words(folded)
        return ["".join(map(chr, folded.codes[s:e])) for s, e in zip(found.start, found.end, strict=True)]

    matches: Found = set()
    before = 0
    for row, text in enumerate(texts):
        here = cut(text)
        for phrase, number in listed:
            ours = cut(phrase)
            if not 1 <= len(ours) <= MOST_WORDS:
                continue
            for at in range(len(here) - len(ours) + 1):
                span = here[at : at + len(ours)]
                place = (row, number, before + at, before + at + len(ours) - 1)
                if span == ours:
                    matches.add((*place, False))
                if clitics and span[1:] == ours[1:] and ours[0] in peeled(span[0]):
                    matches.add((*place, True))
        before += len(here)
    return matches


def fast_match(texts: list[str], table: Phrases, clitics: bool) -> Found:
    """Return what the kernel finds."""
    folded = fold(pa.array(texts, pa.large_string()))
    found = match(words(folded), folded, table, clitics=clitics)
    columns = (found.row, found.number, found.first, found.last, found.peeled)
    return set(zip(*(column.tolist() for column in columns), strict=True))


@settings(deadline=None)
@given(st.lists(TEXT, max_size=5), st.lists(TEXT, max_size=8), st.booleans())
def test_all_matches_and_no_other(texts: list[str], listed: list[str], clitics: bool) -> None:
    numbered = [(phrase, number) for number, phrase in enumerate(listed)]
    assert fast_match(texts, phrases.compile(numbered), clitics) == slow_match(texts, numbered, clitics)


@settings(deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=8))
def test_what_cannot_match_is_named(listed: list[str]) -> None:
    table = phrases.compile([(phrase, 0) for phrase in listed])
    sizes = np.diff(words(fold(pa.array(listed, pa.large_string()))).offsets)
    assert table.left_out.tolist() == [at for at, size in enumerate(sizes) if not 1 <= size <= MOST_WORDS]
    assert len(table) + len(table.left_out) == len(listed)


def test_a_number_or_a_text_may_come_twice() -> None:
    table = phrases.compile([("basra", 1), ("basra", 2), ("البصرة", 1)])
    assert fast_match(["Basra, البصرة"], table, False) == {
        (0, 1, 0, 0, False),
        (0, 2, 0, 0, False),
        (0, 1, 1, 1, False),
    }


def test_the_article_that_li_swallows_is_put_back() -> None:
    assert fast_match(["للموصل"], phrases.compile([("الموصل", 1)]), True) == {(0, 1, 0, 0, True)}
    assert fast_match(["للموصل"], phrases.compile([("موصل", 1)]), True) == {(0, 1, 0, 0, True)}
    assert fast_match(["للموصل"], phrases.compile([("الموصل", 1)]), False) == set()


def test_a_short_word_is_not_peeled() -> None:
    assert fast_match(["ولد", "بلد"], phrases.compile([("لد", 1)]), True) == set()


def test_an_equal_hash_is_not_believed() -> None:
    """Write other letters under the phrase's hash, as if two words had the same: nothing may match."""
    table = phrases.compile([("camp", 1), ("old camp", 2)])
    assert fast_match(["the old camp"], table, True) == {(0, 1, 2, 2, False), (0, 2, 1, 2, False)}
    other = dataclasses.replace(
        table, codes=np.where(table.codes == ord("m"), ord("n"), table.codes).astype(np.uint32)
    )
    assert fast_match(["the old camp"], other, True) == set()


def test_an_empty_table_and_empty_texts() -> None:
    assert fast_match(["some text", ""], phrases.compile([]), True) == set()
    assert fast_match([], phrases.compile([("a", 1)]), True) == set()
    assert fast_match(["", "\u202e", "🙂\0"], phrases.compile([("a", 1)]), True) == set()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 2000))
def test_many_matches_are_all_kept_and_no_more_than_words_allow(times: int) -> None:
    listed = [(" ".join(["ab"] * size), size) for size in range(1, MOST_WORDS + 1)]
    found = fast_match(["ab " * times], phrases.compile(listed), True)
    # Each word begins at most MOST_WORDS phrases: the work is linear in the length of the text.
    assert len(found) == sum(max(0, times - size + 1) for size in range(1, MOST_WORDS + 1))


def test_the_table_is_never_so_full_that_a_search_is_long() -> None:
    names = [(f"name{number} {number % 7}", number) for number in range(20_000)]
    table = phrases.compile(names)
    taken = table.slot_hash != 0
    assert taken.mean() <= 0.5
    # The longest run of taken slots bounds the steps of any search, for any text.
    free = np.flatnonzero(~taken)
    assert np.diff(free).max() < 100
    assert phrases._slot(table.slot_hash, np.uint64(12345)) >= 0


def test_peeling_is_only_for_arabic_script() -> None:
    assert fast_match(["وmosul", "alamo"], phrases.compile([("mosul", 1), ("amo", 2)]), True) == {
        (0, 1, 0, 0, True)
    }
