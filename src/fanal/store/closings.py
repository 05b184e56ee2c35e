"""Closings: a week's pseudonyms give way to counts that need none, and then die together with their key."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import insert, select, update

from fanal.model.estimate import ANSWER_SCHEMA, CELL_SCHEMA
from fanal.model.field import field
from fanal.model.person import Deed, Person
from fanal.model.week import WEEK
from fanal.store.audit import Audit
from fanal.store.desk import Desk
from fanal.store.keyring import Keyring
from fanal.store.lake import Lake
from fanal.store.removal import NOBODY, Removal, one_of
from fanal.store.tables import BATCHES, CLOSINGS

LIFE = timedelta(days=7)
"""A pseudonym lives so long after its week ended, and so long after rows of its week were last read."""

CELLS, ANSWERS = "closed", "closed_answers"
_CLOSING = field("closing", pa.string(), "id of the closing; it counts once the desk's closings hold it")
SCHEMAS = {
    name: pa.schema([_CLOSING, *kept]) for name, kept in ((CELLS, CELL_SCHEMA), (ANSWERS, ANSWER_SCHEMA))
}


class Closings:
    """Close weeks, and keep what is counted of them.

    The order of the steps is what makes a crash harmless: (1) the counts are written into the lake, under an id that
    nobody knows; (2) one transaction of the desk makes them count; (3) pseudonyms are overwritten with 0, (4) old
    files and their history removed, (5) the key destroyed; (6) the desk says that it is done. Before step 2 nothing
    has happened, after it `finish` does what is left, however often it is called.
    """

    def __init__(self, lake: Lake, desk: Desk, keyring: Keyring, audit: Audit) -> None:
        self._lake = lake
        self._removal = Removal(lake)
        self._desk = desk
        self._keyring = keyring
        self._audit = audit

    def due(self, now: datetime) -> list[date]:
        """Return the weeks whose pseudonyms have lived long enough, oldest first.

        A week to come of which no row was committed has a key that a run which died has left: it is due at once.
        """
        now = now.astimezone(UTC)
        return [
            week
            for week, since in self.since().items()
            if since + LIFE <= now or (week > now.date() and since == _end(week))
        ]

    def since(self) -> dict[date, datetime]:
        """Return the open weeks, oldest first, with the moment from which the life of their pseudonyms is counted.

        That is the end of the week, or the last reading of rows of it, whichever is later. A post of a week to come, as
        a wrong clock makes it, lives no longer for that: its week ends at most a week after its reading.
        """
        weeks = self._open()
        last = self._last_read(weeks)
        return {
            week: max(read, min(_end(week), read + WEEK)) if (read := last.get(week)) else _end(week)
            for week in weeks
        }

    def _open(self) -> list[date]:
        """Return the weeks that have a key or a pseudonym, oldest first."""
        parts = [f"SELECT week FROM {name} WHERE pseudonym <> {NOBODY}" for name in _NAMED]  # noqa: S608
        found = self._lake.query(" UNION ".join(parts), committed=self._desk.batches())
        return sorted({*found["week"].to_pylist(), *self._keyring.weeks()})

    def _last_read(self, weeks: Collection[date]) -> dict[date, datetime]:
        """Return when rows of some weeks were last committed."""
        if not weeks:
            return {}
        with self._desk.transaction() as connection:
            when = dict(connection.execute(select(BATCHES.c.batch, BATCHES.c.committed_at)).all())
        found = self._lake.query(
            f"SELECT DISTINCT week, batch FROM seen WHERE {one_of(weeks)}",  # noqa: S608 - dates
            committed=self._desk.batches(),
        )
        last: dict[date, datetime] = {}
        for week, batch in zip(found["week"].to_pylist(), found["batch"].to_pylist(), strict=True):
            if batch in when:  # else it was committed in this moment
                at = when[batch].replace(tzinfo=UTC)  # SQLite keeps no zone; it was written in UTC
                last[week] = max(at, last.get(week, at))
        return last

    def begin(
        self,
        weeks: Collection[date],
        *,
        closing: str,
        cells: pa.Table,
        answers: pa.Table,
        who: Person,
        at: datetime,
    ) -> None:
        """Keep the counts of weeks in place of their rows; `finish` must follow.

        Args:
            weeks: Mondays.
            closing: a new id.
            cells: CELL_SCHEMA, the sums of these weeks and no others.
            answers: ANSWER_SCHEMA, of these weeks and no others.
            who: who gives the command that closes them.
            at: now.
        """
        for name, rows in ((CELLS, cells), (ANSWERS, answers)):
            ids = pa.array([closing] * len(rows), pa.string())
            new = rows.add_column(0, SCHEMAS[name].field("closing"), ids).cast(SCHEMAS[name])
            self._lake.overwrite(name, pa.concat_tables([self._kept(name), new]))
        rows_of = [{"closing": closing, "week": week, "who": who.name, "counted_at": at} for week in weeks]
        with self._desk.transaction() as connection:
            connection.execute(insert(CLOSINGS), rows_of)

    def finish(self, at: datetime) -> list[date]:
        """Do what is left of every closing that was begun; returns its weeks."""
        query = select(CLOSINGS.c.closing, CLOSINGS.c.week, CLOSINGS.c.who).where(
            CLOSINGS.c.ended_at.is_(None)
        )
        with self._desk.transaction() as connection:
            left = connection.execute(query.order_by(CLOSINGS.c.week)).all()
        weeks = sorted({week for _, week, _ in left})
        if not weeks:
            return []
        for name in ("signals", "mentions"):
            self._removal.wipe(name, weeks)
        self._removal.remove("newcomers", one_of(weeks))  # without a pseudonym a row of it says nothing
        self._removal.forget([*_NAMED, CELLS, ANSWERS])
        for week in weeks:
            self._keyring.destroy_week(week)
        with self._desk.transaction() as connection:
            for closing, week, who in left:
                same = (CLOSINGS.c.closing == closing) & (CLOSINGS.c.week == week)
                connection.execute(update(CLOSINGS).where(same).values(ended_at=at))
                self._audit.note(
                    Deed.KEY_DESTROYED,
                    who=Person(name=who, roles=frozenset()),
                    at=at,
                    about=about(week),
                    facts={"of": "pseudonyms"},
                    within=connection,
                )
        return weeks

    def cells(self) -> pa.Table:
        """Return the sums of all closed weeks, CELL_SCHEMA; a week that was closed twice has two rows a cell."""
        return self._kept(CELLS).drop_columns(["closing"])

    def answers(self) -> pa.Table:
        """Return the answers of all closed weeks, ANSWER_SCHEMA; a week that was closed twice has two rows a cell."""
        return self._kept(ANSWERS).drop_columns(["closing"])

    def weeks(self) -> set[date]:
        """Return the closed weeks in which an author-week was counted somewhere."""
        cells = self._kept(CELLS)
        return set(pc.unique(cells.filter(pc.greater(cells["author_weeks"], 0))["week"]).to_pylist())

    def counted(self) -> dict[date, datetime]:
        """Return the weeks whose counts are kept, with when they were last counted."""
        query = select(CLOSINGS.c.week, CLOSINGS.c.counted_at).order_by(CLOSINGS.c.counted_at)
        with self._desk.transaction() as connection:
            at = {week: when.replace(tzinfo=UTC) for week, when in connection.execute(query)}
        there = set(pc.unique(self._kept(CELLS)["week"]).to_pylist())
        return {week: when for week, when in at.items() if week in there}

    def forget(self, weeks: Collection[date]) -> int:
        """Remove the counts of some weeks, with their history; returns how many rows that were."""
        removed = 0
        for name in (CELLS, ANSWERS):
            rows = self._kept(name)
            kept = rows.filter(pc.invert(pc.is_in(rows["week"], pa.array(sorted(weeks), pa.date32()))))
            if len(kept) < len(rows):
                self._lake.overwrite(name, kept)
                self._removal.forget([name])
            removed += len(rows) - len(kept)
        return removed

    def _kept(self, name: str) -> pa.Table:
        """Return the rows of a table whose closing the desk holds."""
        if not self._lake.exists(name):
            return SCHEMAS[name].empty_table()
        rows = self._lake.read(name).select(SCHEMAS[name].names).cast(SCHEMAS[name])
        with self._desk.transaction() as connection:
            known = list(connection.execute(select(CLOSINGS.c.closing).distinct()).scalars())
        return rows.filter(pc.is_in(rows["closing"], pa.array(known, pa.string())))


_NAMED = ("signals", "mentions", "newcomers")
"""The tables whose rows name a pseudonym."""


def about(week: date) -> str:
    """Return a week as the audit log names it.

    >>> about(date(2014, 8, 4))
    'week:2014-W32'
    """
    year, number, _ = week.isocalendar()
    return f"week:{year}-W{number:02d}"


def _end(week: date) -> datetime:
    """Return the end of an ISO week, UTC."""
    return datetime.combine(week + WEEK, datetime.min.time(), UTC)
