"""The release ledger: what was released, with which privacy budget; a Release and its debit are one transaction."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime

import pyarrow as pa
from sqlalchemy import Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.release import Basis, Release, ReleaseKind, Statement
from fanal.store.desk import Desk
from fanal.store.integrity import check_budget, check_digest
from fanal.store.tables import BUDGET, RELEASES


class DeskLedger:
    """Keep Releases in the desk; whatever is not in it is no Release.

    Reading, spending and knowing refuse rows that do not fit together (`fanal.store.integrity`).
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def find(self, week: date) -> list[Release]:
        """Return the Releases that were made from the posts of an ISO week, so that a question is not asked twice.

        Raises:
            RefusedError: rows of the week do not fit together.
        """
        with self._desk.look() as connection:
            check_budget(connection, week)
            rows = connection.execute(select(RELEASES).where(RELEASES.c.week == week)).all()
        return [_release(row) for row in rows]

    def spent(self) -> dict[date, float]:
        """Return the epsilon that was spent of each ISO week whose budget is spent, by week.

        Raises:
            RefusedError: rows do not fit together.
        """
        with self._desk.look() as connection:
            check_budget(connection)
            rows = connection.execute(select(BUDGET.c.week, BUDGET.c.epsilon).order_by(BUDGET.c.week))
            return {row.week: row.epsilon for row in rows}

    def all(self) -> list[Release]:
        """Return every Release, oldest first.

        Raises:
            RefusedError: rows do not fit together.
        """
        with self._desk.look() as connection:
            check_budget(connection)
            rows = connection.execute(
                select(RELEASES).order_by(RELEASES.c.made_at, RELEASES.c.ledger_id)
            ).all()
        return [_release(row) for row in rows]

    def read(self, ledger_id: str) -> Release | None:
        """Return the Release of an id as it stands here; None: there is none."""
        with self._desk.transaction() as connection:
            row = connection.execute(select(RELEASES).where(RELEASES.c.ledger_id == ledger_id)).one_or_none()
        return None if row is None else _release(row)

    def record(self, releases: Sequence[Release], *, week: date | None, epsilon: float) -> None:
        """Write Releases and debit their week, all or nothing.

        Raises:
            RefusedError: the week's budget is spent, a ledger id is taken, or rows do not fit together.
        """
        rows = [_row(release, week) for release in releases]
        try:
            with self._desk.change() as connection:
                check_budget(connection)
                if week is not None and epsilon > 0:
                    connection.execute(insert(BUDGET), [{"week": week, "epsilon": epsilon}])
                connection.execute(insert(RELEASES), rows)
        except IntegrityError as error:
            raise RefusedError(
                f"The privacy budget of {week or releases[0].ledger_id} is spent: a Release of it exists.",
                hint="Read that Release again; it cannot be drawn twice.",
            ) from error

    def replace(self, releases: Sequence[Release]) -> None:
        """Write Releases that cost no budget (from public layers, or from other Releases) in place of older ones."""
        with self._desk.transaction() as connection:
            ids = [release.ledger_id for release in releases]
            paid = select(RELEASES.c.ledger_id).where(
                RELEASES.c.ledger_id.in_(ids), RELEASES.c.week.is_not(None)
            )
            if taken := connection.execute(paid).scalars().first():
                raise RefusedError(f"{taken} was paid for from a week's budget and is never replaced.")
            connection.execute(delete(RELEASES).where(RELEASES.c.ledger_id.in_(ids)))
            if releases:
                connection.execute(insert(RELEASES), [_row(release, None) for release in releases])

    def knows(self, release: Release) -> bool:
        """Say whether this very Release stands here: same id, same digest.

        Raises:
            RefusedError: rows of its week do not fit together.
        """
        with self._desk.look() as connection:
            query = select(RELEASES.c.digest, RELEASES.c.week).where(
                RELEASES.c.ledger_id == release.ledger_id
            )
            found = connection.execute(query).one_or_none()
            if found is None:
                return False
            if found.week is not None:
                check_budget(connection, found.week)
        return bool(found.digest == release.digest())


def _row(release: Release, week: date | None) -> dict[str, object]:
    """Return a Release as a row of the desk.

    Raises:
        RefusedError: it is a copy with fewer rows, of which the ledger has the whole.
    """
    if release.narrowed:
        raise RefusedError(f"The ledger keeps {release.ledger_id} whole, not narrowed.")
    sink = pa.BufferOutputStream()
    plain = release.table.replace_schema_metadata(None).combine_chunks()
    with pa.ipc.new_stream(sink, plain.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(plain)
    return {
        "ledger_id": release.ledger_id,
        "digest": release.digest(),
        "kind": release.kind.value,
        "basis": release.basis.value,
        "circle": release.circle.value,
        "statement": json.dumps(asdict(release.statement), sort_keys=True),
        "made_at": release.made_at,
        "table": sink.getvalue().to_pybytes(),
        "week": week,
    }


def _release(row: Row[tuple[object, ...]]) -> Release:
    """Return a row of the desk as the Release that was written."""
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row by column
    statement = json.loads(str(facts["statement"]))
    statement["sources"] = tuple(statement["sources"])
    made_at = facts["made_at"]
    if not isinstance(made_at, datetime):
        raise TypeError(made_at)
    release = Release(
        ledger_id=str(facts["ledger_id"]),
        kind=ReleaseKind(facts["kind"]),
        basis=Basis(facts["basis"]),
        circle=Circle(facts["circle"]),
        table=pa.ipc.open_stream(facts["table"]).read_all(),
        statement=Statement(**statement),
        made_at=made_at.replace(tzinfo=UTC),  # SQLite keeps no zone; it was written in UTC
    )
    check_digest(release, str(facts["digest"]))
    return release
