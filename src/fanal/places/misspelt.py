"""Misspelt: villages of home whose names are written in another way, in a text that names the area around them.

Names are compared by their skeletons (consonants, of which those that transliterations confuse are one) and by those
with one letter left out (SymSpell, Garbe 2012); what is found so is compared letter by letter.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.climb import regions_of
from fanal.places.entry import Kind
from fanal.places.file import Gazetteer
from fanal.places.span import load_wrapping
from fanal.text.words import FNV_PRIME, FNV_START, mix

MOST_WORDS = 5
LEAST_SKELETON = 2
LEAST_KEPT = 2
"""Letters of a skeleton that must stay when one is left out."""

LEAST_CASELESS = 3
"""Letters of a skeleton in a script without capitals, where every word is looked up."""

MOST_LETTERS = 40
BITS_A_KEY = 64
"""In `begins`: one word in 60 or fewer passes that has no key."""

ARTICLE = 2
"""Letters of al."""

FARTHEST = 0.34
"""Share of the letters of a name that may be written otherwise."""

SORTS = 46
"""Of letters in an outline: the letters of one alphabet are each of its own."""

_FIRST_AT, _LAST_AT, _LENGTH_AT = 46, 52, 58
_SORTS, _FIRST, _LAST = (1 << _FIRST_AT) - 1, 63 << _FIRST_AT, 63 << _LAST_AT

_LATIN = {"b": "bp", "t": "td", "k": "kqgcx", "s": "szjç", "f": "fv", "r": "r", "l": "l", "m": "m", "n": "n"}
_ARABIC = {
    "b": "بپ", "t": "تطدضة", "k": "كکقگخغ", "s": "سشصزژجچثذظ", "f": "فڤ", "r": "رڕ", "l": "لڵ", "m": "م", "n": "ن",
}  # fmt: skip
"""Letters that are one in a skeleton; all others (vowels, h, w, y, ع, ح) are left out."""

_TABLE_END = 0x0700
_ALEF, _LAM = 0x0627, 0x0644


def _table() -> NDArray[np.uint8]:
    table = np.zeros(_TABLE_END, np.uint8)
    for number, key in enumerate(_LATIN, start=1):
        for letter in _LATIN[key] + _ARABIC[key]:
            table[ord(letter)] = number
    return table


_LETTERS = _table()


@dataclass(frozen=True, slots=True, kw_only=True)
class Villages:
    """Hold the names of the towns and villages of home under every key that they are looked up by.

    A key is of a skeleton and the first-level area: only what lies there is ever wanted.
    """

    key: NDArray[np.uint64]  # k, ascending: hashes of skeletons, whole or with a letter left out
    names: NDArray[np.int64]  # k + 1; key i has the names names[i] to names[i + 1]
    record: NDArray[np.int32]  # n; which of the names
    outline: NDArray[
        np.uint64
    ]  # n; `outline_of` that name: most are told apart by it, side by side in memory
    entry: NDArray[np.int32]  # r; the place of each name
    offsets: NDArray[np.int64]  # r + 1; the letters of name i are letters[offsets[i] : offsets[i + 1]]
    letters: NDArray[np.uint32]  # folded, end to end and without wrapping words
    begins: NDArray[np.uint8]  # 2**k; a bit for each key: most look-ups end here, in the cache (Bloom 1970)

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self.key)


def villages(gazetteer: Gazetteer, home: NDArray[np.bool_]) -> Villages:
    """Return the towns and villages of the home countries, by the skeletons of their names.

    Args:
        gazetteer: the places.
        home: of each country.
    """
    country = gazetteer.country[gazetteer.entry]
    some = np.flatnonzero((country >= 0) & home[country] & (gazetteer.kind[gazetteer.entry] == Kind.CITY))
    name = np.searchsorted(gazetteer.offsets, some, side="right") - 1
    known = name < len(gazetteer.phrases)  # those that were laid over are known as they stand
    some, name = some[known], name[known]
    region = regions_of(gazetteer.entry[some], gazetteer.kind, gazetteer.holder)
    some, name, region = some[region >= 0], name[region >= 0], region[region >= 0]
    table = gazetteer.phrases
    words = (table.first, table.start, table.end, table.codes)
    key, of, letters, offsets = _keys(name, region, words, load_wrapping())
    order = np.argsort(key, kind="stable")
    keys, begins = np.unique(key[order], return_index=True)
    return Villages(
        key=keys,
        names=np.append(begins, len(key)).astype(np.int64),
        record=of[order].astype(np.int32),
        outline=_outlines(offsets, letters)[of[order]],
        entry=gazetteer.entry[some],
        offsets=offsets,
        letters=letters,
        begins=_bits(keys),
    )


def _bits(key: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return a table with the bit of each key set, BITS_A_KEY bits or more for each."""
    size = 1 << max(6, int(BITS_A_KEY * len(key)).bit_length())
    bit = key & np.uint64(size - 1)
    table = np.zeros(size >> 3, np.uint8)
    np.bitwise_or.at(
        table, (bit >> np.uint64(3)).astype(np.int64), np.uint8(1) << (bit & np.uint64(7)).astype(np.uint8)
    )
    return table


@njit(cache=True, nogil=True)
def _keys(
    name: NDArray[np.int64],
    region: NDArray[np.int64],
    words: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]],
    wrapping: NDArray[np.uint64],
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64]]:
    """Return the keys of names, which name each belongs to, and the letters of the names with their offsets."""
    first, start, end, codes = words
    keys = np.empty(len(name) * (MOST_LETTERS + 1), dtype=np.uint64)
    of = np.empty(len(keys), dtype=np.int64)
    offsets = np.zeros(len(name) + 1, dtype=np.int64)
    spelt = np.empty(len(name) * MOST_LETTERS, dtype=np.uint32)
    bones = np.empty(MOST_LETTERS, dtype=np.uint8)
    wrapped = np.zeros(16, dtype=np.bool_)
    used = 0
    for at in range(len(name)):
        begin, behind = first[name[at]], first[name[at] + 1]
        for word in range(begin, min(behind, begin + 16)):
            wrapped[word - begin] = wraps(start[word], end[word], codes, wrapping)
        here = (start[begin:behind], end[begin:behind], codes, wrapped)
        room = spelt[offsets[at] : offsets[at] + MOST_LETTERS]
        offsets[at + 1] = offsets[at] + letters_of(0, behind - begin, here, room)
        size = skeleton(0, behind - begin, here, bones)
        if size < LEAST_SKELETON:
            continue
        for left_out in range(-1, size if size > LEAST_KEPT else 0):
            keys[used], of[used] = key_of(bones, size, left_out, region[at]), at
            used += 1
    return keys[:used], of[:used], spelt[: offsets[-1]], offsets


Words = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32], NDArray[np.bool_]]
"""Start and end of words, code points, and whether each word only wraps a name."""


@njit(cache=True, nogil=True)
def letters_of(begin: int, behind: int, words: Words, out: NDArray[np.uint32]) -> int:
    """Write the letters of some words, end to end and without wrapping words, into `out`; return how many they are."""
    start, end, codes, wrapped = words
    size = 0
    for word in range(begin, behind):
        if behind - begin > 1 and wrapped[word]:
            continue
        for at in range(start[word], end[word]):
            if size < len(out):
                out[size] = codes[at]
                size += 1
    return size


@njit(cache=True, nogil=True)
def skeleton(begin: int, behind: int, words: Words, out: NDArray[np.uint8]) -> int:
    """Write the skeleton of the words from `begin` to `behind` into `out`; return its length."""
    start, end, codes, wrapped = words
    size = 0
    for word in range(begin, behind):
        if behind - begin > 1 and wrapped[word]:
            continue
        size = extend(start[word], end[word], codes, out, size)
    return size


@njit(cache=True, nogil=True)
def extend(start: int, end: int, codes: NDArray[np.uint32], out: NDArray[np.uint8], size: int) -> int:
    """Write one more word of a skeleton behind its first `size` letters; return its length now."""
    at = start
    if end - at > 3 and codes[at] == _ALEF and codes[at + 1] == _LAM:
        at += 2
    while at < end:
        letter = _LETTERS[codes[at]] if codes[at] < _TABLE_END else np.uint8(0)
        if letter and size < len(out) and (size == 0 or out[size - 1] != letter):
            out[size] = letter
            size += 1
        at += 1
    return size


@njit(cache=True, nogil=True)
def wraps(start: int, end: int, codes: NDArray[np.uint32], wrapping: NDArray[np.uint64]) -> bool:
    """Say whether a word only wraps a name, or is the article al."""
    if end - start == ARTICLE and codes[start] == 97 and codes[start + 1] == 108:
        return True
    value = np.uint64(FNV_START)
    for at in range(start, end):
        value = (value ^ np.uint64(codes[at])) * np.uint64(FNV_PRIME)
    value = mix(value)
    place = np.searchsorted(wrapping, value)
    return bool(place < len(wrapping) and wrapping[place] == value)


@njit(cache=True, nogil=True)
def key_of(letters: NDArray[np.uint8], size: int, left_out: int, region: int) -> np.uint64:
    """Return the hash of a first-level area and a skeleton without one of its letters, -1: with all."""
    value = mix(np.uint64(FNV_START) ^ np.uint64(region))
    for at in range(size):
        if at != left_out:
            value = (value ^ np.uint64(letters[at])) * np.uint64(FNV_PRIME)
    return mix(value)


@njit(cache=True, nogil=True)
def outline_of(letters: NDArray[np.uint32]) -> np.uint64:
    """Return the outline of a name of 1 to MOST_LETTERS letters: which it has, its first and last, and its length.

    A letter is one of SORTS, which is never less alike than the letters are: see `may_be_near`.
    """
    found = np.uint64(len(letters)) << np.uint64(_LENGTH_AT)
    found |= np.uint64(letters[0] % SORTS) << np.uint64(_FIRST_AT)
    found |= np.uint64(letters[-1] % SORTS) << np.uint64(_LAST_AT)
    for letter in letters:
        found |= np.uint64(1) << np.uint64(letter % SORTS)
    return found


@njit(cache=True, nogil=True)
def _outlines(offsets: NDArray[np.int64], letters: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Return the outline of each name; 0 of one without a letter, which has no key."""
    found = np.zeros(len(offsets) - 1, dtype=np.uint64)
    for at in range(len(found)):
        if offsets[at] < offsets[at + 1]:
            found[at] = outline_of(letters[offsets[at] : offsets[at + 1]])
    return found


@njit(cache=True, nogil=True)
def may_be_near(one: np.uint64, two: np.uint64, far: float) -> bool:
    """Say whether two names of these outlines may differ in at most a share of the letters of the longer one.

    Never wrong when it says no: one change leaves the first or the last letter (what is longer by a change too), takes
    at most one kind of letter away and brings at most one.

    Args:
        one: of `outline_of`.
        two: the same.
        far: share, 0 to 1.
    """
    long, short = one >> np.uint64(_LENGTH_AT), two >> np.uint64(_LENGTH_AT)
    if long < short:
        long, short = short, long
    most = far * np.float64(long)
    differs = one ^ two
    if np.float64(long - short) > most or (differs & _FIRST and differs & _LAST):
        return False
    lost, won = _bits_of(differs & one & _SORTS), _bits_of(differs & two & _SORTS)
    return bool(np.float64(max(lost, won)) <= most)


@njit(cache=True, nogil=True)
def _bits_of(value: np.uint64) -> np.uint64:
    """Return how many bits are set (Warren 2012, Hacker's Delight, fig. 5-2)."""
    value -= (value >> np.uint64(1)) & np.uint64(0x5555555555555555)
    value = (value & np.uint64(0x3333333333333333)) + (
        (value >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    value = (value + (value >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (value * np.uint64(0x0101010101010101)) >> np.uint64(56)


@njit(cache=True, nogil=True)
def distance(
    one: NDArray[np.uint32],
    two: NDArray[np.uint32],
    most: float,
    before: NDArray[np.int64],
    row: NDArray[np.int64],
) -> int:
    """Return how many letters must be put in, left out or changed (Levenshtein 1966); some number above `most` if more.

    Args:
        one: letters.
        two: letters.
        most: what is farther is not counted to the end.
        before: room for len(two) + 1 numbers.
        row: the same.
    """
    for at in range(len(two) + 1):
        before[at] = at
    for i in range(len(one)):
        row[0] = least = i + 1
        for j in range(len(two)):
            change = before[j] + (0 if one[i] == two[j] else 1)
            row[j + 1] = min(change, before[j + 1] + 1, row[j] + 1)
            least = min(least, row[j + 1])
        if least > most:
            return int(least)
        for at in range(len(two) + 1):
            before[at] = row[at]
    return int(before[len(two)])
