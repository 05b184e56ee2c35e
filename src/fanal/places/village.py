"""Village: which misspelt names of villages stand in texts that name the area around them."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.entry import Kind
from fanal.places.file import Gazetteer
from fanal.places.misspelt import (
    FARTHEST,
    LEAST_KEY,
    LEAST_SKELETON,
    MOST_LETTERS,
    MOST_WORDS,
    Villages,
    Words,
    distance,
    key_of,
    letters_of,
    skeleton,
    wraps,
)
from fanal.places.span import load_wrapping
from fanal.text.spelling import LOWER, NO_CASE, PLAIN, Spelled

_REGION = int(Kind.REGION)

PRESENCE = 0.6
"""How likely such a name is one: a guess."""

MOST_WORDS_CASELESS = 2
"""Words of a name in a script without capitals, where every word could begin one."""

LEAST_FIRST = 3
"""Letters of its first word there."""

LEAST_LETTERS = 4
"""Of a name; what is shorter has too many near it."""

FARTHEST_IN_REGION = 0.26
"""The same where the village lies in the first-level area alone: boundaries of districts change."""

STRICT = 0.2
"""The same in a script without capitals."""

_Known = tuple[
    NDArray[np.uint64],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.uint32],
    NDArray[np.uint8],
]
"""Key and record of the villages; place, offsets and letters of the records; bits of the keys."""

_Room = tuple[NDArray[np.uint8], NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]
"""Room for a skeleton, a name and two rows of distances."""


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
    row, first, last, entry, share = _find(
        texts,
        (begins, behind, area),
        (words.offsets, words.start, words.end, codes),
        free,
        spelled.shape,
        (known.key, known.record, known.entry, known.offsets, known.letters, known.begins),
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
    known: _Known,
    world: tuple[NDArray[np.int32], NDArray[np.int8]],
    wrapping: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Walk through the texts."""
    begins, behind, area = areas
    offsets, start, end, codes = read
    most = 0
    wrapped = np.zeros(len(start), dtype=np.bool_)
    for text in texts:
        most += offsets[text + 1] - offsets[text]
        for word in range(offsets[text], offsets[text + 1]):
            wrapped[word] = wraps(start[word], end[word], codes, wrapping)
    words = (start, end, codes, wrapped)
    out_row, out_first = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    out_last, out_entry = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int32)
    out_share = np.empty(most)
    used = 0
    room = (
        np.empty(MOST_LETTERS, dtype=np.uint8),
        np.empty(MOST_LETTERS, dtype=np.uint32),
        np.empty(MOST_LETTERS + 1, dtype=np.int64),
        np.empty(MOST_LETTERS + 1, dtype=np.int64),
    )
    for i in range(len(texts)):
        near = area[begins[i] : behind[i]]
        word, after = offsets[texts[i]], offsets[texts[i] + 1]
        while word < after:
            leads = (
                wrapped[word] and end[word] - start[word] > 2
            )  # "The", "Northern"; the article al begins names
            short = end[word] - start[word] < LEAST_FIRST
            if free[word] and shape[word] != LOWER and not leads and not (short and shape[word] == NO_CASE):
                share, entry, last = _longest(
                    word, after, words, free, shape[word] == NO_CASE, near, known, world, room
                )
                if entry >= 0:
                    out_row[used], out_first[used], out_last[used] = texts[i], word, last
                    out_entry[used], out_share[used] = entry, share
                    used += 1
                    word = last
            word += 1
    return out_row[:used], out_first[:used], out_last[:used], out_entry[:used], out_share[:used]


@njit(cache=True, nogil=True)
def _longest(
    word: int,
    after: int,
    words: Words,
    free: NDArray[np.bool_],
    caseless: bool,
    area: NDArray[np.int32],
    known: _Known,
    world: tuple[NDArray[np.int32], NDArray[np.int8]],
    room: _Room,
) -> tuple[float, int, int]:
    """Return how alike the village is that is likest to the words from one on, its entry, and the last of the words."""
    best, best_entry, best_last = -1.0, -1, -1
    last = word
    most = MOST_WORDS_CASELESS if caseless else MOST_WORDS
    while last < after and last - word < most and free[last]:
        share, entry = _look_up(word, last + 1, words, caseless, area, known, world, room)
        if entry >= 0 and share >= best:
            best, best_entry, best_last = share, entry, last
        last += 1
    return best, best_entry, best_last


@njit(cache=True, nogil=True)
def _look_up(
    begin: int,
    behind: int,
    words: Words,
    caseless: bool,
    area: NDArray[np.int32],
    known: _Known,
    world: tuple[NDArray[np.int32], NDArray[np.int8]],
    room: _Room,
) -> tuple[float, int]:
    """Return how alike the nearest village of the areas is, and its entry, -1: there is none near enough."""
    begins = known[5]
    bones, written = room[0], room[1]
    mask = np.uint64(len(begins) * 8 - 1)
    size = skeleton(begin, behind, words, bones)
    if size < (LEAST_KEY if caseless else LEAST_SKELETON):
        return -1.0, -1
    count = 0
    far = STRICT if caseless else FARTHEST
    best, best_entry = -1.0, -1
    for region in area:
        if world[1][region] != _REGION:
            continue
        for left_out in range(-1, size if size > LEAST_KEY and not caseless else 0):
            wanted = key_of(bones, size, left_out, region)
            bit = wanted & mask
            if not begins[bit >> np.uint64(3)] >> (bit & np.uint64(7)) & np.uint64(1):
                continue
            if not count:
                count = letters_of(begin, behind, words, written)
                if count < LEAST_LETTERS:
                    return -1.0, -1
            share, near = _likest(wanted, written[:count], far, caseless, area, known, world, room)
            if share > best:
                best, best_entry = share, near
    return best, best_entry


@njit(cache=True, nogil=True)
def _likest(
    wanted: np.uint64,
    written: NDArray[np.uint32],
    far: float,
    caseless: bool,
    area: NDArray[np.int32],
    known: _Known,
    world: tuple[NDArray[np.int32], NDArray[np.int8]],
    room: _Room,
) -> tuple[float, int]:
    """Return how alike the likest of the names under a key is, and its place; -1: none is near enough."""
    key, record, entry, offsets, letters, _ = known
    best, best_entry = -1.0, -1
    at = np.searchsorted(key, wanted)
    while at < len(key) and key[at] == wanted:
        one = record[at]
        its = letters[offsets[one] : offsets[one + 1]]
        longer = float(max(len(written), len(its)))
        ends = written[0] == its[0] or written[-1] == its[-1]  # one change leaves one of them
        if ends and abs(len(written) - len(its)) <= far * longer:
            share = 1.0 - distance(written, its, far * longer, room[2], room[3]) / longer
            if share > best and share >= 1.0 - _limit(entry[one], area, world, caseless):
                best, best_entry = share, entry[one]
        at += 1
    return best, best_entry


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
