"""Compaction: the many small files that batches leave become few, each of one week, with the same rows."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction, RemoveAction

from fanal.model.week import WEEK
from fanal.store.lake import BATCHED, Lake
from fanal.store.part import Part

TARGET_ROWS = 1 << 20
"""Rows of a full file, and rows that are in memory at once: about 100 MB. Files of half of it are left alone."""

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """Say what a compaction of one table did."""

    table: str
    files_before: int
    files_after: int
    rows: int  # of the table; the same before and after


def compact(
    lake: Lake, name: str, *, progress: Callable[[int, int], None], rows: int = TARGET_ROWS
) -> Compacted:
    """Write the rows of many files of a batched table into few, none of which holds two weeks.

    A week's rows can then be rewritten or removed by rewriting files of that week alone. First files of several weeks
    are parted by week, where these files are more than their weeks, then small files of a week are joined, in commits
    of bounded size. Rows keep their batch; each
    must be committed, so call it after `fanal.store.rollback.roll_back`. Nothing counts before `Lake.promise`: a
    process that dies in between leaves the table as it was.

    Args:
        lake: of a writer, without a batch that waits for the desk.
        name: one of BATCHED.
        progress: told rows done and rows in all.
        rows: of a full file.
    """
    before = lake.parts(name)
    mixed = [part for part in before if part.first != part.last]
    if len(mixed) <= _span(mixed):
        mixed = []
    work = 2 * sum(part.rows for part in mixed) + sum(
        part.rows for part in before if part.first == part.last and part.rows < rows // 2
    )
    done = 0
    for group in _groups(mixed, rows):
        _rewrite(lake, name, group)
        done += sum(part.rows for part in group)
        progress(done, work)
    for small in _by_week([part for part in lake.parts(name) if part.rows < rows // 2]):
        for group in _groups(small, rows):
            if len(group) > 1:
                _rewrite(lake, name, group)
            done += sum(part.rows for part in group)
            progress(min(done, work), work)
    after = lake.parts(name)
    if sum(part.rows for part in after) != sum(part.rows for part in before):
        raise RuntimeError(f"Compaction of {name} would change its number of rows.")
    return Compacted(
        table=name,
        files_before=len(before),
        files_after=len(after),
        rows=sum(part.rows for part in after),
    )


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


def _rewrite(lake: Lake, name: str, group: Sequence[Part]) -> None:
    """Put one file for each week of a group of files into their place."""
    lake.require_room(sum(part.bytes for part in group))
    columns = BATCHED[name].names
    rows = pa.concat_tables([lake.read_file(name, part, columns).cast(BATCHED[name]) for part in group])
    if len(rows) != sum(part.rows for part in group):
        raise RuntimeError(f"Files of {name} do not hold the rows that their log says.")
    rows = rows.take(pc.sort_indices(rows, sort_keys=[("week", "ascending")]))
    version = lake.table(name).version() + 1
    weeks = pc.value_counts(rows["week"].cast(pa.int32()).combine_chunks())
    adds: list[AddAction] = []
    start = 0
    for week in sorted(weeks.to_pylist(), key=lambda one: one["values"]):
        own = rows.slice(start, week["counts"])
        start += week["counts"]
        adds.append(
            _written(lake, name, own, monday=_EPOCH + timedelta(days=week["values"]), version=version)
        )
    when = max(add.modification_time for add in adds)
    removes = [RemoveAction(part.path, False, when, part.bytes, {}) for part in group]
    lake.replace(name, adds, removes, why="compaction")


def _written(lake: Lake, name: str, rows: pa.Table, *, monday: date, version: int) -> AddAction:
    """Write the rows of one week into a file of the table's folder, which no version names yet."""
    path = lake.root / name / f"week-{monday}-{version:08}.parquet"
    texts = [one.name for one in rows.schema if one.type not in (pa.int64(), pa.float32())]
    pq.write_table(rows, path, compression="zstd", use_dictionary=texts)
    there = path.stat()
    ends = {
        end: {"batch": of(rows["batch"]).as_py(), "week": str(monday)}
        for end, of in (("minValues", pc.min), ("maxValues", pc.max))
    }
    stats = {"numRecords": len(rows), **ends, "nullCount": {"batch": 0, "week": 0}}
    return AddAction(
        path=path.name,
        size=there.st_size,
        partition_values={},
        modification_time=there.st_mtime_ns // 1_000_000,
        data_change=False,
        stats=json.dumps(stats),
    )
