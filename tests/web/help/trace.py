"""The search for traces of a word: every file below some folders, in each way in which a word may be written there."""

import gzip
import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

import pyarrow.parquet as pq

_MOST = 1 << 24  # bytes taken out of one compressed part: more is none of Fanal's small files
_STREAMS = {b"\x1f\x8b\x08": 31, b"\x78\x01": 15, b"\x78\x5e": 15, b"\x78\x9c": 15, b"\x78\xda": 15}
"""First bytes of gzip and zlib streams, with the window bits that zlib takes for each."""


def written(word: str) -> dict[str, bytes]:
    """Return a word's bytes in each way of writing it, by name."""
    return {
        "utf-8": word.encode(),
        "utf-16-le": word.encode("utf-16-le"),
        "utf-16-be": word.encode("utf-16-be"),
        "percent": quote(word, safe="").encode(),
        "percent, lower case": quote(word, safe="").lower().encode(),
        "plus": quote_plus(word).encode(),
        "json": json.dumps(word).strip('"').encode(),
        "repr of bytes": repr(word.encode())[2:-1].encode(),
        "hex": word.encode().hex().encode(),
    }


def traces(word: str, *folders: Path) -> list[tuple[str, str]]:
    """Return the name of each file in which a word stands, and how it is written there."""
    ways = written(word)
    found = []
    for folder in folders:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            told = str(path.relative_to(folder)).encode()
            parts = (told, *_parts(path))
            found += [(path.name, way) for way, text in ways.items() if any(text in part for part in parts)]
    return found


def _parts(path: Path) -> Iterator[bytes]:
    """Give a file's bytes, what is compressed in them, and the rows where it is a table."""
    content = path.read_bytes()
    yield content
    for magic, bits in _STREAMS.items():
        at = content.find(magic)
        while at >= 0:
            with suppress(zlib.error):  # bytes that only look like the start of a stream
                yield zlib.decompressobj(bits).decompress(content[at:], _MOST)
            at = content.find(magic, at + 1)
    if content.startswith(b"SQLite format 3"):  # a long value may be cut by the pages of the file
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as desk:
            yield "\n".join(desk.iterdump()).encode()
    if content.startswith(b"PAR1"):
        yield str(pq.read_table(path).to_pylist()).encode()


def planted(word: str, folder: Path) -> dict[str, str]:
    """Write a word into a folder in each way and container that a search has to see; return files by what they hold."""
    folder.mkdir()
    made = {}
    for number, (way, text) in enumerate(written(word).items()):
        (folder / f"{number}.log").write_bytes(b"before " + text + b" after")
        made[f"{number}.log"] = way
    (folder / "old.log.gz").write_bytes(gzip.compress(word.encode()))
    (folder / "inside.bin").write_bytes(b"first" + zlib.compress(word.encode()))
    (folder / word).write_bytes(b"")
    with closing(sqlite3.connect(folder / "desk.sqlite")) as desk, desk:
        desk.execute("CREATE TABLE kept (said TEXT)")
        desk.execute("INSERT INTO kept VALUES (?)", ("x" * 4000 + word + "x" * 9000,))
    return made | dict.fromkeys(("old.log.gz", "inside.bin", word, "desk.sqlite"), "utf-8")
