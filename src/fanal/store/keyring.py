"""The keyring: a random key for the pseudonyms of each ISO week, and one that recognises a post again."""

import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

from fanal.model.error import WorkspaceError
from fanal.store.disk import overwrite
from fanal.store.durable import replace, sync_folder

KEY_BYTES = 16  # SipHash takes a key of 128 bits
Key = tuple[int, int]


class Keyring:
    """Keep keys as files of 16 random bytes that only their owner can read.

    A week's pseudonyms cannot be made again, nor joined with another workspace's, once its file is gone.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ring = Keyring(Path(folder) / "keys", dice=os.urandom)
    ...     ring.of_week(date(2014, 8, 4)) == ring.of_week(date(2014, 8, 4))
    True
    """

    def __init__(self, folder: Path, *, dice: Callable[[int], bytes]) -> None:
        self._folder = folder
        self._dice = dice
        folder.mkdir(mode=0o700, exist_ok=True)

    def of_week(self, monday: date) -> Key:
        """Return the key of an ISO week, made at first use."""
        year, week, _ = monday.isocalendar()
        return self._key(f"week-{year}-W{week:02}.key")

    def weeks(self) -> list[date]:
        """Return the Monday of each ISO week that has a key, oldest first."""
        return sorted(
            date.fromisoformat(f"{path.stem.removeprefix('week-')}-1")
            for path in self._folder.glob("week-*.key")
        )

    def destroy_week(self, monday: date) -> None:
        """Destroy the key of an ISO week, so that its pseudonyms cannot be made again; one that is gone is gone.

        The file is overwritten, then removed. A disk that writes elsewhere than it was told to (flash, copy-on-write)
        may keep the bytes: there only an encrypted disk helps.
        """
        year, week, _ = monday.isocalendar()
        self._destroy(self._folder / f"week-{year}-W{week:02}.key")

    def destroy_day(self, day: date) -> None:
        """Destroy the key of a day of the vault, so that its text cannot be read in any copy."""
        self._destroy(self._folder / f"day-{day}.key")

    def _destroy(self, path: Path) -> None:
        """Overwrite a key's file and remove it, and wait until both are on the disk."""
        if not path.exists():
            return
        overwrite(path)
        path.unlink()
        sync_folder(self._folder)

    def of_workspace(self) -> Key:
        """Return the key that recognises a post that was read before; it never touches an author."""
        return self._key("posts.key")

    def of_audit(self) -> bytes:
        """Return the key under which the audit log's rows are chained."""
        return self._bytes("audit.key")

    def _key(self, name: str) -> Key:
        data = self._bytes(name)
        return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")

    def _bytes(self, name: str) -> bytes:
        path = self._folder / name
        if not path.exists():
            self._make(path)
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise WorkspaceError(f"Others can read the key {path}.", hint=f"Run `chmod 600 {path}`.")
        data = path.read_bytes()
        if len(data) != KEY_BYTES:
            raise WorkspaceError(
                f"The key {path} is damaged: {len(data)} bytes instead of {KEY_BYTES}.",
                hint="Put back a copy of it; without it posts read before are not recognised.",
            )
        return data

    def _make(self, path: Path) -> None:
        """Write a new key so that it is whole or absent, whatever happens; also its folder's name is on the disk."""
        replace(path, self._dice(KEY_BYTES))
        sync_folder(self._folder.parent)
