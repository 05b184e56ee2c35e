"""Durable files: whole or absent whatever happens, for their owner alone, and overwritten before they are removed."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fanal.model.error import WorkspaceError

DRAFT = ".draft"
"""Ends the name of a file that is being written; one that is left belongs to a run that died."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_BLOCK = 1 << 20


def put(path: Path, *parts: bytes) -> None:
    """Write a file so that it is whole, or as it was before, and on the disk when this returns.

    What stood there before is overwritten with zeros once nothing names it any more.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     put(Path(folder) / "a", b"one")
    ...     put(Path(folder) / "a", b"two", b"three")
    ...     (Path(folder) / "a").read_bytes(), len(list(Path(folder).iterdir()))
    (b'twothree', 1)
    """
    draft = path.with_name(path.name + DRAFT)
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    before = os.open(path, os.O_WRONLY | os.O_CLOEXEC) if path.exists() else None
    try:
        draft.replace(path)
        sync(path.parent)
        if before is not None:
            _zero(before)
    finally:
        if before is not None:
            os.close(before)


def wipe(path: Path) -> None:
    """Overwrite a file with zeros and remove it; nothing happens where there is none.

    A solid-state disk, a journal, a snapshot or a copy may keep the old bytes all the same: nothing that a program
    can do reaches them.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        _zero(handle)
    finally:
        os.close(handle)
    path.unlink(missing_ok=True)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make what a folder names durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def private(path: Path) -> bytes:
    """Return what a secret file holds.

    Raises:
        WorkspaceError: others than its owner may read or change it.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & _OTHERS:
            raise WorkspaceError(f"Others can read the key {path}.", hint=f"Run `chmod 600 {path}`.")
        return file.read()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder, so that of several processes one at a time changes what it names; the kernel lets go of it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _zero(handle: int) -> None:
    """Overwrite an open file with zeros, where it lies."""
    left, at = os.fstat(handle).st_size, 0
    while left:
        done = os.pwrite(handle, bytes(min(left, _BLOCK)), at)
        at, left = at + done, left - done
    os.fsync(handle)
