"""The lock: one writer holds a workspace at a time, and says in the lock's file who it is."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from fanal.model.error import WorkspaceError

HIDDEN = frozenset({"--author", "--post"})
"""Options of which the word that follows names a person or a post: it never stands in the lock's file."""

SHOWN_COMMAND = 120
"""Characters of the holder's command that are kept."""

MAX_BYTES = 4096
"""What is read of a lock's file; more is none of ours."""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a file's lock; the kernel lets go of it when the process ends, however it ends.

    The lock is advisory (flock): it keeps Fanal from Fanal and nothing else. Over NFS it holds between
    machines where the server keeps locks; the host is named for that reason.

    Raises:
        WorkspaceError: another process holds it; the sentence names it.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceError(
                f"The workspace {path.parent} is in use by {_holder(handle)}.",
                hint="Wait until it ends, then try again; `fanal status` works meanwhile.",
            ) from error
        os.ftruncate(handle, 0)
        with suppress(OSError):  # on a full disk the name is left out: it only serves a sentence
            os.pwrite(handle, f"process {os.getpid()} on {os.uname().nodename}\n{_command()}\n".encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _holder(handle: int) -> str:
    """Return who holds the lock: process, host, since when, command; as far as its file says."""
    text = os.pread(handle, MAX_BYTES, 0).decode("utf-8", "replace")
    lines = ["".join(c for c in line if c.isprintable()) for line in text.splitlines()]
    if not lines:
        return "another process"
    since = datetime.fromtimestamp(os.fstat(handle).st_mtime, UTC)
    said = f"{lines[0]} since {since:%Y-%m-%d %H:%M} UTC"
    return f"{said} (`{lines[1]}`)" if len(lines) > 1 else said


def _command() -> str:
    """Return the command of this process, shortened, on one line, without whom it is about."""
    words = [Path(sys.argv[0]).name, *sys.argv[1:]]
    shown = [
        f"{word.partition('=')[0]}=..." if word.startswith(tuple(f"{one}=" for one in HIDDEN)) else word
        for before, word in zip(["", *words], words, strict=False)
        if before not in HIDDEN
    ]
    command = " ".join(shown).encode("utf-8", "replace").decode()
    command = " ".join(command.split())
    return command if len(command) <= SHOWN_COMMAND else command[: SHOWN_COMMAND - 1] + "…"
