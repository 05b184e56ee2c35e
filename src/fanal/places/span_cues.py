"""Span cues: what tells the type of a place whose name was found: a city, a street, an island."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.known import ISLAND
from fanal.places.noted import BEFORE, CUE, DIGIT, DOUBT, KIND, PEOPLE, POSITION, SCRIPT, SHAPE, TAG
from fanal.text.words import mix

TYPES = (
    "country", "region", "district", "city", "neighbourhood", "street", "site", "natural", "island", "continent",
    "other",
)  # fmt: skip
"""What a place may be, in the order of their numbers; `found.PlaceType` has the same."""

TYPE_OF_KIND = np.array([10, 0, 1, 2, 3, 7, 9, 8], dtype=np.int64)
"""The type of a place by the kind that the gazetteer gives its name, from `known.NOTHING` to `known.ISLAND`."""

SPAN_DENSE = 9
"""Frames of small numbers a span."""

SPAN_LEXICAL = 5
"""Frames of words, as hashes, a span."""

SPAN_DENSE_SIZE = 6_280
"""Places in the table of weights of all frames of small numbers."""


@njit(cache=True, nogil=True)
def span_dense(
    columns: NDArray[np.uint8],
    kinds: int,
    exact: bool,
    first: int,
    last: int,
    begin: int,
    behind: int,
    out: NDArray[np.int64],
) -> None:
    """Write the SPAN_DENSE small numbers of a span into `out`.

    Args:
        columns: of all words; see `cues.COLUMNS`.
        kinds: bits of the kinds of the places that bear its name, 0: none.
        exact: the span is a name of the gazetteer as a whole.
        first: its first word.
        last: its last word, included.
        begin: first word of the row.
        behind: behind its last word.
        out: SPAN_DENSE; places in the table of weights.
    """
    head, tail = columns[first], columns[last]
    kind, people, doubt = int(tail[KIND]), int(tail[PEOPLE]), int(tail[DOUBT])
    p_cue = p_kind = n_cue = n_kind = n_before = 0
    if first > begin:
        p_cue, p_kind = int(columns[first - 1, CUE]), int(columns[first - 1, KIND])
    if last + 1 < behind:
        n_cue, n_kind = int(columns[last + 1, CUE]), int(columns[last + 1, KIND])
        n_before = int(columns[last + 1, BEFORE])
    island = kinds >> ISLAND & 1
    digit = 0
    for word in range(first, last + 1):
        digit |= int(columns[word, DIGIT])
    size = min(last - first, 3)
    base = 0
    out[0] = base + ((kind * 6 + people) * 5 + doubt) * 2 + exact
    base += 480
    out[1] = base + (kind * 2 + island) * 2 + exact
    base += 32
    out[2] = base + (int(head[CUE]) * 12 + int(tail[CUE])) * 2 + exact
    base += 288
    out[3] = base + ((p_cue * 12 + int(head[CUE])) * 2 + exact) * 4 + size
    base += 1152
    out[4] = base + (n_cue * 12 + int(tail[CUE])) * 2 + exact
    base += 288
    out[5] = base + ((size * 2 + digit) * 5 + int(head[SHAPE])) * 5 + int(head[POSITION])
    base += 200
    out[6] = base + ((int(head[TAG]) * 4 + int(head[SCRIPT])) * 2 + exact) * 8 + kind
    base += 384
    out[7] = base + ((kind * 6 + n_before) * 8 + n_kind) * 5 + int(tail[POSITION])
    base += 1920
    out[8] = base + ((p_kind * 6 + int(head[BEFORE])) * 8 + kind) * 4 + int(head[SCRIPT])


@njit(cache=True, nogil=True)
def span_lexical(
    hashes: NDArray[np.uint64],
    columns: NDArray[np.uint8],
    first: int,
    last: int,
    begin: int,
    behind: int,
    out: NDArray[np.uint64],
) -> None:
    """Write the SPAN_LEXICAL hashes of a span into `out`; 0 where there is none, or a clear name covers the word."""
    out[0] = _own(hashes, columns, first, 101)
    out[1] = _own(hashes, columns, last, 102)
    out[2] = _salted(hashes[first - 1], 103) if first > begin else np.uint64(0)
    out[3] = _salted(hashes[last + 1], 104) if last + 1 < behind else np.uint64(0)
    out[4] = _own(hashes, columns, first, 105) if last > first else np.uint64(0)


@njit(cache=True, nogil=True)
def _own(hashes: NDArray[np.uint64], columns: NDArray[np.uint8], word: int, frame: int) -> np.uint64:
    """Return the hash of a word of the span, 0 where it is a clear name."""
    clear = columns[word, POSITION] > 0 and columns[word, DOUBT] == 0
    return np.uint64(0) if clear else _salted(hashes[word], frame)


@njit(cache=True, nogil=True)
def _salted(value: np.uint64, frame: int) -> np.uint64:
    """Return a hash that differs from frame to frame; never 0."""
    return max(mix(value ^ mix(np.uint64(frame))), np.uint64(1))
