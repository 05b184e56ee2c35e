"""Posts of a Mastodon server: its public timeline or a hashtag, asked for page by page or streamed, without a gap.

References: docs.joinmastodon.org/methods/streaming, docs.joinmastodon.org/methods/timelines.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

import httpx

from fanal.model.consent import Consent
from fanal.model.error import SettingError, UserError
from fanal.sources.answer import ask, client
from fanal.sources.event_stream import Event, EventStream
from fanal.sources.live import Inflow, LiveSource, LostError, Tools
from fanal.sources.option import option
from fanal.sources.parts import json_of
from fanal.sources.refusal import refusal
from fanal.sources.status import LONGEST_ID, NEW, read, row, server_of
from fanal.sources.timeline import Timeline, held, order
from fanal.sources.websocket import messages

WAYS = ("rest", "sse", "websocket")
STREAMS = ("public", "public:local", "public:remote", "hashtag", "hashtag:local")

SILENT_SECONDS = 90.0
"""A server sends a comment every 15 seconds to keep a stream of events open."""

_MAX_ACCOUNT_BYTES = 1 << 20
_ACCOUNT_SECONDS = 30.0
_LONGEST_TAG = 200
_HINT = 'Look at `base_url` and `token`; without a token most servers answer `way = "rest"` alone.'


@dataclass(frozen=True, slots=True, kw_only=True)
class MastodonOptions:
    """Hold what a workspace may choose."""

    base_url: str = option(..., "address of the server", schemes=("https", "http"))
    stream: str = option(
        "public", "what is read: public, public:local, public:remote, hashtag or hashtag:local"
    )
    hashtag: str = option("", "the hashtag, without #, where the stream is one")
    way: str = option("rest", "how: rest asks page by page, sse and websocket are streams and need a token")
    every_seconds: int = option(10, "of rest: seconds between two looks", between=(2, 3600))
    streaming_url: str = option(
        "", "address of the streaming server where it is another", schemes=("https", "http")
    )


async def listen(options: MastodonOptions, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
    """Yield new statuses, and by streams other events without what they say; the cursor is a status's id.

    A stream begins with what the timeline has behind the cursor, asked for before and once more after the stream is
    open, so that nothing falls in between.

    Raises:
        LostError: the server cannot be reached, was lost, or asks to wait.
        UserError: it refuses for good, a setting is wrong, or the token is a person's.
    """
    _check(options)
    what = f"The server {urlsplit(options.base_url).hostname}"
    token = tools.secrets.get("token", "").strip()
    headers = {"authorization": f"Bearer {token}"} if token else {}
    base = options.base_url.rstrip("/")
    async with client(contact=tools.contact, silent=SILENT_SECONDS) as requests:
        if token:
            await _check_token(requests, base, headers, what=what, tools=tools)
        tag = options.hashtag.removeprefix("#")
        path = f"tag/{quote(tag, safe='')}" if options.stream.startswith("hashtag") else "public"
        part = options.stream.partition(":")[2]
        timeline = Timeline(
            requests,
            f"{base}/api/v1/timelines/{path}",
            params={part: "true"} if part else {},
            headers=headers,
            what=what,
            hint=_HINT,
            tools=tools,
        )
        reading = _asked(timeline, options, cursor)
        if options.way != "rest":
            events = _events(requests, options, headers, what=what, tools=tools)
            reading = _streamed(timeline, events, cursor, tools, server=server_of(base))
        async with aclosing(reading) as arriving:
            async for arrived in arriving:
                yield arrived


async def _asked(
    timeline: Timeline, options: MastodonOptions, cursor: str | None
) -> AsyncGenerator[Inflow, None]:
    """Yield what is new at each look."""
    while True:
        async for arrived in timeline.since(cursor):
            cursor = arrived.cursor or cursor
            yield arrived
        yield Inflow()
        async for beat in timeline.waiting(options.every_seconds):
            yield beat


async def _streamed(
    timeline: Timeline,
    events: AsyncGenerator[list[Event], None],
    cursor: str | None,
    tools: Tools,
    *,
    server: str,
) -> AsyncGenerator[Inflow, None]:
    """Yield what is behind the cursor, what came until the stream stood, and then what it brings."""
    async with aclosing(events) as stretches:
        for step in range(2):
            if step:
                await anext(stretches)  # the stream stands: from here on it holds what is new
            if cursor is not None:
                async for arrived in timeline.since(cursor):
                    cursor = arrived.cursor or cursor
                    yield arrived
        async for stretch in stretches:
            now = tools.clock()
            numbers = [held(number, now=now) for one in stretch if (number := _number(one)) is not None]
            cursor = max([*numbers, *([cursor] if cursor is not None else [])], key=order, default=None)
            rows = [row(one.kind, one.data, seen=now, server=server) for one in stretch]
            yield Inflow(rows=rows, cursor=cursor)


async def _events(
    requests: httpx.AsyncClient,
    options: MastodonOptions,
    headers: Mapping[str, str],
    *,
    what: str,
    tools: Tools,
) -> AsyncGenerator[list[Event], None]:
    """Yield events as they come; first none, once the stream stands."""
    base = (options.streaming_url or options.base_url).rstrip("/")
    tag = options.hashtag.removeprefix("#")
    asked = {"tag": tag} if options.stream.startswith("hashtag") else {}
    if options.way == "websocket":
        scheme, _, rest = base.partition("://")
        query = urlencode({"stream": options.stream, **asked})
        address = f"{'wss' if scheme == 'https' else 'ws'}://{rest}/api/v1/streaming?{query}"
        async with aclosing(
            messages(address, headers=headers, what=what, tools=tools, hint=_HINT)
        ) as stretches:
            async for stretch in stretches:
                yield [_unwrapped(one, what) for one in stretch]
        return
    address = f"{base}/api/v1/streaming/{options.stream.replace(':', '/')}"
    wanted = {**headers, "accept": "text/event-stream", "accept-encoding": "identity"}
    try:
        async with requests.stream("GET", address, headers=wanted, params=asked) as response:
            if response.status_code != httpx.codes.OK:
                raise refusal(
                    response.status_code, response.headers, what=what, now=tools.clock(), hint=_HINT
                )
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if (
                kind != "text/event-stream"
                or response.headers.get("content-encoding", "identity") != "identity"
            ):
                raise LostError(f"{what} answers with no stream of events.")
            yield []
            stream = EventStream()
            lines = 0
            async for chunk in response.aiter_raw():
                events = stream.take(chunk)
                if events or stream.lines > lines:  # a comment says that the server is there
                    lines = stream.lines
                    yield events
    except (httpx.HTTPError, OSError) as error:
        # The error's own words may hold what the server said.
        raise LostError(f"{what} cannot be read: {type(error).__name__}.") from None
    raise LostError(f"{what} ended the stream.")


def _unwrapped(message: bytes, what: str) -> Event:
    """Return the event in a message of a WebSocket, whose payload is JSON in a text."""
    said = json_of(message)
    if not isinstance(said, dict):
        return Event(NEW, message)  # no status: it is rejected as a row
    if "error" in said:
        status = said.get("status")
        if type(status) is not int:
            status = 503  # it does not say that asking again is of no use
        if status >= 500:
            raise LostError(f"{what} cannot give the stream now ({status}).")
        raise UserError(f"{what} refuses the stream.", hint=_HINT)
    kind, payload = said.get("event"), said.get("payload")
    data = payload.encode() if isinstance(payload, str) else b"null"
    return Event(kind if isinstance(kind, str) else "", data)


def _number(event: Event) -> str | None:
    """Return the id of the status that an event brings."""
    if event.kind != NEW or event.data is None:
        return None
    status = json_of(event.data)
    number = status.get("id") if isinstance(status, dict) else None
    return number if isinstance(number, str) and 0 < len(number) <= LONGEST_ID else None


async def _check_token(
    requests: httpx.AsyncClient, base: str, headers: Mapping[str, str], *, what: str, tools: Tools
) -> None:
    """Refuse the token of a person: one of an application has no account, one of a program's account says so.

    Raises:
        LostError: the server cannot say now.
        UserError: the token is a person's, unknown, or it cannot be told whose it is.
    """
    answer = await ask(
        requests,
        f"{base}/api/v1/accounts/verify_credentials",
        what=what,
        most=_MAX_ACCOUNT_BYTES,
        seconds=_ACCOUNT_SECONDS,
        headers=headers,
    )
    if answer.status == httpx.codes.UNPROCESSABLE_ENTITY:  # an application, which has no account
        return
    if answer.status == httpx.codes.FORBIDDEN:
        raise UserError(
            f"{what} does not say whose token this is.",
            hint="Make it with the scopes `read:statuses` and `profile`, or `read` before Mastodon 4.3.",
        )
    if answer.status != httpx.codes.OK:
        raise refusal(answer.status, answer.headers, what=what, now=tools.clock(), hint="Look at `token`.")
    account = json_of(answer.body)
    if not isinstance(account, dict):
        raise LostError(f"{what} answers with no account.")
    if account.get("bot") is not True:
        raise UserError(
            "The token is of a person's account, and Fanal logs in as no person.",
            hint="Give the token of an application, or of an account made for this and marked as automated.",
        )


def _check(options: MastodonOptions) -> None:
    """Refuse options that no server knows."""
    for name, value, known in (("way", options.way, WAYS), ("stream", options.stream, STREAMS)):
        if value not in known:
            raise SettingError(
                f"The setting {name} of a mastodon stream must be one of {', '.join(known)}.",
                hint="See docs/streams.md.",
            )
    tag = options.hashtag.removeprefix("#")
    if options.stream.startswith("hashtag") and not (0 < len(tag) <= _LONGEST_TAG and tag.isprintable()):
        raise SettingError(
            "The setting hashtag of a mastodon stream must be a hashtag.", hint='Write it without #: "news".'
        )


MASTODON = LiveSource(
    name="mastodon",
    what_for="A Mastodon server's public timeline or a hashtag; others that speak its API too.",
    reference="https://docs.joinmastodon.org/methods/streaming",
    terms="Each server's own rules (its /about page); ask whoever runs it, and tell them who reads and why.",
    consents=frozenset({Consent.PUBLIC, Consent.PLATFORM}),
    options=MastodonOptions,
    secrets=("token",),
    listen=listen,
    read=read,
)
