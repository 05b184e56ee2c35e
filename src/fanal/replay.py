"""Rejected rows once more: from their file or from the vault, each good one is committed once and leaves the list."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.error import KeyGoneError, WorkspaceError
from fanal.model.post import Reading
from fanal.sources.catalogue import PostSource, ReadAgain
from fanal.sources.mapping import FieldMapping
from fanal.sources.reason import REASONS
from fanal.store.rejects import Open
from fanal.store.replay import Replay
from fanal.store.seen import by_line, rejected_rows
from fanal.store.workspace import Workspace

MOST_BYTES = 64 << 20
"""Kept rows that are held and read at once, in bytes; one row alone may be longer."""

_LINES_AT_ONCE = 50_000

Commit = Callable[[Iterator[Reading], Replay], object]
"""Puts Readings into the lake as `fanal.pipeline.read` does, in a replay."""

Damaged = Callable[[WorkspaceError], None]
"""Told of each part of the vault that cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """Say what became of the rejected rows of one file."""

    file: str
    listed: int  # rows of the list
    posts: int  # that are posts now
    skipped: int  # that have no text
    known: (
        int  # of these two, those that brought nothing new: read in by another way before, or erased as posts
    )
    rejected: int  # that are still wrong
    changed: int  # of these, for another reason than before
    erased: int  # that somebody asked to erase: they are left alone
    missing: int  # that neither the file nor the vault holds

    def facts(self) -> Mapping[str, object]:
        """Return the numbers by their names."""
        return {name: getattr(self, name) for name in self.__slots__}


def from_file(
    workspace: Workspace,
    rows: Open,
    path: Path,
    source: PostSource,
    *,
    mapping: FieldMapping,
    batch_rows: int,
    commit: Commit,
) -> Replayed:
    """Read a file again and take of it the rows that were rejected, by their lines.

    A row that was erased stays away, whatever it was rejected for.

    Raises:
        InputError: the file cannot be read, or breaks off (then after the rows before).
    """
    erased = _erased(workspace, rows)
    left = rows.take(~erased)
    replay = Replay(workspace.desk, left)
    before = _taken_in(workspace)
    if len(left):
        readings = source.read(path, mapping=mapping, rows=batch_rows)
        commit(replay.chosen(_up_to(readings, int(left.lines[-1]))), replay)
        _forget(workspace, rows.file, replay)
    return _told(rows, [replay], erased=int(erased.sum()), new=_taken_in(workspace) - before)


def from_vault(
    workspace: Workspace,
    rows: Open,
    read_again: ReadAgain,
    *,
    mapping: FieldMapping,
    batch_rows: int,
    commit: Commit,
    damaged: Damaged,
) -> Replayed:
    """Read the rows of a file or of a stream again that the vault keeps as they stood there.

    Nothing is shown. What was erased is not in the vault any more.
    """
    replays: list[Replay] = []
    before = _taken_in(workspace)
    for part in _once_each(rows):
        replay, hashes = Replay(workspace.desk, part), dict[int, int]()
        kept = _kept(workspace, part, batch_rows, damaged, hashes)
        readings = (_read(read_again, lines, raws, mapping, rows.position) for lines, raws in kept)
        commit(replay.chosen(readings), replay)
        gone = np.concatenate([np.zeros(0, np.int64), *replay.settled]).tolist()
        if gone:  # as a post it is kept or forgotten like any other
            try:
                workspace.vault.remove([hashes[line] for line in gone])
            except WorkspaceError as error:  # of a damaged segment; the others were done
                damaged(error)
        replays.append(replay)
    return _told(rows, replays, erased=0, new=_taken_in(workspace) - before)


def _up_to(readings: Iterator[Reading], last: int) -> Iterator[Reading]:
    """Yield readings up to that which reaches a line."""
    for reading in readings:
        yield reading
        parts = (reading.posts["line"], reading.skipped, reading.rejected["line"])
        if max((part[-1].as_py() for part in parts if len(part)), default=0) >= last:
            return


def _taken_in(workspace: Workspace) -> int:
    """Return how many rows were committed as posts or as having no text."""
    totals = workspace.desk.totals()
    return totals.posts_read + totals.posts_skipped


def _read(
    read_again: ReadAgain, lines: Sequence[int], raws: Sequence[bytes], mapping: FieldMapping, position: int
) -> Reading:
    """Read kept rows, and give each the line back on which it stood."""
    reading = read_again(raws, mapping=mapping)
    stood = pa.array(lines, pa.int64())

    def there(numbers: pa.Array) -> pa.Array:
        return stood.take(pc.subtract(numbers, 1))

    return replace(
        reading,
        posts=reading.posts.set_column(0, reading.posts.schema.field(0), there(reading.posts["line"])),
        skipped=there(reading.skipped),
        rejected=reading.rejected.set_column(
            0, reading.rejected.schema.field(0), there(reading.rejected["line"])
        ),
        position=position,
        named={lines[number - 1]: name for number, name in reading.named.items()},
    )


def _kept(
    workspace: Workspace, rows: Open, batch_rows: int, damaged: Damaged, hashes: dict[int, int]
) -> Iterator[tuple[list[int], list[bytes]]]:
    """Yield what the vault keeps of some rows, in the order of their lines, and note by which hash it knows them."""
    lines: list[int] = []
    raws: list[bytes] = []
    size = 0
    for batch in rows.batches.unique().cast(pa.string()).to_pylist():
        wanted = set(rows.lines[_equals(rows.batches, batch)].tolist())
        try:
            found = [
                (one.content.line, one.content.text, one.post)
                for one in workspace.vault.rejected(batch)
                if one.content.line in wanted and one.content.file == rows.file
            ]
        except KeyGoneError:
            continue  # its time in the vault is over: nobody can read it any more
        except WorkspaceError as error:
            damaged(error)
            continue
        for line, raw, post in found:
            hashes[line] = post
            if lines and (len(lines) == batch_rows or size + len(raw) > MOST_BYTES):
                yield lines, raws
                lines, raws, size = [], [], 0
            lines.append(line)
            raws.append(raw)
            size += len(raw)
    if lines:
        yield lines, raws


def _once_each(rows: Open) -> Iterator[Open]:
    """Yield the rows in parts of which each holds a line once: the same line of two files of one name, apart."""
    first = np.searchsorted(rows.lines, rows.lines)
    place = np.arange(len(rows)) - first
    for number in range(int(place.max(initial=-1)) + 1):
        yield rows.take(place == number)


def _equals(column: pa.DictionaryArray, value: str) -> NDArray[np.bool_]:
    """Tell where a column holds a value."""
    return np.asarray(pc.equal(column, value).to_numpy(zero_copy_only=False), np.bool_)


def _erased(workspace: Workspace, rows: Open) -> NDArray[np.bool_]:
    """Tell which rows were erased: the mark is of the reason of that time, so each reason is tried."""
    erased = np.zeros(len(rows), np.bool_)
    for hashes in _hashes(workspace, rows.file, rows.lines):
        erased |= ~workspace.erasures.unmarked(hashes)
    return erased


def _forget(workspace: Workspace, file: str, replay: Replay) -> None:
    """Take what left the list out of the vault as well: as a post it is kept or forgotten like any other."""
    lines = np.concatenate([np.zeros(0, np.int64), *replay.settled])
    for at in range(0, len(lines) if workspace.vault.days() else 0, _LINES_AT_ONCE):
        hashes = list(_hashes(workspace, file, lines[at : at + _LINES_AT_ONCE]))
        workspace.vault.remove(np.concatenate(hashes).tolist())


def _hashes(workspace: Workspace, file: str, lines: NDArray[np.int64]) -> Iterator[NDArray[np.uint64]]:
    """Yield the hashes by which some rows of a file may be known: one for each reason."""
    key = workspace.keyring.of_workspace()
    for reason in REASONS:
        yield rejected_rows(by_line(pa.array(lines)), pa.scalar(reason.value), file=file, key=key)


def _told(rows: Open, replays: Sequence[Replay], *, erased: int, new: int) -> Replayed:
    """Return what became of the rows."""
    posts, skipped, changed, found = (
        sum(getattr(replay, name) for replay in replays) for name in ("posts", "skipped", "changed", "found")
    )
    return Replayed(
        file=rows.file,
        listed=len(rows),
        posts=posts,
        skipped=skipped,
        known=max(0, posts + skipped - new),
        rejected=found - posts - skipped,
        changed=changed,
        erased=erased,
        missing=len(rows) - erased - found,
    )
