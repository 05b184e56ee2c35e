"""An outbox gives the same posts by itself and inside the archive that a server hands out, whole or broken."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from fanal.model.error import InputError
from fanal.sources import opening
from fanal.sources import zipped as bounds
from fanal.sources.catalogue import find, guess
from fanal.sources.mapping import FieldMapping
from fanal.testing.check_source import rows_of

OUTBOX = (Path(__file__).parent / "samples" / "activitystreams.json").read_bytes()
SOURCE = find("activitystreams")
MEDIA = bytes(range(256)) * 3


def tar(files: dict[str, bytes], kind: int = tarfile.USTAR_FORMAT) -> bytes:
    """Return a tar that is packed with gzip."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", format=kind) as packed:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return made.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a zip."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return made.getvalue()


FILES = {
    "media/p.jpg": MEDIA,
    "actor.json": b"{}",
    "outbox.json": OUTBOX,
    "likes.json": b'{"orderedItems": [1]}',
}
ARCHIVES = {
    "archive.tar.gz": tar(FILES),
    "gnu.tar.gz": tar({f"a/{'long' * 40}.png": MEDIA} | FILES, tarfile.GNU_FORMAT),
    "pax.tar.gz": tar({f"b/{'länger' * 40}.png": MEDIA} | FILES, tarfile.PAX_FORMAT),
    "archive.zip": zipped(FILES),
    "folder.zip": zipped({f"archive/{name}": content for name, content in FILES.items()}),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_gives_the_posts_of_its_outbox(tmp_path: Path, name: str) -> None:
    plain, packed = tmp_path / "outbox.json", tmp_path / name
    plain.write_bytes(OUTBOX)
    packed.write_bytes(ARCHIVES[name])
    assert guess(packed) == SOURCE
    rows = rows_of(list(SOURCE.read(plain, mapping=FieldMapping())))
    assert rows_of(list(SOURCE.read(packed, mapping=FieldMapping()))) == rows
    assert rows_of(list(SOURCE.read(packed, mapping=FieldMapping(), start=3))) == rows[3:]


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_cut_anywhere_is_refused_or_gives_the_rows_before(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(ARCHIVES[name])
    rows = rows_of(list(SOURCE.read(file, mapping=FieldMapping())))
    for cut in range(1, len(ARCHIVES[name]) - 4, 41):
        file.write_bytes(ARCHIVES[name][:cut])
        readings = []
        try:
            for reading in SOURCE.read(file, mapping=FieldMapping()):
                readings.append(reading)  # noqa: PERF402 - what came before an error is kept
        except InputError as error:
            assert str(file) in error.sentence  # noqa: PT017 - a cut behind the outbox is not seen
        got = rows_of(readings)
        assert got == rows[: len(got)]


def test_an_archive_without_an_outbox_is_refused(tmp_path: Path) -> None:
    for name, content in (("a.tar.gz", tar({"x.json": b"{}"})), ("a.zip", zipped({"x.json": b"{}"}))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=r"holds no outbox\.json"):
            list(SOURCE.read(tmp_path / name, mapping=FieldMapping()))
        with pytest.raises(InputError):
            guess(tmp_path / name)


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "RATIO_FREE_BYTES", 1 << 20)
    bomb = OUTBOX + b" " * (40 << 20)
    for name, content in (("a.zip", zipped({"outbox.json": bomb})), ("a.tar.gz", tar({"outbox.json": bomb}))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="more than 200 times"):
            list(SOURCE.read(tmp_path / name, mapping=FieldMapping()))


def test_a_zip_with_many_files_is_read_and_one_with_too_many_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {"outbox.json": OUTBOX, **{str(number): b"" for number in range(1 << 16)}}
    file = tmp_path / "a.zip"  # beyond 65,535 files a zip says the size of its list in a wide record
    file.write_bytes(zipped(many))
    assert list(SOURCE.read(file, mapping=FieldMapping()))
    monkeypatch.setattr(bounds, "MAX_DIRECTORY_BYTES", 1 << 20)
    with pytest.raises(InputError, match="too many files"):
        list(SOURCE.read(file, mapping=FieldMapping()))
    monkeypatch.undo()
    broken = file.read_bytes().replace(b"PK\x06\x06", b"PK\x00\x00")
    file.write_bytes(broken)
    with pytest.raises(InputError, match="too many files"):
        list(SOURCE.read(file, mapping=FieldMapping()))


@pytest.mark.parametrize("size", [b"not octal!!!", b"-0000000001\x00", b"\xff" * 12, b"77777777777\x00"])
def test_a_tar_with_an_odd_size_is_refused(tmp_path: Path, size: bytes) -> None:
    raw = bytearray(gzip.decompress(tar(FILES)))
    raw[124:136] = size
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(bytes(raw)))
    with pytest.raises(InputError):
        list(SOURCE.read(tmp_path / "a.tar.gz", mapping=FieldMapping()))
