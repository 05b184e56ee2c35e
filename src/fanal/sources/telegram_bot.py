"""Posts from Telegram as a bot gets them that was invited: channels and groups, by long polling.

Bot API, getUpdates: core.telegram.org/bots/api#getting-updates. A chat of one person with the bot is left alone.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import numpy as np
import orjson

from fanal.model.consent import Consent
from fanal.model.error import UserError
from fanal.model.post import Reading
from fanal.model.version import version_of
from fanal.sources.answer import SILENT_SECONDS, Answer, ask, client
from fanal.sources.fields import strictly
from fanal.sources.judge import judge
from fanal.sources.live import MAX_ROW_BYTES, Inflow, LiveSource, LostError, Tools
from fanal.sources.option import option
from fanal.sources.parts import SKIP, Parts, columns, degree, element
from fanal.sources.reason import Reason

WANTED = ("message", "edited_message", "channel_post", "edited_channel_post")
"""Kinds of updates that the server is asked for; it sends no other."""

PUBLIC_CHATS = frozenset({"group", "supergroup", "channel"})
"""Kinds of chats that are read; `private` is a person and the bot."""

MOST_UPDATES = 100
"""The most that the server gives at once."""

MOST_BYTES = 16 << 20
"""Of one answer. A hundred messages of 4,096 characters with all their fields are far below."""

HEARTBEAT = 30.0
"""Seconds after which a word is given while a commit is waited for."""

_MARKED = 1_000_000_000_000
"""A channel's or supergroup's number is written as -100 and its number: -(10^12 + number)."""

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,100}")
_HINT = "Look at the token that @BotFather gave, and at base_url."


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramBot:
    """The options of a bot."""

    base_url: str = option(
        "https://api.telegram.org",
        "server of the Bot API; a Bot API server of your own may be given",
        schemes=("https", "http"),
    )
    poll_seconds: int = option(50, "seconds that the server may wait for the next message", between=(1, 90))


async def listen(options: TelegramBot, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
    """Yield messages as they come; the cursor is the number of the next update, `offset` of getUpdates.

    The server keeps updates for 24 hours, and forgets those below the offset that it is asked for. So it is not asked
    for more before what it gave is committed, which `done` tells.

    Raises:
        LostError: the server cannot be reached, asks to wait, or another program polls for the same bot (409).
        UserError: no token, or one that the server does not know.
    """
    token = tools.secrets.get("token", "").strip()
    if not _TOKEN.fullmatch(token):
        raise UserError("The bot has no token that could be one.", hint=_HINT)
    offset = _offset(cursor)
    address = f"{options.base_url.rstrip('/')}/bot{token}/getUpdates"
    async with client(contact=tools.contact, silent=options.poll_seconds + SILENT_SECONDS) as requests:
        while True:
            updates = await _updates(requests, address, offset, options.poll_seconds)
            if not updates:
                yield Inflow()
                continue
            offset = max(offset, *(number + 1 for number, _ in updates))
            committed = asyncio.Event()
            yield Inflow(rows=[row for _, row in updates], cursor=str(offset), done=partial(_set, committed))
            async for word in _until(committed, tools):
                yield word


async def _set(event: asyncio.Event) -> None:
    """Tell that rows are committed."""
    event.set()


async def _until(event: asyncio.Event, tools: Tools) -> AsyncIterator[Inflow]:
    """Wait until an event is set, with a word now and then that the source is there."""
    waiting = asyncio.ensure_future(event.wait())
    try:
        while not event.is_set():
            pause = asyncio.ensure_future(tools.sleep(HEARTBEAT))
            try:
                await asyncio.wait({waiting, pause}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                pause.cancel()
            if not event.is_set():
                yield Inflow()
    finally:
        waiting.cancel()


async def _updates(
    requests: httpx.AsyncClient, address: str, offset: int, poll_seconds: int
) -> list[tuple[int, bytes]]:
    """Return the next updates, each with its number."""
    params = {
        "timeout": str(poll_seconds),
        "limit": str(MOST_UPDATES),
        "allowed_updates": orjson.dumps(WANTED).decode(),
    }
    if offset:
        params["offset"] = str(offset)
    answer = await ask(
        requests,
        address,
        what="Telegram",
        most=MOST_BYTES,
        seconds=poll_seconds + 2 * SILENT_SECONDS,
        params=params,
    )
    said = strictly(answer.body)
    if not isinstance(said, dict) or not isinstance(said.get("result", []), list):
        said = {}
    if answer.status != httpx.codes.OK or said.get("ok") is not True:
        raise _refusal(answer, said)
    return [
        (number, _row(update))
        for update in said.get("result", [])
        if isinstance(update, dict) and type(number := update.get("update_id")) is int and number >= 0
    ]


def _row(update: dict[str, Any]) -> bytes:
    """Return an update as a row; one that is nested deeper than can be written is no JSON, and rejected as that."""
    try:
        return orjson.dumps(update)
    except orjson.JSONEncodeError:
        return b"?"


def _refusal(answer: Answer, said: dict[str, Any]) -> LostError | UserError:
    """Return the error for an answer that gives no updates; the server's own words are not repeated."""
    code = said.get("error_code", answer.status)
    parameters = said.get("parameters")
    after = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if code == httpx.codes.CONFLICT:
        return LostError(
            "Telegram: another program reads for this bot, or it has a webhook (409). One of the two has to end."
        )
    if code in (400, 401, 403, 404):
        return UserError(f"Telegram does not know the bot of this token ({code}).", hint=_HINT)
    if code == httpx.codes.OK:
        return LostError("Telegram: what came is no answer of the Bot API.")
    return LostError(
        f"Telegram: the server said {code if isinstance(code, int) else answer.status}.",
        after=float(after) if type(after) is int and after >= 0 else None,
    )


def _offset(cursor: str | None) -> int:
    """Return the number of the next update."""
    return int(cursor) if cursor and cursor.isascii() and cursor.isdigit() else 0


def read(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    """Return what became of each update: messages of channels and groups are posts.

    The id of a post is `<chat id>/<message id>` as Telegram Desktop exports it, so that a message that was read
    from an export and from a bot is the same row where all else of it is the same.

    >>> update = (b'{"update_id": 1, "channel_post": {"message_id": 5, "date": 1407042000, "text": "The road is open.",'
    ...           b' "chat": {"id": -1000000001234, "type": "channel"}}}')
    >>> read([update], first=1, timezone=None).posts.to_pylist()[0]["id"]
    '1234/5'
    """
    size = len(rows)
    made = [_parts(row) for row in rows]
    return judge(columns(made, np.arange(first, first + size)), timezone=timezone, position=first + size - 1)


def _parts(row: bytes) -> tuple[Parts, Reason | None]:
    """Return the parts of one update, and what is wrong with it."""
    if len(row) > MAX_ROW_BYTES:
        return {}, Reason.ROW_TOO_LONG
    update = element(row)
    if isinstance(update, Reason):
        return {}, update
    for kind in ("channel_post", "message", "edited_channel_post", "edited_message"):
        message = update.get(kind)
        if message is not None:
            return _message(message, is_edit=kind.startswith("edited"))
    return SKIP


def _message(message: Any, *, is_edit: bool) -> tuple[Parts, Reason | None]:
    """Return the parts of one message; an edit is a post of its own, of when it was made."""
    if not isinstance(message, dict):
        return {}, Reason.NOT_OBJECT
    chat = message.get("chat")
    if not isinstance(chat, dict) or type(kind := chat.get("type")) is not str or kind not in PUBLIC_CHATS:
        return SKIP
    text = _said(message)
    if text is None:
        return {}, Reason.TEXT_NOT_TEXT
    parts: Parts = {"time": message.get("date"), "text": text}
    if parts["time"] is not None and type(parts["time"]) is not int:
        parts["time"] = "?"
    number, of_chat = message.get("message_id"), chat.get("id")
    if type(number) is int and type(of_chat) is int:
        parts["id"] = f"{exported(of_chat)}/{number}"
        edited = message.get("edit_date")
        if is_edit and type(edited) is int and (version := version_of(parts["id"], edited)) is not None:
            parts["id"], parts["time"] = version, edited
    parts["author"] = _author(message, chat)
    place = message.get("location")
    if place is None and isinstance(venue := message.get("venue"), dict):
        place = venue.get("location")
    if isinstance(place, dict):
        parts["lon"], parts["lat"] = degree(place.get("longitude")), degree(place.get("latitude"))
    return parts, None


def exported(chat: int) -> int:
    """Return a chat's number as Telegram Desktop exports it: bare, where the Bot API marks its kind by sign and -100.

    >>> exported(-1001234567890), exported(-4321), exported(55)
    (1234567890, 4321, 55)
    """
    return -chat - _MARKED if chat < -_MARKED else abs(chat)


def _author(message: dict[str, Any], chat: dict[str, Any]) -> str | None:
    """Return who wrote, as Telegram Desktop names them: `user5`, or `channel5` where a channel or group speaks."""
    speaks = message.get("sender_chat")
    if isinstance(speaks, dict) and type(speaks.get("id")) is int:
        return f"channel{exported(speaks['id'])}"
    person = message.get("from")
    if isinstance(person, dict) and type(person.get("id")) is int:
        return f"user{person['id']}"
    if chat.get("type") == "channel" and type(chat.get("id")) is int:
        return f"channel{exported(chat['id'])}"
    return None


def _said(message: dict[str, Any]) -> str | None:
    """Return what a message says, part below part as in an export: text or caption, a place, a poll; None: no text."""
    parts = [message.get("caption") if message.get("text") is None else message["text"]]
    if isinstance(venue := message.get("venue"), dict):
        parts += [venue.get("title"), venue.get("address")]
    if isinstance(poll := message.get("poll"), dict):
        answers = poll.get("options")
        parts.append(poll.get("question"))
        parts += (
            [one.get("text") for one in answers if isinstance(one, dict)] if isinstance(answers, list) else []
        )
    given = [part for part in parts if part is not None]
    return "\n".join(part for part in given if part) if all(isinstance(part, str) for part in given) else None


TELEGRAM_BOT = LiveSource(
    name="telegram_bot",
    what_for="Channels and groups that a bot of yours was invited to, by Telegram's Bot API.",
    reference="https://core.telegram.org/bots/api#getting-updates",
    terms=(
        "Telegram Bot Platform Developer Terms (telegram.org/tos/bot-developers): what a bot reads is used for "
        "what its users were told, and not to train models."
    ),
    consents=frozenset({Consent.INVITED, Consent.PLATFORM}),
    options=TelegramBot,
    secrets=("token",),
    listen=listen,
    read=read,
    idle_seconds=180.0,
)
