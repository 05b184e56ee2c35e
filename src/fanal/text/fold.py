"""Fold: texts become lower-case code points without diacritics, with one form for letters that people mix."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.text.disguise import MOST_REPEATED, TO_CYRILLIC, TO_LATIN, undisguise
from fanal.text.letters import (
    CODE,
    CYRILLIC,
    GREEK,
    KIND_SHIFT,
    LATIN,
    LONGEST,
    SEPARATES,
    SEVERAL,
    TABLE_END,
    load_letters,
)

REPLACEMENT = 0xFFFD
"""Stands for a byte that is not UTF-8 (Unicode 15, sec. 3.9)."""

TAGS = (0xE0000, 0xE0FFF)
"""The plane of invisible tags and further variation selectors: dropped."""

BOUNDARY, ONE_BY_ONE, ONE_BY_ONE_MASK = 0b1, 0b1010101, 0b1111111
"""Signs (1) and others (0) of the last places: three letters one by one, the text's ends count as signs."""

SEPARATES_BIT = SEPARATES.bit_length() - 1
KINDS = 7 << KIND_SHIFT

HAS_LATIN = 1 << LATIN
HAS_LOOK_ALIKES = 1 << CYRILLIC | 1 << GREEK
"""Bits of the kinds of letters that were seen in a text."""


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
    """Fold texts: each code point by `letters.fold_letter`, then `disguise.undisguise` over each text.

    Two spellings that Unicode calls canonically equivalent fold to the same, for Latin, Greek, Cyrillic, Hebrew and
    Arabic script.

    Args:
        texts: string or large_string, n; slices are allowed; a null is folded as an empty text.

    >>> folded = fold(pa.array(["École N° ٣", None, "إلى المُدُن"]))
    >>> [folded.text(row) for row in range(3)]
    ['ecole n° 3', '', 'الي المدن']
    >>> fold(pa.array(["h.e.l.p pleaseee"])).text(0)
    'help pleasee'
    """
    content, starts = utf8(texts)
    letters = load_letters()
    codes, offsets = _fold(
        content, starts, letters.fold, letters.several, letters.kind, TO_LATIN, TO_CYRILLIC
    )
    return Folded(codes=codes, offsets=offsets)


def utf8(texts: pa.Array | pa.ChunkedArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of texts and where each begins and the last ends, without a copy where Arrow allows it.

    A null is an empty stretch. Both arrays are read-only, always: a kernel is compiled once for these.

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
        return np.frombuffer(b"", np.uint8), np.frombuffer(bytes(8), np.int64)
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    content = np.frombuffer(data if data is not None and data.size else b"", np.uint8)
    starts.flags.writeable = content.flags.writeable = False
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
def _look(
    entry: int, before: int, marks: int, times: int, found: bool, seen: int
) -> tuple[int, int, bool, int]:
    """Look at the next folded letter for signs of a disguise, without a branch; it may find one where none is."""
    marks = (marks << 1) | ((entry & SEPARATES) >> SEPARATES_BIT)
    times = (times + 1) * (entry == before)
    kind = (entry & KINDS) >> KIND_SHIFT
    found |= ((marks & ONE_BY_ONE_MASK) == ONE_BY_ONE) | ((times >= MOST_REPEATED) & (kind >= LATIN))
    return marks, times, found, seen | (1 << kind)


@njit(cache=True, nogil=True)
def _fold(
    content: NDArray[np.uint8],
    starts: NDArray[np.int64],
    table: NDArray[np.uint32],
    several: NDArray[np.uint32],
    kind: NDArray[np.uint8],
    to_latin: NDArray[np.uint32],
    to_cyrillic: NDArray[np.uint32],
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Fold each stretch between two starts, and undo its disguise where there is a sign of one."""
    # Of a code point's bytes (two or more, where it becomes several) none gives more than LONGEST / 2.
    codes = np.empty((starts[-1] - starts[0]) * (LONGEST // 2), dtype=np.uint32)
    offsets = np.zeros(len(starts), dtype=np.int64)
    used = 0
    for row in range(len(starts) - 1):
        first = used
        at, end = starts[row], starts[row + 1]
        # What a disguise would show by: letters that stand one by one, a letter three times in a row, two alphabets.
        marks, times, found, seen, before = BOUNDARY, 0, False, 0, 0
        while at < end:
            code, at = decode(content, at, end)
            if code >= TABLE_END:
                if code < TAGS[0] or code > TAGS[1]:
                    codes[used] = code
                    used += 1
                    marks, times = marks << 1, 0
                continue
            entry = int(table[code])
            if entry & SEVERAL:
                place = entry & (SEVERAL - 1)
                for part in range(several[place, 0]):
                    one = int(several[place, part + 1])
                    codes[used] = one & CODE
                    used += 1
                    marks, times, found, seen = _look(one, before, marks, times, found, seen)
                    before = one
            elif entry:
                codes[used] = entry & CODE
                used += 1
                marks, times, found, seen = _look(entry, before, marks, times, found, seen)
                before = entry
        found |= (marks << 1 | BOUNDARY) & ONE_BY_ONE_MASK == ONE_BY_ONE
        if found or (seen & HAS_LATIN and seen & HAS_LOOK_ALIKES):
            used = undisguise(codes, first, used, kind, to_latin, to_cyrillic)
        offsets[row + 1] = used
    return codes[:used], offsets
