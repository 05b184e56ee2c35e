"""The head of the audit log: number and digest of its newest row, kept beside the keys and not in the desk."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import Path

from fanal.model.error import UserError
from fanal.store.chain import NOTHING, SCHEME
from fanal.store.durable import put

_LINE = re.compile(r"(\d{1,18}):(?:hmac-sha256:)?([0-9a-f]{64})")
_MOST_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Head:
    """Name a row of the audit log by its number and digest; it is written and given as one line.

    >>> str(Head.of("0:" + "0" * 64)) == f"0:{NOTHING}"
    True
    """

    number: int
    digest: str

    @classmethod
    def of(cls, text: str) -> "Head":
        """Return the head that a line names.

        Raises:
            UserError: it is none.
        """
        found = _LINE.fullmatch(text.strip())
        if found is None:
            raise UserError(
                f"{text[:120]!r} is no head of an audit log.",
                hint="Write it as `fanal audit head` printed it: NUMBER:hmac-sha256:64 digits.",
            )
        return cls(int(found[1]), SCHEME + found[2])

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


EMPTY = Head(0, NOTHING)
"""The head of a log without rows."""


def read(path: Path, key: bytes) -> Head | None:
    """Return the head that a file holds; None: there is no file, or not one that was written with this key."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    line, _, seal = text.rstrip("\n").partition(" ")
    if _LINE.fullmatch(line) is None or not hmac.compare_digest(seal.encode(), _seal(line, key).encode()):
        return None
    return Head.of(line)


def write(path: Path, head: Head, key: bytes) -> None:
    """Write a head so that the file is whole or as it was, and on the disk when this returns."""
    put(path, f"{head} {_seal(str(head), key)}\n".encode(), secret=False)


def _seal(line: str, key: bytes) -> str:
    """Return the HMAC of a head's line; a row's digest, over JSON, is never one."""
    return SCHEME + hmac.digest(key, b"head of the audit log\n" + line.encode(), hashlib.sha256).hex()
