"""The history of a table: the entries of its Delta log on the disk, each whole, torn or missing."""

import json
import math
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from fanal.model.error import WorkspaceError
from fanal.store.durable import sync_folder

LOG = "_delta_log"
ACTIONS = "fanal.actions"
"""What a commit of ours notes of itself: how many files it adds and removes. Delta's own operations count theirs."""
LAST_CHECKPOINT = "_last_checkpoint"
_ENTRY_LENGTH = len(f"{0:020}.json")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(\.\d+\.\d+)?\.parquet")

PUT_BACK = "Put back a copy of the whole workspace, or read its files again into a new one."
"""What to do about a lake that lost what was committed: nothing here can make it again."""


class Added(NamedTuple):
    """Hold one file that an entry adds."""

    path: str  # within the table's folder
    size: int  # bytes
    batch: str | None  # the one batch whose rows it holds; None: of several, or it is not told


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Hold what one whole entry of a log changes."""

    version: int
    added: tuple[Added, ...]
    removed: int  # files


class History:
    """Look at the log of one table, without Delta: it must be told apart what Delta would not open, or would misread.

    An entry of no bytes, as a disk without power leaves it, is opened by Delta as a version that changes nothing.

    References:
        Delta Transaction Log Protocol, "Delta Log Entries", "Checkpoints".
    """

    def __init__(self, table: Path) -> None:
        """Look into a table's folder; it need not be there."""
        self.table = table
        self.log = table / LOG

    @cached_property
    def _names(self) -> list[str]:
        """Return the names in the log; many, so they are listed once and only where they are asked for."""
        return [path.name for path in self.log.iterdir()] if self.log.is_dir() else []

    @cached_property
    def _entries(self) -> set[int]:
        """Return the versions that have an entry."""
        return {int(name[:20]) for name in self._names if is_entry(name)}

    @cached_property
    def _checkpoints(self) -> dict[int, str]:
        """Return the versions that have a checkpoint, with its file."""
        names = (name for name in self._names if name.endswith(".parquet"))
        return {int(found[1]): name for name in names if (found := _CHECKPOINT.fullmatch(name))}

    @property
    def begun(self) -> bool:
        """Say whether there is an entry or a checkpoint at all, without a look at more than the first."""
        if not self.log.is_dir():
            return False
        with os.scandir(self.log) as found:
            return any(is_entry(one.name) or _CHECKPOINT.fullmatch(one.name) for one in found)

    @property
    def newest(self) -> int:
        """Return the newest version that an entry or a checkpoint names; -1: none."""
        return max(self._entries | set(self._checkpoints), default=-1)

    @property
    def checkpoint(self) -> int:
        """Return the version of the newest checkpoint; -1: there is none."""
        return max(self._checkpoints, default=-1)

    @property
    def oldest(self) -> int:
        """Return the oldest entry; -1: none."""
        return min(self._entries, default=-1)

    def path(self, version: int) -> Path:
        """Return the file of an entry."""
        return self.log / f"{version:020}.json"

    def needed(self) -> list[str]:
        """Return the names in the log that the newest version is read from: the newest checkpoint and what follows."""
        base = self.checkpoint
        later = [self.path(version).name for version in sorted(self._entries) if version > base]
        return [self._checkpoints[base], *later] if base >= 0 else later

    def spared(self, *, since: float = math.inf) -> list[Path]:
        """Return the entries and checkpoints that a checkpoint stands for, to whoever reads a version of some time.

        The newest entry is never among them: Delta reads a table without it, and refuses to write to it.

        Args:
            since: what was the newest version then, or later, must be read from what is left; seconds since 1970.
        """
        newest = self.newest
        then = max((one for one in self._entries if self.path(one).stat().st_mtime <= since), default=-1)
        base = max((one for one in self._checkpoints if one <= then), default=-1)
        old = (version for version in sorted(self._entries) if version <= base and version < newest)
        entries = [self.path(version) for version in old]
        return entries + [self.log / name for version, name in self._checkpoints.items() if version < base]

    def entry(self, version: int) -> Entry | None:
        """Return an entry that is whole; None: it is missing, cut or damaged."""
        try:
            lines = self.path(version).read_text(encoding="utf-8").splitlines()
            actions: list[dict[str, Any]] = [json.loads(line) for line in lines]
            added = [action["add"] for action in actions if "add" in action]
            removed = sum("remove" in action for action in actions)
            about = next((action["commitInfo"] for action in actions if "commitInfo" in action), None)
            if about is None:
                return None
            counted = about.get("operationMetrics", {})
            expected = counted.get("num_added_files", len(added)), counted.get("num_removed_files", removed)
            # Cut between two lines it is still JSON, so what it says of itself is counted.
            if (
                expected != (len(added), removed)
                or about.get(ACTIONS, len(added) + removed) != len(added) + removed
            ):
                return None
            return Entry(
                version=version,
                added=tuple(Added(str(one["path"]), int(one["size"]), _batch(one)) for one in added),
                removed=removed,
            )
        except (FileNotFoundError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def check(self, upto: int) -> None:
        """Refuse a history in which something up to a promised version is missing or damaged.

        Raises:
            WorkspaceError: it names the file and what to do.
        """
        if self.newest < upto:
            raise WorkspaceError(
                f"The lake lost commits: {self.table} ends at version {self.newest}, the desk knows {upto}.",
                hint=PUT_BACK,
            )
        base = max((version for version in self._checkpoints if version <= upto), default=-1)
        if base >= 0:
            self._check_checkpoint(base)
        for version in range(base + 1, upto + 1):
            if self.entry(version) is None:
                state = "damaged" if version in self._entries else "missing"
                raise WorkspaceError(f"The log of the lake is {state}: {self.path(version)}.", hint=PUT_BACK)

    def cut(self, after: int, *, committed: Collection[str]) -> None:
        """Remove the entries after a version, newest first, so that a crash in between leaves no gap.

        Raises:
            WorkspaceError: one of them adds a committed batch, or the version could not be read without a checkpoint
                that comes after it. Nothing is removed.
        """
        later = sorted((version for version in self._entries if version > after), reverse=True)
        for version in later:
            entry = self.entry(version)
            if entry and not entry.removed and any(file.batch in committed for file in entry.added):
                raise WorkspaceError(
                    f"The log of the lake is damaged before committed rows: {self.path(after + 1)}.",
                    hint=PUT_BACK,
                )
        drop = sorted(version for version in self._checkpoints if version > after)
        if after >= 0 and drop and self.oldest != 0 and not any(v <= after for v in self._checkpoints):
            raise WorkspaceError(
                f"The desk is older than the lake: {self.table} cannot go back to version {after}.",
                hint="Put back desk and lake of the same copy.",
            )
        if not later and not drop:
            return
        if drop:
            (self.log / LAST_CHECKPOINT).unlink(missing_ok=True)
        for version in reversed(drop):
            (self.log / self._checkpoints.pop(version)).unlink()
        for version in later:
            self.path(version).unlink()
            self._entries.discard(version)
        sync_folder(self.log)

    def _check_checkpoint(self, version: int) -> None:
        """Refuse a checkpoint that cannot be read."""
        path = self.log / self._checkpoints[version]
        try:
            pq.read_metadata(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise WorkspaceError(f"The log of the lake is damaged: {path}.", hint=PUT_BACK) from error


def is_entry(name: str) -> bool:
    """Say whether a file of a log is an entry.

    >>> is_entry("00000000000000000007.json"), is_entry("00000000000000000007.json#1")
    (True, False)
    """
    return len(name) == _ENTRY_LENGTH and name.endswith(".json") and name[:20].isdigit()


def _batch(added: dict[str, Any]) -> str | None:
    """Return the one batch whose rows a file holds, by the statistics of its `batch` column."""
    stats = json.loads(added.get("stats") or "{}")
    first = stats.get("minValues", {}).get("batch")
    return first if first is not None and first == stats.get("maxValues", {}).get("batch") else None
