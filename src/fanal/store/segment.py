"""The segment: one file of the vault, with the sealed rows of a batch. Its format is told in docs/vault.md."""

import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from fanal.model.error import WorkspaceError
from fanal.store.wrapped import NONCE_BYTES, TAG_BYTES

FORMAT = 1
SUFFIX = ".seal"
MOST_NAME = 64
"""Bytes of a batch's id that a segment has room for."""

_MAGIC = b"FNLVAULT"
_HEAD = struct.Struct(f"<8sHi16sI{MOST_NAME}s")
_CHECK = struct.Struct("<I")
_ENTRY = struct.Struct(f"<IBI{NONCE_BYTES}s{TAG_BYTES}s")
_BOUND = struct.Struct("<QIB")
_SEAL = NONCE_BYTES + TAG_BYTES
_EPOCH = date(1970, 1, 1)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_HINT = "Put back a copy of it, or move it away; the rest of the vault can be read."


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Hold one row before it is sealed."""

    post: int  # keyed hash, 0 to 2**64 - 1
    number: int  # of the row in its batch, from 0
    what: int  # a value of What
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Hold what a segment says of itself: enough to know which posts are in it."""

    path: Path
    ring: bytes  # id of the keyring
    day: date
    batch: str  # its name, to which each row is bound
    posts: NDArray[np.uint64]  # keyed hash of each row
    of: str = (
        ""  # the batch whose rows it holds, where the desk was asked; of several once it has another name
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Hold one row as it stands in a segment: sealed."""

    post: int
    number: int
    what: int
    nonce: bytes
    tag: bytes
    sealed: bytes


def written(
    rows: Sequence[Row], *, ring: bytes, day: date, batch: str, key: bytes, nonces: bytes
) -> list[bytes]:
    """Return the parts of a new segment. Nonces: 12 random bytes for each row, and 12 for the seal."""
    aes, bound = AESGCM(key), _bound(ring, day, batch)
    entries: list[Entry] = []
    for place, row in enumerate(rows):
        nonce = nonces[place * NONCE_BYTES : (place + 1) * NONCE_BYTES]
        sealed = aes.encrypt(nonce, row.content, bound + _BOUND.pack(row.post, row.number, row.what))
        entries.append(
            Entry(
                post=row.post,
                number=row.number,
                what=row.what,
                nonce=nonce,
                tag=sealed[-TAG_BYTES:],
                sealed=sealed[:-TAG_BYTES],
            )
        )
    return joined(entries, ring=ring, day=day, batch=batch, key=key, nonce=nonces[-NONCE_BYTES:])


def joined(
    entries: Sequence[Entry], *, ring: bytes, day: date, batch: str, key: bytes, nonce: bytes
) -> list[bytes]:
    """Return the parts of a segment of rows that are sealed already: its index, its seal, the rows."""
    head = _HEAD.pack(_MAGIC, FORMAT, (day - _EPOCH).days, ring, len(entries), batch.encode("ascii"))
    posts = np.array([one.post for one in entries], np.dtype("<u8")).tobytes()
    check = _CHECK.pack(zlib.crc32(posts, zlib.crc32(head)))
    table = b"".join(
        _ENTRY.pack(one.number, one.what, len(one.sealed), one.nonce, one.tag) for one in entries
    )
    index = head + posts + check + table
    seal = nonce + AESGCM(key).encrypt(nonce, b"", index)
    return [index, seal, *(one.sealed for one in entries)]


def paths(folder: Path) -> list[Path]:
    """Return the files of all segments in the folder of a vault, by day and name."""
    if not folder.is_dir():
        return []
    days = sorted(path for path in folder.iterdir() if _DAY.fullmatch(path.name))
    return [path for day in days for path in sorted(day.glob(f"*{SUFFIX}"))]


def head(path: Path) -> Head:
    """Read which posts a segment holds. The same work is done whichever they are.

    Raises:
        WorkspaceError: it is damaged, stands under another name, or is no segment.
    """
    with path.open("rb") as file:
        start = file.read(_HEAD.size)
        ring, day, batch, count = _head(path, start)
        rest = file.read(8 * count + _CHECK.size)
    if len(rest) != 8 * count + _CHECK.size:
        raise damaged(path, "is cut off")
    posts = rest[: 8 * count]
    if _CHECK.unpack(rest[8 * count :])[0] != zlib.crc32(posts, zlib.crc32(start)):
        raise damaged(path, "is damaged: its index has changed")
    return Head(
        path=path, ring=ring, day=day, batch=batch, posts=np.frombuffer(posts, "<u8").astype(np.uint64)
    )


def entries(path: Path, key: bytes) -> list[Entry]:
    """Read the rows of a segment, once its seal has shown that the index is as it was written.

    Raises:
        WorkspaceError: it is cut, longer, changed, or sealed with another key.
    """
    content = path.read_bytes()
    _, _, _, count = _head(path, content[: _HEAD.size])
    table_at = _HEAD.size + 8 * count + _CHECK.size
    seal_at = table_at + _ENTRY.size * count
    if len(content) < seal_at + _SEAL:
        raise damaged(path, "is cut off")
    seal = content[seal_at : seal_at + _SEAL]
    try:
        AESGCM(key).decrypt(seal[:NONCE_BYTES], seal[NONCE_BYTES:], content[:seal_at])
    except InvalidTag as error:
        raise damaged(path, "is damaged, or was sealed with another key") from error
    posts = np.frombuffer(content, "<u8", count, _HEAD.size).tolist()
    found, at = [], seal_at + _SEAL
    for place, post in enumerate(posts):
        number, what, length, nonce, tag = _ENTRY.unpack_from(content, table_at + place * _ENTRY.size)
        sealed = content[at : at + length]
        at += length
        found.append(Entry(post=post, number=number, what=what, nonce=nonce, tag=tag, sealed=sealed))
    if at != len(content):
        raise damaged(path, f"has {len(content):,} bytes instead of {at:,}")
    return found


def unsealed(entry: Entry, of: Head, key: bytes) -> bytes:
    """Return what was sealed of a row.

    Raises:
        WorkspaceError: a byte was changed, or the row belongs to another place.
    """
    bound = _bound(of.ring, of.day, of.batch) + _BOUND.pack(entry.post, entry.number, entry.what)
    try:
        return AESGCM(key).decrypt(entry.nonce, entry.sealed + entry.tag, bound)
    except InvalidTag as error:
        raise damaged(of.path, f"is damaged: row {entry.number} cannot be opened") from error


def _head(path: Path, start: bytes) -> tuple[bytes, date, str, int]:
    """Return keyring, day, batch and number of rows of a segment's first bytes."""
    if len(start) < _HEAD.size or not start.startswith(_MAGIC):
        raise damaged(path, "is cut off" if _MAGIC.startswith(start[:8]) else "is no segment of Fanal")
    _, form, day, ring, rows, name = _HEAD.unpack(start)
    if form != FORMAT:
        raise damaged(path, f"has the format {form}, here {FORMAT}: a later Fanal wrote it")
    batch = name.rstrip(b"\0").decode("ascii", "replace")
    written_on = _EPOCH + timedelta(days=day) if 0 <= day < 2_000_000 else None
    if path.name != batch + SUFFIX or written_on is None or path.parent.name != written_on.isoformat():
        raise damaged(path, "stands under another name or day than it was written for")
    if rows * (8 + _ENTRY.size) > path.stat().st_size:
        raise damaged(path, "is cut off")
    return ring, written_on, batch, rows


def _bound(ring: bytes, day: date, batch: str) -> bytes:
    """Return what every row of a segment is bound to: format, keyring, day and batch."""
    return b"fanal vault row\0" + struct.pack(
        f"<Hi16s{MOST_NAME}s", FORMAT, (day - _EPOCH).days, ring, batch.encode("ascii")
    )


def damaged(path: Path, why: str) -> WorkspaceError:
    """Return the sentence for a segment that cannot be used.

    >>> str(damaged(Path("a.seal"), "is cut off"))[:44]
    'The segment a.seal of the vault is cut off. '
    """
    return WorkspaceError(f"The segment {path} of the vault {why}.", hint=_HINT)
