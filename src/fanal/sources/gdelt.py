"""Posts from GDELT: news pages of the world by theme, in files of fifteen minutes, from where the last one ended.

The files and their lists: blog.gdeltproject.org/gdelt-2-0-our-global-world-in-realtime.
"""

import asyncio
import hashlib
import io
import re
import zipfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import orjson

from fanal.model.consent import Consent
from fanal.model.error import SettingError
from fanal.sources.answer import Answer, ask, client, refuse
from fanal.sources.gkg import MISSING, THEMES_READ, read, wanted
from fanal.sources.live import MAX_ROWS, Inflow, LiveSource, LostError, Tools
from fanal.sources.option import option
from fanal.sources.parts import json_of
from fanal.sources.zipped import DAMAGED_OR_GONE

QUARTER = timedelta(minutes=15)
"""A file holds what was seen in so long."""

MOST_ZIP_BYTES = 64 << 20
"""Of one packed file; they have about 10 MB."""

MOST_BYTES = 128 << 20
"""Of one unpacked file; they have about 40 MB."""

MOST_LINES = 200_000
"""Of one unpacked file; they have a few thousand."""

MOST_LIST_BYTES = 8 << 20
"""Of the end of a list of all files: about 250 days."""

LINE_BYTES = 512
"""What a quarter of an hour takes in the list of all files, at most: three lines of about 110 bytes."""

AHEAD = timedelta(days=1)
"""A cursor that lies further ahead of the clock is of no file of GDELT's, and says nothing."""

YOUNG = timedelta(hours=1)
"""A file of so long ago that is not there, or not whole, may be on its way."""

YOUNG_SECONDS = 60.0
"""So long after a try such a file is asked for again."""

MOST_SECONDS = 300.0
"""For one file."""

HEARTBEAT = 60.0
"""Seconds after which a word is given though no file is due."""

_STAMP = "%Y%m%d%H%M%S"
_LINE = re.compile(rb"^\d+ ([0-9a-f]{32}) \S*/(\d{14})(\.translation)?\.gkg\.csv\.zip\s*$", re.MULTILINE)
_HINT = "Look at base_url: it is the folder that holds lastupdate.txt."


@dataclass(frozen=True, slots=True, kw_only=True)
class Gdelt:
    """The options of a stream of GDELT."""

    base_url: str = option("http://data.gdeltproject.org/gdeltv2", "folder of the files and their lists")
    themes: tuple[str, ...] = option(THEMES_READ, "themes of which a page has at least one")
    translated: bool = option(True, "also read pages that GDELT translated: all that are not in English")
    start_hours: int = option(0, "hours before the first look from which files are read", between=(0, 168))
    catch_up_hours: int = option(168, "of a longer pause only so many hours are caught up", between=(1, 720))
    every_minutes: int = option(5, "minutes between two looks for a new file", between=(1, 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edition:
    """Name the lists and files of one edition."""

    name: str
    last: str
    all: str
    middle: str


ENGLISH = _Edition(name="english", last="lastupdate.txt", all="masterfilelist.txt", middle="")
TRANSLATED = _Edition(
    name="translated",
    last="lastupdate-translation.txt",
    all="masterfilelist-translation.txt",
    middle=".translation",
)


async def listen(options: Gdelt, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
    """Yield the records with one of the themes, file by file.

    The cursor is JSON: of each edition the time of the last file that was read whole. A file that the list names and
    the server has not, or whose MD5 is not the list's at a second try either, gives one row that says so, once it is
    an hour old.

    Raises:
        LostError: the server cannot be reached now, or a file of the last hour is not there as it is listed.
        UserError: there are no such lists.
    """
    _check(options)
    done = _done(cursor)
    async with client(contact=tools.contact) as requests:
        look = _Look(requests, options, tools)
        while True:
            for edition in (ENGLISH, TRANSLATED)[: 1 + options.translated]:
                for stamp, digest in (await look.files(edition, done.get(edition.name))).items():
                    rows = await look.rows(edition, stamp, digest)
                    for at in range(0, max(len(rows) - MAX_ROWS, 0), MAX_ROWS):
                        yield Inflow(rows=rows[at : at + MAX_ROWS])
                    done[edition.name] = stamp
                    last = (len(rows) - 1) // MAX_ROWS * MAX_ROWS if rows else 0
                    yield Inflow(rows=rows[last:], cursor=orjson.dumps(done).decode())
            due = tools.clock() + timedelta(minutes=options.every_minutes)
            yield Inflow()
            while (wait := (due - tools.clock()).total_seconds()) > 0:
                await tools.sleep(min(wait, HEARTBEAT))
                yield Inflow()


class _Look:
    """Ask one server for lists and files."""

    def __init__(self, requests: httpx.AsyncClient, options: Gdelt, tools: Tools) -> None:
        self._requests = requests
        self._options = options
        self._tools = tools
        self._what = f"GDELT at {urlsplit(options.base_url).hostname}"

    async def files(self, edition: _Edition, after: str | None) -> Mapping[str, str]:
        """Return the files of an edition that are due, oldest first: time and MD5."""
        newest = listed(await self._list(edition.last, None), edition.middle)
        if not newest:
            raise LostError(f"{self._what}: {edition.last} names no file.")
        now = self._tools.clock()
        # One that is ahead waits for the clock: behind it as a cursor, all until then would be missed.
        last = max((stamp for stamp in newest if stamp <= now.strftime(_STAMP)), default=None)
        if last is None:
            return {}
        if after is None:
            begin = now - timedelta(hours=self._options.start_hours)
            if not self._options.start_hours:
                return {last: newest[last]}
            after = begin.strftime(_STAMP)
        oldest = (now - timedelta(hours=self._options.catch_up_hours)).strftime(_STAMP)
        after = oldest if after > (now + AHEAD).strftime(_STAMP) else max(after, oldest)
        if last <= after:
            return {}
        pause = _time(last) - _time(after)
        if pause <= QUARTER:
            return {last: newest[last]}
        tail = min(MOST_LIST_BYTES, LINE_BYTES * (8 + int(pause / QUARTER)))
        known = {**listed(await self._list(edition.all, tail), edition.middle), **newest}
        return {stamp: known[stamp] for stamp in sorted(known) if after < stamp <= last}

    async def rows(self, edition: _Edition, stamp: str, digest: str) -> list[bytes]:
        """Return the records of a file with one of the themes."""
        name = f"{stamp}{edition.middle}.gkg.csv.zip"
        for _ in range(2):
            answer = await self._get(name, most=MOST_ZIP_BYTES)
            if answer.status == httpx.codes.NOT_FOUND:
                self._wait_for_young(stamp, name)
                break
            refuse(answer, what=f"{self._what}, {name}", now=self._tools.clock(), hint=_HINT)
            if hashlib.md5(answer.body, usedforsecurity=False).hexdigest() == digest:
                records = await asyncio.to_thread(unpacked, answer.body)
                if records is None:
                    break
                return await asyncio.to_thread(wanted, records, self._options.themes)
        else:
            self._wait_for_young(stamp, name)
        return [MISSING + name.encode()]

    def _wait_for_young(self, stamp: str, name: str) -> None:
        """Raise for a file that may still come: `LostError`, until it is as old as `YOUNG`."""
        if self._tools.clock() - _time(stamp) < YOUNG:
            raise LostError(f"{self._what}: {name} is not there as it is listed.", after=YOUNG_SECONDS)

    async def _list(self, name: str, tail: int | None) -> bytes:
        """Return a list, or so many bytes of its end."""
        answer = await self._get(name, most=MOST_LIST_BYTES + LINE_BYTES, tail=tail)
        refuse(answer, what=f"{self._what}, {name}", now=self._tools.clock(), hint=_HINT)
        return answer.body

    async def _get(self, name: str, *, most: int, tail: int | None = None) -> Answer:
        """Ask for a file of the folder."""
        return await ask(
            self._requests,
            f"{self._options.base_url.rstrip('/')}/{name}",
            what=f"{self._what}, {name}",
            most=most,
            seconds=MOST_SECONDS,
            # A part of a packed body could not be unpacked.
            headers={"range": f"bytes=-{tail}", "accept-encoding": "identity"} if tail else None,
        )


def listed(text: bytes, middle: str) -> dict[str, str]:
    """Return the files of an edition that a list names: time and MD5. Lines of other files are passed over.

    >>> listed(b"9 0123456789abcdef0123456789abcdef http://a.example/20140803050000.gkg.csv.zip", "")
    {'20140803050000': '0123456789abcdef0123456789abcdef'}
    """
    return {
        stamp.decode(): digest.decode()
        for digest, stamp, between in _LINE.findall(text)
        if between.decode() == middle and _is_time(stamp.decode())
    }


def unpacked(body: bytes) -> list[bytes] | None:
    """Return the lines of the one file in a zip, or None for what is none, or is larger than files are."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            names = packed.namelist()
            if len(names) != 1:
                return None
            with packed.open(names[0]) as file:
                data = file.read(MOST_BYTES + 1)
    except DAMAGED_OR_GONE:
        return None
    if len(data) > MOST_BYTES or data.count(b"\n") > MOST_LINES:
        return None
    return [line for line in data.split(b"\n") if line]


def _check(options: Gdelt) -> None:
    """Refuse a wrong address and an empty list of themes."""
    parts = urlsplit(options.base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise SettingError("The setting base_url of the stream is no http or https address.", hint=_HINT)
    if not options.themes or not all(re.fullmatch(r"[A-Z0-9_-]{2,100}", theme) for theme in options.themes):
        raise SettingError(
            "The setting themes of the stream must name themes such as REFUGEES.",
            hint="GDELT's list of themes is named in docs/sources/gdelt.md.",
        )


def _done(cursor: str | None) -> dict[str, str]:
    """Return the time of the last file of each edition."""
    said = json_of(cursor or "")
    if not isinstance(said, dict):
        return {}
    return {name: stamp for name, stamp in said.items() if isinstance(stamp, str) and _is_time(stamp)}


def _is_time(stamp: str) -> bool:
    """Tell whether digits are a time."""
    try:
        _time(stamp)
    except ValueError:
        return False
    return True


def _time(stamp: str) -> datetime:
    """Return the time of a file."""
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


GDELT = LiveSource(
    name="gdelt",
    what_for="News pages of the world on trafficking, kidnapping and flight: titles, themes and places.",
    reference="http://data.gdeltproject.org/documentation/GDELT-Global_Knowledge_Graph_Codebook-V2.1.pdf",
    terms="GDELT Project, gdeltproject.org/about.html: free for any use; cite the GDELT Project and link to it.",
    consents=frozenset({Consent.PUBLIC}),
    options=Gdelt,
    listen=listen,
    read=read,
    idle_seconds=2 * MOST_SECONDS + 60.0,
)
