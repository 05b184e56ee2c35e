"""The program: a master key wrapped by a tool of the user's choice, through its standard input and output."""

import subprocess
from collections.abc import Sequence

from fanal.model.error import WorkspaceError

SECONDS = 120
"""A tool may ask a person for a card or a PIN; one that is silent for longer has failed."""
MOST_BYTES = 1 << 16
"""What a tool may make of 32 bytes at most."""
_SHOWN = 200


class Program:
    """Let a program wrap a master key: `gpg`, `age`, `openssl`, a cloud's command, the tool of an HSM.

    It gets the bytes on its standard input and answers on its standard output. No shell is between. Its own
    settings and keys are its own affair; Fanal passes the environment on.

    >>> Program(wrap=["rev"], unwrap=["rev"]).unwrap(b"abc")
    b'cba'
    """

    def __init__(self, *, wrap: Sequence[str], unwrap: Sequence[str]) -> None:
        """Take the two commands, each a program and its arguments."""
        self._wrap = list(wrap)
        self._unwrap = list(unwrap)

    def wrap(self, key: bytes) -> bytes:
        """Return what the program makes of a key.

        Raises:
            WorkspaceError: the program is not there, fails, or gives the key back as it is.
        """
        wrapped = _answer(self._wrap, key, setting="keys.kms_wrap")
        if key in wrapped:
            raise WorkspaceError(
                "The program of keys.kms_wrap gave the key back unchanged.", hint="Choose one that encrypts."
            )
        return wrapped

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return what the program gives back.

        Raises:
            WorkspaceError: the program is not there, or fails.
        """
        return _answer(self._unwrap, wrapped, setting="keys.kms_unwrap")

    def forget(self, wrapped: bytes) -> None:
        """Do nothing: what the program keeps is its own."""


def _answer(command: Sequence[str], given: bytes, *, setting: str) -> bytes:
    """Run a program to its end and return its output."""
    if not command:
        raise WorkspaceError(
            f"The setting {setting} is empty.", hint='Name a program: ["gpg", "--decrypt", "--quiet"].'
        )
    try:
        ended = subprocess.run(list(command), input=given, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - the user's own choice, no shell
    except OSError as error:
        raise WorkspaceError(
            f"The program {command[0]} of {setting} cannot be run: {error.strerror}.",
            hint="Install it, or mend the setting.",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise WorkspaceError(
            f"The program {command[0]} of {setting} said nothing for {SECONDS} seconds.",
            hint="Run it by hand to see what it waits for.",
        ) from error
    if ended.returncode or not 0 < len(ended.stdout) <= MOST_BYTES:
        raise WorkspaceError(
            f"The program {command[0]} of {setting} ended with {ended.returncode} and {len(ended.stdout)} bytes"
            f"{_said(ended.stderr)}.",
            hint="Run it by hand to see why; nothing was changed.",
        )
    return ended.stdout


def _said(errors: bytes) -> str:
    """Return the last line that a program wrote for a person, made harmless."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    last = "".join(letter for letter in lines[-1] if letter.isprintable()) if lines else ""
    return f": {last[:_SHOWN].rstrip('.')}" if last else ""
