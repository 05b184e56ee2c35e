"""Misspelt: villages of home whose names are written in another way, in a text that names the area around them.

Names are compared by their skeletons (consonants, of which those that transliterations confuse are one) and by those
with one letter left out (SymSpell, Garbe 2012); what is found so is compared letter by letter.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.entry import Kind
from fanal.places.file import Gazetteer
from fanal.places.span import load_wrapping
from fanal.text.words import FNV_PRIME, FNV_START, mix

MOST_WORDS = 6
LEAST_SKELETON = 1
MOST_LETTERS = 40
FARTHEST = 0.34
"""Share of the letters of a name that may be written otherwise."""

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
    """Hold the names of the towns and villages of home under every key that they are looked up by."""

    key: NDArray[np.uint64]  # k, ascending: hashes of skeletons, whole or with a letter left out
    name: NDArray[np.int64]  # k; number of the name
    entry: NDArray[np.int32]  # k; the place

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
    table = gazetteer.phrases
    key, of = _keys(name, table.first, table.start, table.end, table.codes, load_wrapping())
    order = np.argsort(key, kind="stable")
    return Villages(key=key[order], name=name[of[order]], entry=gazetteer.entry[some[of[order]]])


@njit(cache=True, nogil=True)
def _keys(
    name: NDArray[np.int64],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    codes: NDArray[np.uint32],
    wrapping: NDArray[np.uint64],
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the keys of names, and which name each belongs to."""
    keys = np.empty(len(name) * (MOST_LETTERS + 1), dtype=np.uint64)
    of = np.empty(len(keys), dtype=np.int64)
    used = 0
    letters = np.empty(MOST_LETTERS, dtype=np.uint8)
    for at in range(len(name)):
        size = skeleton(first[name[at]], first[name[at] + 1], start, end, codes, wrapping, letters)
        if size < LEAST_SKELETON:
            continue
        for left_out in range(-1, size if size > LEAST_SKELETON else 0):
            keys[used], of[used] = key_of(letters, size, left_out), at
            used += 1
    return keys[:used], of[:used]


@njit(cache=True, nogil=True)
def skeleton(
    begin: int,
    behind: int,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    codes: NDArray[np.uint32],
    wrapping: NDArray[np.uint64],
    out: NDArray[np.uint8],
) -> int:
    """Write the skeleton of the words from `begin` to `behind` into `out`; return its length."""
    size = 0
    for word in range(begin, behind):
        if behind - begin > 1 and wraps(start[word], end[word], codes, wrapping):
            continue
        at = start[word]
        if end[word] - at > 3 and codes[at] == _ALEF and codes[at + 1] == _LAM:
            at += 2
        while at < end[word]:
            letter = _LETTERS[codes[at]] if codes[at] < _TABLE_END else np.uint8(0)
            if letter and size < len(out) and (size == 0 or out[size - 1] != letter):
                out[size] = letter
                size += 1
            at += 1
    return size


@njit(cache=True, nogil=True)
def wraps(start: int, end: int, codes: NDArray[np.uint32], wrapping: NDArray[np.uint64]) -> bool:
    """Say whether a word only wraps a name, or is the article al."""
    if end - start == 2 and codes[start] == 97 and codes[start + 1] == 108:
        return True
    value = np.uint64(FNV_START)
    for at in range(start, end):
        value = (value ^ np.uint64(codes[at])) * np.uint64(FNV_PRIME)
    value = mix(value)
    place = np.searchsorted(wrapping, value)
    return bool(place < len(wrapping) and wrapping[place] == value)


@njit(cache=True, nogil=True)
def key_of(letters: NDArray[np.uint8], size: int, left_out: int) -> np.uint64:
    """Return the hash of a skeleton without one of its letters, -1: with all."""
    value = np.uint64(FNV_START)
    for at in range(size):
        if at != left_out:
            value = (value ^ np.uint64(letters[at])) * np.uint64(FNV_PRIME)
    return mix(value)


@njit(cache=True, nogil=True)
def distance(
    one: NDArray[np.uint32], two: NDArray[np.uint32], before: NDArray[np.int64], row: NDArray[np.int64]
) -> int:
    """Return how many letters must be put in, left out or changed (Levenshtein 1966).

    Args:
        one: letters.
        two: letters.
        before: room for len(two) + 1 numbers.
        row: the same.
    """
    for at in range(len(two) + 1):
        before[at] = at
    for i in range(len(one)):
        row[0] = i + 1
        for j in range(len(two)):
            change = before[j] + (0 if one[i] == two[j] else 1)
            row[j + 1] = min(change, before[j + 1] + 1, row[j] + 1)
        for at in range(len(two) + 1):
            before[at] = row[at]
    return int(before[len(two)])
