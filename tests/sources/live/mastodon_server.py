"""A server that speaks the part of Mastodon's API that streams and timelines need, on this machine, over real HTTP.

Written after docs.joinmastodon.org (methods/timelines, methods/streaming, methods/accounts, api/rate-limits) and what
the streaming server does: `:)` at the beginning, `:thump` to keep a connection open, payloads as text in a WebSocket's
messages, a user's token since 4.2, old statuses in timelines alone, ids that hold the time in which a status was made.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote

import uvicorn

NOW = datetime(2014, 8, 3, 6, tzinfo=UTC)
STREAMED = timedelta(hours=6)
CHANNELS = {"public", "public:local", "public:remote", "hashtag", "hashtag:local"}
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

TOKENS = {
    "of-an-application": {"kind": "application"},
    "of-a-program": {"kind": "account", "bot": True},
    "of-a-person": {"kind": "account", "bot": False},
    "of-few-scopes": {"kind": "scopes"},
}


def snowflake(made: datetime, number: int = 0) -> str:
    """Return the id of a status that was made at a time."""
    millis = (made - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return str((millis << 16) + number % 65_536)


def status(
    number: int, content: str, *, made: datetime | None = None, local: bool = True, **more: Any
) -> dict[str, Any]:
    """Return a public status with the fields that a server of version 4 sends."""
    time = made or NOW - timedelta(minutes=30) + timedelta(seconds=number)
    host = "here.example" if local else "there.example"
    address = f"https://{host}/users/road/statuses/{number}"
    account = {
        "id": "7",
        "username": "road",
        "acct": "road" if local else f"road@{host}",
        "display_name": "Road news",
        "locked": False,
        "bot": False,
        "discoverable": True,
        "group": False,
        "created_at": "2014-01-01T00:00:00.000Z",
        "note": "<p>What is open and what is closed.</p>",
        "url": f"https://{host}/@road",
        "uri": f"https://{host}/users/road",
        "avatar": f"https://{host}/avatar.png",
        "avatar_static": f"https://{host}/avatar.png",
        "header": f"https://{host}/header.png",
        "header_static": f"https://{host}/header.png",
        "followers_count": 3,
        "following_count": 4,
        "statuses_count": number,
        "last_status_at": "2014-08-03",
        "noindex": False,
        "emojis": [],
        "fields": [],
    }
    made_up = {
        "id": snowflake(time, number),
        "created_at": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": address,
        "url": f"https://{host}/@road/{number}",
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "edited_at": None,
        "content": f"<p>{content}</p>",
        "reblog": None,
        "account": account,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
    }
    return {**made_up, **more}


@dataclass
class Mastodon:
    """Keep statuses, and hand them to timelines and to open streams."""

    statuses: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(
        default_factory=list
    )  # path, query, headers
    open_to_all: bool = True  # the public timeline without a token
    limit: int = 300  # requests until the limit is reset
    used: int = 0
    reset_at: datetime = NOW + timedelta(minutes=5)
    now: datetime = NOW
    stop_after: int | None = None  # a stream is cut off after so many events
    before_stream: Callable[[], Awaitable[None]] | None = None  # called as a stream is asked for
    _opened: int = 0
    _listeners: list[tuple[str, str, asyncio.Queue[tuple[str, str] | None]]] = field(default_factory=list)
    _joined: asyncio.Condition = field(default_factory=asyncio.Condition)

    # What happens on the server

    async def post(self, *statuses: dict[str, Any]) -> None:
        """Take new statuses and stream those that are not old."""
        for one in statuses:
            self.statuses.append(one)
            made = datetime.fromisoformat(one["created_at"])
            if made >= self.now - STREAMED:
                self._tell("update", json.dumps(one), one)

    async def event(self, kind: str, payload: str) -> None:
        """Stream another event to everybody."""
        self._tell(kind, payload, None)

    def _tell(self, kind: str, payload: str, one: dict[str, Any] | None) -> None:
        for channel, tag, queue in self._listeners:
            if one is None or _belongs(one, channel, tag):
                queue.put_nowait((kind, payload))

    async def listened(self, count: int = 1) -> None:
        """Wait until so many streams are open."""
        async with self._joined:
            await self._joined.wait_for(lambda: len(self._listeners) >= count)

    async def opened(self, count: int) -> None:
        """Wait until so many streams were opened, those that ended among them."""
        async with self._joined:
            await self._joined.wait_for(lambda: self._opened >= count)

    def hang_up(self) -> None:
        """End all streams."""
        for _, _, queue in self._listeners:
            queue.put_nowait(None)

    # What it answers

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Listen on a free port, and give the address."""
        config = uvicorn.Config(
            self,
            port=0,
            lifespan="off",
            log_level="critical",
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
        serving = asyncio.ensure_future(server._serve())
        while not server.started:
            await asyncio.sleep(0)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            self.hang_up()
            server.should_exit = True
            await serving

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, as an application of ASGI."""
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        path = scope["path"].rstrip("/")
        self.asked.append((path, query, headers))
        token = headers.get("authorization", "").removeprefix("Bearer ") or query.get("access_token", "")
        if scope["type"] == "websocket":
            await self._websocket(token, query, receive, send)
        elif path.startswith("/api/v1/streaming"):
            body = b""
            while (message := await receive())["type"] == "http.request":
                body += message["body"]
                if not message.get("more_body"):
                    break
            query |= {name: values[0] for name, values in parse_qs(body.decode()).items()}
            await self._events(path.removeprefix("/api/v1/streaming/"), token, query, receive, send)
        else:
            self.used += 1
            answer, code = (
                self._rest(path, token, query)
                if self.used <= self.limit
                else ({"error": "Too many requests"}, 429)
            )
            await _answer(send, code, answer, self._limits())

    def _limits(self) -> dict[str, str]:
        reset = self.reset_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        left = max(0, self.limit - self.used)
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": reset,
        }

    def _rest(self, path: str, token: str, query: dict[str, str]) -> tuple[Any, int]:
        if path == "/api/v1/instance":
            return {"uri": "here.example", "title": "Here", "version": "4.5.0", "urls": {}}, 200
        if path == "/api/v2/instance":
            return {
                "domain": "here.example",
                "version": "4.5.0",
                "configuration": {"urls": {}},
                "api_versions": {"mastodon": 7},
            }, 200
        if path == "/api/v1/accounts/verify_credentials":
            return _whose(token)
        if path.startswith("/api/v1/timelines/"):
            if token and token not in TOKENS:
                return {"error": "The access token is invalid"}, 401
            if not (self.open_to_all or token):
                return {"error": "This method requires an authenticated user"}, 422
            name = path.removeprefix("/api/v1/timelines/")
            part = next((part for part in ("local", "remote") if query.get(part) in ("true", "1")), "")
            tag = unquote(name.removeprefix("tag/")) if name.startswith("tag/") else ""
            channel = ("hashtag" if tag else "public") + (f":{part}" if part else "")
            return self._page(channel, tag, query), 200
        return {"error": "Not Found"}, 404

    def _page(self, channel: str, tag: str, query: dict[str, str]) -> list[dict[str, Any]]:
        """Return a page, newest first: the newest ones, or with `min_id` those next to it."""
        there = sorted(
            (one for one in self.statuses if _belongs(one, channel, tag)), key=lambda one: int(one["id"])
        )
        limit = min(int(query.get("limit", "20")), 40)
        if "min_id" in query:
            return [one for one in there if int(one["id"]) > int(query["min_id"])][:limit][::-1]
        return there[::-1][:limit]

    async def _events(
        self, channel: str, token: str, query: dict[str, str], receive: Receive, send: Send
    ) -> None:
        name = channel.replace("/", ":")
        if name not in CHANNELS:
            await _answer(send, 400, {"error": "Unknown channel requested"}, {})
            return
        if TOKENS.get(token, {}).get("kind") != "account":
            said = "Invalid access token" if token else "Missing access token"
            await _answer(send, 401, {"error": said}, {})
            return
        if name.startswith("hashtag") and not query.get("tag"):
            await _answer(send, 400, {"error": "Missing tag name parameter"}, {})
            return
        if self.before_stream is not None:
            await self.before_stream()
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"private, no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b":)\n", "more_body": True})
        async with self._listening(name, query.get("tag", "")) as queue:
            gone = asyncio.ensure_future(receive())
            sent = 0
            while sent != self.stop_after:
                getting = asyncio.ensure_future(queue.get())
                await asyncio.wait([gone, getting], return_when=asyncio.FIRST_COMPLETED)
                if gone.done() or getting.result() is None:
                    getting.cancel()
                    break
                kind, payload = getting.result() or ("", "")
                body = f"event: {kind}\ndata: {payload}\n\n" if kind != "thump" else ":thump\n"
                await send({"type": "http.response.body", "body": body.encode(), "more_body": True})
                sent += 1
            gone.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _websocket(  # noqa: C901 - one conversation, told from its beginning to its end
        self, token: str, query: dict[str, str], receive: Receive, send: Send
    ) -> None:
        await receive()
        if TOKENS.get(token, {}).get("kind") != "account":
            await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
            await send({"type": "websocket.http.response.body", "body": b'{"error":"Missing access token"}'})
            return
        if self.before_stream is not None:
            await self.before_stream()
        await send({"type": "websocket.accept"})
        streams: dict[tuple[str, str], asyncio.Task[None]] = {}
        ended = asyncio.Event()

        async def hand_over(name: str, tag: str) -> None:
            sent = 0
            async with self._listening(name, tag) as queue:
                while sent != self.stop_after and (one := await queue.get()) is not None:
                    stream = [name, tag] if tag else [name]
                    said = {"stream": stream, "event": one[0], "payload": one[1]}
                    await send({"type": "websocket.send", "text": json.dumps(said)})
                    sent += 1
            ended.set()

        async def subscribe(said: dict[str, str]) -> None:
            name, tag = said.get("stream", ""), said.get("tag", "")
            if name not in CHANNELS or (name.startswith("hashtag") and not tag):
                await send(
                    {
                        "type": "websocket.send",
                        "text": json.dumps({"error": "Unknown stream type", "status": 400}),
                    }
                )
            else:
                streams[name, tag] = asyncio.ensure_future(hand_over(name, tag))

        if "stream" in query:
            await subscribe(query)
        ending = asyncio.ensure_future(ended.wait())
        while True:
            getting = asyncio.ensure_future(receive())
            await asyncio.wait([getting, ending], return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                getting.cancel()
                await send({"type": "websocket.close", "code": 1001})
                break
            message = getting.result()
            if message["type"] == "websocket.disconnect":
                break
            said = json.loads(message["text"])
            if said["type"] == "subscribe":
                await subscribe(said)
            elif (task := streams.pop((said["stream"], said.get("tag", "")), None)) is not None:
                task.cancel()
        for task in (*streams.values(), ending):
            task.cancel()

    @asynccontextmanager
    async def _listening(
        self, channel: str, tag: str
    ) -> AsyncIterator[asyncio.Queue[tuple[str, str] | None]]:
        queue: asyncio.Queue[tuple[str, str] | None] = asyncio.Queue()
        entry = (channel, tag, queue)
        async with self._joined:
            self._listeners.append(entry)
            self._opened += 1
            self._joined.notify_all()
        try:
            yield queue
        finally:
            self._listeners.remove(entry)


def _belongs(one: dict[str, Any], channel: str, tag: str) -> bool:
    """Tell whether a status belongs to a timeline: public ones alone, no boosts."""
    kind, _, part = channel.partition(":")
    if one["visibility"] != "public" or one["reblog"] is not None:
        return False
    if kind == "hashtag" and tag.lower() not in [held["name"].lower() for held in one["tags"]]:
        return False
    return not part or ("@" not in one["account"]["acct"]) == (part == "local")


def _whose(token: str) -> tuple[Any, int]:
    """Return what is said of the account of a token."""
    known = TOKENS.get(token, {})
    if not known:
        return {"error": "The access token is invalid"}, 401
    if known["kind"] == "application":
        return {"error": "This method requires an authenticated user"}, 422
    if known["kind"] == "scopes":
        return {"error": "This action is outside the authorized scopes"}, 403
    return {**status(1, "x")["account"], "bot": known["bot"]}, 200


async def _answer(send: Send, code: int, said: Any, headers: dict[str, str]) -> None:
    """Send an answer in JSON."""
    named = [
        (name.encode(), value.encode())
        for name, value in {"content-type": "application/json", **headers}.items()
    ]
    await send({"type": "http.response.start", "status": code, "headers": named})
    await send({"type": "http.response.body", "body": json.dumps(said).encode()})
