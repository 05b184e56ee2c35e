"""Files of one name: a file that grew or was mended is known again, another is another file."""

import gzip
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from fanal.cli.dice import generator
from fanal.sources.beginning import BEGINNING_BYTES, beginning
from fanal.store.desk import Desk
from fanal.store.files import MOST_PIECES, Files, forget, mark, note, remember

KEY = (3, 5)
DAY = date(2026, 2, 1)
NAME = "_chat.txt"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk.open(tmp_path / "desk.sqlite")
    yield made
    made.close()


def rows(rng: np.random.Generator, count: int) -> list[bytes]:
    """Return lines of a chat of our own."""
    return [f"[01/02/2026, 10:{rng.random():.9f}] A: note {rng.random()}".encode() for _ in range(count)]


def keep(desk: Desk, start: bytes, name: str = NAME) -> str:
    """Read a file as the desk sees it, and return its label."""
    file = Files(desk).take(name, start, key=KEY)
    with desk.transaction() as connection:
        note(connection, file, day=DAY)
    return file.label


def label(desk: Desk, start: bytes | None, name: str = NAME) -> str:
    return Files(desk).take(name, start, key=KEY).label


@pytest.mark.parametrize("seed", range(40))
def test_files_grow_are_mended_and_are_told_apart(desk: Desk, seed: int) -> None:
    rng = generator(seed)
    mine, other = (rows(rng, int(rng.integers(1, 201))) for _ in range(2))
    first, second = (keep(desk, b"\n".join(lines) + b"\n") for lines in (mine, other))
    assert first == NAME
    assert second.startswith(f"{NAME}#")
    assert len(second) == len(NAME) + 9
    for lines, known in ((mine, first), (other, second)):
        grown = lines + rows(rng, int(rng.integers(0, 501)))
        assert label(desk, b"\n".join(grown)[:BEGINNING_BYTES]) == known
        assert label(desk, b"\r\n".join(grown)) == known
        if len(lines) > 8:
            at = int(rng.integers(len(lines)))
            mended = [*lines[:at], b"mended, and longer than it was before", *lines[at + 1 :]]
            assert label(desk, b"\n".join(mended)) == known
    assert Files(desk).labels(NAME) == tuple(sorted([first, second]))
    assert Files(desk).take(NAME, b"\n".join(mine), key=KEY).others == (second,)


@pytest.mark.parametrize("indent", [None, 1])
def test_an_export_of_json_that_is_closed_at_its_end_may_grow(desk: Desk, indent: int | None) -> None:
    def export(chat: str, count: int) -> bytes:
        messages = [{"id": n, "type": "message", "text": f"{chat} {n}"} for n in range(count)]
        return json.dumps({"name": chat, "messages": messages}, indent=indent).encode()

    assert keep(desk, export("one", 6)) == NAME
    assert label(desk, export("one", 60)) == NAME
    assert label(desk, export("two", 60)) != NAME


def test_another_name_and_another_workspace_share_nothing(desk: Desk) -> None:
    assert keep(desk, b"a\nb\n") == NAME
    assert keep(desk, b"a\nb\n", name="other.txt") == "other.txt"
    assert Files(desk).find(NAME, b"a\nb\n", key=(4, 5)) is None


def test_what_has_no_mark_goes_by_its_name_and_takes_it_from_nobody(desk: Desk) -> None:
    assert keep(desk, b"[\n]\n") == NAME
    assert Files(desk).labels(NAME) == ()
    assert keep(desk, b"a\nb\n") == NAME
    assert label(desk, None) == NAME
    assert label(desk, b"{}") == NAME
    assert Files(desk).labels(NAME) == (NAME,)


def test_a_file_whose_name_is_the_label_of_another_gets_a_longer_one(desk: Desk) -> None:
    keep(desk, b"a\nb\n")
    would = label(desk, b"c\nd\n")
    assert keep(desk, b"e\nf\n", name=would) == would
    found = keep(desk, b"c\nd\n")
    assert found.startswith(would)
    assert len(found) == len(would) + 8
    assert label(desk, b"c\nd\n") == found


@pytest.mark.parametrize(
    "start",
    [b"\xff\xfe\x00", b"\n" * 70_000, b"a" * 70_000, b"," * 9, b"\xed\xa0\x80\n" * 99, "نص\n".encode()],
    ids=["bytes", "empty lines", "one line", "commas", "surrogates", "arabic"],
)
def test_hostile_beginnings_have_a_mark_or_none(desk: Desk, start: bytes) -> None:
    found = mark(start, KEY)
    assert found is None or (0 < len(found.bands) <= found.pieces <= MOST_PIECES)
    assert keep(desk, start) == label(desk, start)


def test_nothing_of_a_file_stands_in_the_desk(desk: Desk, tmp_path: Path) -> None:
    keep(desk, b"A quiet evening in Basrah\nThe market is open\n")
    with sqlite3.connect(tmp_path / "desk.sqlite") as connection:
        text = " ".join(connection.iterdump())
    connection.close()
    assert NAME in text
    assert "Basrah" not in text
    assert "market" not in text


def test_a_packed_file_begins_as_it_does_unpacked(tmp_path: Path) -> None:
    plain = tmp_path / NAME
    plain.write_bytes(b"[01/02/2026, 10:00] A: note\n" * 9000)
    packed, zipped, archive = (tmp_path / name for name in ("chat.gz", "chat.zip", "outbox.zip"))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path, name in ((zipped, NAME), (archive, "outbox.json")):
        with zipfile.ZipFile(path, "w") as made:
            made.writestr(name, plain.read_bytes())
    start = plain.read_bytes()[:BEGINNING_BYTES]
    assert beginning(plain) == beginning(packed) == beginning(zipped) == start
    assert beginning(archive) is beginning(tmp_path) is beginning(tmp_path / "absent") is None


def test_a_workbook_is_known_by_its_texts(desk: Desk, tmp_path: Path) -> None:
    def workbook(texts: Iterator[str], name: str) -> Path:
        strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
        with zipfile.ZipFile(tmp_path / name, "w") as made:
            made.writestr("xl/workbook.xml", "<workbook/>")
            made.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
            made.writestr("xl/sharedStrings.xml", f"<sst>{strings}</sst>")
        return tmp_path / name

    first = workbook((f"note {number}" for number in range(20)), "first.xlsx")
    grown = workbook((f"note {number}" for number in range(30)), "grown.xlsx")
    other = workbook((f"another {number}" for number in range(20)), "other.xlsx")
    packed = tmp_path / "first.xlsx.gz"
    packed.write_bytes(gzip.compress(first.read_bytes()))
    known = keep(desk, beginning(first) or b"")
    assert label(desk, beginning(grown)) == label(desk, beginning(packed)) == known
    assert label(desk, beginning(other)) != known


def test_the_first_word_about_a_files_times_is_kept_and_ends_with_its_mark(desk: Desk) -> None:
    name = keep(desk, b"a\nb\nc\n")
    with desk.transaction() as connection:
        remember(connection, name, zone="", date_order="")
        remember(connection, name, zone="Asia/Baghdad", date_order="")
        remember(connection, name, zone="UTC", date_order="mdy")
        remember(connection, "unknown.txt", zone="UTC", date_order="")
    assert Files(desk).of("unknown.txt").zone == ""
    found = Files(desk).take(NAME, b"a\nb\nc\nd\n", key=KEY)
    assert (found.label, found.zone, found.date_order) == (name, "Asia/Baghdad", "mdy")
    with desk.transaction() as connection:
        forget(connection, DAY)
    assert Files(desk).of(name).zone == ""
