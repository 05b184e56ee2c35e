"""Activities: rows of a live stream that are one object of ActivityStreams 2.0 each, and how these are told apart."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import orjson
import pyarrow as pa

from fanal.model.post import Reading
from fanal.sources.fields import BROKEN, strictly
from fanal.sources.judge import judge
from fanal.sources.live import MAX_ROW_BYTES
from fanal.sources.note import note
from fanal.sources.parts import SKIP, Parts, columns, element
from fanal.sources.reason import Reason

COLLECTIONS = frozenset({"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"})
"""Objects that hold others (activitystreams-vocabulary, 3.2)."""

_PARTIES = ("object", "actor")
_ITEMS = ("orderedItems", "items")


def read_activities(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    """Read rows that are one activity or object each; what is not for everybody, and empty rows, are skipped.

    A deletion is skipped, too, and `withdrawn` names its object, where actor and object are of one host.

    Args:
        rows: as the stream gave them.
        first: number of the first row.
        timezone: of times without one; None: their rows are rejected.

    >>> row = b'{"type": "Note", "to": "as:Public", "published": "2014-08-03T05:00:00Z", "content": "Roads."}'
    >>> reading = read_activities([row, b"[]", b'{"type": "Like"}'], first=1, timezone=None)
    >>> reading.posts["text"].to_pylist(), reading.rejected["line"].to_pylist(), reading.skipped.to_pylist()
    (['Roads.'], [2], [3])
    """
    gone: list[str] = []
    made = columns([_parts(row, gone) for row in rows], np.arange(first, first + len(rows)))
    reading = judge(made, timezone=timezone, position=first + len(rows) - 1)
    return replace(reading, withdrawn=pa.array(gone, pa.string()))


def cut_activities(message: bytes) -> Iterator[bytes]:
    """Yield the rows of a message: the members of a list or of a collection, else the message itself.

    A message that is no JSON is one row, and rejected when that is read.

    >>> list(cut_activities(b'{"type": "Collection", "items": [{"type": "Note"}, {"type": "Like"}]}'))
    [b'{"type":"Note"}', b'{"type":"Like"}']
    """
    said = strictly(message)
    if said is BROKEN:
        yield message
        return
    members = said if isinstance(said, list) else _members(said)
    if members is None:
        yield message
        return
    for one in members:
        yield _row(one)


def _row(member: Any) -> bytes:
    """Return a member as a row; one that is nested deeper than can be written is no JSON, and rejected as that."""
    try:
        return orjson.dumps(member)
    except orjson.JSONEncodeError:
        return b"?"


def _members(said: Any) -> list[Any] | None:
    """Return what a collection holds; None: it is none, or holds nothing here."""
    kinds = said.get("type") if isinstance(said, dict) else None
    if not any(isinstance(kind, str) and kind in COLLECTIONS for kind in _every(kinds)):
        return None
    return next((found for name in _ITEMS if isinstance(found := said.get(name), list)), None)


def _every(value: Any) -> list[Any]:
    """Return the members of a list, or the one value that stands for a list of one."""
    return value if isinstance(value, list) else [value]


def _parts(row: bytes, gone: list[str]) -> tuple[Parts, Reason | None]:
    """Return the parts of one row, and what is wrong with it; a deletion is noted."""
    if len(row) > MAX_ROW_BYTES:
        return {}, Reason.ROW_TOO_LONG
    if not row or row.isspace():
        return SKIP
    said = element(row)
    if isinstance(said, Reason):
        return {}, said
    if said.get("type") == "Delete":
        if (withdrawn := _withdrawn(said)) is not None:
            gone.append(withdrawn)
        return SKIP
    return note(said)


def _withdrawn(deletion: dict[str, Any]) -> str | None:
    """Return the id of the post that its author took back; None: it is somebody else's, or it cannot be told."""
    deleted, actor = (one.get("id") if isinstance(one, dict) else one for one in map(deletion.get, _PARTIES))
    if not isinstance(deleted, str) or not isinstance(actor, str):
        return None
    try:
        hosts = urlsplit(deleted).netloc, urlsplit(actor).netloc
    except ValueError:
        return None
    return deleted if hosts[0] and hosts[0] == hosts[1] else None
