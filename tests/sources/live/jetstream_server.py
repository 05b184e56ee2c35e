"""A server that speaks Jetstream's `/subscribe` on this machine, fed by hand or from a real AT Protocol server.

Written after the README of github.com/bluesky-social/jetstream and section 5.1 of its docs: filters by collection and
author, a cursor in microseconds that is answered without a gap (one before the beginning starts there, one to come at
the end), accounts and identities sent to everybody, a cap on an event's bytes, zstd with a dictionary in binary
messages, 400 for both compressions at once. Left out, since nothing here asks for it: the hello and options_update.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import zstandard
from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

FIRST = 1_407_042_000_000_000


class Jetstream:
    """Keep events in their order and hand them to whoever listens."""

    def __init__(self, *, dictionary: bytes | None = None) -> None:
        self.log: list[dict[str, Any]] = []
        self.asked: list[dict[str, list[str]]] = []  # queries, one a connection
        self.agents: list[str] = []
        self.begun = asyncio.Event()  # somebody listens
        self.sent = 0  # events, over all connections
        self.stop_after: int | None = None  # so many events into a connection it is cut off
        self._grown = asyncio.Condition()
        self._pack = None
        if dictionary is not None:
            held = zstandard.ZstdCompressionDict(dictionary)
            self._pack = zstandard.ZstdCompressor(dict_data=held, write_content_size=True)

    async def put(self, *events: dict[str, Any]) -> None:
        """Take events; one without `time_us` gets one a millisecond after the newest."""
        async with self._grown:
            for event in events:
                newest = self.log[-1]["time_us"] if self.log else FIRST
                self.log.append({"time_us": newest + 1000, **event})
            self._grown.notify_all()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Listen on a free port, and give the address."""
        async with serve(self._serve, "127.0.0.1", 0, process_request=self._admit) as server:
            port = server.sockets[0].getsockname()[1]
            yield f"ws://127.0.0.1:{port}/subscribe"

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        parts = urlsplit(request.path)
        query = parse_qs(parts.query, strict_parsing=True)
        if parts.path != "/subscribe":
            return connection.respond(HTTPStatus.NOT_FOUND, "404 page not found\n")
        packed = query.get("compress") == ["true"] or "zstd" in request.headers.get("Socket-Encoding", "")
        if packed and "permessage-deflate" in request.headers.get("Sec-WebSocket-Extensions", ""):
            return connection.respond(HTTPStatus.BAD_REQUEST, "choose one compression scheme\n")
        if len(query.get("wantedCollections", [])) > 100 or not query.get("cursor", ["0"])[0].isdigit():
            return connection.respond(HTTPStatus.BAD_REQUEST, "invalid options\n")
        self.asked.append(query)
        self.agents.append(request.headers["User-Agent"])
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        sending = asyncio.ensure_future(self._send(connection))
        await connection.wait_closed()
        sending.cancel()

    async def _send(self, connection: ServerConnection) -> None:
        query = self.asked[-1]
        at = self._begin(query)
        self.begun.set()
        packed = query.get("compress") == ["true"]
        most = int(query.get("maxMessageSizeBytes", ["0"])[0])
        sent = 0
        try:
            while True:
                async with self._grown:
                    await self._grown.wait_for(lambda at=at: len(self.log) > at)
                event, at = self.log[at], at + 1
                if not _wanted(event, query):
                    continue
                body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
                if 0 < most < len(body):
                    continue
                if packed:
                    assert self._pack is not None
                    await connection.send(self._pack.compress(body))
                else:
                    await connection.send(body, text=True)
                self.sent += 1
                sent += 1
                if sent == self.stop_after:
                    connection.transport.abort()
        except ConnectionClosed:
            pass

    def _begin(self, query: dict[str, list[str]]) -> int:
        """Return the place in the log at which a connection begins."""
        if "cursor" not in query:
            return len(self.log)
        cursor = int(query["cursor"][0])
        return next((i for i, event in enumerate(self.log) if event["time_us"] >= cursor), len(self.log))


def _wanted(event: dict[str, Any], query: dict[str, list[str]]) -> bool:
    """Tell whether a connection asked for an event."""
    if query.get("wantedDids") and event["did"] not in query["wantedDids"]:
        return False
    wanted = query.get("wantedCollections")
    if event["kind"] != "commit" or not wanted:
        return True
    collection = event["commit"]["collection"]
    return any(collection.startswith(one[:-1]) if one.endswith(".*") else collection == one for one in wanted)


def post(
    number: int, text: str, *, did: str = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", **more: Any
) -> dict[str, Any]:
    """Return the event of a post that was made a second before Jetstream saw it."""
    record = {
        "$type": "app.bsky.feed.post",
        "createdAt": "2014-08-03T04:59:59Z",
        "langs": ["en"],
        "text": text,
    }
    commit = {
        "rev": "3l3qo2vutsw2b",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": f"3k{number:011d}",
        "record": {**record, **more},
        "cid": "bafyreibexample",
    }
    return {"did": did, "kind": "commit", "commit": commit}
