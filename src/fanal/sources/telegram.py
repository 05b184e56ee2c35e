"""Posts from Telegram Desktop's `result.json`: the export of one chat, or of a whole account.

Read message by message, in bounded memory. Form: telegram.org/blog/export-and-more (machine-readable JSON).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.model.error import InputError
from fanal.model.post import Reading
from fanal.sources.judge import Columns, judge
from fanal.sources.mapping import FieldMapping
from fanal.sources.opening import BOM, chunks, head
from fanal.sources.reason import FINE, Reason

MAX_MESSAGE_BYTES = 16 << 20
"""A message that is longer ends the reading: most likely a quote is missing and all the rest hangs on it."""

CHAT_BYTES = 1 << 20
"""What stands before a chat's messages (its name, kind and id) is looked for in so many bytes."""

PRIVATE_CHATS = frozenset({"personal_chat", "bot_chat", "saved_messages", "replies", "verification_codes"})
"""Kinds of chats of a whole account that are nobody's public stream; their messages are skipped."""

_MORE, _ENTERED, _LEFT, _FULL = 0, 1, 2, 3
_DEPTH, _STRING, _ESCAPE, _MATCH, _NAMED, _KEYED, _INSIDE, _OPENED = range(8)
_DEEPEST = 64
_WORD = np.frombuffer(b"messages", np.uint8)
_LOCATION = "location_information"


@njit(cache=True, nogil=True)
def _outside(data, at, base, state, opened):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Go on until a list named `messages` begins; `opened` keeps where the object at each depth began."""
    size = len(data)
    while at < size:
        byte = data[at]
        at += 1
        if state[_STRING]:
            if state[_ESCAPE]:
                state[_ESCAPE] = 0
                state[_MATCH] = -1
            elif byte == 92:
                state[_ESCAPE] = 1
            elif byte == 34:
                state[_STRING] = 0
                state[_NAMED] = state[_MATCH] == len(_WORD)
            elif 0 <= state[_MATCH] < len(_WORD) and byte == _WORD[state[_MATCH]]:
                state[_MATCH] += 1
            else:
                state[_MATCH] = -1
            continue
        if byte in (32, 9, 10, 13):
            continue
        if byte == 34:
            state[_STRING], state[_MATCH], state[_KEYED] = 1, 0, 0
        elif byte == 58:
            state[_KEYED], state[_NAMED] = state[_NAMED], 0
        elif byte in (123, 91):
            state[_DEPTH] += 1
            if byte == 91 and state[_KEYED]:
                state[_KEYED] = 0
                return _ENTERED, at
            state[_KEYED] = 0
            if byte == 123 and state[_DEPTH] < len(opened):
                opened[state[_DEPTH]] = base + at - 1
        else:
            state[_KEYED], state[_NAMED] = 0, 0
            if byte in (125, 93):
                state[_DEPTH] -= 1
    return _MORE, at


@njit(cache=True, nogil=True)
def _inside(data, at, starts, ends):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Find the elements of the list up to its end; returns how many, where the next begins, and why."""
    size = len(data)
    found = 0
    while True:
        while at < size and data[at] in (32, 9, 10, 13, 44):
            at += 1
        if at == size:
            return found, at, _MORE
        if data[at] == 93:
            return found, at + 1, _LEFT
        if found == len(starts):
            return found, at, _FULL
        i = at
        depth = 0
        quoted = False
        while i < size:
            byte = data[i]
            if quoted:
                if byte == 92:
                    i += 1
                elif byte == 34:
                    quoted = False
            elif byte == 34:
                quoted = True
            elif byte in (123, 91):
                depth += 1
            elif byte in (125, 93):
                if depth == 0:
                    # A stray bracket is an element by itself: each round must go on by a byte at least.
                    i += i == at
                    break
                depth -= 1
            elif byte == 44 and depth == 0:
                break
            i += 1
        if i >= size:
            return found, at, _MORE
        starts[found], ends[found] = at, i
        found += 1
        at = i


def read(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
    """Yield the messages of an export, plain or gzipped, after the first `start` ones.

    `line` and `position` count messages, from 1, over all chats of the file. A service message and media
    without text are skipped. The id of a post is `<chat id>/<message id>`. A message's `date` has no zone:
    `date_unixtime` is taken where it is given, else the zone of the mapping.

    Raises:
        InputError: the file is missing, of another kind, or breaks off (then after the messages before).
    """
    opening = head(path).removeprefix(BOM).lstrip()
    if not opening.startswith(b"{"):
        raise InputError(
            f"{path} is not a Telegram export: it does not begin with an object.",
            hint="Export from Telegram Desktop as machine-readable JSON and give its result.json.",
        )
    walk = _Walk(path, start, rows)
    for batch in walk.batches():
        yield judge(_columns(batch), timezone=mapping.timezone, position=batch.last)
    walk.close()


class _Batch:
    """Hold some messages as bytes, each with its chat."""

    def __init__(self, first: int) -> None:
        self.last = first
        self.messages: list[bytes] = []
        self.chats: list[dict[str, Any]] = []


class _Walk:
    """Walk over a file and hand out its messages in batches; keep an error until they have been used."""

    def __init__(self, path: Path, start: int, rows: int) -> None:
        self._path = path
        self._start = start
        self._rows = rows
        self._seen = 0
        self._lists = 0
        self._error: InputError | None = None
        self._state = np.zeros(8, np.int64)

    def batches(self) -> Iterator[_Batch]:
        """Yield the messages after the first `start`, at most `rows` at a time."""
        state, opened = self._state, np.full(_DEEPEST, -1, np.int64)
        starts, ends = np.empty(self._rows, np.int64), np.empty(self._rows, np.int64)
        batch = _Batch(self._start)
        chat: dict[str, Any] = {}
        base = at = 0
        data = b""
        for chunk in self._chunks():
            # What stands before a list is kept for a while, since it names the chat.
            keep = at if state[_INSIDE] else max(0, at - CHAT_BYTES)
            data, base, at = data[keep:] + chunk, base + keep, at - keep
            view = np.frombuffer(data, np.uint8)
            while True:
                if not state[_INSIDE]:
                    event, at = _outside(view, at, base, state, opened)
                    if event == _MORE:
                        break
                    state[_INSIDE] = 1
                    self._lists += 1
                    depth = int(state[_DEPTH]) - 1
                    begin = int(opened[depth]) - base if depth < _DEEPEST else -1
                    chat = _chat(data[begin:at], depth) if begin >= 0 else {}
                    continue
                room = self._rows - len(batch.messages)
                found, at, event = _inside(view, at, starts[:room], ends[:room])
                self._take(batch, data, starts[:found], ends[:found], chat)
                if len(batch.messages) == self._rows:
                    yield batch
                    batch = _Batch(batch.last)
                if event == _LEFT:
                    state[_INSIDE] = 0
                    state[_DEPTH] -= 1
                if event == _MORE:
                    break
            if state[_INSIDE] and len(data) - at > MAX_MESSAGE_BYTES:
                self._error = InputError(
                    f"{self._path}: message {self._seen + 1:,} does not end within 16 MB.",
                    hint="The messages before it were read; export again.",
                )
                break
        if batch.messages:
            yield batch

    def _chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the file; an error that comes on the way is kept."""
        try:
            yield from chunks(self._path)
        except InputError as error:
            self._error = error

    def _take(
        self,
        batch: _Batch,
        data: bytes,
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
        chat: dict[str, Any],
    ) -> None:
        """Put messages into a batch, but for those that were read before."""
        known = min(len(starts), max(0, self._start - self._seen))
        self._seen += len(starts)
        for a, b in zip(starts[known:].tolist(), ends[known:].tolist(), strict=True):
            batch.messages.append(data[a:b])
            batch.chats.append(chat)
        batch.last = max(batch.last, self._seen)

    def close(self) -> None:
        """Raise what was wrong with the file as a whole."""
        if self._error is not None:
            raise self._error
        if self._state[_INSIDE] or self._state[_STRING] or self._state[_DEPTH] > 0:
            raise InputError(
                f"{self._path} breaks off after message {self._seen:,}.",
                hint="The messages before were read; export again.",
            )
        if not self._lists:
            raise InputError(
                f"{self._path} is not a Telegram export: it has no list of messages.",
                hint="Export from Telegram Desktop as machine-readable JSON and give its result.json.",
            )
        if self._seen < self._start:
            raise InputError(
                f"{self._path} ends at message {self._seen:,}, before message {self._start:,} where reading "
                "should go on.",
                hint="The file is not the one that was read before; read it from its start.",
            )


def _chat(before: bytes, depth: int) -> dict[str, Any]:
    """Return what is said of a chat before its messages; `private` when they are nobody's stream."""
    try:
        said = orjson.loads(before + b"]}")
    except orjson.JSONDecodeError:
        return {}
    # An export of one chat was handed over for its own sake; in a whole account, private talk is left alone.
    return {"id": said.get("id"), "private": depth > 1 and said.get("type") in PRIVATE_CHATS}


def _columns(batch: _Batch) -> Columns:
    """Return the columns of some messages."""
    size = len(batch.messages)
    fault = np.full(size, FINE, np.int8)
    rows: list[dict[str, Any]] = []
    for place, (raw, chat) in enumerate(zip(batch.messages, batch.chats, strict=True)):
        row, wrong = message(raw, chat)
        rows.append(row)
        if wrong is not None:
            fault[place] = wrong.code
    nothing = pa.nulls(size, pa.string())
    return Columns(
        line=np.arange(batch.last - size + 1, batch.last + 1),
        fault=fault,
        id=pa.array([row.get("id") for row in rows], pa.string()),
        author=pa.array([row.get("author") for row in rows], pa.string()),
        time_text=pa.array([row.get("time") for row in rows], pa.string()),
        time_number=pa.nulls(size, pa.float64()),
        text=pa.array([row.get("text") for row in rows], pa.large_string()),
        language=nothing,
        lon=pa.array([row.get("lon") for row in rows], pa.float64()),
        lat=pa.array([row.get("lat") for row in rows], pa.float64()),
    )


def message(raw: bytes, chat: dict[str, Any]) -> tuple[dict[str, Any], Reason | None]:
    """Return the parts of one message, and what is wrong with it.

    >>> raw = b'{"id": 5, "type": "message", "date_unixtime": "1407042000", "text": ["Go ", {"text": "north"}]}'
    >>> message(raw, {"id": 1})
    ({'id': '1/5', 'author': None, 'time': '1407042000', 'text': 'Go north'}, None)
    """
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}, Reason.NOT_JSON if _is_utf8(raw) else Reason.INVALID_UTF8
    if not isinstance(found, dict):
        return {}, Reason.NOT_OBJECT
    if chat.get("private") or found.get("type", "message") != "message":
        return {}, None
    text = _text(found.get("text"))
    if text is None:
        return {}, Reason.TEXT_NOT_TEXT
    time = found.get("date_unixtime") or found.get("date")
    own, of_chat = _scalar(found.get("id")), _scalar(chat.get("id"))
    row: dict[str, Any] = {
        "id": own if of_chat is None or own is None else f"{of_chat}/{own}",
        "author": _scalar(found.get("from_id")),
        "time": None if time is None else _scalar(time) or "?",
        "text": text,
    }
    place = found.get(_LOCATION)
    if isinstance(place, dict):
        row["lon"], row["lat"] = _degree(place.get("longitude")), _degree(place.get("latitude"))
    return row, None


def _is_utf8(raw: bytes) -> bool:
    """Tell whether bytes are UTF-8."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(said: object) -> str | None:
    """Return a message's text, which is a text or a list of texts and of entities; None: it is neither."""
    if said is None:
        return ""
    if isinstance(said, str):
        return said
    if not isinstance(said, list):
        return None
    parts = [part.get("text") if isinstance(part, dict) else part for part in said]
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if len(texts) == len(parts) else None


def _scalar(value: object) -> str | None:
    """Return a text or a whole number as text; None: it is neither."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value)


def _degree(value: object) -> float | None:
    """Return a coordinate; NaN when it is not a number."""
    if value is None:
        return None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else float("nan")
