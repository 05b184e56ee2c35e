"""Headings: the date and time with which each message of a WhatsApp chat begins, in one kernel over the bytes.

WhatsApp publishes no form. Phones write `31/12/20, 23:59 - ` (Android), `[31.12.20, 23:59:59] ` (iOS) or, years
ago, `31.12.20 23:59:59: ` (iOS), each with the numbers of the phone's language and region (unicode.org/cldr).
"""

from collections import Counter

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.sources.day_period import LONGEST, blank, mark, meaning

FIRST, SECOND, THIRD, HOUR, MINUTE, SECONDS, PERIOD, BODY, STYLE = range(9)
"""What a heading says: the three numbers of its date as they stand, the clock, the DayPeriod, the byte behind it
(where name and text begin), and its style."""

PARTS = 9

IOS, ANDROID, OLD = 1, 2, 3
"""Forms of a heading: in brackets, before a dash, before a colon."""

_FORM, _YEAR, _YEAR_FIRST, _YEAR_LAST = 7, 48, 16, 32
_LF, _CR = 10, 13


@njit(cache=True, nogil=True)
def _skip_marks(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Pass over invisible marks."""
    while at < end and data[at] >= 0x80:
        step = mark(data, at, end)
        if step == 0:
            break
        at += step
    return at


@njit(cache=True, nogil=True)
def skip_blanks(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Pass over blanks and invisible marks."""
    while at < end:
        byte = data[at]
        if byte < 0x80:
            if byte not in (9, 32):
                break
            at += 1
            continue
        step = blank(data, at, end) + mark(data, at, end)
        if step == 0:
            break
        at += step
    return at


@njit(cache=True, nogil=True)
def _digit(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the digit that begins here (-1: none) and its script: 0 Latin, 1 Arabic-Indic, 2 extended (Persian)."""
    first = data[at]
    if 48 <= first <= 57:
        return first - 48, 0
    if first in (0xD9, 0xDB) and at + 1 < end:
        if first == 0xD9 and 0xA0 <= data[at + 1] <= 0xA9:
            return data[at + 1] - 0xA0, 1
        if first == 0xDB and 0xB0 <= data[at + 1] <= 0xB9:
            return data[at + 1] - 0xB0, 2
    return -1, 0


@njit(cache=True, nogil=True)
def _number(data, at, end, most):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read a number of up to `most` digits; return it, its digits (0: none), its script and the byte behind."""
    at = _skip_marks(data, at, end)
    number = 0
    digits = 0
    script = 0
    while at < end and digits < most:
        byte = data[at]
        if byte < 0x80:
            if not 48 <= byte <= 57:
                break
            number = number * 10 + (byte - 48)
            digits += 1
            at += 1
            script = 0
            continue
        digit, script_here = _digit(data, at, end)
        if digit < 0:
            break
        script = script_here
        number = number * 10 + digit
        digits += 1
        at += 2
    return number, digits, script, at


@njit(cache=True, nogil=True)
def _date(data, at, end, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read the three numbers of a date; return their part of the style (-1: no date) and the byte behind."""
    first, digits, script, at = _number(data, at, end, 4)
    if digits % 3 == 0:
        return -1, at
    year_first = digits == 4
    at = _skip_marks(data, at, end)
    if at >= end or not 45 <= data[at] <= 47:
        return -1, at
    sign = data[at]
    at = skip_blanks(data, at + 1, end)
    second, digits, _, at = _number(data, at, end, 2)
    at = _skip_marks(data, at, end)
    if digits == 0 or at >= end or data[at] != sign:
        return -1, at
    at = skip_blanks(data, at + 1, end)
    third, digits, _, at = _number(data, at, end, 4)
    if digits % 3 == 0 or (digits == 4 and year_first):
        return -1, at
    out[0], out[1], out[2] = first, second, third
    year = _YEAR_FIRST if year_first else _YEAR_LAST if digits == 4 else 0
    return (sign - 45) * 64 + script * 256 + year, at


@njit(cache=True, nogil=True)
def _clock(data, at, end, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read hour, minute and perhaps second; return the part of the style (-1: no clock) and the byte behind."""
    hour, digits, _, at = _number(data, at, end, 2)
    at = skip_blanks(data, at, end)
    if digits == 0 or at >= end or data[at] not in (46, 58, 104):
        return -1, at
    sign = data[at]
    at += 1
    if sign == 104:
        at = skip_blanks(data, at, end)
    minute, digits, _, at = _number(data, at, end, 2)
    if digits != 2:
        return -1, at
    out[3], out[4], out[5] = hour, minute, 0
    follow = _skip_marks(data, at, end)
    if follow < end and data[follow] == sign:
        second, digits, _, follow = _number(data, follow + 1, end, 2)
        if digits == 2:
            out[5] = second
            return 1024, follow
    return 0, at


@njit(cache=True, nogil=True)
def read_heading(data, at, end, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, C901
    """Read the heading of a line into `out`, in the order of FIRST, SECOND...; tell whether there is one.

    A word beside the time that is in no list of day periods is no reason to deny a heading; PERIOD says so.
    """
    at = skip_blanks(data, at, end)
    if at >= end:
        return False
    form = 0
    if data[at] == 91:
        form = 1
        at += 1
    date, at = _date(data, at, end, out)
    if date < 0:
        return False
    begin = at
    stop = min(end, at + LONGEST)
    while at < stop:
        byte = data[at]
        if 48 <= byte <= 57 or byte in (_LF, _CR, 91, 93):
            break
        if byte >= 0x80 and _digit(data, at, end)[0] >= 0:
            break
        at += 1
    if at in (begin, stop):
        return False
    before = meaning(data, begin, at)
    clock, at = _clock(data, at, end, out)
    if clock < 0:
        return False
    begin = at
    stop = min(end, at + LONGEST)
    behind = -1
    while at < stop:
        byte = data[at]
        if 48 <= byte <= 57 or byte in (_LF, _CR, 91):
            break
        if byte >= 0x80 and _digit(data, at, end)[0] >= 0:
            break
        if byte == 93:
            behind = at + 1 if form == 1 else -1
            break
        if form != 1:
            if byte == 58:
                if clock and (at + 1 == end or data[at + 1] in (32, _LF, _CR)):
                    behind, form = at + 1, 3
                break
            dash = 1 if byte == 45 else 0
            if byte == 0xE2 and at + 2 < end and data[at + 1] == 0x80 and data[at + 2] == 0x93:
                dash = 3
            if dash and at > begin and data[at - 1] == 32:
                if at + dash == end or data[at + dash] in (32, _LF, _CR):
                    behind, form = at + dash, 2
                break
        at += 1
    if behind < 0:
        return False
    after = meaning(data, begin, at)
    worded = 0
    period = 0
    if after:
        worded, period = 1, 0 if after == 3 else after
    elif before:
        worded, period = 2, 0 if before == 3 else before
    out[6] = period
    out[7] = behind + 1 if behind < end and data[behind] == 32 else behind
    out[8] = form + date + clock + worded * 2048
    return True


@njit(cache=True, nogil=True)
def _styles(data, found):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the style of each line that has a heading; return how many."""
    out = np.zeros(PARTS, np.int64)
    at = 0
    count = 0
    while at < len(data) and count < len(found):
        end = at
        while end < len(data) and data[end] != _LF:
            end += 1
        if read_heading(data, at, end, out):
            found[count] = out[8]
            count += 1
        at = end + 1
    return count


HEAD_LINES = 10_000
"""Headings from the start of a file by which its style is told."""


def style_of(start: bytes) -> int | None:
    """Return the style of most headings in the start of a file, or None when it has none.

    A phone writes all headings of an export alike, so a line in another style is somebody's text.

    >>> style_of(b"Hello") is None
    True
    >>> style_of(b"1/2/20, 10:00 - A: b") == style_of(b"3/4/21, 11:15 - C: d")
    True
    """
    found: NDArray[np.int64] = np.empty(HEAD_LINES, np.int64)
    count = _styles(np.frombuffer(start, np.uint8), found)
    return Counter(found[:count].tolist()).most_common(1)[0][0] if count else None


def is_heading(line: bytes) -> bool:
    """Tell whether a line begins as a message does.

    >>> is_heading("\u200f[١٥/٩/٢٠٢٦، ٨:٤٦:٠٠ م] a: b".encode())
    True
    """
    data = np.frombuffer(line, np.uint8)
    return bool(read_heading(data, 0, len(data), np.zeros(PARTS, np.int64)))


def form_of(style: int) -> int:
    """Return the form of a style: IOS, ANDROID or OLD."""
    return style & _FORM


def year_place(style: int) -> int | None:
    """Return which number of the date is a year of four digits: FIRST or THIRD; None: its year has two.

    >>> year_place(style_of(b"2020-12-31 23:59 - A: b"))
    0
    """
    return {_YEAR_FIRST: FIRST, _YEAR_LAST: THIRD}.get(style & _YEAR)
