"""The desk: what a workspace knows beside its lake, in SQLite through SQLAlchemy; committed whole or not at all."""

import importlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, delete, event, func, insert, select
from sqlalchemy.exc import DatabaseError

from fanal.model.error import WorkspaceError
from fanal.store.committed import Committed
from fanal.store.disk import sentence
from fanal.store.tables import BATCHES, PROMISED, REJECTS, SEGMENTS

VERSION = 17
"""The number of the last revision in `fanal.store.migrations`."""

PATIENCE = 30
"""How many seconds a connection waits for another that writes."""

_AFTERWARDS = "fanal: afterwards"
"""Where a connection keeps what is done once its transaction is committed."""

_STATE = """
SELECT (SELECT user_version FROM pragma_user_version),
       (SELECT count(*) FROM sqlite_master),
       (SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Count what is committed, and nothing else."""

    posts_read: int
    posts_skipped: int
    posts_rejected: int
    posts_located: int
    posts_without_author: int
    signals: int


class Desk:
    """Read and write the desk of one workspace.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     desk = Desk.open(Path(folder) / "desk.sqlite")
    ...     print(desk.totals().posts_read)
    ...     desk.close()
    0
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, path: Path) -> "Desk":
        """Open the desk at `path`, making its tables when the file is new, and changing those of an older Fanal.

        Raises:
            WorkspaceError: the file is no desk, or a later Fanal wrote it.
        """
        engine = create_engine(_address(path))
        event.listen(engine, "connect", _prepare)
        try:
            with engine.connect() as connection:
                state = _state(connection, path)
            if state is not _State.CURRENT:
                _migrate(engine, path)
        except DatabaseError as error:
            engine.dispose()
            raise sentence(error, path.parent) or WorkspaceError(
                f"The desk {path} cannot be read: {error.orig}.",
                hint="Put back a copy of it, or start a new workspace with `fanal init`.",
            ) from error
        return cls(engine)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give a connection whose writes are all kept, or none."""
        with self._engine.begin() as connection:
            steps: list[Callable[[], None]] = []
            connection.info[_AFTERWARDS] = steps
            yield connection
        for step in steps:
            step()

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Give a connection whose reads all see one moment, whatever others commit meanwhile.

        A plain `transaction` begins with its first write: of two reads the second may see more than the first.
        """
        with self.transaction() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """Give a connection that alone may write from its first statement on: what it reads stays so until its end.

        A plain `transaction` begins to hold the desk with its first write; two that read first and then write could
        both act on the same answer.
        """
        with self.transaction() as connection:
            hold(connection)
            yield connection

    def shrink(self) -> bool:
        """Write the desk anew without what was deleted, and empty the file that holds its last writes.

        Returns:
            False where another process reads the desk, so that the file of the last writes waits for its end.
        """
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        return not busy

    def commit_batch(
        self,
        row: Mapping[str, Any],
        rejects: Iterable[tuple[int, str]],
        *,
        lake: Mapping[str, int],
        beside: Sequence[Callable[[Connection], None]] = (),
    ) -> None:
        """Commit a batch: its row, its rejected rows, and what is promised of the lake, in one transaction.

        Args:
            row: of BATCHES.
            rejects: line and reason of each rejected row.
            lake: what `Lake.keep` answered once all rows of the batch were written: each table's version.
            beside: what else is written in the same transaction.
        """
        kept = [
            {"batch": row["batch"], "file": row["file"], "line": line, "reason": reason}
            for line, reason in rejects
        ]
        with self.transaction() as connection:
            if kept:
                connection.execute(insert(REJECTS), kept)
            connection.execute(insert(BATCHES), [dict(row)])
            promise(connection, lake)
            for step in beside:
                step(connection)

    def promise(self, lake: Mapping[str, int]) -> None:
        """Note the version of some tables of the lake, which `Lake.keep` put on the disk."""
        with self.transaction() as connection:
            promise(connection, lake)

    def promised(self) -> dict[str, int] | None:
        """Return the version of each table of the lake that is promised; none: it was not written by a commit.

        Returns:
            None where batches were committed by a Fanal that promised nothing.
        """
        with self._engine.connect() as connection:
            found = {name: int(version) for name, version in connection.execute(select(PROMISED))}
            if found or not connection.execute(select(BATCHES.c.batch).limit(1)).first():
                return found
        return None

    def batches(self) -> Committed:
        """Return the ids of all committed batches, with the versions of the lake that are promised at that moment."""
        with self.look() as connection:
            ids = connection.execute(select(BATCHES.c.batch)).scalars().all()
            lake = {name: int(version) for name, version in connection.execute(select(PROMISED))}
        return Committed(ids, lake=lake, anew=self.batches)

    def segments(self) -> dict[str, str]:
        """Return the names of the vault's segments that count, each with the batch whose rows it holds."""
        own = select(BATCHES.c.batch.label("segment"), BATCHES.c.batch)
        with self._engine.connect() as connection:
            found = connection.execute(own.union_all(select(SEGMENTS.c.segment, SEGMENTS.c.batch))).all()
        return {row.segment: row.batch for row in found}

    def begun(self) -> bool:
        """Say whether a batch was ever committed."""
        with self._engine.connect() as connection:
            return connection.execute(select(BATCHES.c.batch).limit(1)).first() is not None

    def totals(self) -> Totals:
        """Return the sums over all committed batches."""
        names = list(Totals.__dataclass_fields__)
        with self._engine.connect() as connection:
            sums = connection.execute(
                select(*(func.coalesce(func.sum(BATCHES.c[n]), 0) for n in names))
            ).one()
        return Totals(**dict(zip(names, map(int, sums), strict=True)))

    def formats(self) -> tuple[str, ...]:
        """Return the formats that posts came in, sorted: what a Release names as its sources."""
        with self._engine.connect() as connection:
            found = connection.execute(select(BATCHES.c.format).distinct()).scalars()
            return tuple(sorted(f"posts read as {name}" for name in found))

    def rejects(self) -> list[tuple[str, int, str]]:
        """Return file, line and reason of every rejected row, in the order of reading."""
        query = select(REJECTS.c.file, REJECTS.c.line, REJECTS.c.reason).order_by(REJECTS.c.id)
        with self._engine.connect() as connection:
            return [(file, line, reason) for file, line, reason in connection.execute(query)]

    def last_reject(self) -> int:
        """Return the number of the newest rejected row, 0 where there is none: a mark for `reasons`."""
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.coalesce(func.max(REJECTS.c.id), 0))).scalar_one())

    def reasons(self, *, after: int) -> Mapping[str, int]:
        """Count the rows rejected after a mark by their reason, most frequent first; it holds no row in memory."""
        query = (
            select(REJECTS.c.reason, func.count())
            .where(REJECTS.c.id > after)
            .group_by(REJECTS.c.reason)
            .order_by(func.count().desc(), REJECTS.c.reason)
        )
        with self._engine.connect() as connection:
            return {reason: int(count) for reason, count in connection.execute(query)}


def promise(connection: Connection, lake: Mapping[str, int]) -> None:
    """Note the version of some tables in a transaction."""
    if lake:
        connection.execute(delete(PROMISED).where(PROMISED.c.name.in_(lake)))
        connection.execute(insert(PROMISED), [{"name": name, "version": at} for name, at in lake.items()])


def hold(connection: Connection) -> None:
    """Hold the desk for writing from now until the transaction's end, if it does not already."""
    # Python's SQLite begins a transaction with the first change of a row, and an open one therefore holds the desk.
    if not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def afterwards(connection: Connection, step: Callable[[], None]) -> None:
    """Do a step once the transaction of a connection is committed; each step once, and none if it is not."""
    steps = connection.info.setdefault(_AFTERWARDS, [])
    if step not in steps:
        steps.append(step)


def _address(path: Path) -> str:
    """Return the address of a desk; on a read-only disk that of a file that nobody changes.

    There SQLite could not make the files that it shares with other processes. Where one of them is left, a
    run elsewhere may be writing: then the desk is opened as everywhere, and refused if that does not work.
    """
    wal = path.with_name(f"{path.name}-wal")
    if path.is_file() and os.statvfs(path).f_flag & os.ST_RDONLY and not wal.exists():
        return f"sqlite:///file:{quote(str(path.resolve()))}?mode=ro&immutable=1&uri=true"
    return f"sqlite:///{path}"


def _prepare(connection: Any, _record: object) -> None:
    """Make a connection durable and patient: a full write is on the disk before a commit returns.

    What is deleted is overwritten with zeros in the file (secure_delete).
    """
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
    _write_ahead(cursor)
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Turn write-ahead logging on, once for a file.

    SQLite does not wait for another process that turns it on at the same moment, whatever `busy_timeout` says.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


class _State(Enum):
    """Say what a desk needs before it can be used."""

    NEW = "all tables"
    UNSTAMPED = "a note of the first revision, and the revisions after it"
    BEHIND = "later revisions"
    CURRENT = "nothing"


def _state(connection: Connection, path: Path) -> _State:
    """Tell the state of a desk with one query; refuse a file of another program or of a later Fanal."""
    found, tables, stamps = map(int, connection.exec_driver_sql(_STATE).one())
    if found > VERSION:
        raise WorkspaceError(
            f"The desk {path} was written by a later Fanal (schema {found}, here {VERSION}).",
            hint="Update Fanal.",
        )
    if found == 0:
        if tables:
            raise WorkspaceError(
                f"{path} is a database, but not a desk of Fanal.", hint="Choose another folder."
            )
        return _State.NEW
    if not stamps:
        return _State.UNSTAMPED
    return _State.CURRENT if found == VERSION else _State.BEHIND


def _migrate(engine: Engine, path: Path) -> None:
    """Bring the desk to today's tables in one transaction; of two processes the second finds it done."""
    # Alembic is slow to import (0.2 s) and hardly ever needed: this is the one place that loads it.
    migrate = importlib.import_module("fanal.store.migrate").migrate
    with engine.connect() as connection:
        # Python's SQLite begins no transaction before a CREATE, and two readers could both decide to write.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        state = _state(connection, path)
        if state is not _State.CURRENT:
            migrate(connection, unstamped=state is _State.UNSTAMPED)
        connection.commit()
