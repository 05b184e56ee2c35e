"""Whether a capacity of HSDS 3.1 can be: its numbers, and the moment at which they were so (RFC 3339)."""

import re
import sys
from datetime import UTC, datetime, timedelta

from fanal.model.directory import Body

NUMBERS = ("available", "minimum", "maximum")
"""Columns that count units; HSDS 3.1 has no `minimum`, sources that know one add it."""

AHEAD = timedelta(hours=14)
"""How far a moment may lie ahead: a list gives a day alone, and it dawns so many hours earlier at UTC+14."""

_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})"
)  # RFC 3339, section 5.6


def capacity_problem(body: Body, latest: datetime | None = None) -> str | None:
    """Return why a capacity cannot be, as a sentence; None: it can. What is not there is passed over.

    Args:
        body: a row of `service_capacity`.
        latest: now, with its zone; nothing was counted later. None: the moment is not compared.

    >>> capacity_problem({"available": 12, "maximum": 10})
    'available is more than maximum.'
    >>> capacity_problem({"available": 3, "updated": "2026-01-31"})
    'updated is no date-time with its zone (2026-01-31T09:00:00+03:00).'
    """
    for column in NUMBERS:
        if column in body and amount(body[column]) is None:
            return f"{column} is no number of 0 or more."
    for less, more in (("available", "maximum"), ("minimum", "maximum")):
        if less in body and more in body and body[less] > body[more]:
            return f"{less} is more than {more}."
    if "updated" in body:
        at = moment(body["updated"])
        if at is None:
            return "updated is no date-time with its zone (2026-01-31T09:00:00+03:00)."
        if latest is not None and at > latest + AHEAD:
            return "updated lies in the future."
    return None


def amount(value: object) -> float | None:
    """Return a number of units, 0 or more; None: it is none.

    >>> amount(3), amount(-1), amount(float("nan")), amount(True), amount("3")
    (3.0, None, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value <= sys.float_info.max else None


def moment(value: object) -> datetime | None:
    """Return a date-time in UTC; None: it is none, or says no zone.

    >>> moment("2024-09-25T14:23:06.5+01:00")
    datetime.datetime(2024, 9, 25, 13, 23, 6, 500000, tzinfo=datetime.timezone.utc)
    >>> moment("2024-09-25T14:23:06"), moment("2024-02-30T00:00:00Z")
    (None, None)
    """
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
