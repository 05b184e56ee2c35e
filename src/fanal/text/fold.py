"""Fold: texts become lower-case code points without diacritics, with one form for letters that people mix."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.text.letters import LONGEST, SEVERAL, TABLE_END, load_letters

REPLACEMENT = 0xFFFD
"""Stands for a byte that is not UTF-8 (Unicode 15, sec. 3.9)."""

TAGS = (0xE0000, 0xE0FFF)
"""The plane of invisible tags and further variation selectors: dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Hold folded texts, end to end."""

    codes: NDArray[np.uint32]  # code points
    offsets: NDArray[np.int64]  # n + 1; the text of row i is codes[offsets[i]:offsets[i + 1]]

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.offsets) - 1

    def text(self, row: int) -> str:
        """Return one folded text, for tests and reports; the line never calls it."""
        return "".join(map(chr, self.codes[self.offsets[row] : self.offsets[row + 1]]))


def fold(texts: pa.Array | pa.ChunkedArray) -> Folded:
    """Fold texts (see `letters.fold_letter` for what becomes of each code point).

    Two spellings that Unicode calls canonically equivalent fold to the same, for Latin, Greek, Cyrillic, Hebrew and
    Arabic script.

    Args:
        texts: string or large_string, n; slices are allowed; a null is folded as an empty text.

    >>> folded = fold(pa.array(["École N° ٣", None, "إلى المُدُن"]))
    >>> [folded.text(row) for row in range(3)]
    ['ecole n° 3', '', 'الي المدن']
    """
    content, starts = utf8(texts)
    letters = load_letters()
    codes, offsets = _fold(content, starts, letters.fold, letters.several)
    return Folded(codes=codes, offsets=offsets)


def utf8(texts: pa.Array | pa.ChunkedArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of texts and where each begins and the last ends, without a copy where Arrow allows it.

    A null is an empty stretch.

    >>> content, starts = utf8(pa.array(["ab", None, "c"]))
    >>> bytes(content), starts.tolist()
    (b'abc', [0, 2, 2, 3])
    """
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if texts.null_count:
        texts = texts.fill_null("")
    texts = texts.cast(pa.large_string())
    if not len(texts):
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    return content, starts


@njit(cache=True, nogil=True)
def decode(content: NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """Return the code point that begins at a byte, and the byte after it; never reads at or beyond `end`."""
    first = int(np.int64(content[at]))
    if first < 0x80:
        return first, at + 1
    if first < 0xC2 or first > 0xF4:
        return REPLACEMENT, at + 1
    more = 1 if first < 0xE0 else (2 if first < 0xF0 else 3)
    if at + more >= end:
        return REPLACEMENT, at + 1
    code = first & (0x3F >> more)
    for step in range(1, more + 1):
        byte = int(np.int64(content[at + step]))
        if byte & 0xC0 != 0x80:
            return REPLACEMENT, at + 1
        code = (code << 6) | (byte & 0x3F)
    return code, at + more + 1


@njit(cache=True, nogil=True)
def _fold(
    content: NDArray[np.uint8],
    starts: NDArray[np.int64],
    table: NDArray[np.uint32],
    several: NDArray[np.uint32],
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Fold each stretch between two starts."""
    # Of a code point's bytes (two or more, where it becomes several) none gives more than LONGEST / 2.
    codes = np.empty((starts[-1] - starts[0]) * (LONGEST // 2), dtype=np.uint32)
    offsets = np.zeros(len(starts), dtype=np.int64)
    used = 0
    for row in range(len(starts) - 1):
        at, end = starts[row], starts[row + 1]
        while at < end:
            code, at = decode(content, at, end)
            if code >= TABLE_END:
                if code < TAGS[0] or code > TAGS[1]:
                    codes[used] = code
                    used += 1
                continue
            folded = table[code]
            if folded & SEVERAL:
                entry = folded & (SEVERAL - 1)
                for part in range(several[entry, 0]):
                    codes[used] = several[entry, part + 1]
                    used += 1
            elif folded:
                codes[used] = folded
                used += 1
        offsets[row + 1] = used
    return codes[:used], offsets
