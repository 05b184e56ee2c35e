"""The part: one file of a batched table, as the table's log tells of it."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from numpy.typing import NDArray

from fanal.model.error import WorkspaceError
from fanal.store.history import PUT_BACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Say what one file of a batched table holds."""

    path: str  # within the table's folder
    batch: str | None  # the one batch whose rows it holds; None: of several, each of them committed
    first: int  # the earliest week in it, days since 1970-01-01
    last: int  # the latest
    rows: int
    bytes: int

    def holds(self, weeks: NDArray[np.int32]) -> bool:
        """Say whether rows of any of these weeks may be in it; weeks sorted, ascending."""
        at = int(np.searchsorted(weeks, self.first))
        return at < len(weeks) and int(weeks[at]) <= self.last


def parts_of(table: DeltaTable) -> list[Part]:
    """Return the files of an open batched table, in the order of writing; none of them is opened."""
    facts = pa.table(table.get_add_actions(flatten=True))
    if not len(facts):
        return []
    facts = facts.sort_by([("modification_time", "ascending"), ("path", "ascending")])
    first, last = (facts[f"{end}.week"].cast(pa.int32()).to_pylist() for end in ("min", "max"))
    one = pc.equal(facts["min.batch"], facts["max.batch"])
    columns = [
        facts["path"].to_pylist(),
        pc.if_else(one, facts["min.batch"], None).to_pylist(),
        first,
        last,
        facts["num_records"].to_pylist(),
        facts["size_bytes"].to_pylist(),
    ]
    return [
        Part(path=path, batch=batch, first=start, last=end, rows=rows, bytes=size)
        for path, batch, start, end, rows, size in zip(*columns, strict=True)
    ]


def check_files(table: DeltaTable, folder: Path) -> None:
    """Refuse an open table of which a file is missing or has not the size that its log says.

    Raises:
        WorkspaceError: it names the file and what to do.
    """
    facts = pa.table(table.get_add_actions(flatten=True))
    for path, size in zip(facts["path"].to_pylist(), facts["size_bytes"].to_pylist(), strict=True):
        try:
            there = os.stat(f"{folder}/{path}").st_size  # noqa: PTH116 - tens of thousands of files
        except FileNotFoundError:
            there = -1
        if there != size:
            raise damaged(folder / path)


def damaged(path: Path) -> WorkspaceError:
    """Return what is said of a file of the lake that is not as it was written."""
    state = "damaged" if path.exists() else "missing"
    return WorkspaceError(f"A file of the lake is {state}: {path}.", hint=PUT_BACK)
