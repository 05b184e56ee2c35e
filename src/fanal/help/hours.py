"""Hours: who is open at a moment, by the weekly and monthly rules of HSDS schedules (a subset of RFC 5545)."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fanal.help.verdict import Verdict
from fanal.model.service import Opening
from fanal.text.hours import weekday

LAST_MINUTE = 23 * 3600 + 59 * 60
"""Who closes at 23:59 closes at midnight: directories have no 24:00."""

DAY_SECONDS = 86_400
NEVER, ALWAYS = 0, 9_999_999  # ordinals before and behind every date

KEPT_DAYS = 8
"""Days for which the rules are kept answered; with offsets of their own, days change more than once a day."""

Taken = NDArray[np.int8]
"""What rules say of days, as Verdicts."""


class Pattern(NamedTuple):
    """Hold which days a rule takes."""

    days: tuple[str, ...]
    monthly: bool
    interval: int
    month_days: tuple[int, ...]
    first: (
        date | None
    )  # from which an interval of two and more is counted; None: not said, or the interval is one


def takes(pattern: Pattern, day: date) -> Verdict:
    """Say whether a rule takes a day; unknown where every second week or month is meant and no first one was said.

    Weeks begin on Monday (RFC 5545, WKST). In a month, days of the week and days of the month must both fit.

    >>> second_friday = Pattern(("2FR",), True, 1, (), None)
    >>> takes(second_friday, date(2026, 1, 9)).name, takes(second_friday, date(2026, 1, 16)).name
    ('YES', 'NO')
    """
    if not _by_day(pattern, day) or not _by_month_day(pattern, day):
        return Verdict.NO
    if pattern.interval <= 1:
        return Verdict.YES
    if pattern.first is None:
        return Verdict.UNKNOWN
    first = pattern.first
    if pattern.monthly:
        passed = 12 * (day.year - first.year) + day.month - first.month
    else:
        passed = (day.toordinal() - day.weekday() - first.toordinal() + first.weekday()) // 7
    return Verdict.YES if passed >= 0 and passed % pattern.interval == 0 else Verdict.NO


def _by_day(pattern: Pattern, day: date) -> bool:
    """Say whether one of the days of the week fits, if there are any."""
    if not pattern.days:
        return True
    end = _month_end(day)
    for said in pattern.days:
        found = weekday(said)
        if found is None or found[1] != day.weekday():
            continue
        number = found[0]
        if not pattern.monthly or number == 0:
            return True
        if number == (day.day - 1) // 7 + 1 or number == -((end - day.day) // 7 + 1):
            return True
    return False


def _by_month_day(pattern: Pattern, day: date) -> bool:
    """Say whether one of the days of the month fits, if there are any."""
    if not pattern.month_days or not pattern.monthly:
        return True
    return day.day in pattern.month_days or day.day - _month_end(day) - 1 in pattern.month_days


def _month_end(day: date) -> int:
    """Return the last day of the month of a day."""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1) if day.year < 9999 else None
    return 31 if following is None else (following - timedelta(days=1)).day


class Hours:
    """Hold the openings of many doors as columns, each pattern once, and say which are open at a moment.

    >>> day = Opening(id="o", opens_at=time(9), closes_at=time(17), days=("MO",), monthly=False, interval=1,
    ...     month_days=(), first=None, last=None, offset_hours=3.0, said="")
    >>> hours = Hours([(day,), ()])
    >>> hours.at(datetime(2026, 1, 5, 8, tzinfo=UTC), zone=UTC).tolist()  # 11 o'clock, a Monday; nothing was said
    [2, 1]
    """

    def __init__(self, openings: Sequence[Sequence[Opening]]) -> None:
        """Take the openings of each door; none: nothing was said."""
        flat = [one for door in openings for one in door]
        self._silent = np.array([not door for door in openings], np.int8)
        self._door = np.repeat(np.arange(len(openings)), [len(door) for door in openings])
        self._days: OrderedDict[tuple[date, ...], tuple[Taken, Taken]] = OrderedDict()
        patterns: dict[Pattern, int] = {}
        offsets: dict[float | None, int] = {}
        rows = [
            (
                patterns.setdefault(_pattern(one), len(patterns)),
                offsets.setdefault(one.offset_hours, len(offsets)),
                -1 if one.opens_at is None else _seconds(one.opens_at),
                _closing(one),
                one.first.toordinal() if one.first else NEVER,
                one.last.toordinal() if one.last else ALWAYS,
            )
            for one in flat
        ]
        columns = np.ascontiguousarray(np.array(rows, np.int32).reshape(-1, 6).T)
        self._pattern, self._offset = columns[:2].astype(np.int64)
        opens, closes, self._first, self._last = columns[2:]
        self._told = (opens >= 0) & (closes >= 0)
        self._over = self._told & (closes < opens)
        whole = ~self._told | (opens == closes)
        self._from = np.where(whole, 0, opens)
        self._to = np.where(whole | self._over, DAY_SECONDS, closes)
        self._after = np.where(self._over, closes, 0)  # second of the next day until which it is open
        self._patterns, self._offsets = tuple(patterns), tuple(offsets)

    def at(self, moment: datetime, *, zone: tzinfo) -> NDArray[np.int8]:
        """Return a Verdict for each door at a moment.

        Args:
            moment: with its zone.
            zone: of openings that say no offset of their own.
        """
        found = self._silent * np.int8(Verdict.UNKNOWN)
        if len(self._door):
            local = [_local(moment, one, zone) for one in self._offsets]
            seconds = [one.hour * 3600 + one.minute * 60 + one.second for one in local]
            second = np.array(seconds, np.int32)
            second = second[self._offset] if len(seconds) > 1 else second
            today, before = self._on(tuple(one.date() for one in local))
            rows = np.maximum(
                today * ((self._from <= second) & (second < self._to)), before * (second < self._after)
            )
            for verdict in (Verdict.UNKNOWN, Verdict.YES):  # the better one is written last
                found[self._door[rows == verdict]] = verdict
        return found

    def _on(self, days: tuple[date, ...]) -> tuple[Taken, Taken]:
        """Return what the rules say of each opening on the day that it is by each offset, and on the day before.

        The days that were asked for last are kept: nothing of it changes before midnight.
        """
        kept = self._days.get(days)
        if kept is None:
            today = np.array([one.toordinal() for one in days], np.int32)[self._offset]
            here = np.stack([self._takes(one) for one in days])[self._offset, self._pattern]
            here = np.where(self._told, here, np.minimum(here, np.int8(Verdict.UNKNOWN)))
            here = here * ((self._first <= today) & (today <= self._last))
            before = np.stack([self._takes(one - timedelta(days=1)) for one in days])
            rule = before[self._offset, self._pattern]
            rule = rule * (self._over & (self._first < today) & (today <= self._last + 1))
            kept = self._days[days] = here, rule
            if len(self._days) > KEPT_DAYS:
                self._days.popitem(last=False)
        return kept

    def _takes(self, day: date) -> Taken:
        """Return a Verdict for each pattern on a day."""
        return np.array([takes(one, day) for one in self._patterns], np.int8)


def _pattern(opening: Opening) -> Pattern:
    interval = max(1, opening.interval)
    days = tuple(sorted(set(opening.days)))
    return Pattern(
        days, opening.monthly, interval, opening.month_days, opening.first if interval > 1 else None
    )


def _seconds(clock: time) -> int:
    """Return the seconds since midnight of a time of day.

    >>> _seconds(time(9, 30))
    34200
    """
    return 3600 * clock.hour + 60 * clock.minute + clock.second


def _closing(opening: Opening) -> int:
    """Return the second at which it closes; the last minute of a day is its end. -1: not said."""
    if opening.closes_at is None:
        return -1
    closes = _seconds(opening.closes_at)
    return DAY_SECONDS if closes >= LAST_MINUTE else closes


def _local(moment: datetime, offset: float | None, zone: tzinfo) -> datetime:
    """Return the local time of a moment."""
    if offset is None:
        return moment.astimezone(zone)
    return moment.astimezone(UTC).replace(tzinfo=None) + timedelta(hours=offset)
