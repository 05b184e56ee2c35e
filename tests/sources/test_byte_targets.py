"""The byte targets hold on what they begin with, on pieces of it, and on what a fuzzer once found."""

import base64
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from fanal.model.error import InputError
from fanal.model.post import Reading
from fanal.sources.catalogue import POST_SOURCES, find
from fanal.sources.mapping import FieldMapping
from fanal.sources.streams import LIVE_SOURCES, live_source
from fanal.testing.byte_targets import Target, targets
from fanal.testing.check_live import check_rows
from fanal.testing.check_source import check_file

SAMPLES = Path(__file__).parent
CUTS = 6
FOUND = {
    "signature": (b"Sun, 03 Aug 28016 05:00:00222222222222 GMT\n\n{}",),
    "gdelt-zip": (
        base64.b64decode(
            "UEsDBD8AAgAOABV9fV2wqHEkGwAAAAgAAAAWAAAAMjAxNDA4MDMwNTAwMDAuZ2tnLmNzdgkEBQBdAACAAAA1gkhtLv/EPAflgGr/"
            "/kHoAFBLAQI/Az8AAgAOABV9fV2wqHEkGwAAAAgAAAAWAAAAAAAAAAAAAACAAQAAAAAyMDE0MDgwMzA1MDAwMC5na2cuY3N2UEsF"
            "BgAAAAABAAEARAAAAE8AAAAAAA=="
        ),
    ),
}
"""Bytes by the target that once broke on them."""

NAMES = (
    *(f"rows-{source.name}" for source in LIVE_SOURCES),
    *(f"file-{source.name}" for source in POST_SOURCES),
    *("events", "messages", "frames", "feed", "gdelt-list", "gdelt-zip", "gdelt-themes", "signature"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    """Return the targets."""
    return dict(targets(SAMPLES, tmp_path_factory.mktemp("targets")))


def test_every_source_is_a_target(made: dict[str, Target]) -> None:
    assert set(made) == set(NAMES)
    assert all(target.seeds for target in made.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_target_holds(made: dict[str, Target], name: str) -> None:
    target = made[name]
    for seed in (b"", *target.seeds, *FOUND.get(name, ())):
        target.run(seed)
    for seed in target.seeds[:2]:
        for cut in range(1, CUTS):
            at = len(seed) * cut // CUTS
            target.run(seed[:at])
            target.run(seed[:at] + b"\xff" + seed[at + 1 :])


def test_a_live_source_that_breaks_a_promise_is_found() -> None:
    source = live_source("mastodon", stream="any")
    row = (SAMPLES / "live" / "samples" / "mastodon.rows").read_bytes().split(b"\n")[0]

    def falls(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
        hostile = any(b"\xff" in row for row in rows)
        return source.read([b"{}"] * len(rows) if hostile else rows, first=first, timezone=timezone)

    check_rows(source, [b"\xff"], row)
    with pytest.raises(AssertionError, match="costs the rows beside it"):
        check_rows(dataclasses.replace(source, read=falls), [b"\xff"], row)


def test_a_source_of_files_that_breaks_a_promise_is_found(tmp_path: Path) -> None:
    source = find("jsonl")
    file = tmp_path / "posts.jsonl"
    file.write_bytes((SAMPLES / "samples" / "jsonl.jsonl").read_bytes())

    def twice(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
        for _ in range(2):
            yield from source.read(path, mapping=mapping, start=start, rows=rows)

    def stumbles(
        path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536
    ) -> Iterator[Reading]:
        yield from source.read(path, mapping=mapping, start=start, rows=rows)
        raise InputError("", hint="")

    check_file(source, file)
    with pytest.raises(AssertionError, match="a row is in two parts"):
        check_file(dataclasses.replace(source, read=twice), file)
    with pytest.raises(AssertionError, match="an error without a sentence"):
        check_file(dataclasses.replace(source, read=stumbles), file)
