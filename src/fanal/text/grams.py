"""Grams: the runs of one to four letters, the words and the pairs of words of each text, as hashes."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.text.words import FNV_PRIME, FNV_START, Text, mix

LONGEST_GRAM = 4
"""Letters of the longest run; a word's two ends count as letters."""

EDGE = 0x20
"""Stands for the end of a word in a run."""

ONE, TWO, THREE, FOUR, WORD, PAIR, NUMBER, ONCE = 1, 2, 4, 8, 16, 32, 64, 128
"""Kinds of grams, to be added up: runs by their length, words, pairs of words; NUMBER: words of digits are read too;
ONCE: a word that stood in the text already gives no gram but its pair."""

LANGUAGE_READS = ONE | TWO | THREE | FOUR | WORD
CLASSIFIER_READS = FOUR | WORD | PAIR | NUMBER | ONCE
"""What each kind of model reads; a test holds that `features` with these gives what `weigh` adds."""

KEPT_BITS = 10
"""Words of a text that are kept in mind to see one again, as bits: of two that want one place the later one stays."""

STEP = 0x9E3779B97F4A7C15
"""2**64 / golden ratio (Knuth, TAOCP vol. 3, sec. 6.4): spreads hashes over buckets, and orders a pair."""

_ZERO, NINE, _AT, _COLON, _SLASH, _SPACE, _W = 0x30, 0x39, 0x40, 0x3A, 0x2F, 0x20, 0x77

Texts = tuple[
    NDArray[np.uint32],
    NDArray[np.int64],
    NDArray[np.uint64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
]
"""Code points and where rows begin; hashes, starts and ends of words, and the first words of rows."""


def features(read: Text, *, kinds: int, cap: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the hashes of the grams of each text, for training: where each row begins (n + 1), and the hashes.

    Web addresses and handles (`@name`), up to the next space, are passed over, and so are words of digits unless
    `kinds` has NUMBER. A run's hash is FNV-1a over its letters, with EDGE at a word's ends; a single EDGE is no gram.
    A word's is `Words.hash`, a pair's is mixed from both. A gram counts as often as it stands there; with ONCE, a word
    that stood in the text before gives its pair alone.

    Args:
        read: the texts.
        kinds: which grams, as a sum of ONE, TWO, THREE, FOUR, WORD, PAIR, NUMBER and ONCE.
        cap: letters that are read, as in Weights.

    >>> from fanal.text import words
    >>> import pyarrow as pa
    >>> offsets, hashes = features(words.read(pa.array(["an owl", "", "42"])), kinds=WORD | PAIR, cap=200)
    >>> offsets.tolist(), int(hashes[0]) == words.hash_word("an")
    ([0, 3, 3, 3], True)
    """
    return _features(texts_of(read), kinds, cap)


def buckets(hashes: NDArray[np.uint64], bits: int) -> NDArray[np.int64]:
    """Return the bucket of each hash among 2**bits, as the kernel does.

    >>> buckets(np.array([0, 1], np.uint64), 16).tolist()
    [0, 40503]
    """
    spread: NDArray[np.int64] = ((hashes * np.uint64(STEP)) >> np.uint64(64 - bits)).astype(np.int64)
    return spread


def texts_of(read: Text) -> Texts:
    """Return the arrays that the kernels read."""
    found = read.words
    return read.folded.codes, read.folded.offsets, found.hash, found.start, found.end, found.offsets


@njit(cache=True, nogil=True)
def pair_hash(one: np.uint64, two: np.uint64) -> np.uint64:
    """Hash two words that follow each other."""
    return mix((one * np.uint64(STEP)) ^ two)


@njit(cache=True, nogil=True)
def address_end(codes: NDArray[np.uint32], start: int, end: int, first: int, last: int) -> int:
    """Return where the address or handle ends that a word begins, at a space or the text's end; 0: it begins none."""
    handle = start > first and codes[start - 1] == _AT
    scheme = end + 2 < last and codes[end] == _COLON and codes[end + 1] == _SLASH and codes[end + 2] == _SLASH
    www = end - start == 2 and codes[start] == _W and codes[start + 1] == _W  # the fold leaves two of three
    if not (handle or scheme or www):
        return 0
    at = end
    while at < last and codes[at] != _SPACE:
        at += 1
    return at


@njit(cache=True, nogil=True)
def is_number(codes: NDArray[np.uint32], start: int, end: int) -> bool:
    """Say whether a word has digits only."""
    digits = 0
    for at in range(start, end):
        digits += _ZERO <= codes[at] <= NINE
    return digits == end - start


@njit(cache=True, nogil=True)
def stood(value: np.uint64, row: int, kept: NDArray[np.uint64], kept_in: NDArray[np.int64]) -> bool:
    """Say whether a word stood in this text already, and keep it in mind.

    Args:
        value: the word's hash.
        row: the text's number.
        kept: 2**KEPT_BITS hashes.
        kept_in: the text that each of them stands in.
    """
    place = (value * np.uint64(STEP)) >> np.uint64(64 - KEPT_BITS)
    if kept_in[place] == row and kept[place] == value:
        return True
    kept[place], kept_in[place] = value, row
    return False


@njit(cache=True, nogil=True)
def _features(texts: Texts, kinds: int, cap: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Write down the hashes of each text's grams."""
    codes, rows, hashes, starts, ends, offsets = texts
    out = np.empty(1024, dtype=np.uint64)
    where = np.zeros(len(rows), dtype=np.int64)
    kept = np.empty(1 << KEPT_BITS, dtype=np.uint64)
    kept_in = np.full(1 << KEPT_BITS, -1, dtype=np.int64)
    used = 0
    for row in range(len(rows) - 1):
        left, behind = cap, 0
        before, follows = np.uint64(0), False
        for word in range(offsets[row], offsets[row + 1]):
            if left <= 0:
                break
            start, end = starts[word], ends[word]
            if start < behind:
                continue
            behind = address_end(codes, start, end, rows[row], rows[row + 1])
            if behind:
                follows = False
                continue
            if not kinds & NUMBER and is_number(codes, start, end):
                continue
            size = min(left, end - start)
            left -= end - start
            if used + LONGEST_GRAM * (size + 1) + 2 > len(out):
                out = _grown(out, LONGEST_GRAM * (size + 1) + 2)
            value = hashes[word]
            again = stood(value, row, kept, kept_in) and kinds & ONCE > 0
            if kinds & PAIR and follows:
                out[used] = pair_hash(before, value)
                used += 1
            before, follows = value, True
            if not again:
                used = _hash_word(codes, start, end, size, value, kinds, out, used)
        where[row + 1] = used
    return where, out[:used]


@njit(cache=True, nogil=True)
def _hash_word(
    codes: NDArray[np.uint32],
    start: int,
    end: int,
    size: int,
    value: np.uint64,
    kinds: int,
    out: NDArray[np.uint64],
    used: int,
) -> int:
    """Write down a word's hash and those of the runs that begin at its first `size` letters; returns the used."""
    if kinds & WORD:
        out[used] = value
        used += 1
    prime, edge = np.uint64(FNV_PRIME), np.uint64(EDGE)
    for at in range(start - 1, start + size):
        run = np.uint64(FNV_START)
        for length in range(min(LONGEST_GRAM, end - at + 1)):
            place = at + length
            code = edge if place < start or place == end else np.uint64(codes[place])
            run = (run ^ code) * prime
            if kinds & (ONE << length) and (length > 0 or at >= start):
                out[used] = run
                used += 1
    return used


@njit(cache=True, nogil=True)
def _grown(out: NDArray[np.uint64], more: int) -> NDArray[np.uint64]:
    """Return a longer array that begins with the same."""
    longer = np.empty(2 * len(out) + more, dtype=np.uint64)
    longer[: len(out)] = out
    return longer
