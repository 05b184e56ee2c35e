"""Words: where each word of a folded text begins and ends, and its hash."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.text.fold import Folded, fold
from fanal.text.letters import TABLE_END, load_letters

FNV_START = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3
"""FNV-1a, 64 bits (Fowler, Noll and Vo; draft-eastlake-fnv), over code points in place of bytes."""

IDEOGRAPHS = (0x20000, 0x323AF)
"""CJK extensions B to H, beyond the table of letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Hold the words of many texts, end to end: runs of letters, digits and the marks that belong to them."""

    hash: NDArray[np.uint64]  # w; never trusted without a look at the code points
    start: NDArray[np.int64]  # w; first code point, a place in Folded.codes
    end: NDArray[np.int64]  # w; behind the last code point
    offsets: NDArray[np.int64]  # n + 1; the words of row i are offsets[i] to offsets[i + 1]

    def __len__(self) -> int:
        """Return the number of words."""
        return len(self.hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Hold the texts of a batch as every stage reads them: folded once, cut once."""

    folded: Folded
    words: Words


def read(texts: pa.Array | pa.ChunkedArray) -> Text:
    """Fold texts and cut them into words.

    >>> len(read(pa.array(["Two words", None])).words)
    2
    """
    folded = fold(texts)
    return Text(folded=folded, words=words(folded))


def words(folded: Folded) -> Words:
    """Find the words; everything that is no letter and no digit separates, '#', '_' and apostrophes too.

    >>> folded = fold(pa.array(["Help! #Mosul_now", "...", "الموصل"]))
    >>> found = words(folded)
    >>> found.offsets.tolist()
    [0, 3, 3, 4]
    >>> int(found.hash[1]) == hash_word("mosul")
    True
    """
    hashes, start, end, offsets = _words(folded.codes, folded.offsets, load_letters().word)
    return Words(hash=hashes, start=start, end=end, offsets=offsets)


def hash_word(text: str) -> int:
    """Return the hash of a word of ours, folded and hashed by the same kernels.

    Raises:
        ValueError: the text is not exactly one word.

    >>> hash_word("Ville") == hash_word("ville")
    True
    """
    found = words(fold(pa.array([text], pa.large_string())))
    if len(found) != 1:
        raise ValueError(f"{text!r} has {len(found)} words where one is wanted.")
    return int(found.hash[0])


@njit(cache=True, nogil=True)
def mix(value: np.uint64) -> np.uint64:
    """Spread a hash over all 64 bits (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True)
def hash_codes(codes: NDArray[np.uint32], start: int, end: int, before: int) -> np.uint64:
    """Hash the code points from `start` to `end`, as if `before` stood in front of them (0: nothing)."""
    value = np.uint64(FNV_START)
    if before:
        value = (value ^ np.uint64(before)) * np.uint64(FNV_PRIME)
    for at in range(start, end):
        value = (value ^ np.uint64(codes[at])) * np.uint64(FNV_PRIME)
    return mix(value)


@njit(cache=True, nogil=True)
def _words(
    codes: NDArray[np.uint32], rows: NDArray[np.int64], letter: NDArray[np.bool_]
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Find and hash the words of each row."""
    most = (len(codes) + len(rows)) // 2 + 1  # between two words of a row stands at least one code point
    hashes = np.empty(most, dtype=np.uint64)
    start = np.empty(most, dtype=np.int64)
    end = np.empty(most, dtype=np.int64)
    offsets = np.zeros(len(rows), dtype=np.int64)
    used = 0
    for row in range(len(rows) - 1):
        at, last = rows[row], rows[row + 1]
        while at < last:
            value = np.uint64(FNV_START)
            begin = at
            while at < last:
                code = np.int64(codes[at])
                if code < TABLE_END:
                    if not letter[code]:
                        break
                elif code < IDEOGRAPHS[0] or code > IDEOGRAPHS[1]:
                    break
                value = (value ^ np.uint64(code)) * np.uint64(FNV_PRIME)
                at += 1
            if at > begin:
                hashes[used], start[used], end[used] = mix(value), begin, at
                used += 1
            else:
                at += 1
        offsets[row + 1] = used
    return hashes[:used], start[:used], end[:used], offsets
