"""The workspace: a folder with its settings, lake, desk and keys, held by one writer at a time."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fanal.model.error import WorkspaceError
from fanal.store.desk import Desk
from fanal.store.keyring import Keyring
from fanal.store.lake import Lake
from fanal.store.layers import Layers
from fanal.store.ledger import DeskLedger

SETTINGS = "fanal.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Hold the parts of an open workspace."""

    folder: Path
    lake: Lake
    desk: Desk
    ledger: DeskLedger
    keyring: Keyring
    layers: Layers

    @property
    def cache(self) -> Path:
        """Return the folder of what can be made again."""
        return self.folder / "cache"


def make(folder: Path, settings: str) -> None:
    """Make a new workspace with the text of its `fanal.toml`.

    Raises:
        WorkspaceError: there is one already, or the folder holds other things.
    """
    if (folder / SETTINGS).exists():
        raise WorkspaceError(f"{folder} is a workspace already.", hint=f"Use it: `fanal -w {folder} status`.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkspaceError(f"{folder} is not an empty folder.", hint="Choose a new one.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        for part in ("lake", "cache"):
            (folder / part).mkdir()
        (folder / SETTINGS).write_text(settings, encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(
            f"The workspace {folder} cannot be made: {error.strerror}.",
            hint="Choose a folder that you may write to.",
        ) from error


@contextmanager
def opened(folder: Path, *, dice: Callable[[int], bytes], writing: bool) -> Iterator[Workspace]:
    """Open a workspace; a writer holds it alone, and removes what a run that died left behind.

    Raises:
        WorkspaceError: no workspace, one of a later Fanal, or held by another writer (who is named).
    """
    if not (folder / SETTINGS).is_file():
        raise WorkspaceError(
            f"{folder} is no workspace: it has no {SETTINGS}.", hint=f"Run `fanal init {folder}`."
        )
    with _held(folder / "lock") if writing else _free():
        desk = Desk.open(folder / "desk.sqlite")
        try:
            lake = Lake(folder / "lake")
            if writing:
                lake.remove_orphans(desk.batches(), say=lambda _table, _rows: None)
            keyring = Keyring(folder / "keys", dice=dice)
            yield Workspace(
                folder=folder,
                lake=lake,
                desk=desk,
                ledger=DeskLedger(desk),
                keyring=keyring,
                layers=Layers(lake, desk),
            )
        finally:
            desk.close()


@contextmanager
def _free() -> Iterator[None]:
    """Hold nothing: readers need no lock."""
    yield


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold a file's lock; the kernel lets go of it when the process ends, however it ends."""
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise WorkspaceError(
                f"The workspace {path.parent} is in use by {holder}.",
                hint="Wait until it ends, then try again.",
            ) from error
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()}")
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.truncate()
