"""What was read before: a keyed hash of every committed row, so that reading a file again changes nothing."""

from collections.abc import Callable, Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.post import Reading
from fanal.model.week import WEEK
from fanal.store.keyring import Key
from fanal.store.lake import Lake
from fanal.store.part import Part
from fanal.store.sieve import Sieve
from fanal.text.siphash import hash_strings

_TABLE = "seen"

NO_WEEK = np.int32(-3)
"""Skipped and rejected rows of a file have no time; they are kept under the first ISO week of 1970."""

NameRows = Callable[[pa.Array], pa.Array]
"""Gives a text that names each skipped or rejected row, by the numbers of their lines."""


def by_line(lines: pa.Array) -> pa.Array:
    """Return what names the rows of a file: the numbers of their lines."""
    return lines.cast(pa.string())


def post_rows(posts: pa.RecordBatch, *, form: str, key: Key) -> NDArray[np.uint64]:
    """Return the hash that recognises each post again, in any file of its format.

    By id, author and time; a post without an id by author, time and text. So the same id with another text is the post
    that is known and its new text is not looked at, unless its stream says that it is an edit and it has the id of one
    (`fanal.model.version`). A repost has an id of its own and is a post of its own; posts without ids that stand in two
    exports are counted once. Two posts without ids, of one author or of authors that are not named, with the same time
    and text are one post.
    """
    time = posts["time"].cast(pa.int64()).cast(pa.string())
    author = pc.fill_null(posts["author"], "")
    by_id = hash_strings(
        pc.coalesce(pc.binary_join_element_wise(pa.scalar(form), posts["id"], author, time, "\x00"), ""), key
    )
    unnamed = _without_id(posts)
    if len(unnamed):
        at, long = pa.array(unnamed), pa.large_string()
        parts = [pa.scalar("said"), pa.scalar(form), author.take(at), time.take(at), posts["text"].take(at)]
        said = pc.binary_join_element_wise(*(part.cast(long) for part in parts), pa.scalar("\x00", long))
        by_id = by_id.copy()
        by_id[unnamed] = hash_strings(said, key)
    return by_id


def line_rows(posts: pa.RecordBatch, *, file: str, key: Key) -> tuple[NDArray[np.intp], NDArray[np.uint64]]:
    """Return which posts have no id, and the hash by which an earlier Fanal knew each: by file, line and time."""
    unnamed = _without_id(posts)
    at = pa.array(unnamed)
    line = posts["line"].take(at).cast(pa.string())
    time = posts["time"].take(at).cast(pa.int64()).cast(pa.string())
    by_line = pc.binary_join_element_wise(pa.scalar("line"), pa.scalar(file), line, time, "\x00")
    return unnamed, hash_strings(by_line, key)


def _without_id(posts: pa.RecordBatch) -> NDArray[np.intp]:
    """Return the numbers of the posts that have no id."""
    return np.flatnonzero(posts["id"].is_null().to_numpy(zero_copy_only=False))


def other_rows(
    reading: Reading, *, file: str, key: Key, name: NameRows = by_line
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the hashes of the skipped and of the rejected rows: by file and what names them, and by reason."""
    skipped = pc.binary_join_element_wise(
        pa.scalar("skipped"), pa.scalar(file), name(reading.skipped), "\x00"
    )
    rejected = rejected_rows(name(reading.rejected["line"]), reading.rejected["reason"], file=file, key=key)
    return hash_strings(skipped, key), rejected


def rejected_rows(
    names: pa.StringArray, reasons: pa.StringArray | pa.StringScalar, *, file: str, key: Key
) -> NDArray[np.uint64]:
    """Return the hash of each rejected row, from what names it and its reason, or one reason for all."""
    named = pc.binary_join_element_wise(pa.scalar("rejected"), pa.scalar(file), names, reasons, "\x00")
    return hash_strings(named, key)


class Seen:
    """Tell new rows from those that a committed batch holds, in memory that does not grow with their number.

    The hashes stay in the lake, 8 bytes a row and about 10 on the disk. In memory stands one `Sieve` of fixed
    size (32 MB) and about 200 bytes for each file of the lake, nothing for a row. A row that the sieve never
    took is new. One that it may have taken is looked for in the lake's files of its week, first where the
    last was found, so that a file that is read again costs one look at each of its batches.

    Limits: with more than about 7 million rows in the weeks that one run touches, most batches hold a
    row that is new and still looked for in all files of its week (about 30 ns for each row there).
    """

    def __init__(self, lake: Lake, committed: Collection[str], *, sieve: Sieve | None = None) -> None:
        self._lake = lake
        self._sieve = sieve or Sieve()
        known = set(committed)
        # What an earlier run left uncommitted is not known; what this run adds from here on is committed, and so
        # is each batch of a file of several.
        self._ignored = {
            part.path for part in lake.parts(_TABLE) if part.batch is not None and part.batch not in known
        }
        self._taken: set[str] = set()  # files whose rows are in the sieve
        self._weeks: set[int] = set()  # of which all rows are
        self._last = ""  # the file that the last known row was found in

    def fresh(self, weeks: NDArray[np.int32], rows: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return which rows are new: not committed before, and the first of their kind in this batch."""
        first = np.zeros(len(rows), dtype=np.bool_)
        first[np.unique(rows, return_index=True)[1]] = True
        self._take(np.unique(weeks))
        doubtful = np.flatnonzero(first)[self._sieve.may_hold(rows[first])]
        if len(doubtful):
            first[doubtful] = ~self._found(weeks[doubtful], rows[doubtful])
        return first

    def fresh_posts(
        self,
        posts: pa.RecordBatch,
        weeks: NDArray[np.int32],
        rows: NDArray[np.uint64],
        *,
        file: str,
        key: Key,
    ) -> NDArray[np.bool_]:
        """Return which posts are new, also to an earlier Fanal, which knew posts without ids by their line.

        Args:
            posts: POST_SCHEMA, n rows.
            weeks: Monday of each, days since 1970-01-01.
            rows: what `post_rows` says of them.
            file: where they stand.
            key: of the workspace.
        """
        new = self.fresh(weeks, rows)
        unnamed, by_line = line_rows(posts, file=file, key=key)
        if len(unnamed):
            new[unnamed] &= self.fresh(weeks[unnamed], by_line)
        return new

    def fresh_other(self, rows: NDArray[np.uint64], *, week: np.int32 = NO_WEEK) -> NDArray[np.bool_]:
        """Return which skipped or rejected rows are new.

        Args:
            rows: their hashes.
            week: under which they are kept; of a stream that of their arrival, as a server repeats days and not years.
        """
        new = self.fresh(np.full(len(rows), week), rows)
        if week != NO_WEEK:  # a server that goes back over Monday; and what an earlier Fanal kept
            for other in (np.int32(week - WEEK.days), NO_WEEK):
                new &= self.fresh(np.full(len(rows), other), rows)
        return new

    def add_other(self, rows: NDArray[np.uint64]) -> None:
        """Remember skipped and rejected rows that were just committed."""
        self._sieve.add(rows)

    def add(self, weeks: NDArray[np.int32], rows: NDArray[np.uint64]) -> None:
        """Remember the rows of a batch that was just committed."""
        _ = weeks  # they stand in the lake
        self._sieve.add(rows)

    def _take(self, weeks: NDArray[np.int32]) -> None:
        """Put the rows of the files that may hold some weeks into the sieve, each file once."""
        fresh = np.array([week for week in weeks.tolist() if week not in self._weeks], np.int32)
        if not len(fresh):
            return
        for part in self._lake.parts(_TABLE):
            if part.path not in self._ignored and part.path not in self._taken and part.holds(fresh):
                self._sieve.add(self._rows(part))
                self._taken.add(part.path)
        self._weeks.update(fresh.tolist())

    def _found(self, weeks: NDArray[np.int32], rows: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return which rows stand in the lake; `rows` holds none twice."""
        found = np.zeros(len(rows), np.bool_)
        wanted = pa.array(rows)
        parts = [part for part in self._lake.parts(_TABLE) if part.path not in self._ignored]
        at = next((place for place, part in enumerate(parts) if part.path == self._last), 0)
        for part in parts[at:] + parts[:at]:
            if not part.holds(np.unique(weeks[~found])):
                continue
            there = pc.index_in(pa.array(self._rows(part)), value_set=wanted).drop_null().to_numpy()
            if len(there):
                found[there] = True
                self._last = part.path
                if found.all():
                    break
        return found

    def _rows(self, part: Part) -> NDArray[np.uint64]:
        """Return the hashes that a file holds."""
        rows: NDArray[np.int64] = self._lake.read_part(_TABLE, part, "row").to_numpy()
        return rows.view(np.uint64)
