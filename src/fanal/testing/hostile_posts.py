"""Hostile posts: files that are broken, huge, of another kind, or that change while they are read."""

import gzip
import os
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fanal.bench.workbook_file import parts, workbook
from fanal.testing.hostile import Case

GIGABYTE = 1 << 30
BOMB_BYTES = 100 << 20
DEEP = 100_000
GROWING = 20_000
"""Lines that a growing file ends with."""


def good(n: int = 0, more: str = "") -> str:
    """Return a line with a sound post."""
    return f'{{"id": "good-{n}", "time": "2014-08-03T05:00:00Z", "text": "A quiet day."{more}}}\n'


def among(line: bytes) -> bytes:
    """Return a line between two sound ones."""
    return good(1).encode() + line + b"\n" + good(2).encode()


def row(fields: str) -> bytes:
    """Return a line with an id and some fields, between two sound ones."""
    return among(f'{{"id": "odd", {fields}}}'.encode())


def file(name: str, content: bytes) -> Callable[[Path], Path]:
    """Return what makes a file."""

    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def posts(content: bytes) -> Callable[[Path], Path]:
    """Return what makes a file of JSON Lines."""
    return file("posts.jsonl", content)


def _zipped(*members: str | bytes) -> Callable[[Path], Path]:
    """Return what makes a zip of names and contents."""

    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "chat.zip", "w") as archive:
            for name, content in zip(members[::2], members[1::2], strict=True):
                archive.writestr(str(name), content)
        return folder / "chat.zip"

    return make


def _folder(folder: Path) -> Path:
    """Return a folder."""
    (folder / "posts.jsonl").mkdir()
    return folder / "posts.jsonl"


def _fifo(folder: Path) -> Path:
    """Return a named pipe into which nobody writes."""
    os.mkfifo(folder / "posts.jsonl")
    return folder / "posts.jsonl"


def _device(folder: Path) -> Path:
    """Return a link to a device that never ends."""
    (folder / "posts.jsonl").symlink_to("/dev/zero")
    return folder / "posts.jsonl"


def _no_name(folder: Path) -> Path:
    """Return a sound file whose name is not UTF-8."""
    path = Path(os.fsdecode(os.fsencode(folder) + b"/posts-\xff.jsonl"))
    path.write_text(good(), encoding="utf-8")
    return path


def _gigabyte(folder: Path) -> Path:
    """Return a file with a line of a gigabyte between two sound ones; a hole, so it needs no room on the disk."""
    path = folder / "posts.jsonl"
    with path.open("wb") as out:
        out.write(good(1).encode() * 100)
        out.seek(GIGABYTE, os.SEEK_CUR)
        out.write(b"\n" + good(2).encode())
    return path


@contextmanager
def _growing(path: Path, _workspace: Path) -> Iterator[None]:
    """Append lines, in pieces that end anywhere, while the block runs; all are there when it ends."""
    rest = "".join(good(n) for n in range(1, GROWING)).encode()
    step = 70_001

    def write() -> None:
        for at in range(0, len(rest), step):
            with path.open("ab") as out:
                out.write(rest[at : at + step])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        writer.join()


@contextmanager
def _unreadable(path: Path, _workspace: Path) -> Iterator[None]:
    """Take a file's text away while it is read: it is cut to nothing as soon as it is opened."""
    mode = stat.S_IMODE(path.stat().st_mode)
    path.write_bytes(path.read_bytes()[: len(good(0)) + 20])
    yield
    path.chmod(mode)


CSV = b"id,time,text\n1,2014-08-03T05:00:00Z,A quiet day.\n"
TELEGRAM = (
    b'{"name": "a", "type": "public_channel", "id": 1, "messages": ['
    b'{"id": 1, "type": "message", "date_unixtime": "1407042000", "text": "A quiet day."},'
    b'{"id": 2, "type": "message", "date_unixtime": "1407042060", "text": "Anoth'
)
BIG_NUMBERS = (
    b'{"chats": {"list": [{"name": "a", "type": "public_channel", "id": 1, "pinned": 1e999, "messages": ['
    b'{"id": 1, "type": "message", "date_unixtime": "1407042000", "text": "A quiet day.", "width": 1e999},'
    b'{"id": 2, "type": "message", "date_unixtime": 1e999, "text": "Another."}]}]}}'
)
TALK = (
    b'{"participants": [{"name": "a"}, {"name": "b"}], "messages": ['
    b'{"sender_name": "a", "timestamp_ms": 1407042000000, "content": "Left alone."}]}'
)
OUTBOX = (
    b'{"type": "OrderedCollection", "orderedItems": ['
    b'{"type": "Note", "id": "1", "published": "2014-08-03T05:00:00Z", "to": "as:Public", "content": "A quiet day."},'
    b'{"type": "Note", "id": "2", "published": "2014-08-03T05:00:00Z", "to": "x", "content": "Left alone."}]}'
)

TIME = "2014-08-03T05:00:00Z"
SHEET: tuple[tuple[str | int, ...], ...] = (("id", "time", "text"), (1, TIME, "A quiet day."))
FAR = (
    '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    '<row r="1048576"><c r="A1048576"><v>1407042000</v></c><c r="XFD1048576"><v>1</v></c></row></sheetData>'
)

POSTS: tuple[Case, ...] = (
    Case(name="an empty file", make=posts(b"")),
    Case(name="nothing but blank lines", make=posts(b"\n \n\n")),
    Case(name="a file that is not there", make=lambda folder: folder / "posts.jsonl"),
    Case(name="a folder", make=_folder),
    Case(name="a named pipe (FIFO)", make=_fifo),
    Case(name="a device", make=_device),
    Case(name="a file whose name is not UTF-8", make=_no_name),
    Case(name="a picture", make=file("posts.jsonl", b"\x89PNG\r\n\x1a\n" + bytes(64))),
    Case(name="a zip archive", make=file("posts.jsonl", b"PK\x03\x04" + bytes(64))),
    Case(name="a web page", make=file("posts.jsonl", b"<!DOCTYPE html><html></html>")),
    Case(name="one JSON array", make=posts(b'[{"id": 1}, {"id": 2}]')),
    Case(
        name="fields with other names", make=posts(b'{"id": 1, "time": 1407042000, "words": "Hello."}\n' * 20)
    ),
    Case(name="UTF-16 with its mark", make=posts(good().encode("utf-16"))),
    Case(name="UTF-16 without a mark", make=posts(good().encode("utf-16-le"))),
    Case(name="UTF-8 with a byte order mark", make=posts(b"\xef\xbb\xbf" + good().encode())),
    Case(
        name="a line in Latin-1",
        make=posts(row('"time": 1407042000, "text": "na').replace(b"na", b'na\xe9"}', 1)),
    ),
    Case(name="a file cut in its last line", make=posts(good(1).encode() + good(2).encode()[:-20])),
    Case(name="half a surrogate pair", make=posts(row('"time": 1407042000, "text": "\\ud800"'))),
    Case(
        name="right-to-left overrides in text and id",
        make=posts(row('"id": "\u202e1", "time": 1407042000, "text": "\u202e\u2066Hello\u2069"')),
    ),
    Case(
        name="NUL bytes in a line", make=posts(among(b'{"id": "odd", "text": "a\x00b", "time": 1407042000}'))
    ),
    Case(name="an escaped NUL in a text", make=posts(row('"time": 1407042000, "text": "a\\u0000b"'))),
    Case(name="a hundred thousand brackets", make=posts(row(f'"text": "a", "x": {"[" * DEEP}{"]" * DEEP}'))),
    Case(name="a line of one gigabyte", make=_gigabyte),
    Case(name="ids beyond 64 bits", make=posts(row(f'"id": {10**20}, "time": 1407042000, "text": "a"'))),
    Case(name="a number that is too big for a float", make=posts(row('"time": 1e999, "text": "a"'))),
    Case(name="a date in 1969", make=posts(row('"time": "1969-07-20T20:17:00Z", "text": "a"'))),
    Case(name="a date in 9999", make=posts(row('"time": "9999-12-31T23:59:59Z", "text": "a"'))),
    Case(name="a date without a zone", make=posts(row('"time": "2014-08-03 05:00", "text": "a"'))),
    Case(name="a date that is none", make=posts(row('"time": "the day after", "text": "a"'))),
    Case(name="no date", make=posts(row('"text": "a"'))),
    Case(name="a text that is a list", make=posts(row('"time": 1407042000, "text": ["a"]'))),
    Case(name="no text", make=posts(row('"time": 1407042000'))),
    Case(
        name="swapped coordinates",
        make=posts(row('"time": 1407042000, "text": "a", "lon": 36.3, "lat": 143.1')),
    ),
    Case(
        name="coordinates out of range",
        make=posts(row('"time": 1407042000, "text": "a", "lon": 743.1, "lat": 36.3')),
    ),
    Case(
        name="a point on null island",
        make=posts(row('"time": 1407042000, "text": "a", "lon": 0.0, "lat": 0.0')),
    ),
    Case(name="one coordinate", make=posts(row('"time": 1407042000, "text": "a", "lon": 43.1'))),
    Case(name="the same lines twice", make=posts((good(1) + good(2)).encode() * 2)),
    Case(name="one id with two texts", make=posts((good(1) + good(1).replace("quiet", "windy")).encode())),
    Case(
        name="a gzip bomb",
        make=file("posts.jsonl.gz", gzip.compress(good().encode() * 10 + b" " * BOMB_BYTES)),
    ),
    Case(
        name="a gzip file that breaks off",
        make=file("posts.jsonl.gz", gzip.compress("".join(map(good, range(999))).encode())[:-200]),
    ),
    Case(name="a file that grows while it is read", make=posts(good().encode()), during=_growing, again=True),
    Case(
        name="a file that was cut since it was written", make=posts(good(1).encode() * 2), during=_unreadable
    ),
    Case(name="CSV without a column for the text", make=file("posts.csv", b"id,time,words\n1,2,3\n")),
    Case(
        name="CSV with a quote that is never closed",
        make=file("posts.csv", CSV + b'2,2014-08-03T05:00:00Z,"open\n3,2014-08-03T05:00:00Z,fine\n'),
    ),
    Case(
        name="CSV with too many columns",
        make=file("posts.csv", CSV + b"2,2014-08-03T05:00:00Z,a,b\n" + CSV[13:]),
    ),
    Case(name="CSV with NUL bytes", make=file("posts.csv", CSV + b"2,2014-08-03T05:00:00Z,a\x00b\n")),
    Case(
        name="a Telegram export that breaks off",
        make=file("result.json", TELEGRAM),
        verb=("read", "FILE", "--format", "telegram"),
    ),
    Case(name="a Telegram export with numbers that are too big", make=file("result.json", BIG_NUMBERS)),
    Case(
        name="a WhatsApp chat whose dates fit two orders",
        make=file("_chat.txt", b"[5/3/20, 10:00:00] Ana: A quiet day.\n"),
    ),
    Case(
        name="a WhatsApp chat with a year of another calendar",
        make=file("_chat.txt", b"[13/3/2563, 10:00:00] Ana: A quiet day.\n"),
    ),
    Case(
        name="a zip without a chat",
        make=_zipped("notes.txt", b"A note.", "more.txt", b"Another."),
        verb=("read", "FILE", "--format", "whatsapp"),
    ),
    Case(
        name="an export of Facebook with a conversation",
        make=file("message_1.json", TALK),
        verb=("read", "FILE", "--format", "facebook"),
    ),
    Case(
        name="an outbox with a post for followers",
        make=file("outbox.json", OUTBOX),
        verb=("read", "FILE", "--format", "activitystreams"),
    ),
    Case(
        name="a zip without an outbox",
        make=file("archive.zip", b"PK\x05\x06" + bytes(18)),
        verb=("read", "FILE", "--format", "activitystreams"),
    ),
    Case(name="a workbook without a column for the text", make=file("posts.xlsx", workbook([["time"], [1]]))),
    Case(name="a workbook that breaks off", make=file("posts.xlsx", workbook([*SHEET])[:-30])),
    Case(
        name="a workbook with an id that lost digits",
        make=file("posts.xlsx", workbook([*SHEET, [10**17, TIME, "A windy day."]])),
    ),
    Case(
        name="a workbook with a cell in the farthest corner",
        make=file("posts.xlsx", parts(sheet=FAR, shared="<si><t>time</t></si><si><t>text</t></si>")),
    ),
    Case(
        name="a workbook that is a zip bomb",
        make=file("posts.xlsx", parts(sheet=" " * BOMB_BYTES)),
    ),
    Case(
        name="an old workbook of Excel",
        make=file("posts.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    ),
    Case(
        name="a CSV of the Content Library without a zone",
        make=file(
            "posts.csv", b"id,text,creation_time,post_owner.id\n1,A quiet day.,2024-03-05 10:00:00,2\n"
        ),
    ),
    Case(
        name="a format that there is not",
        make=posts(good().encode()),
        verb=("read", "FILE", "--format", "fax"),
    ),
)
