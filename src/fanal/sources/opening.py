"""Opening a user's file: what is no text file is refused in one sentence; gzip is unpacked in bounded memory."""

import stat
import zlib
from collections.abc import Iterator
from pathlib import Path

from fanal.model.error import InputError

CHUNK_BYTES = 4 << 20
"""Bytes handed on at a time; a few of them are held at once."""

HEAD_BYTES = 1 << 20
"""Bytes from the start of a file by which its kind and its fields are told."""

MAX_RATIO = 200
"""A gzip file may unpack to so many times its size; real streams of posts reach 5 to 50."""

RATIO_FREE_BYTES = 64 << 20
"""So many bytes may be unpacked before the ratio is looked at."""

_GZIP = b"\x1f\x8b"
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG", "a PNG picture", "Give the text of the posts."),
    (b"\xff\xd8\xff", "a JPEG picture", "Give the text of the posts."),
    (b"GIF8", "a GIF picture", "Give the text of the posts."),
    (b"%PDF", "a PDF document", "Export its tables as CSV."),
    (b"PK\x03\x04", "a zip archive or an Office document", "Unpack it, or save the sheet as CSV."),
    (b"PK\x05\x06", "an empty zip archive", "Give the file that should be in it."),
    (b"PAR1", "a Parquet file", "Write it as JSON Lines or CSV."),
    (b"ARROW1", "an Arrow file", "Write it as JSON Lines or CSV."),
    (b"SQLite format 3\x00", "an SQLite database", "Export its table as CSV."),
    (b"BZh", "a bzip2 archive", "Unpack it, or pack it with gzip."),
    (b"\xfd7zXZ\x00", "an xz archive", "Unpack it, or pack it with gzip."),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "Unpack it, or pack it with gzip."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it."),
    (b"Rar!", "a RAR archive", "Unpack it."),
    (b"\x7fELF", "a program", "Give the file with the posts."),
    (b"\xff\xfe", "UTF-16 text", "Save it as UTF-8."),
    (b"\xfe\xff", "UTF-16 text", "Save it as UTF-8."),
    (b"\x00\x00\xfe\xff", "UTF-32 text", "Save it as UTF-8."),
)
_MARKUP = ((b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"<?xml", "an XML document"))
_SNIFF_BYTES = 4096
BOM = b"\xef\xbb\xbf"


def head(path: Path, size: int = HEAD_BYTES) -> bytes:
    """Return the first bytes of a file's text, unpacked, and refuse what is no text.

    Raises:
        InputError: it is missing, not a regular file, empty, not readable, or of another kind.
    """
    _regular(path)
    parts: list[bytes] = []
    got = 0
    try:
        for chunk in chunks(path):
            parts.append(chunk)
            got += len(chunk)
            if got >= size:
                break
    except InputError:
        # A gzip file that breaks off later: what came before is still worth reading.
        if not got:
            raise
    start = b"".join(parts)[:size]
    _text(path, start)
    return start


def first_bytes(path: Path, size: int) -> bytes:
    """Return the first bytes of a regular file as they are, packed or not.

    Raises:
        InputError: it is missing, not a regular file, empty, or not readable.
    """
    _regular(path)
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}.", hint="Check the rights."
        ) from error


def whole(path: Path, most: int) -> bytes:
    """Return all bytes of a text file, unpacked, without a byte order mark.

    Raises:
        InputError: it is missing, of another kind, breaks off, or is larger than `most` bytes.
    """
    head(path, _SNIFF_BYTES)
    parts, size = [], 0
    for chunk in chunks(path):
        parts.append(chunk)
        size += len(chunk)
        if size > most:
            raise InputError(
                f"{path} is larger than {most >> 20} MB.", hint="Simplify it or cut it in parts."
            )
    return b"".join(parts).removeprefix(BOM)


def chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file in order, unpacked when it is gzip (RFC 1952), never empty ones.

    Raises:
        InputError: it cannot be read, breaks off inside a gzip member, or unpacks beyond `MAX_RATIO`.
    """
    try:
        with path.open("rb") as file:
            first = file.read(len(_GZIP))
            file.seek(0)
            if first == _GZIP:
                yield from _unpacked(path, iter(lambda: file.read(CHUNK_BYTES // 16), b""))
            else:
                yield from iter(lambda: file.read(CHUNK_BYTES), b"")
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}.", hint="Check the name and the rights."
        ) from error


def check_ratio(path: Path, given: int, packed: int) -> None:
    """Refuse what unpacks beyond what text does.

    Args:
        path: for the sentence.
        given: bytes that came out so far.
        packed: bytes that they were, above 0.

    Raises:
        InputError: there are too many.
    """
    if given > RATIO_FREE_BYTES and given > MAX_RATIO * packed:
        raise InputError(
            f"{path} unpacks to more than {MAX_RATIO} times its size.",
            hint="If that is right, unpack it yourself and give the unpacked file.",
        )


def _unpacked(path: Path, packed: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what a gzip file holds, member after member, at most `CHUNK_BYTES` at a time."""
    read = given = 0
    inflater = zlib.decompressobj(wbits=31)
    for block in packed:
        read += len(block)
        rest = block
        while rest or inflater.unconsumed_tail:
            if inflater.eof:
                if not rest.strip(b"\x00"):
                    rest = b""  # padding behind the last member
                    break
                inflater = zlib.decompressobj(wbits=31)
            try:
                out = inflater.decompress(rest, CHUNK_BYTES)
            except zlib.error as error:
                raise InputError(
                    f"{path} is damaged: its gzip data cannot be unpacked after {given:,} bytes of text.",
                    hint="What came before was read; fetch the file again.",
                ) from error
            rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            given += len(out)
            check_ratio(path, given, read)
            if out:
                yield out
            elif not rest:
                break
    if not inflater.eof:
        raise InputError(
            f"{path} breaks off: its gzip data ends after {given:,} bytes of text without its end mark.",
            hint="What came before was read; fetch the file again.",
        )


def _regular(path: Path) -> None:
    """Refuse what is missing, a folder, a pipe or a device, before it is opened."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name is no file name"
        raise InputError(f"{path} cannot be read: {reason}.", hint="Check the name.") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path} is a folder.", hint="Name the files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path} is not a regular file.", hint="Save what comes from it into a file.")
    if status.st_size == 0:
        raise InputError(f"{path} is empty.", hint="Export it again.")


def _text(path: Path, start: bytes) -> None:
    """Refuse what starts as no text file does."""
    for magic, kind, hint in _KINDS:
        if start.startswith(magic):
            raise InputError(f"{path} is {kind}, not a text file.", hint=hint)
    body = start.removeprefix(BOM)
    if not body.strip():
        if len(start) < HEAD_BYTES:
            raise InputError(f"{path} holds nothing but blanks.", hint="Export it again.")
        return
    opening = body[:_SNIFF_BYTES].lstrip().lower()
    for tag, kind in _MARKUP:
        if opening.startswith(tag):
            raise InputError(
                f"{path} is {kind}, not posts or a layer.", hint="Export it as JSON Lines, CSV or GeoJSON."
            )
    sniffed = body[:_SNIFF_BYTES]
    if sniffed.count(0) * 4 >= len(sniffed):
        raise InputError(f"{path} is UTF-16 or UTF-32 text, or no text at all.", hint="Save it as UTF-8.")
