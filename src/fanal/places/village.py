"""Village: which misspelt names of villages stand in texts that name the area around them."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.entry import Kind
from fanal.places.file import Gazetteer
from fanal.places.misspelt import (
    ARTICLE,
    FARTHEST,
    LEAST_CASELESS,
    LEAST_KEPT,
    LEAST_SKELETON,
    MOST_LETTERS,
    MOST_WORDS,
    Villages,
    Words,
    distance,
    extend,
    key_of,
    letters_of,
    may_be_near,
    outline_of,
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

SHORT, FARTHEST_IF_SHORT = 3, 0.2
"""The same for a skeleton of so few letters, which many names share."""

STRICT = 0.2
"""The same in a script without capitals."""

_Text = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]]
"""Offsets of rows, start and end of words, code points."""

_Areas = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]
"""Texts, and of each where its areas begin and end; the areas."""

_World = tuple[NDArray[np.int32], NDArray[np.int8]]
"""Holder and kind of the gazetteer's entries."""

_Known = tuple[
    NDArray[np.uint64],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.uint64],
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.uint32],
]
"""Key of the villages, and where its names begin; record and outline of each; place, offsets and letters of records."""

_Room = tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]
"""Room for a name and two rows of distances."""

_MARKS = 1 << 14
"""Of the hashes of wrapping words, of which there are some 200."""

COLUMNS = 6
TEXT, FIRST, LAST, SIZE, KEY, CASELESS = range(COLUMNS)
"""Columns of what `_runs` returns: place in the texts, first and last word, size of the skeleton, key, no capitals."""


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
    areas = (texts, begins, behind, area)
    read = (words.offsets, words.start, words.end, codes)
    wrapped = _wrapped(texts, read, words.hash, load_wrapping())
    runs = _runs(areas, read, wrapped, free, spelled.shape, gazetteer.kind, known.begins)
    place, first, last, entry, share = _find(
        runs,
        areas,
        (words.start, words.end, codes, wrapped),
        (known.key, known.names, known.record, known.outline, known.entry, known.offsets, known.letters),
        (gazetteer.holder, gazetteer.kind),
    )
    return Near(row=texts[place], first=first, last=last, entry=entry, share=share)


@njit(cache=True, nogil=True)
def _wrapped(
    texts: NDArray[np.int64], read: _Text, hashes: NDArray[np.uint64], wrapping: NDArray[np.uint64]
) -> NDArray[np.bool_]:
    """Say of each word of some texts whether it only wraps a name."""
    offsets, start, end, codes = read
    mask = np.uint64(_MARKS - 1)
    marks = np.zeros(_MARKS, dtype=np.bool_)  # nearly all words end here
    for value in wrapping:
        marks[value & mask] = True
    found = np.zeros(len(start), dtype=np.bool_)
    for text in texts:
        for word in range(offsets[text], offsets[text + 1]):
            if marks[hashes[word] & mask] or end[word] - start[word] == ARTICLE:
                found[word] = wraps(start[word], end[word], codes, wrapping)
    return found


@njit(cache=True, nogil=True)
def _runs(
    areas: _Areas,
    read: _Text,
    wrapped: NDArray[np.bool_],
    free: NDArray[np.bool_],
    shape: NDArray[np.uint8],
    kind: NDArray[np.int8],
    begins: NDArray[np.uint8],
) -> NDArray[np.int64]:
    """Return the runs of words that may name a village of a named first-level area, with each key that says so.

    One loop over all words: nearly all of them end here.
    """
    texts, area_begins, area_behind, area = areas
    offsets, start, end, codes = read
    bones = np.empty(MOST_LETTERS, dtype=np.uint8)
    out = np.empty((256, COLUMNS), dtype=np.int64)
    used = 0
    for i in range(len(texts)):
        near = area[area_begins[i] : area_behind[i]]
        after = offsets[texts[i] + 1]
        for word in range(offsets[texts[i]], after):
            caseless = shape[word] == NO_CASE
            if not free[word] or not _may_lead(shape[word], end[word] - start[word], wrapped[word]):
                continue
            size = 0
            for last in range(word, min(after, word + (MOST_WORDS_CASELESS if caseless else MOST_WORDS))):
                if not free[last]:
                    break
                if last == word or not wrapped[last]:
                    size = extend(start[last], end[last], codes, bones, size)
                if size >= (LEAST_CASELESS if caseless else LEAST_SKELETON):
                    while used + (size + 1) * len(near) > len(out):
                        out = _more(out)
                    before = used
                    used = _enter(bones, size, caseless, near, kind, begins, out, used)
                    for run in range(before, used):
                        out[run, TEXT], out[run, FIRST], out[run, LAST], out[run, SIZE] = i, word, last, size
                size *= last > word or not wrapped[word]  # an article counts only where it stands alone
    return out[:used]


@njit(cache=True, nogil=True)
def _may_lead(shape: int, letters: int, wrapped: bool) -> bool:
    """Say whether a word may begin a name: "The" and "Northern" do not, the article al does."""
    short = shape == NO_CASE and letters < LEAST_FIRST
    return shape != LOWER and not short and (not wrapped or letters <= ARTICLE)


@njit(cache=True, nogil=True)
def _enter(
    bones: NDArray[np.uint8],
    size: int,
    caseless: bool,
    area: NDArray[np.int32],
    kind: NDArray[np.int8],
    begins: NDArray[np.uint8],
    out: NDArray[np.int64],
    used: int,
) -> int:
    """Write the keys of a skeleton that villages of the areas may have behind `used` rows; return how many rows now."""
    mask = np.uint64(len(begins) * 8 - 1)
    for one in area:
        if kind[one] != _REGION:
            continue
        for left_out in range(-1, size if size > LEAST_KEPT and not caseless else 0):
            key = key_of(bones, size, left_out, one)
            bit = key & mask
            if begins[bit >> np.uint64(3)] >> (bit & np.uint64(7)) & np.uint64(1):
                out[used, KEY], out[used, CASELESS] = np.int64(key), caseless
                used += 1
    return used


@njit(cache=True, nogil=True)
def _more(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return twice the room with the same beginning."""
    grown = np.empty((2 * len(values), values.shape[1]), dtype=np.int64)
    grown[: len(values)] = values
    return grown


@njit(cache=True, nogil=True)
def _find(
    runs: NDArray[np.int64], areas: _Areas, words: Words, known: _Known, world: _World
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Look the runs up: of those that begin at one word the likest counts, and none begins within another."""
    _, area_begins, area_behind, area = areas
    found = np.empty((len(runs), 4), dtype=np.int64)
    share = np.empty(len(runs))
    used = 0
    room = (
        np.empty(MOST_LETTERS, dtype=np.uint32),
        np.empty(MOST_LETTERS + 1, dtype=np.int64),
        np.empty(MOST_LETTERS + 1, dtype=np.int64),
    )
    at = 0
    while at < len(runs):
        i, first = runs[at, TEXT], runs[at, FIRST]
        near = area[area_begins[i] : area_behind[i]]
        best, best_entry, best_last = -1.0, -1, -1
        while at < len(runs) and runs[at, FIRST] == first:
            begin, last = at, runs[at, LAST]
            while at < len(runs) and runs[at, FIRST] == first and runs[at, LAST] == last:
                at += 1
            alike, entry = _likest(runs[begin:at], near, words, known, world, room)
            if entry >= 0 and alike >= best:  # of two that are as like the longer
                best, best_entry, best_last = alike, entry, last
        if best_entry >= 0:
            found[used, 0], found[used, 1], found[used, 2], found[used, 3] = i, first, best_last, best_entry
            share[used] = best
            used += 1
            while at < len(runs) and runs[at, FIRST] <= best_last:
                at += 1
    found = found[:used]
    return (
        found[:, 0].copy(),
        found[:, 1].copy(),
        found[:, 2].copy(),
        found[:, 3].astype(np.int32),
        share[:used],
    )


@njit(cache=True, nogil=True)
def _likest(
    run: NDArray[np.int64],
    area: NDArray[np.int32],
    words: Words,
    known: _Known,
    world: _World,
    room: _Room,
) -> tuple[float, int]:
    """Return how alike the likest village under the keys of a run is, and its place; -1: none is near enough."""
    key, names, record, outline, entry, offsets, letters = known
    caseless = run[0, CASELESS] != 0
    far = STRICT if caseless else FARTHEST_IF_SHORT if run[0, SIZE] <= SHORT else FARTHEST
    best, best_entry = -1.0, -1
    count = letters_of(run[0, FIRST], run[0, LAST] + 1, words, room[0])
    if count < LEAST_LETTERS:
        return best, best_entry
    written = room[0][:count]
    own = outline_of(written)
    for at in range(len(run)):
        held = _held(key, np.uint64(run[at, KEY]))
        for name in range(names[held], names[held + 1]) if held >= 0 else range(0):
            if not may_be_near(own, outline[name], far):
                continue
            one = record[name]
            its = letters[offsets[one] : offsets[one + 1]]
            longer = float(max(count, len(its)))
            alike = 1.0 - distance(written, its, far * longer, room[1], room[2]) / longer
            ends = written[0] == its[0] or written[-1] == its[-1]  # one change leaves one of them
            least = max(best, 1.0 - far) if ends and alike > best else 2.0
            if alike >= least and alike >= 1.0 - _limit(entry[one], area, world, caseless):
                best, best_entry = alike, entry[one]
    return best, best_entry


@njit(cache=True, nogil=True)
def _held(key: NDArray[np.uint64], wanted: np.uint64) -> int:
    """Return the place of a key, -1: it is none."""
    low, high = 0, len(key)
    while low < high:
        middle = (low + high) >> 1
        if key[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < len(key) and key[low] == wanted else -1


@njit(cache=True, nogil=True)
def _limit(entry: int, area: NDArray[np.int32], world: _World, caseless: bool) -> float:
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
