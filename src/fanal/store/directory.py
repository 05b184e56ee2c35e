"""The directory of services in the desk: imports of whole sources, their rows, the verification log, and likenesses."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from fanal.model.confidential import confidential_of
from fanal.model.directory import Directory, Row
from fanal.model.error import RefusedError, UserError
from fanal.model.person import Deed, Person
from fanal.model.verified import Alike, Check, Finding, Imported
from fanal.store.audit import Audit
from fanal.store.desk import Desk
from fanal.store.tables import (
    DIRECTORY_IMPORTS,
    DIRECTORY_LINKS,
    DIRECTORY_ROWS,
    DIRECTORY_VERIFICATIONS,
)

CHUNK = 20_000
"""Rows that are written together."""

_EXACT = frozenset({"latitude", "longitude"})


class DeskDirectory:
    """Keep directories of services, each under the name of its source.

    An import takes the place of the one before it of the same source: its rows go, its line stays. Verifications are
    added and never changed.
    """

    def __init__(self, desk: Desk, audit: Audit) -> None:
        self._desk = desk
        self._audit = audit

    def take(
        self,
        directory: Directory,
        *,
        source: str,
        licence: str,
        country: str,
        file: str,
        form: str,
        accepted: Sequence[str],
        likenesses: Iterable[Alike],
        who: Person,
        at: datetime,
    ) -> Imported:
        """Take all rows of a source, or none; an earlier import of it ends.

        Args:
            directory: rows that were checked.
            source: name of the directory.
            licence: as its owner states it.
            country: of phones that are written without one.
            file: name of the file.
            form: how it was written.
            accepted: kinds of problems that a person accepted.
            likenesses: services of it that seem to be those of other sources.
            who: the person.
            at: now, with its zone.

        Raises:
            RefusedError: a confidential location comes with its point or address, or stands so in another source: the
                desk is no place for it.
        """
        others = {name: one for name, one in self.directories().items() if name != source}
        _refuse_exact(directory, others)
        digest = hashlib.sha256()
        services = len(directory.rows("service"))
        facts: dict[str, str | int | float | bool | None] = {
            "rows": len(directory),
            "services": services,
            "form": form,
        }
        with self._desk.change() as connection:
            self._end(connection, source, at)
            number = 1 + int(
                connection.execute(
                    select(DIRECTORY_IMPORTS.c.number).order_by(DIRECTORY_IMPORTS.c.number.desc()).limit(1)
                ).scalar()
                or 0
            )
            line = {
                "number": number,
                "source": source,
                "licence": licence,
                "country": country,
                "file": file,
                "form": form,
                "sha256": "",
                "rows": len(directory),
                "services": services,
                "accepted": json.dumps(sorted(accepted)),
                "who": who.name,
                "at": at.astimezone(UTC),
            }
            connection.execute(insert(DIRECTORY_IMPORTS), [line])
            chunk: list[dict[str, object]] = []
            for row in directory.all():
                body = orjson.dumps(row.body)
                digest.update(row.table.encode() + b"\x1f" + body + b"\x1e")
                chunk.append(
                    {"import": number, "table": row.table, "where": row.where, "body": body.decode()}
                )
                if len(chunk) == CHUNK:
                    connection.execute(insert(DIRECTORY_ROWS), chunk)
                    chunk = []
            if chunk:
                connection.execute(insert(DIRECTORY_ROWS), chunk)
            sha256 = f"sha256:{digest.hexdigest()}"
            connection.execute(
                update(DIRECTORY_IMPORTS).where(DIRECTORY_IMPORTS.c.number == number).values(sha256=sha256)
            )
            links = [
                {
                    "source": one.source,
                    "service": one.service,
                    "other_source": one.other_source,
                    "other_service": one.other_service,
                    "why": one.why,
                }
                for one in likenesses
            ]
            if links:
                connection.execute(insert(DIRECTORY_LINKS), links)
            self._audit.note(
                Deed.DIRECTORY_IMPORTED,
                who=who,
                at=at,
                about=f"directory:{number}",
                facts=facts,
                within=connection,
            )
        return next(one for one in self.imports() if one.number == number)

    def end(self, source: str, *, who: Person, at: datetime) -> None:
        """Remove the rows of a source; its lines and its verifications stay.

        Raises:
            UserError: there is no such source.
        """
        with self._desk.change() as connection:
            if not self._end(connection, source, at):
                raise _no_source(source)
            self._audit.note(
                Deed.DIRECTORY_ENDED, who=who, at=at, about="directory", facts={}, within=connection
            )

    def _end(self, connection: Connection, source: str, at: datetime) -> bool:
        """End the import of a source that counts; its rows and likenesses go."""
        open_ones = select(DIRECTORY_IMPORTS.c.number).where(
            DIRECTORY_IMPORTS.c.source == source, DIRECTORY_IMPORTS.c.ended_at.is_(None)
        )
        numbers = list(connection.execute(open_ones).scalars())
        if not numbers:
            return False
        connection.execute(delete(DIRECTORY_ROWS).where(DIRECTORY_ROWS.c["import"].in_(numbers)))
        connection.execute(
            delete(DIRECTORY_LINKS).where(
                (DIRECTORY_LINKS.c.source == source) | (DIRECTORY_LINKS.c.other_source == source)
            )
        )
        connection.execute(
            update(DIRECTORY_IMPORTS)
            .where(DIRECTORY_IMPORTS.c.number.in_(numbers))
            .values(ended_at=at.astimezone(UTC))
        )
        return True

    def verify(
        self,
        entries: Sequence[tuple[str, str, str]],
        *,
        finding: Finding,
        until: date,
        who: Person,
        at: datetime,
    ) -> None:
        """Note what a person found of some entries.

        Args:
            entries: source, id and digest of each.
            finding: what was found.
            until: last day on which it counts.
            who: the person.
            at: now, with its zone.
        """
        rows = [
            {
                "source": source,
                "service": service,
                "outcome": finding.value,
                "digest": digest,
                "until": until,
                "who": who.name,
                "at": at.astimezone(UTC),
            }
            for source, service, digest in entries
        ]
        with self._desk.change() as connection:
            connection.execute(insert(DIRECTORY_VERIFICATIONS), rows)
            for _, service, _ in entries:
                self._audit.note(
                    Deed.SERVICE_VERIFIED,
                    who=who,
                    at=at,
                    about=f"service:{service}",
                    facts={"finding": finding.value, "until": until.isoformat()},
                    within=connection,
                )

    def imports(self, *, ended: bool = True) -> list[Imported]:
        """Return the imports, oldest first; those that ended too, or only those that count."""
        query = select(DIRECTORY_IMPORTS).order_by(DIRECTORY_IMPORTS.c.number)
        if not ended:
            query = query.where(DIRECTORY_IMPORTS.c.ended_at.is_(None))
        with self._desk.transaction() as connection:
            found = connection.execute(query).mappings().all()
        return [
            Imported(
                **{
                    **row,
                    "accepted": tuple(json.loads(row["accepted"])),
                    "at": row["at"].replace(tzinfo=UTC),  # SQLite keeps no zone; it was written in UTC
                    "ended_at": row["ended_at"] and row["ended_at"].replace(tzinfo=UTC),
                }
            )
            for row in found
        ]

    def directories(self) -> dict[str, Directory]:
        """Return the rows of each source that counts, by its name, in the order of importing."""
        with self._desk.look() as connection:
            numbers = {
                row.number: row.source
                for row in connection.execute(
                    select(DIRECTORY_IMPORTS.c.number, DIRECTORY_IMPORTS.c.source)
                    .where(DIRECTORY_IMPORTS.c.ended_at.is_(None))
                    .order_by(DIRECTORY_IMPORTS.c.number)
                )
            }
            found: dict[str, Directory] = {}
            for number, source in numbers.items():
                query = (
                    select(DIRECTORY_ROWS.c.table, DIRECTORY_ROWS.c.body, DIRECTORY_ROWS.c.where)
                    .where(DIRECTORY_ROWS.c["import"] == number)
                    .order_by(DIRECTORY_ROWS.c.number)
                )
                rows = connection.execution_options(yield_per=CHUNK).execute(query)
                found[source] = Directory(
                    Row(table, orjson.loads(body), where) for table, body, where in rows
                )
        return found

    def checks(self) -> list[Check]:
        """Return the verification log, oldest first."""
        query = select(DIRECTORY_VERIFICATIONS).order_by(DIRECTORY_VERIFICATIONS.c.number)
        with self._desk.transaction() as connection:
            return [
                Check(
                    source=row["source"],
                    service=row["service"],
                    finding=Finding(row["outcome"]),
                    digest=row["digest"],
                    until=row["until"],
                    who=row["who"],
                    at=row["at"].replace(tzinfo=UTC),
                )
                for row in connection.execute(query).mappings()
            ]

    def likenesses(self) -> list[Alike]:
        """Return services of two sources that seem to be one."""
        query = select(DIRECTORY_LINKS).order_by(DIRECTORY_LINKS.c.number)
        with self._desk.transaction() as connection:
            return [
                Alike(
                    source=row["source"],
                    service=row["service"],
                    other_source=row["other_source"],
                    other_service=row["other_service"],
                    why=row["why"],
                )
                for row in connection.execute(query).mappings()
            ]


def _refuse_exact(directory: Directory, others: Mapping[str, Directory]) -> None:
    """Refuse what the checks refuse too: the desk is read by many, and copied. A mark counts in every source."""
    _, places = confidential_of(directory, *others.values())
    if _is_told(directory, places):
        raise RefusedError(
            "A confidential place comes with where it is; that is never kept in the desk.",
            hint="Take its region alone: --without-exact-places.",
        )
    for name, other in others.items():
        if _is_told(other, places):
            raise RefusedError(
                f"A place that is marked confidential here stands in {name} with where it is.",
                hint=f"`fanal services end --source {name}`, import this one, and then that one again with "
                "--without-exact-places.",
            )


def _is_told(directory: Directory, places: Iterable[str]) -> bool:
    """Say whether a directory tells where one of some places is."""
    for place in places:
        row = directory.get("location", place)
        if (row and _EXACT & row.body.keys()) or directory.below("location", place, "address"):
            return True
    return False


def _no_source(source: str) -> UserError:
    """Return the error for a source that is not there."""
    return UserError(f"There is no directory {source!r}.", hint="`fanal services list --sources` shows them.")
