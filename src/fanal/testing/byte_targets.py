"""Byte targets: the parsers of the sources that bytes from outside reach, each with what holds for any bytes.

A fuzzer (`tools/fuzz_sources.py`) and the tests give them bytes; an exception is a finding.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fanal.model.error import UserError
from fanal.sources import signed_cavage
from fanal.sources.catalogue import POST_SOURCES, PostSource
from fanal.sources.dictionary import unpacker
from fanal.sources.event_stream import Event, EventStream
from fanal.sources.feed_document import MOST_ENTRIES, MOST_TEXT, document
from fanal.sources.gdelt import listed, unpacked
from fanal.sources.gkg import THEMES_READ, wanted
from fanal.sources.live import MAX_ROW_BYTES, LiveSource
from fanal.sources.message import FORMS, rows_of
from fanal.sources.signed import Delivery, UnsignedError
from fanal.sources.streams import LIVE_SOURCES
from fanal.testing.check_live import check_rows
from fanal.testing.check_source import check_file

MOST_ROWS = 3
"""Rows that the bytes of a live source are cut into."""

NOW = datetime(2014, 8, 3, 5, tzinfo=UTC)
_URL = "https://fanal.example.org/inbox/partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Hold one parser, with what must hold."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]  # bytes as they should be, to begin with


def targets(samples: Path, scratch: Path) -> Mapping[str, Target]:
    """Return the targets by name.

    Args:
        samples: folder with `samples/` of files and `live/samples/` of rows.
        scratch: a folder where files may be written.
    """
    made: dict[str, Target] = {}
    for source in LIVE_SOURCES:
        rows = (samples / "live" / "samples" / f"{source.name}.rows").read_bytes()
        first = next(
            row for row in rows.split(b"\n") if source.read([row], first=1, timezone="UTC").posts.num_rows
        )
        seeds = (rows, *(row for row in rows.split(b"\n") if row))
        made[f"rows-{source.name}"] = Target(run=partial(_rows, source, first), seeds=seeds)
    for form in POST_SOURCES:
        files = sorted((samples / "samples").glob(f"{form.name}*"))
        file = scratch / f"{form.name}{form.suffixes[0]}"
        made[f"file-{form.name}"] = Target(
            run=partial(_file, form, file), seeds=tuple(one.read_bytes() for one in files)
        )
    posts = (samples / "live" / "samples" / "mastodon.rows").read_bytes()
    made["events"] = Target(
        run=_events, seeds=(b"\x07:)\nevent: update\ndata: {}\n\ndata: a\r\ndata: b\r\n\r\n",)
    )
    made["messages"] = Target(
        run=_messages, seeds=(posts, b'{"type": "Collection", "items": [{}]}', b"{\n}\n")
    )
    made["frames"] = _frames(posts, scratch)
    made["feed"] = Target(run=_feed, seeds=FEEDS)
    made["gdelt-list"] = Target(run=_listed, seeds=(LISTED,))
    made["gdelt-zip"] = Target(run=_zip, seeds=_zips())
    gkg = (samples / "live" / "samples" / "gdelt.rows").read_bytes()
    made["gdelt-themes"] = Target(run=_themes, seeds=(gkg,))
    made["signature"] = Target(run=_signed, seeds=SIGNATURES)
    return made


def _rows(source: LiveSource, beside: bytes, data: bytes) -> None:
    """Read rows that stand between line ends; the last one keeps its own."""
    check_rows(source, data.split(b"\n", MOST_ROWS - 1), beside)


def _file(source: PostSource, file: Path, data: bytes) -> None:
    """Read a file."""
    file.write_bytes(data)
    check_file(source, file)


def _events(data: bytes) -> None:
    """Cut server-sent events, in pieces and whole, with the same result."""
    step, body = (data[0] or 1) if data else 1, data[1:]
    whole, pieces = EventStream(), EventStream()
    once: list[Event] = whole.take(body)
    parts = [one for at in range(0, len(body), step) for one in pieces.take(body[at : at + step])]
    _hold(once == parts and whole.lines == pieces.lines, "events depend on how their bytes arrive")
    _hold(all(one.data is None or len(one.data) <= MAX_ROW_BYTES for one in once), "an event is too long")


def _messages(data: bytes) -> None:
    """Cut a broker's message into rows: each has no line end of its own unless it is no JSON."""
    for form in FORMS:
        _hold(
            any(True for _ in rows_of(data, form)) or form == "activitystreams", f"{form}: a message is lost"
        )
    _hold(all(b"\n" not in row for row in rows_of(data, "jsonl")), "a row holds a line end")


def _frames(posts: bytes, scratch: Path) -> Target:
    """Unpack messages that were packed with a dictionary."""
    rows = posts.split(b"\n")
    held = zstandard.train_dictionary(4096, [row[:size] for row in rows for size in range(64, len(row), 8)])
    file = scratch / "dictionary"
    file.write_bytes(held.as_bytes())
    unpack = unpacker(file)
    packed = tuple(zstandard.ZstdCompressor(dict_data=held).compress(row) for row in rows)

    def run(data: bytes) -> None:
        try:
            made = unpack(data)
        except UserError as error:
            _hold("dictionary" in error.sentence, "a message is refused for something else")
            return
        _hold(len(made) <= MAX_ROW_BYTES or made == data, "a message unpacks to more than a row")

    return Target(run=run, seeds=(*packed, b"{}"))


def _feed(data: bytes) -> None:
    """Read a feed: what it gives is bounded, and can be written."""
    found = document(data, address="https://news.example/rss", headers={})
    if found is not None:
        _hold(len(found.entries) <= MOST_ENTRIES, "a feed gives too many entries")
        for entry in found.entries:
            _hold(len(entry["text"]) <= MOST_TEXT, "an entry is too long")
            str({name: value for name, value in entry.items() if value is not None}).encode()


def _listed(data: bytes) -> None:
    """Read a list of files of GDELT."""
    for middle in ("", ".translation"):
        _hold(all(len(one) == 14 for one in listed(data, middle)), "a file has no time")


def _zip(data: bytes) -> None:
    """Unpack a file of GDELT."""
    _hold(all(unpacked(data) or [b"x"]), "a line is empty")


def _themes(data: bytes) -> None:
    """Choose records by their themes."""
    records = data.split(b"\n")
    _hold(set(wanted(records, THEMES_READ)) <= set(records), "a record is made up")


def _signed(data: bytes) -> None:
    """Verify a delivery whose date and names are anything, signed by somebody who is known."""
    date, _, rest = data.partition(b"\n")
    names, _, body = rest.partition(b"\n")
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    headers = {"host": "x", "date": date.decode("latin-1"), "digest": f"SHA-256={digest}"}
    known = {"(request-target)": "post /inbox/partner", **headers, "host": "fanal.example.org"}
    covered = [*signed_cavage.ALWAYS, *names.decode("latin-1").split()]
    base = "\n".join(f"{name}: {known.get(name, '').strip(' ' + chr(9))}" for name in covered)
    sign = base64.b64encode(key.sign(base.encode())).decode()
    said = f'keyId="k",algorithm="hs2019",headers="{" ".join(covered)}",signature="{sign}"'
    lines = [*headers.items(), ("signature", said)]
    window = timedelta(minutes=5)
    try:
        signed_cavage.verify(
            Delivery(headers=lines, body=body), url=_URL, keys={"k": key.public_key()}, now=NOW, window=window
        )
    except UnsignedError as error:
        _hold(bool(error.sentence), "a refusal without a sentence")


def _hold(kept: bool, promise: str) -> None:
    """Raise for a promise that is not kept."""
    if not kept:
        raise AssertionError(promise)


def _zips() -> tuple[bytes, ...]:
    """Return files as GDELT packs them, by each method that a zip may have."""
    made: list[bytes] = []
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", method) as packed:
            packed.writestr("20140803050000.gkg.csv", b"a\tb\nc\td\n")
        made.append(held.getvalue())
    return tuple(made)


_RSS = (
    b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0' xmlns:georss='http://www.georss.org/georss'>"
    b"<channel><link>https://news.example</link><ttl>60</ttl><item><guid>7</guid><title>Roads &amp; bridges"
    b"</title><pubDate>Sun, 03 Aug 2014 05:00:00 GMT</pubDate><description><![CDATA[<p>Closed.</p>]]>"
    b"</description><georss:point>36.3 43.1</georss:point></item></channel></rss>"
)
_ATOM = (
    b"<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'><entry><id>tag:news.example,2014:7</id>"
    b"<updated>2014-08-03T05:00:00Z</updated><title type='html'>Roads</title><content type='xhtml'>"
    b"<div xmlns='http://www.w3.org/1999/xhtml'>Closed.</div></content></entry></feed>"
)
FEEDS = (_RSS, _ATOM)
LISTED = (
    b"9 0123456789abcdef0123456789abcdef http://a.example/20140803050000.gkg.csv.zip\n"
    b"9 0123456789abcdef0123456789abcdef http://a.example/20140803050000.translation.gkg.csv.zip\n"
)
SIGNATURES = (
    b"Sun, 03 Aug 2014 05:00:00 GMT\n\n{}",
    b"Sun, 03 Aug 2014 05:00:00 +0300\ncontent-type\n{}",
)
