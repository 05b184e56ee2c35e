"""Clocks: how long each class of data is kept in a workspace, how old the oldest is, and what is over."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import delete, func, select

from fanal.model.person import Deed, Person
from fanal.model.week import WEEK
from fanal.store.closings import LIFE
from fanal.store.files import forget, let_go
from fanal.store.newcomers import LONGEST, made_on
from fanal.store.removal import NOBODY, Removal
from fanal.store.tables import AUDIT, BATCHES, DELIVERIES, FILES, REJECTS, RELEASES
from fanal.store.workspace import Workspace


class Class(StrEnum):
    """Name a class of data with a life of its own.

    >>> Class("seen").value
    'seen'
    """

    PSEUDONYMS = "pseudonyms"  # rows of open weeks, and their keys
    SKETCHES = "sketches"  # of recent authors
    TEXT = "text"  # in the vault
    REJECTS = "rejects"
    ROWS = "rows"  # signals and mentions of closed weeks
    COUNTS = "counts"  # of closed weeks
    SEEN = "seen"
    BEGINNINGS = "beginnings"  # of files that were read
    RELEASES = "releases"
    DELIVERIES = "deliveries"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Say what is kept of one class."""

    kind: Class
    days: int | None  # None: no clock, it is kept
    many: int  # rows, keys, files or days
    oldest: date | None  # the day from which its life is counted; None: there is none
    goes: date | None  # when the oldest goes; None: never, or there is none
    due: int  # how many are over


def kept(workspace: Workspace, days: Mapping[Class, int], now: datetime) -> list[Kept]:
    """Return what is kept of each class, in the order of `Class`."""
    today = now.astimezone(UTC).date()
    return [_told(kind, days.get(kind), ages, today) for kind, ages in _ages(workspace).items()]


def expire(
    workspace: Workspace, days: Mapping[Class, int], *, who: Person, now: datetime
) -> dict[Class, int]:
    """Remove what is over of TEXT, REJECTS, ROWS, COUNTS, SEEN and BEGINNINGS; write each into the audit log.

    Args:
        workspace: held for writing.
        days: how long each of these classes is kept.
        who: who gives the command.
        now: with its zone.

    Returns:
        How many went, of each class of which something did.
    """
    today = now.astimezone(UTC).date()
    over = {one.kind: one.due for one in kept(workspace, days, now) if one.kind in _REMOVED and one.due}
    for kind, many in over.items():  # before it is done: a deed without its row is what must not be
        workspace.audit.note(Deed.EXPIRED, who=who, at=now, about=f"class:{kind.value}", facts={"many": many})
    gone: dict[Class, int] = {}
    for kind in over:
        last = today - timedelta(days[kind])
        if kind is Class.TEXT:
            gone[kind] = _expire_text(workspace, last, who, now)
        elif kind is Class.REJECTS:
            gone[kind] = _expire_rejects(workspace, last)
        elif kind is Class.ROWS:
            closed = f"pseudonym = {NOBODY}"
            gone[kind] = sum(_expire_rows(workspace, one, last, closed) for one in ("signals", "mentions"))
        elif kind is Class.COUNTS:
            gone[kind] = _expire_counts(workspace, last)
        elif kind is Class.BEGINNINGS:  # behind SEEN: whoever takes the label finds no row of it
            with workspace.desk.transaction() as connection:
                gone[kind] = forget(connection, last)
        else:
            gone[kind] = _expire_rows(workspace, "seen", last, "TRUE")
    _expire_versions(workspace, today - timedelta(days[Class.TEXT]))
    with workspace.desk.transaction() as connection:  # rejected rows are also read again, or erased
        let_go(connection)
    if gone:
        workspace.desk.shrink()
    return gone


_REMOVED = frozenset({Class.TEXT, Class.REJECTS, Class.ROWS, Class.COUNTS, Class.SEEN, Class.BEGINNINGS})
"""The classes of which `expire` removes what is over."""


def _told(kind: Class, days: int | None, ages: Mapping[date, int], today: date) -> Kept:
    """Return what is kept of a class from how many there are of each day."""
    oldest = min(ages, default=None)
    over = sum(many for day, many in ages.items() if days is not None and day + timedelta(days) <= today)
    return Kept(
        kind=kind,
        days=days,
        many=sum(ages.values()),
        oldest=oldest,
        goes=None if oldest is None or days is None else oldest + timedelta(days),
        due=over,
    )


def _ages(workspace: Workspace) -> dict[Class, dict[date, int]]:
    """Return how many there are of each class, by the day from which their life is counted."""
    with workspace.desk.transaction() as connection:
        query = select(func.date(BATCHES.c.committed_at), func.count()).join_from(
            REJECTS, BATCHES, REJECTS.c.batch == BATCHES.c.batch
        )
        rejects = connection.execute(query.group_by(func.date(BATCHES.c.committed_at))).all()
        beginnings = (
            connection.execute(select(FILES.c.read_on).where(FILES.c.beginning.is_not(None))).scalars().all()
        )
        dated = {
            kind: connection.execute(
                select(func.date(column), func.count()).group_by(func.date(column))
            ).all()
            for kind, column in _DATED.items()
        }
    return {
        Class.PSEUDONYMS: Counter(at.date() for at in workspace.closings.since().values()),
        Class.SKETCHES: Counter(made_on(workspace.folder / "recent")),
        Class.TEXT: dict.fromkeys([*workspace.vault.days(), *workspace.keyring.days()], 1),
        Class.REJECTS: {date.fromisoformat(day): many for day, many in rejects},
        Class.ROWS: _added(
            *(_row_ages(workspace, name, f"pseudonym = {NOBODY}") for name in ("signals", "mentions"))
        ),
        Class.COUNTS: Counter(_count_ages(workspace).values()),
        Class.SEEN: _row_ages(workspace, "seen", "TRUE"),
        Class.BEGINNINGS: Counter(beginnings),
        **{kind: {date.fromisoformat(day): many for day, many in rows} for kind, rows in dated.items()},
    }


_DATED = {
    Class.RELEASES: RELEASES.c.made_at,
    Class.DELIVERIES: DELIVERIES.c.at,
    Class.AUDIT: AUDIT.c.at,
}
BUILT_IN: Mapping[Class, int] = {
    Class.PSEUDONYMS: LIFE.days,
    Class.SKETCHES: LONGEST.days,
}
"""Lives that are no setting, in days: of a pseudonym from the end of its week or its last reading, the later one, of a
sketch from when it was made, if the stream has not gone on far enough before."""


def _row_ages(workspace: Workspace, name: str, which: str) -> dict[date, int]:
    """Return how many rows a batched table has, by the end of their week or the day of reading, the later one.

    A week that is still to come, as a wrong clock says, ends at most a week after the reading.
    """
    read = _read_days(workspace)  # before `committed`: see `Lake.query`
    found = workspace.lake.query(
        f"SELECT greatest(least(week, day) + 7, day) AS day, count(*) AS many FROM {name} JOIN read USING (batch) "  # noqa: S608
        f"WHERE {which} GROUP BY ALL",
        committed=workspace.desk.batches(),
        read=read,
    )
    days = found["day"].cast(pa.date32()).to_pylist()
    return dict(zip(days, found["many"].to_pylist(), strict=True))


def _read_days(workspace: Workspace) -> pa.Table:
    """Return the day, UTC, on which each batch was committed: batch, day."""
    with workspace.desk.transaction() as connection:
        rows = connection.execute(select(BATCHES.c.batch, BATCHES.c.committed_at)).all()
    ids, days = [batch for batch, _ in rows], [at.date() for _, at in rows]
    return pa.table({"batch": pa.array(ids, pa.string()), "day": pa.array(days, pa.date32())})


def _count_ages(workspace: Workspace) -> dict[date, date]:
    """Return for each week of the closed counts the day from which their life is counted."""
    return {
        week: max(min(week, at.date()) + WEEK, at.date()) for week, at in workspace.closings.counted().items()
    }


def _expire_text(workspace: Workspace, last: date, who: Person, now: datetime) -> int:
    """Destroy the keys of the vault's days up to one, then their rows: of a copy, nothing can be read either."""
    there = {*workspace.vault.days(), *workspace.keyring.days()}
    over = sorted(day for day in there if day <= last)
    for day in over:
        workspace.audit.note(Deed.KEY_DESTROYED, who=who, at=now, about=f"day:{day}", facts={"of": "vault"})
        workspace.keyring.destroy_day(day)
        workspace.vault.drop_day(day)
    return len(over)


def _expire_rejects(workspace: Workspace, last: date) -> int:
    """Remove the rejected rows that were read up to a day."""
    old = select(BATCHES.c.batch).where(func.date(BATCHES.c.committed_at) <= last.isoformat())
    with workspace.desk.transaction() as connection:
        return int(connection.execute(delete(REJECTS).where(REJECTS.c.batch.in_(old))).rowcount)


def _expire_rows(workspace: Workspace, name: str, last: date, which: str) -> int:
    """Remove rows whose week ended and whose batch was read up to a day, with their history; as `_row_ages` says."""
    read = _read_days(workspace)
    old, older = (
        read.filter(pc.less_equal(read["day"], pa.scalar(day)))["batch"].to_pylist()
        for day in (last, last - WEEK)
    )
    if not old:
        return 0
    ended = f"(week <= DATE '{last - WEEK}' OR {_one_of(older)})"
    removed = Removal(workspace.lake).remove(name, f"{ended} AND {_one_of(old)} AND {which}")
    if removed:
        Removal(workspace.lake).forget([name])
    return removed


def _expire_versions(workspace: Workspace, last: date) -> None:
    """Remove what ties versions of posts that were read up to a day: it serves their texts, and goes with them."""
    if any(day <= last for day in _row_ages(workspace, "versions", "TRUE")):
        _expire_rows(workspace, "versions", last, "TRUE")


def _one_of(batches: Sequence[str]) -> str:
    """Return the condition of SQL that a row is of one of some batches."""
    ids = ", ".join(f"'{batch}'" for batch in batches)
    return f"batch IN ({ids})" if batches else "FALSE"


def _expire_counts(workspace: Workspace, last: date) -> int:
    """Remove the exact counts of closed weeks whose life ended up to a day; returns how many weeks."""
    over = [week for week, day in _count_ages(workspace).items() if day <= last]
    if over:
        workspace.closings.forget(over)
        if workspace.lake.exists("counts"):
            counts = workspace.lake.read("counts")
            kept_rows = pc.invert(pc.is_in(counts["week"], pa.array(over, pa.date32())))
            workspace.lake.overwrite("counts", counts.filter(kept_rows))
            Removal(workspace.lake).forget(["counts"])
    return len(over)


def _added(*parts: Mapping[date, int]) -> dict[date, int]:
    """Return how many there are of each day in all parts."""
    return {day: sum(part.get(day, 0) for part in parts) for day in set().union(*parts)}
