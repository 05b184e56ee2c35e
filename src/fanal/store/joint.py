"""The joint batch: what a stream committed on one day stands under one id and in one row, its totals added up."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from fanal.store.desk import Desk, promise
from fanal.store.tables import BATCHES, REJECTS, SEGMENTS

_ADDED = (
    "posts_read",
    "posts_skipped",
    "posts_rejected",
    "posts_located",
    "posts_without_author",
    "signals",
    "commits",
)
_LATEST = ("position", "committed_at")

_GOING = Table(
    "going",
    MetaData(),
    Column("batch", String, primary_key=True),
    Column("target", String, nullable=False),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """Say which batches go into which. Rows carry the new id first; the desk says so last.

    >>> joint = Joint(ids=pa.array(["b", "c"]), into=pa.array(["a", "a"]))
    >>> joint.renamed(pa.chunked_array([["c", "a", "x"]])).to_pylist()
    ['a', 'a', 'x']
    >>> joint.among(pa.chunked_array([["c", "a", "c"]])), joint.without({"b"}).pairs()
    ({'c'}, {'c': 'a'})
    """

    ids: pa.StringArray  # n batches that go
    into: pa.StringArray  # into which each goes, n; none of these goes itself
    more: bool = False  # others could go, too, and wait

    def __len__(self) -> int:
        """Return n."""
        return len(self.ids)

    def renamed(self, batches: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return ids with those that go replaced."""
        return pc.coalesce(pc.take(self.into, pc.index_in(batches, value_set=self.ids)), batches)

    def among(self, batches: pa.ChunkedArray) -> set[str]:
        """Return which of some ids go."""
        there = pc.unique(batches)
        return set(there.filter(pc.is_in(there, value_set=self.ids)).to_pylist())

    def without(self, ids: Collection[str]) -> "Joint":
        """Return the same without batches that cannot go yet."""
        if not ids:
            return self
        kept = pc.invert(pc.is_in(self.ids, value_set=pa.array(sorted(ids), pa.string())))
        return Joint(ids=self.ids.filter(kept), into=self.into.filter(kept), more=self.more)

    def pairs(self) -> dict[str, str]:
        """Return into which each goes, in the order of their commits."""
        return dict(zip(self.ids.to_pylist(), self.into.to_pylist(), strict=True))


NONE = Joint(ids=pa.array([], pa.string()), into=pa.array([], pa.string()))
"""No batch goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointSegment:
    """Name a segment of the vault that holds the rows of others; it counts once the desk says so."""

    name: str
    batch: str  # whose rows it holds
    instead: tuple[str, ...]  # names of the segments whose place it takes


def joint_of(desk: Desk, *, posts: int | None = None) -> Joint:
    """Return which batches of streams can go into the first of the same stream, ground, format and UTC day.

    The first in the order of commits stays, so whoever knew of a batch that goes knew of the one that it goes into.
    Batches of files stay as they are: they are few and large.

    Args:
        desk: of the workspace.
        posts: only the oldest batches, of so many rows together, at least one; None: all.
    """
    of = (BATCHES.c.file, BATCHES.c.format, BATCHES.c.consent, func.date(BATCHES.c.committed_at))
    number: ColumnElement[int] = literal_column(
        "batches.rowid", Integer
    )  # in the order of commits, also after a VACUUM
    once = BATCHES.c.commits == 1  # after one that others went into: that one stays
    first = func.first_value(BATCHES.c.batch).over(partition_by=of, order_by=[once, number]).label("target")
    size = BATCHES.c.posts_read + BATCHES.c.posts_skipped + BATCHES.c.posts_rejected
    each = (
        select(BATCHES.c.batch, first, number.label("number"), size.label("size"))
        .where(BATCHES.c.commits.is_not(None))
        .subquery()
    )
    query = select(each.c.batch, each.c.target, each.c.size).where(each.c.batch != each.c.target)
    with desk.look() as connection:
        found = connection.execute(query.order_by(each.c.number)).all()
    ids, into, sizes = zip(*found, strict=True) if found else ((), (), ())
    many = len(ids)
    if posts is not None:
        many = max(1, bisect_right(list(accumulate(sizes)), posts))
    return Joint(
        ids=pa.array(ids[:many], pa.string()), into=pa.array(into[:many], pa.string()), more=many < len(ids)
    )


def settle(desk: Desk, joint: Joint, segments: Sequence[JointSegment], *, lake: Mapping[str, int]) -> None:
    """Let many rows of `batches` give way to those into which they go, in one transaction with all that depends on it.

    Args:
        desk: of a writer.
        joint: no row of the lake carries one of its ids any more.
        segments: of the vault, on the disk, that take the place of those of its batches.
        lake: what `Lake.keep` answered once rows were renamed.
    """
    pairs = [{"batch": batch, "target": target} for batch, target in joint.pairs().items()]
    with desk.change() as connection:
        _GOING.create(connection)
        if pairs:
            connection.execute(insert(_GOING), pairs)
        target = select(_GOING.c.target).where(_GOING.c.batch == REJECTS.c.batch).scalar_subquery()
        gone = select(_GOING.c.batch)
        connection.execute(update(REJECTS).where(REJECTS.c.batch.in_(gone)).values(batch=target))
        sums = [func.sum(BATCHES.c[name]).label(name) for name in _ADDED]
        ends = [func.max(BATCHES.c[name]).label(name) for name in _LATEST]
        of = select(_GOING.c.target, *sums, *ends).join_from(
            _GOING, BATCHES, _GOING.c.batch == BATCHES.c.batch
        )
        for row in connection.execute(of.group_by(_GOING.c.target)).mappings().all():
            values = {name: BATCHES.c[name] + row[name] for name in _ADDED}
            values |= {
                name: func.max(BATCHES.c[name], bindparam(f"new_{name}", row[name], BATCHES.c[name].type))
                for name in _LATEST
            }
            connection.execute(update(BATCHES).where(BATCHES.c.batch == row["target"]).values(values))
        connection.execute(delete(BATCHES).where(BATCHES.c.batch.in_(gone)))
        replaced = [{"name": name} for one in segments for name in one.instead]
        if segments:
            connection.execute(delete(SEGMENTS).where(SEGMENTS.c.segment == bindparam("name")), replaced)
            connection.execute(
                insert(SEGMENTS), [{"segment": one.name, "batch": one.batch} for one in segments]
            )
        promise(connection, lake)
        _GOING.drop(connection)
