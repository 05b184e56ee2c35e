"""Incidents in the desk: what went wrong and what was done; each entry is added with its row of the audit log."""

from datetime import UTC, datetime

from sqlalchemy import func, insert, select

from fanal.model.error import UserError
from fanal.model.incident import Incident, IncidentKind
from fanal.model.person import Deed, Person
from fanal.model.sensitivity import Sensitivity
from fanal.store.audit import Audit
from fanal.store.desk import Desk
from fanal.store.tables import INCIDENTS

MOST_LETTERS = 2000
"""Letters of what happened, or of what was done."""


class Incidents:
    """Keep incidents in the desk, where a trigger refuses to change or remove one."""

    def __init__(self, desk: Desk, audit: Audit) -> None:
        self._desk = desk
        self._audit = audit

    def note(
        self,
        what: str,
        *,
        kind: IncidentKind,
        severity: Sensitivity,
        done: str,
        follows: int | None,
        who: Person,
        at: datetime,
    ) -> int:
        """Add an entry, and return its number. The audit log names the number and nothing of the text.

        Raises:
            UserError: a text is empty, too long or has what does not show; there is no entry that it could follow.
        """
        kept, did = _plain(what, "What happened", least=1), _plain(done, "What was done", least=0)
        with self._desk.change() as connection:
            if follows is not None:
                first = select(INCIDENTS.c.id).where(INCIDENTS.c.id == follows, INCIDENTS.c.follows.is_(None))
                if connection.execute(first).first() is None:
                    raise UserError(
                        f"There is no incident {follows} that this could follow.",
                        hint="`fanal incident list` shows them; name the first entry of one.",
                    )
            number = 1 + int(
                connection.execute(select(func.coalesce(func.max(INCIDENTS.c.id), 0))).scalar_one()
            )
            row = {
                "id": number,
                "follows": follows,
                "at": at,
                "who": who.name,
                "kind": kind.value,
                "severity": severity.value,
                "what": kept,
                "done": did,
            }
            connection.execute(insert(INCIDENTS), [row])
            self._audit.note(
                Deed.INCIDENT_NOTED, who=who, at=at, about=f"incident:{number}", within=connection
            )
        return number

    def all(self) -> list[Incident]:
        """Return every entry, in the order of noting."""
        with self._desk.transaction() as connection:
            rows = connection.execute(select(INCIDENTS).order_by(INCIDENTS.c.id)).mappings().all()
        return [
            Incident(
                id=row["id"],
                follows=row["follows"],
                at=row["at"].replace(tzinfo=UTC),  # SQLite keeps no zone; it was written in UTC
                who=row["who"],
                kind=IncidentKind(row["kind"]),
                severity=Sensitivity(row["severity"]),
                what=row["what"],
                done=row["done"],
            )
            for row in rows
        ]


def _plain(text: str, what: str, *, least: int) -> str:
    """Return a text on one line, without blanks around it."""
    kept = " ".join(text.split())
    if not least <= len(kept) <= MOST_LETTERS or not kept.isprintable():
        raise UserError(
            f"{what} is {least} to {MOST_LETTERS:,} letters, all of which show.",
            hint="Say it without names of those affected.",
        )
    return kept
