"""The steps of time of a data set: days, weeks, months or years, read off its dates."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

DAYS_A_WEEK = 7


class Step(StrEnum):
    """Name the steps, each with the days that it has at least."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


LEAST_DAYS = {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 28, Step.YEAR: 365}
"""A window of so many days holds one step."""


def step_of(dates: Sequence[date]) -> Step:
    """Return the largest step on which all dates lie.

    >>> step_of([date(1973, 1, 1), date(1974, 1, 1)]), step_of([date(2014, 8, 4), date(2014, 8, 18)])
    (<Step.YEAR: 'year'>, <Step.WEEK: 'week'>)
    """
    apart = [(later - earlier).days for earlier, later in pairwise(sorted(set(dates)))]
    if not apart:
        return Step.DAY
    if len({(one.month, one.day) for one in dates}) == 1:
        return Step.YEAR
    if all(one.day == 1 for one in dates):
        return Step.MONTH
    return Step.WEEK if all(days % DAYS_A_WEEK == 0 for days in apart) else Step.DAY


def all_between(first: date, last: date, step: Step) -> list[date]:
    """Return the dates from first to last, in steps.

    >>> [day.isoformat() for day in all_between(date(2014, 1, 1), date(2014, 3, 1), Step.MONTH)]
    ['2014-01-01', '2014-02-01', '2014-03-01']
    """
    if step in (Step.DAY, Step.WEEK):
        apart = LEAST_DAYS[step]
        return [first + timedelta(days=days) for days in range(0, (last - first).days + 1, apart)]
    found, at = [], first
    while at <= last:
        found.append(at)
        months = at.year * 12 + at.month - 1 + (12 if step is Step.YEAR else 1)
        at = at.replace(year=months // 12, month=months % 12 + 1)
    return found
