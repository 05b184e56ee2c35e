"""The inbox: signed deliveries of platforms are taken by POST, and answered once what they hold is committed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from fanal.model.error import UserError
from fanal.sources.mailbox import BusyError, CrowdedError, Mailbox, ReplayedError, TooManyError
from fanal.sources.signed import Delivery, UnsignedError
from fanal.web.app import QUIET

MAX_BODY_BYTES = 1_000_000
"""A larger body is refused (413)."""

BODY_SECONDS = 20.0
"""A sender has so long for its body (408)."""

MAX_CONNECTIONS = 128
"""More are sent away by the server (503), so that at most so many bodies are held."""

MAX_HEAD_BYTES = 32 << 10

TYPES = frozenset({"application/activity+json", "application/ld+json", "application/json"})
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def app(mailboxes: Mapping[str, Mailbox]) -> Litestar:
    """Return an application that takes deliveries, and nothing else; nothing is logged.

    `POST /inbox/NAME` is the inbox of the stream of that name; with one stream alone `POST /inbox` is, too. The answer
    is 202 once the rows are committed; 400, 401, 408, 409, 413, 415 for what is wrong with a delivery; 429 and 503 with
    Retry-After for what must be sent again. `GET /health` says that it runs.

    Args:
        mailboxes: by the names of their streams.
    """
    places = {f"/inbox/{name}": mailbox for name, mailbox in mailboxes.items()}
    if len(mailboxes) == 1:
        places["/inbox"] = next(iter(mailboxes.values()))

    @post(list(places), include_in_schema=False, request_max_body_size=MAX_BODY_BYTES)
    async def take(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
        return await _taken(request, places[request.scope["path"].rstrip("/")])

    @get("/health", include_in_schema=False, sync_to_thread=False)
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return Litestar(
        route_handlers=[take, health] if places else [health],
        openapi_config=None,
        logging_config=None,
        before_send=[_strict],
    )


@asynccontextmanager
async def listening(mailboxes: Mapping[str, Mailbox], *, host: str, port: int) -> AsyncIterator[int]:
    """Serve the inbox while the block runs, in its event loop, and give the port.

    Args:
        mailboxes: by the names of their streams.
        host: address to listen on.
        port: from 0 to 65535; 0: any free one.

    Raises:
        UserError: the address is in use, not allowed or not this machine's.
    """
    config = uvicorn.Config(
        app(mailboxes),
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        log_config=QUIET,
        lifespan="off",
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        http="h11",
        ws="none",
        timeout_keep_alive=10,
        timeout_graceful_shutdown=5,
    )
    try:
        socket = config.bind_socket()
    except SystemExit as error:  # uvicorn ends the process where it cannot listen
        raise UserError(
            f"No inbox can be opened at {host}, port {port}: it is in use or not allowed.",
            hint="Choose others with the settings follow.inbox_host and follow.inbox_port.",
        ) from error
    socket.listen()  # who asks at once is heard, and the port is taken
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[socket]))
    try:
        yield socket.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
        socket.close()


class _Server(uvicorn.Server):
    """Leave signals to whoever runs this."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """Capture none."""
        return nullcontext()


async def _taken(request: Request[Any, Any, Any], mailbox: Mailbox) -> Response[dict[str, str]]:
    """Answer one delivery."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in TYPES or request.headers.get("content-encoding", "identity").lower() != "identity":
        return _said(415, "Send ActivityStreams 2.0 as JSON, not compressed.")
    if request.scope["query_string"]:
        return _said(400, "The inbox has no query.")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await request.body()
    except TimeoutError:
        return _said(408, "The body did not come in time.")
    headers = [(n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in request.scope["headers"]]
    try:
        await mailbox.take_in(Delivery(headers=headers, body=body))
    except UnsignedError as error:
        return _said(401, error.sentence)
    except ReplayedError as error:
        return _said(409, error.sentence)
    except TooManyError as error:
        return _said(413, error.sentence)
    except BusyError as error:
        return _said(429 if isinstance(error, CrowdedError) else 503, error.sentence, after=error.after)
    return _said(202, "Committed.")


def _said(status: int, sentence: str, *, after: int | None = None) -> Response[dict[str, str]]:
    """Return an answer of one sentence."""
    headers = {} if after is None else {"Retry-After": str(after)}
    return Response({"detail": sentence}, status_code=status, headers=headers)


async def _strict(message: Message, _: Scope) -> None:
    """Put strict headers on every answer."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in _HEADERS.items():
            headers[name] = value
