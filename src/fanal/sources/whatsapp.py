"""Posts from WhatsApp's "Export chat": the text of one chat as an Android phone or an iPhone writes it, or its zip.

WhatsApp publishes no form; see `heading` and `chat_message` for what is known of it, and docs/sources/whatsapp.md.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from fanal.model.error import InputError
from fanal.model.post import Reading
from fanal.sources.chat_message import NAME_END, NAME_START, SPANS, TEXT_END, TEXT_START, read_message
from fanal.sources.chat_zip import chat_chunks, chat_head
from fanal.sources.date_order import DateOrder, Evidence, days_of, last_day
from fanal.sources.heading import (
    BODY,
    HOUR,
    IOS,
    MINUTE,
    PARTS,
    PERIOD,
    SECONDS,
    STYLE,
    form_of,
    read_heading,
    style_of,
    year_place,
)
from fanal.sources.judge import Columns, judge
from fanal.sources.mapping import FieldMapping
from fanal.sources.reason import FINE, Reason
from fanal.sources.rows import MAX_ROW_BYTES, NOT_UTF8, PLAIN, TOO_LONG, Cut, Rows, read_rows
from fanal.sources.times import NO_DAY
from fanal.sources.utf8 import is_utf8

_LF = 10
_MARK_FAULTS = {NOT_UTF8: Reason.INVALID_UTF8, TOO_LONG: Reason.TOO_LONG}
_TIME_BYTES = 19
_FEW_ROWS = 4096
_UNLIKE = (
    (r"[\x{a0}\x{202f}\x{2000}-\x{200a}]", " "),
    (r"[\x{2010}\x{2011}]", "-"),
    (r"[\x{61c}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}]", ""),
)
"""What phones set into names and numbers in place of what people type."""


def read(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
    r"""Yield the messages of a chat from a byte on: of a text file, plain or gzipped, or of the chat in a zip.

    A message goes on until the next line with a heading in the style of the file. Times have no zone and take that
    of the mapping. Service messages, media and deleted messages are skipped. There are no ids. What becomes of a
    message depends on it, on the start of the file and on the order of its dates alone.

    Raises:
        InputError: the file is missing, of another kind, or breaks off (then after the messages before); or its
            dates can be read in several orders and the mapping names none.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "_chat.txt"
    ...     _ = file.write_text("[31.12.20, 23:59:59] Ana: The road\nis open.\n[1.1.21, 00:01:00] Ben left\n")
    ...     reading = next(read(file, mapping=FieldMapping(timezone="UTC")))
    >>> reading.posts["text"].to_pylist(), reading.skipped.to_pylist()
    (['The road\nis open.'], [3])
    """
    style = style_of(chat_head(path))
    if style is None:
        raise InputError(
            f"{path} is not a WhatsApp chat: none of its lines begins with a date and a time as a message does.",
            hint="Export the chat from the phone and give its text or its zip.",
        )
    last = last_day(path)
    order, named = _order(path, style, last, mapping.date_order)
    cutter = _Cutter(style, rows)
    for stretch in read_rows(path, cutter, start=start, rows=rows, pieces=chat_chunks):
        columns = _columns(stretch, cutter.parts(stretch), form_of(style) == IOS, order, last)
        reading = judge(columns, timezone=mapping.timezone, position=stretch.position)
        yield replace(reading, date_order=order.value) if named else reading


def _order(path: Path, style: int, last: int, named: DateOrder | None) -> tuple[DateOrder, bool]:
    """Tell the order of a file's dates, by as many of its messages as it takes, and whether it had to be named.

    Raises:
        InputError: they fit several orders, and none is named.
    """
    evidence = Evidence(year_place(style), last)
    cutter = _Cutter(style, _FEW_ROWS)
    try:
        for stretch in read_rows(path, cutter, rows=_FEW_ROWS, pieces=chat_chunks):
            parts = cutter.parts(stretch)
            evidence.add(parts[parts[:, STYLE] == style, :3])
            if evidence.clear(named):
                break
    except InputError:
        pass  # it is raised again behind the messages that come before the damage
    order = evidence.order(named)
    if order is None:
        raise InputError(
            f"The dates of {path} do not tell whether day, month or year stands first.",
            hint='Say it with --date-order dmy, mdy or ymd, or with date_order = "dmy" under [posts] in fanal.toml.',
        )
    return order, evidence.order() is not order


@njit(cache=True, nogil=True)
def _copy(out, parts, row):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Copy what a heading says into a row. Value by value: Numba compiles the whole array's way for seconds."""
    for k in range(PARTS):
        parts[row, k] = out[k]


@njit(cache=True, nogil=True)
def _cut_messages(data, at, line, rows, ended, style, starts, ends, lines, marks, parts):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Cut messages: each ends before the next line with a heading in this style. Blank ones are left out.

    `parts` gets what the heading of each says; one without gets the style 0.
    """
    found = 0
    size = len(data)
    out = np.zeros(PARTS, np.int64)
    known, seen = -1, 0  # end and bits of the line at which the last message ended; `out` is its heading
    while found < rows and at < size:
        i = at
        inner = 0
        whole = False
        bits = 0  # of all bytes together: ASCII needs no check
        headed = known >= 0
        if headed:
            _copy(out, parts, found)
        while True:
            end = i
            here = 0
            if known >= 0:
                end, here, known = known, seen, -1
            while end < size and data[end] != _LF:
                here |= data[end]
                end += 1
            if end == size and not ended:
                break
            if not (headed and i == at) and read_heading(data, i, end, out) and out[STYLE] == style:
                if i > at:
                    known, seen = end, here
                    whole = True
                    break
                _copy(out, parts, found)
                headed = True
            bits |= here
            inner += 1
            i = min(end + 1, size)
            if i - at > MAX_ROW_BYTES or (ended and i == size):
                whole = True
                break
            if i == size:
                break
        if not whole:
            break
        a, b = at, i
        while a < b and data[a] in (9, 10, 13, 32):
            a += 1
        while b > a and data[b - 1] in (9, 10, 13, 32):
            b -= 1
        if a < b:
            mark = PLAIN
            if i - at > MAX_ROW_BYTES:
                mark = TOO_LONG
            elif bits >= 0x80 and not is_utf8(data, a, b):
                mark = NOT_UTF8
            starts[found], ends[found], lines[found], marks[found] = a, b, line, mark
            if not headed:
                parts[found, STYLE] = 0
            found += 1
        at = i
        line += inner
    return found, at, line


class _Cutter:
    """Cut messages with headings in a style, and keep the headings of those that were cut last."""

    def __init__(self, style: int, rows: int) -> None:
        self._style = style
        self._parts: NDArray[np.int64] = np.zeros((rows, PARTS), np.int64)

    def __call__(
        self, data: NDArray[np.uint8], at: int, line: int, rows: int, ended: bool, cut: Cut
    ) -> tuple[int, int, int]:
        """Cut as a `Kernel` does."""
        found: tuple[int, int, int] = _cut_messages(
            data, at, line, rows, ended, self._style, cut.starts, cut.ends, cut.lines, cut.marks, self._parts
        )
        return found

    def parts(self, rows: Rows) -> NDArray[np.int64]:
        """Return what the headings of the rows say that were cut last, a row each; style 0: it has none."""
        if rows.marks[0] == TOO_LONG and len(rows.marks) == 1:
            return np.zeros((1, PARTS), np.int64)
        return self._parts[: len(rows.marks)]


@njit(cache=True, nogil=True)
def _read_messages(data, ends, marks, apple, parts, spans, points):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read the message behind each heading; one that shares no point gets NaN."""
    for row in range(len(ends)):
        shares = False
        if parts[row, STYLE] and marks[row] == PLAIN:
            shares = read_message(data, parts[row, BODY], ends[row], apple, spans[row], points[row])
        if not shares:
            points[row, 0] = points[row, 1] = np.nan


@njit(cache=True, nogil=True)
def _gather(data, starts, ends, offsets, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Copy stretches of bytes one behind the other."""
    for row in range(len(starts)):
        at = offsets[row]
        for k in range(starts[row], ends[row]):
            out[at] = data[k]
            at += 1


def _strings(
    data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], kind: pa.DataType
) -> pa.Array:
    """Return stretches of UTF-8 as a column of texts."""
    offsets = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(ends - starts, out=offsets[1:])
    out: NDArray[np.uint8] = np.empty(int(offsets[-1]), np.uint8)
    _gather(data, starts, ends, offsets, out)
    bounds = offsets if kind == pa.large_string() else offsets.astype(np.int32)
    return pa.Array.from_buffers(kind, len(starts), [None, pa.py_buffer(bounds), pa.py_buffer(out)])


def _plain(names: pa.StringArray) -> pa.StringArray:
    """Return names with plain blanks and hyphens and without invisible marks, as somebody would type them."""
    found = names.dictionary_encode()
    plain = found.dictionary
    for unlike, like in _UNLIKE:
        plain = pc.replace_substring_regex(plain, unlike, like)
    return plain.take(found.indices)


@njit(cache=True, nogil=True)
def _write(out, at, number, digits):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write a number with leading zeros."""
    for k in range(digits):
        out[at + digits - 1 - k] = 48 + number % 10
        number //= 10


@njit(cache=True, nogil=True)
def _times(parts, days, out, good):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write each time as ISO 8601 without a zone; `good` gets which can be read."""
    for row in range(len(days)):
        hour, minute, second = parts[row, HOUR], parts[row, MINUTE], parts[row, SECONDS]
        period = parts[row, PERIOD]
        if period == 2 and hour <= 12:
            hour = hour % 12 + 12
        elif period == 1:
            hour = hour % 12 if hour <= 12 else 24
        good[row] = period != 4 and hour < 24 and minute < 60 and second < 60
        # The civil date of a count of days: 400 years have 146,097, and a year begins with March.
        shifted = max(days[row], 0) + 719468
        era = shifted // 146097
        of_era = shifted - era * 146097
        year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
        of_year = of_era - (365 * year + year // 4 - year // 100)
        month = (5 * of_year + 2) // 153
        day = of_year - (153 * month + 2) // 5 + 1
        month = month + 3 if month < 10 else month - 9
        at = row * 19
        _write(out, at, year + era * 400 + (1 if month <= 2 else 0), 4)
        _write(out, at + 5, month, 2)
        _write(out, at + 8, day, 2)
        _write(out, at + 11, hour, 2)
        _write(out, at + 14, minute, 2)
        _write(out, at + 17, second, 2)
        out[at + 4] = out[at + 7] = 45
        out[at + 10] = 84
        out[at + 13] = out[at + 16] = 58


def _columns(rows: Rows, parts: NDArray[np.int64], apple: bool, order: DateOrder, last: int) -> Columns:
    """Return the columns of some messages, of which `parts` says what their headings say."""
    size = len(parts)
    spans: NDArray[np.int64] = np.zeros((size, SPANS), np.int64)
    points: NDArray[np.float64] = np.empty((size, 2), np.float64)
    data = np.frombuffer(rows.data, np.uint8)
    _read_messages(data, rows.ends, rows.marks, apple, parts, spans, points)
    days = days_of(parts[:, :3], order, last)
    times: NDArray[np.uint8] = np.empty(size * _TIME_BYTES, np.uint8)
    good = np.empty(size, np.bool_)
    _times(parts, days, times, good)
    fault = np.full(size, FINE, np.int8)
    said = spans[:, TEXT_END] > spans[:, TEXT_START]
    fault[said & (days == -1)] = Reason.OTHER_CALENDAR.code
    fault[said & ((days == NO_DAY) | ~good)] = Reason.TIME_UNREADABLE.code
    fault[parts[:, STYLE] == 0] = Reason.NO_HEADING.code
    for mark, reason in _MARK_FAULTS.items():
        fault[rows.marks == mark] = reason.code
    nothing = pa.nulls(size, pa.string())
    bounds = np.arange(size + 1, dtype=np.int32) * _TIME_BYTES
    return Columns(
        line=rows.lines,
        fault=fault,
        id=nothing,
        author=_plain(_strings(data, spans[:, NAME_START], spans[:, NAME_END], pa.string())),
        time_text=pa.Array.from_buffers(pa.string(), size, [None, pa.py_buffer(bounds), pa.py_buffer(times)]),
        time_number=pa.nulls(size, pa.float64()),
        text=_strings(data, spans[:, TEXT_START], spans[:, TEXT_END], pa.large_string()),
        language=nothing,
        lon=pa.array(points[:, 0], from_pandas=True),
        lat=pa.array(points[:, 1], from_pandas=True),
    )
