"""The audit log: who did what, when and why, as a chain in which no row can be changed, removed or moved unseen."""

import hmac
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError

from fanal.model.error import WorkspaceError
from fanal.model.person import Deed, Person, Purpose
from fanal.store import chain, head
from fanal.store.chain import Flaw, Verdict
from fanal.store.desk import Desk, afterwards, hold
from fanal.store.disk import sentence
from fanal.store.head import Head
from fanal.store.tables import AUDIT

Plain = str | int | float | bool | None

_RAW = f"SELECT {', '.join(chain.COLUMNS)}, digest FROM audit ORDER BY id"  # noqa: S608 - names of COLUMNS


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
    """Add to the audit log of a workspace, read it, and say whether it holds.

    Each row's digest is an HMAC-SHA256 (RFC 2104) under a key of the keyring over its columns and the digest of
    the row before, so that whoever can write the desk but has not the key cannot make a chain that holds. The head,
    kept beside the keys, tells which row was the newest: rows that are cut off are missed.
    """

    def __init__(self, desk: Desk, key: Callable[[], bytes], file: Path) -> None:
        """Take the desk, what gives the key, and the file of the head."""
        self._desk = desk
        self._key = key
        self._file = file

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

        Raises:
            WorkspaceError: the disk takes nothing; then the deed must not be done.
        """
        row: dict[str, object] = {
            "at": at.astimezone(UTC),
            "who": who.name,
            "act": act.value,
            "purpose": purpose.value if purpose else None,
            "about": about,
            "facts": json.dumps(dict(facts or {}), sort_keys=True),
        }
        with self._told():
            if within is not None:
                self._add(within, row)
                return
            with self._desk.change() as connection:
                self._add(connection, row)

    def _add(self, connection: Connection, row: dict[str, object]) -> None:
        """Add a row behind the newest one; the head follows once it is committed."""
        hold(connection)  # of two that note at once, the second reads the row of the first
        last = _newest(connection)
        if last == head.EMPTY and not self._file.exists():
            head.write(self._file, last, self._key())  # so that a head that is missing later was taken away
        row = {**row, "id": last.number + 1, "previous": last.digest}
        written = {**row, "at": _written(row["at"])}
        mark = chain.digest(self._key(), [written[name] for name in chain.COLUMNS])
        connection.execute(insert(AUDIT), [{**row, "digest": mark}])
        afterwards(connection, self._raise_head)

    def _raise_head(self) -> None:
        """Let the head name the newest row. One that names a row that is not there any more is kept: it is proof."""
        with self._told(), self._desk.change() as connection:
            known = head.read(self._file, self._key())
            last = _newest(connection)
            if known is None or known == last or not _stands(connection, known):
                return
            head.write(self._file, last, self._key())

    def all(self) -> list[Entry]:
        """Return every row, oldest first; nothing is checked here."""
        return list(self.entries())

    def entries(
        self, *, since: datetime | None = None, acts: Sequence[Deed] = (), sealed: bool = False
    ) -> Iterator[Entry]:
        """Give the rows since a moment, of some deeds or of all, oldest first.

        Args:
            since: with its zone.
            acts: none: every deed.
            sealed: pass over rows that have not the digest which the key gives them; whether a row is missing or was
                moved is told by `verify` alone.

        Raises:
            WorkspaceError: a row holds what no Fanal wrote.
        """
        key = self._key() if sealed else b""
        query = select(AUDIT).order_by(AUDIT.c.id)
        if since is not None:
            query = query.where(AUDIT.c.at >= since.astimezone(UTC))
        if acts:
            query = query.where(AUDIT.c.act.in_([act.value for act in acts]))
        try:
            with self._desk.transaction() as connection:
                for row in connection.execution_options(yield_per=1000).execute(query).mappings():
                    if not sealed or _is_sealed(row, key):
                        yield _entry(row)
        except (ValueError, TypeError, AttributeError) as error:  # a value that no Fanal wrote
            raise WorkspaceError(
                "A row of the audit log was changed by other means and cannot be shown.",
                hint="`fanal audit verify` names it.",
            ) from error

    def head(self) -> Head:
        """Return the newest row's number and digest, to be kept elsewhere."""
        with self._desk.transaction() as connection:
            return _newest(connection)

    def verify(self, *, anchors: Sequence[Head] = ()) -> Verdict:
        """Go through the whole log and name the rows at which it does not hold; nothing is written.

        Args:
            anchors: heads that were kept elsewhere; the workspace's own is always asked.

        Returns:
            What was found. A head that is behind the newest row is no flaw: the run that wrote that row was ended
            before it could raise the head, and the row has the key's digest.
        """
        key = self._key()
        known = head.read(self._file, key)  # before the rows: it never names one that is not committed
        asked = [*anchors, *([known] if known else [])]
        marks = {one.number: one.digest for one in asked}
        disputed = [Flaw(row=one.number, why="two heads name it differently") for one in asked]
        disputed = [
            flaw for flaw, one in zip(disputed, asked, strict=True) if marks[one.number] != one.digest
        ]
        try:
            with self._desk.transaction() as connection:
                verdict = chain.examine(_raw(connection), key, marks)
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(
                f"The table of the audit log cannot be read: {error}.",
                hint="Keep the desk as it is, and note an incident.",
            ) from error
        if known is None and (verdict.rows or self._file.exists()):
            disputed.append(Flaw(row=verdict.last[0], why="the head of the log is missing or was changed"))
        flaws = sorted((*verdict.flaws, *disputed), key=lambda flaw: flaw.row)
        return Verdict(rows=verdict.rows, last=verdict.last, flaws=tuple(flaws), more=verdict.more)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what a disk that takes nothing means here: what cannot be logged is not done."""
        try:
            yield
        except (OSError, DBAPIError) as error:
            said = sentence(error, self._file.parent.parent)
            if said is None:
                raise
            raise WorkspaceError(
                f"What is done here is written into the audit log first, and that cannot be: {said.sentence}",
                hint=said.hint,
            ) from error


def _entry(row: Mapping[Any, Any]) -> Entry:
    """Return a row of the desk."""
    return Entry(
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


def _is_sealed(row: Mapping[Any, Any], key: bytes) -> bool:
    """Say whether a row has the digest which the key gives it."""
    covered = [_written(row[name]) if name == "at" else row[name] for name in chain.COLUMNS]
    return hmac.compare_digest(chain.digest(key, covered), str(row["digest"]))


def _newest(connection: Connection) -> Head:
    """Return the newest row, or the head of an empty log."""
    query = select(AUDIT.c.id, AUDIT.c.digest).order_by(AUDIT.c.id.desc()).limit(1)
    last = connection.execute(query).one_or_none()
    return head.EMPTY if last is None else Head(int(last[0]), str(last[1]))


def _stands(connection: Connection, known: Head) -> bool:
    """Say whether the row that a head names is there."""
    query = select(AUDIT.c.digest).where(AUDIT.c.id == known.number)
    return known == head.EMPTY or connection.execute(query).scalar_one_or_none() == known.digest


def _written(at: object) -> str:
    """Return a moment as it stands in the desk."""
    if not isinstance(at, datetime):
        raise TypeError(at)
    return at.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def _raw(connection: Connection) -> Iterator[Sequence[object]]:
    """Give the rows as SQLite holds them, one by one: text that is none stays, so that it is found."""
    raw: Any = connection.connection.dbapi_connection
    before = raw.text_factory
    raw.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    try:
        yield from raw.execute(_RAW)
    finally:
        raw.text_factory = before
