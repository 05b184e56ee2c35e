"""The vault: the texts that a signal needs, each sealed with the key of the day on which it was written."""

import errno
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.error import KeyGoneError, WorkspaceError
from fanal.model.field import field as column
from fanal.store import segment
from fanal.store.durable import DRAFT, put, sync_folder, wipe
from fanal.store.keyring import Keyring
from fanal.store.lake import RESERVE
from fanal.store.sealed import Sealed, What, opened, packed
from fanal.store.segment import MOST_NAME, SUFFIX, Head, Row
from fanal.store.wrapped import NONCE_BYTES

LISTED = pa.schema(
    [
        column("day", pa.date32(), "UTC day on which the text was sealed"),
        column("batch", pa.string(), "id of its batch"),
        column("post", pa.uint64(), "keyed hash of the post"),
    ]
)

_BATCH = re.compile(rf"[0-9A-Za-z_-]{{1,{MOST_NAME}}}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
Damaged = Callable[[WorkspaceError], None]
"""Told of each segment that cannot be read, so that the others can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Hold a row that was rejected, as it stood in its file."""

    row: int  # keyed hash, by which it is known again
    line: int
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Say what a look at every byte of the vault found."""

    segments: int
    rows: int  # that open
    gone: int  # whose day's key was destroyed
    faults: tuple[str, ...]  # one sentence for each segment that is not whole


class Vault:
    """Seal texts, and open one when a person with a purpose asks; readers see committed batches alone.

    Each batch has one segment, in the folder of the day on which it was written. A segment is whole or absent, and
    it is on the disk before its batch is committed. Whoever writes, removes or drops holds the workspace.
    """

    def __init__(
        self,
        folder: Path,
        keyring: Keyring,
        *,
        committed: Callable[[], Collection[str]],
        dice: Callable[[int], bytes],
    ) -> None:
        """Open the vault of a workspace; no key is needed yet."""
        self._folder = folder
        self._keyring = keyring
        self._committed = committed
        self._dice = dice

    def write(
        self,
        batch: str,
        *,
        day: date,
        posts: pa.RecordBatch,
        hashes: NDArray[np.uint64],
        chosen: NDArray[np.int64],
        form: str,
        file: str,
        rejected: Sequence[Rejected] = (),
        named: Mapping[int, str] | None = None,
    ) -> int:
        """Seal the chosen posts and the rejected rows of a batch. Commit the batch in the desk after it.

        Args:
            batch: its id: letters, digits, - and _, 64 at most.
            day: UTC day on which this is.
            posts: POST_SCHEMA, n rows.
            hashes: keyed hash of each post, n.
            chosen: rows of posts whose text is kept.
            form: the format that they were read as.
            file: name of their file.
            rejected: rows to keep as they are.
            named: as a Reading has it.

        Returns:
            How many rows were sealed; for none, no file is made.

        Raises:
            KeyGoneError: the key of this day was destroyed.
        """
        if not _BATCH.fullmatch(batch):
            raise ValueError(f"{batch!r} cannot be the name of a segment.")
        rows = _posts(posts, hashes, chosen, form=form, file=file, named=named or {})
        rows += [
            Row(
                post=one.row,
                number=number,
                what=What.REJECTED,
                content=packed((0, one.line), (one.raw, None, None, form.encode(), file.encode())),
            )
            for number, one in enumerate(rejected)
        ]
        if not rows:
            return 0
        self._require_room(sum(len(row.content) for row in rows))
        parts = segment.written(
            rows,
            ring=self._keyring.id(),
            day=day,
            batch=batch,
            key=self._keyring.of_day(day),
            nonces=self._dice(NONCE_BYTES * (len(rows) + 1)),
        )
        folder = self._folder / day.isoformat()
        for one in (self._folder, folder):
            if not one.is_dir():
                one.mkdir(mode=0o700)
                sync_folder(one.parent)
        put(folder / (batch + SUFFIX), *parts)
        return len(rows)

    def read(self, post: int, what: What = What.POST) -> Sealed:
        """Open the row of a post, or of a rejected row.

        Every segment is looked at, and to its end, whether the row is found early, late or not at all.

        Raises:
            KeyGoneError: the key of its day was destroyed.
            WorkspaceError: the vault does not hold it, or a segment that may hold it is damaged.
        """
        faults: list[WorkspaceError] = []
        holding = [
            one for one in self._heads(faults.append) if np.count_nonzero(one.posts == np.uint64(post))
        ]
        for one in holding:
            for found in self._opened(one, post):
                if found.content.what is what:
                    return found
        if faults:
            raise faults[0]
        raise WorkspaceError(
            f"The vault holds no text of {post:016x}.",
            hint="Only posts with a signal or in the sample are kept.",
        )

    def listed(self, damaged: Damaged | None = None) -> pa.Table:
        """Return which posts have a text, without opening any: LISTED, by day and batch; rejected rows too."""
        heads = list(self._heads(damaged))
        sizes = [len(one.posts) for one in heads]
        at = pa.array(np.repeat(np.arange(len(heads)), sizes), pa.int64())
        columns = [
            pa.array([one.day for one in heads], pa.date32()).take(at),
            pa.array([one.batch for one in heads], pa.string()).take(at),
            pa.array(np.concatenate([one.posts for one in heads]) if heads else [], pa.uint64()),
        ]
        return pa.table(columns, schema=LISTED)

    def days(self) -> list[date]:
        """Return the days that have a segment, sorted."""
        return sorted({date.fromisoformat(path.parent.name) for path in self._paths()})

    def of_day(self, day: date, damaged: Damaged | None = None) -> Iterator[Sealed]:
        """Open every row of a day, one after another.

        Args:
            day: UTC day on which they were written.
            damaged: told of each segment that cannot be read; None: the first one is raised.

        Raises:
            KeyGoneError: the day's key was destroyed.
        """
        for one in self._heads(damaged, day=day):
            try:
                yield from self._opened(one, None)
            except KeyGoneError:
                raise
            except WorkspaceError as error:
                if damaged is None:
                    raise
                damaged(error)

    def rejected(self, batch: str) -> Iterator[Sealed]:
        """Open the rejected rows that were kept of a batch, in the order of the file.

        Raises:
            KeyGoneError: the key of its day was destroyed.
        """
        for one in self._heads(None, batch=batch):
            yield from self._opened(one, None, What.REJECTED)

    def count(self, damaged: Damaged | None = None) -> int:
        """Return how many rows are sealed, as the segments say."""
        known = set(self._committed())
        rows = 0
        for path in self._paths():
            try:
                rows += segment.count(path) if path.stem in known else 0
            except WorkspaceError as error:
                if damaged is None:
                    raise
                damaged(error)
        return rows

    def remove(self, posts: Collection[int]) -> int:
        """Remove rows for good: each segment that holds one is written again without it.

        The old file is overwritten. A copy that was made before still holds the rows until the day's key is destroyed.

        Returns:
            How many rows were removed.

        Raises:
            WorkspaceError: a segment is damaged and may hold one; the others were done first.
        """
        wanted = np.array(sorted(posts), np.uint64)
        faults: list[WorkspaceError] = []
        removed = 0
        for one in self._heads(faults.append):
            away = np.isin(one.posts, wanted)
            if away.any():
                try:
                    self._rewrite(one, away)
                    removed += int(away.sum())
                except WorkspaceError as error:
                    faults.append(error)
        if faults:
            raise faults[0]
        return removed

    def drop_day(self, day: date) -> int:
        """Remove the segments of a day, whatever is in them, and return how many. Destroy the day's key first."""
        paths = [path for path in self._paths() if path.parent.name == day.isoformat()]
        for path in paths:
            self._unlink(path)
        return len(paths)

    def remove_orphans(self) -> int:
        """Remove the segments of batches that were never committed, left by a run that died."""
        known = set(self._committed())
        orphans = [path for path in self._paths() if path.stem not in known]
        for path in list(
            self._folder.glob(f"*/*{DRAFT}")
        ):  # first: an orphan takes such a name on its way out
            self._unlink(path)
        for path in orphans:
            self._unlink(path)
        return len(orphans)

    def verify(self) -> Verified:
        """Look at every byte: each segment must be whole, stand where it was written, and open."""
        faults: list[str] = []
        rows = gone = segments = 0
        for one in self._heads(lambda error: faults.append(str(error))):
            segments += 1
            try:
                rows += sum(1 for _ in self._opened(one, None))
            except KeyGoneError:
                gone += len(one.posts)
            except WorkspaceError as error:
                faults.append(str(error))
        return Verified(segments=segments, rows=rows, gone=gone, faults=tuple(faults))

    def _rewrite(self, one: Head, away: NDArray[np.bool_]) -> None:
        """Write a segment again without some of its rows; without any row, or any key, there is none."""
        if one.day in self._keyring.gone():  # nobody can read any of it, nor seal it anew
            self._unlink(one.path)
            return
        key = self._keyring.of_day(one.day, make=False)
        rows = segment.entries(one.path, key)
        kept = [row for row, gone in zip(rows, away.tolist(), strict=True) if not gone]
        if kept:
            nonce = self._dice(NONCE_BYTES)
            parts = segment.joined(kept, ring=one.ring, day=one.day, batch=one.batch, key=key, nonce=nonce)
            put(one.path, *parts)
        else:
            self._unlink(one.path)

    def _opened(self, one: Head, post: int | None, what: What | None = None) -> Iterator[Sealed]:
        """Open the rows of a segment, or those of one post or of one kind; no other is unsealed."""
        key = self._keyring.of_day(one.day, make=False)
        if one.ring != self._keyring.id():
            raise segment.damaged(one.path, "belongs to another workspace")
        for row in segment.entries(one.path, key):
            if (post is not None and row.post != post) or (what is not None and row.what != what):
                continue
            try:
                content = opened(What(row.what), segment.unsealed(row, one, key))
            except ValueError as error:
                raise segment.damaged(one.path, f"holds a row that cannot be read: {error}") from error
            yield Sealed(post=row.post, day=one.day, batch=one.batch, content=content)

    def _heads(
        self, damaged: Damaged | None, *, day: date | None = None, batch: str | None = None
    ) -> Iterator[Head]:
        """Give what each committed segment says of itself; one that cannot be read is told, or raised."""
        known = set(self._committed())
        for path in self._paths():
            if (day is not None and path.parent.name != day.isoformat()) or batch not in (None, path.stem):
                continue
            try:
                one = segment.head(path)
            except WorkspaceError as error:
                if damaged is None:
                    raise
                damaged(error)
                continue
            if one.batch in known:
                yield one

    def _paths(self) -> list[Path]:
        """Return the segments' files, by day and name."""
        if not self._folder.is_dir():
            return []
        days = sorted(path for path in self._folder.iterdir() if _DAY.fullmatch(path.name))
        return [path for day in days for path in sorted(day.glob(f"*{SUFFIX}"))]

    def _unlink(self, path: Path) -> None:
        """Overwrite and remove a file, and its day's folder when it was the last."""
        draft = path if path.name.endswith(DRAFT) else path.rename(path.with_name(path.name + DRAFT))
        wipe(draft)
        if any(path.parent.iterdir()):
            sync_folder(path.parent)
        else:
            path.parent.rmdir()
            sync_folder(self._folder)

    def _require_room(self, size: int) -> None:
        """Refuse a write that would leave the disk without the reserve.

        Raises:
            OSError: ENOSPC.
        """
        disk = os.statvfs(self._folder.parent)
        if disk.f_bavail * disk.f_frsize < size + RESERVE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._folder))


def _posts(
    posts: pa.RecordBatch,
    hashes: NDArray[np.uint64],
    chosen: NDArray[np.int64],
    *,
    form: str,
    file: str,
    named: Mapping[int, str],
) -> list[Row]:
    """Return the chosen posts as rows. There is one call of the cipher for each, so this is a loop, over the few."""
    rows = pa.Table.from_batches([posts]).take(pa.array(chosen))
    own, author = (rows[name].cast(pa.binary()).to_pylist() for name in ("id", "author"))
    times = rows["time"].cast(pa.int64()).to_pylist()
    texts = rows["text"].cast(pa.large_binary()).to_pylist()
    read_as, from_file = form.encode(), file.encode()
    return [
        Row(
            post=post,
            number=number,
            what=What.POST,
            content=packed(
                (time, line),
                (
                    text,
                    id_,
                    who,
                    read_as,
                    from_file,
                    *((named[line].encode(),) if line in named else ()),
                ),
            ),
        )
        for post, number, time, line, text, id_, who in zip(
            hashes[chosen].tolist(),
            chosen.tolist(),
            times,
            rows["line"].to_pylist(),
            texts,
            own,
            author,
            strict=True,
        )
    ]
