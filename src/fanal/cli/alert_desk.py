"""The alerts of a workspace as a command finds them, and how one is told on a line and in words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import typer

from fanal import access, pipeline
from fanal.cli import notices
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.dice import generator
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.alert import Alert, AlertState, Decision
from fanal.model.error import UserError
from fanal.model.person import Deed, Person
from fanal.privacy import gate
from fanal.privacy.narrowing import Narrowing
from fanal.review import alerts as rule
from fanal.settings import Settings
from fanal.store.workspace import Workspace
from fanal.web.language import read
from fanal.web.notices import names, shortened

FEW_NAMES = 4
"""Names of areas on a line; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDesk:
    """Hold what every command here needs."""

    workspace: Workspace
    settings: Settings
    areas: pa.Table
    alerts: list[Alert]
    decisions: list[Decision]
    today: datetime
    person: Person  # who gives the command
    narrowing: Narrowing  # the sensitive list as it is now

    def mute_of(self, alert: Alert) -> Decision | None:
        """Return the decision by which an alert is muted now."""
        holders = notices.above(self.areas)
        return rule.mute_of(alert, self.decisions, above=holders, day=self.today.date())

    def keep(self, decision: Decision, state: AlertState | None) -> None:
        """Keep a decision and its row in the audit log, which names no area and no family: both, or neither."""
        with self.workspace.desk.change() as connection:
            self.workspace.alerts.decide(decision, state, within=connection)
            self.workspace.audit.note(
                Deed.DECIDED,
                who=self.person,
                at=decision.at,
                about=decision.alert or "alerts",
                facts={"act": decision.act.value},
                within=connection,
            )

    def one(self, id: str) -> Alert:  # noqa: A002 - the word of the command
        """Return the one alert whose id begins so."""
        found = [alert for alert in self.alerts if id and alert.id.startswith(id.lower())]
        if len(found) != 1:
            raise UserError(
                f"{len(found) or 'No'} alerts have an id that begins with {id!r}.",
                hint="`fanal alerts` lists them.",
            )
        return found[0]


@contextmanager
def opened_desk(context: typer.Context, command: str) -> Iterator[AlertDesk]:
    """Open the workspace for somebody who may give a command, its alerts brought to what the Releases show."""
    with session(context).open(writing=True) as (workspace, settings):
        today = now()
        person = acting(workspace, *MAY[command])
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        yield AlertDesk(
            workspace=workspace,
            settings=settings,
            areas=areas,
            alerts=pipeline.gather_alerts(workspace, settings, now=today),
            decisions=workspace.alerts.decisions(),
            today=today,
            person=person,
            narrowing=access.narrowing(workspace, settings, areas=areas, now=today, dice=generator),
        )


def facts_of(desk: AlertDesk, alert: Alert) -> dict[str, Any]:
    """Return an alert as `--json` prints it."""
    muted = desk.mute_of(alert)
    approved = notices.approvals(alert, desk.decisions)
    codes = sorted(alert.last.areas)
    return {
        "id": alert.id,
        "state": alert.state.value,
        "muted_until": muted.until if muted else None,
        "circle": alert.circle.value,
        "basis": alert.basis.value,
        "family": alert.family.value,
        "areas": codes,
        "names": names(codes, desk.areas, "en"),
        "first_week": alert.first_week,
        "last_week": alert.last.last_week,
        "known": alert.last.as_of,
        "weeks_seen": len(alert.sightings),
        "recurrence_weeks": alert.last.recurrence_weeks,
        "release": alert.last.ledger_id,
        "in_a_release": bool(alert.sightings),
        "held_back": not desk.narrowing.may_name(alert.last.areas, alert.last.last_week, desk.today),
        "changed_since_approval": bool(approved) and approved[-1].content != alert.last.content,
    }


def line_of(facts: Mapping[str, Any]) -> str:
    """Return an alert as one line."""
    state = f"muted until {facts['muted_until']}" if facts["muted_until"] else facts["state"]
    marks = [
        *(["changed since it was approved"] if facts["changed_since_approval"] else []),
        *([] if facts["in_a_release"] else ["in no Release any longer"]),
        *(["held back by the sensitive list"] if facts["held_back"] else []),
    ]
    where = shortened(facts["names"], read("en"), FEW_NAMES)
    return (
        f"{facts['id']}  {state}  {facts['family']}: {where}; weeks of {facts['first_week']} to "
        f"{facts['last_week']}, known {facts['known']}, seen in {facts['weeks_seen']}; by chance once in "
        f"{facts['recurrence_weeks']:,.0f} weeks{''.join(f'; {mark}' for mark in marks)}"
    )


def texts_of(desk: AlertDesk, alert: Alert) -> dict[str, str]:
    """Return what would be sent of an alert as it is now, in each language."""
    releases = {one.ledger_id: one for one in desk.workspace.ledger.all()}
    there = notices.standing(alert, alert.last.content, releases)
    if there is None:
        return {}
    release, row = there
    if notices.narrowed(release, row, desk.narrowing.of(release, desk.today)) is None:
        return {}
    made = notices.notice(
        release,
        row,
        id=alert.id,
        sender=desk.settings.alerts.sender,
        sent=desk.today,
        areas=desk.areas,
        languages=notices.languages_of(desk.settings),
    )
    opens = gate.opens(release)
    wait = f" [{alert.circle} from {opens:%Y-%m-%d} on]" if opens > desk.today else ""
    return {
        one.language: f"{one.headline}{wait}\n{one.description} {one.instruction}" for one in made.wordings
    }


def behind(text: str) -> str:
    """Return a text behind a colon, or nothing."""
    return f": {text}" if text else ""
