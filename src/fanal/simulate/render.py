"""Rendering: the lines of a stretch of posts as bytes, put together by a kernel from escaped fragments."""

from datetime import timedelta
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.simulate.book import PLACE_LIST, Book
from fanal.simulate.draw import EDIT, REPOST, Draw
from fanal.simulate.form import SEPARATORS, Form
from fanal.simulate.rhythm import FIRST_WEEK, WEEKS
from fanal.simulate.sentences import LANGUAGES

Bytes = NDArray[Any]
Numbers = NDArray[np.int64]
Places = NDArray[np.int32]
Flags = NDArray[np.bool_]
Draws = NDArray[np.uint64]

ID_DIGITS = 10
CHANGED = 8
"""In a text that is made after another about one slot in so many is drawn anew."""

_AROUND = 200  # bytes of a line at most, beside its text and its id
_DAYS = np.array(
    [list((FIRST_WEEK + timedelta(days=day)).strftime("%Y-%m-%d").encode()) for day in range(7 * WEEKS)],
    np.uint8,
)
TONGUES = np.array([[len(code), *code.ljust(3).encode()] for code in LANGUAGES], np.uint8)
"""For each language the length of its code and its code."""

_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_SPREAD = np.uint64(0x9E3779B1)  # odd, so that numbers of authors stay different modulo 2**32
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # the step of SplitMix64
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def ids(prefix: str, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the ids of rows, rows × bytes of one id.

    >>> bytes(ids("s1-", np.array([42]))[0])
    b's1-0000000042'
    """
    tens = 10 ** np.arange(ID_DIGITS - 1, -1, -1, dtype=np.int64)
    digits = (rows[:, None] // tens % 10 + ord("0")).astype(np.uint8)
    start = np.broadcast_to(np.frombuffer(prefix.encode(), np.uint8), (len(rows), len(prefix)))
    return np.concatenate([start, digits], axis=1)


def room(book: Book, rows: int, id_bytes: int) -> NDArray[np.uint8]:
    """Return an empty buffer that is large enough for so many rows, whatever they are."""
    return np.empty(rows * (book.longest + id_bytes + _AROUND), np.uint8)


def render(out: NDArray[np.uint8], book: Book, form: Form, drawn: Draw, names: NDArray[np.uint8]) -> int:
    """Write the lines of posts into a buffer and return how many bytes they take.

    Args:
        out: a buffer of `room`.
        book: the sentences, escaped for the form.
        form: of the file.
        drawn: the posts, n.
        names: their ids, n × bytes of one id.
    """
    parts = [part.encode() for part in SEPARATORS[form]]
    separators = np.frombuffer(b"".join(parts) or b" ", np.uint8)
    ends = np.cumsum([0, *map(len, parts)])
    return int(
        _render(
            out, separators, ends, names,
            drawn.time, drawn.area, drawn.named, drawn.point,
            _hundred_thousandths(drawn.lon), _hundred_thousandths(drawn.lat),
            drawn.kind, drawn.language, drawn.author, drawn.base, drawn.wording, drawn.copy,
            book.content, book.starts, book.lists, book.items, book.patterns, book.groups,
            book.names, book.tags, book.reposts, book.edits, _DAYS, _HEX,
        )
    )  # fmt: skip


def _hundred_thousandths(degrees: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return degrees as whole hundred-thousandths, about a metre; 0 where there are none."""
    return np.round(np.nan_to_num(degrees) * 1e5).astype(np.int64)


@njit(cache=True, nogil=True)
def _render(
    out: Bytes, separators: Bytes, ends: Numbers, names: Bytes,
    time: Numbers, area: Places, named: Flags, point: Flags, lon: Numbers, lat: Numbers,
    kind: Bytes, language: Bytes, author: Numbers, base: Draws, wording: Draws, copy: Bytes,
    content: Bytes, starts: Numbers, lists: Numbers, items: Places, patterns: Numbers, groups: Numbers,
    places: Places, tags: Places, reposts: Places, edits: Places, days: Bytes, hexes: Bytes,
) -> int:  # fmt: skip
    """Write all lines."""
    at = 0
    for row in range(len(time)):
        at = _put(out, at, separators, ends[0], ends[1])
        at = _put(out, at, names[row], 0, names.shape[1])
        at = _put(out, at, separators, ends[1], ends[2])
        at = _put_author(out, at, author[row], hexes)
        at = _put(out, at, separators, ends[2], ends[3])
        at = _put_time(out, at, time[row], days)
        at = _put(out, at, separators, ends[3], ends[4])
        at = _put_text(
            out, at, language[row], kind[row], 1 if named[row] else 0, area[row], base[row], wording[row], copy[row],
            content, starts, lists, items, patterns, groups, places, tags, reposts, edits,
        )  # fmt: skip
        at = _put(out, at, separators, ends[4], ends[5])
        code = TONGUES[language[row]]
        at = _put(out, at, code, 1, 1 + code[0])
        if point[row]:
            at = _put(out, at, separators, ends[5], ends[6])
            at = _put_degrees(out, at, lon[row])
            at = _put(out, at, separators, ends[6], ends[7])
            at = _put_degrees(out, at, lat[row])
            at = _put(out, at, separators, ends[7], ends[8])
        else:
            at = _put(out, at, separators, ends[8], ends[9])
    return at


@njit(cache=True, nogil=True)
def _put_text(
    out: Bytes, at: int, language: int, kind: int, named: int, area: int,
    base: np.uint64, wording: np.uint64, copied: int,
    content: Bytes, starts: Numbers, lists: Numbers, items: Places, patterns: Numbers, groups: Numbers,
    places: Places, tags: Places, reposts: Places, edits: Places,
) -> int:  # fmt: skip
    """Write a text with its tag, which stands before it or behind."""
    tag = lists[tags[language]]
    before = base & np.uint64(1)
    if before:
        at = _put(out, at, content, starts[tag], starts[tag + 1])
        out[at] = 32
        at += 1
    if copied == REPOST and wording & np.uint64(2):
        at = _put_choice(out, at, reposts[language], _mix(wording), content, starts, lists)
    elif copied == EDIT:
        at = _put_choice(out, at, edits[language], _mix(wording), content, starts, lists)
    group = groups[language, kind, named]
    pattern = group[0] + np.int64(((base >> np.uint64(32)) * np.uint64(group[1])) >> np.uint64(32))
    for place in range(patterns[pattern], patterns[pattern + 1]):
        step = _GOLDEN * np.uint64(place - patterns[pattern] + 1)
        chance = _mix(base + step)
        if wording != base:
            anew = _mix(wording + step)
            if anew % np.uint64(CHANGED) == 0:
                chance = anew
        item = items[place]
        if item == PLACE_LIST:
            item = places[language, area]
        at = _put_choice(out, at, item, chance, content, starts, lists)
    if not before:
        out[at] = 32
        at = _put(out, at + 1, content, starts[tag], starts[tag + 1])
    return at


@njit(cache=True, nogil=True)
def _mix(value: np.uint64) -> np.uint64:
    """Return the finalizer of SplitMix64; `fanal.simulate.crowd.mix` is the same for an array."""
    value = (value ^ (value >> np.uint64(30))) * _MIX1
    value = (value ^ (value >> np.uint64(27))) * _MIX2
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True)
def _put(out: Bytes, at: int, content: Bytes, start: int, end: int) -> int:
    """Copy a stretch of bytes."""
    for place in range(start, end):
        out[at] = content[place]
        at += 1
    return at


@njit(cache=True, nogil=True)
def _put_choice(
    out: Bytes, at: int, item: int, chance: np.uint64, content: Bytes, starts: Numbers, lists: Numbers
) -> int:
    """Copy one fragment of a list, all equally likely."""
    count = np.uint64(lists[item + 1] - lists[item])
    fragment = lists[item] + np.int64(((chance >> np.uint64(32)) * count) >> np.uint64(32))
    return _put(out, at, content, starts[fragment], starts[fragment + 1])


@njit(cache=True, nogil=True)
def _put_author(out: Bytes, at: int, author: int, hexes: Bytes) -> int:
    """Write an author's number as eight hexadecimal digits that do not tell what it is."""
    code = (np.uint64(author) * _SPREAD) & np.uint64(0xFFFFFFFF)
    out[at] = 117  # u
    for place in range(8):
        out[at + 1 + place] = hexes[np.int64((code >> np.uint64(28 - 4 * place)) & np.uint64(15))]
    return at + 9


@njit(cache=True, nogil=True)
def _put_time(out: Bytes, at: int, time: int, days: Bytes) -> int:
    """Write a time as RFC 3339 does."""
    at = _put(out, at, days[time // 86400], 0, 10)
    for place, unit in ((0, 3600), (1, 60), (2, 1)):
        value = time % 86400 // unit
        if place:
            value %= 60
        out[at] = 84 if place == 0 else 58  # T and :
        out[at + 1] = 48 + value // 10
        out[at + 2] = 48 + value % 10
        at += 3
    out[at] = 90  # Z
    return at + 1


@njit(cache=True, nogil=True)
def _put_degrees(out: Bytes, at: int, value: int) -> int:
    """Write a hundred-thousandth of degrees with five places."""
    if value < 0:
        out[at] = 45
        at += 1
        value = -value
    whole = value // 100000
    unit = 100 if whole >= 100 else (10 if whole >= 10 else 1)
    while unit:
        out[at] = 48 + whole // unit % 10
        at += 1
        unit //= 10
    out[at] = 46
    unit = 10000
    for place in range(5):
        out[at + 1 + place] = 48 + value // unit % 10
        unit //= 10
    return at + 6
