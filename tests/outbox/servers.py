"""Servers on this machine for the tests of mail and webhooks: a real SMTP server, a real HTTP server, their keys."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

REFUSED = "nobody@example.org"
USER, PASSWORD = "fanal", "correct horse"


class Keys:
    """Hold an authority of our own: what the server shows, and what the client trusts."""

    def __init__(self) -> None:
        self.authority = trustme.CA()
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.authority.issue_cert("localhost", "127.0.0.1").configure_cert(self.server)
        self.client = ssl.create_default_context()
        self.authority.configure_trust(self.client)


class Post:
    """Keep what arrives by mail; refuse one recipient, and whatever `says` gives for the data."""

    def __init__(self) -> None:
        self.got: list[tuple[str, EmailMessage]] = []
        self.says = "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, to: str, _options: Any) -> str:  # noqa: N802
        if to == REFUSED:
            return "550 5.1.1 No such\x1b[31m person"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        if self.says.startswith("250"):
            self.got += [(to, message) for to in envelope.rcpt_tos]
        return self.says


def _log_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    """Take one user and one password."""
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=right, handled=right)


class _Anywhere(Controller):
    """Listen at any free port, and wake the server at that one."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        with socket.create_connection(self.server.sockets[0].getsockname(), 60.0):
            pass


@contextmanager
def smtp(
    post: Post,
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    log_in: bool = False,
) -> Iterator[int]:
    """Run a mail server, and give its port."""
    told: dict[str, Any] = (
        {"auth_require_tls": True, "authenticator": _log_in, "auth_required": True} if log_in else {}
    )
    server = _Anywhere(
        post,
        hostname="127.0.0.1",
        port=0,
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        ready_timeout=60.0,
        **told,
    )
    server.start()
    try:
        assert server.server is not None
        yield server.server.sockets[0].getsockname()[1]
    finally:
        server.stop()


Answer = Callable[["Asked"], int]


class Asked:
    """Hold one request as it arrived."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path, self.headers, self.body = path, headers, body


@contextmanager
def http(answer: Answer, *, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[Asked]]]:
    """Run a server that answers each POST with a status, and give its port and what it was asked.

    A status below 0 means that it hangs up without an answer; 3xx sends elsewhere on the same server.
    """
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            one = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            asked.append(one)
            status = answer(one)
            if status < 0:
                self.close_connection = True
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()
