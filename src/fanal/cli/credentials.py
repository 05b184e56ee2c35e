"""Credentials: read from the environment, or from a file that nobody but its owner may read; never from settings."""

import os
import stat
from pathlib import Path

from fanal.model.error import SettingError

OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""Permissions of a file for anybody but its owner."""


def credential(variable: str, file: str, *, setting: str) -> str:
    """Return a password or secret; an empty text: there is none.

    Args:
        variable: of the environment; goes before the file.
        file: path, or empty.
        setting: that names the file, for the sentence when it cannot be used.

    Raises:
        SettingError: the file is missing, or others may read it.
    """
    if found := os.environ.get(variable, ""):
        return found
    if not file:
        return ""
    path = Path(file)
    try:
        status = path.stat()
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f"The setting {setting} names {file}, which cannot be read.",
            hint=f"Write the secret there, or set {variable}.",
        ) from error
    if status.st_mode & OTHERS:
        raise SettingError(f"{file} may be read by others than its owner.", hint=f"Run `chmod 600 {file}`.")
    return text.strip()
