"""What was read before: a keyed hash of every committed row, so that reading a file again changes nothing."""

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray

from fanal.model.post import Reading
from fanal.store.keyring import Key
from fanal.store.lake import Lake
from fanal.text.siphash import hash_strings

NO_WEEK = np.int32(-3)
"""Skipped and rejected rows have no time; they are kept under the first ISO week of 1970."""


def post_rows(posts: pa.RecordBatch, *, file: str, form: str, key: Key) -> NDArray[np.uint64]:
    """Return the hash that recognises each post again: by id, author and time, in any file of its format.

    A post without an id is known by its file, line and time alone, so two exports that overlap and give
    no ids count their common posts twice.
    """
    time = posts["time"].cast(pa.int64()).cast(pa.string())
    author = pc.fill_null(posts["author"], "")
    by_id = pc.binary_join_element_wise(pa.scalar(form), posts["id"], author, time, "\x00")
    line = posts["line"].cast(pa.string())
    by_line = pc.binary_join_element_wise(pa.scalar("line"), pa.scalar(file), line, time, "\x00")
    return hash_strings(pc.coalesce(by_id, by_line), key)


def other_rows(reading: Reading, *, file: str, key: Key) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the hashes of the skipped and of the rejected rows: by file and line, and by reason."""
    skipped = pc.binary_join_element_wise(
        pa.scalar("skipped"), pa.scalar(file), reading.skipped.cast(pa.string()), "\x00"
    )
    rejected = pc.binary_join_element_wise(
        pa.scalar("rejected"),
        pa.scalar(file),
        reading.rejected["line"].cast(pa.string()),
        reading.rejected["reason"],
        "\x00",
    )
    return hash_strings(skipped, key), hash_strings(rejected, key)


class Seen:
    """Tell new rows from those that a committed batch holds. Keeps 8 bytes a row of each week touched."""

    def __init__(self, lake: Lake, committed: Collection[str]) -> None:
        self._lake = lake
        self._committed = pa.array(list(committed), pa.string())
        self._weeks: dict[int, NDArray[np.uint64]] = {}

    def fresh(self, weeks: NDArray[np.int32], rows: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return which rows are new: not committed before, and the first of their kind in this batch."""
        first = np.zeros(len(rows), dtype=np.bool_)
        first[np.unique(rows, return_index=True)[1]] = True
        touched = np.unique(weeks)
        self._load([int(week) for week in touched if int(week) not in self._weeks])
        for week in touched:
            of_week = np.flatnonzero(weeks == week)
            first[of_week] &= ~np.isin(rows[of_week], self._weeks[int(week)])
        return first

    def fresh_other(self, rows: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return which skipped or rejected rows are new."""
        return self.fresh(np.full(len(rows), NO_WEEK), rows)

    def add_other(self, rows: NDArray[np.uint64]) -> None:
        """Remember skipped and rejected rows that were just committed."""
        self.add(np.full(len(rows), NO_WEEK), rows)

    def add(self, weeks: NDArray[np.int32], rows: NDArray[np.uint64]) -> None:
        """Remember the rows of a batch that was just committed."""
        for week in np.unique(weeks):
            known = self._weeks.get(int(week), np.empty(0, np.uint64))
            self._weeks[int(week)] = np.concatenate([known, rows[weeks == week]])

    def _load(self, weeks: list[int]) -> None:
        """Read the committed rows of some weeks from the lake."""
        if not weeks:
            return
        days = pa.array(weeks, pa.int32()).cast(pa.date32())
        wanted = ds.field("week").isin(days) & ds.field("batch").isin(self._committed)
        found = self._lake.dataset("seen").to_table(columns=["week", "row"], filter=wanted)
        of_row = found["week"].cast(pa.int32()).to_numpy()
        rows = found["row"].to_numpy().view(np.uint64)
        for week in weeks:
            self._weeks[week] = rows[of_row == week]
