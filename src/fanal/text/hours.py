"""Times of day and weekdays as HSDS writes them: `10:00`, `10:00:00`, `TH,FR`, `1MO` (RFC 3339, RFC 5545)."""

import re
from datetime import time

from fanal.model.week import WEEKDAYS

_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_DAY = re.compile(rf"([+-]?[1-5])?({'|'.join(WEEKDAYS)})")


def clock(written: object) -> time | None:
    """Return a time of day, without its zone; None: it is none. 24:00 is the end of the day, as 00:00.

    >>> clock("10:00"), clock("24:00"), clock("25:00"), clock("noon")
    (datetime.time(10, 0), datetime.time(0, 0), None, None)
    """
    found = _TIME.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if hour == 24:
        return None if minute or second else time(0)
    return time(hour, minute, second)


def weekday(written: str) -> tuple[int, int] | None:
    """Return which of a month's such days, from its start or (negative) its end, and the day from Monday, 0 to 6.

    0 in front is every one of them; None: it is no day.

    >>> weekday("MO"), weekday("-1fr"), weekday("99MO")
    ((0, 0), (-1, 4), None)
    """
    found = _DAY.fullmatch(written.strip().upper())
    return None if found is None else (int(found[1] or 0), WEEKDAYS.index(found[2]))


def weekdays(written: object) -> tuple[str, ...] | None:
    """Return days in capitals, with a number in front where one is; None: one is no day.

    >>> weekdays("th, FR"), weekdays("1MO"), weekdays("XX")
    (('TH', 'FR'), ('1MO',), None)
    """
    parts = [part.strip().upper() for part in str(written).split(",") if part.strip()]
    if not parts or None in map(weekday, parts):
        return None
    return tuple(parts)


def numbers(written: object, most: int) -> tuple[int, ...] | None:
    """Return numbers of a rule, from the start or (negative) from the end; None: one is none, or beyond.

    >>> numbers("2,-1", 31), numbers("32", 31), numbers("0", 31)
    ((2, -1), None, None)
    """
    parts = [part.strip() for part in str(written).split(",") if part.strip()]
    if not parts or not all(re.fullmatch(r"[+-]?\d{1,3}", part) for part in parts):
        return None
    found = tuple(int(part) for part in parts)
    return found if all(1 <= abs(one) <= most for one in found) else None
