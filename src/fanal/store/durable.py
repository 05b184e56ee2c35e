"""Durable files: on the disk before a commit names them, whole or absent, and overwritten before they are removed."""

import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fanal.model.error import WorkspaceError

DRAFT = ".draft"
"""Ends the name of a file that is being written; one that is left belongs to a run that died."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_BLOCK = 1 << 20


def sync(files: Iterable[Path], *, up_to: Path) -> None:
    """Put files on the disk, then the folders that name them, from the innermost up to one that stays.

    A file that was written is in the system's memory until it is synced, and so is its name until its folder is: POSIX
    `fsync`, and for folders Linux' `fsync(2)`. After power is lost, a file whose folder was not synced may be gone,
    and one that was not synced may be empty, cut or there without its content.

    Args:
        files: regular files; one that is there no more is left out, as whoever removed it needs it no more.
        up_to: the outermost folder to sync; every file lies somewhere below it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (Path(folder) / "a").write_text("kept")
    ...     sync([Path(folder) / "a"], up_to=Path(folder))
    4
    """
    folders: set[Path] = set()
    for file in files:
        _sync(file)
        for folder in file.parents:
            folders.add(folder)
            if folder == up_to:
                break
    # Innermost first: a folder's name is in the one above it.
    for folder in sorted(folders, key=lambda one: (-len(one.parts), one)):
        _sync(folder)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk: files that were made, renamed or removed."""
    _sync(folder)


def put(path: Path, *parts: bytes, secret: bool = True) -> None:
    """Write a file so that it is whole, or as it was before, and on the disk when this returns.

    What stood there before is overwritten with zeros once nothing names it any more, unless it is no secret: somebody
    who is reading it then still reads what it was.

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
    put_in_place(draft, path, secret=secret)


def put_in_place(draft: Path, path: Path, *, secret: bool = True) -> None:
    """Put a file that is whole in the place of an older one, whose bytes, if secret, are then overwritten."""
    before = os.open(path, os.O_WRONLY | os.O_CLOEXEC) if secret and path.exists() else None
    try:
        draft.replace(path)
        _sync(path.parent)  # until then a disk without power may still show the old file under this name
        if before is not None:
            _zero(before)
    finally:
        if before is not None:
            os.close(before)


def overwrite(path: Path) -> None:
    """Put zeros in place of a file's bytes, and wait until they are on the disk; nothing where there is no file.

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


def wipe(path: Path) -> None:
    """Overwrite a file with zeros and remove it, on the disk when this returns; nothing where there is none."""
    if path.exists():
        overwrite(path)
        path.unlink(missing_ok=True)
        _sync(path.parent)


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


def _sync(path: Path) -> None:
    """Put one file or folder on the disk."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _zero(handle: int) -> None:
    """Overwrite an open file with zeros, where it lies."""
    left, at = os.fstat(handle).st_size, 0
    while left:
        done = os.pwrite(handle, bytes(min(left, _BLOCK)), at)
        at, left = at + done, left - done
    os.fsync(handle)
