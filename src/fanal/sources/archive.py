"""One file inside an archive as a network hands it to its user: zip, or tar packed with gzip; all else is passed over.

Nothing is unpacked onto the disk, and media in the archive are never opened.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from fanal.model.error import InputError
from fanal.sources.opening import CHUNK_BYTES, chunks, first_bytes
from fanal.sources.zipped import DAMAGED_OR_GONE, ZIP, check_directory, unpacked

_GZIP = b"\x1f\x8b"
_BLOCK = 512
_NAME, _SIZE, _KIND, _MAGIC = (0, 100), (124, 136), 156, (257, 262)
_PLAIN_KINDS = (0, ord("0"))


def is_archive(path: Path) -> bool:
    """Tell whether a file is a zip, or a tar packed with gzip."""
    first = first_bytes(path, len(ZIP))
    if first == ZIP:
        return True
    if not first.startswith(_GZIP):
        return False
    try:
        start = next(chunks(path), b"")
    except InputError:
        return False
    return start[slice(*_MAGIC)] == b"ustar"


def member(path: Path, name: str) -> Iterator[bytes]:
    """Yield the bytes of the file with this name in an archive, in whichever folder of it, at most 4 MB at a time.

    Raises:
        InputError: there is none, or the archive is damaged, locked, breaks off or unpacks to too much.
    """
    yield from _of_zip(path, name) if first_bytes(path, len(ZIP)) == ZIP else _of_tar(path, name)


def holds(path: Path, name: str) -> bool:
    """Tell whether an archive that can be read holds a file with this name."""
    try:
        next(member(path, name), b"")
    except InputError:
        return False
    return True


def _missing(path: Path, name: str) -> InputError:
    """Return the error for an archive that does not hold the file."""
    return InputError(
        f"{path} holds no {name}.", hint=f"Give the archive as it was handed out, or its {name}."
    )


def _of_zip(path: Path, name: str) -> Iterator[bytes]:
    """Yield a file of a zip (PKWARE APPNOTE 6.3)."""
    given = 0
    try:
        with path.open("rb") as file:
            check_directory(path, file, hint=f"Unpack it and give its {name}.", wide=True)
            with zipfile.ZipFile(file) as archive:
                found = [info for info in archive.infolist() if PurePosixPath(info.filename).name == name]
                if not found:
                    raise _missing(path, name)
                with archive.open(found[0]) as inside:
                    for chunk in unpacked(path, inside, found[0].compress_size):
                        given += len(chunk)
                        yield chunk
    except DAMAGED_OR_GONE as error:
        raise InputError(
            f"{path} is a zip archive that is damaged or locked: {name} cannot be unpacked after {given:,} bytes.",
            hint="What came before was read; fetch the archive again.",
        ) from error


def _of_tar(path: Path, name: str) -> Iterator[bytes]:
    """Yield a file of a tar (POSIX.1-2017, ustar) that is packed with gzip."""
    tape = _Tape(path)
    while True:
        header = tape.take(_BLOCK)
        if len(header) < _BLOCK or not header.strip(b"\x00"):
            raise _missing(path, name)
        size = _octal(header[slice(*_SIZE)])
        if size < 0 or header[slice(*_MAGIC)] != b"ustar":
            raise InputError(
                f"{path} is not an archive that can be read.", hint=f"Unpack it and give its {name}."
            )
        called = header[slice(*_NAME)].split(b"\x00")[0].decode("utf-8", "replace")
        if header[_KIND] in _PLAIN_KINDS and PurePosixPath(called).name == name:
            break
        tape.skip(size + -size % _BLOCK)
    while size:
        chunk = tape.some(min(size, CHUNK_BYTES))
        if not chunk:
            raise InputError(f"{path} breaks off inside its {name}.", hint="Fetch the archive again.")
        size -= len(chunk)
        yield chunk


def _octal(digits: bytes) -> int:
    """Return a size as tar writes it: in octal digits, or from 8 GB on in binary; -1: it is neither."""
    if digits[0] & 0x80:
        return int.from_bytes(digits[1:], "big")
    try:
        return int(digits.strip(b" \x00") or b"0", 8)
    except ValueError:
        return -1


class _Tape:
    """Hand out the bytes of a packed file in order."""

    def __init__(self, path: Path) -> None:
        self._chunks = chunks(path)
        self._chunk = b""
        self._at = 0

    def some(self, most: int) -> bytes:
        """Return the next bytes, at most so many; empty at the end."""
        if self._at == len(self._chunk):
            self._chunk, self._at = next(self._chunks, b""), 0
        begin, self._at = self._at, min(len(self._chunk), self._at + most)
        return self._chunk[begin : self._at]

    def take(self, size: int) -> bytes:
        """Return the next bytes; fewer at the end."""
        parts = []
        while size and (part := self.some(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Pass over bytes without holding them."""
        while size and (part := self.some(min(size, CHUNK_BYTES))):
            size -= len(part)
