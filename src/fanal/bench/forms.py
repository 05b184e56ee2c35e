"""The forms of posts: how fast each export and each live source is read, beside parsing alone of the same bytes."""

import csv
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO, StringIO
from itertools import count
from pathlib import Path
from xml.parsers import expat
from zipfile import ZipFile

import orjson

from fanal.bench.exports import FILES, ROWS
from fanal.bench.figure import Work
from fanal.sources.catalogue import POST_SOURCES, PostSource
from fanal.sources.live import MAX_ROWS, LiveSource
from fanal.sources.mapping import FieldMapping
from fanal.sources.streams import LIVE_SOURCES

POSTS = 100_000
LARGE = 10
"""A record of GDELT is as large as so many posts and more: there are so many times fewer of them."""

LEAST = 0.9
"""Share of the posts that must be read as such, or the figure would be of something else."""

MAPPING = FieldMapping(timezone="Asia/Baghdad")


def works(folder: Path, *, posts: int = POSTS) -> Iterator[Work]:
    """Yield the work of reading each form, and of parsing it alone.

    Args:
        folder: an empty one for the files.
        posts: in each; of GDELT, whose records are large, a tenth.

    Raises:
        ValueError: a form is not read as posts.
    """
    for source in POST_SOURCES:
        if source.name in FILES:
            yield from _of_file(source, folder, posts)
    for live in LIVE_SOURCES:
        if live.name in ROWS:
            yield from _of_rows(live, posts)


def bare(name: str) -> str:
    """Return the name of the figure of parsing a form alone."""
    return f"{name}, parsed alone"


def _of_file(source: PostSource, folder: Path, posts: int) -> Iterator[Work]:
    """Yield the works of an export."""
    content = FILES[source.name](posts)
    file = folder / f"{source.name}{source.suffixes[0]}"
    file.write_bytes(content)

    def read() -> int:
        return sum(len(reading.posts) for reading in source.read(file, mapping=MAPPING))

    _require(source.name, read(), posts)
    run, what = _parsed(source.name, content)
    yield Work(name=source.name, run=read, posts=posts, what="the file to batches of posts")
    yield Work(name=bare(source.name), run=run, posts=posts, peer_of=source.name, what=what)


def _of_rows(source: LiveSource, posts: int) -> Iterator[Work]:
    """Yield the works of a live source."""
    is_table = source.name == "gdelt"
    posts = max(posts // LARGE, 1) if is_table else posts
    rows = [ROWS[source.name](number) for number in range(posts)]

    def read() -> int:
        return sum(
            len(source.read(rows[at : at + MAX_ROWS], first=at + 1, timezone="UTC").posts)
            for at in range(0, posts, MAX_ROWS)
        )

    _require(source.name, read(), posts)
    yield Work(name=source.name, run=read, posts=posts, what="rows to batches of posts")
    yield Work(
        name=bare(source.name),
        run=(lambda: _split(rows)) if is_table else (lambda: _loaded(rows)),
        posts=posts,
        peer_of=source.name,
        what="each row cut at its tabs by Python" if is_table else "orjson.loads of each row",
    )


def _loaded(rows: Sequence[bytes]) -> int:
    """Parse each row, and keep nothing of it."""
    return sum(1 for row in rows if orjson.loads(row) is not None)


def _split(rows: Sequence[bytes]) -> int:
    """Cut each row at its tabs, and keep nothing of it."""
    return sum(len(row.split(b"\t")) for row in rows)


def _parsed(name: str, content: bytes) -> tuple[Callable[[], object], str]:
    """Return what parses a file's bytes and does nothing else, and how it is called."""
    if name == "excel":
        return lambda: _parsed_xml(content), "expat of Python, each element handed over and left"
    if name in ("csv", "content_library"):
        return lambda: sum(1 for _ in csv.reader(StringIO(content.decode()))), "csv.reader of Python"
    if name == "whatsapp":
        return lambda: content.decode().splitlines(), "decoded and cut into lines by Python"
    return lambda: orjson.loads(content), "orjson.loads of the whole file, all of it in memory"


def _parsed_xml(content: bytes) -> int:
    """Return how many elements the sheet and the shared texts of a workbook have."""
    seen = count()
    with ZipFile(BytesIO(content)) as archive:
        for name in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
            parser = expat.ParserCreate()
            parser.buffer_text = True
            parser.StartElementHandler = lambda _name, _has: next(seen)
            parser.CharacterDataHandler = lambda _text: None
            parser.Parse(archive.read(name), True)
    return next(seen)


def _require(name: str, found: int, posts: int) -> None:
    """Refuse a figure of rows that are no posts."""
    if found < LEAST * posts:
        raise ValueError(f"Of {posts:,} posts as {name} only {found:,} are read.")
