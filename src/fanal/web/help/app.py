"""The help page's own small application: one address, answers out of memory, and no trace of who asked for what."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any

from litestar import Litestar, asgi
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Receive, Scope, Send

from fanal.web.help.drawn import POLICY, draw
from fanal.web.help.month import month
from fanal.web.help.packed import Packed, pack
from fanal.web.help.question import MOST_BYTES, Far, Form, Question, question
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
    """Hold the answers that were made on a day, the oldest of too many let go; nothing is said of who asked.

    What somebody asks to be open now is answered anew each time: it changes with the minute.
    """

    def __init__(self, site: Site, now: Callable[[], datetime], most: int = MOST_KEPT) -> None:
        self._site = site
        self._now = now
        self._most = most
        self._known = site.known(now())
        self._day = site.day(now())
        self._kept: OrderedDict[Hashable, Packed] = OrderedDict()

    def of(self, asked: Question) -> Packed:
        """Return the answer to a question."""
        moment = self._turn()
        name = SAVED_AS if asked.form is Form.COPY else ""
        if asked.open_now:
            return pack(draw(self._site, asked, self._known, moment), name=name)
        return self._answer(asked, lambda: draw(self._site, asked, self._known, moment), name)

    def month(self, language: str) -> Packed:
        """Return the calendar behind the exit."""
        self._turn()
        return self._answer(language, lambda: month(read(language), self._day), "")

    def far(self) -> tuple[Far, ...]:
        """Return how far somebody may choose to go."""
        return self._known.far

    def _turn(self) -> datetime:
        """Let go of all answers where a day has ended, with which checks do, or where what is known has changed."""
        moment = self._now()
        known, day = self._site.known(moment), self._site.day(moment)
        if known is not self._known or day != self._day:
            self._known, self._day = known, day
            self._kept.clear()
        return moment

    def _answer(self, key: Hashable, made: Callable[[], str], name: str) -> Packed:
        """Return what is kept, or make it."""
        answer = self._kept.get(key)
        if answer is None:
            answer = self._kept[key] = pack(made(), name=name)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return answer


def app(site: Site, *, now: Callable[[], datetime]) -> Litestar:
    """Return the application of a site: its page, and a calendar at `/` to leave to.

    A search is a POST to the page's one address, so an address, a log of a proxy and a history hold no query; the
    answer comes at once, without a redirect that would have to carry the query in an address or a cookie.

    Raises:
        UserError: the site is refused, as `Site.check` says.
    """
    site.check(now())
    answers = Answers(site, now)
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
                asked = question(
                    form,
                    places=codes,
                    language=language,
                    far=answers.far(),
                    timed=site.zone is not None,
                )
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
