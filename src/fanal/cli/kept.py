"""Kept: a file that a command writes whole or not at all."""

from pathlib import Path

from fanal.model.error import UserError


def keep(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; an older one is replaced.

    Raises:
        UserError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(
            f"{path} cannot be written: {error.strerror or error}.", hint="Choose another file."
        ) from error
