"""Village: which misspelt names of villages stand in texts that name the area around them."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.entry import Kind
from fanal.places.file import Gazetteer
from fanal.places.misspelt import (
    FARTHEST,
    LEAST_SKELETON,
    MOST_LETTERS,
    MOST_WORDS,
    Villages,
    distance,
    key_of,
    skeleton,
    wraps,
)
from fanal.places.span import load_wrapping
from fanal.text.phrases import Phrases
from fanal.text.spelling import LOWER, NO_CASE, PLAIN, Spelled

_REGION = int(Kind.REGION)

PRESENCE = 0.6
"""How likely such a name is one: a guess."""

LEAST_LETTERS = 4
"""Of a name; what is shorter has too many near it."""

FARTHEST_IN_REGION = 0.26
"""The same where the village lies in the first-level area alone: boundaries of districts change."""

STRICT = 0.2
"""The same in a script without capitals."""

_Room = tuple[NDArray[np.uint8], NDArray[np.uint32], NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]
"""Room for a skeleton, two names and two rows of distances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Hold the villages that were found, by row and word."""

    row: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    entry: NDArray[np.int32]
    share: NDArray[np.float64]  # of the letters that are as in the name, 0 to 1


def find(
    spelled: Spelled,
    codes: NDArray[np.uint32],
    taken: NDArray[np.bool_],
    area_row: NDArray[np.int64],
    area: NDArray[np.int32],
    known: Villages,
    gazetteer: Gazetteer,
) -> Near:
    """Find villages in texts that name a district, a town or a governorate around them.

    A run of at most MOST_WORDS words that begins with a capital (in a script without capitals: any) and is in no other
    mention is looked up; of what lies in the named areas the name that differs least is taken, if it differs in less
    than FARTHEST of its letters.

    Args:
        spelled: the words of the texts.
        codes: the folded texts.
        taken: of each word, whether it stands in a mention already.
        area_row: text of each named area, ascending.
        area: its entry.
        known: the villages of home.
        gazetteer: whose entries they are.
    """
    words = spelled.words
    texts = np.unique(area_row)
    begins = np.searchsorted(area_row, texts)
    behind = np.searchsorted(area_row, texts, side="right")
    free = ~taken & (spelled.tag == PLAIN)
    table: Phrases = gazetteer.phrases
    row, first, last, entry, share = _find(
        texts,
        (begins, behind, area),
        (words.offsets, words.start, words.end, codes),
        free,
        spelled.shape,
        (known.key, known.name, known.entry),
        (table.first, table.start, table.end, table.codes),
        (gazetteer.holder, gazetteer.kind),
        load_wrapping(),
    )
    return Near(row=row, first=first, last=last, entry=entry, share=share)


@njit(cache=True, nogil=True)
def _find(
    texts: NDArray[np.int64],
    areas: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]],
    read: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]],
    free: NDArray[np.bool_],
    shape: NDArray[np.uint8],
    known: tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int32]],
    names: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]],
    world: tuple[NDArray[np.int32], NDArray[np.int8]],
    wrapping: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Walk through the texts."""
    begins, behind, area = areas
    offsets, start, end, codes = read
    most = 0
    for i in range(len(texts)):
        most += offsets[texts[i] + 1] - offsets[texts[i]]
    out_row, out_first = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    out_last, out_entry = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int32)
    out_share = np.empty(most)
    used = 0
    room = (
        np.empty(MOST_LETTERS, dtype=np.uint8),
        np.empty(MOST_LETTERS, dtype=np.uint32),
        np.empty(MOST_LETTERS, dtype=np.uint32),
        np.empty(MOST_LETTERS + 1, dtype=np.int64),
        np.empty(MOST_LETTERS + 1, dtype=np.int64),
    )
    for i in range(len(texts)):
        text = texts[i]
        word = offsets[text]
        while word < offsets[text + 1]:
            best, best_entry, best_last = -1.0, -1, -1
            if free[word] and shape[word] != LOWER and not _leads(start[word], end[word], codes, wrapping):
                last = word
                while last < offsets[text + 1] and last - word < MOST_WORDS and free[last]:
                    share, entry = _look_up(
                        word,
                        last + 1,
                        read,
                        shape[word] == NO_CASE,
                        area[begins[i] : behind[i]],
                        known,
                        names,
                        world,
                        wrapping,
                        room,
                    )
                    if share > best or (share == best and entry >= 0):
                        best, best_entry, best_last = share, entry, last
                    last += 1
            if best_entry >= 0:
                out_row[used], out_first[used], out_last[used] = text, word, best_last
                out_entry[used], out_share[used] = best_entry, best
                used += 1
                word = best_last
            word += 1
    return out_row[:used], out_first[:used], out_last[:used], out_entry[:used], out_share[:used]


@njit(cache=True, nogil=True)
def _leads(start: int, end: int, codes: NDArray[np.uint32], wrapping: NDArray[np.uint64]) -> bool:
    """Say whether a word can begin no name: "The", "Northern"; the article al can."""
    return end - start > 2 and wraps(start, end, codes, wrapping)


@njit(cache=True, nogil=True)
def _look_up(
    begin: int,
    behind: int,
    read: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]],
    caseless: bool,
    area: NDArray[np.int32],
    known: tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int32]],
    names: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]],
    world: tuple[NDArray[np.int32], NDArray[np.int8]],
    wrapping: NDArray[np.uint64],
    room: _Room,
) -> tuple[float, int]:
    """Return how alike the nearest village of the areas is, and its entry, -1: there is none near enough."""
    _, start, end, codes = read
    key, name, entry = known
    first, name_start, name_end, name_codes = names
    letters, one, two, before, row = room
    size = skeleton(begin, behind, start, end, codes, wrapping, letters)
    if size < LEAST_SKELETON:
        return -1.0, -1
    written = _letters(begin, behind, start, end, codes, wrapping, one)
    if written < LEAST_LETTERS:
        return -1.0, -1
    best, best_entry = -1.0, -1
    for left_out in range(-1, size if size > LEAST_SKELETON else 0):
        wanted = key_of(letters, size, left_out)
        at = np.searchsorted(key, wanted)
        while at < len(key) and key[at] == wanted:
            limit = _limit(entry[at], area, world, caseless)
            if limit > 0.0:
                last = first[name[at] + 1]
                count = _letters(first[name[at]], last, name_start, name_end, name_codes, wrapping, two)
                apart = distance(one[:written], two[:count], before, row)
                share = 1.0 - apart / max(written, count)
                if share >= 1.0 - limit and share > best:
                    best, best_entry = share, entry[at]
            at += 1
    return best, best_entry


@njit(cache=True, nogil=True)
def _letters(
    begin: int,
    behind: int,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    codes: NDArray[np.uint32],
    wrapping: NDArray[np.uint64],
    out: NDArray[np.uint32],
) -> int:
    """Write the letters of some words, end to end and without wrapping words, into `out`; return how many they are."""
    size = 0
    for word in range(begin, behind):
        if behind - begin > 1 and wraps(start[word], end[word], codes, wrapping):
            continue
        for at in range(start[word], end[word]):
            if size < len(out):
                out[size] = codes[at]
                size += 1
    return size


@njit(cache=True, nogil=True)
def _limit(
    entry: int, area: NDArray[np.int32], world: tuple[NDArray[np.int32], NDArray[np.int8]], caseless: bool
) -> float:
    """Return how far a village may be from what is written: 0 where none of the areas holds it."""
    holder, kind = world
    found = 0.0
    above = holder[entry]
    while above >= 0:
        for one in area:
            if one == above:
                found = max(
                    found,
                    min(
                        STRICT if caseless else 1.0,
                        FARTHEST_IN_REGION if kind[above] <= _REGION else FARTHEST,
                    ),
                )
        above = holder[above]
    return found
