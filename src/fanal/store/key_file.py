"""The file of a key: how it is named, and how it looks, plain as an earlier Fanal wrote it or wrapped."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from fanal.model.error import WorkspaceError
from fanal.store.wrapped import OVERHEAD, unwrap, wrap

KEY_BYTES = 16  # SipHash takes a key of 128 bits
DAY_BYTES = 32  # AES-256

POSTS = "posts.key"
AUDIT = "audit.key"

_MAGIC = b"FNLKEY1\n"
_HEAD = len(_MAGIC) + 8  # and the number of the master key
_NAME = re.compile(r"(?:posts|audit|week-\d{4}-W\d\d|day-\d{4}-\d\d-\d\d|place-[0-9a-f]{16})\.key")
_PLACE = re.compile(r"place-([0-9a-f]{16})\.key")
_WEEK = re.compile(r"week-(\d{4})-W(\d\d)\.key")


def is_key(name: str) -> bool:
    """Say whether a file is one of a key; that of a master key is none.

    >>> is_key("posts.key"), is_key("master-0011223344556677.key")
    (True, False)
    """
    return _NAME.fullmatch(name) is not None


def of_week(monday: date) -> str:
    """Return the name of the file of a week's key.

    >>> of_week(date(2014, 8, 4))
    'week-2014-W32.key'
    """
    year, week, _ = monday.isocalendar()
    return f"week-{year}-W{week:02}.key"


def of_day(day: date, kind: str = "key") -> str:
    """Return the name of the file of a day's key, or of what is left of it (`gone`).

    >>> of_day(date(2014, 8, 4))
    'day-2014-08-04.key'
    """
    return f"day-{day.isoformat()}.{kind}"


def of_place(serial: str) -> str:
    """Return the name of the file of the key of one exact place.

    >>> of_place("0f1e2d3c4b5a6978")
    'place-0f1e2d3c4b5a6978.key'
    """
    return f"place-{serial}.key"


def places_in(names: Iterable[str]) -> list[str]:
    """Return the serials of the exact places among files of keys, sorted."""
    return sorted(found[1] for name in names if (found := _PLACE.fullmatch(name)))


def weeks_in(names: Iterable[str]) -> list[date]:
    """Return the Mondays of the weeks among files of keys, sorted."""
    found = (_WEEK.fullmatch(name) for name in names)
    return sorted(date.fromisocalendar(int(one[1]), int(one[2]), 1) for one in found if one)


def days_in(names: Iterable[str], kind: str = "key") -> list[date]:
    """Return the days among files of keys, or among what is left of them, sorted."""
    found = (re.fullmatch(rf"day-(\d{{4}}-\d\d-\d\d)\.{kind}", name) for name in names)
    return sorted(date.fromisoformat(one[1]) for one in found if one)


def packed(key: bytes, *, ring: bytes, name: str, number: bytes, under: bytes, nonce: bytes) -> bytes:
    """Return the content of a wrapped key's file.

    Args:
        key: what is wrapped.
        ring: id of its keyring; with the name of the file it is what the key is bound to.
        name: of the file.
        number: of the master key.
        under: the master key.
        nonce: 12 random bytes.
    """
    return _MAGIC + number + wrap(key, under=under, purpose=_purpose(ring, name), nonce=nonce)


def plain(path: Path, content: bytes) -> bool:
    """Say whether a key's file is plain, as an earlier Fanal wrote it; a day's key and the audit log's never are.

    Raises:
        WorkspaceError: it is neither plain nor wrapped.
    """
    size = _size(path.name)
    if len(content) == size == KEY_BYTES and path.name != AUDIT:
        return True
    wanted = _HEAD + OVERHEAD + size
    if len(content) != wanted or not content.startswith(_MAGIC):
        raise WorkspaceError(
            f"The key {path} is damaged: {len(content)} bytes instead of {wanted}, or another kind of file.",
            hint="Put back a copy of it; without it posts read before are not recognised.",
        )
    return False


def number_in(content: bytes) -> bytes:
    """Return the number of the master key that a wrapped key names."""
    return content[len(_MAGIC) : _HEAD]


def unpacked(content: bytes, *, ring: bytes, path: Path, under: bytes) -> bytes:
    """Return the key of a wrapped key's file.

    Raises:
        WorkspaceError: a byte was changed, or it is another key under this name.
    """
    key = unwrap(content[_HEAD:], under=under, purpose=_purpose(ring, path.name))
    if key is None:
        raise WorkspaceError(
            f"The key {path} is damaged, or it is another key under this name.", hint="Put back a copy of it."
        )
    return key


def _size(name: str) -> int:
    return DAY_BYTES if name.startswith(("day-", "place-")) else KEY_BYTES


def _purpose(ring: bytes, name: str) -> bytes:
    return b"fanal key 1\x00" + ring + name.encode()
