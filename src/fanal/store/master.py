"""The master key: it wraps the keys of a workspace, and is itself kept in a file, by a passphrase or by a program."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from fanal.model.error import WorkspaceError
from fanal.store.durable import private, put, wipe

MASTER_BYTES = 32
"""A master key is one of AES-256."""


class Kind(StrEnum):
    """Name how a master key is kept.

    >>> Kind("file").value
    'file'
    """

    FILE = "file"  # in a file of its own
    PASSPHRASE = "passphrase"  # noqa: S105 - wrapped by a key that is made of a passphrase
    COMMAND = "command"  # wrapped by a program: gpg, age, a cloud's or an HSM's tool


class Kms(Protocol):
    """Keep a master key: whatever can wrap 32 bytes so that only it gives them back (a key management service)."""

    def wrap(self, key: bytes) -> bytes:
        """Return what the keyring writes down of a master key; alone it must not give the key away."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the master key; raise WorkspaceError where that cannot be."""

    def forget(self, wrapped: bytes) -> None:
        """Destroy what `wrap` kept elsewhere, once nothing is wrapped by the key any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Say where the keys of a workspace lie and how its master key is kept."""

    folder: Path  # of the wrapped keys
    kind: Kind  # of a master key that is made from now on
    ways: Mapping[Kind, Callable[[], Kms]]  # one is made when it is needed: it may ask for a passphrase


def in_files(folder: Path) -> Keeping:
    """Return the plainest keeping: the master key in a file beside the keys.

    >>> in_files(Path("keys")).kind.value
    'file'
    """
    return Keeping(folder=folder, kind=Kind.FILE, ways={Kind.FILE: lambda: MasterFile(folder)})


def number_of(key: bytes) -> bytes:
    """Return the 8 bytes by which a master key is told from others; they tell nothing of it.

    >>> number_of(bytes(32)).hex()
    '98e2294b9ae74c71'
    """
    return hmac.digest(key, b"fanal master key", hashlib.sha256)[:8]


class MasterFile:
    """Keep master keys as files of 32 random bytes that only their owner can read, one for each key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def wrap(self, key: bytes) -> bytes:
        """Write the key's file; what is returned is the number that its name holds.

        Raises:
            WorkspaceError: the folder cannot be made, as the one in which it lies is not there.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except FileNotFoundError as error:
            raise WorkspaceError(
                f"The folder of the master key, {self._folder}, cannot be made: {self._folder.parent} is not there.",
                hint="Mount the disk, or mend keys.master_folder.",
            ) from error
        number = number_of(key).hex()
        put(self._path(number), key)
        return number.encode()

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the key of a number.

        Raises:
            WorkspaceError: the file is missing, damaged, another key's, or can be read by others.
        """
        path = self._path(wrapped.decode("ascii", "replace"))
        try:
            key = private(path)
        except FileNotFoundError as error:
            raise WorkspaceError(
                f"The master key {path} is missing.",
                hint="Put it back, or say in keys.master_folder where it lies; without it no key can be opened.",
            ) from error
        if len(key) != MASTER_BYTES or number_of(key).hex().encode() != wrapped:
            raise WorkspaceError(
                f"The master key {path} is damaged or another one.",
                hint="Put back a copy of it; without it no key can be opened.",
            )
        return key

    def forget(self, wrapped: bytes) -> None:
        """Overwrite and remove the key's file."""
        wipe(self._path(wrapped.decode("ascii", "replace")))

    def _path(self, number: str) -> Path:
        return self._folder / f"master-{Path(number).name}.key"
