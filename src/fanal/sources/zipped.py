"""Zips: the bounds within which one is opened and one of its files is unpacked (PKWARE APPNOTE 6.3.10)."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from fanal.model.error import InputError
from fanal.sources.opening import CHUNK_BYTES, check_ratio

_LZMA = getattr(zipfile, "lzma", None)  # of a zip that is packed so; None: this Python was built without it

DAMAGED: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # a method that is not known
    RuntimeError,  # a password
    struct.error,
    ValueError,  # names that are no UTF-8, places before the file's start
    *([_LZMA.LZMAError] if _LZMA else []),
)
"""What Python's reader of zips raises of one that is damaged, locked, or made to harm."""

DAMAGED_OR_GONE: tuple[type[Exception], ...] = (*DAMAGED, OSError)
"""The same, with what the disk says."""

ZIP = b"PK\x03\x04"
"""The first bytes of a zip."""

MAX_DIRECTORY_BYTES = 16 << 20
"""A zip's list of files may be so long, about 100,000 of them; a chat with 10,000 media has about 1 MB."""

_END = b"PK\x05\x06"
_WIDE = b"PK\x06\x07"
_WIDE_END = b"PK\x06\x06"
_END_BYTES = 22
_WIDE_BYTES = 56 + 20  # of the record with the wide size (4.3.14) and of what leads to it (4.3.15)
_COMMENT_BYTES = 1 << 16


def check_directory(path: Path, file: IO[bytes], *, hint: str, wide: bool = False) -> None:
    """Refuse a list of files that would need much memory, before it is read (4.3.16); the file is at its start after.

    Args:
        path: for the sentence.
        file: open.
        hint: what to do instead.
        wide: let a list be that says its size in a record of its own, as one of more than 65,535 files does.

    Raises:
        InputError: the list is too long.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _WIDE_BYTES - _END_BYTES - _COMMENT_BYTES))
    tail = file.read()
    at = tail.rfind(_END)
    listed = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    apart = at >= 20 and tail[at - 20 : at].startswith(_WIDE)
    if apart:
        record = tail[at - _WIDE_BYTES : at] if at >= _WIDE_BYTES else b""
        known = wide and record.startswith(_WIDE_END)
        listed = int.from_bytes(record[40:48], "little") if known else MAX_DIRECTORY_BYTES + 1
    if listed > MAX_DIRECTORY_BYTES:
        raise InputError(f"{path} is a zip archive with too many files.", hint=hint)
    file.seek(0)


def unpacked(path: Path, member: IO[bytes], packed: int) -> Iterator[bytes]:
    """Yield the bytes of a file in a zip, at most `CHUNK_BYTES` at a time.

    Args:
        path: of the zip, for the sentence.
        member: open.
        packed: bytes that it takes in the zip.

    Raises:
        InputError: it unpacks beyond `MAX_RATIO`.
    """
    given = 0
    for chunk in iter(lambda: member.read(CHUNK_BYTES), b""):
        given += len(chunk)
        check_ratio(path, given, max(1, packed))
        yield chunk
