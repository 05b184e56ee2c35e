"""Cues: what speaks for each word being part of a place's name, as small numbers that the tagger has weights for."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.noted import (
    AGAIN,
    BEFORE,
    CUE,
    DIGIT,
    DOUBT,
    KIND,
    LENGTH,
    LONG,
    MANY,
    PEOPLE,
    POSITION,
    SCRIPT,
    SHAPE,
    TAG,
    WAY,
)
from fanal.text.words import FNV_PRIME, FNV_START, hash_codes, mix

DENSE = 23
"""Frames of small numbers a word."""

LEXICAL = 9
"""Frames of words and letters, as hashes, a word."""

_KNOWN_WELL = 3  # step of people
_LETTERS = 3  # of the beginning and of the ending that are taken


@njit(cache=True, nogil=True)
def dense(
    columns: NDArray[np.uint8], word: int, first: int, last: int, post: int, out: NDArray[np.int64]
) -> None:
    """Write the DENSE small numbers of a word into `out`, each in the range of its frame, which follow one another.

    Args:
        columns: of all words.
        word: which.
        first: first word of its row.
        last: behind the last one.
        post: of its row.
        out: DENSE; places in the table of weights.
    """
    c = columns[word]
    position, kind, people, doubt = int(c[POSITION]), int(c[KIND]), int(c[PEOPLE]), int(c[DOUBT])
    shape, tag, before, cue = int(c[SHAPE]), int(c[TAG]), int(c[BEFORE]), int(c[CUE])
    script = int(c[SCRIPT])
    p_position = p_kind = p_doubt = p_cue = p_shape = pp_cue = pp_position = 0
    if word > first:
        p = columns[word - 1]
        p_position, p_kind, p_doubt = int(p[POSITION]), int(p[KIND]), int(p[DOUBT])
        p_cue, p_shape = int(p[CUE]), int(p[SHAPE])
        if word > first + 1:
            pp_cue, pp_position = int(columns[word - 2, CUE]), int(columns[word - 2, POSITION])
    n_position = n_kind = n_doubt = n_cue = n_shape = n_before = n_tag = nn_cue = 0
    if word + 1 < last:
        n = columns[word + 1]
        n_position, n_kind, n_doubt = int(n[POSITION]), int(n[KIND]), int(n[DOUBT])
        n_cue, n_shape, n_before, n_tag = int(n[CUE]), int(n[SHAPE]), int(n[BEFORE]), int(n[TAG])
        if word + 2 < last:
            nn_cue = int(columns[word + 2, CUE])
    p_named = (p_position > 0) * (1 + (p_doubt > 0))
    n_named = (n_position > 0) * (1 + (n_doubt > 0))
    named = (position > 0) * (1 + (doubt > 0))
    place = 0 if word == first else 1 if word == first + 1 else 2 if word + 1 == last else 3
    alone = last - first < 4
    base = 0
    out[0] = base + ((position * 8 + kind) * 6 + people) * 5 + doubt
    base += 1200
    out[1] = base + ((position * 8 + kind) * 5 + shape) * 6 + tag
    base += 1200
    out[2] = base + ((position * 5 + doubt) * 5 + shape) * 4 + post
    base += 500
    out[3] = base + (((position * 3 + int(c[WAY])) * 3 + int(c[LONG])) * 3 + int(c[MANY])) * 5 + doubt
    base += 675
    out[4] = base + ((p_position * 8 + p_kind) * 6 + before) * 5 + position
    base += 1200
    out[5] = base + ((n_position * 8 + n_kind) * 6 + n_before) * 5 + position
    base += 1200
    out[6] = base + ((shape * 6 + before) * 4 + post) * 6 + tag
    base += 720
    out[7] = base + (((p_shape * 5 + shape) * 5 + n_shape) * 3 + named) * 4 + post
    base += 1500
    out[8] = base + ((p_cue * 5 + position) * 5 + shape) * 5 + doubt
    base += 1500
    out[9] = base + ((n_cue * 5 + position) * 5 + shape) * 5 + doubt
    base += 1500
    out[10] = base + ((cue * 12 + p_cue) * 3 + named) * 3 + p_named
    base += 1296
    out[11] = base + ((cue * 12 + n_cue) * 3 + named) * 3 + n_named
    base += 1296
    out[12] = base + (pp_cue * 12 + p_cue) * 3 + named
    base += 432
    out[13] = base + ((before * 6 + n_before) * 5 + position) * 5 + doubt
    base += 900
    out[14] = base + ((int(c[LENGTH]) * 4 + script) * 2 + int(c[DIGIT])) * 5 + position
    base += 160
    out[15] = base + ((place * 5 + position) * 6 + tag) * 2 + alone
    base += 240
    out[16] = base + ((script * 5 + position) * 8 + kind) * 5 + doubt
    base += 800
    out[17] = base + ((p_named * 3 + n_named) * 3 + named) * 5 + shape
    base += 135
    out[18] = base + ((n_tag * 6 + tag) * 5 + position) * 5 + doubt
    base += 900
    out[19] = base + (nn_cue * 12 + n_cue) * 3 + named
    base += 432
    out[20] = base + ((pp_position * 5 + p_position) * 5 + position) * 3 + n_named
    base += 375
    out[21] = base + ((cue * 6 + tag) * 5 + shape) * 6 + before
    base += 2160
    out[22] = base + ((int(c[AGAIN]) * 4 + script) * 5 + position) * 6 + tag


DENSE_SIZE = 20_561
"""Places in the table of weights of all frames of `dense` together."""


@njit(cache=True, nogil=True)
def lexical(
    hashes: NDArray[np.uint64],
    codes: NDArray[np.uint32],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    columns: NDArray[np.uint8],
    word: int,
    first: int,
    last: int,
    out: NDArray[np.uint64],
) -> None:
    """Write the LEXICAL hashes of a word into `out`; 0 where there is none.

    A word that a clear name of a large place covers is not looked at itself: its name must not matter.
    """
    named = columns[word, POSITION] > 0
    clear = named and columns[word, DOUBT] == 0 and columns[word, PEOPLE] >= _KNOWN_WELL
    p = hashes[word - 1] if word > first else np.uint64(1)
    n = hashes[word + 1] if word + 1 < last else np.uint64(1)
    out[0] = np.uint64(0) if clear else _salted(hashes[word], 1)
    out[1] = _salted(p, 2)
    out[2] = _salted(n, 3)
    out[3] = _salted(hashes[word - 2], 4) if word > first + 1 else np.uint64(0)
    out[4] = _salted(hashes[word + 2], 5) if word + 2 < last else np.uint64(0)
    out[5] = _salted(p, 6 + columns[word, POSITION] * 5 + columns[word, DOUBT])
    out[6] = _salted(n, 40 + columns[word, POSITION] * 5 + columns[word, DOUBT])
    size = end[word] - start[word]
    short = clear or size <= _LETTERS
    out[7] = np.uint64(0) if short else _salted(hash_codes(codes, start[word], start[word] + _LETTERS, 0), 80)
    out[8] = np.uint64(0) if short else _salted(hash_codes(codes, end[word] - _LETTERS, end[word], 0), 81)


@njit(cache=True, nogil=True)
def _salted(value: np.uint64, frame: int) -> np.uint64:
    """Return a hash that differs from frame to frame; never 0."""
    return max(mix((value ^ np.uint64(FNV_START)) * np.uint64(FNV_PRIME) + np.uint64(frame)), np.uint64(1))
