"""Weights: tables with a row of small numbers for each bucket of grams, and what they add up to for each text."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.text.grams import (
    EDGE,
    KEPT_BITS,
    LONGEST_GRAM,
    NINE,
    STEP,
    Texts,
    address_end,
    is_number,
    pair_hash,
    stood,
    texts_of,
)
from fanal.text.words import FNV_PRIME, FNV_START, Text

LANGUAGE_WIDTH = 32
"""Outputs of a language table: bytes of one row, half a line of a processor's cache."""

CLASSIFIER_WIDTH = 8
"""Outputs of a classifier table: bytes of one row, one machine word."""

_SIGNS, _EVEN = 0x8080808080808080, 0x00FF00FF00FF00FF
_FULL = 256
"""Rows that lanes of 16 bits can hold: 256 times 255 is below 2**16."""

_MOST_A_LETTER = 8
"""No text has more grams for each letter that is read: a word of one letter has itself and five runs."""

MOST_BITS = 30

MOST_LETTERS = 1 << 20
"""Largest cap, so that sums of 8-bit numbers stay below 2**31."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Hold the weights of a model: a row of small numbers for each bucket of hashes."""

    table: NDArray[np.int8]  # 2**bits × width
    bits: int  # from 1 to MOST_BITS
    cap: int  # letters of a text, those of its words, that are read: runs and words that begin beyond are not

    def __post_init__(self) -> None:
        """Check the shape, since the kernels do not.

        Raises:
            ValueError: the table has not 2**bits contiguous rows, or a number is out of range.
        """
        if not 1 <= self.bits <= MOST_BITS or not 0 <= self.cap <= MOST_LETTERS:
            raise ValueError(f"{self.bits} bits and {self.cap} letters are out of range.")
        if self.table.dtype != np.int8 or self.table.ndim != 2 or len(self.table) != 1 << self.bits:
            raise ValueError(f"The table is {self.table.shape}, not 2**{self.bits} rows of int8.")
        if not self.table.flags.c_contiguous:
            raise ValueError("The table's rows are not contiguous.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Hold what the models' tables add up to for each text."""

    language: NDArray[np.int32]  # n × LANGUAGE_WIDTH
    language_grams: NDArray[np.int32]  # n; how many rows were added
    letters: NDArray[np.int32]  # n; letters that the language was read from, numbers not counted
    classifier: NDArray[np.int32]  # n × CLASSIFIER_WIDTH
    classifier_grams: NDArray[np.int32]  # n


NONE = {
    width: Weights(table=np.zeros((2, width), np.int8), bits=1, cap=0)
    for width in (LANGUAGE_WIDTH, CLASSIFIER_WIDTH)
}
"""Stands for a model that is absent: it reads nothing."""


def weigh(read: Text, *, language: Weights | None = None, classifier: Weights | None = None) -> Weighed:
    """Add up, for each text, the rows of its grams in the tables of one or two models, in one pass.

    Grams are those of `grams.features`. Linear in the length of the texts up to each model's cap.

    Args:
        read: the texts, folded and cut into words.
        language: LANGUAGE_WIDTH outputs, reads LANGUAGE_READS; None: its sums are zero.
        classifier: CLASSIFIER_WIDTH outputs, reads CLASSIFIER_READS; None: its sums are zero.

    Raises:
        ValueError: a table has another width.

    >>> from fanal.text import words
    >>> import pyarrow as pa
    >>> table = np.ones((2**10, LANGUAGE_WIDTH), np.int8)
    >>> found = weigh(words.read(pa.array(["an owl", ""])), language=Weights(table=table, bits=10, cap=200))
    >>> found.language[:, 0].tolist(), found.language_grams.tolist(), found.letters.tolist()
    ([22, 0], [22, 0], [5, 0])
    """
    spoken = language or NONE[LANGUAGE_WIDTH]
    told = classifier or NONE[CLASSIFIER_WIDTH]
    for weights, width in ((spoken, LANGUAGE_WIDTH), (told, CLASSIFIER_WIDTH)):
        if weights.table.shape[1] != width:
            raise ValueError(f"The table has {weights.table.shape[1]} outputs where {width} are wanted.")
    sums = _weigh(
        texts_of(read),
        eights(spoken),
        64 - spoken.bits,
        spoken.cap,
        eights(told),
        64 - told.bits,
        told.cap,
    )
    return Weighed(
        language=sums[0],
        classifier=sums[1],
        language_grams=sums[2][0],
        letters=sums[2][1],
        classifier_grams=sums[2][2],
    )


def eights(weights: Weights) -> NDArray[np.uint64]:
    """Return a table as machine words of eight numbers; read-only, so that one compiled kernel serves every table."""
    table: NDArray[np.uint64] = weights.table.reshape(-1).view(np.uint64)
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _lanes(sums: NDArray[np.int32], at: int, even: np.uint64, odd: np.uint64) -> None:
    """Add eight 16-bit sums, of the even and of the odd bytes of a word, to outputs."""
    low = np.uint64(0xFFFF)
    for lane in range(4):
        shift = np.uint64(16 * lane)
        sums[at + 2 * lane] += np.int32((even >> shift) & low)
        sums[at + 2 * lane + 1] += np.int32((odd >> shift) & low)


@njit(cache=True, nogil=True)
def sum_32(table: NDArray[np.uint64], chosen: NDArray[np.uint32], size: int, sums: NDArray[np.int32]) -> None:
    """Add up rows of 32 numbers, eight in a machine word: each is made unsigned, and lanes of 16 bits cannot overflow.

    (SIMD within a register, Lamport 1975; a plain loop over int8 is ten times slower, since it is not vectorised.)
    """
    sign, mask, eight = np.uint64(_SIGNS), np.uint64(_EVEN), np.uint64(8)
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    for begin in range(0, size, _FULL):
        a = b = c = d = e = f = g = h = np.uint64(0)
        for place in range(begin, min(begin + _FULL, size)):
            at = np.uint64(chosen[place]) << two
            w, x = table[at] ^ sign, table[at + one] ^ sign
            y, z = table[at + two] ^ sign, table[at + three] ^ sign
            a, b, c, d = a + (w & mask), b + (x & mask), c + (y & mask), d + (z & mask)
            w, x, y, z = w >> eight, x >> eight, y >> eight, z >> eight
            e, f, g, h = e + (w & mask), f + (x & mask), g + (y & mask), h + (z & mask)
        _lanes(sums, 0, a, e)
        _lanes(sums, 8, b, f)
        _lanes(sums, 16, c, g)
        _lanes(sums, 24, d, h)
    for output in range(LANGUAGE_WIDTH):
        sums[output] -= 128 * size


@njit(cache=True, nogil=True)
def _sum_8(table: NDArray[np.uint64], chosen: NDArray[np.uint32], size: int, sums: NDArray[np.int32]) -> None:
    """Add up rows of 8 numbers, as `_sum_32`."""
    sign, mask, eight = np.uint64(_SIGNS), np.uint64(_EVEN), np.uint64(8)
    for begin in range(0, size, _FULL):
        a = b = np.uint64(0)
        for place in range(begin, min(begin + _FULL, size)):
            x = table[chosen[place]] ^ sign
            a, b = a + (x & mask), b + ((x >> eight) & mask)
        _lanes(sums, 0, a, b)
    for output in range(CLASSIFIER_WIDTH):
        sums[output] -= 128 * size


@njit(cache=True, nogil=True, inline="always")
def _write_runs(
    codes: NDArray[np.uint32],
    start: int,
    end: int,
    speak: int,
    tell: int,
    speech: NDArray[np.uint32],
    grams: int,
    spoken_shift: int,
    sense: NDArray[np.uint32],
    marks: int,
    told_shift: int,
) -> tuple[int, int]:
    """Write down the buckets of a word's runs for both tables; returns how many each has then.

    Args:
        codes: folded code points.
        start: the word's first place.
        end: behind its last place.
        speak: letters at which a run for the language may begin; the word's first end goes with the first.
        tell: the same for the classifier.
        speech: buckets for the language, and so on: how many there are, and how far a hash is shifted.
        grams: used places of `speech`.
        spoken_shift: 64 less the bits of the language's table.
        sense: buckets for the classifier.
        marks: used places of `sense`.
        told_shift: 64 less the bits of the classifier's table.
    """
    step, prime, edge = np.uint64(STEP), np.uint64(FNV_PRIME), np.uint64(EDGE)
    left, right = np.uint64(spoken_shift), np.uint64(told_shift)
    for at in range(start - 1, start + max(speak, tell)):
        speaks, tells = at < start + speak and speak > 0, at < start + tell and tell > 0
        value = np.uint64(FNV_START)
        for length in range(min(LONGEST_GRAM, end - at + 1)):
            place = at + length
            code = edge if place < start or place == end else np.uint64(codes[place])
            value = (value ^ code) * prime
            if speaks and (length > 0 or at >= start):
                speech[grams] = (value * step) >> left
                grams += 1
            if tells and length >= 3:
                sense[marks] = (value * step) >> right
                marks += 1
    return grams, marks


@njit(cache=True, nogil=True)
def _weigh(
    texts: Texts,
    spoken: NDArray[np.uint64],
    spoken_shift: int,
    spoken_cap: int,
    told: NDArray[np.uint64],
    told_shift: int,
    told_cap: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Write down the buckets of a text's grams for both tables, then add up their rows."""
    codes, rows, hashes, starts, ends, offsets = texts
    language = np.zeros((len(rows) - 1, LANGUAGE_WIDTH), dtype=np.int32)
    classifier = np.zeros((len(rows) - 1, CLASSIFIER_WIDTH), dtype=np.int32)
    counts = np.zeros((3, len(rows) - 1), dtype=np.int32)
    speech = np.empty(_MOST_A_LETTER * spoken_cap, dtype=np.uint32)
    sense = np.empty(_MOST_A_LETTER * told_cap, dtype=np.uint32)
    kept = np.empty(1 << KEPT_BITS, dtype=np.uint64)
    kept_in = np.full(1 << KEPT_BITS, -1, dtype=np.int64)
    step = np.uint64(STEP)
    left, right = np.uint64(spoken_shift), np.uint64(told_shift)
    for row in range(len(rows) - 1):
        spoken_left, told_left, behind = spoken_cap, told_cap, 0
        grams = letters = marks = 0
        before, follows = np.uint64(0), False
        for word in range(offsets[row], offsets[row + 1]):
            if spoken_left <= 0 and told_left <= 0:
                break
            start, end = starts[word], ends[word]
            if start < behind:
                continue
            behind = address_end(codes, start, end, rows[row], rows[row + 1])
            if behind:
                follows = False
                continue
            # How many of its letters may begin a run of each model.
            size = end - start
            number = codes[start] <= NINE and is_number(codes, start, end)
            speak = 0 if number else max(0, min(spoken_left, size))
            tell = max(0, min(told_left, size))
            spoken_left, told_left = spoken_left - (0 if number else size), told_left - size
            value = hashes[word]
            if speak:
                speech[grams] = (value * step) >> left
                grams += 1
                letters += speak
            if tell:
                if follows:
                    sense[marks] = (pair_hash(before, value) * step) >> right
                    marks += 1
                before, follows = value, True
                if stood(value, row, kept, kept_in):
                    tell = 0
                else:
                    sense[marks] = (value * step) >> right
                    marks += 1
            grams, marks = _write_runs(
                codes, start, end, speak, tell, speech, grams, spoken_shift, sense, marks, told_shift
            )
        sum_32(spoken, speech, grams, language[row])
        _sum_8(told, sense, marks, classifier[row])
        counts[0, row], counts[1, row], counts[2, row] = grams, letters, marks
    return language, classifier, counts
