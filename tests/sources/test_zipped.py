"""Zips that are damaged or made to harm: whoever opens one says so in one sentence."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fanal.model.error import InputError
from fanal.sources import archive, excel, hsds_tables
from fanal.sources.chat_zip import chat_chunks
from fanal.sources.gdelt import unpacked
from fanal.sources.mapping import FieldMapping


def chat(path: Path) -> None:
    list(chat_chunks(path))


def outbox(path: Path) -> None:
    list(archive.member(path, "outbox.json"))


def workbook(path: Path) -> None:
    list(excel.read(path, mapping=FieldMapping()))


def directory(path: Path) -> None:
    list(hsds_tables.files_of(path))


READERS: dict[Callable[[Path], None], str] = {
    chat: "_chat.txt",
    outbox: "outbox.json",
    workbook: "[Content_Types].xml",
    directory: "services.csv",
}


def zipped(name: str, method: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as packed:
        packed.writestr(name, b"name,place\n" * 50)
        packed.writestr("xl/workbook.xml", b"<a/>" * 50)
    return held.getvalue()


def spoiled(data: bytes, name: str) -> bytes:
    """Return a zip whose packed bytes are others, behind what says how they are packed."""
    at = data.index(name.encode()) + len(name) + 9
    return data[:at] + bytes(one ^ 0x5A for one in data[at : at + 16]) + data[at + 16 :]


def misnamed(data: bytes, name: str) -> bytes:
    """Return a zip that says its names are UTF-8 (4.4.4, bit 11) and has one that is not."""
    at = data.rindex(name.encode())
    flags = at - 46 + 8  # of the file's place in the list
    return data[:flags] + struct.pack("<H", 1 << 11) + data[flags + 2 : at] + b"\xff" + data[at + 1 :]


def unknown(data: bytes, name: str) -> bytes:
    """Return a zip whose files are packed in a way that there is not."""
    first, last = data.index(name.encode()) - 30 + 8, data.rindex(name.encode()) - 46 + 10
    for at in (first, last):
        data = data[:at] + struct.pack("<H", 99) + data[at + 2 :]
    return data


METHODS = (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("harm", [spoiled, misnamed, unknown], ids=lambda one: one.__name__)
@pytest.mark.parametrize("reader", READERS, ids=lambda one: one.__name__)
def test_a_harmful_zip_is_one_sentence(
    tmp_path: Path, reader: Callable[[Path], None], harm: Callable[[bytes, str], bytes], method: int
) -> None:
    name = READERS[reader]
    file = tmp_path / "given.zip"
    file.write_bytes(harm(zipped(name, method), name))
    with pytest.raises(InputError) as told:
        reader(file)
    assert str(file) in told.value.sentence


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("harm", [spoiled, misnamed, unknown], ids=lambda one: one.__name__)
def test_a_harmful_file_of_gdelt_is_none(harm: Callable[[bytes, str], bytes], method: int) -> None:
    held = io.BytesIO()
    name = "20140803050000.gkg.csv"
    with zipfile.ZipFile(held, "w", method) as packed:
        packed.writestr(name, b"a\tb\nc\td\n" * 50)
    assert unpacked(held.getvalue()) == [b"a\tb", b"c\td"] * 50
    assert unpacked(harm(held.getvalue(), name)) is None
