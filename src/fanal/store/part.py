"""The part: one file of a batched table, as the table's log tells of it."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable
from numpy.typing import NDArray
from pyarrow.fs import FileSystem

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


def dataset_of(table: DeltaTable, files: FileSystem) -> ds.Dataset:
    """Return an open table as an Arrow dataset.

    Compaction of an earlier Fanal left files of which the log does not tell the ends and the nulls of every column. Of
    such a column Delta tells Arrow that it lies between null and null, which fits no filter at all: whoever asked for
    some of its rows would lose them. These files are read without that.

    Args:
        table: the table.
        files: its folder.
    """
    found = table.to_pyarrow_dataset(filesystem=files)
    facts = pa.table(table.get_add_actions(flatten=True))
    bare = pa.chunked_array([np.zeros(len(facts), np.bool_)])
    for name in found.schema.names:
        told = (
            facts[f"null_count.{name}"]
            if f"null_count.{name}" in facts.column_names
            else pa.nulls(len(facts))
        )
        bare = pc.or_(bare, pc.is_null(told))
    if not pc.any(bare).as_py():
        return found
    paths = set(facts["path"].filter(bare).to_pylist())
    fragments = [
        found.format.make_fragment(one.path, filesystem=files) if one.path in paths else one
        for one in found.get_fragments()
    ]
    return ds.FileSystemDataset(fragments, found.schema, found.format, files)


def damaged(path: Path) -> WorkspaceError:
    """Return what is said of a file of the lake that is not as it was written."""
    state = "damaged" if path.exists() else "missing"
    return WorkspaceError(f"A file of the lake is {state}: {path}.", hint=PUT_BACK)
