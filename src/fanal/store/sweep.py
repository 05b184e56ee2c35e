"""The sweep: what no version of a table needs any more leaves the disk, with the entries of its log that told of it."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, PostCommitHookProperties

from fanal.store.checkpoint import WORKSHOP
from fanal.store.durable import overwrite, sync_folder
from fanal.store.history import History

NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
"""Delta's own checkpoint and cleanup are not synced: without power they could lose what they replace."""
_UNFINISHED = re.compile(r".+#\d+")
"""How Delta names a file while it writes it; a killed process leaves it so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """Count what left the disk."""

    files: int  # with rows
    entries: int  # of the log, its checkpoints among them
    bytes: int

    def __add__(self, other: "Swept") -> "Swept":
        """Return what left the disk both times."""
        return Swept(
            files=self.files + other.files,
            entries=self.entries + other.entries,
            bytes=self.bytes + other.bytes,
        )


def sweep(table: Path, *, keep: timedelta, now: datetime) -> Swept:
    """Remove files and log entries of a table that only versions from before `keep` need.

    Its newest version must be promised and have a checkpoint: what is removed here cannot be rolled back to. Delta's
    VACUUM chooses the files; what it notes of itself is two more versions. What goes is overwritten with zeros first.

    Args:
        table: the table's folder.
        keep: how long readers may go on with a version that is no longer the newest; whole hours.
        now: the time.
    """
    before = _bytes(table)
    hours = int(keep.total_seconds() // 3600)
    vacuum = partial(
        DeltaTable(table).vacuum,
        retention_hours=hours,
        enforce_retention_duration=False,
        full=True,
        post_commithook_properties=NO_HOOKS,
    )
    gone = [
        path for path in vacuum(dry_run=True) if (table / path).exists()
    ]  # it also names what went before
    for name in gone:
        overwrite(table / name)
    if gone:
        vacuum(dry_run=False)
    if (
        not keep
    ):  # Delta spares a file that no version names if a wrong clock made it, or a copy, in time to come
        named = set(pa.table(DeltaTable(table).get_add_actions(flatten=True))["path"].to_pylist())
        for path in sorted(table.glob("*.parquet")):
            if path.name not in named:
                overwrite(path)
                path.unlink()
    shutil.rmtree(table / WORKSHOP, ignore_errors=True)
    until = (now - keep).timestamp()
    history = History(table)
    unfinished = [path for path in _files(table) if _UNFINISHED.fullmatch(path.name)]
    before_checkpoint = history.spared(since=until)
    removed = [path for path in (*unfinished, *before_checkpoint) if path.stat().st_mtime <= until]
    for path in removed:
        overwrite(path)
        path.unlink()
    sync_folder(history.log)
    sync_folder(table)
    entries = sum(path.parent == history.log for path in removed)
    return Swept(
        files=len(gone) + len(removed) - entries, entries=entries, bytes=max(0, before - _bytes(table))
    )


def _files(folder: Path) -> Iterator[Path]:
    """Give the files in a folder and below."""
    return (path for path in folder.rglob("*") if path.is_file())


def _bytes(folder: Path) -> int:
    """Return how many bytes the files of a folder hold."""
    return sum(path.stat().st_size for path in _files(folder))
