"""A web server on loopback for tests of sources that ask: it answers what a test says and keeps what it was asked."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from fanal.sources.live import Inflow, Tools

LIMIT = 60.0
"""Seconds that a test may take; a test that hangs fails."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Hold what was asked."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Hold what is answered; `raw` goes out as it is, and then the connection is closed."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    def sent(self) -> bytes:
        """Return the answer as bytes."""
        if self.raw is not None:
            return self.raw
        head = {"content-length": str(len(self.body)), "connection": "close", **self.headers}
        lines = [f"HTTP/1.1 {self.status} X", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        return "\r\n".join(lines).encode() + self.body


Handler = Callable[[Request], Reply | Awaitable[Reply]]


class Web:
    """Hold a running server."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.asked: list[Request] = []
        self.url = ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            target = urlsplit(first.split(" ")[1])
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            query = {name: values[0] for name, values in parse_qs(target.query).items()}
            request = Request(path=target.path, query=query, headers=headers)
            self.asked.append(request)
            reply = self.handler(request)
            if not isinstance(reply, Reply):
                reply = await reply
            writer.write(reply.sent())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def web(handler: Handler) -> AsyncIterator[Web]:
    """Run a server while the block runs."""
    made = Web(handler)
    server = await asyncio.start_server(made._serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()


class Time:
    """Be a clock that moves by being slept on alone."""

    def __init__(self) -> None:
        self.now = datetime(2014, 8, 3, 5, tzinfo=UTC)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def tools(self, **secrets: str) -> Tools:
        """Return what a source may use."""
        return Tools(clock=lambda: self.now, sleep=self.sleep, dice=lambda: 0.5, secrets=secrets)


async def take(
    listening: AsyncIterator[Inflow], *, rows: int = 0, words: int = 0, commit: bool = True
) -> list[Inflow]:
    """Return arrivals until so many rows came, or so many words; then listen no more."""
    taken: list[Inflow] = []
    try:
        async for one in listening:
            taken.append(one)
            if commit and one.done is not None:
                await one.done()
            if (rows and sum(len(a.rows) for a in taken) >= rows) or (words and len(taken) >= words):
                return taken
        return taken
    finally:
        await listening.aclose()  # type: ignore[attr-defined]


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a test's work to its end, in bounded time."""

    async def bounded() -> T:
        async with asyncio.timeout(LIMIT):
            return await work

    return asyncio.run(bounded())


def packed(body: bytes) -> Reply:
    """Return an answer that is compressed."""
    return Reply(body=gzip.compress(body), headers={"content-encoding": "gzip"})
