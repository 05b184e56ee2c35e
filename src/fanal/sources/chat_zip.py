"""The chat inside a zip as a phone shares it: `_chat.txt`, or the `.txt` of the zip's name; media are not touched."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from fanal.model.error import InputError
from fanal.sources.opening import HEAD_BYTES, chunks, first_bytes, head
from fanal.sources.zipped import DAMAGED_OR_GONE, ZIP, check_directory, unpacked

_WHOLE = "_chat.txt"


def is_chat_zip(path: Path) -> bool:
    """Tell whether a file is a zip that holds one chat."""
    if first_bytes(path, len(ZIP)) != ZIP:
        return False
    try:
        _member(path)
    except InputError:
        return False
    return True


def chat_head(path: Path, size: int = HEAD_BYTES) -> bytes:
    """Return the first bytes of a chat's text: of a text file, plain or gzipped, or of the chat inside a zip.

    Raises:
        InputError: the file cannot be read, or is neither.
    """
    if first_bytes(path, len(ZIP)) != ZIP:
        return head(path, size)
    parts: list[bytes] = []
    got = 0
    try:
        for chunk in _unzipped(path):
            parts.append(chunk)
            got += len(chunk)
            if got >= size:
                break
    except InputError:
        # A zip that is damaged later: what came before is still worth reading.
        if not got:
            raise
    return b"".join(parts)[:size]


def chat_chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a chat's text in order, unpacked, never empty ones.

    Raises:
        InputError: the file cannot be read, is damaged, or unpacks beyond what a chat does.
    """
    return _unzipped(path) if first_bytes(path, len(ZIP)) == ZIP else chunks(path)


def _unzipped(path: Path) -> Iterator[bytes]:
    """Yield what the chat inside a zip holds, at most `CHUNK_BYTES` at a time."""
    name = _member(path)
    given = 0
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as member:
            for chunk in unpacked(path, member, archive.getinfo(name).compress_size):
                given += len(chunk)
                yield chunk
    except DAMAGED_OR_GONE as error:
        raise InputError(
            f"{path} is damaged: the chat in it cannot be unpacked after {given:,} bytes of text.",
            hint="What came before was read; share the chat again.",
        ) from error


def _member(path: Path) -> str:
    """Return the name of the one chat in a zip.

    Raises:
        InputError: the zip is damaged, locked, too large a list, or holds no chat or several.
    """
    try:
        with path.open("rb") as file:
            check_directory(path, file, hint="Unpack it and give the text of the chat.")
            with zipfile.ZipFile(file) as archive:
                texts = [info for info in archive.infolist() if _is_text(info.filename)]
    except DAMAGED_OR_GONE as error:
        raise InputError(
            f"{path} is a zip archive that breaks off or is damaged.", hint="Share the chat again."
        ) from error
    for name in (_WHOLE, f"{path.stem}.txt"):
        found = [info for info in texts if info.filename.rsplit("/", 1)[-1] == name]
        if found:
            break
    else:
        found = texts
    if len(found) != 1:
        held = "no chat" if not found else f"{len(found):,} texts"
        raise InputError(
            f"{path} is a zip archive with {held}, not a text file.",
            hint="Unpack it and give the text of one chat.",
        )
    if found[0].flag_bits & 1:
        raise InputError(
            f"{path} is locked with a password.", hint="Unpack it and give the text of the chat."
        )
    return found[0].filename


def _is_text(name: str) -> bool:
    """Tell whether a file in a zip may be the chat; a Mac adds one of its own to each, in a folder apart."""
    return name.lower().endswith(".txt") and not name.startswith("__MACOSX/")
