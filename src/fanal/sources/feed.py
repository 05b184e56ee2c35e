"""Posts from feeds: RSS 0.9x, 1.0, 2.0 and Atom, many under one stream, each asked no oftener than its publisher wants.

A conditional GET (RFC 9110, 13.1) spares the publisher what did not change.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
import numpy as np
import orjson

from fanal.model.consent import Consent
from fanal.model.error import SettingError, UserError
from fanal.model.post import Reading
from fanal.sources.answer import ask, client, refuse
from fanal.sources.feed_document import document, row
from fanal.sources.judge import judge
from fanal.sources.live import MAX_ROW_BYTES, Inflow, LiveSource, LostError, Tools
from fanal.sources.option import option
from fanal.sources.parts import Parts, columns, degree, element, json_of
from fanal.sources.reason import Reason
from fanal.text.host import is_local

MOST_BYTES = 8 << 20
"""Of one feed, packed or not."""

MOST_SECONDS = 60.0
"""For one feed."""

HEARTBEAT = 30.0
"""Seconds after which a word is given though no feed is due."""

REFUSED_AGAIN = timedelta(hours=24)
"""A feed that was refused for good is asked again so much later, while others of its stream go on."""

NO_FEED = "no feed"
"""What a row says of an address that gives none."""

_HINT = "Look at the address in a browser; a feed is XML."


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """The options of a stream of feeds."""

    urls: tuple[str, ...] = option(..., "addresses of the feeds")
    every_minutes: int = option(15, "minutes between two looks at a feed", between=(5, 1440))
    slowest_minutes: int = option(
        180, "a feed that asks for a longer wait is looked at this often all the same", between=(5, 10_080)
    )
    plain_http: bool = option(False, "also read feeds by http, which others on the way can read and change")


@dataclass(slots=True, kw_only=True)
class _Feed:
    """Hold one feed while its stream is followed."""

    url: str
    key: str  # under which the cursor knows it
    due: datetime
    etag: str = ""
    modified: str = ""
    seen: list[str] = field(default_factory=list)  # digests of the entries of the last document
    failed: LostError | UserError | None = None

    @property
    def label(self) -> str:
        """Return the host with a short digest: the rest of an address may be a secret."""
        return f"{urlsplit(self.url).hostname}#{self.key[:8]}"


async def listen(options: Feeds, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
    """Yield the new entries of each feed at each look.

    The cursor is JSON: of each feed its ETag, its Last-Modified, and digests of the entries that its last document
    had. One feed that fails does not stop the others; when all fail, the stream is lost, or refused if all are.

    Raises:
        LostError: no feed can be reached now, or what comes is none; `after` keeps to each one's own interval.
        UserError: each feed was refused for good; an address is none.
    """
    feeds = _feeds(options, cursor, tools.clock())
    async with client(contact=tools.contact) as requests:
        while True:
            due = [feed for feed in feeds if feed.due <= tools.clock()]
            for feed in due:
                rows = await _look(requests, feed, options, tools)
                if rows or not all(one.failed for one in feeds):
                    yield Inflow(rows=rows, cursor=_cursor(feeds))
            if due and all(feed.failed for feed in feeds):
                raise _all_failed(feeds, tools.clock())
            wait = (min(feed.due for feed in feeds) - tools.clock()).total_seconds()
            if wait > 0:
                await tools.sleep(min(wait, HEARTBEAT))
                yield Inflow()


def _feeds(options: Feeds, cursor: str | None, now: datetime) -> list[_Feed]:
    """Return the feeds of a stream, as far as the cursor knows them."""
    if not options.urls:
        raise SettingError("The stream has no feed: urls is empty.", hint=_HINT)
    known = json_of(cursor or "")
    known = known if isinstance(known, dict) else {}
    feeds = []
    for url in dict.fromkeys(options.urls):
        _check(url, plain=options.plain_http)
        feed = _Feed(url=url, key=_digest(url), due=now)
        kept = known.get(feed.key)
        if isinstance(kept, dict):
            feed.etag, feed.modified = str(kept.get("etag", "")), str(kept.get("modified", ""))
            feed.seen = [str(one) for one in kept.get("seen", [])]
        feeds.append(feed)
    return feeds


def _check(url: str, *, plain: bool) -> None:
    """Refuse what is no address of a feed."""
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname, parts.scheme
    except ValueError:
        host, scheme = None, ""
    if not host or scheme not in ("https", "http") or "@" in parts.netloc:
        raise SettingError(
            "An address of a feed is none: it must begin with https:// and hold no user and password.",
            hint=_HINT,
        )
    if scheme == "http" and not plain and not is_local(host):
        raise SettingError(
            f"The feed at {host} is asked for by http, which others on the way can read and change.",
            hint="Give its https address, or set plain_http = true.",
        )


async def _look(requests: httpx.AsyncClient, feed: _Feed, options: Feeds, tools: Tools) -> list[bytes]:
    """Ask for one feed; return rows of its new entries, and say when it is due again."""
    every = timedelta(minutes=options.every_minutes)
    known = {"if-none-match": feed.etag, "if-modified-since": feed.modified}
    try:
        answer = await ask(
            requests,
            feed.url,
            what=feed.label,
            most=MOST_BYTES,
            seconds=MOST_SECONDS,
            headers={name: value for name, value in known.items() if value},
        )
        refuse(answer, what=feed.label, now=tools.clock(), hint=_HINT)
    except LostError as error:
        slowest = timedelta(minutes=options.slowest_minutes)
        wait = every if error.after is None else timedelta(seconds=min(error.after, slowest.total_seconds()))
        feed.failed, feed.due = error, tools.clock() + max(wait, every)
        return []
    except UserError as error:
        feed.failed, feed.due = error, tools.clock() + REFUSED_AGAIN
        return [_fault(feed)]
    feed.failed, feed.due = None, tools.clock() + every
    if answer.status == httpx.codes.NOT_MODIFIED:
        return []
    found = await asyncio.to_thread(document, answer.body, address=answer.address, headers=answer.headers)
    if found is None:
        # A page where a feed should be may be a notice of maintenance: it passes.
        feed.failed = LostError(f"{feed.label} gives no feed.")
        return [_fault(feed)]
    if found.minutes is not None:
        asked = timedelta(minutes=min(found.minutes, options.slowest_minutes))
        feed.due = tools.clock() + max(every, asked)
    feed.etag, feed.modified = answer.validators()
    before, feed.seen = set(feed.seen), []
    rows = []
    for entry in reversed(found.entries):  # feeds begin with the newest
        digest = _digest(entry["id"] or entry["text"])[:12]
        if digest not in before:
            rows.append(row(entry, seen=tools.clock().isoformat()))
        before.add(digest)
        feed.seen.append(digest)
    return rows


def _fault(feed: _Feed) -> bytes:
    """Return the row that says that an address gives no feed: it is rejected, and so can be seen."""
    return orjson.dumps({"feed": feed.label, "fault": NO_FEED})


def _all_failed(feeds: Sequence[_Feed], now: datetime) -> LostError | UserError:
    """Return the error of a stream of which every feed failed."""
    errors = [feed.failed for feed in feeds]
    lost = [error for error in errors if isinstance(error, LostError)]
    if not lost:
        first = errors[0]
        assert isinstance(first, UserError)  # noqa: S101 - every feed failed, and none of them is lost
        return UserError(f"No feed of the stream can be read: {first.sentence}", hint=first.hint)
    wait = max((feed.due - now).total_seconds() for feed in feeds if isinstance(feed.failed, LostError))
    return LostError(f"No feed of the stream can be read: {lost[0].sentence}", after=max(wait, 0.0))


def _cursor(feeds: Sequence[_Feed]) -> str:
    """Return how far each feed was read."""
    said = {feed.key: {"etag": feed.etag, "modified": feed.modified, "seen": feed.seen} for feed in feeds}
    return orjson.dumps(said).decode()


def _digest(text: str) -> str:
    """Return a short digest of a text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def read(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    """Return what became of each entry. One without a time is as old as the first look at it.

    >>> made = b'{"id": "7", "author": "a.example", "text": "The road is open.", "seen": "2014-08-03T05:00:00+00:00"}'
    >>> read([made], first=1, timezone=None).posts.to_pylist()[0]["author"]
    'a.example'
    """
    size = len(rows)
    made = [_parts(one) for one in rows]
    return judge(columns(made, np.arange(first, first + size)), timezone=timezone, position=first + size - 1)


def _parts(raw: bytes) -> tuple[Parts, Reason | None]:
    """Return the parts of one row, and what is wrong with it."""
    if len(raw) > MAX_ROW_BYTES:
        return {}, Reason.ROW_TOO_LONG
    found = element(raw)
    if isinstance(found, Reason):
        return {}, found
    if "fault" in found:
        return {}, Reason.NO_FEED
    text = found.get("text")
    if text is not None and not isinstance(text, str):
        return {}, Reason.TEXT_NOT_TEXT
    time = found.get("time") or found.get("seen")
    parts: Parts = {
        name: value if isinstance(value := found.get(name), str) else None
        for name in ("id", "author", "language")
    }
    parts |= {"text": text, "time": time if time is None or isinstance(time, str) else "?"}
    if "lon" in found or "lat" in found:
        parts["lon"], parts["lat"] = degree(found.get("lon")), degree(found.get("lat"))
    return parts, None


FEED = LiveSource(
    name="feed",
    what_for="RSS and Atom: newspapers, agencies, ReliefWeb, blogs; many addresses in one stream.",
    reference="https://www.rssboard.org/rss-specification, RFC 4287, https://www.georss.org",
    terms="Each publisher's own: a feed is published to be read by programs; texts stay the publisher's.",
    consents=frozenset({Consent.PUBLIC, Consent.PLATFORM}),
    options=Feeds,
    listen=listen,
    read=read,
    idle_seconds=300.0,
)
