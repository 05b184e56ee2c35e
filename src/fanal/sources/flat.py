"""Flat: elements of a JSON list written anew as JSON Lines, texts that come in pieces joined, to be parsed in columns.

The kernel checks what it takes apart and nothing else; what it does not understand is left to be parsed by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.json as pj
from numba import njit
from numpy.typing import NDArray

from fanal.sources.fields import has_nan
from fanal.sources.judge import Columns
from fanal.sources.pieces import is_whole, past_blanks, written_as_one
from fanal.sources.rows import DOUBTFUL, NOT_UTF8, PLAIN
from fanal.sources.utf8 import is_utf8
from fanal.sources.walk import Batch, hash_of

SINGLY = 64
"""So few elements are parsed one by one when parsing them together fails."""

DEEPEST = 60
"""An element that is nested more deeply is parsed by itself: parsers differ there."""

_ROOM = 64  # bytes by which a line may be longer than its element: quotes around numbers
_OBJECT_OFFSET = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_USER = np.frombuffer(b"user", np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Say which fields of an element are written in another way."""

    joined: tuple[str, ...] = ()  # lists of texts, and of objects with a `text`, at any depth: as one text
    quoted: tuple[str, ...] = ()  # whole numbers of the element itself: as text
    user: str = ""  # one of the quoted: a number stands for a user's id
    either: tuple[str, str] = ("", "")  # an element that has the second and not the first is parsed by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """Hold some elements as lines; line i is `data[starts[i]:ends[i]]`, empty where the mark is not PLAIN."""

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    marks: NDArray[np.int8]

    def table(self, chosen: NDArray[np.int64], schema: pa.Schema) -> pa.Table | None:
        """Return the columns of some plain lines, or None when any is not as the schema says."""
        block = pa.py_buffer(self.data[self.starts[chosen[0]] : self.ends[chosen[-1]]])
        if has_nan(memoryview(block)):
            return None
        try:
            table = pj.read_json(
                pa.BufferReader(block),
                read_options=pj.ReadOptions(use_threads=False, block_size=block.size + 1),
                parse_options=pj.ParseOptions(
                    explicit_schema=schema, unexpected_field_behavior="ignore", newlines_in_values=False
                ),
            )
        except pa.ArrowInvalid:
            return None
        return table.combine_chunks() if table.num_rows == len(chosen) else None


def by_halves(
    chosen: NDArray[np.int64],
    together: Callable[[NDArray[np.int64]], Columns | None],
    singly: Callable[[NDArray[np.int64]], Columns],
) -> list[Columns]:
    """Return the columns of some rows, parsed together; where that fails, their halves, and few of them singly."""
    if not len(chosen):
        return []
    columns = together(chosen)
    if columns is not None:
        return [columns]
    if len(chosen) <= SINGLY:
        return [singly(chosen)]
    middle = len(chosen) // 2
    return by_halves(chosen[:middle], together, singly) + by_halves(chosen[middle:], together, singly)


def flat(batch: Batch, keys: Keys) -> Flat:
    """Return the elements of a batch as lines."""
    size = sum(int((one.ends - one.starts).sum()) + _ROOM * len(one.starts) for one in batch.stretches)
    out = np.empty(size, np.uint8)
    starts, ends = np.empty(batch.size, np.int64), np.empty(batch.size, np.int64)
    marks = np.empty(batch.size, np.int8)
    joined, quoted, either = (
        np.array([hash_of(name.encode()) for name in names], np.uint64)
        for names in (keys.joined, keys.quoted, keys.either)
    )
    user = hash_of(keys.user.encode())
    first = to = 0
    for one in batch.stretches:
        last = first + len(one.starts)
        view = np.frombuffer(one.data, np.uint8)
        to = _flat(
            view, one.starts, one.ends, out, to, starts[first:last], ends[first:last], marks[first:last],
            joined, quoted, user, either,
        )  # fmt: skip
        first = last
    return Flat(data=out, starts=starts, ends=ends, marks=marks)


@njit(cache=True, nogil=True)
def _is_in(code, codes):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return where a hash stands among some, or -1."""
    for k in range(len(codes)):
        if codes[k] == code:
            return k
    return -1


@njit(cache=True, nogil=True)
def _quoted(data, at, end, out, to, is_user):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write a whole number as text. Return -1 where a parser should look."""
    begin = at
    while at < end and data[at] not in (44, 125, 32, 9, 10, 13):
        at += 1
    if not is_whole(data, begin, at):
        return -1, to
    out[to] = 34
    to += 1
    value = 0
    for i in range(begin, at):
        value = value * 10 + (data[i] - 48)
    if is_user and data[begin] != 45 and value < 1 << 32:
        for k in range(len(_USER)):
            out[to] = _USER[k]
            to += 1
    for i in range(begin, at):
        out[to] = data[i]
        to += 1
    out[to] = 34
    return at, to + 1


@njit(cache=True, nogil=True)
def _line(data, at, end, out, to, joined, quoted, user, either):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Write one element as a line; return -1 where a parser should look at it by itself."""
    depth = 0
    objects = 0  # a bit for each depth: whether what is open there is an object
    key = np.uint64(0)
    awaited = False  # a value of `key`
    named = False  # the next string is a key
    once = 0  # a bit for each quoted key that was there
    first = second = False
    while at < end:
        byte = data[at]
        if byte in (32, 9, 10, 13):
            at = past_blanks(data, at, end)
            if out[to - 1] not in (44, 58, 91, 123):
                out[to] = 32
                to += 1
            continue
        if awaited and byte == 91 and _is_in(key, joined) >= 0:
            at, to = written_as_one(data, at + 1, end, out, to)
            if at < 0:
                return -1
            awaited = False
            continue
        if awaited and depth == 1 and 45 <= byte <= 57:
            place = _is_in(key, quoted)
            if place >= 0:
                if once >> place & 1:
                    return -1
                once |= 1 << place
                at, to = _quoted(data, at, end, out, to, key == user)
                if at < 0:
                    return -1
                awaited = False
                continue
        out[to] = byte
        to += 1
        at += 1
        if byte == 34:
            code = _OBJECT_OFFSET
            while at < end and data[at] != 34:
                out[to] = data[at]
                to += 1
                if data[at] == 92 and at + 1 < end:
                    code = np.uint64(0)  # a name with an escape is none that is looked for
                    at += 1
                    out[to] = data[at]
                    to += 1
                elif data[at] < 32:
                    return -1
                elif named:
                    code = (code ^ np.uint64(data[at])) * _PRIME
                at += 1
            if at == end:
                return -1
            out[to] = 34
            to += 1
            at += 1
            if named:
                key = code
                if depth == 1:
                    first |= key == either[0]
                    second |= key == either[1]
            named = awaited = False
        elif byte == 58:
            awaited = True
        elif byte in (123, 91):
            depth += 1
            if depth > DEEPEST:
                return -1
            objects = objects << 1 | (byte == 123)
            named, awaited = byte == 123, False
        elif byte in (125, 93):
            depth -= 1
            objects >>= 1
            named = awaited = False
            if depth < 0:
                return -1
        elif byte == 44:
            named, awaited = objects & 1 == 1, False
        elif byte | 32 == 101 and 46 <= out[to - 2] <= 57:
            return -1  # an exponent: parsers differ on numbers that are too big
    return -1 if second and not first else to


@njit(cache=True, nogil=True)
def _flat(data, begins, stops, out, to, starts, ends, marks, joined, quoted, user, either):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write elements as lines; return the byte behind the last."""
    for row in range(len(begins)):
        a, b = begins[row], stops[row]
        while b > a and data[b - 1] in (32, 9, 10, 13):
            b -= 1
        starts[row] = ends[row] = to
        marks[row] = DOUBTFUL
        high = False
        for i in range(a, b):
            high |= data[i] >= 0x80
        if high and not is_utf8(data, a, b):
            marks[row] = NOT_UTF8
            continue
        if b == a or data[a] != 123 or data[b - 1] != 125:
            continue
        end = _line(data, a, b, out, to, joined, quoted, user, either)
        if end < 0:
            continue
        out[end] = 10
        to = end + 1
        ends[row] = to
        marks[row] = PLAIN
    return to
