"""Posts of Bluesky and of all networks that speak the AT Protocol, as Jetstream streams them (one JSON event a row).

References: github.com/bluesky-social/jetstream (its README and section 5.1 of its docs), atproto.com/specs (AT URIs,
lexicons), docs.bsky.app/docs/advanced-guides/timestamps.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.consent import Consent
from fanal.model.error import SettingError, UserError
from fanal.model.post import Reading
from fanal.model.version import version_of
from fanal.sources.dictionary import unpacker
from fanal.sources.fields import BROKEN, strictly
from fanal.sources.judge import Columns, judge
from fanal.sources.live import MAX_ROW_BYTES, Inflow, LiveSource, LostError, Tools
from fanal.sources.option import option
from fanal.sources.parts import element
from fanal.sources.reason import FINE, Reason
from fanal.sources.times import read_times
from fanal.sources.websocket import messages

POSTS = "app.bsky.feed.post"
"""The collection of posts (lexicon of Bluesky)."""

EDIT = "update"
"""The operation that puts a record in the place of one; its `rev` tells it from others."""

REWIND = timedelta(seconds=10)
"""The stream goes on so long before its cursor: hosts stamp the same event at slightly different times."""

OLDEST_CLAIM = timedelta(days=1)
"""A post that is said to be older than this when it is first seen counts as of when it was seen."""

_FIRST_MICROS = 10**15  # a smaller number is no time to Jetstream, but a place in its own count of events
_LONGEST = {"did": 2048, "rkey": 512, "createdAt": 64, "lang": 35}  # by the protocol; BCP 47 for the last
_DAY = OLDEST_CLAIM // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class JetstreamOptions:
    """Hold what a workspace may choose."""

    hosts: tuple[str, ...] = option(
        (
            "wss://jetstream1.us-east.bsky.network/subscribe",
            "wss://jetstream2.us-east.bsky.network/subscribe",
            "wss://jetstream1.us-west.bsky.network/subscribe",
            "wss://jetstream2.us-west.bsky.network/subscribe",
        ),
        "addresses of servers with the same stream; one is drawn, the next ones are tried when it does not answer",
        schemes=("wss", "ws"),
    )
    languages: tuple[str, ...] = option(
        (), "only posts that say they are in one of these languages, or say none; empty: all posts"
    )
    dictionary: str = option(
        "", "path of the server's zstd dictionary; with it the stream comes compressed; empty: plain JSON"
    )


async def listen(options: JetstreamOptions, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
    """Yield events of posts from a cursor on: microseconds since 1970, as Jetstream counts them.

    Raises:
        LostError: no host answers, the connection was lost, or a host asks to wait.
        UserError: every host refuses for good, or a setting is wrong.
    """
    if not options.hosts:
        raise SettingError(
            "The setting hosts of a jetstream stream is empty.", hint="Leave it out for the defaults."
        )
    unpack = unpacker(Path(options.dictionary)) if options.dictionary else None
    first = int(tools.dice() * len(options.hosts))
    lost: LostError | None = None
    refused: UserError | None = None
    for host in options.hosts[first:] + options.hosts[:first]:
        heard = False
        what = f"The host {urlsplit(host).hostname}"
        hint = "Look at `hosts` in the stream's settings."
        address = _address(host, cursor=cursor, packed=unpack is not None)
        try:
            async with aclosing(
                messages(address, headers={}, what=what, tools=tools, hint=hint)
            ) as stretches:
                await anext(stretches)  # it stands; whether there is a Jetstream, its first event will say
                async for stretch in stretches:
                    heard = True
                    rows = [_fitting(unpack(one) if unpack else one) for one in stretch]
                    yield Inflow(rows=rows, cursor=_cursor(rows, now=tools.clock()))
        except LostError as error:
            lost = lost or error
            if heard:  # where a stream was lost in the middle is for the reconnect to say and to wait
                raise
        except UserError as error:
            refused = refused or error
            if heard:
                raise
    raise lost or refused or LostError("No host answers.")


def read(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    r"""Return what became of events: posts and their edits are read; likes, follows and notices are skipped.

    An edit is a post of its own, by `fanal.model.version`, of when Jetstream saw it. Deletions are skipped;
    `withdrawn` names their posts.

    The time of a post is `createdAt`, which is its client's claim, where it lies within the day before `time_us`, when
    Jetstream saw it; else it is `time_us`: nobody can date a post into the future or into weeks long counted.

    >>> row = (b'{"did":"did:plc:a","time_us":1407042000000000,"kind":"commit","commit":{"operation":"create",'
    ...        b'"collection":"app.bsky.feed.post","rkey":"3k","record":{"text":"The bridge is open."}}}')
    >>> reading = read([row, b'{"did":"did:plc:a","kind":"identity"}'], first=7, timezone=None)
    >>> reading.posts["id"].to_pylist(), reading.skipped.to_pylist(), reading.position
    (['at://did:plc:a/app.bsky.feed.post/3k'], [8], 8)
    """
    return read_by(JetstreamOptions(), rows, first=first, timezone=timezone)


def read_by(options: JetstreamOptions, rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    """Return what became of events, as `read` does; posts in other languages than those of the options are skipped."""
    del timezone  # a claim without a zone is no claim, and the server counts in UTC
    wanted = frozenset(_primary(language) for language in options.languages)
    size = len(rows)
    fault = np.full(size, FINE, np.int8)
    author: list[Any] = [None] * size
    key: list[Any] = [None] * size
    text: list[str | None] = [None] * size
    language: list[Any] = [None] * size
    claimed: list[Any] = [None] * size
    version = [""] * size
    seen = np.zeros(size, np.int64)
    gone: list[str] = []
    for place, row in enumerate(rows):
        event = _event(row)
        if isinstance(event, Reason):
            fault[place] = event.code
            continue
        commit: Any = event.get("commit")
        operation = _operation(commit)
        if operation == "delete":
            gone.append(f"at://{event.get('did')}/{POSTS}/{commit.get('rkey')}")
        told = _version(commit, operation)
        if told is None:
            continue
        record = commit.get("record")
        if type(record) is not dict or type(record.get("text")) is not str:
            fault[place] = Reason.TEXT_NOT_TEXT.code
            continue
        languages = record.get("langs")
        if wanted and not _in_languages(languages, wanted):
            continue
        text[place] = record["text"]
        author[place] = event.get("did")
        key[place] = commit.get("rkey")
        version[place] = told
        if operation != EDIT:  # of one the record says when the first version was made
            claimed[place] = record.get("createdAt")
        if type(languages) is list and languages:
            language[place] = languages[0]
        micros = event.get("time_us")
        if type(micros) is int and _FIRST_MICROS <= micros < 10 * _FIRST_MICROS:
            seen[place] = micros
    did, rkey = _texts(author, "did"), _texts(key, "rkey")
    columns = Columns(
        line=np.arange(first, first + size),
        fault=fault,
        id=_ids(did, rkey, version),
        author=did,
        time_text=pa.nulls(size, pa.string()),
        time_number=_times(_texts(claimed, "createdAt"), seen),
        text=pa.array(text, pa.large_string()),
        language=_texts(language, "lang"),
        lon=pa.nulls(size, pa.float64()),
        lat=pa.nulls(size, pa.float64()),
    )
    reading = judge(columns, timezone=None, position=first + size - 1)
    return replace(reading, withdrawn=pa.array(gone, pa.string()))


def _version(commit: Any, operation: object) -> str | None:
    """Return what stands behind the id of a post: for an edit what tells it; None: it is neither."""
    if operation == EDIT:
        return version_of("", commit.get("rev"))
    return "" if operation == "create" else None


def _ids(did: pa.StringArray, rkey: pa.StringArray, version: list[str]) -> pa.StringArray:
    """Return the address of each post, with what tells an edit."""
    posts = pc.binary_join_element_wise("at:/", did, POSTS, rkey, "/")
    return pc.binary_join_element_wise(posts, pa.array(version, pa.string()), "") if any(version) else posts


def _address(host: str, *, cursor: str | None, packed: bool) -> str:
    """Return the address that asks one host for posts from a cursor on."""
    asked = [("wantedCollections", POSTS), ("maxMessageSizeBytes", str(MAX_ROW_BYTES))]
    if packed:
        asked.append(("compress", "true"))
    if cursor is not None and cursor.isascii() and cursor.isdigit():
        asked.append(
            ("cursor", str(max(int(cursor[:16]) - REWIND // timedelta(microseconds=1), _FIRST_MICROS)))
        )
    parts = urlsplit(host)
    query = "&".join(part for part in (parts.query, urlencode(asked)) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/subscribe", query, ""))


def _fitting(row: bytes) -> bytes:
    """Return a row, empty where it is too long."""
    return row if len(row) <= MAX_ROW_BYTES else b""


def _cursor(rows: Sequence[bytes], *, now: datetime) -> str | None:
    """Return the time of the last row that has one; never a time to come, behind which nothing would be sent."""
    latest = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    for row in reversed(rows):
        event = _loads(row)
        micros = event.get("time_us") if type(event) is dict else None
        if type(micros) is int and micros >= _FIRST_MICROS:
            return str(min(micros, latest))
    return None


def _in_languages(languages: object, wanted: frozenset[str]) -> bool:
    """Tell whether a post is in one of some languages, or says none."""
    if type(languages) is not list or not languages:
        return True
    return any(type(one) is str and _primary(one) in wanted for one in languages)


def _primary(language: str) -> str:
    """Return a language without its region or script."""
    return language.strip().lower().replace("_", "-").split("-")[0]


def _times(claimed: pa.StringArray, seen: NDArray[np.int64]) -> pa.DoubleArray:
    """Return the time of each row in microseconds since 1970; null where the server gives none."""
    claim, wrong = read_times(claimed, pa.nulls(len(seen), pa.float64()), None)
    kept = (wrong == FINE) & (claim <= seen) & (claim >= seen - _DAY)
    # Below 2^53, so no microsecond is lost.
    return pa.array(np.where(kept, claim, seen).astype(np.float64), mask=seen == 0)


def _loads(row: bytes) -> Any:
    """Return what a row says, or None."""
    found = strictly(row)
    return None if found is BROKEN else found


def _event(row: bytes) -> Any:
    """Return what a row says, an object, or why it says nothing."""
    if not 0 < len(row) <= MAX_ROW_BYTES:
        return Reason.ROW_TOO_LONG
    return element(row)


def _operation(commit: Any) -> object:
    """Return what was done to a post; None: it is about something else."""
    return commit.get("operation") if type(commit) is dict and commit.get("collection") == POSTS else None


def _texts(values: list[Any], part: str) -> pa.StringArray:
    """Return those of some values that are texts, and not longer than the protocol allows; null for the others."""
    try:
        texts = pa.array(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # one of them is none: all are looked at
        texts = pa.array([value if type(value) is str else None for value in values], pa.string())
    return pc.if_else(pc.greater(pc.utf8_length(texts), _LONGEST[part]), None, texts)


JETSTREAM = LiveSource(
    name="jetstream",
    what_for="Bluesky and all other networks of the AT Protocol, through a Jetstream.",
    reference="https://github.com/bluesky-social/jetstream",
    terms="Bluesky's terms of service and developer guidelines (docs.bsky.app/docs/support/developer-guidelines): what "
    "somebody asks to be deleted is deleted (`fanal erase`), a contact is told, data are kept safe.",
    consents=frozenset({Consent.PUBLIC, Consent.PLATFORM}),
    options=JetstreamOptions,
    listen=listen,
    read=read,
    read_by=read_by,
)
