"""The replay of a file's rejected rows: what is good now leaves the list in the transaction that commits it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, delete, update

from fanal.model.post import Reading
from fanal.store.desk import Desk
from fanal.store.rejects import Open
from fanal.store.tables import BATCHES, REJECTS

_AT_ONCE = 500
"""Numbers in one statement; SQLite takes a bounded number of values."""


class Replay:
    """Choose the rejected rows of a file out of its Readings, and settle what has become of them.

    `chosen` may run in another thread, ahead of `settle`: it reads what does not change.
    """

    def __init__(self, desk: Desk, rows: Open) -> None:
        """Take the rows that are to be read again, ascending by line."""
        self._desk = desk
        self._rows = rows
        self._lines = pa.array(np.unique(rows.lines))
        self._pairs = _pairs(pa.array(rows.lines), rows.reasons.cast(pa.string()))
        self.found = 0  # rows of the list that the Readings held
        self.posts = 0  # of these, posts now
        self.skipped = 0  # of these, without a text
        self.changed = 0  # of these, still wrong, for another reason than before
        self.settled: list[NDArray[np.int64]] = []  # lines that left the list

    def chosen(self, readings: Iterator[Reading]) -> Iterator[Reading]:
        """Yield of each Reading what the list holds; of rows that are still wrong, those with another reason."""
        for reading in readings:
            posts = reading.posts.filter(self._listed(reading.posts["line"]))
            skipped = reading.skipped.filter(self._listed(reading.skipped))
            rejected = reading.rejected.filter(self._listed(reading.rejected["line"]))
            self.found += sum(
                len(self._places(lines.to_numpy())) for lines in (posts["line"], skipped, rejected["line"])
            )
            same = pc.is_in(_pairs(rejected["line"], rejected["reason"]), self._pairs)
            yield replace(reading, posts=posts, skipped=skipped, rejected=rejected.filter(pc.invert(same)))

    def settle(self, connection: Connection, reading: Reading) -> None:
        """Take what is good now out of the list, and give what is not its new reason, in a transaction.

        A row that leaves the list is no longer counted as rejected with the batch that it was read with.
        """
        posts, skipped = (self._places(part.to_numpy()) for part in (reading.posts["line"], reading.skipped))
        places = np.concatenate([posts, skipped])
        for numbers in _split(self._rows.numbers[places]):
            connection.execute(delete(REJECTS).where(REJECTS.c.id.in_(numbers)))
        for entry in self._rows.batches.take(pa.array(places)).value_counts().to_pylist():
            fewer = BATCHES.c.posts_rejected - entry["counts"]
            connection.execute(
                update(BATCHES).where(BATCHES.c.batch == entry["values"]).values(posts_rejected=fewer)
            )
        changed = [
            {"number": number, "now": reason}
            for line, reason in zip(
                *(reading.rejected[name].to_pylist() for name in ("line", "reason")), strict=True
            )
            for number in self._rows.numbers[self._places(np.array([line]))].tolist()
        ]
        if changed:
            one = update(REJECTS).where(REJECTS.c.id == bindparam("number"))
            connection.execute(one.values(reason=bindparam("now")), changed)
        self.posts += len(posts)
        self.skipped += len(skipped)
        self.changed += len(changed)
        self.settled.append(self._rows.lines[places])

    def settle_alone(self, reading: Reading) -> None:
        """Settle a Reading of which nothing is new, so that no batch is committed."""
        if len(reading.posts) + len(reading.skipped) + len(reading.rejected):
            with self._desk.transaction() as connection:
                self.settle(connection, reading)

    def _listed(self, lines: pa.Array) -> pa.Array:
        """Tell which lines the list holds."""
        return pc.is_in(lines, self._lines)

    def _places(self, lines: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where the list holds some lines; a line may stand there more than once."""
        first, behind = (np.searchsorted(self._rows.lines, lines, side=side) for side in ("left", "right"))
        sizes = behind - first
        begins = (
            np.repeat(first - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes) if len(lines) else first
        )
        return (begins + np.arange(sizes.sum())).astype(np.int64)


def _pairs(lines: pa.Array, reasons: pa.Array) -> pa.Array:
    """Return line and reason of each row as one text."""
    return pc.binary_join_element_wise(lines.cast(pa.string()), reasons, "\x00")


def _split(numbers: NDArray[np.int64]) -> Iterator[list[int]]:
    """Yield numbers, so many at a time as one statement takes."""
    for at in range(0, len(numbers), _AT_ONCE):
        yield numbers[at : at + _AT_ONCE].tolist()
