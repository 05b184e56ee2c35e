"""Times: what streams write is read as microseconds since 1970 in UTC, in one kernel over Arrow's buffers."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from fanal.sources.reason import FINE, Reason

OK, LOCAL, UNREADABLE = 0, 1, 2
"""What became of a text: a time in UTC, a time without a zone, nothing."""

FIRST_YEAR, LAST_YEAR = 1990, 2100
FIRST_MICROS = int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
END_MICROS = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000

LONGEST_TIME = 64
"""A longer text is no time."""

_SECONDS_BELOW, _MILLIS_BELOW, _MICROS_BELOW = 1e11, 1e14, 1e17
"""An epoch number below the first is in seconds, and so on: from 1990 to 2100 the units do not overlap."""

_FAR = 2**62
NO_DAY = -(1 << 40)
"""Stands for a date that does not exist."""

_MONTHS = np.frombuffer(b"janfebmaraprmayjunjulaugsepoctnovdec", np.uint8)
_RFC2822 = re.compile(r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d")
_MINUTE = 60_000_000
_DAY_MINUTES = 24 * 60


@njit(cache=True, nogil=True)
def days(year, month, day):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return days since 1970-01-01, or NO_DAY for a date that does not exist (proleptic Gregorian)."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 31
    if month in (4, 6, 9, 11):
        longest = 30
    elif month == 2:
        longest = 29 if leap else 28
    if not (1 <= month <= 12 and 1 <= day <= longest and year >= 1):
        return NO_DAY
    y = year - 1 if month <= 2 else year
    era = y // 400
    of_era = y - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@njit(cache=True, nogil=True)
def _digits(data, at, end, most):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the number that up to `most` digits make, and the byte behind them."""
    number = 0
    stop = min(end, at + most)
    while at < stop and 48 <= data[at] <= 57:
        number = number * 10 + (data[at] - 48)
        at += 1
    return number, at


@njit(cache=True, nogil=True)
def _clock(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read HH:MM, HH:MM:SS or HH:MM:SS.ffffff; return microseconds (-1: no clock) and the byte behind."""
    hour, next_ = _digits(data, at, end, 2)
    if next_ != at + 2 or next_ >= end or data[next_] != 58:
        return -1, at
    minute, after = _digits(data, next_ + 1, end, 2)
    if after != next_ + 3 or hour > 23 or minute > 59:
        return -1, at
    second = 0
    micros = 0
    if after < end and data[after] == 58:
        second, behind = _digits(data, after + 1, end, 2)
        if behind != after + 3 or second > 60:
            return -1, at
        after = behind
        if after + 1 < end and data[after] in (46, 44) and 48 <= data[after + 1] <= 57:
            after += 1
            scale = 100_000
            while after < end and 48 <= data[after] <= 57:
                micros += (data[after] - 48) * scale
                scale //= 10
                after += 1
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros, after


@njit(cache=True, nogil=True)
def _zone(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Read Z, UTC, GMT, +HH, +HHMM or +HH:MM up to the end; return minutes east and 0 OK, 1 none, 2 wrong."""
    while at < end and data[at] == 32:
        at += 1
    if at == end:
        return 0, LOCAL
    left = end - at
    first = data[at] | 32
    if left == 1 and first == 122:
        return 0, OK
    if left == 3:
        second, third = data[at + 1] | 32, data[at + 2] | 32
        if (first, second, third) in ((117, 116, 99), (103, 109, 116)):
            return 0, OK
    if data[at] not in (43, 45):
        return 0, UNREADABLE
    hours, after = _digits(data, at + 1, end, 2)
    if after != at + 3:
        return 0, UNREADABLE
    minutes = 0
    if after < end:
        if data[after] == 58:
            after += 1
        begin = after
        minutes, after = _digits(data, begin, end, 2)
        if after != begin + 2:
            return 0, UNREADABLE
    if after != end or hours > 23 or minutes > 59:
        return 0, UNREADABLE
    east = hours * 60 + minutes
    return -east if data[at] == 45 else east, OK


@njit(cache=True, nogil=True)
def _month(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the month whose three English letters stand here, or 0."""
    if at + 3 > end:
        return 0
    for month in range(12):
        same = True
        for k in range(3):
            same &= (data[at + k] | 32) == _MONTHS[month * 3 + k]
        if same:
            return month + 1
    return 0


@njit(cache=True, nogil=True)
def _iso(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read YYYY-MM-DD, alone or with a clock and a zone (ISO 8601, RFC 3339); return micros and status."""
    year, after = _digits(data, at, end, 4)
    if after != at + 4 or at + 10 > end or data[at + 4] != 45 or data[at + 7] != 45:
        return 0, UNREADABLE
    month, after = _digits(data, at + 5, end, 2)
    day, behind = _digits(data, at + 8, end, 2)
    day_number = days(year, month, day)
    if after != at + 7 or behind != at + 10 or day_number == NO_DAY:
        return 0, UNREADABLE
    if behind == end:
        return day_number * 86_400_000_000, LOCAL
    if data[behind] not in (84, 116, 32):
        return 0, UNREADABLE
    clock, after = _clock(data, behind + 1, end)
    if clock < 0:
        return 0, UNREADABLE
    east, status = _zone(data, after, end)
    return day_number * 86_400_000_000 + clock - east * 60_000_000, status


@njit(cache=True, nogil=True)
def _worded(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Read `Sun Nov 18 04:22:23 +0000 2018` (Twitter) or `Sun, 18 Nov 2018 04:22:23 +0000` (RFC 2822)."""
    if end - at < 20:
        return 0, UNREADABLE
    month = _month(data, at + 4, end) if data[at + 3] == 32 else 0
    if month:
        day, after = _digits(data, at + 8, end, 2)
        if after == at + 8 or after >= end or data[after] != 32:
            return 0, UNREADABLE
        clock, after = _clock(data, after + 1, end)
        gap = end - 5  # the year is last
        if clock < 0 or gap <= after or data[gap] != 32:
            return 0, UNREADABLE
        year, behind = _digits(data, gap + 1, end, 4)
        east, status = _zone(data, after, gap)
        if behind != end:
            return 0, UNREADABLE
    else:
        if data[at + 3] == 44 and data[at + 4] == 32:
            at += 5
        day, after = _digits(data, at, end, 2)
        month = _month(data, after + 1, end)
        if after == at or after + 5 >= end or data[after] != 32 or month == 0 or data[after + 4] != 32:
            return 0, UNREADABLE
        year, behind = _digits(data, after + 5, end, 4)
        if behind != after + 9 or behind >= end or data[behind] != 32:
            return 0, UNREADABLE
        clock, after = _clock(data, behind + 1, end)
        if clock < 0:
            return 0, UNREADABLE
        east, status = _zone(data, after, end)
    day_number = days(year, month, day)
    if day_number == NO_DAY:
        return 0, UNREADABLE
    return day_number * 86_400_000_000 + clock - east * 60_000_000, status


@njit(cache=True, nogil=True)
def _epoch(number):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return microseconds for an epoch number in seconds, milli-, micro- or nanoseconds."""
    size = abs(number)
    if size < _SECONDS_BELOW:
        scaled = number * 1e6
    elif size < _MILLIS_BELOW:
        scaled = number * 1e3
    elif size < _MICROS_BELOW:
        scaled = number
    else:
        scaled = number / 1e3
    if not abs(scaled) < 4e18:
        return _FAR
    return np.int64(np.rint(scaled))


@njit(cache=True, nogil=True)
def _number(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read a decimal number such as 1407024000 or 1407024000.25; return micros and status."""
    sign = 1.0
    if data[at] == 45:
        sign = -1.0
        at += 1
    whole = 0.0
    begin = at
    while at < end and 48 <= data[at] <= 57:
        whole = whole * 10 + (data[at] - 48)
        at += 1
    if at == begin or at - begin > 19:
        return 0, UNREADABLE
    if at < end and data[at] == 46:
        at += 1
        scale = 0.1
        while at < end and 48 <= data[at] <= 57:
            whole += (data[at] - 48) * scale
            scale /= 10
            at += 1
    if at != end:
        return 0, UNREADABLE
    return _epoch(sign * whole), OK


@njit(cache=True, nogil=True)
def _read(offsets, data, micros, status):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read each text of a string column."""
    for row in range(len(micros)):
        a, b = offsets[row], offsets[row + 1]
        while a < b and data[a] in (32, 9):
            a += 1
        while b > a and data[b - 1] in (32, 9):
            b -= 1
        micros[row], status[row] = 0, UNREADABLE
        if a == b or b - a > LONGEST_TIME:
            continue
        micros[row], status[row] = _iso(data, a, b)
        if status[row] == UNREADABLE:
            micros[row], status[row] = _number(data, a, b)
        if status[row] == UNREADABLE:
            micros[row], status[row] = _worded(data, a, b)


@njit(cache=True, nogil=True)
def _epochs(numbers, micros):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read each number of a column."""
    for row in range(len(numbers)):
        micros[row] = _epoch(numbers[row])


def read_times(
    texts: pa.StringArray, numbers: pa.DoubleArray, timezone: str | None
) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Return for each row microseconds since 1970 in UTC, and the code of a Reason or FINE.

    Args:
        texts: times as text; null where there is none.
        numbers: times as epoch numbers, in seconds, milli-, micro- or nanoseconds; null where there is none.
        timezone: the zone of times without one; None: they are faulty. Where a clock is set back, the
            first of the two moments is taken.

    >>> texts = pa.array(["2014-08-03T08:00:00+03:00", "2014-08-03 08:00", None])
    >>> micros, fault = read_times(texts, pa.nulls(3, pa.float64()), "Asia/Baghdad")
    >>> [int(m) // 1_000_000 for m in micros[:2]], fault.tolist() == [-1, -1, Reason.TIME_MISSING.code]
    ([1407042000, 1407042000], True)
    """
    micros, fault, _ = read_local_times(texts, numbers, timezone)
    return micros, fault


def read_local_times(
    texts: pa.StringArray, numbers: pa.DoubleArray, timezone: str | None
) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.bool_]]:
    """Return what `read_times` does, and which rows have a time without a zone."""
    size = len(texts)
    micros = np.zeros(size, np.int64)
    fault = np.full(size, FINE, np.int8)
    local = np.zeros(size, np.bool_)
    has_text = texts.is_valid().to_numpy(zero_copy_only=False)
    has_number = numbers.is_valid().to_numpy(zero_copy_only=False)
    if has_text.any():
        local = _texts(texts, has_text, timezone, micros, fault)
    if has_number.any():
        counted = np.empty(size, np.int64)
        _epochs(pc.fill_null(numbers, 0.0).to_numpy(zero_copy_only=False), counted)
        micros[has_number] = counted[has_number]
    fault[~(has_text | has_number)] = Reason.TIME_MISSING.code
    outside = (micros < FIRST_MICROS) | (micros >= END_MICROS)
    fault[(fault == FINE) & outside] = Reason.TIME_OUT_OF_RANGE.code
    return micros, fault, local


def _texts(
    texts: pa.StringArray,
    has_text: NDArray[np.bool_],
    timezone: str | None,
    micros: NDArray[np.int64],
    fault: NDArray[np.int8],
) -> NDArray[np.bool_]:
    """Fill in the times that are given as text; returns which have no zone."""
    status = np.empty(len(texts), np.int8)
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    # A column of empty texts may come without a buffer for its bytes.
    letters = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    _read(bounds, letters, micros, status)
    for row in np.flatnonzero(has_text & (status == UNREADABLE)):
        micros[row], status[row] = read_rare(texts[int(row)].as_py())
    local = has_text & (status == LOCAL)
    if local.any():
        if timezone is None:
            fault[local] = Reason.TIME_WITHOUT_ZONE.code
        else:
            micros[local] = to_utc(micros[local], timezone)
    fault[has_text & (status == UNREADABLE)] = Reason.TIME_UNREADABLE.code
    return np.asarray(local)


def read_rare(text: str) -> tuple[int, int]:
    """Return microseconds and status for the forms that are too rare for the kernel.

    >>> read_rare("20140803T050000Z")
    (1407042000000000, 0)
    """
    text = text.strip()
    if not text or len(text) > LONGEST_TIME:
        return 0, UNREADABLE
    try:
        if _RFC2822.match(text):
            moment = parsedate_to_datetime(text)
            if moment.tzinfo is None and text.endswith("-0000"):
                moment = moment.replace(tzinfo=UTC)  # RFC 2822, 3.3: UTC, the local zone is not told
        else:
            moment = datetime.fromisoformat(text)
        status = LOCAL if moment.tzinfo is None else OK
        since = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0, UNREADABLE
    return since // timedelta(microseconds=1), status


def to_utc(local: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """Return local microseconds as UTC; the zone is asked twice for each day that occurs.

    It is asked for each minute of the days on which its offset changes. No zone has changed its offset twice
    within six days since 1990 (IANA tz 2025).
    """
    zone = ZoneInfo(timezone)
    inside = (local >= FIRST_MICROS) & (local < END_MICROS)
    minutes = local[inside] // _MINUTE
    found, place = np.unique(minutes // _DAY_MINUTES, return_inverse=True)
    begins = _offsets(found * _DAY_MINUTES, zone)
    changes = begins != _offsets((found + 1) * _DAY_MINUTES, zone)
    offsets = begins[place]
    changing = np.flatnonzero(changes[place])
    if len(changing):
        asked, again = np.unique(minutes[changing], return_inverse=True)
        offsets[changing] = _offsets(asked, zone)[again]
    moved = local.copy()
    moved[inside] -= offsets
    return moved


def _offsets(minutes: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Return a zone's offset in microseconds at each local minute since 1970; the first of two moments counts."""
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001 - the zone is put on below
    return np.array(
        [
            ((epoch + timedelta(minutes=minute)).replace(tzinfo=zone).utcoffset() or timedelta())
            // timedelta(microseconds=1)
            for minute in minutes.tolist()
        ],
        np.int64,
    )
