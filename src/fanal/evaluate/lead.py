"""The lead: how many days before an event the first alert for its area could have been known."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Hold the first alert that covers one of some areas; a lead can be nothing or negative."""

    first_alert: date | None  # the day on which it could be known; None: there was none
    days_before: int | None  # from that day to the event; negative: the alert came after it


def measure(hotspots: pa.Table, *, areas: Collection[str], event: date, min_recurrence_weeks: float) -> Lead:
    """Return the lead of the first alert, by the day on which it could be known.

    Args:
        hotspots: HOTSPOT_SCHEMA. Only dated layers may stand behind it.
        areas: codes; a hotspot counts when it covers one of them.
        event: the day to be ahead of.
        min_recurrence_weeks: a hotspot is an alert when chance makes one less often than this.

    One event shows how the method works; it proves nothing about other events.

    >>> from fanal.model.hotspot import HOTSPOT_SCHEMA
    >>> measure(HOTSPOT_SCHEMA.empty_table(), areas={"pcode:A"}, event=date(2014, 8, 3), min_recurrence_weeks=52)
    Lead(first_alert=None, days_before=None)
    """
    alerts = hotspots.filter(pc.field("recurrence_weeks") >= min_recurrence_weeks)
    days = [
        as_of
        for as_of, covered in zip(alerts["as_of"].to_pylist(), alerts["areas"].to_pylist(), strict=True)
        if not set(areas).isdisjoint(covered)
    ]
    if not days:
        return Lead(first_alert=None, days_before=None)
    return Lead(first_alert=min(days), days_before=(event - min(days)).days)
