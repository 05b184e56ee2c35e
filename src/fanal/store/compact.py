"""Compaction: the many small files that batches leave become few, each of one week, with the same rows."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction, RemoveAction

from fanal.model.week import WEEK
from fanal.store.joint import NONE, Joint
from fanal.store.lake import BATCHED, Lake
from fanal.store.part import Part

TARGET_ROWS = 1 << 20
"""Rows of a full file, and rows that are in memory at once: about 100 MB. Files of half of it are left alone."""

Known = dict[tuple[str, str], pa.ChunkedArray]
"""Batches of files that hold several, by table and path. A file never changes."""

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """Say what a compaction of one table did."""

    table: str
    files_before: int
    files_after: int
    rows: int  # of the table; the same before and after
    left: frozenset[str]  # batches that were to go and still have a row here


def compact(
    lake: Lake,
    name: str,
    *,
    progress: Callable[[int, int], None],
    rows: int = TARGET_ROWS,
    joint: Joint = NONE,
    bounded: bool = False,
    known: Known | None = None,
) -> Compacted:
    """Write the rows of many files of a batched table into few, none of which holds two weeks.

    A week's rows can then be rewritten or removed by rewriting files of that week alone. First files of several weeks
    are parted by week, where these files are more than their weeks, then small files of a week are joined, in commits
    of bounded size. Rows keep their batch, or get the one that it goes into; each
    must be committed, so call it after `fanal.store.rollback.roll_back`. Nothing counts before `Lake.promise`: a
    process that dies in between leaves the table as it was. With a `joint`, nothing counts before
    `fanal.store.joint.settle`: see `fanal.store.compaction`.

    Args:
        lake: of a writer, without a batch that waits for the desk.
        name: one of BATCHED.
        progress: told rows done and rows in all.
        rows: of a full file.
        joint: which batches go into which.
        bounded: leave files alone that hold one batch which neither goes nor is gone into, and rename no rows in files
            of half of a full one.
        known: kept from one compaction to the next, so that files of several batches are read once.
    """
    before = lake.parts(name)
    named = {*joint.ids.to_pylist(), *joint.into.to_pylist(), None} if bounded else None
    mixed = [part for part in before if part.first != part.last and _meant(part, named)]
    if len(mixed) <= _span(mixed):
        mixed = []
    work = 2 * sum(part.rows for part in mixed) + sum(
        part.rows for part in before if _small(part, rows, named) and part.first == part.last
    )
    done = 0
    made: set[str] = set()
    for group in _groups(mixed, rows):
        made |= _rewrite(lake, name, group, joint)
        done += sum(part.rows for part in group)
        progress(done, work)
    for small in _by_week([part for part in lake.parts(name) if _small(part, rows, named)]):
        for group in _groups(small, rows):
            if len(group) > 1:
                made |= _rewrite(lake, name, group, joint)
            done += sum(part.rows for part in group)
            progress(min(done, work), work)
    most = rows // 2 if bounded else None
    known = {} if known is None else known
    left = _rename(lake, name, joint, most=most, made=made, known=known) if len(joint) else set()
    after = lake.parts(name)
    if sum(part.rows for part in after) != sum(part.rows for part in before):
        raise RuntimeError(f"Compaction of {name} would change its number of rows.")
    return Compacted(
        table=name,
        files_before=len(before),
        files_after=len(after),
        rows=sum(part.rows for part in after),
        left=frozenset(left),
    )


def _meant(part: Part, named: Collection[str | None] | None) -> bool:
    """Say whether a file is of one of some batches, or of several; None: any is."""
    return named is None or part.batch in named


def _small(part: Part, rows: int, named: Collection[str | None] | None) -> bool:
    """Say whether a file is meant and has less than half of the rows of a full one."""
    return part.rows < rows // 2 and _meant(part, named)


def _groups(parts: Sequence[Part], rows: int) -> Iterator[list[Part]]:
    """Give the parts in their order, together as long as they have at most so many rows; one alone may have more."""
    group: list[Part] = []
    for part in parts:
        if group and sum(one.rows for one in group) + part.rows > rows:
            yield group
            group = []
        group.append(part)
    if group:
        yield group


def _span(parts: Sequence[Part]) -> int:
    """Return how many weeks lie between the first and the last of some parts."""
    return (max(p.last for p in parts) - min(p.first for p in parts)) // WEEK.days + 1 if parts else 0


def _by_week(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Give the parts of each week, where there are several; a part that holds more than one week is left out."""
    weeks: dict[int, list[Part]] = {}
    for part in parts:
        if part.first == part.last:
            weeks.setdefault(part.first, []).append(part)
    return (found for _, found in sorted(weeks.items()) if len(found) > 1)


def _rewrite(lake: Lake, name: str, group: Sequence[Part], joint: Joint) -> set[str]:
    """Put one file for each week of a group of files into their place; returns the paths of these."""
    rows = _read(lake, name, group, joint)
    rows = rows.take(pc.sort_indices(rows, sort_keys=[("week", "ascending")]))
    version = lake.table(name).version() + 1
    weeks = pc.value_counts(rows["week"].cast(pa.int32()).combine_chunks())
    adds: list[AddAction] = []
    start = 0
    for week in sorted(weeks.to_pylist(), key=lambda one: one["values"]):
        own = rows.slice(start, week["counts"])
        start += week["counts"]
        monday = _EPOCH + timedelta(days=week["values"])
        adds.append(_written(lake, name, own, file=f"week-{monday}-{version:08}.parquet"))
    _replace(lake, name, adds, group, renamed=bool(len(joint)))
    return {one.path for one in adds}


def _rename(
    lake: Lake, name: str, joint: Joint, *, most: int | None, made: Collection[str], known: Known
) -> set[str]:
    """Write the files anew that still name a batch which goes, each by itself; returns the batches that are left.

    Args:
        lake: the lake.
        name: the table.
        joint: which batches go into which.
        most: files of so many rows are left alone; None: none is.
        made: paths of files in which none is named.
        known: batches of files that were read before.
    """
    left: set[str] = set()
    adds: list[AddAction] = []
    old: list[Part] = []
    version = lake.table(name).version() + 1 if lake.exists(name) else 0
    for part in lake.parts(name):
        if part.path in made:
            continue
        if part.batch is not None:
            ids = pa.chunked_array([[part.batch]])
        elif (name, part.path) in known:
            ids = known[name, part.path]
        else:
            ids = known[name, part.path] = pa.chunked_array(
                [pc.unique(lake.read_part(name, part, "batch"))], pa.string()
            )
        going = joint.among(ids)
        if going and most is not None and part.rows >= most:
            left |= going
        elif going:
            file = f"batch-{version:08}-{len(adds):05}.parquet"
            adds.append(_written(lake, name, _read(lake, name, [part], joint), file=file))
            old.append(part)
    if adds:
        _replace(lake, name, adds, old, renamed=True)
    return left


def _read(lake: Lake, name: str, group: Sequence[Part], joint: Joint) -> pa.Table:
    """Return the rows of some files, each under the batch that it goes into."""
    lake.require_room(sum(part.bytes for part in group))
    columns = BATCHED[name].names
    rows = pa.concat_tables([lake.read_file(name, part, columns).cast(BATCHED[name]) for part in group])
    if len(rows) != sum(part.rows for part in group):
        raise RuntimeError(f"Files of {name} do not hold the rows that their log says.")
    if len(joint):
        at = rows.schema.get_field_index("batch")
        rows = rows.set_column(at, rows.schema.field(at), joint.renamed(rows["batch"]))
    return rows


def _replace(
    lake: Lake, name: str, adds: Sequence[AddAction], group: Sequence[Part], *, renamed: bool
) -> None:
    """Put files into the place of others."""
    when = max(add.modification_time for add in adds)
    removes = [RemoveAction(part.path, False, when, part.bytes, {}) for part in group]
    lake.replace(name, adds, removes, why="compaction", renamed=renamed)


def _written(lake: Lake, name: str, rows: pa.Table, *, file: str) -> AddAction:
    """Write rows into a file of the table's folder, which no version names yet."""
    path = lake.root / name / file
    texts = [one.name for one in rows.schema if one.type not in (pa.int64(), pa.float32())]
    pq.write_table(rows, path, compression="zstd", use_dictionary=texts)
    there = path.stat()
    # Of a column without its ends and its nulls Delta tells Arrow that none of the rows fits any filter.
    ends = {
        end: {one: _plain(of(rows[one]).as_py()) for one in rows.column_names if rows[one].type != pa.bool_()}
        for end, of in (("minValues", pc.min), ("maxValues", pc.max))
    }
    nulls = {one: rows[one].null_count for one in rows.column_names}
    stats = {"numRecords": len(rows), **ends, "nullCount": nulls}
    return AddAction(
        path=path.name,
        size=there.st_size,
        partition_values={},
        modification_time=there.st_mtime_ns // 1_000_000,
        data_change=False,
        stats=json.dumps(stats),
    )


def _plain(value: object) -> object:
    """Return a value as the statistics of Delta write it: a day as text."""
    return str(value) if isinstance(value, date) else value
