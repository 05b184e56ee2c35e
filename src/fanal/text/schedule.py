"""Whether a schedule of HSDS can be kept: times of day, days, and rules (RFC 5545, section 3.3.10)."""

from fanal.model.directory import Body
from fanal.text.hours import clock, numbers, weekdays

_BEYOND = frozenset({"byweekno", "byyearday", "count"})  # columns of rules that are no weekly or monthly ones
_SPANS = (("valid_from", "valid_to"), ("dtstart", "until"))
_LISTS = (("byweekno", 53), ("bymonthday", 31), ("byyearday", 366))
LEAST_OFFSET, MOST_OFFSET = -12, 14
"""Hours between local time and UTC."""


def hours_problem(body: Body) -> str | None:
    """Return why a schedule cannot be, as a sentence; None: it can.

    >>> hours_problem({"opens_at": "09:00", "closes_at": "25:00"})
    'closes_at is no time of day (17:30).'
    >>> hours_problem({"freq": "WEEKLY", "byday": "MO,XX"})
    'byday names a day that is none (MO,TU).'
    """
    for column in ("opens_at", "closes_at"):
        if column in body and clock(body[column]) is None:
            return f"{column} is no time of day (17:30)."
    for first, last in _SPANS:
        if first in body and last in body and str(body[last])[:10] < str(body[first])[:10]:
            return f"{last} comes before {first}."
    return _rule_problem(body)


def is_kept(body: Body) -> bool:
    """Tell whether a schedule can be, and is a weekly or monthly rule without a count: of others the words are all.

    Days of a month (`2MO`, `bymonthday`) belong to a rule that says that it is monthly.

    >>> is_kept({"freq": "MONTHLY", "byday": "2MO"}), is_kept({"byday": "2MO"}), is_kept({"byday": "MO"})
    (True, False, True)
    >>> is_kept({"freq": "WEEKLY", "byday": "MO", "byweekno": "1,2"})
    False
    """
    if hours_problem(body) is not None or _BEYOND & body.keys():
        return False
    days = (weekdays(body["byday"]) or ()) if "byday" in body else ()
    of_month = "bymonthday" in body or any(len(day) > 2 for day in days)
    return body.get("freq") == "MONTHLY" or not of_month


def _rule_problem(body: Body) -> str | None:
    """Return why the rule of a schedule cannot be."""
    if "byday" in body:
        days = weekdays(body["byday"])
        if days is None:
            return "byday names a day that is none (MO,TU)."
        if body.get("freq") == "WEEKLY" and any(len(day) > 2 for day in days):
            return "byday counts days of a month in a weekly rule."
    for column, most in _LISTS:
        if column in body and numbers(body[column], most) is None:
            return f"{column} is not 1 to {most}."
    for column in ("interval", "count"):
        if isinstance(body.get(column), (int, float)) and body[column] < 1:
            return f"{column} is less than 1."
    offset = body.get("timezone")
    if isinstance(offset, (int, float)) and not LEAST_OFFSET <= offset <= MOST_OFFSET:
        return "timezone is no offset from UTC in hours."
    if "until" in body and "count" in body:
        return "until and count cannot stand together in a rule."
    return None
