"""The vault: the texts that a signal needs, each sealed with the key of the day on which it was written."""

import errno
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.error import KeyGoneError, WorkspaceError
from fanal.model.field import field as column
from fanal.store import segment
from fanal.store.durable import DRAFT, overwrite, put, sync_folder
from fanal.store.joining import FULL_BYTES, Joined, join
from fanal.store.joint import Joint
from fanal.store.keyring import Keyring
from fanal.store.lake import RESERVE
from fanal.store.sealed import Sealed, What, opened, packed, rows_of
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
T = TypeVar("T")
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

    Each batch has one segment, in the folder of the day on which it was written; of a stream many become one. A
    segment is whole or absent, and it is on the disk before the desk lets it count. Whoever writes, joins, removes or
    drops holds the workspace.
    """

    def __init__(
        self,
        folder: Path,
        keyring: Keyring,
        *,
        counting: Callable[[], Mapping[str, str]],
        dice: Callable[[int], bytes],
    ) -> None:
        """Open the vault of a workspace; no key is needed yet.

        Args:
            folder: where it lies.
            keyring: of the workspace.
            counting: names the segments that count, each with its batch, as `Desk.segments`.
            dice: makes nonces.
        """
        self._folder = folder
        self._keyring = keyring
        self._counting = counting
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
        rows = rows_of(posts, hashes, chosen, form=form, file=file, named=named or {})
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

        def look() -> Sealed | None:
            faults.clear()
            heads = self._heads(faults.append)
            for one in [one for one in heads if np.count_nonzero(one.posts == np.uint64(post))]:
                for found in self._opened(one, post):
                    if found.content.what is what:
                        return found
            return None

        faults: list[WorkspaceError] = []
        found = self._settled(look)
        if found is not None:
            return found
        if faults:
            raise faults[0]
        raise WorkspaceError(
            f"The vault holds no text of {post:016x}.",
            hint="Only posts with a signal or in the sample are kept.",
        )

    def listed(self, damaged: Damaged | None = None) -> pa.Table:
        """Return which posts have a text, without opening any: LISTED, by day and batch; rejected rows too."""
        heads = self._heads(damaged)
        sizes = [len(one.posts) for one in heads]
        at = pa.array(np.repeat(np.arange(len(heads)), sizes), pa.int64())
        columns = [
            pa.array([one.day for one in heads], pa.date32()).take(at),
            pa.array([one.of for one in heads], pa.string()).take(at),
            pa.array(np.concatenate([one.posts for one in heads]) if heads else [], pa.uint64()),
        ]
        return pa.table(columns, schema=LISTED)

    def days(self) -> list[date]:
        """Return the days that have a segment, sorted."""
        return sorted({date.fromisoformat(path.parent.name) for path in segment.paths(self._folder)})

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

    def rejected(self, batch: str) -> list[Sealed]:
        """Open the rejected rows that were kept of a batch, by segment, in the order of the file.

        Raises:
            KeyGoneError: the key of its day was destroyed.
        """

        def look() -> list[Sealed]:
            own = self._heads(None, batch=batch)
            return [row for one in own for row in self._opened(one, None, What.REJECTED)]

        return self._settled(look)

    def count(self, damaged: Damaged | None = None) -> int:
        """Return how many rows are sealed, as the segments say."""
        return sum(len(one.posts) for one in self._heads(damaged))

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
        paths = [path for path in segment.paths(self._folder) if path.parent.name == day.isoformat()]
        for path in paths:
            self._unlink(path)
        return len(paths)

    def remove_orphans(self) -> int:
        """Remove the segments that do not count: of batches that were never committed, or joined into others."""
        counting = self._counting()
        orphans = [path for path in segment.paths(self._folder) if path.stem not in counting]
        self._drop(
            list(self._folder.glob(f"*/*{DRAFT}"))
        )  # first: an orphan takes such a name on its way out
        self._drop([path.rename(path.with_name(path.name + DRAFT)) for path in orphans])
        return len(orphans)

    def join(self, joint: Joint, *, progress: Callable[[int, int], None], full: int = FULL_BYTES) -> Joined:
        """Write many small segments anew as few, which do not count yet: see `fanal.store.joining.join`."""
        return join(
            self._folder,
            self._keyring,
            joint,
            counting=self._counting(),
            dice=self._dice,
            room=self._require_room,
            progress=progress,
            full=full,
        )

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
            yield Sealed(post=row.post, day=one.day, batch=one.of, content=content)

    def _heads(
        self, damaged: Damaged | None, *, day: date | None = None, batch: str | None = None
    ) -> list[Head]:
        """Return what each segment that counts says of itself; one that cannot be read is told, or raised."""

        def look() -> list[Head]:
            faults.clear()
            counting, found = self._counting(), []
            for path in segment.paths(self._folder):
                of = counting.get(path.stem)
                if (
                    of is None
                    or batch not in (None, of)
                    or day not in (None, date.fromisoformat(path.parent.name))
                ):
                    continue
                try:
                    found.append(replace(segment.head(path), of=of))
                except WorkspaceError as error:
                    faults.append(error)
            return found

        faults: list[WorkspaceError] = []
        heads = self._settled(look)
        for error in faults:
            if damaged is None:
                raise error
            damaged(error)
        return heads

    def _settled(self, look: Callable[[], T]) -> T:
        """Return what a look finds; where a segment was joined into another meanwhile, look once more."""
        while True:
            before = self._counting()
            try:
                return look()
            except FileNotFoundError:
                if self._counting() == before:
                    raise

    def _unlink(self, path: Path) -> None:
        """Overwrite and remove a file, and its day's folder when it was the last."""
        self._drop([path.rename(path.with_name(path.name + DRAFT))])

    def _drop(self, drafts: Sequence[Path]) -> None:
        """Overwrite and remove files without a segment's name, and the folders of days that have no other."""
        for draft in drafts:
            overwrite(draft)
            draft.unlink()
        for folder in {draft.parent for draft in drafts}:
            sync_folder(folder)
            with os.scandir(folder) as others:  # not all of them: there may be thousands
                left = next(others, None)
            if left is None:
                folder.rmdir()
                sync_folder(self._folder)

    def _require_room(self, size: int) -> None:
        """Refuse a write that would leave the disk without the reserve.

        Raises:
            OSError: ENOSPC.
        """
        disk = os.statvfs(self._folder.parent)
        if disk.f_bavail * disk.f_frsize < size + RESERVE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._folder))
