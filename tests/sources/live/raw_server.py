"""Servers of few words on this machine: bytes as an answer to whatever is asked, then silence or the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.utils import accept_key


class Raw:
    """Hold what a server was asked."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.left = asyncio.Event()  # set once a client has gone


@asynccontextmanager
async def answering(
    *answers: bytes, hold: bool = False, drip: float | None = None
) -> AsyncIterator[tuple[int, Raw]]:
    """Answer the first request with the first of some answers, and so on; the last one again and again.

    `KEY` in an answer becomes what the WebSocket's handshake asks for. With `hold` the connection stays open after
    the answer until the client goes; with `drip` it is sent byte by byte, so many seconds apart.
    """
    raw = Raw()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            answer = answers[min(len(raw.heads), len(answers) - 1)]
            raw.heads.append(head)
            for line in head.split(b"\r\n"):
                name, _, value = line.partition(b":")
                if name.lower() == b"sec-websocket-key":
                    answer = answer.replace(b"KEY", accept_key(value.strip().decode()).encode())
            if drip is None:
                writer.write(answer)
                await writer.drain()
            else:
                for byte in answer:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(drip)  # the slowness itself is what is tried
            if hold:
                while await reader.read(65536):
                    pass
                raw.left.set()
        except (ConnectionError, asyncio.IncompleteReadError):
            raw.left.set()
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], raw


HANDSHAKE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\n\r\n"
)
"""What opens a WebSocket."""


def page(status: str, body: bytes = b"<html><body>No stream here.</body></html>", **headers: str) -> bytes:
    """Return an answer with a page of HTML."""
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: text/html",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
