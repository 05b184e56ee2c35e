"""The Status: what an event of Mastodon's API says as a post (docs.joinmastodon.org/entities/Status).

A row is an object with `event`, and for a new status with `seen` (when it arrived, ISO 8601) and `payload` (the status,
as the server sent it). Pleroma, Akkoma, GoToSocial, Pixelfed and others speak the same API.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.post import Reading
from fanal.sources.judge import Columns, judge
from fanal.sources.live import MAX_ROW_BYTES
from fanal.sources.markup import plain
from fanal.sources.parts import SKIP, Parts, columns
from fanal.sources.reason import FINE, Reason
from fanal.sources.times import read_times

NEW = "update"
"""The event of a new status; all others are no posts."""

PUBLIC = "public"
"""The visibility that is read. `unlisted` asks to be found in no public timeline; the others are nobody's to read."""

_KNOWN = re.compile(r"[a-z_.]{1,40}")


def row(kind: str, payload: bytes | None, *, seen: datetime) -> bytes:
    """Return an event as a row; of what is no new status only its kind is kept, never what it says.

    Args:
        kind: as the server names it.
        payload: JSON of a status; None: it was too long.
        seen: when it arrived.

    >>> from datetime import UTC
    >>> row("delete", b"109", seen=datetime(2014, 8, 3, tzinfo=UTC))
    b'{"event":"delete"}'
    """
    if kind != NEW:
        return orjson.dumps({"event": kind if _KNOWN.fullmatch(kind) else "unknown"})
    if payload is None or len(payload) > MAX_ROW_BYTES // 2:
        return b""
    return b'{"event":"update","seen":"%s","payload":%s}' % (seen.isoformat().encode(), payload)


def read(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    r"""Return what became of events. A post that says it was made after it arrived was made when it arrived.

    >>> status = (b'{"uri":"https://a.example/1","visibility":"public","created_at":"2014-08-03T05:00:00.000Z",'
    ...           b'"content":"<p>The road is closed.</p>","account":{"uri":"https://a.example/b"}}')
    >>> reading = read([b'{"event":"update","payload":%s}' % status, b'{"event":"delete"}'], first=1, timezone=None)
    >>> reading.posts["text"].to_pylist(), reading.skipped.to_pylist()
    (['The road is closed.'], [2])
    """
    size = len(rows)
    made = [_parts(one) for one in rows]
    lines = np.arange(first, first + size)
    judged = _not_ahead(columns([one[:2] for one in made], lines), [one[2] for one in made])
    return judge(judged, timezone=timezone, position=first + size - 1)


def _parts(raw: bytes) -> tuple[Parts, Reason | None, str | None]:
    """Return the parts of a row, what is wrong with it, and when it arrived."""
    if not 0 < len(raw) <= MAX_ROW_BYTES:
        return {}, Reason.ROW_TOO_LONG, None
    try:
        event: Any = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}, Reason.NOT_JSON if _is_utf8(raw) else Reason.INVALID_UTF8, None
    if type(event) is not dict:
        return {}, Reason.NOT_OBJECT, None
    if event.get("event") != NEW:
        return *SKIP, None
    status, seen = event.get("payload"), event.get("seen")
    if type(status) is not dict:
        return {}, Reason.NOT_OBJECT, None
    return *_status(status), seen if type(seen) is str else None


def _status(status: dict[str, Any]) -> tuple[Parts, Reason | None]:
    """Return the parts of a status; what it passes on of another's has its id and time, and the other's words."""
    account = status.get("account")
    account = account if type(account) is dict else {}
    passed_on = status.get("reblog")
    said = passed_on if type(passed_on) is dict else status
    if (
        status.get("visibility") != PUBLIC
        or said.get("visibility") != PUBLIC
        or account.get("noindex") is True
    ):
        return SKIP
    text = _text(said)
    if text is None:
        return {}, Reason.TEXT_NOT_TEXT
    time = status.get("created_at")
    return {
        "id": _first(status, "uri", "url"),
        "author": _first(account, "uri", "url", "acct"),
        "time": time if time is None or type(time) is str else "?",
        "text": text,
        "language": _first(said, "language"),
    }, None


def _text(status: dict[str, Any]) -> str | None:
    """Return the words of a status: its warning, its content, and the answers that a poll offers; None: no text."""
    content = status.get("content")
    if content is not None and type(content) is not str:
        return None
    warning, poll = status.get("spoiler_text"), status.get("poll")
    answers = poll.get("options") if type(poll) is dict else None
    titles = [one.get("title") for one in answers if type(one) is dict] if type(answers) is list else []
    shown = [warning, content and plain(content), *titles]
    return "\n".join(part for part in shown if type(part) is str and part)


def _first(said: dict[str, Any], *names: str) -> str | None:
    """Return the first text under some names."""
    for name in names:
        value = said.get(name)
        if type(value) is str and value:
            return value
    return None


def _not_ahead(made: Columns, seen: list[str | None]) -> Columns:
    """Return columns in which no time lies after the arrival."""
    none = pa.nulls(len(seen), pa.float64())
    arrived, unknown = read_times(pa.array(seen, pa.string()), none, None)
    micros, wrong = read_times(made.time_text, none, None)
    ahead = (unknown == FINE) & (wrong == FINE) & (micros > arrived)
    if not ahead.any():
        return made
    # Below 2^53 microseconds, so nothing is lost.
    counted = pa.array(arrived.astype(np.float64), mask=~ahead)
    return replace(made, time_text=pc.if_else(pa.array(ahead), None, made.time_text), time_number=counted)


def _is_utf8(raw: bytes) -> bool:
    """Tell whether bytes are UTF-8."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
