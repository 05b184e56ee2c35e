"""The Status: what an event of Mastodon's API says as a post (docs.joinmastodon.org/entities/Status).

A row is an object with `event`, and for a new status with `seen` (when it arrived, ISO 8601), `server` (who gave it)
and `payload` (the status, as the server sent it); for a deletion with `server` and `id`. Pleroma, Akkoma, GoToSocial,
Pixelfed and others speak the same API.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.post import Reading
from fanal.model.version import version_of
from fanal.sources.judge import Columns, judge
from fanal.sources.live import MAX_ROW_BYTES
from fanal.sources.markup import plain_texts
from fanal.sources.parts import element
from fanal.sources.reason import FINE, Reason
from fanal.sources.times import read_times

NEW = "update"
"""The event of a new status."""

EDIT = "status.update"
"""The event of a status with other words than it had; `edited_at` tells it from other versions."""

GONE = "delete"
"""The event of a status that is there no more; it names the server's own number of it and nothing else."""

LONGEST_ID = 64
"""Signs of a number of a server; those that are in use have at most 26."""

PUBLIC = "public"
"""The visibility that is read. `unlisted` asks to be found in no public timeline; the others are nobody's to read."""

_DAY = 86_400_000_000  # microseconds
_KNOWN = re.compile(r"[a-z_.]{1,40}")
_NUMBER = re.compile(rb"[A-Za-z0-9_-]{1,64}")


def server_of(address: str) -> str:
    """Return who is asked at an address, within which its numbers of statuses are its own.

    >>> server_of("https://Mastodon.example:3000/api"), server_of("https://user@a.example/")
    ('mastodon.example:3000', 'a.example')
    """
    return urlsplit(address).netloc.rpartition("@")[2].lower()


def row(kind: str, payload: bytes | None, *, seen: datetime, server: str) -> bytes:
    """Return an event as a row; of what brings no status only its kind is kept, and of a deletion the number.

    Args:
        kind: as the server names it.
        payload: JSON of a status; None: it was too long.
        seen: when it arrived.
        server: as `server_of` names it.

    >>> from datetime import UTC
    >>> row("delete", b"109", seen=datetime(2014, 8, 3, tzinfo=UTC), server="a.example")
    b'{"event":"delete","server":"a.example","id":"109"}'
    >>> row("conversation", b"{}", seen=datetime(2014, 8, 3, tzinfo=UTC), server="a.example")
    b'{"event":"conversation"}'
    """
    if kind == GONE and payload is not None and _NUMBER.fullmatch(payload.strip(b'"')):
        return orjson.dumps({"event": kind, "server": server, "id": payload.strip(b'"').decode()})
    if kind not in (NEW, EDIT):
        return orjson.dumps({"event": kind if _KNOWN.fullmatch(kind) else "unknown"})
    if payload is None or len(payload) > MAX_ROW_BYTES // 2:
        return b""
    given = kind.encode(), seen.isoformat().encode(), orjson.dumps(server), payload
    return b'{"event":"%s","seen":"%s","server":%s,"payload":%s}' % given


def read(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    r"""Return what became of events. A post that says it was made after it arrived was made when it arrived.

    An edit is a post of its own, by `fanal.model.version`, of when it was made: what its server says, where that lies
    within the day before its arrival, else the arrival. A deletion is skipped; `withdrawn` names its status by server
    and number, and `named` says these of each post.

    >>> status = (b'{"uri":"https://a.example/1","visibility":"public","created_at":"2014-08-03T05:00:00.000Z",'
    ...           b'"content":"<p>The road is closed.</p>","account":{"uri":"https://a.example/b"}}')
    >>> reading = read([b'{"event":"update","payload":%s}' % status, b'{"event":"delete"}'], first=1, timezone=None)
    >>> reading.posts["text"].to_pylist(), reading.skipped.to_pylist()
    (['The road is closed.'], [2])
    """
    size = len(rows)
    held = _Held(size)
    for place, raw in enumerate(rows):
        wrong = _take(raw, place, held)
        if wrong is not None:
            held.fault[place] = wrong.code
    columns = Columns(
        line=np.arange(first, first + size),
        fault=held.fault,
        id=pa.array(held.id, pa.string()),
        author=pa.array(held.author, pa.string()),
        time_text=pa.array(held.time, pa.string()),
        time_number=pa.nulls(size, pa.float64()),
        text=_worded(pa.array(held.content, pa.large_string()), held.around),
        language=pa.array(held.language, pa.string()),
        lon=pa.nulls(size, pa.float64()),
        lat=pa.nulls(size, pa.float64()),
    )
    reading = judge(_in_time(columns, held), timezone=timezone, position=first + size - 1)
    named = {first + place: name for place, name in held.named.items()}
    return replace(reading, withdrawn=pa.array(held.gone, pa.string()), named=named)


class _Held:
    """Hold what rows say, a list a part; None where a row says nothing of it."""

    def __init__(self, size: int) -> None:
        none: list[str | None] = [None] * size
        self.id, self.author, self.time, self.content = none.copy(), none.copy(), none.copy(), none.copy()
        self.language, self.seen = none.copy(), none.copy()
        self.around: dict[int, tuple[str, str]] = {}  # by place: what stands before and behind the content
        self.named: dict[int, str] = {}  # by place: server and number
        self.edits = np.zeros(size, np.bool_)
        self.gone: list[str] = []  # server and number of what was deleted
        self.fault = np.full(size, FINE, np.int8)


def _take(raw: bytes, place: int, held: _Held) -> Reason | None:
    """Take the parts of a row, and return what is wrong with it."""
    if not 0 < len(raw) <= MAX_ROW_BYTES:
        return Reason.ROW_TOO_LONG
    event = element(raw)
    if isinstance(event, Reason):
        return event
    kind, server = event.get("event"), event.get("server")
    if kind == GONE:
        held.gone += _numbered(server, event)
    if kind not in (NEW, EDIT):
        return None
    status, seen = event.get("payload"), event.get("seen")
    if type(status) is not dict:
        return Reason.NOT_OBJECT
    for name in _numbered(server, status):
        held.named[place] = name
    if type(seen) is str:
        held.seen[place] = seen
    wrong = _take_status(status, place, held)
    if kind == EDIT and wrong is None:
        _take_edit(status, place, held)
    return wrong


def _numbered(server: Any, status: dict[str, Any]) -> list[str]:
    """Return server and number of a status as one name, or nothing where one of them is missing."""
    number = status.get("id")
    if type(server) is not str or type(number) is not str or not 0 < len(number) <= LONGEST_ID:
        return []
    return [f"{server}/{number}"]


def _take_status(status: dict[str, Any], place: int, held: _Held) -> Reason | None:
    """Take the parts of a status, its text still as HTML, and return what is wrong with it.

    What it passes on of another's has its own id and time, and the other's words.
    """
    account, passed_on = status.get("account"), status.get("reblog")
    said: dict[str, Any] = status if passed_on is None or type(passed_on) is not dict else passed_on
    if type(account) is not dict:
        account = {}
    if (
        status.get("visibility") != PUBLIC
        or said.get("visibility") != PUBLIC
        or any(type(one) is dict and one.get("noindex") is True for one in (account, said.get("account")))
    ):
        return None
    content, time, language = said.get("content"), status.get("created_at"), said.get("language")
    if content is not None and type(content) is not str:
        return Reason.TEXT_NOT_TEXT
    held.content[place] = content or ""
    held.id[place] = _first(status, "uri", "url")
    held.author[place] = _first(account, "uri", "url", "acct")
    held.time[place] = time if time is None or type(time) is str else "?"
    if type(language) is str:
        held.language[place] = language
    if said.get("spoiler_text") or said.get("poll"):
        held.around[place] = _around(said)
    return None


def _take_edit(status: dict[str, Any], place: int, held: _Held) -> None:
    """Make of a status that was taken the version that it is; one that says no time is the post that is known."""
    first, edited = held.id[place], status.get("edited_at")
    version = None if first is None else version_of(first, edited)
    if version is not None:
        held.id[place], held.time[place], held.edits[place] = version, edited, True


def _around(status: dict[str, Any]) -> tuple[str, str]:
    """Return the warning before a status, and the answers that its poll offers behind it."""
    warning, poll = status.get("spoiler_text"), status.get("poll")
    answers = poll.get("options") if type(poll) is dict else None
    titles = [one.get("title") for one in answers if type(one) is dict] if type(answers) is list else []
    offered = "\n".join(title for title in titles if type(title) is str and title)
    return warning if type(warning) is str else "", offered


def _worded(contents: pa.LargeStringArray, around: dict[int, tuple[str, str]]) -> pa.LargeStringArray:
    """Return the words of each content, with what stands around it."""
    words = plain_texts(contents)
    if not around:
        return words
    said = words.to_pylist()
    for place, (before, behind) in around.items():
        said[place] = "\n".join(part for part in (before, said[place], behind) if part)
    return pa.array(said, pa.large_string())


def _first(said: dict[str, Any], *names: str) -> str | None:
    """Return the first text under some names."""
    for name in names:
        value = said.get(name)
        if type(value) is str and value:
            return value
    return None


def _in_time(made: Columns, held: _Held) -> Columns:
    """Return columns in which no time lies after the arrival, and none of an edit more than a day before it."""
    none = pa.nulls(len(held.seen), pa.float64())
    arrived, unknown = read_times(pa.array(held.seen, pa.string()), none, None)
    micros, wrong = read_times(made.time_text, none, None)
    odd = (wrong == FINE) & (micros > arrived)
    odd |= held.edits & ((wrong != FINE) | (micros < arrived - _DAY))
    odd &= unknown == FINE
    if not odd.any():
        return made
    # Below 2^53 microseconds, so nothing is lost.
    counted = pa.array(arrived.astype(np.float64), mask=~odd)
    return replace(made, time_text=pc.if_else(pa.array(odd), None, made.time_text), time_number=counted)
