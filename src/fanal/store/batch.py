"""The batch: what one reading adds to the lake, joined to its posts by row and stripped of text and author."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.store.rows import SEEN
from fanal.store.seen import NO_WEEK


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Hold what the lake keeps of n posts: week, keyed hash and pseudonym of each."""

    id: str
    weeks: NDArray[np.int32]  # Monday of the ISO week, days since 1970-01-01, n
    posts: NDArray[np.uint64]  # keyed hash of the post, n
    pseudonyms: NDArray[np.uint64]  # n

    def join(self, rows: pa.RecordBatch, columns: Sequence[str]) -> pa.Table:
        """Return rows of a stage (with the post's `row`) as the lake keeps them, with `columns` of theirs."""
        at = rows["row"].to_numpy()
        kept: dict[str, pa.Array] = {
            "batch": pa.array([self.id], pa.string()).take(pa.array(np.zeros(len(at), np.int32))),
            "week": pa.array(self.weeks[at]).cast(pa.date32()),
            "post": pa.array(self.posts[at].view(np.int64)),
            "pseudonym": pa.array(self.pseudonyms[at].view(np.int64)),
        }
        return pa.table(kept | {name: rows[name] for name in columns})

    def seen(self, other: NDArray[np.uint64], *, week: np.int32 = NO_WEEK) -> pa.Table:
        """Return the hashes of all rows of the batch: of its posts, and of skipped and rejected rows under a week."""
        weeks = np.concatenate([self.weeks, np.full(len(other), week)])
        rows = np.concatenate([self.posts, other]).view(np.int64)
        batch = pa.array([self.id], pa.string()).take(pa.array(np.zeros(len(rows), np.int32)))
        return pa.table([batch, pa.array(weeks).cast(pa.date32()), pa.array(rows)], schema=SEEN)
