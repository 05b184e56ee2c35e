"""The audit log: who did what, when and why, as a chain in which no row can be changed, removed or moved unseen."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from fanal.model.person import Deed, Person, Purpose
from fanal.store.desk import Desk
from fanal.store.tables import AUDIT

NOTHING = "hmac-sha256:" + "0" * 64
"""What stands before the first row."""

Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Hold one row of the audit log."""

    id: int
    at: datetime  # UTC
    who: str
    act: Deed
    purpose: Purpose | None
    about: str
    facts: Mapping[str, Plain]
    previous: str
    digest: str


class Audit:
    """Add to the audit log of a workspace, and read it.

    Each row's digest is an HMAC-SHA256 (RFC 2104) under a key of the keyring over its columns and the digest of
    the row before, so that whoever can write the desk but has not the key cannot make a chain that holds.
    """

    def __init__(self, desk: Desk, key: Callable[[], bytes]) -> None:
        self._desk = desk
        self._key = key

    def note(
        self,
        act: Deed,
        *,
        who: Person,
        at: datetime,
        about: str,
        purpose: Purpose | None = None,
        facts: Mapping[str, Plain] | None = None,
        within: Connection | None = None,
    ) -> None:
        """Write down one deed, in the transaction that does it where one is given: both are kept, or neither.

        Args:
            act: what is done.
            who: the person.
            at: when, with its zone.
            about: an id; never a text, nor a category or an area of posts.
            purpose: why, for acts that read.
            facts: what else; plain values, none of a person's.
            within: the transaction of the deed.
        """
        if within is not None:
            self._note(within, act, who, at, about, purpose, facts or {})
            return
        with self._desk.transaction() as connection:
            self._note(connection, act, who, at, about, purpose, facts or {})

    def _note(
        self,
        connection: Connection,
        act: Deed,
        who: Person,
        at: datetime,
        about: str,
        purpose: Purpose | None,
        facts: Mapping[str, Plain],
    ) -> None:
        last = connection.execute(
            select(AUDIT.c.id, AUDIT.c.digest).order_by(AUDIT.c.id.desc()).limit(1)
        ).one_or_none()
        number, previous = (1, NOTHING) if last is None else (int(last[0]) + 1, str(last[1]))
        row: dict[str, object] = {
            "id": number,
            "at": at.astimezone(UTC),
            "who": who.name,
            "act": act.value,
            "purpose": purpose.value if purpose else None,
            "about": about,
            "facts": json.dumps(dict(facts), sort_keys=True),
            "previous": previous,
        }
        connection.execute(insert(AUDIT), [{**row, "digest": self._digest(row)}])

    def all(self) -> list[Entry]:
        """Return every row, oldest first; nothing is checked here."""
        with self._desk.transaction() as connection:
            rows = connection.execute(select(AUDIT).order_by(AUDIT.c.id)).mappings().all()
        return [
            Entry(
                id=row["id"],
                at=row["at"].replace(tzinfo=UTC),  # SQLite keeps no zone; it was written in UTC
                who=row["who"],
                act=Deed(row["act"]),
                purpose=Purpose(row["purpose"]) if row["purpose"] else None,
                about=row["about"],
                facts=json.loads(row["facts"]),
                previous=row["previous"],
                digest=row["digest"],
            )
            for row in rows
        ]

    def _digest(self, row: Mapping[str, object]) -> str:
        """Return the digest of a row: over the JSON of its columns in their order, the time as ISO 8601 in UTC."""
        at = row["at"]
        if not isinstance(at, datetime):
            raise TypeError(at)
        plain = {**row, "at": at.astimezone(UTC).isoformat()}
        written = json.dumps([plain[column.name] for column in AUDIT.columns if column.name != "digest"])
        return "hmac-sha256:" + hmac.new(self._key(), written.encode(), hashlib.sha256).hexdigest()
