"""The lake: signals, mentions and counts by area and week, as Delta Lake tables on disk."""

import errno
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

from fanal.model.error import WorkspaceError
from fanal.store.checkpoint import checkpoint
from fanal.store.committed import Committed
from fanal.store.disk import sentence
from fanal.store.durable import sync
from fanal.store.history import ACTIONS, PUT_BACK, History
from fanal.store.part import Part, check_files, damaged, dataset_of, parts_of
from fanal.store.rows import MENTIONS, NEWCOMERS, SEEN, SIGNALS, VERSIONS
from fanal.store.sweep import NO_HOOKS, Swept, sweep

RESERVE = 1 << 20
"""Bytes that stay free after a write: for the logs of the tables, the desk's commit, and cleaning up."""

_NO_TIME = pa.scalar(-3, pa.int32()).cast(pa.date32())
"""The week under which rows without a time are kept: the first ISO week of 1970."""

BATCHED: Mapping[str, pa.Schema] = {
    "signals": SIGNALS,
    "mentions": MENTIONS,
    "newcomers": NEWCOMERS,
    "versions": VERSIONS,
    "seen": SEEN,
}

DERIVED = ("counts", "hotspots", "silence")
"""Tables that `fanal update` makes again from the others."""

CHECKPOINT_EVERY = 100
"""Versions of a table after which a checkpoint spares whoever opens it the entries before."""

_WRITE_OR_PUT_BACK = (
    f"Run a command that writes, such as `fanal update`. Where that cannot either: {PUT_BACK}"
)


class Lake:
    """Read and write the lake of one workspace. Delta has no unsigned numbers: hashes are kept as int64 bits.

    A writer begins with `fanal.store.rollback.roll_back`. What it writes is on the disk once `keep` returns, and stays
    only if the desk then notes what `keep` answered: with a batch, or by `promise`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lake = Lake(Path(folder))
    ...     version = lake.overwrite("numbers", pa.table({"n": [1, 2]}))
    ...     lake.read("numbers")["n"].to_pylist()
    [1, 2]
    """

    def __init__(
        self,
        root: Path,
        *,
        note: Callable[[Mapping[str, int]], None] | None = None,
        promised: Callable[[], Mapping[str, int] | None] | None = None,
    ) -> None:
        """Open a lake.

        Args:
            root: its folder.
            note: writes the version of tables into the desk, as `Desk.promise`; None: there is no desk.
            promised: reads them there, as `Desk.promised`; None: nothing is known to be promised.
        """
        self._root = root
        self._note = note
        self._promised = promised
        self._kept: dict[str, int] = {}  # table: the version up to which all is on the disk
        self._writing: dict[str, DeltaTable] = {}  # tables that this lake appends to, open
        self._spared: dict[str, int] = {}  # table: the version of its checkpoint
        self._batch_open = False  # rows of a batch wait for the desk
        self._renamed = False  # so do rows that carry another id than before

    @property
    def root(self) -> Path:
        """Return the lake's folder; each table is a folder in it."""
        return self._root

    def begin(self, kept: Mapping[str, int]) -> None:
        """Take the versions of some tables as being on the disk."""
        self._kept.update(kept)

    def exists(self, name: str) -> bool:
        """Say whether a table was ever written."""
        return History(self._root / name).begun

    def append(self, name: str, rows: pa.Table) -> None:
        """Append the rows of a batch. They stay unseen until the desk holds the batch's id."""
        if self._renamed:
            raise RuntimeError(
                "Rows that were renamed wait for the desk: a commit would let them count before."
            )
        self.require_room(rows.nbytes)
        self._batch_open = True
        # Rows without a time go into a file of their own: it would otherwise seem to reach from 1970 to today.
        timeless = pc.equal(rows["week"], _NO_TIME)
        for part in (rows.filter(pc.invert(timeless)), rows.filter(timeless)):
            if len(part) or not (name in self._writing or self.exists(name)):
                write_deltalake(
                    self._open(name),
                    part.cast(BATCHED[name]),
                    mode="append",
                    post_commithook_properties=NO_HOOKS,
                )

    def overwrite(self, name: str, rows: pa.Table) -> int:
        """Write a table anew, in one commit, on the disk when this returns; returns its version, from 0."""
        self.require_room(rows.nbytes)
        write_deltalake(
            self._root / name,
            rows.replace_schema_metadata(None),
            mode="overwrite",
            schema_mode="overwrite",
            post_commithook_properties=NO_HOOKS,
        )
        version = self.table(name).version()
        # Of earlier overwrites each one that returned is on the disk, and one that did not counts for nothing.
        self._sync(name, version - 1, version)
        return version

    def replace(
        self,
        name: str,
        adds: Sequence[AddAction],
        removes: Sequence[RemoveAction],
        *,
        why: str,
        renamed: bool = False,
    ) -> None:
        """Put files of a batched table into the place of others, in one commit; then `promise`, or it is undone.

        Args:
            name: the table.
            adds: files that lie in the table's folder already.
            removes: files that the table has.
            why: noted in the log.
            renamed: rows carry another batch's id than before: not `promise` makes them count but the transaction of
                the desk that knows of it, with what `keep` answers; then say `settled`.
        """
        self._renamed = self._renamed or renamed
        noted = {ACTIONS: len(adds) + len(removes), "fanal.why": why}
        table = self.table(name)
        table.create_write_transaction(
            [*adds, *removes],
            "append",
            table.schema(),
            commit_properties=CommitProperties(custom_metadata=noted),
            post_commithook_properties=NO_HOOKS,
        )
        self._writing.pop(name, None)

    def keep(self) -> dict[str, int]:
        """Put all that was written on the disk: files, entries of the logs, and the folders that name them.

        Returns:
            The version of each batched table, for the desk to note in the transaction that makes the rows count.
        """
        newest: dict[str, int] = {}
        for name in BATCHED:
            if name in self._writing or self.exists(name):
                version = self._current(name).version()
                self._sync(name, self._kept.get(name, -1), version)
                self._kept[name] = newest[name] = version
        self._batch_open = False
        return newest

    def promise(self) -> None:
        """Put all that was written on the disk and let the desk note it, where no batch does so.

        Raises:
            RuntimeError: rows of a batch wait for the desk: they are committed with the batch, or not at all.
        """
        if self._batch_open:
            raise RuntimeError("Rows of an open batch are promised by Desk.commit_batch alone.")
        if self._renamed:
            raise RuntimeError(
                "Rows that were renamed are promised by the transaction that renames their batches."
            )
        kept = self.keep()
        if self._note:
            self._note(kept)

    def settled(self) -> None:
        """Say that the desk knows of the rows that were renamed, and of the versions that hold them."""
        self._renamed = False

    def close(self) -> None:
        """End writing: what was rewritten is promised; rows that wait for the desk are left to the next roll back."""
        if not (self._batch_open or self._renamed) and any(
            History(self._root / name).newest > self._kept.get(name, -1) for name in BATCHED
        ):
            self.promise()

    def spare(self) -> None:
        """Make a checkpoint of each batched table with many entries since its last; all of them are promised."""
        for name, version in self._kept.items():
            if name not in self._spared:
                self._spared[name] = max(History(self._root / name).checkpoint, 0)
            if version - self._spared[name] >= CHECKPOINT_EVERY:
                self.checkpoint(name)

    def rewritten(self, name: str) -> None:
        """Promise what Delta itself wrote anew in a batched table: what is not promised is rolled back."""
        self._writing.pop(name, None)
        self.promise()

    def checkpoint(self, name: str) -> None:
        """Make a checkpoint of a table at its newest version; `promise` it before."""
        self._spared[name] = checkpoint(self._root / name)

    def vacuum(self, name: str, *, keep: timedelta, now: datetime) -> Swept:
        """Remove from the disk what only versions from before `keep` need, files and history alike.

        All that was written before is promised first, as it can then not be rolled back. With a `keep` of nothing,
        rows that were rewritten away are in no file of the table when this returns; a reader that is at work may miss
        a file and be told so.

        Args:
            name: a table that is not a layer: of layers older versions are read.
            keep: how long readers may go on with an older version; whole hours.
            now: the time.
        """
        self.promise()
        self.checkpoint(name)
        swept = sweep(self._root / name, keep=keep, now=now)
        self._writing.pop(name, None)
        self.promise()
        return swept

    def _sync(self, name: str, after: int, upto: int) -> None:
        """Put the entries after a version, and the files that they add, on the disk."""
        history = History(self._root / name)
        versions = range(after + 1, upto + 1)
        entries = [history.path(version) for version in versions]
        added = [
            history.table / file.path
            for version in versions
            if (entry := history.entry(version))
            for file in entry.added
        ]
        sync([*added, *entries], up_to=self._root.parent)

    def _open(self, name: str) -> DeltaTable | Path:
        """Return the open table to append to; its folder where it is not there yet."""
        return self._current(name) if name in self._writing or self.exists(name) else self._root / name

    def _current(self, name: str) -> DeltaTable:
        """Return a table open at its newest version; it stays open, as its log may be long."""
        opened = self._writing.get(name)
        if opened is None:
            opened = self._writing[name] = self.table(name)
        elif History(self._root / name).path(opened.version() + 1).exists():  # written by another way
            opened.update_incremental()
        return opened

    def require_room(self, needed: int) -> None:
        """Refuse to begin what will not fit: when Delta meets a full disk, it also prints a traceback of its own.

        Raises:
            OSError: ENOSPC; also where the little that the desk needs afterwards would not fit.
        """
        disk = os.statvfs(self._root)
        if disk.f_bavail * disk.f_frsize < needed + RESERVE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._root))

    def parts(self, name: str) -> list[Part]:
        """Return the files of a batched table, in the order of writing; read from its log, not from them."""
        if not self.exists(name):
            return []
        return parts_of(self._current(name))

    def read_part(self, name: str, part: Part, column: str) -> pa.ChunkedArray:
        """Return one column of one file of a batched table.

        Raises:
            WorkspaceError: the file is missing or damaged.
        """
        return self.read_file(name, part, [column])[column]

    def read_file(self, name: str, part: Part, columns: Sequence[str]) -> pa.Table:
        """Return columns of one file of a batched table; raises as `read_part`."""
        path = self._root / name / part.path
        try:
            return pq.read_table(path, columns=list(columns), use_threads=False, partitioning=None)
        except (FileNotFoundError, pa.ArrowInvalid) as error:
            raise damaged(path) from error

    def table(self, name: str, version: int | None = None) -> DeltaTable:
        """Return the Delta table, open at a version or at its newest.

        Raises:
            WorkspaceError: its log is damaged.
        """
        if not (self._root / name).is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._root / name))
        try:
            return DeltaTable(self._root / name, version=version)
        except DeltaError as error:
            raise sentence(error, self._root.parent) or WorkspaceError(
                f"The log of the lake cannot be read: {self._root / name}.", hint=_WRITE_OR_PUT_BACK
            ) from error

    def dataset(self, name: str, version: int | None = None) -> ds.Dataset:
        """Return a table as an Arrow dataset, as it was at a version or as it is; an unwritten batched table is empty.

        Raises:
            WorkspaceError: something that the desk promises of it is missing or damaged.
        """
        self._look(name)
        if not self.exists(name):
            return ds.dataset(BATCHED[name].empty_table())
        return self._dataset(name, version)

    def read(self, name: str, version: int | None = None) -> pa.Table:
        """Return a whole table, as it was at a version or as it is."""
        return self._dataset(name, version).to_table()

    def _dataset(self, name: str, version: int | None) -> ds.Dataset:
        """Return a written table, its files read by Arrow itself.

        Delta's own file system is Python's: a thread of Arrow that still holds it when a short command ends aborts the
        whole process (Arrow's issue 34314).
        """
        files = SubTreeFileSystem(str(self._root / name), LocalFileSystem())
        table = self.table(name, version)
        check_files(table, self._root / name)
        return dataset_of(table, files)

    def query(self, sql: str, *, committed: Collection[str], **extra: pa.Table) -> pa.Table:
        """Return the answer of a DuckDB query over the tables of BATCHED, committed batches alone.

        With what `Desk.batches` answers, the tables are read as they were at that moment, whatever is committed or
        compacted meanwhile. `extra` tables go in under their names; what they tell of batches is looked up before
        `committed`, so that a batch which went into another meanwhile is found under both.
        """
        tables, committed = self._as_of(committed)
        with duckdb.connect() as connection:
            connection.register("committed", pa.table({"batch": pa.array(list(committed), pa.string())}))
            for name, table in tables.items():
                connection.register(f"all_{name}", table)
                view = f"CREATE VIEW {name} AS SELECT * FROM all_{name} SEMI JOIN committed USING (batch)"  # noqa: S608 - names of BATCHED
                connection.execute(view)
            for name, rows in extra.items():
                connection.register(name, rows)
            return connection.sql(sql).to_arrow_table()

    def _as_of(self, committed: Collection[str]) -> tuple[dict[str, ds.Dataset], Collection[str]]:
        """Return the tables of BATCHED as they were when some batches were committed, and the ids of these.

        Where a version was swept meanwhile, both are as of now.
        """
        while True:
            versions = committed.lake if isinstance(committed, Committed) else {}
            try:
                return {name: self.dataset(name, versions.get(name)) for name in BATCHED}, committed
            except WorkspaceError:
                again = committed.anew() if isinstance(committed, Committed) else None
                if again is None or again.lake == versions:
                    raise
                committed = again

    def check(self, name: str) -> None:
        """Refuse a table of which a file is missing or has not the size that its log says.

        Raises:
            WorkspaceError: it names the file and what to do.
        """
        if self.exists(name):
            check_files(self._current(name), self._root / name)

    def _look(self, name: str) -> None:
        """Refuse a table that lost what is promised of it, where no writer looked at it when it opened the lake."""
        end = (self._promised() or {}).get(name) if self._promised and name not in self._kept else None
        if end is None:
            return
        try:
            History(self._root / name).check(end)
        except WorkspaceError:
            # Another process may have made a checkpoint and swept between the names and the files.
            History(self._root / name).check(end)
