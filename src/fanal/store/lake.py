"""The lake: signals, mentions and counts by area and week, as Delta Lake tables on disk."""

import errno
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake
from numpy.typing import NDArray
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

from fanal.model.field import field
from fanal.store.disk import overwrite

_BATCH = field("batch", pa.string(), "id of the batch; readers see it once the desk's batches hold it")
_WEEK = field("week", pa.date32(), "Monday of the ISO week of the post")
_POST = field(
    "post", pa.int64(), "keyed hash of the post, the same in signals and mentions; bits of a uint64"
)
_WHO = field("pseudonym", pa.int64(), "keyed hash of the author that lives one ISO week; bits of a uint64")

SIGNALS = pa.schema(
    [
        _BATCH,
        _WEEK,
        _POST,
        _WHO,
        field("category", pa.string(), "a value of Category"),
        field("score", pa.float32(), "from 0 to 1"),
        field("stance", pa.string(), "first_hand or report"),
        field("language", pa.string(), "ISO 639 code, und when unsure"),
    ]
)

MENTIONS = pa.schema(
    [
        _BATCH,
        _WEEK,
        _POST,
        _WHO,
        field("area", pa.string(), "code of the area"),
        field("probability", pa.float32(), "from 0 to 1"),
        field("basis", pa.string(), "name or point"),
    ]
)

SEEN = pa.schema([_BATCH, _WEEK, field("row", pa.int64(), "keyed hash of a row that was read")])

NEWCOMERS = pa.schema(
    [
        _BATCH,
        _WEEK,
        _WHO,
        field(
            "new", pa.bool_(), "no located post in the weeks before; told wrongly in a stated share of cases"
        ),
    ]
)
"""Authors of located posts of whom it is known whether they wrote before; see `fanal.store.newcomers`."""

RESERVE = 1 << 20
"""Bytes that stay free after a write: for the logs of the tables, the desk's commit, and cleaning up."""

_NO_TIME = pa.scalar(-3, pa.int32()).cast(pa.date32())
"""The week under which rows without a time are kept: the first ISO week of 1970."""

NOBODY = 0
"""What stands for the pseudonym where a week was closed; as a hash it comes once in 2**64."""

BATCHED: Mapping[str, pa.Schema] = {
    "signals": SIGNALS,
    "mentions": MENTIONS,
    "newcomers": NEWCOMERS,
    "seen": SEEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Say what one file of a batched table holds: rows of one batch."""

    path: str  # within the table's folder
    batch: str
    first: int  # the earliest week in it, days since 1970-01-01
    last: int  # the latest

    def holds(self, weeks: NDArray[np.int32]) -> bool:
        """Say whether rows of any of these weeks may be in it; weeks sorted, ascending."""
        at = int(np.searchsorted(weeks, self.first))
        return at < len(weeks) and int(weeks[at]) <= self.last


class Lake:
    """Read and write the lake of one workspace. Delta has no unsigned numbers: hashes are kept as int64 bits.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lake = Lake(Path(folder))
    ...     version = lake.overwrite("numbers", pa.table({"n": [1, 2]}))
    ...     lake.read("numbers")["n"].to_pylist()
    [1, 2]
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def exists(self, name: str) -> bool:
        """Say whether a table was ever written."""
        return DeltaTable.is_deltatable(str(self._root / name))

    def append(self, name: str, rows: pa.Table) -> None:
        """Append the rows of a batch. They stay unseen until the desk holds the batch's id."""
        self._require_room(rows)
        # Rows without a time go into a file of their own: it would otherwise seem to reach from 1970 to today.
        timeless = pc.equal(rows["week"], _NO_TIME)
        for part in (rows.filter(pc.invert(timeless)), rows.filter(timeless)):
            if len(part) or not self.exists(name):
                write_deltalake(self._root / name, part.cast(BATCHED[name]), mode="append")

    def parts(self, name: str) -> list[Part]:
        """Return the files of a batched table, in the order of writing; read from its log, not from them."""
        if not self.exists(name):
            return []
        facts = pa.table(self.table(name).get_add_actions(flatten=True))
        if not len(facts):
            return []
        facts = facts.sort_by([("modification_time", "ascending"), ("path", "ascending")])
        days = [facts[f"{end}.week"].cast(pa.int32()).to_pylist() for end in ("min", "max")]
        return [
            Part(path=path, batch=batch, first=first, last=last)
            for path, batch, first, last in zip(
                facts["path"].to_pylist(), facts["min.batch"].to_pylist(), *days, strict=True
            )
        ]

    def read_part(self, name: str, part: Part, column: str) -> pa.ChunkedArray:
        """Return one column of one file of a batched table."""
        return pq.read_table(self._root / name / part.path, columns=[column], use_threads=False)[column]

    def overwrite(self, name: str, rows: pa.Table) -> int:
        """Write a table anew, in one commit; returns its version, from 0."""
        self._require_room(rows)
        write_deltalake(
            self._root / name, rows.replace_schema_metadata(None), mode="overwrite", schema_mode="overwrite"
        )
        return self.table(name).version()

    def _require_room(self, rows: pa.Table) -> None:
        """Refuse to begin what will not fit: when Delta meets a full disk, it also prints a traceback of its own.

        Raises:
            OSError: ENOSPC; also where the little that the desk needs afterwards would not fit.
        """
        disk = os.statvfs(self._root)
        if disk.f_bavail * disk.f_frsize < rows.nbytes + RESERVE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._root))

    def table(self, name: str, version: int | None = None) -> DeltaTable:
        """Return the Delta table, open at a version or at its newest."""
        return DeltaTable(self._root / name, version=version)

    def dataset(self, name: str) -> ds.Dataset:
        """Return a table as an Arrow dataset; an unwritten batched table is empty."""
        if not self.exists(name):
            return ds.dataset(BATCHED[name].empty_table())
        return self._dataset(name, None)

    def read(self, name: str, version: int | None = None) -> pa.Table:
        """Return a whole table, as it was at a version or as it is."""
        return self._dataset(name, version).to_table()

    def _dataset(self, name: str, version: int | None) -> ds.Dataset:
        """Return a written table, its files read by Arrow itself.

        Delta's own file system is Python's: a thread of Arrow that still holds it when a short command ends aborts the
        whole process (Arrow's issue 34314).
        """
        files = SubTreeFileSystem(str(self._root / name), LocalFileSystem())
        return self.table(name, version).to_pyarrow_dataset(filesystem=files)

    def query(self, sql: str, *, committed: Collection[str], **extra: pa.Table) -> pa.Table:
        """Return the answer of a DuckDB query over the tables of BATCHED, committed batches alone.

        `extra` tables go in under their names.
        """
        with duckdb.connect() as connection:
            connection.register("committed", pa.table({"batch": pa.array(list(committed), pa.string())}))
            for name in BATCHED:
                connection.register(f"all_{name}", self.dataset(name))
                view = f"CREATE VIEW {name} AS SELECT * FROM all_{name} SEMI JOIN committed USING (batch)"  # noqa: S608 - names of BATCHED
                connection.execute(view)
            for name, rows in extra.items():
                connection.register(name, rows)
            return connection.sql(sql).to_arrow_table()

    def wipe(self, name: str, weeks: Collection[date]) -> int:
        """Put 0 in place of the pseudonyms of some weeks; returns how many rows that were.

        Only files that hold such rows are written anew, perhaps several as one. The old ones go with `vacuum`.
        """
        if not self.exists(name) or not weeks:
            return 0
        which = f"{one_of(weeks)} AND pseudonym != {NOBODY}"
        done = self.table(name).update(predicate=which, updates={"pseudonym": str(NOBODY)})
        return int(done["num_updated_rows"])

    def remove(self, name: str, which: str) -> int:
        """Delete the rows for which a condition of SQL holds; returns how many. The old files go with `vacuum`."""
        if not self.exists(name):
            return 0
        return int(self.table(name).delete(which)["num_deleted_rows"] or 0)

    def vacuum(self, names: Iterable[str]) -> None:
        """Remove every file of tables that their newest version does not name, and all their history.

        Delta's log holds the least and the greatest pseudonym of each file, and conditions of deletions in full: what
        was removed is gone only when the log before the newest version is gone too. Files are overwritten with zeros
        before they are removed. Whoever reads an older version at that moment meets a file that is gone or empty.
        """
        for name in names:
            if not self.exists(name):
                continue
            now = partial(
                self.table(name).vacuum, retention_hours=0, enforce_retention_duration=False, full=True
            )
            for path in now(dry_run=True):
                overwrite(self._root / name / path)
            now(dry_run=False)
            newest = self.table(name)
            newest.create_checkpoint()
            for log in (self._root / name / "_delta_log").iterdir():
                number = log.name.partition(".")[0]
                if number.isdigit() and int(number) < newest.version():
                    overwrite(log)
                    log.unlink()

    def remove_orphans(self, committed: Collection[str], *, say: Callable[[str, int], None]) -> None:
        """Delete the rows of batches that were never committed, left by a run that died.

        Says each table with the number of rows removed.
        """
        known = set(committed)
        for name in BATCHED:
            orphans = sorted({part.batch for part in self.parts(name)} - known)
            if orphans:
                listed = ", ".join(f"'{batch}'" for batch in orphans)
                removed = self.table(name).delete(f"batch IN ({listed})")
                say(name, int(removed["num_deleted_rows"] or 0))


def one_of(weeks: Collection[date]) -> str:
    """Return the condition of SQL that a row is of one of some weeks.

    >>> one_of([date(2014, 8, 4)])
    "week IN (DATE '2014-08-04')"
    """
    days = ", ".join(f"DATE '{week}'" for week in sorted(weeks))
    return f"week IN ({days})" if days else "FALSE"
