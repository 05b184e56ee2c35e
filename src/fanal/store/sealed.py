"""What is sealed in the vault: a post with its author and its text, or a row that was rejected, as compact bytes."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.store.segment import Row

PAD = 256
"""A sealed row is filled up to a multiple of so many bytes, so that its length tells little of its text."""

_NUMBERS = struct.Struct("<qq")
_LENGTH = struct.Struct("<I")
_NULL = 0xFFFFFFFF
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class What(IntEnum):
    """Name what a row of the vault is; the number stands in the file."""

    POST = 1
    REJECTED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Hold what is sealed of one row. A text never stands in its repr, so that no traceback shows it."""

    what: What
    time: datetime | None  # of the post, UTC; None: a rejected row
    line: int  # where it stands in its file, from 1
    file: str
    form: str  # the format that it was read as
    text: bytes = field(repr=False)  # UTF-8 of a post; a rejected row as it stood in the file
    id: str | None = field(default=None, repr=False)  # the post's own id
    author: str | None = field(default=None, repr=False)  # as the stream gives it
    named: str | None = field(default=None, repr=False)  # how the stream names it where it does not by its id


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Hold one row of the vault, opened."""

    post: int  # keyed hash of the post or of the rejected row
    day: date  # UTC day on which it was written
    batch: str
    content: Content = field(repr=False)


def packed(numbers: tuple[int, int], parts: tuple[bytes | None, ...]) -> bytes:
    """Return two numbers and some bytes one after another, filled up to a multiple of PAD.

    Nothing is compressed: the length of what is compressed tells of its content.

    >>> len(packed((1, 2), (b"text", None)))
    256
    """
    said = [_NUMBERS.pack(*numbers)]
    for part in parts:
        said.append(_LENGTH.pack(_NULL if part is None else len(part)))
        if part:
            said.append(part)
    whole = b"".join(said)
    return whole + bytes(-len(whole) % PAD)


def unpacked(content: bytes, parts: int, *, more: int = 0) -> tuple[tuple[int, int], list[bytes | None]]:
    """Return what `packed` was given.

    Args:
        content: as it was sealed.
        parts: that every row has.
        more: parts that may stand behind them; what fills a row up is none.

    Raises:
        ValueError: it is no such content.

    >>> unpacked(packed((1, -2), (b"text", None, b"")), 3, more=1)
    ((1, -2), [b'text', None, b''])
    """
    try:
        numbers = _NUMBERS.unpack_from(content)
        at = _NUMBERS.size
        found: list[bytes | None] = []
        for number in range(parts + more):
            if number >= parts and not any(content[at:]):
                break
            (length,) = _LENGTH.unpack_from(content, at)
            at += _LENGTH.size
            if length == _NULL:
                found.append(None)
                continue
            if at + length > len(content):
                raise ValueError("a part is longer than the row")
            found.append(content[at : at + length])
            at += length
    except struct.error as error:
        raise ValueError("the row ends too early") from error
    if any(content[at:]):
        raise ValueError("something stands behind the last part")
    return (int(numbers[0]), int(numbers[1])), found


def opened(what: What, content: bytes) -> Content:
    """Return the record of a row's bytes.

    Raises:
        ValueError: they are not of a row.
    """
    (time, line), (text, own, author, form, file, *more) = unpacked(content, 5, more=1)
    named = more[0] if more else None
    return Content(
        what=what,
        time=_EPOCH + timedelta(microseconds=time) if what is What.POST else None,
        line=line,
        file=(file or b"").decode(),
        form=(form or b"").decode(),
        text=text or b"",
        id=None if own is None else own.decode(),
        author=None if author is None else author.decode(),
        named=None if named is None else named.decode(),
    )


def rows_of(
    posts: pa.RecordBatch,
    hashes: NDArray[np.uint64],
    chosen: NDArray[np.int64],
    *,
    form: str,
    file: str,
    named: Mapping[int, str],
) -> list[Row]:
    """Return the chosen posts as rows. There is one call of the cipher for each, so this is a loop, over the few."""
    rows = pa.Table.from_batches([posts]).take(pa.array(chosen))
    own, author = (rows[name].cast(pa.binary()).to_pylist() for name in ("id", "author"))
    times = rows["time"].cast(pa.int64()).to_pylist()
    texts = rows["text"].cast(pa.large_binary()).to_pylist()
    read_as, from_file = form.encode(), file.encode()
    return [
        Row(
            post=post,
            number=number,
            what=What.POST,
            content=packed(
                (time, line),
                (text, id_, who, read_as, from_file, *((named[line].encode(),) if line in named else ())),
            ),
        )
        for post, number, time, line, text, id_, who in zip(
            hashes[chosen].tolist(),
            chosen.tolist(),
            times,
            rows["line"].to_pylist(),
            texts,
            own,
            author,
            strict=True,
        )
    ]
