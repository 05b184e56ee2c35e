"""The help page's own small application: one address, answers out of memory, and no trace of who asked for what."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date
from typing import Any

from litestar import Litestar, asgi
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Receive, Scope, Send

from fanal.web.help.drawn import POLICY, draw
from fanal.web.help.month import month
from fanal.web.help.packed import Packed, pack
from fanal.web.help.question import MOST_BYTES, Form, Question, question
from fanal.web.help.site import Site
from fanal.web.help.tongue import preferred, read

MOST_KEPT = 2000  # answers in memory, about 12 KB each
SAVED_AS = "info.html"  # a copy's name tells neither the place nor what it is
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-DNS-Prefetch-Control": "off",
    "Cache-Control": "no-store, max-age=0",
    "Pragma": "no-cache",  # caches and browsers that know HTTP/1.0 alone
    "Expires": "0",
    "Vary": "Accept-Language, Accept-Encoding",
}

Pairs = list[tuple[bytes, bytes]]
_PAIRS: Pairs = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


class Answers:
    """Hold the answers that were made on a day, the oldest of too many let go; nothing is said of who asked."""

    def __init__(self, site: Site, today: Callable[[], date], most: int = MOST_KEPT) -> None:
        self._site = site
        self._today = today
        self._most = most
        self._day = today()
        self._kept: OrderedDict[Hashable, Packed] = OrderedDict()

    def of(self, asked: Question) -> Packed:
        """Return the answer to a question."""
        return self._answer(asked, lambda: draw(self._site, asked, self._day), asked.form is Form.COPY)

    def month(self, language: str) -> Packed:
        """Return the calendar behind the exit."""
        return self._answer(language, lambda: month(read(language), self._day), saved=False)

    def _answer(self, key: Hashable, made: Callable[[], str], saved: bool) -> Packed:
        """Return what is kept of this day, or make it."""
        if (today := self._today()) != self._day:  # a check may have ended over night
            self._day = today
            self._kept.clear()
        answer = self._kept.get(key)
        if answer is None:
            answer = self._kept[key] = pack(made(), name=SAVED_AS if saved else "")
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return answer


def app(site: Site, *, today: Callable[[], date]) -> Litestar:
    """Return the application of a site: its page, and a calendar at `/` to leave to.

    A search is a POST to the page's one address, so an address, a log of a proxy and a history hold no query; the
    answer comes at once, without a redirect that would have to carry the query in an address or a cookie.

    Raises:
        UserError: the site is refused, as `Site.check` says.
    """
    site.check(today())
    answers = Answers(site, today)
    codes = frozenset(place.code for place in site.places)

    @asgi(site.path)
    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        language = preferred(headers.get(b"accept-language", b"").decode("latin-1"), site.language)
        method = scope["method"]  # type: ignore[typeddict-item] # a route of this app takes HTTP alone
        if method in {"GET", "HEAD"}:
            await _send(send, headers, answers.of(Question(language)), body=method == "GET")
        elif method == "POST":
            form = await _read(receive)
            if form is None:
                await _refuse(send, 413)
            else:
                asked = question(form, places=codes, language=language)
                await _send(send, headers, answers.of(asked), body=True)
        else:
            await _refuse(send, 405)

    @asgi("/")
    async def leave(scope: Scope, receive: Receive, send: Send) -> None:
        _ = receive
        headers = dict(scope["headers"])
        language = preferred(headers.get(b"accept-language", b"").decode("latin-1"), site.language)
        method = scope["method"]  # type: ignore[typeddict-item] # as above
        if method in {"GET", "HEAD"}:
            await _send(send, headers, answers.month(language), body=method == "GET")
        else:
            await _refuse(send, 405)

    return Litestar(
        route_handlers=[page, leave], openapi_config=None, logging_config=None, before_send=[_strict]
    )


async def _read(receive: Receive) -> bytes | None:
    """Return the body of a form; None: it is too long for one of this page."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message["body"]
        if len(body) > MOST_BYTES:
            return None
        if not message["more_body"]:
            return body


async def _send(send: Send, headers: dict[bytes, bytes], answer: Packed, *, body: bool) -> None:
    """Send an answer, compressed for a browser that takes it."""
    zipped = b"gzip" in headers.get(b"accept-encoding", b"")
    content = answer.zipped if zipped else answer.plain()
    named: Pairs = [(b"content-type", answer.kind.encode()), (b"content-length", str(len(content)).encode())]
    if zipped:
        named.append((b"content-encoding", b"gzip"))
    if answer.name:
        named.append((b"content-disposition", f'attachment; filename="{answer.name}"'.encode()))
    await _answer(send, 200, named, content if body else b"")


async def _refuse(send: Send, status: int) -> None:
    """Send an answer without a word."""
    await _answer(send, status, [(b"content-length", b"0"), (b"connection", b"close")], b"")


async def _answer(send: Send, status: int, named: Pairs, content: bytes) -> None:
    """Send a status, headers and a body."""
    start: Any = {"type": "http.response.start", "status": status, "headers": [*_PAIRS, *named]}
    await send(start)
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def _strict(message: Message, scope: Scope) -> None:
    """Put the strict headers on what Litestar itself answers: that there is no such page."""
    _ = scope
    if message["type"] == "http.response.start" and _PAIRS[0] not in message["headers"]:
        headers = MutableScopeHeaders.from_message(message)
        for name, value in HEADERS.items():
            headers[name] = value
