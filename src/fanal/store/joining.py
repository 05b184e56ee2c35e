"""The joining of texts: small segments of one day and one joint batch become one, each row sealed anew."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from fanal.model.error import KeyGoneError, WorkspaceError
from fanal.store import segment
from fanal.store.durable import put
from fanal.store.joint import Joint, JointSegment
from fanal.store.keyring import Keyring
from fanal.store.segment import MOST_NAME, SUFFIX, Row
from fanal.store.wrapped import NONCE_BYTES

FULL_BYTES = 64 << 20
"""Bytes of a full segment, and of those that are in memory at once. One of half of it is sealed anew no more."""

_DIGITS = 10  # of a number, with what stands before it
_NUMBERED = re.compile(r"(.+)-(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Say which segments were written, and which batches must stay as theirs could not be opened."""

    segments: tuple[JointSegment, ...]
    left: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Hold where a segment lies, and of which batch its rows are to be."""

    path: Path
    day: str
    batch: str  # of its rows
    into: str
    moves: bool  # its batch goes
    size: int


def join(
    folder: Path,
    keyring: Keyring,
    joint: Joint,
    *,
    counting: Mapping[str, str],
    dice: Callable[[int], bytes],
    room: Callable[[int], None],
    progress: Callable[[int, int], None],
    full: int = FULL_BYTES,
) -> Joined:
    """Write the rows of segments whose batches go into few new ones, which nobody sees before the desk says so.

    A row is opened, which tells that it is whole, and sealed under its new place with a new random nonce and the key
    of the same day. Nothing is removed. Segments of one day and one joint batch are joined up to `full` bytes.

    Args:
        folder: of the vault.
        keyring: of the workspace.
        joint: which batches go into which.
        counting: names of the segments that count, each with its batch.
        dice: makes nonces.
        room: refuses what the disk has no room for.
        progress: told bytes done and bytes in all.
        full: see `FULL_BYTES`.

    Returns:
        What was written. A batch of which a segment is damaged, or has no key, is left; so is one that goes into a
        batch whose id is too long for a number behind it.
    """
    places = sorted(
        _places(folder, joint.pairs(), counting, small=full // 2), key=lambda one: (one.day, one.into)
    )
    numbers = _numbers(folder, counting)
    total, done = sum(one.size for one in places), 0
    made: list[JointSegment] = []
    left: set[str] = set()
    for (day, into), own in groupby(places, key=lambda one: (one.day, one.into)):
        together = list(own)
        if len(into) + _DIGITS > MOST_NAME:
            left |= {one.batch for one in together}
            continue
        try:
            key = keyring.of_day(date.fromisoformat(day), make=False)
        except KeyGoneError:
            left |= {one.batch for one in together}
            continue
        for group in _groups(together, full):
            room(sum(one.size for one in group))
            rows: list[Row] = []
            instead: list[str] = []
            for one in group:
                try:
                    rows += _rows(one.path, ring=keyring.id(), key=key, first=len(rows))
                    instead.append(one.path.stem)
                except WorkspaceError:  # damaged, as whoever looks for a text in it is told
                    left.add(one.batch)
            done += sum(one.size for one in group)
            progress(done, total)
            if instead:
                numbers[into] = numbers.get(into, 0) + 1
                name = f"{into}-{numbers[into]}"
                parts = segment.written(
                    rows,
                    ring=keyring.id(),
                    day=date.fromisoformat(day),
                    batch=name,
                    key=key,
                    nonces=dice(NONCE_BYTES * (len(rows) + 1)),
                )
                put(folder / day / (name + SUFFIX), *parts)
                made.append(JointSegment(name=name, batch=into, instead=tuple(instead)))
    return Joined(segments=tuple(made), left=frozenset(left & set(joint.ids.to_pylist())))


def _places(
    folder: Path, pairs: Mapping[str, str], counting: Mapping[str, str], *, small: int
) -> Iterator[_Place]:
    """Give the segments of batches that go, and small joint ones that they can be joined with."""
    targets = set(pairs.values())
    for path in segment.paths(folder):
        batch = counting.get(path.stem)
        size = path.stat().st_size
        if batch is None:
            continue
        if batch in pairs:
            yield _Place(
                path=path, day=path.parent.name, batch=batch, into=pairs[batch], moves=True, size=size
            )
        elif batch in targets and path.stem != batch and size < small:
            yield _Place(path=path, day=path.parent.name, batch=batch, into=batch, moves=False, size=size)


def _numbers(folder: Path, counting: Mapping[str, str]) -> dict[str, int]:
    """Return the greatest number that a joint segment of each batch has, or had; a name is not used twice."""
    names = {path.stem for path in segment.paths(folder)} | set(counting)
    found: dict[str, int] = {}
    for name in names:
        if numbered := _NUMBERED.fullmatch(name):
            found[numbered[1]] = max(found.get(numbered[1], 0), int(numbered[2]))
    return found


def _groups(places: Sequence[_Place], full: int) -> Iterator[list[_Place]]:
    """Give places together as long as they have at most so many bytes; where none moves, joining one alone is idle."""
    group: list[_Place] = []
    for one in [*places, None]:
        if one is None or (group and sum(each.size for each in group) + one.size > full):
            if len(group) > 1 or any(each.moves for each in group):
                yield group
            group = []
        if one is not None:
            group.append(one)


def _rows(path: Path, *, ring: bytes, key: bytes, first: int) -> list[Row]:
    """Open the rows of a segment, numbered from `first` on.

    Raises:
        WorkspaceError: it is damaged, or belongs to another workspace.
    """
    one = segment.head(path)
    if one.ring != ring:
        raise segment.damaged(path, "belongs to another workspace")
    return [
        Row(post=row.post, number=first + place, what=row.what, content=segment.unsealed(row, one, key))
        for place, row in enumerate(segment.entries(path, key))
    ]
