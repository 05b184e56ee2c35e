"""Streams of a workspace: their cursors, which move with the batches, and how each of them is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from fanal.model.consent import Consent
from fanal.model.error import SettingError
from fanal.model.stream import Moved, Stream, StreamState
from fanal.store.desk import Desk
from fanal.store.tables import STREAMS

_TIMES = ("since", "arrived_at", "posted_at", "committed_at", "noted_at")


class Streams:
    """Keep the streams of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def begin(self, name: str, *, source: str, consent: Consent, terms: str, now: datetime) -> Stream:
        """Note that a stream is followed from now on, and on what ground; return how far it was read.

        Raises:
            SettingError: under this name another kind of source was followed, whose cursor means nothing here.
        """
        with self._desk.change() as connection:
            before = _one(connection, name)
            if before is None:
                row = {
                    "name": name,
                    "source": source,
                    "consent": consent.value,
                    "terms": terms,
                    "rows": 0,
                    "posts": 0,
                    "rejected": 0,
                    "state": StreamState.STOPPED.value,
                    "detail": "",
                    "since": now,
                    "rate": 0.0,
                    "lost": 0,
                    "noted_at": now,
                }
                connection.execute(insert(STREAMS), [row])
            elif before.source != source:
                raise SettingError(
                    f"The stream {name} was a {before.source} before and is a {source} now.",
                    hint="Give the new one another name.",
                )
            else:
                said = {"consent": consent.value, "terms": terms}
                connection.execute(update(STREAMS).where(STREAMS.c.name == name).values(said))
            found = _one(connection, name)
        assert found is not None  # noqa: S101 - it was written above
        return found

    def note(self, name: str, **facts: Any) -> None:
        """Note how a stream is: any columns but those that a commit moves.

        Raises:
            ValueError: a column that moves with a commit.
        """
        if moved := facts.keys() & {"cursor", "rows", "posts", "rejected", "committed_at"}:
            raise ValueError(sorted(moved))
        values = {
            name: value.value if isinstance(value, StreamState) else value for name, value in facts.items()
        }
        with self._desk.transaction() as connection:
            connection.execute(update(STREAMS).where(STREAMS.c.name == name).values(values))

    def move(self, moved: Moved) -> None:
        """Move a cursor over rows of which none is new."""
        with self._desk.transaction() as connection:
            move(connection, moved, {})

    def all(self) -> list[Stream]:
        """Return every stream, by name."""
        with self._desk.look() as connection:
            return [
                _stream(dict(row))
                for row in connection.execute(select(STREAMS).order_by(STREAMS.c.name)).mappings()
            ]


def move(connection: Connection, moved: Moved, row: Mapping[str, Any]) -> None:
    """Move a stream's cursor in the transaction that commits a batch.

    Args:
        connection: in that transaction.
        moved: where to.
        row: of BATCHES; empty: nothing was new.
    """
    values: dict[str, Any] = {"cursor": moved.cursor, "rows": moved.rows}
    if row:
        values |= {
            "posts": STREAMS.c.posts + row["posts_read"],
            "rejected": STREAMS.c.rejected + row["posts_rejected"],
            "committed_at": row["committed_at"],
        }
    done = connection.execute(update(STREAMS).where(STREAMS.c.name == moved.stream).values(values))
    if done.rowcount != 1:
        raise LookupError(moved.stream)


def _one(connection: Connection, name: str) -> Stream | None:
    """Return a stream; None: there is none of this name."""
    row = connection.execute(select(STREAMS).where(STREAMS.c.name == name)).mappings().first()
    return None if row is None else _stream(dict(row))


def _stream(row: Mapping[str, Any]) -> Stream:
    """Return a row of the table as a Stream; SQLite gives times without their zone."""
    values = {**row, "consent": Consent(row["consent"]), "state": StreamState(row["state"])}
    for name in _TIMES:
        values[name] = None if row[name] is None else row[name].replace(tzinfo=UTC)
    return Stream(**values)
