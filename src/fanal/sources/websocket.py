"""The WebSocket: messages of a server in stretches, bounded, read only as fast as they are taken (RFC 6455)."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING

from fanal.model.error import MissingPackageError
from fanal.sources.live import MAX_ROWS, USER_AGENT, LostError, Tools
from fanal.sources.refusal import refusal

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

OPEN_SECONDS = 15.0
"""For the connection, its keys and the server's answer together."""

BEAT_SECONDS = 30.0
"""Without a message for so long, an empty stretch says that the server still answers pings."""

GATHER_SECONDS = 0.05
"""So long after a first message more are waited for, so that they are handed over together."""

MAX_MESSAGE_BYTES = 8 << 20
"""A longer message ends the connection; a shorter one that is too long for a row costs only itself."""

MAX_STRETCH_BYTES = 16 << 20
"""A stretch ends with the message that goes over this."""

_AHEAD = 8  # messages that are read before they are taken: 64 MB at most, by MAX_MESSAGE_BYTES
_CLOSE_SECONDS = 2.0


async def messages(
    address: str, *, headers: Mapping[str, str], what: str, tools: Tools, hint: str
) -> AsyncGenerator[list[bytes], None]:
    """Yield what a server sends, at most `MAX_ROWS` messages at a time; first none, once the connection stands.

    No redirect is followed and no compression of the protocol's own is offered: a small frame of it can unpack to
    many times its size. Nothing more is read from the network while nobody takes what was read.

    Args:
        address: ws or wss, with its query.
        headers: beside those of the protocol.
        what: who is asked, as a sentence begins with it.
        tools: for the clock and the contact.
        hint: what to do where it is refused for good.

    Raises:
        LostError: it cannot be reached, broke the protocol, fell silent, closed, or asks to wait.
        UserError: it is refused for good, or the client is not installed.
    """
    try:
        # Optional and imported late: a workspace that follows no such stream needs no client for it.
        import websockets.asyncio.client as client  # noqa: PLC0415 - for the reason above
        import websockets.exceptions as wrong  # noqa: PLC0415
    except ImportError as error:
        raise MissingPackageError(
            f"{what} is a WebSocket, and the client for it is not installed.", extra="live"
        ) from error

    class Straight(client.connect):
        """Follow no redirect."""

        def process_redirect(self, exc: Exception) -> Exception:
            return exc

    agent = "".join(sign for sign in f"{USER_AGENT} {tools.contact}".strip() if sign.isprintable())
    try:
        async with Straight(
            address,
            additional_headers=dict(headers),
            user_agent_header=agent.encode("ascii", "replace").decode(),
            compression=None,
            proxy=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            max_size=MAX_MESSAGE_BYTES,
            max_queue=_AHEAD,
        ) as connection:
            yield []
            while True:
                yield await _stretch(connection, wrong.ConnectionClosed)
    except wrong.InvalidStatus as error:
        answer = error.response
        raise refusal(
            answer.status_code, dict(answer.headers.raw_items()), what=what, now=tools.clock(), hint=hint
        ) from None
    except wrong.ConnectionClosed as error:
        code = error.rcvd.code if error.rcvd else error.sent.code if error.sent else 1006
        raise LostError(f"{what} closed the connection ({code}).") from None
    except (OSError, wrong.WebSocketException, EOFError) as error:
        # The error's own words may hold what the server said, or an address with a secret.
        raise LostError(f"{what} cannot be read: {type(error).__name__}.") from None


async def _stretch(connection: "ClientConnection", closed: type[Exception]) -> list[bytes]:
    """Return the next message with those that come shortly after it; empty when none came but the server is there."""
    stretch: list[bytes] = []
    try:
        async with asyncio.timeout(BEAT_SECONDS):
            stretch.append(await connection.recv(decode=False))
        size = len(stretch[0])
        async with asyncio.timeout(GATHER_SECONDS):
            while len(stretch) < MAX_ROWS and size < MAX_STRETCH_BYTES:
                stretch.append(await connection.recv(decode=False))
                size += len(stretch[-1])
    except TimeoutError:
        pass
    except closed:
        if not stretch:  # what came before is handed over first; the next call tells of the end
            raise
    return stretch
