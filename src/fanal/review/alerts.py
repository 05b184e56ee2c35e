"""Which released hotspots are alerts, which of them are one alert that goes on, and what a decision does to it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import count
from typing import Any

from fanal.model.alert import Act, Alert, AlertState, Decision, Sighting
from fanal.model.category import Family
from fanal.model.error import UserError
from fanal.model.release import Release, ReleaseKind
from fanal.model.week import WEEK

ID_DIGITS = 10
"""Hexadecimal digits of an alert's id: 40 bits, so that among 10,000 alerts two meet once in 20,000 workspaces."""

MOST_LETTERS = 200
"""Letters of a reason."""


def content(ledger_id: str, row: Mapping[str, Any]) -> str:
    """Return `sha256:` over a Release's id and every value of one of its hotspots.

    >>> content("release:a", {"family": "conflict"})[:10]
    'sha256:3d9'
    """
    text = json.dumps([ledger_id, dict(row)], sort_keys=True, default=str)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def sightings(release: Release, *, at_least_weeks: float) -> list[tuple[Family, Sighting]]:
    """Return the hotspots of a Release that are alerts: by chance once in `at_least_weeks` weeks or less often.

    They come in the order in which they could be known, likeliest first within a day.
    """
    if release.kind is not ReleaseKind.HOTSPOTS:
        return []
    rows = sorted(release.table.to_pylist(), key=lambda row: (row["as_of"], row["family"], row["rank"]))
    return [
        (
            Family(row["family"]),
            Sighting(
                ledger_id=release.ledger_id,
                content=content(release.ledger_id, row),
                as_of=row["as_of"],
                first_week=row["start"],
                last_week=row["end"],
                areas=frozenset(row["areas"]),
                recurrence_weeks=row["recurrence_weeks"],
            ),
        )
        for row in rows
        if row["recurrence_weeks"] >= at_least_weeks and row["areas"]
    ]


def gather(
    known: Sequence[Alert], releases: Iterable[Release], *, at_least_weeks: float, now: datetime
) -> list[Alert]:
    """Return the alerts as the Releases of hotspots show them now, those that no Release holds any longer too.

    A hotspot goes on an alert if it is of the same circle, basis and family, shares an area with one of its
    sightings, their windows overlap or adjoin, and the alert has none of that day yet. Of several it goes on
    the one with which it shares most areas, then the oldest. Otherwise it begins a new alert. A repeat that
    brings an area which an acknowledged alert did not have makes it new again; no other state changes.

    Args:
        known: the alerts of before.
        releases: Releases; those of other kinds are passed over.
        at_least_weeks: recurrence interval from which on a hotspot is an alert.
        now: UTC, when a new alert is found.
    """
    found = [
        (release, *one) for release in releases for one in sightings(release, at_least_weeks=at_least_weeks)
    ]
    standing = {sighting.content for _, _, sighting in found}
    alerts = {
        alert.id: replace(alert, sightings=tuple(one for one in alert.sightings if one.content in standing))
        for alert in known
    }
    held = {one.content for alert in alerts.values() for one in alert.sightings}
    found.sort(key=lambda one: (one[2].as_of, one[2].ledger_id))
    for release, family, sighting in found:
        if sighting.content in held:
            continue
        held.add(sighting.content)
        going_on = [
            alert
            for alert in alerts.values()
            if (alert.circle, alert.basis, alert.family) == (release.circle, release.basis, family)
            and _goes_on(alert, sighting)
        ]
        if going_on:
            alert = max(going_on, key=lambda one: (_shared(one, sighting), -_since(one).toordinal(), one.id))
            alerts[alert.id] = _joined(alert, sighting)
            continue
        name = _id(release, family, sighting, taken=alerts)
        alerts[name] = Alert(
            id=name,
            circle=release.circle,
            basis=release.basis,
            family=family,
            sightings=(sighting,),
            last=sighting,
            state=AlertState.NEW,
            found_at=now,
        )
    return list(alerts.values())


def _marks(alert: Alert) -> tuple[Sighting, ...]:
    """Return what an alert is known by: its sightings, or the last there was."""
    return alert.sightings or (alert.last,)


def _goes_on(alert: Alert, sighting: Sighting) -> bool:
    """Say whether a hotspot goes on an alert."""
    if any(one.as_of == sighting.as_of for one in alert.sightings):
        return False
    return any(
        one.areas & sighting.areas
        and sighting.first_week <= one.last_week + WEEK
        and one.first_week <= sighting.last_week + WEEK
        for one in _marks(alert)
    )


def _since(alert: Alert) -> date:
    """Return the day on which an alert could first be known."""
    return _marks(alert)[0].as_of


def _shared(alert: Alert, sighting: Sighting) -> int:
    """Return how many areas a hotspot shares with the sighting of an alert that is most like it."""
    return max(len(one.areas & sighting.areas) for one in _marks(alert))


def _joined(alert: Alert, sighting: Sighting) -> Alert:
    """Return an alert with one more sighting."""
    had = {area for one in (*alert.sightings, alert.last) for area in one.areas}
    wakes = alert.state is AlertState.ACKNOWLEDGED and bool(sighting.areas - had)
    kept = tuple(sorted((*alert.sightings, sighting), key=lambda one: one.as_of))
    return replace(alert, sightings=kept, last=kept[-1], state=AlertState.NEW if wakes else alert.state)


def _id(release: Release, family: Family, sighting: Sighting, *, taken: Mapping[str, Alert]) -> str:
    """Return the id of an alert that begins, made of its first sighting."""
    facts = [release.circle, release.basis, family, sighting.as_of, sighting.first_week, sighting.last_week]
    text = json.dumps([*facts, sorted(sighting.areas)], default=str)
    names = (hashlib.sha256(f"{text}{again or ''}".encode()).hexdigest()[:ID_DIGITS] for again in count())
    return next(name for name in names if name not in taken)


def mute_of(
    alert: Alert, decisions: Iterable[Decision], *, above: Mapping[str, str | None], day: date
) -> Decision | None:
    """Return the decision by which an alert is muted on a day, or None.

    Of the mutes with the same target the last one holds, so that one with a day that is over ends an earlier
    one. A mute of an area holds for an alert all of whose areas lie in it: what is outside stays heard.

    Args:
        alert: the alert.
        decisions: all of them, in their order.
        above: the area that holds each area.
        day: today.
    """
    last: dict[tuple[str | None, str | None, Family | None], Decision] = {}
    for one in decisions:
        if one.act is Act.MUTE:
            last[one.alert, one.area, one.family] = one
    for one in last.values():
        in_force = one.until is not None and day < one.until
        meant = one.alert == alert.id or (
            one.alert is None
            and one.family in (None, alert.family)
            and (one.area is None or all(_inside(area, one.area, above) for area in alert.last.areas))
        )
        if in_force and meant:
            return one
    return None


def _inside(area: str, holder: str, above: Mapping[str, str | None]) -> bool:
    """Say whether an area is another or lies in it; a circle of holders ends."""
    seen: set[str] = set()
    at: str | None = area
    while at is not None and at not in seen:
        if at == holder:
            return True
        seen.add(at)
        at = above.get(at)
    return False


def decided(alert: Alert, decision: Decision) -> AlertState:
    """Return the state of an alert after a decision on it.

    Muting takes back an approval that was not sent. What was sent stays sent.

    Raises:
        UserError: the decision does not fit the state.
    """
    if decision.act is Act.ACKNOWLEDGE:
        if alert.state is not AlertState.NEW:
            raise UserError(f"Alert {alert.id} is {alert.state} already.", hint="Nothing was changed.")
        return AlertState.ACKNOWLEDGED
    if decision.act is Act.MUTE:
        return AlertState.ACKNOWLEDGED if alert.state is AlertState.APPROVED else alert.state
    if not alert.sightings:
        raise UserError(
            f"Alert {alert.id} stands in no Release any longer.",
            hint="It cannot be approved; acknowledge it.",
        )
    return AlertState.APPROVED


def signed(text: str, what: str) -> str:
    """Return a reason that a person gave, without blanks around it.

    Raises:
        UserError: it is empty, too long, or holds characters that do not show.

    >>> signed(" known, being looked at ", "--reason")
    'known, being looked at'
    """
    kept = text.strip()
    if not kept or len(kept) > MOST_LETTERS or not kept.isprintable():
        raise UserError(
            f"{what} needs a text of 1 to {MOST_LETTERS} letters on one line.",
            hint="A decision is kept with its reason and the name of the person who made it.",
        )
    return kept
