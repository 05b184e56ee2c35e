"""Listening: an application served on an address until Ctrl-C, with nothing logged."""

import sys
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import uvicorn
from litestar import Litestar

from fanal.model.error import UserError

_TCP = 6  # IANA, protocol numbers
_NODELAY = (
    1  # RFC 9293, section 3.7.4, as Linux, BSD and Windows number the option; a page may not import `socket`
)

_QUIET: dict[str, Any] = {
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


def listen(
    application: Litestar,
    *,
    host: str,
    port: int,
    path: str = "/",
    hint: str = "Choose another port (--port).",
    tell: Callable[[str], object] = sys.stderr.write,
) -> None:
    """Serve an application until Ctrl-C, telling the address once it is taken.

    Args:
        application: what answers.
        host: address to listen on.
        port: from 0 to 65535; 0: any free one.
        path: of its first page.
        hint: what to do where the address cannot be taken.
        tell: takes one line.

    Raises:
        UserError: the address is in use, not allowed or not this machine's.
    """
    config = uvicorn.Config(
        application, host=host, port=port, access_log=False, server_header=False, log_config=_QUIET
    )
    try:
        listening = config.bind_socket()
    except SystemExit as error:  # uvicorn ends the process where it cannot listen
        raise UserError(
            f"Nothing can be served at {host}, port {port}: it is in use or not allowed.", hint=hint
        ) from error
    with closing(listening), suppress(KeyboardInterrupt):
        listening.setsockopt(
            _TCP, _NODELAY, 1
        )  # inherited; else an answer's body waits 40 ms for an acknowledgement
        listening.listen()  # who follows the address at once is heard
        shown = f"[{host}]" if ":" in host else host
        tell(f"The page is at http://{shown}:{listening.getsockname()[1]}{path}\n")
        uvicorn.Server(config).run(sockets=[listening])
