"""The page as a document: Releases and public boundaries in, one frozen record out, small enough for a phone."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from fanal.model.circle import Circle
from fanal.model.release import Release, ReleaseKind
from fanal.model.week import mondays
from fanal.web import figures
from fanal.web.places import places
from fanal.web.runs import index_runs, rank_runs

EPOCH = date(1970, 1, 1)

VERSION = 1
"""Version of the document's form."""

ALERT_RECURRENCE_WEEKS = 52
"""A hotspot is an alert when chance alone makes one less often than once in so many weeks: once a year."""


class Simulated(StrEnum):
    """Say which numbers of a page are invented."""

    NOTHING = "nothing"
    POSTS = "posts"  # what comes from posts, and not what comes from layers
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Hold how long before the attack on Sinjar an alert could have been known; printed as it is."""

    first_ninewa_alert: date | None  # the day on which it could be known; None: there was none
    first_sinjar_alert: date | None  # as above
    days_before_sinjar: (
        int | None
    )  # to 3 August 2014; negative: it came after; None too: it had stood for over 90 days
    event_delay_days: int  # from the end of an event until it is taken as known
    displacement_delay_days: int  # from an assessment round until it is taken as known
    alert_recurrence_weeks: float  # the budget of false alarms: by chance one in so many weeks


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Hold what a page shows, ready for JSON."""

    title: str
    made_at: datetime
    document: dict[str, Any]

    def json(self) -> bytes:
        """Return the document as JSON, UTF-8.

        Raises:
            TypeError: a number that JSON cannot hold.
        """
        return orjson.dumps(self.document)


def compose(
    releases: Sequence[Release],
    *,
    areas: pa.Table,
    title: str,
    lead: Lead | None,
    made_at: datetime,
    require: Callable[[Release], object],
    simulated: Simulated = Simulated.NOTHING,
    alert_recurrence_weeks: float = ALERT_RECURRENCE_WEEKS,
) -> Page:
    """Compose the page from Releases, each asked for at `require`, and area boundaries.

    A figure stands in the week by whose end it could be known: a hotspot in the week of its `as_of`, an
    index in its own week, a released count in the week in which its delay is over.

    Args:
        releases: of any kind and basis; what is not there is not shown, and the page says so.
        areas: AREA_SCHEMA; boundaries are public.
        title: what the page is about.
        lead: of a replay; None: the page has no such section.
        made_at: UTC.
        require: raises for what may not leave; called with each Release before anything of it is read.
        simulated: which numbers are invented; the page says so on top and beside each of them.
        alert_recurrence_weeks: what makes a hotspot an alert; a lead's own number goes before it.

    Raises:
        RefusedError: from `require`.
        TypeError: something that is no Release, should `require` let it pass.
    """
    # 1. Nothing is read before it was asked for.
    for release in releases:
        require(release)
        if not isinstance(release, Release):
            raise TypeError(f"A page is made of Releases only, and this is a {type(release).__name__}.")
    releases = [release for release in releases if release.kind is not ReleaseKind.PEOPLE]  # not on the page
    alert_weeks = lead.alert_recurrence_weeks if lead else alert_recurrence_weeks
    of_kind = {
        kind: [release for release in releases if release.kind is kind and len(release.table)]
        for kind in ReleaseKind
    }

    # 2. The weeks by whose end something could be known, without gaps.
    known_days = [column for release in releases if len(column := _known(release))]
    first = min((int(column.min()) for column in known_days), default=0)
    last = max((int(column.max()) for column in known_days), default=-7)
    weeks = [(EPOCH + timedelta(days=day)).isoformat() for day in range(first, last + 1, 7)]

    # 3. The areas that the Releases name, with those around them.
    filled = [release for kind in of_kind.values() for release in kind]
    where = places(
        areas,
        named={code for release in filled for code in figures.named(release, with_number=False)},
        shown={code for release in filled for code in figures.named(release, with_number=True)},
    )

    # 4. The figures of each kind that is there.
    document: dict[str, Any] = {
        "version": VERSION,
        "title": title,
        "made_at": made_at.astimezone(UTC).isoformat(timespec="seconds"),
        "simulated": simulated.value,
        "circle": _narrowest(releases).value,
        "alert_weeks": alert_weeks,
        "country": where.country,
        "weeks": weeks,
        "areas": where.document,
        "lead": _lead(lead) if lead else None,
    }
    number = where.numbers
    if found := of_kind[ReleaseKind.HOTSPOTS]:
        document["hotspots"] = figures.hotspots(found, number=number, first=first, alert_weeks=alert_weeks)
    if found := of_kind[ReleaseKind.INDEX]:
        # A Release of an earlier Fanal may lack newer columns.
        table = pa.concat_tables(
            (release.table for release in found), promote_options="default"
        ).combine_chunks()
        row_weeks = ((mondays(figures.days(table["week"])) - first) // 7).astype(np.int64)
        row_areas = np.array(number(table["area"].to_pylist()))
        document["index"] = index_runs(table, area=row_areas, week=row_weeks) | rank_runs(
            table, area=row_areas, week=row_weeks
        )
    if found := of_kind[ReleaseKind.SERVICES]:
        document["services"] = figures.services(found, number=number)
    if found := of_kind[ReleaseKind.COUNTS]:
        document["counts"] = figures.counts(found, number=number, first=first)

    # 5. Where each number comes from, and the week at which the page opens.
    statements = list(dict.fromkeys(release.statement for release in releases))
    document["statements"] = [asdict(statement) for statement in statements]
    document["releases"] = [
        {
            "id": release.ledger_id,
            "kind": release.kind.value,
            "basis": release.basis.value,
            "circle": release.circle.value,
            "digest": release.digest(),
            "narrowed": release.narrowed,
            "made_at": release.made_at.astimezone(UTC).isoformat(timespec="seconds"),
            "statement": statements.index(release.statement),
        }
        for release in releases
    ]
    document["opens"] = _opens(document, lead, first)
    return Page(title=title, made_at=made_at, document=document)


def _narrowest(releases: Sequence[Release]) -> Circle:
    """Return the narrowest circle of all Releases: the page is for it alone."""
    return min((release.circle for release in releases), key=list(Circle).index, default=Circle.PUBLIC)


def _known(release: Release) -> figures.Days:
    """Return the weeks in which a Release's rows could be known; none for a list without dates."""
    column = figures.known(release)
    return np.zeros(0, np.int32) if column is None else column


def _lead(lead: Lead) -> dict[str, Any]:
    """Return a lead with its dates as text."""
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(lead).items()
    }


def _opens(document: dict[str, Any], lead: Lead | None, first: int) -> int:
    """Return the week to open at: that of the replay's first alert, else the last alert, hotspot or figure."""
    last = max(len(document["weeks"]) - 1, 0)
    told = (lead.first_sinjar_alert or lead.first_ninewa_alert) if lead else None
    if told is not None:
        return min(max(((told - EPOCH).days - first) // 7, 0), last)
    rows = document.get("hotspots", {"rows": []})["rows"]
    return max([row[0] for row in rows if row[12]] or [row[0] for row in rows], default=last)
