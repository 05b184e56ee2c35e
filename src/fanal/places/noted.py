"""Noted: what is looked up of each word once: the gazetteer's name over it, its capitals and signs, its kind of cue."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.places.known import Known
from fanal.text.fold import Folded, fold
from fanal.text.phrases import Matches, match
from fanal.text.spelling import ADDRESS, CAPITALS, NO_CASE, PLAIN, TITLE, Spelled
from fanal.text.words import Words, hash_codes, words

FILE = "cues.toml"

KINDS_OF_CUES = (
    "preposition", "admin", "street", "site", "natural", "direction", "person", "organisation", "hazard",
    "linker", "and",
)  # fmt: skip
"""Sections of the file; the number of a word's kind is its place here + 1, 0: no such word."""

_ARABIC = (0x0600, 0x06FF)
_CLITICS = ("و", "ب", "ل", "ك", "ف", "ال", "بال", "وال", "لل", "وب", "ول")

ALONE, BEGINS, WITHIN, ENDS = range(1, 5)
"""Where a word stands in the gazetteer's name that covers it; 0: in none."""

AS_IS, PEELED, GLUED = range(3)
"""How the name was found: as written, behind a clitic or before an ending, written as one word."""

COLUMNS = range(15)
POSITION, KIND, PEOPLE, DOUBT, WAY, LONG, MANY, SHAPE, TAG, BEFORE, CUE, SCRIPT, DIGIT, LENGTH, AGAIN = (
    COLUMNS
)
"""What is noted of each word."""

SIZES = (5, 8, 6, 5, 3, 3, 3, 5, 6, 6, 12, 4, 2, 4, 2)
"""How many values each column has."""

LATIN, ARABIC, CYRILLIC, ELSE = range(4)
"""Scripts."""

_ENDING = "s"
_LEAST_BEFORE_ENDING = 4
_Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]
"""Number, first and last word, peeled."""

_Words = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]]
"""Start and end of words, offsets of rows, code points."""

_Facts = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
"""Kind, people, many and doubt of each name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Hold what was noted of each word, and the gazetteer's longest names."""

    columns: NDArray[np.uint8]  # w × 15; see COLUMNS
    name: NDArray[np.int64]  # w; the number of the name that covers the word, -1: none
    reach: NDArray[np.int64]  # w; where that name begins, else the word itself
    until: NDArray[np.int64]  # w; where it ends, included
    post: NDArray[np.uint8]  # n; 0 no capitals, 1 few, 2 most words begin with one, 3 all is in capitals


@cache
def load_cues() -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Return the words of the file as an open-addressing table: hash and kind of each slot, 0: free.

    >>> hashes, kinds = load_cues()
    >>> int(kinds.max()) == len(KINDS_OF_CUES)
    True
    """
    lists = tomllib.loads(files("fanal.places").joinpath(FILE).read_text(encoding="utf-8"))
    found: dict[int, int] = {}
    for number, kind in reversed(tuple(enumerate(KINDS_OF_CUES, start=1))):
        texts = [word for of in lists[kind].values() for word in of.split()]
        texts += [f"{clitic}{word}" for word in texts if _is_arabic(word) for clitic in _CLITICS]
        for value in words(fold(pa.array(texts, pa.large_string()))).hash.tolist():
            found[value] = number
    hashes = np.zeros(1 << (2 * len(found)).bit_length(), np.uint64)
    kinds = np.zeros(len(hashes), np.uint8)
    for value, number in sorted(found.items()):
        at = value & (len(hashes) - 1)
        while hashes[at]:
            at = (at + 1) & (len(hashes) - 1)
        hashes[at], kinds[at] = value, number
    return hashes, kinds


def _is_arabic(word: str) -> bool:
    """Say whether a word is in Arabic script."""
    return _ARABIC[0] <= ord(word[0]) <= _ARABIC[1]


def note(spelled: Spelled, folded: Folded, known: Known) -> Noted:
    """Note of each word what the tagger looks at.

    Args:
        spelled: the words of the texts.
        folded: the texts.
        known: the names of the gazetteer.
    """
    found = spelled.words
    matches = match(found, folded, known.phrases, clitics=True)
    own = match(found, folded, known.own, clitics=True) if known.own is not None else None
    glued = match(found, folded, known.glued, clitics=True)
    ended = _without_ending(spelled, folded, known)
    hashes, kinds = load_cues()
    columns, name, reach, until, post = _note(
        (found.start, found.end, found.offsets, folded.codes),
        found.hash,
        (spelled.shape, spelled.tag, spelled.before),
        _both(matches, own),
        (glued.number, glued.first, glued.last, glued.peeled),
        ended,
        (known.kind, known.people, known.many, known.doubt),
        (hashes, kinds),
    )
    return Noted(columns=columns, name=name, reach=reach, until=until, post=post)


def _without_ending(spelled: Spelled, folded: Folded, known: Known) -> _Found:
    """Return the names of one or two words that stand before an s (Ecuadors), as number, first, last and peeled."""
    found = spelled.words
    size = found.end - found.start
    at = np.flatnonzero(
        (size > _LEAST_BEFORE_ENDING)
        & (folded.codes[found.end - 1] == ord(_ENDING))
        & (spelled.tag != ADDRESS)
    )
    pairs = np.repeat(at, 2) - np.tile([1, 0], len(at))
    lone = np.isin(at, found.offsets)  # the first of its text
    hashes, end = found.hash[pairs], found.end[pairs]
    hashes[::2][lone] = 1
    end[1::2] -= 1
    hashes[1::2] = _hash_all(folded.codes, found.start[at], end[1::2])
    cut = Words(hash=hashes, start=found.start[pairs], end=end, offsets=np.arange(0, len(pairs) + 1, 2))
    matches = match(cut, folded, known.phrases)
    kept = matches.last % 2 == 1
    return (
        matches.number[kept],
        pairs[matches.first[kept]],
        pairs[matches.last[kept]],
        np.zeros(int(kept.sum()), np.bool_),
    )


@njit(cache=True, nogil=True)
def _hash_all(
    codes: NDArray[np.uint32], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return the hash of each stretch."""
    out = np.empty(len(start), dtype=np.uint64)
    for at in range(len(start)):
        out[at] = hash_codes(codes, start[at], end[at], 0)
    return out


@njit(cache=True, nogil=True)
def _mark_repeats(
    offsets: NDArray[np.int64], columns: NDArray[np.uint8], name: NDArray[np.int64], reach: NDArray[np.int64]
) -> None:
    """Note of each word whether its row has named the same before."""
    for row in range(len(offsets) - 1):
        for word in range(offsets[row], offsets[row + 1]):
            if name[word] < 0:
                continue
            for earlier in range(offsets[row], reach[word]):
                if name[earlier] == name[word]:
                    columns[word, AGAIN] = 1
                    break


@njit(cache=True, nogil=True)
def _kind_of_cue(hashes: NDArray[np.uint64], kinds: NDArray[np.uint8], word: np.uint64) -> int:
    """Return the kind of a word, 0 for most."""
    mask = np.uint64(len(hashes) - 1)
    at = word & mask
    while hashes[at] != 0:
        if hashes[at] == word:
            return int(kinds[at])
        at = (at + np.uint64(1)) & mask
    return 0


@njit(cache=True, nogil=True)
def _script(code: int) -> int:
    """Return the script of a folded letter."""
    if code < 0x250:
        return LATIN
    if 0x400 <= code < 0x530:
        return CYRILLIC
    return ARABIC if 0x600 <= code < 0x780 else ELSE


def _both(one: Matches, two: Matches | None) -> _Found:
    """Return the matches of two tables."""
    if two is None or not len(two):
        return one.number, one.first, one.last, one.peeled
    return (
        np.concatenate([one.number, two.number]),
        np.concatenate([one.first, two.first]),
        np.concatenate([one.last, two.last]),
        np.concatenate([one.peeled, two.peeled]),
    )


@njit(cache=True, nogil=True)
def _note(
    text: _Words,
    hashes: NDArray[np.uint64],
    spelling: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]],
    matches: _Found,
    glued: _Found,
    ended: _Found,
    known: _Facts,
    cues: tuple[NDArray[np.uint64], NDArray[np.uint8]],
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Fill the columns of each word."""
    start, end, offsets, codes = text
    shape, tag, before = spelling
    cue_hash, cue_kind = cues
    count = len(start)
    columns = np.zeros((count, len(SIZES)), dtype=np.uint8)
    name = np.full(count, -1, dtype=np.int64)
    reach = np.arange(count)
    until = np.arange(count)
    for word in range(count):
        size = end[word] - start[word]
        columns[word, SHAPE], columns[word, TAG], columns[word, BEFORE] = shape[word], tag[word], before[word]
        columns[word, CUE] = _kind_of_cue(cue_hash, cue_kind, hashes[word])
        columns[word, SCRIPT] = _script(int(codes[start[word]]))
        columns[word, LENGTH] = (size >= 3) + (size >= 5) + (size >= 9)
        columns[word, DIGIT] = _has_digit(codes, start[word], end[word])
    _cover(matches, AS_IS, known, columns, name, reach, until)
    _cover(glued, GLUED, known, columns, name, reach, until)
    _cover(ended, PEELED, known, columns, name, reach, until)
    _mark_repeats(offsets, columns, name, reach)
    return columns, name, reach, until, _posts(offsets, shape, tag)


@njit(cache=True, nogil=True)
def _has_digit(codes: NDArray[np.uint32], start: int, end: int) -> bool:
    """Say whether a digit stands in a word."""
    found = False
    for at in range(start, end):
        found |= 0x30 <= codes[at] <= 0x39
    return found


@njit(cache=True, nogil=True)
def _posts(offsets: NDArray[np.int64], shape: NDArray[np.uint8], tag: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return how each post uses capitals: 0 none, 1 few, 2 most words begin with one, 3 all is in capitals."""
    post = np.zeros(len(offsets) - 1, dtype=np.uint8)
    for row in range(len(post)):
        cased = capitals = titles = 0
        for word in range(offsets[row], offsets[row + 1]):
            if tag[word] == PLAIN and shape[word] > NO_CASE:
                cased += 1
                capitals += shape[word] == CAPITALS
                titles += shape[word] >= TITLE
        if cased > 2 and 2 * capitals > cased:
            post[row] = 3
        else:
            post[row] = (titles > 0) + (10 * titles > 6 * cased)
    return post


@njit(cache=True, nogil=True)
def _cover(
    matches: _Found,
    way: int,
    known: _Facts,
    columns: NDArray[np.uint8],
    name: NDArray[np.int64],
    reach: NDArray[np.int64],
    until: NDArray[np.int64],
) -> None:
    """Let the longest names cover their words; among equals those as written, then the leftmost."""
    first, last = matches[1], matches[2]
    begin = 0
    while begin < len(first):
        # Names that hang together: each begins before all that came before it have ended.
        behind, farthest, most = begin + 1, last[begin], last[begin] - first[begin]
        while behind < len(first) and first[behind] <= farthest:
            farthest = max(farthest, last[behind])
            most = max(most, last[behind] - first[behind])
            behind += 1
        for size in range(most, -1, -1):
            for turn in range(2):
                for at in range(begin, behind):
                    if last[at] - first[at] == size and matches[3][at] == (turn == 1):
                        _put(matches, at, way, known, columns, name, reach, until)
        begin = behind


@njit(cache=True, nogil=True)
def _put(
    matches: _Found,
    at: int,
    way: int,
    known: _Facts,
    columns: NDArray[np.uint8],
    name: NDArray[np.int64],
    reach: NDArray[np.int64],
    until: NDArray[np.int64],
) -> None:
    """Let a name cover its words, where all are free and no address; of two for the same, the larger place's."""
    number, first, last = matches[0][at], matches[1][at], matches[2][at]
    kind, people, many, doubt = known
    if columns[first, TAG] == ADDRESS:
        return
    same = name[first] >= 0 and reach[first] == first and until[first] == last
    if same and people[number] <= columns[first, PEOPLE]:
        return
    for word in range(first, last + 1):
        if name[word] >= 0 and not same:
            return
    for word in range(first, last + 1):
        name[word], reach[word], until[word] = number, first, last
        columns[word, KIND], columns[word, PEOPLE] = kind[number], people[number]
        columns[word, DOUBT], columns[word, MANY] = doubt[number], many[number]
        columns[word, WAY] = PEELED if matches[3][at] and way == AS_IS else way
        columns[word, LONG] = min(last - first, 2)
        columns[word, POSITION] = BEGINS if word == first else ENDS if word == last else WITHIN
    if first == last:
        columns[first, POSITION] = ALONE
