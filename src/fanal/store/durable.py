"""Durable: what must be on the disk itself, and not in the system's memory alone, before a commit may name it."""

import os
from collections.abc import Iterable
from pathlib import Path


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


def replace(path: Path, content: bytes) -> None:
    """Write a file for its owner alone, so that it is whole or as it was, and on the disk when this returns."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync(path.parent)


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
