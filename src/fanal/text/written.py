"""Written: the letters of a text of which the fold loses something, as grams of their own."""

import unicodedata
from functools import cache

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.text.fold import decode, utf8
from fanal.text.grams import STEP
from fanal.text.letters import fold_letter
from fanal.text.weights import Weights, eights, sum_32
from fanal.text.words import FNV_PRIME, FNV_START

MARK = 0x1
"""Stands in front of the letter in its hash: a control character, which stands in no run."""

NON_JOINER = 0x200C
"""Persian and Sorani write it within words; the fold drops it."""

LAST_LETTER = 0x2100

LONGEST = 4
"""Code points that are looked at for each letter of a model's cap: spaces, signs and addresses are among them."""


@cache
def load_marked() -> NDArray[np.uint64]:
    """Return the hash of each code point below LAST_LETTER that the fold changes by more than its case, else 0.

    >>> marked = load_marked()
    >>> [bool(marked[ord(letter)]) for letter in "eEéÉيی"], marked[ord("é")] == marked[ord("É")]
    ([False, False, True, True, False, True], np.True_)
    """
    marked = np.zeros(LAST_LETTER, np.uint64)
    for code in range(0x80, LAST_LETTER):
        letter = chr(code).lower() if len(chr(code).lower()) == 1 else chr(code)  # İ becomes two
        if code != NON_JOINER and (
            unicodedata.category(chr(code))[0] not in "LM" or fold_letter(letter) == letter
        ):
            continue
        value = FNV_START
        for one in (MARK, ord(letter)):
            value = (value ^ one) * FNV_PRIME & (1 << 64) - 1
        marked[code] = value
    return marked


def features(texts: pa.Array | pa.ChunkedArray, *, cap: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the hashes of such letters of each text, for training: where each row begins (n + 1), and the hashes.

    Args:
        texts: as they were written, n.
        cap: the cap of the model; of a longer text only LONGEST times as many code points are looked at.

    >>> offsets, hashes = features(pa.array(["été", "ete"]), cap=200)
    >>> offsets.tolist(), bool(hashes[0] == hashes[1])
    ([0, 2, 2], True)
    """
    content, starts = utf8(texts)
    return _features(content, starts, load_marked(), cap * LONGEST)


def weigh(
    texts: pa.Array | pa.ChunkedArray, weights: Weights, sums: NDArray[np.int32], grams: NDArray[np.int32]
) -> None:
    """Add the rows of such letters of each text to what its grams add up to, in place.

    Args:
        texts: as they were written, n.
        weights: LANGUAGE_WIDTH outputs.
        sums: n × LANGUAGE_WIDTH.
        grams: n; how many rows were added.
    """
    content, starts = utf8(texts)
    _weigh(
        content, starts, load_marked(), weights.cap * LONGEST, eights(weights), 64 - weights.bits, sums, grams
    )


@njit(cache=True, nogil=True)
def _decode(content: NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """Decode as `fold.decode`, with the most frequent case, two bytes, ahead of the others."""
    first = int(np.int64(content[at]))
    if 0xC2 <= first < 0xE0 and at + 1 < end:
        second = int(np.int64(content[at + 1]))
        if second & 0xC0 == 0x80:
            return (first & 0x1F) << 6 | (second & 0x3F), at + 2
    return decode(content, at, end)


@njit(cache=True, nogil=True)
def _features(
    content: NDArray[np.uint8], starts: NDArray[np.int64], marked: NDArray[np.uint64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Write down the hashes of the marked letters of each row."""
    out = np.empty(
        (starts[-1] - starts[0]) // 2 + 1, dtype=np.uint64
    )  # a marked letter has two bytes or more
    where = np.zeros(len(starts), dtype=np.int64)
    used = 0
    for row in range(len(starts) - 1):
        at, end = starts[row], starts[row + 1]
        left = most
        while at < end and left > 0:
            left -= 1
            if content[at] < 0x80:
                at += 1
                continue
            code, at = _decode(content, at, end)
            if code < LAST_LETTER and marked[code]:
                out[used] = marked[code]
                used += 1
        where[row + 1] = used
    return where, out[:used]


@njit(cache=True, nogil=True)
def _weigh(
    content: NDArray[np.uint8],
    starts: NDArray[np.int64],
    marked: NDArray[np.uint64],
    most: int,
    table: NDArray[np.uint64],
    shift: int,
    sums: NDArray[np.int32],
    grams: NDArray[np.int32],
) -> None:
    """Add the rows of the marked letters of each row."""
    chosen = np.empty(most, dtype=np.uint32)
    step, down = np.uint64(STEP), np.uint64(shift)
    for row in range(len(starts) - 1):
        at, end = starts[row], starts[row + 1]
        left, used = most, 0
        while at < end and left > 0:
            left -= 1
            if content[at] < 0x80:
                at += 1
                continue
            code, at = _decode(content, at, end)
            if code < LAST_LETTER and marked[code]:
                chosen[used] = (marked[code] * step) >> down
                used += 1
        if used:
            sum_32(table, chosen, used, sums[row])
            grams[row] += used
