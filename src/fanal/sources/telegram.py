"""Posts from Telegram Desktop's `result.json`: the export of one chat, or of a whole account.

Read in bounded memory. Form: core.telegram.org/import-export (machine-readable JSON), exports from 2019 on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.error import InputError
from fanal.model.post import Reading
from fanal.sources.fields import BROKEN, strictly
from fanal.sources.flat import Flat, Keys, by_halves, flat
from fanal.sources.judge import Columns, faulty, in_order, judge
from fanal.sources.mapping import FieldMapping
from fanal.sources.opening import BOM, head
from fanal.sources.parts import SKIP, Parts, columns, degree, scalar
from fanal.sources.reason import FINE, Reason
from fanal.sources.rows import DOUBTFUL, NOT_UTF8, PLAIN
from fanal.sources.walk import Batch, Lists, Place, Walk

CHANNELS = frozenset({"public_channel", "private_channel"})
"""Kinds of chats in which the chat itself speaks, where no other author is given."""

SHARED_CHATS = CHANNELS | {"private_group", "private_supergroup", "public_supergroup"}
"""Kinds of chats of a whole account that are read; all others, and chats whose kind is not known, are private talk."""

_LISTS = Lists(
    names=("messages",),
    what="a Telegram export",
    element="message",
    hint="Export from Telegram Desktop as machine-readable JSON and give its result.json.",
)
_KEYS = Keys(
    joined=("text", "question"),
    quoted=("id", "from_id", "date_unixtime"),
    user="from_id",
    either=("text", "text_entities"),
)
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("type", pa.string()),
        ("date", pa.string()),
        ("date_unixtime", pa.string()),
        ("from_id", pa.string()),
        ("text", pa.large_string()),
        ("location_information", pa.struct([("latitude", pa.float64()), ("longitude", pa.float64())])),
        (
            "poll",
            pa.struct([("question", pa.string()), ("answers", pa.list_(pa.struct([("text", pa.string())])))]),
        ),
        ("place_name", pa.string()),
        ("address", pa.string()),
    ]
)
_BESIDE = ("poll", "place_name", "address")
_OLD_USERS = range(1 << 32)
_OLD_IDS = {"group": 1 << 32, "channel": 2 << 32, "supergroup": 2 << 32}
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|.)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Hold what an export says of a chat."""

    id: str | None = None
    kind: str | None = None
    left_alone: bool = False  # private talk of a whole account

    @property
    def voice(self) -> str | None:
        """Return who speaks where a message names nobody: the channel."""
        return f"channel{self.id}" if self.kind in CHANNELS and self.id is not None else None


def read(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
    """Yield the messages of an export, plain or gzipped, after the first `start` ones.

    `line` and `position` count messages, from 1, over all chats of the file. A service message and media
    without words are skipped. The id of a post is `<chat id>/<message id>`. A message's `date` has no zone:
    `date_unixtime` is taken where it is given, else the zone of the mapping.

    Raises:
        InputError: the file is missing, of another kind, or breaks off (then after the messages before).
    """
    opening = head(path).removeprefix(BOM).lstrip()
    if not opening.startswith(b"{"):
        raise InputError(
            f"{path} is not a Telegram export: it does not begin with an object.", hint=_LISTS.hint
        )
    walk = Walk(path, _LISTS, start=start, rows=rows)
    for batch in walk.batches():
        yield judge(columns_of(batch), timezone=mapping.timezone, position=batch.last)
    walk.close()


def columns_of(batch: Batch) -> Columns:
    """Return the columns of some messages, in their order."""
    made = flat(batch, _KEYS)
    chats = [chat_of(stretch.place) for stretch in batch.stretches]
    whose = np.repeat(np.arange(len(chats)), [len(stretch.starts) for stretch in batch.stretches])

    def together(chosen: NDArray[np.int64]) -> Columns | None:
        return _together(made, chosen, batch.line[chosen], chats, whose[chosen])

    def singly(chosen: NDArray[np.int64]) -> Columns:
        rows = [message(batch.of(int(row))[0], chats[whose[row]]) for row in chosen]
        return columns(rows, batch.line[chosen])

    parts = by_halves(np.flatnonzero(made.marks == PLAIN), together, singly)
    doubtful = np.flatnonzero(made.marks == DOUBTFUL)
    if len(doubtful):
        parts.append(singly(doubtful))
    wrong = batch.line[made.marks == NOT_UTF8]
    if len(wrong):
        parts.append(faulty(wrong, np.full(len(wrong), Reason.INVALID_UTF8.code, np.int8)))
    return in_order(parts)


def chat_of(place: Place) -> Chat:
    """Return what is said of a chat before its messages."""
    whole_account = place.depth > 0
    said = _loads(place.before + b"]}")
    if not isinstance(said, dict):
        return Chat(left_alone=whole_account)
    kind = said.get("type")
    kind = kind if isinstance(kind, str) else None
    # An export of one chat was handed over for its own sake; in a whole account, what is not known to be shared is
    # left alone.
    return Chat(
        id=_bare(said.get("id"), kind), kind=kind, left_alone=whole_account and kind not in SHARED_CHATS
    )


def _bare(given: object, kind: str | None) -> str | None:
    """Return a chat's id as exports since 2021 give it; earlier ones added 2**32 to groups and 2**33 to channels."""
    shift = _OLD_IDS.get((kind or "").rpartition("_")[2], 0)
    if isinstance(given, int) and shift and shift <= given < shift + (1 << 32):
        given -= shift
    return scalar(given)


def _together(
    made: Flat,
    chosen: NDArray[np.int64],
    line: NDArray[np.int64],
    chats: list[Chat],
    whose: NDArray[np.int64],
) -> Columns | None:
    """Return the columns of messages that look like one object each, or None when any is not as expected."""
    table = made.table(chosen, _SCHEMA)
    if table is None:
        return None
    size = len(chosen)
    got = {name: _whole(table[name]) for name in _SCHEMA.names}
    alone = np.array([chat.left_alone for chat in chats], np.bool_)[whose]
    no_post = pc.or_(pc.fill_null(pc.not_equal(got["type"], "message"), False), pa.array(alone))
    text = _with_what_stands_beside(got, no_post)
    chat_ids = pa.array([chat.id for chat in chats], pa.string()).take(pa.array(whose))
    voices = pa.array([chat.voice for chat in chats], pa.string()).take(pa.array(whose))
    time = got["date_unixtime"]
    time = pc.coalesce(pc.if_else(pc.equal(time, ""), None, time), got["date"])
    author = got["from_id"]
    where = got["location_information"]
    return Columns(
        line=line,
        fault=np.full(size, FINE, np.int8),
        id=pc.coalesce(pc.binary_join_element_wise(chat_ids, got["id"], "/"), got["id"]),
        author=pc.coalesce(pc.if_else(pc.equal(author, ""), None, author), voices),
        time_text=pc.if_else(pc.equal(time, ""), None, time),
        time_number=pa.nulls(size, pa.float64()),
        text=pc.if_else(no_post, None, text),
        language=pa.nulls(size, pa.string()),
        lon=pc.struct_field(where, "longitude"),
        lat=pc.struct_field(where, "latitude"),
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a parsed column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _with_what_stands_beside(got: dict[str, pa.Array], no_post: pa.Array) -> pa.Array:
    """Return the texts of messages, with the words of polls and of places below them."""
    text = got["text"]
    beside = pc.and_not(_any_valid([got[name] for name in _BESIDE]), no_post)
    rows = np.flatnonzero(beside.to_numpy(zero_copy_only=False))
    if not len(rows):
        return text
    taken = {name: got[name].take(pa.array(rows)).to_pylist() for name in ("text", *_BESIDE)}
    said = [_said({name: taken[name][k] for name in taken}) for k in range(len(rows))]
    return pc.replace_with_mask(text, beside, pa.array(said, pa.large_string()))


def _any_valid(arrays: list[pa.Array]) -> pa.Array:
    """Tell which rows have a value in any of some columns."""
    valid = arrays[0].is_valid()
    for array in arrays[1:]:
        valid = pc.or_(valid, array.is_valid())
    return valid


def message(raw: bytes, chat: Chat) -> tuple[Parts, Reason | None]:
    """Return the parts of one message, and what is wrong with it.

    >>> raw = b'{"id": 5, "type": "message", "date_unixtime": "1407042000", "text": ["Go ", {"text": "north"}]}'
    >>> message(raw, Chat(id="1"))
    ({'id': '1/5', 'author': None, 'time': '1407042000', 'text': 'Go north'}, None)
    """
    found = _loads(raw)
    if found is None:
        return {}, Reason.NOT_JSON
    if not isinstance(found, dict):
        return {}, Reason.NOT_OBJECT
    if chat.left_alone or found.get("type") not in (None, "message"):
        return SKIP
    text = _said(found)
    if text is None:
        return {}, Reason.TEXT_NOT_TEXT
    time = found.get("date_unixtime")
    time = found.get("date") if time is None or time == "" else time
    own, author = scalar(found.get("id")), found.get("from_id")
    row: Parts = {
        "id": own if chat.id is None or own is None else f"{chat.id}/{own}",
        "author": _user(author) or chat.voice,
        "time": None if time is None or time == "" else scalar(time) or "?",
        "text": text,
    }
    place = found.get("location_information")
    if isinstance(place, dict):
        row["lon"], row["lat"] = degree(place.get("longitude")), degree(place.get("latitude"))
    return row, None


def _loads(raw: bytes) -> Any:
    r"""Return what a message says; None: it is no JSON. `\x0B`, as Telegram writes control characters, is let by."""
    for written in (
        raw,
        _ESCAPE.sub(lambda e: b"\\u00" + e[1] if e[1] else e[0], raw) if b"\\x" in raw else b"",
    ):
        found = strictly(written)
        if found is not BROKEN:
            return found
    return None


def _user(given: object) -> str | None:
    """Return an author's id as exports since 2021 give it; earlier ones gave a user's number alone."""
    named = scalar(given)
    return f"user{named}" if named and isinstance(given, int) and given in _OLD_USERS else named


def _said(found: dict[str, Any]) -> str | None:
    """Return what a message says, part below part: its text, a place, a poll with its answers; None: it is no text."""
    given = found.get("text") if "text" in found else found.get("text_entities")
    parts = [_text(given), *(_text(found.get(name)) for name in ("place_name", "address"))]
    poll = found.get("poll")
    if isinstance(poll, dict):
        parts.append(_text(poll.get("question")))
        answers = poll.get("answers")
        parts.extend(
            _text(answer.get("text") if isinstance(answer, dict) else answer)
            for answer in (answers if isinstance(answers, list) else ())
        )
    return None if None in parts else "\n".join(part for part in parts if part)


def _text(said: object) -> str | None:
    """Return a text, which is a text or a list of texts and of entities; None: it is neither."""
    if said is None:
        return ""
    if isinstance(said, str):
        return said
    if not isinstance(said, list):
        return None
    pieces = [piece.get("text") if isinstance(piece, dict) else piece for piece in said]
    texts = [piece for piece in pieces if isinstance(piece, str)]
    return "".join(texts) if len(texts) == len(pieces) else None
