"""The document of a feed: RSS 0.9x, 1.0, 2.0 or Atom as entries, whatever is in it, in bounded time.

Parsed by feedparser, which is given bytes and fetches nothing. References: rssboard.org/rss-specification,
web.resource.org/rss/1.0/spec (and its modules Syndication and Dublin Core), RFC 4287, georss.org/georss.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from xml.parsers import expat

import feedparser
import orjson

from fanal.sources.markup import plain

MOST_BROKEN_BYTES = 1 << 18
"""Of a document that is no well-formed XML: such a one is read by guessing, in time that grows with its square."""

MOST_ENTRIES = 2000
"""Entries of one document that are looked at, from its start; feeds have ten to a hundred."""

MOST_TEXT = 20_000
"""Characters of an entry that are kept: its title, and the beginning of what it says."""

DEEPEST = 100
"""Elements within elements; a feed needs about ten."""

MOST_ATTRIBUTES = 64
"""Of one element; a feed needs about ten."""

MOST_HOST = 253
"""Characters of a host's name (RFC 1035, 2.3.4, as text)."""

MOST_LANGUAGE = 35
"""Characters of a language tag (RFC 5646, 4.4.1); a longer one is none."""

MOST_TIME = 100
"""Characters of a time that are kept; those in use have about 30."""

MOST_ID = 2048
"""Characters of an entry's own id; a longer one is none."""

_STUMBLES = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)
"""What feedparser raises of a document that it did not foresee, such as a namespace with a blank in it."""

_LONG_TAG = re.compile(rb"<[^<>]{16384}")
_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
"""Minutes of `sy:updatePeriod` (RSS 1.0, module Syndication)."""

_WIDE = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Hold what a feed says."""

    entries: tuple[
        dict[str, Any], ...
    ]  # id, author, time, text, language, lon, lat; what is not given is None
    minutes: int | None  # that the publisher asks to wait before the next look; None: nothing is said


class _HostileError(Exception):
    """Say that no publisher writes such a document."""


class _EntityError(Exception):
    """Say that a document declares entities."""


def document(body: bytes, *, address: str, headers: Mapping[str, str]) -> Document | None:
    """Return the entries of a feed, newest where the feed has them, or None for what is no feed.

    An entry's author is the outlet that it comes from, never a person: `source` where the feed names one, else the
    feed's own site, as a host name.

    Args:
        body: as it came.
        address: where from, as the last that is known of the outlet.
        headers: of the answer; `content-type` may name the encoding.

    >>> body = b"<rss version='2.0'><channel><item><guid>7</guid><title>A &amp; B</title></item></channel></rss>"
    >>> made = document(body, address="https://news.example/rss", headers={})
    >>> made.entries[0]["id"], made.entries[0]["text"], made.entries[0]["author"]
    ('news.example/7', 'A & B', 'news.example')
    """
    body = _narrow(body)
    try:
        well_formed = _is_xml(body)
    except _HostileError:
        return None
    if not well_formed and (len(body) > MOST_BROKEN_BYTES or _LONG_TAG.search(body)):
        return None
    told = {"content-type": headers.get("content-type", "application/xml")}
    try:
        found = feedparser.parse(
            io.BytesIO(body), response_headers=told, sanitize_html=False, resolve_relative_uris=False
        )
    except _STUMBLES:
        return None
    if not found.get("version"):
        return None
    feed = found.feed
    site = _host(feed.get("link")) or _host(address)
    entries = tuple(_entry(one, feed, site) for one in found.entries[:MOST_ENTRIES])
    return Document(entries=entries, minutes=_minutes(feed))


def _narrow(body: bytes) -> bytes:
    """Return a document as bytes of which ASCII can be told, with no long runs of blanks before its first element."""
    for mark, encoding in _WIDE:
        if body.startswith(mark):
            text = body.decode(encoding, "replace").lstrip("\ufeff")
            end = text.find("?>") if text.startswith("<?xml") else -1
            body = (text[end + 2 :] if end >= 0 else text).encode("utf-8", "replace")
            break
    begin = re.search(rb"<\w", body)
    at = begin.start() if begin else len(body)
    return re.sub(rb"\s{2,}", b"\n", body[:at]).lstrip() + body[at:]


def _is_xml(body: bytes) -> bool:
    """Tell whether a document is well-formed and declares no entities.

    Raises:
        _HostileError: elements in elements, or attributes of one, as no feed has them.
    """
    parser = expat.ParserCreate()
    depth = 0

    def start(_name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST or len(attributes) > MOST_ATTRIBUTES:
            raise _HostileError

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def entity(*_: object) -> None:
        raise _EntityError

    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, entity
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, _EntityError, LookupError, ValueError):
        return False
    return True


def _entry(entry: Any, feed: Any, site: str | None) -> dict[str, Any]:
    """Return the parts of one entry."""
    source = entry.get("source")
    outlet = _host(source.get("href") or source.get("link")) if isinstance(source, dict) else None
    where = entry.get("where")
    point = where.get("coordinates") if isinstance(where, dict) and where.get("type") == "Point" else None
    lon, lat = point[:2] if isinstance(point, tuple) and len(point) >= 2 else (None, None)
    # Asked plainly: feedparser's own `get` gives one time for another, and warns of it.
    times = (dict.get(entry, name) for name in ("published", "updated", "created"))
    time = next((one for one in times if one), None)
    return {
        "id": _named(_short(entry.get("id"), MOST_ID) or _short(entry.get("link"), MOST_ID), site),
        "author": outlet or site,
        "time": _clean(time[:MOST_TIME]) if isinstance(time, str) else None,
        "text": _text(entry),
        "language": _short(
            entry.get("language") or entry.get("dc_language") or feed.get("language"), MOST_LANGUAGE
        ),
        "lon": lon,
        "lat": lat,
    }


def _named(own: str | None, site: str | None) -> str | None:
    """Return an id that no other feed gives: an address or URN as it is, another word under the feed's site."""
    return own if own is None or ":" in own else f"{site or ''}/{own}"


def _text(entry: Any) -> str:
    """Return title and words of an entry, without markup."""
    content = entry.get("content")
    said = content[0].get("value") if isinstance(content, list) and content else None
    parts = [entry.get("title"), said or entry.get("summary")]
    lines = [plain(_clean(part)[: 4 * MOST_TEXT] or "") for part in parts if isinstance(part, str)]
    if len(lines) == 2 and lines[1].startswith(lines[0]):
        lines = lines[1:]
    return "\n".join(line for line in lines if line)[:MOST_TEXT]


def _clean(value: object) -> Any:
    """Return a text that can be written as UTF-8; None for what is none."""
    return _SURROGATES.sub("\ufffd", value) if isinstance(value, str) else None


def _short(value: object, most: int) -> Any:
    """Return a text as `_clean` does, if it is no longer than such texts are: a feed's own go into every row."""
    return _clean(value) if isinstance(value, str) and len(value) <= most else None


def _host(address: object) -> str | None:
    """Return the host of an address without `www.`, or None."""
    if not isinstance(address, str):
        return None
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return None
    return _short(host.removeprefix("www."), MOST_HOST) if host else None


def _minutes(feed: Any) -> int | None:
    """Return the longest wait that the publisher asks for: `ttl` of RSS 2.0, `sy:updatePeriod` of RSS 1.0."""
    asked = []
    ttl = feed.get("ttl")
    if isinstance(ttl, str) and ttl.strip().isascii() and ttl.strip().isdigit():
        asked.append(int(ttl.strip()[:9]))
    period = feed.get("sy_updateperiod")
    if isinstance(period, str) and (minutes := _PERIODS.get(period.strip().lower())):
        often = str(feed.get("sy_updatefrequency", "1")).strip()
        often_ = int(often[:9]) if often.isascii() and often.isdigit() else 1
        asked.append(minutes // max(often_, 1))
    return max(asked, default=None)


def row(entry: Mapping[str, Any], **more: str) -> bytes:
    """Return an entry as a row of its stream: one JSON object; `more` is what the look at the feed adds."""
    return orjson.dumps({name: value for name, value in {**entry, **more}.items() if value is not None})
