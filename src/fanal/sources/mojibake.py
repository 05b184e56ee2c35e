"""Mojibake: UTF-8 whose bytes were written as letters of Latin-1, read as it was meant (as Meta's exports write it)."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from fanal.sources.utf8 import INVALID, STEP, VALID

_WIDE = 0xC4
"""A first byte from here on begins a letter beyond U+00FF, which no byte was written as."""

_LONGEST = 4


@njit(cache=True, nogil=True)
def _mend(data, at, end, out, to, scratch):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Write a text as it was meant; return the byte behind it."""
    high = wide = False
    for i in range(at, end):
        high |= data[i] >= 0x80
        wide |= data[i] >= _WIDE
    if wide or not high:
        for i in range(at, end):
            out[to] = data[i]
            to += 1
        return to
    size = 0
    while at < end:
        if data[at] < 0x80:
            scratch[size] = data[at]
            at += 1
        else:
            scratch[size] = (data[at] & 3) << 6 | data[at + 1] & 63
            at += 2
        size += 1
    at = 0
    while at < size:
        if scratch[at] < 0x80:
            out[to] = scratch[at]
            to, at = to + 1, at + 1
            continue
        state = VALID
        length = 0
        while length < _LONGEST and at + length < size:
            state = STEP[state, scratch[at + length]]
            length += 1
            if state in (VALID, INVALID):
                break
        if state == VALID and length > 1:
            for _ in range(length):
                out[to] = scratch[at]
                to, at = to + 1, at + 1
        else:
            out[to], out[to + 1] = 0xC0 | scratch[at] >> 6, 0x80 | scratch[at] & 63
            to, at = to + 2, at + 1
    return to


@njit(cache=True, nogil=True)
def _mend_all(data, bounds, out, ends, scratch):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write each text of a column as it was meant."""
    to = 0
    ends[0] = 0
    for row in range(len(bounds) - 1):
        to = _mend(data, bounds[row], bounds[row + 1], out, to, scratch)
        ends[row + 1] = to
    return to


def mended(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    r"""Return texts as they were meant: letters that are the bytes of a character in UTF-8 become that character.

    What is not valid UTF-8 is left as it stands, letter by letter, and so is a text with any letter beyond U+00FF: its
    writer did not break it. Null stays null.

    >>> mended(pa.array(["\u00c3\u00a9t\u00e9", "\u00c3\u00a9 \u2026", None], pa.large_string())).to_pylist()
    ['été', 'Ã© …', None]
    """
    _, offsets, letters = texts.buffers()
    size = len(texts)
    if not size or letters is None or not letters.size:
        return texts
    bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + size + 1]
    longest = int(bounds[-1] - bounds[0])
    out, ends = np.empty(longest, np.uint8), np.empty(size + 1, np.int64)
    scratch = np.empty(int(np.diff(bounds).max()), np.uint8)
    end = _mend_all(np.frombuffer(letters, np.uint8), bounds, out, ends, scratch)
    made = pa.LargeStringArray.from_buffers(size, pa.py_buffer(ends), pa.py_buffer(out[:end].copy()))
    return made if not texts.null_count else pc.if_else(texts.is_valid(), made, None)
