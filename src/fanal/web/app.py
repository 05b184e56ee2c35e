"""The page's folder served on this machine: exactly its files, with strict headers and no log of who asked."""

import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, get
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from fanal.model.error import UserError
from fanal.web.bundle import ASSETS, DATA
from fanal.web.library import FILES as LIBRARY
from fanal.web.rendered import FILES as PAGES
from fanal.web.rendered import POLICY

HOME = "index.html"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".txt": "text/plain",
}
"""Media types by suffix; Litestar adds the charset, UTF-8."""
HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",  # what was looked at does not stay on a shared machine
}


def app(folder: Path) -> Litestar:
    """Return an application that serves the files of a page, read once, and `/health`.

    Nothing else can be asked for: each file is a route of its own, and its content is in memory.

    Raises:
        UserError: the folder holds no page.
    """
    kept = {name: _content(folder, name) for name in (*PAGES.values(), *ASSETS, *LIBRARY, DATA)}

    @get(["/", *(f"/{name}" for name in kept)], include_in_schema=False, sync_to_thread=False)
    def file(request: Request[Any, Any, Any]) -> Response[bytes]:
        name = request.scope["path"].strip("/") or HOME
        return Response(kept[name], media_type=_TYPES[Path(name).suffix])

    @get("/health", include_in_schema=False, sync_to_thread=False)
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return Litestar(
        route_handlers=[file, health], openapi_config=None, logging_config=None, before_send=[strict]
    )


def serve(folder: Path, *, host: str, port: int, tell: Callable[[str], object] = sys.stderr.write) -> None:
    """Serve a page's folder until Ctrl-C, telling the address once it is taken.

    Args:
        folder: as `fanal.web.bundle.write` made it.
        host: address to listen on.
        port: from 0 to 65535; 0: any free one.
        tell: takes one line.

    Raises:
        UserError: the folder holds no page; the address is in use, not allowed or not this machine's.
    """
    listen(
        app(folder),
        what="The page",
        host=host,
        port=port,
        asked_by="--port, or the setting page.port",
        tell=tell,
    )


def listen(
    application: Litestar,
    *,
    what: str,
    host: str,
    port: int,
    asked_by: str,
    path: str = "/",
    tell: Callable[[str], object] = sys.stderr.write,
) -> None:
    """Serve an application until Ctrl-C, telling the address once it is taken; who asks for what is not logged.

    Args:
        application: what answers.
        what: its name in the line that tells the address.
        host: address to listen on.
        port: from 0 to 65535; 0: any free one.
        asked_by: the option and the setting that name the port, for the hint.
        path: of its first page.
        tell: takes one line.

    Raises:
        UserError: the address is in use, not allowed or not this machine's.
    """
    config = uvicorn.Config(
        application, host=host, port=port, access_log=False, server_header=False, log_config=QUIET
    )
    try:
        listening = config.bind_socket()
    except SystemExit as error:  # uvicorn ends the process where it cannot listen
        raise UserError(
            f"Nothing can be served at {host}, port {port}: it is in use or not allowed.",
            hint=f"Choose another port ({asked_by}).",
        ) from error
    with closing(listening), suppress(KeyboardInterrupt):
        listening.setsockopt(_TCP, _NODELAY, 1)  # inherited; else a body waits 40 ms for an acknowledgement
        listening.listen()  # who follows the address at once is heard
        shown = f"[{host}]" if ":" in host else host
        tell(f"{what} is at http://{shown}:{listening.getsockname()[1]}{path}\n")
        uvicorn.Server(config).run(sockets=[listening])


_TCP = 6  # IANA, protocol numbers
_NODELAY = 1  # as Linux, BSD and Windows number it (RFC 9293, section 3.7.4); a page may not import `socket`

QUIET: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"none": {"class": "logging.NullHandler"}},
    "loggers": {
        "uvicorn": {"handlers": ["none"], "level": "CRITICAL", "propagate": False},
        "uvicorn.error": {"level": "CRITICAL"},
        "uvicorn.access": {"handlers": ["none"], "level": "CRITICAL", "propagate": False},
    },
}
"""Nothing is logged: neither who asked nor for what."""


def _content(folder: Path, name: str) -> bytes:
    """Return a file of the page."""
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise UserError(f"{folder} holds no page: {name} is missing.", hint="Write it again.") from error


async def strict(message: Message, _: Scope) -> None:
    """Put the strict headers on every answer, also on one that says no."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers[name] = value
