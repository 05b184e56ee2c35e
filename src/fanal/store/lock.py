"""The lock: one writer holds a workspace at a time, says in the lock's file who it is, and may yield to others."""

import fcntl
import os
import sys
from collections.abc import Callable, Iterator
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


YIELDS = "yields"
"""The last line of the lock's file where the holder goes on for ever and lets others in between."""

FOLLOWER = ".follower"
"""Ending of the file that a holder who yields holds all the time, also while it lets others in between."""

WANTED = ".wanted"
"""Ending of the file that a process holds while it waits for a holder that yields."""

Waiting = Callable[[str], None]
"""Told once, before a wait, who holds the workspace."""


@contextmanager
def held(path: Path, *, yields: bool = False, waiting: Waiting | None = None) -> Iterator[None]:
    """Hold a file's lock; the kernel lets go of it when the process ends, however it ends.

    The lock is advisory (flock): it keeps Fanal from Fanal and nothing else. Over NFS it holds between
    machines where the server keeps locks; the host is named for that reason.

    A holder that yields asks `wanted` now and then, and lets go when somebody waits; who finds the lock with such a
    holder waits for it, and goes first: the holder comes back only when nobody waits any more. Of two that would
    yield, the second is refused.

    Args:
        path: of the lock's file.
        yields: this process is such a holder.
        waiting: told before a wait; None: never wait.

    Raises:
        WorkspaceError: another process holds it that does not yield; the sentence names it.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if yields:
            with _wanted_file(path) as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # until all who waited have had their turn
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if waiting is not None and yields != _yields(handle):
                waiting(_holder(handle))
                with _wanted_file(path) as file:
                    if not yields:
                        fcntl.flock(file, fcntl.LOCK_SH)
                    fcntl.flock(handle, fcntl.LOCK_EX)
            else:
                raise WorkspaceError(
                    f"The workspace {path.parent} is in use by {_holder(handle)}.",
                    hint="Wait until it ends, then try again; `fanal status` works meanwhile.",
                ) from error
        os.ftruncate(handle, 0)
        with suppress(OSError):  # on a full disk the name is left out: it only serves a sentence
            last = f"{YIELDS}\n" if yields else ""
            said = f"process {os.getpid()} on {os.uname().nodename}\n{_command()}\n{last}"
            os.pwrite(handle, said.encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


@contextmanager
def following(path: Path) -> Iterator[None]:
    """Be the only process that holds a lock and yields it, for as long as the block runs.

    Raises:
        WorkspaceError: there is one; between its turns another may hold the lock itself.
    """
    handle = os.open(path.with_name(path.name + FOLLOWER), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceError(
                f"The streams of {path.parent} are followed already: it is in use by {_holder(handle)}.",
                hint="End that command first; one follows all streams.",
            ) from error
        os.ftruncate(handle, 0)
        with suppress(OSError):
            os.pwrite(handle, f"process {os.getpid()} on {os.uname().nodename}\n{_command()}\n".encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def wanted(path: Path) -> bool:
    """Say whether another process waits for a lock that this one holds and yields."""
    with _wanted_file(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def _wanted_file(path: Path) -> Iterator[int]:
    """Open the file that those who wait hold together; closing it lets go of it."""
    file = os.open(path.with_name(path.name + WANTED), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _yields(handle: int) -> bool:
    """Say whether the holder lets others in between."""
    return os.pread(handle, MAX_BYTES, 0).decode("utf-8", "replace").splitlines()[-1:] == [YIELDS]


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
