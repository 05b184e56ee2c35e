"""The rejected rows: which rows could not be read, counted by file and reason, and page by page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, func, select

from fanal.model.consent import Consent
from fanal.store.desk import Desk
from fanal.store.tables import BATCHES, REJECTS

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Say which rejected rows are meant; what is None leaves nothing out."""

    file: str | None = None  # its name, or that of a stream
    reason: str | None = None  # part of the sentence, in any case of its letters
    since: date | None = None  # UTC day of reading, the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Count the rejected rows of one file and one reason."""

    file: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Hold one rejected row: where it stands and why it was rejected, none of what it says."""

    number: int  # in the list; ascending in the order of reading
    batch: str  # that it was read with, and under which the vault may have kept it
    file: str
    line: int
    reason: str
    form: str  # the format that it was read as
    read_at: datetime  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Hold the rejected rows of one file that was read as one format, n of them, ascending by line, then number."""

    file: str
    form: str
    consent: Consent
    numbers: NDArray[np.int64]
    lines: NDArray[np.int64]
    batches: pa.DictionaryArray
    reasons: pa.DictionaryArray
    position: int = field(default=0)  # where the file stood after the last of their batches

    def __len__(self) -> int:
        """Return n."""
        return len(self.numbers)

    def take(self, chosen: NDArray[np.bool_]) -> "Open":
        """Return some of the rows."""
        kept = pa.array(chosen)
        return Open(
            file=self.file,
            form=self.form,
            consent=self.consent,
            numbers=self.numbers[chosen],
            lines=self.lines[chosen],
            batches=self.batches.filter(kept),
            reasons=self.reasons.filter(kept),
            position=self.position,
        )


class Rejects:
    """Look at the rejected rows of a desk. Nothing here holds more than a page, or what one file has."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def groups(self, which: Which, *, after: int = 0, most: int) -> list[Group]:
        """Return how many rows each file has of each reason, most first, behind the first `after` of them."""
        many = func.count().label("many")
        query = (
            _where(select(REJECTS.c.file, REJECTS.c.reason, many), which)
            .group_by(REJECTS.c.file, REJECTS.c.reason)
            .order_by(many.desc(), REJECTS.c.file, REJECTS.c.reason)
        )
        with self._desk.transaction() as connection:
            found = connection.execute(query.offset(after).limit(most)).all()
        return [Group(file=file, reason=reason, rows=int(rows)) for file, reason, rows in found]

    def count(self, which: Which) -> tuple[int, int]:
        """Return how many rows there are, and how many groups they make."""
        inner = (
            _where(select(func.count().label("many")).select_from(REJECTS), which)
            .group_by(REJECTS.c.file, REJECTS.c.reason)
            .subquery()
        )
        query = select(func.coalesce(func.sum(inner.c.many), 0), func.count())
        with self._desk.transaction() as connection:
            rows, groups = connection.execute(query.select_from(inner)).one()
        return int(rows), int(groups)

    def page(self, which: Which, *, after: int = 0, most: int) -> list[Reject]:
        """Return rows in the order of reading, those with a number above `after`."""
        query = _where(_rows(), which).where(REJECTS.c.id > after).order_by(REJECTS.c.id).limit(most)
        with self._desk.transaction() as connection:
            return [_reject(row) for row in connection.execute(query).mappings()]

    def one(self, number: int) -> Reject | None:
        """Return the row with a number, or None where the list has none."""
        with self._desk.transaction() as connection:
            found = connection.execute(_rows().where(REJECTS.c.id == number)).mappings().one_or_none()
        return None if found is None else _reject(found)

    def files(self) -> list[tuple[str, str, Consent]]:
        """Return each file that has rejected rows, with each format and ground that it was read on, sorted."""
        query = select(REJECTS.c.file, BATCHES.c.format, BATCHES.c.consent).join_from(
            REJECTS, BATCHES, REJECTS.c.batch == BATCHES.c.batch
        )
        with self._desk.transaction() as connection:
            return sorted(
                (file, form, Consent(consent)) for file, form, consent in connection.execute(query.distinct())
            )

    def of_file(self, file: str, form: str, consent: Consent) -> Open:
        """Return all rows of a file that was read as a format and on a ground."""
        query = (
            select(REJECTS.c.id, REJECTS.c.line, REJECTS.c.batch, REJECTS.c.reason, BATCHES.c.position)
            .join_from(REJECTS, BATCHES, REJECTS.c.batch == BATCHES.c.batch)
            .where(REJECTS.c.file == file, BATCHES.c.format == form, BATCHES.c.consent == consent.value)
            .order_by(REJECTS.c.line, REJECTS.c.id)
        )
        parts: list[Sequence[Any]] = []
        with self._desk.transaction() as connection:
            answer = connection.execution_options(yield_per=_AT_ONCE).execute(query)
            parts = [_columns(rows) for rows in answer.partitions()]
        numbers, lines, batches, reasons, positions = (
            zip(*parts, strict=True) if parts else ([], [], [], [], [0])
        )
        return Open(
            file=file,
            form=form,
            consent=consent,
            numbers=np.concatenate([np.zeros(0, np.int64), *numbers]),
            lines=np.concatenate([np.zeros(0, np.int64), *lines]),
            batches=_joined(batches),
            reasons=_joined(reasons),
            position=max(positions),
        )


def _columns(rows: Sequence[Any]) -> tuple[Any, ...]:
    """Return some rows as columns."""
    numbers, lines, batches, reasons, positions = zip(*rows, strict=True)
    texts = (pa.array(column, pa.string()).dictionary_encode() for column in (batches, reasons))
    return (np.array(numbers, np.int64), np.array(lines, np.int64), *texts, max(positions))


def _joined(parts: Sequence[pa.DictionaryArray]) -> pa.DictionaryArray:
    """Return several parts of a column as one."""
    empty = pa.array([], pa.string()).dictionary_encode()
    return pa.chunked_array([empty, *parts]).unify_dictionaries().combine_chunks()


def _rows() -> Select[Any]:
    """Return the query of whole rows."""
    return select(
        REJECTS.c.id,
        REJECTS.c.batch,
        REJECTS.c.file,
        REJECTS.c.line,
        REJECTS.c.reason,
        BATCHES.c.format,
        BATCHES.c.committed_at,
    ).join_from(REJECTS, BATCHES, REJECTS.c.batch == BATCHES.c.batch)


def _where(query: Select[Any], which: Which) -> Select[Any]:
    """Return a query of the rows that are meant."""
    asked: list[ColumnElement[bool]] = []
    if which.file is not None:
        asked.append(REJECTS.c.file == which.file)
    if which.reason is not None:
        asked.append(func.instr(func.lower(REJECTS.c.reason), which.reason.lower()) > 0)
    if which.since is not None:
        read = select(BATCHES.c.batch).where(func.date(BATCHES.c.committed_at) >= which.since.isoformat())
        asked.append(REJECTS.c.batch.in_(read))
    return query.where(*asked)


def _reject(row: Any) -> Reject:
    """Return a row of the desk."""
    return Reject(
        number=row["id"],
        batch=row["batch"],
        file=row["file"],
        line=row["line"],
        reason=row["reason"],
        form=row["format"],
        read_at=row["committed_at"].replace(tzinfo=UTC),  # SQLite keeps no zone; it was written in UTC
    )
