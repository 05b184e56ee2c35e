"""Alerts in the desk: their sightings, what people decided on them, and what was delivered to whom."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from fanal.model.alert import Act, Alert, AlertState, Channel, Decision, Delivery, Outcome, Sighting
from fanal.model.category import Family
from fanal.model.circle import Circle
from fanal.model.release import Basis
from fanal.store.desk import Desk
from fanal.store.tables import ALERTS, DECISIONS, DELIVERIES, SIGHTINGS


class DeskAlerts:
    """Keep alerts in the desk. Each method is one transaction, or part of one that is given."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self) -> list[Alert]:
        """Return every alert, the one whose last sighting is newest first."""
        with self._desk.transaction() as connection:
            return _alerts(connection)

    def keep(self, alerts: Sequence[Alert]) -> None:
        """Write alerts with their sightings in place of those there were; no alert is ever removed."""
        with self._desk.transaction() as connection:
            before = {one.id: one for one in _alerts(connection)}
            changed = [one for one in alerts if before.get(one.id) != one]
            for one in changed:
                row = {
                    "alert": one.id,
                    "circle": one.circle.value,
                    "basis": one.basis.value,
                    "family": one.family.value,
                    "state": one.state.value,
                    "last": _written(one.last),
                    "found_at": one.found_at,
                }
                there = one.id in before
                connection.execute(
                    update(ALERTS).where(ALERTS.c.alert == one.id).values(row)
                    if there
                    else insert(ALERTS).values(row)
                )
                connection.execute(delete(SIGHTINGS).where(SIGHTINGS.c.alert == one.id))
            rows = [
                {
                    **asdict(sighting),
                    "alert": one.id,
                    "areas": json.dumps(sorted(sighting.areas)),
                }
                for one in changed
                for sighting in one.sightings
            ]
            if rows:
                connection.execute(insert(SIGHTINGS), rows)

    def decide(
        self, decision: Decision, state: AlertState | None, *, within: Connection | None = None
    ) -> None:
        """Add a decision, and write the state that an alert has after it; None: of no one alert."""
        row = {**asdict(decision), "act": decision.act.value, "family": _value(decision.family)}
        with nullcontext(within) if within is not None else self._desk.transaction() as connection:
            connection.execute(insert(DECISIONS), [row])
            if state is not None:
                _set_state(connection, decision.alert, state)

    def decisions(self) -> list[Decision]:
        """Return every decision, in the order of deciding."""
        with self._desk.transaction() as connection:
            rows = connection.execute(select(DECISIONS).order_by(DECISIONS.c.id)).mappings().all()
        return [
            Decision(
                act=Act(row["act"]),
                alert=row["alert"],
                area=row["area"],
                family=Family(row["family"]) if row["family"] else None,
                who=row["who"],
                at=_utc(row["at"]),
                until=row["until"],
                reason=row["reason"],
                content=row["content"],
            )
            for row in rows
        ]

    def deliveries(self) -> list[Delivery]:
        """Return every delivery, oldest try first."""
        with self._desk.transaction() as connection:
            query = select(DELIVERIES).order_by(DELIVERIES.c.at, DELIVERIES.c.message, DELIVERIES.c.target)
            rows = connection.execute(query).mappings().all()
        return [
            Delivery(
                message=row["message"],
                channel=Channel(row["channel"]),
                target=row["target"],
                at=_utc(row["at"]),
                tries=row["tries"],
                outcome=Outcome(row["outcome"]),
                detail=row["detail"],
            )
            for row in rows
        ]

    def note(
        self, delivery: Delivery, *, alert: str, withdraws: bool = False, within: Connection | None = None
    ) -> None:
        """Write how a delivery stands; the first that is delivered makes its alert one that was sent.

        Args:
            delivery: of a notice, or of the withdrawal of one.
            alert: its id.
            withdraws: it is a withdrawal, which sends no alert.
            within: the transaction of the deed.
        """
        row = {
            **asdict(delivery),
            "channel": delivery.channel.value,
            "outcome": delivery.outcome.value,
        }
        with nullcontext(within) if within is not None else self._desk.transaction() as connection:
            same = [DELIVERIES.c[name] == row[name] for name in ("message", "channel", "target")]
            if not connection.execute(update(DELIVERIES).where(*same).values(row)).rowcount:
                connection.execute(insert(DELIVERIES).values(row))
            if delivery.outcome is Outcome.DELIVERED and not withdraws:
                _set_state(connection, alert, AlertState.SENT, only=AlertState.APPROVED)


def _alerts(connection: Connection) -> list[Alert]:
    """Return every alert."""
    kept: dict[str, list[Sighting]] = {}
    for row in connection.execute(select(SIGHTINGS).order_by(SIGHTINGS.c.as_of)).mappings():
        sighting = _sighting({**row, "areas": json.loads(row["areas"])})
        kept.setdefault(row["alert"], []).append(sighting)
    found = [
        Alert(
            id=row["alert"],
            circle=Circle(row["circle"]),
            basis=Basis(row["basis"]),
            family=Family(row["family"]),
            sightings=tuple(kept.get(row["alert"], ())),
            last=_read(row["last"]),
            state=AlertState(row["state"]),
            found_at=_utc(row["found_at"]),
        )
        for row in connection.execute(select(ALERTS)).mappings()
    ]
    return sorted(found, key=lambda one: (-one.last.as_of.toordinal(), one.family, one.id))


def _set_state(
    connection: Connection, alert: str | None, state: AlertState, *, only: AlertState | None = None
) -> None:
    """Write the state of an alert, if it has the state `only`."""
    query = update(ALERTS).where(ALERTS.c.alert == alert)
    if only is not None:
        query = query.where(ALERTS.c.state == only.value)
    connection.execute(query.values(state=state.value))


def _sighting(row: dict[str, Any]) -> Sighting:
    """Return a row as a sighting."""
    names = Sighting.__dataclass_fields__
    return Sighting(**{**{name: row[name] for name in names}, "areas": frozenset(row["areas"])})


def _written(sighting: Sighting) -> str:
    """Return a sighting as JSON."""
    return json.dumps({**asdict(sighting), "areas": sorted(sighting.areas)}, default=str)


def _read(text: str) -> Sighting:
    """Return a sighting that was written as JSON."""
    row = json.loads(text)
    days = {name: date.fromisoformat(row[name]) for name in ("as_of", "first_week", "last_week")}
    return _sighting({**row, **days})


def _value(family: Family | None) -> str | None:
    """Return a family as text, or None."""
    return None if family is None else family.value


def _utc(when: datetime) -> datetime:
    """Return a moment as it was written: SQLite keeps no zone."""
    return when.replace(tzinfo=UTC)
