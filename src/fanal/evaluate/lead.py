"""The lead: how many days before an onset the warning that stood then had been raised."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from fanal.evaluate.outcomes import AHEAD_DAYS

LONGEST_DAYS = 90
"""A warning that has stood for longer told nothing new: it has no lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Hold what stood at an onset; without any warning all is None."""

    since: date | None  # first alarm of the episode that stands at the onset
    days: (
        int | None
    )  # from that day to the onset, 1 to 90; None: no warning stood, or one that had stood for longer
    first_within_90: date | None  # first alarm of the 90 days before the onset, standing or not
    first_after: date | None  # first alarm on the day of the onset or later; None: none came

    @property
    def told(self) -> date | None:
        """Return the first day of the warning that stands at the onset, or else the first alarm from the onset on."""
        return self.since or self.first_after


def measure(alarms: Iterable[date], onset: date) -> Lead:
    """Return the lead of the alarms of an area at an onset.

    An episode is a run of alarms of which each comes at most 28 days after the one before. It stands at the onset when
    its last alarm before that day came at most 28 days before it. One onset shows how a method works; it proves
    nothing about others.

    Args:
        alarms: as-of days with an alarm, in any order.
        onset: the day to be ahead of; an alarm on the day itself comes too late.

    >>> measure([date(2014, 7, 6), date(2014, 7, 20)], date(2014, 8, 3)).days
    28
    >>> measure([date(2014, 8, 17)], date(2014, 8, 3)).first_after
    datetime.date(2014, 8, 17)
    """
    claim = timedelta(days=AHEAD_DAYS)
    days = sorted(set(alarms))
    before = [day for day in days if day < onset]
    within = [day for day in before if onset - day <= timedelta(days=LONGEST_DAYS)]
    since = None
    if before and onset - before[-1] <= claim:
        since = before[-1]
        for day in reversed(before):
            if since - day > claim:
                break
            since = day
    ahead = (onset - since).days if since else None
    return Lead(
        since=since,
        days=ahead if ahead is not None and ahead <= LONGEST_DAYS else None,
        first_within_90=within[0] if within else None,
        first_after=next((day for day in days if day >= onset), None),
    )


def alarms(hotspots: pa.Table, *, areas: Collection[str], min_recurrence_weeks: float) -> list[date]:
    """Return the as-of days of the alerts that cover one of some areas.

    Args:
        hotspots: HOTSPOT_SCHEMA. Only dated layers may stand behind it.
        areas: codes.
        min_recurrence_weeks: a hotspot is an alert when chance makes one less often than this.

    >>> from fanal.model.hotspot import HOTSPOT_SCHEMA
    >>> alarms(HOTSPOT_SCHEMA.empty_table(), areas={"pcode:A"}, min_recurrence_weeks=52)
    []
    """
    alerts = hotspots.filter(pc.field("recurrence_weeks") >= min_recurrence_weeks)
    rows = zip(alerts["as_of"].to_pylist(), alerts["areas"].to_pylist(), strict=True)
    return [as_of for as_of, covered in rows if not set(areas).isdisjoint(covered)]
