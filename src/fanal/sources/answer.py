"""The Answer: what a web server says to one request, read with a bound on its bytes, its time and where it leads."""

import asyncio
import logging
import ssl
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import httpx

from fanal.model.error import UserError
from fanal.sources.live import USER_AGENT, LostError
from fanal.sources.refusal import passes, wait_asked
from fanal.text.host import is_local

MOST_REDIRECTS = 5
"""A longer chain leads nowhere."""

SILENT_SECONDS = 30.0
"""A server that says nothing for so long, while it should, is lost."""

MOST_TAG = 200
"""Characters of an ETag or a date that are kept; a longer one is not sent back."""

_GZIP = 31  # zlib: a gzip head and the largest window
_CHUNK = 1 << 16
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Hold what a server said."""

    status: int  # HTTP
    headers: Mapping[str, str]  # names in any case
    body: bytes  # decompressed
    address: str  # that gave it, behind all redirects

    def validators(self) -> tuple[str, str]:
        """Return ETag and Last-Modified, to be sent back (RFC 9110, 13.1); empty where there is none of a usual length.

        >>> Answer(status=200, headers={"etag": '"7"'}, body=b"", address="").validators()
        ('"7"', '')
        """
        etag, modified = (self.headers.get(name, "") for name in ("etag", "last-modified"))
        return _short(etag), _short(modified)


def _short(value: str) -> str:
    """Return a header as it may be sent back, if it is of a usual length."""
    return value if len(value) <= MOST_TAG and value.isascii() and value.isprintable() else ""


class TooLargeError(LostError):
    """Say that an answer is longer than its bound; the rest was not read."""


def client(*, contact: str = "", silent: float = SILENT_SECONDS) -> httpx.AsyncClient:
    """Return what makes requests: no proxy is asked, no cookie kept, no redirect followed unseen.

    The loggers of the client are kept from writing addresses down: a path may hold a secret.

    Args:
        contact: address of whoever runs this, told to the server.
        silent: seconds without a byte after which a server counts as lost.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    agent = f"{USER_AGENT}; {contact}" if contact else USER_AGENT
    return httpx.AsyncClient(
        timeout=httpx.Timeout(silent, connect=min(silent, SILENT_SECONDS)),
        follow_redirects=False,
        trust_env=False,
        verify=ssl.create_default_context(),
        headers={"user-agent": agent.encode("ascii", "replace").decode(), "accept-encoding": "gzip"},
    )


async def ask(
    requests: httpx.AsyncClient,
    address: str,
    *,
    what: str,
    most: int,
    seconds: float,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    hosts: Collection[str] = (),
) -> Answer:
    """Return the answer to a GET, whatever its status, but for redirects, which are followed where they may lead.

    Args:
        requests: as `client` makes it.
        address: https, or http.
        what: what the address is called in sentences; it holds no secret.
        most: bytes of the body, packed and unpacked, at most.
        seconds: for all of it, redirects included.
        headers: beside the usual ones.
        params: the query.
        hosts: to which a redirect may lead, beside the host itself; always by https, but on this machine.

    Raises:
        LostError: no answer, or none in time, or (`TooLargeError`) a longer one; or it leads where it must not for now.
        UserError: it leads where it must not, for good.
    """
    try:
        async with asyncio.timeout(seconds):
            for _ in range(MOST_REDIRECTS):
                answer = await _once(requests, address, what=what, most=most, headers=headers, params=params)
                if answer.status not in _MOVED or "location" not in answer.headers:
                    return answer
                address, params = _led(address, answer, what, hosts), None
    except TimeoutError:
        raise LostError(f"{what}: no whole answer in {seconds:g} s.") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, zlib.error) as error:
        # The error's own words may hold the address, and that a secret.
        raise LostError(f"{what}: {type(error).__name__}.") from None
    raise UserError(f"{what} leads from one address to the next without an end.", hint="Look at the address.")


async def _once(
    requests: httpx.AsyncClient,
    address: str,
    *,
    what: str,
    most: int,
    headers: Mapping[str, str] | None,
    params: Mapping[str, str] | None,
) -> Answer:
    """Return the answer to one request."""
    async with requests.stream("GET", address, headers=headers, params=params) as response:
        packed = response.headers.get("content-encoding", "identity").strip().lower()
        if packed not in ("identity", "gzip", "x-gzip", ""):
            raise LostError(f"{what}: the answer is packed in a way that was not asked for.")
        unpack = zlib.decompressobj(_GZIP) if "gzip" in packed else None
        parts: list[bytes] = []
        size = read = 0
        async for chunk in response.aiter_raw(_CHUNK):
            read += len(chunk)
            plain = unpack.decompress(chunk, most + 1 - size) if unpack else chunk
            size += len(plain)
            if size > most or read > most or (unpack and unpack.unconsumed_tail):
                raise TooLargeError(f"{what}: the answer is longer than {most:,} bytes.")
            parts.append(plain)
        if unpack and not unpack.eof and read:
            raise LostError(f"{what}: the answer breaks off.")
        return Answer(
            status=response.status_code, headers=response.headers, body=b"".join(parts), address=address
        )


def _led(address: str, answer: Answer, what: str, hosts: Collection[str]) -> str:
    """Return where a redirect leads, if it may."""
    try:
        target = urljoin(address, answer.headers["location"])
        here, there = urlsplit(address), urlsplit(target)
        host = there.hostname or ""
        local = there.scheme == "http" and here.scheme == "http" and is_local(host)
        allowed = (host == here.hostname or host in hosts) and "@" not in there.netloc
    except ValueError:
        raise _astray(answer, f"{what} leads to what is no address.", hint="Look at the address.") from None
    if not (allowed and (there.scheme == "https" or local)):
        shown = host if host.isascii() and host.isprintable() else "another host"
        raise _astray(
            answer,
            f"{what} leads to {shown[:100]} by {there.scheme[:10]}, which is not followed.",
            hint="Give the address that it leads to, or allow its host where there is a setting for that.",
        )
    return target


def _astray(answer: Answer, sentence: str, *, hint: str) -> LostError | UserError:
    """Return the error of a redirect that is not followed; one that is not for good may lead to a page that passes."""
    if passes(answer.status):
        # Of a layer's file it is the rule, and then the hint is what helps.
        return LostError(f"{sentence} {hint}")
    return UserError(sentence, hint=hint)


def refuse(answer: Answer, *, what: str, now: datetime, hint: str) -> None:
    """Raise for an answer that is no success and no `304 Not Modified`.

    Raises:
        LostError: a later try is worth it (`fanal.sources.refusal.passes`), with what the server asks.
        UserError: it is refused for good.
    """
    if 200 <= answer.status < 300 or answer.status == httpx.codes.NOT_MODIFIED:
        return
    sentence = f"{what}: the server said {answer.status}."
    if passes(answer.status):
        raise LostError(sentence, after=wait_asked(answer.headers, now=now))
    raise UserError(sentence, hint=hint)
