"""The DateOrder of a file: which of the three numbers of its dates are day, month and year, told by the file itself."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.sources.times import NO_DAY, days


class DateOrder(StrEnum):
    """Name the order of day, month and year."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


ORDERS = tuple(DateOrder)
_PLACES = np.array([(2, 1, 0), (2, 0, 1), (0, 1, 2)], np.int64)  # of year, month, day, by the order of ORDERS

FIRST_DAY = (date(2009, 1, 1) - date(1970, 1, 1)).days
"""WhatsApp came out in 2009: an earlier date is another calendar's, or a clock's that was not set."""

_EPOCH = date(1970, 1, 1)
_LAST = (date(2100, 12, 31) - _EPOCH).days
_CENTURY = 2000
_RARE = 10
_FEW = 3
"""Dates against an order are somebody's text where those against each other order are so many times as many."""


def last_day(path: Path) -> int:
    """Return the last day on which a message of a file can have been written, in days since 1970.

    It is the day after the file was written or came to this disk, the later of the two.
    """
    status = path.stat()
    written = datetime.fromtimestamp(max(status.st_mtime, status.st_ctime), UTC).date() + timedelta(days=1)
    return min(_LAST, (written - _EPOCH).days)


@njit(cache=True, nogil=True)
def _read(numbers, places, first, last, found):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read each date in one order; see `days_of`."""
    for row in range(len(numbers)):
        year = numbers[row, places[0]]
        if year < 100:
            year += _CENTURY
        day = days(year, numbers[row, places[1]], numbers[row, places[2]])
        if day != NO_DAY and not first <= day <= last:
            day = -1
        found[row] = day


def days_of(numbers: NDArray[np.int64], order: DateOrder, last: int) -> NDArray[np.int64]:
    """Return days since 1970; -1 for a day before `FIRST_DAY` or after `last`, and NO_DAY for no date at all.

    >>> days_of(np.array([[31, 12, 20], [12, 31, 20], [31, 12, 1442]]), DateOrder.DMY, 20_000).tolist()
    [18627, -1099511627776, -1]
    """
    found: NDArray[np.int64] = np.empty(len(numbers), np.int64)
    _read(numbers, _PLACES[ORDERS.index(order)], FIRST_DAY, last, found)
    return found


class Evidence:
    """Collect what dates say about their order, stretch by stretch, in the order of the file.

    An order is out where a date does not exist in it, or lies before `FIRST_DAY` or after the file was written.
    Of two orders that are left, one in which no date goes back by more than a day beats one in which some does:
    messages are in order, but clocks jump.

    >>> evidence = Evidence(None, last=20_000)
    >>> evidence.add(np.array([[5, 3, 20], [7, 3, 20]]))
    >>> evidence.order() is None  # 5 and 7 March, or 3 May and 3 July
    True
    >>> evidence.add(np.array([[13, 3, 20]]))
    >>> evidence.order()
    <DateOrder.DMY: 'dmy'>
    """

    def __init__(self, year_place: int | None, last: int) -> None:
        """Begin with nothing.

        Args:
            year_place: which number is a year of four digits, from 0; None: years have two digits.
            last: the last day that is possible, in days since 1970.
        """
        self._last = last
        self._orders = {
            0: (DateOrder.YMD,),
            2: (DateOrder.DMY, DateOrder.MDY),
            None: (DateOrder.DMY, DateOrder.MDY, DateOrder.YMD),
        }[year_place]
        self._against = dict.fromkeys(self._orders, 0)
        self._back = dict.fromkeys(self._orders, 0)
        self._latest: dict[DateOrder, int] = {}
        self._alike = True
        self._dates = 0

    def add(self, numbers: NDArray[np.int64]) -> None:
        """Look at the dates of some more rows: one row of three numbers each."""
        read = {order: days_of(numbers, order, self._last) for order in self._orders}
        # A date that fits no order, such as 31/02 or one of another calendar, is for none and against none.
        fits = np.logical_or.reduce([found >= 0 for found in read.values()])
        self._dates += int(np.count_nonzero(fits))
        for order, whole in read.items():
            found = whole[fits]
            good = found[found >= 0]
            self._against[order] += len(found) - len(good)
            if len(good):
                before = self._latest.get(order, int(good[0]))
                self._back[order] += int(np.count_nonzero(np.diff(good, prepend=before) < -1))
                self._latest[order] = int(good[-1])
        if len(self._orders) > 1:
            self._alike &= np.array_equal(read[DateOrder.DMY][fits], read[DateOrder.MDY][fits])

    def clear(self, named: DateOrder | None = None) -> bool:
        """Tell whether no more dates are needed: one order fits, and many dates are against each other one."""
        fitting = [order for order in self._orders if not self._against[order]]
        others = [self._against[order] for order in self._orders if order not in fitting]
        sure = len(fitting) == 1 and min(others, default=_RARE) >= _RARE
        return len(self._orders) == 1 or (sure and (named is None or named == fitting[0]))

    def order(self, named: DateOrder | None = None) -> DateOrder | None:
        """Return the order, or None where the dates fit several.

        Args:
            named: what the user says; it is taken unless one date in ten is against it.
        """
        if len(self._orders) == 1:
            return self._orders[0]
        if named in self._orders and self._against[named] * _RARE <= self._dates:
            return named
        # A year of two digits stands last, unless only first fits: few languages write it there.
        fitting = [order for order in self._orders if not self._against[order]]
        likely = [order for order in fitting if order is not DateOrder.YMD] or fitting
        if len(likely) > 1:
            likely = [order for order in likely if not self._back[order]]
        rivals = [self._against[one] for one in (DateOrder.DMY, DateOrder.MDY) if one not in fitting]
        weakest = min(rivals, default=self._dates)
        if not self._alike and weakest < _FEW and weakest * 100 < self._dates:
            return None  # a line or two that somebody pasted may have dates of their own
        if len(likely) == 1 or self._alike:
            return likely[0] if likely else self._orders[0]
        if fitting:
            return None
        best, other = sorted((DateOrder.DMY, DateOrder.MDY), key=self._against.__getitem__)
        return best if self._against[best] * _RARE <= self._against[other] else None
