"""Tagger: the weights by which the names of places are told from other words, and the kernel that uses them."""

import zipfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.model.error import InputError
from fanal.places.chain import BEGIN, INSIDE, LABELS, OUTSIDE, backward, best, forward, presence
from fanal.places.cues import DENSE, LEXICAL, dense, lexical
from fanal.places.span_cues import SPAN_DENSE, SPAN_LEXICAL, span_dense, span_lexical

FILE = "tagger.model"

VERSION = 1
"""Counts up when the cues or the file change, so that no older weights are read with new cues."""

READY = 1.2
"""Taken off the score of what is no place before the likeliest labels are looked for: what is likely to be missed is
looked at too, and its probability, which this leaves alone, decides."""

_Words = tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]
"""Hash of each word, code points, start and end of each word."""

_Noted = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Columns and post, name, reach and until of `cues.Noted`."""

_Weights = tuple[NDArray[np.float32], NDArray[np.uint32], NDArray[np.float32]]
"""Of small numbers; keys and rows of the table of hashes."""

_ARRAYS = ("dense", "lexical", "key", "steps", "type_dense", "type_lexical", "type_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagger:
    """Hold the weights: of small numbers as they are, of hashes by an open-addressing table of their upper halves."""

    dense: NDArray[np.float32]  # DENSE_SIZE × 2; begin and inside, beside outside
    key: NDArray[np.uint32]  # 2**k; 0: free
    lexical: NDArray[np.float32]  # 2**k × 2
    steps: NDArray[np.float64]  # LABELS × LABELS; of one label after another
    type_dense: NDArray[np.float32]  # SPAN_DENSE_SIZE × types
    type_key: NDArray[np.uint32]  # 2**k
    type_lexical: NDArray[np.float32]  # 2**k × types

    def save(self, path: Path) -> None:
        """Write a file that `load` reads; the same weights make the same bytes.

        Raises:
            OSError: the file cannot be written.
        """
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                allow_pickle=False,
                version=np.array(VERSION),
                **{name: getattr(self, name) for name in _ARRAYS},
            )


def load(path: Path | Traversable) -> Tagger:
    """Return what `Tagger.save` wrote.

    Raises:
        InputError: the file is missing, damaged, or of another version.

    >>> load(Path("nowhere.model"))
    Traceback (most recent call last):
    ...
    fanal.model.error.InputError: The tagger nowhere.model cannot be read. Train it again with make tagger.
    """
    hint = "Train it again with make tagger."
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            known = int(file["version"]) == VERSION
            arrays = {name: file[name] for name in _ARRAYS}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"The tagger {path} cannot be read.", hint=hint) from error
    if not known:
        raise InputError(f"The tagger {path} is of another version.", hint=hint)
    return Tagger(**arrays)


@cache
def load_tagger() -> Tagger:
    """Return the tagger that ships with Fanal.

    >>> load_tagger().dense.shape[1]
    2
    """
    return load(files("fanal.places").joinpath(FILE))


def tabulate(
    hashes: NDArray[np.uint64], weights: NDArray[np.float32]
) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Return hashes and their weights as an open-addressing table, at most a third full.

    >>> key, rows = tabulate(np.array([7 << 32, 9 << 32], np.uint64), np.array([[1.0], [2.0]], np.float32))
    >>> len(key), float(rows[slot(key, np.uint64(9 << 32)), 0]), slot(key, np.uint64(12 << 32))
    (8, 2.0, -1)
    """
    size = 1 << max(3, (3 * len(hashes)).bit_length())
    return _tabulate(hashes, weights, size)


@njit(cache=True, nogil=True)
def _tabulate(
    hashes: NDArray[np.uint64], weights: NDArray[np.float32], size: int
) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Enter each hash at the first free slot behind its own."""
    key = np.zeros(size, dtype=np.uint32)
    rows = np.zeros((size, weights.shape[1]), dtype=np.float32)
    for number in range(len(hashes)):
        at = np.int64(hashes[number] & np.uint64(size - 1))
        while key[at]:
            at = (at + 1) & (size - 1)
        key[at] = np.uint32(hashes[number] >> np.uint64(32)) | np.uint32(1)
        rows[at] = weights[number]
    return key, rows


@njit(cache=True, nogil=True)
def slot(key: NDArray[np.uint32], value: np.uint64) -> int:
    """Return the slot that holds a hash, -1 where none does."""
    mask = np.uint64(len(key) - 1)
    wanted = np.uint32(value >> np.uint64(32)) | np.uint32(1)
    at = value & mask
    while key[at] != 0:
        if key[at] == wanted:
            return int(np.int64(at))
        at = (at + np.uint64(1)) & mask
    return -1


@njit(cache=True, nogil=True)
def _score(
    text: _Words,
    noted: NDArray[np.uint8],
    weights: _Weights,
    first: int,
    last: int,
    post: int,
    scores: NDArray[np.float64],
) -> int:
    """Write the scores of the labels of each word of a row; return how many of its words the tagger has learned."""
    hashes, codes, start, end = text
    table, key, rows = weights
    numbers = np.empty(DENSE, dtype=np.int64)
    values = np.empty(LEXICAL, dtype=np.uint64)
    learned = 0
    for word in range(first, last):
        dense(noted, word, first, last, post, numbers)
        lexical(hashes, codes, start, end, noted, word, first, last, values)
        begin = inside = np.float32(0)
        for at in range(DENSE):
            number = numbers[at]
            begin += table[number, 0]
            inside += table[number, 1]
        for at in range(LEXICAL):
            if values[at]:
                place = slot(key, values[at])
                if place >= 0:
                    learned += at == 0
                    begin += rows[place, 0]
                    inside += rows[place, 1]
        scores[word - first, OUTSIDE] = 0.0  # of labels only the differences matter
        scores[word - first, BEGIN], scores[word - first, INSIDE] = begin, inside
    return learned


@njit(cache=True, nogil=True)
def tag(
    text: _Words,
    offsets: NDArray[np.int64],
    noted: _Noted,
    names: NDArray[np.uint8],
    weights: _Weights,
    type_weights: _Weights,
    steps: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Find the names of all rows: each with row, first and last word and type, and the probability that it is there.

    The third answer is, for each row, the share of its words that the tagger has learned.

    Args:
        text: hash, code points, start and end of the words.
        offsets: of the rows.
        noted: columns and post, name, reach and until of `cues.Noted`.
        names: bits of kinds of each name.
        weights: dense, key and lexical.
        type_weights: the same of the types.
        steps: of the labels.
    """
    hashes = text[0]
    columns, post = noted[0], noted[1]
    most = 0
    for row in range(len(offsets) - 1):
        most = max(most, offsets[row + 1] - offsets[row])
    room = np.empty((most, LABELS))
    ready = np.empty((most, LABELS))
    ahead = np.empty((most, LABELS))
    behind = np.empty((most, LABELS))
    labels = np.empty(most, dtype=np.uint8)
    spans = np.empty((1024, 4), dtype=np.int64)
    sure = np.empty(1024)
    types = type_weights[0].shape[1]
    sums = np.empty(types)
    spoken = np.zeros(len(offsets) - 1)
    used = 0
    for row in range(len(offsets) - 1):
        first, last = offsets[row], offsets[row + 1]
        count = last - first
        if count == 0:
            continue
        if used + count > len(spans):
            spans, sure = _more(spans, sure, used, count)
        scores = room[:count]
        spoken[row] = _score(text, columns, weights, first, last, post[row], scores) / count
        ready[:count] = scores
        ready[:count, OUTSIDE] -= READY
        best(ready[:count], steps, labels)
        total = 0.0
        any_yet = False
        word = 0
        while word < count:
            if labels[word] != BEGIN:
                word += 1
                continue
            stop = word
            while stop + 1 < count and labels[stop + 1] == INSIDE:
                stop += 1
            if not any_yet:  # most posts name no place: only the others are summed up
                total = forward(scores, steps, ahead[:count])
                backward(scores, steps, behind[:count])
                any_yet = True
            spans[used, 0], spans[used, 1], spans[used, 2] = row, first + word, first + stop
            sure[used] = presence(scores, steps, ahead[:count], behind[:count], total, word, stop)
            spans[used, 3] = _type(
                hashes, noted, names, type_weights, first + word, first + stop, first, last, sums
            )
            used += 1
            word = stop + 1
    return spans[:used], sure[:used], spoken


@njit(cache=True, nogil=True)
def _more(
    spans: NDArray[np.int64], sure: NDArray[np.float64], used: int, wanted: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return both with more room."""
    size = 2 * len(spans) + wanted
    more_spans, more_sure = np.empty((size, 4), dtype=np.int64), np.empty(size)
    more_spans[:used], more_sure[:used] = spans[:used], sure[:used]
    return more_spans, more_sure


@njit(cache=True, nogil=True)
def _type(
    hashes: NDArray[np.uint64],
    noted: _Noted,
    names: NDArray[np.uint8],
    weights: _Weights,
    first: int,
    last: int,
    begin: int,
    behind: int,
    sums: NDArray[np.float64],
) -> int:
    """Return the likeliest type of a span; among equals the lower."""
    table, key, rows = weights
    columns, _, name, reach, until = noted
    numbers = np.empty(SPAN_DENSE, dtype=np.int64)
    values = np.empty(SPAN_LEXICAL, dtype=np.uint64)
    own = name[last]
    exact = own >= 0 and reach[last] == first and until[last] == last
    span_dense(columns, names[own] if own >= 0 else 0, exact, first, last, begin, behind, numbers)
    span_lexical(hashes, columns, first, last, begin, behind, values)
    sums[:] = 0.0
    for at in range(SPAN_DENSE):
        for kind in range(len(sums)):
            sums[kind] += table[numbers[at], kind]
    for at in range(SPAN_LEXICAL):
        place = slot(key, values[at]) if values[at] else -1
        if place >= 0:
            for kind in range(len(sums)):
                sums[kind] += rows[place, kind]
    top = 0
    for kind in range(1, len(sums)):
        if sums[kind] > sums[top]:
            top = kind
    return top
