"""The disk: what a full or read-only disk, or a folder of someone else, becomes for the user: one sentence."""

import errno
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deltalake.exceptions import DeltaError
from sqlalchemy.exc import DBAPIError

from fanal.model.error import WorkspaceError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}

_OS_ERROR = re.compile(r"\(os error (\d+)\)")
"""How the Delta library, written in Rust, names the error of the system inside its own."""


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn what the disk of a workspace refuses in the block into one sentence.

    Raises:
        WorkspaceError: the disk is full, or the folder cannot be written to.
    """
    try:
        yield
    except (OSError, DeltaError, DBAPIError) as error:
        said = sentence(error, folder)
        if said is None:
            raise
        raise said from error


def sentence(error: Exception, folder: Path) -> WorkspaceError | None:
    """Return the sentence for an error of the disk, or None for any other error.

    >>> str(sentence(OSError(errno.ENOSPC, "No space left on device"), Path("w")))
    'The disk of the workspace w is full. What was committed is kept: make space, then run the command again.'
    >>> sentence(ValueError("another"), Path("w")) is None
    True
    """
    number = _number(error)
    name = getattr(error, "filename", None)
    foreign = isinstance(name, str | os.PathLike) and not _within(Path(name), folder)
    where = f"of {name}" if foreign else f"of the workspace {folder}"
    if number in _FULL:
        return WorkspaceError(
            f"The disk {where} is full.",
            hint="What was committed is kept: make space, then run the command again.",
        )
    if number in _CLOSED and not foreign:
        return WorkspaceError(
            f"The workspace {folder} cannot be written to ({os.strerror(number).lower()}).",
            hint="Use it where you may write, or copy the whole folder to such a place.",
        )
    return None


def _number(error: Exception) -> int | None:
    """Return the system's number of an error: its own, or the one that a library wrapped."""
    if isinstance(error, DBAPIError):
        return _of_sqlite(error.orig)
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    found = _OS_ERROR.search(str(error))
    return int(found[1]) if found else None


def _of_sqlite(error: BaseException | None) -> int | None:
    """Return the system's number of what SQLite says; it keeps the system's own number to itself."""
    if not isinstance(error, sqlite3.Error):
        return None
    code = getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return errno.ENOSPC
    if code & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):  # the low byte is the kind
        return errno.EROFS
    return None


def _within(path: Path, folder: Path) -> bool:
    """Say whether a path lies in a folder."""
    return path.resolve().is_relative_to(folder.resolve())
