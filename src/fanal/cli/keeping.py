"""The keeping of the keys at the command line: which folder, which passphrase, which program; asked for when needed."""

import getpass
import os
import sys
from functools import partial
from pathlib import Path

from fanal.cli.credentials import credential
from fanal.cli.dice import secret
from fanal.model.error import SettingError
from fanal.settings import Keys
from fanal.store.master import Keeping, Kind, MasterFile
from fanal.store.passphrase import Passphrase
from fanal.store.program import Program

FOLDER = "FANAL_KEYS"
PASSPHRASE = "FANAL_PASSPHRASE"  # noqa: S105 - the name of a variable
NEW_PASSPHRASE = "FANAL_NEW_PASSPHRASE"  # noqa: S105 - the name of a variable


def keeping(workspace: Path, keys: Keys) -> Keeping:
    """Return where the keys of a workspace lie and what wraps them: FANAL_KEYS, else the settings, else its own folder.

    >>> keeping(Path("w"), Keys(folder="/media/key/w")).folder.as_posix()
    '/media/key/w'
    """
    folder = Path(os.environ.get(FOLDER, "") or keys.folder or workspace / "keys")
    ask = partial(_asked, keys)
    return Keeping(
        folder=folder,
        kind=Kind(keys.master),
        ways={
            Kind.FILE: lambda: MasterFile(Path(keys.master_folder) if keys.master_folder else folder),
            Kind.PASSPHRASE: lambda: Passphrase(
                ask=ask,
                choose=partial(_chosen, keys),
                dice=secret,
                other=lambda: os.environ.get(NEW_PASSPHRASE, ""),
            ),
            Kind.COMMAND: lambda: Program(wrap=keys.kms_wrap, unwrap=keys.kms_unwrap),
        },
    )


def _asked(keys: Keys) -> str:
    """Return the passphrase: of the environment, of its file, or asked for on a terminal."""
    return _given(keys) or _typed("Passphrase of the keys: ")


def _chosen(keys: Keys) -> str:
    """Return the passphrase for keys that are wrapped from now on; one that is typed is typed twice."""
    if found := os.environ.get(NEW_PASSPHRASE, "") or _given(keys):
        return found
    words = _typed("New passphrase of the keys: ")
    if _typed("The same again: ") != words:
        raise SettingError("The two passphrases are not the same.", hint="Nothing was changed; try again.")
    return words


def _given(keys: Keys) -> str:
    return credential(PASSPHRASE, keys.passphrase_file, setting="keys.passphrase_file")


def _typed(prompt: str) -> str:
    """Ask on the terminal, without showing what is typed."""
    if not sys.stdin.isatty():
        raise SettingError(
            "The keys need a passphrase, and none was given.",
            hint=f"Name a file that only you can read in keys.passphrase_file, or set {PASSPHRASE}.",
        )
    return getpass.getpass(prompt, stream=sys.stderr)
