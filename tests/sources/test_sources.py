"""Every source of posts keeps its promises on a sample, is found by name, and is told by its file."""

import dataclasses
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from fanal.model.error import InputError
from fanal.model.post import Reading
from fanal.sources import jsonl
from fanal.sources.catalogue import LAYER_SOURCES, POST_SOURCES, PostSource, find, guess
from fanal.sources.date_order import DateOrder
from fanal.sources.mapping import FieldMapping
from fanal.testing.check_source import check_source, rows_of

SAMPLES = Path(__file__).parent / "samples"
SAMPLE_OF = {source.name: next(SAMPLES.glob(f"{source.name}.*")) for source in POST_SOURCES}
EXPECTED = {
    "jsonl": (4, 1, 11),
    "csv": (4, 1, 3),
    "telegram": (8, 5, 3),
    "whatsapp": (8, 4, 3),
    "activitystreams": (3, 3, 3),
    "facebook": (4, 2, 3),
    "instagram": (4, 1, 3),
    "content_library": (3, 1, 3),
    "excel": (4, 1, 4),
    "idrisi": (3, 0, 1),
}
MAPPING_OF = {"whatsapp": FieldMapping(timezone="Asia/Baghdad")}
"""Forms whose times have no zone are read with one."""

WHOLE = {"excel"}
"""Forms that cannot be read at all unless they are whole: an archive has its directory at its end."""


def mapping_of(source: PostSource) -> FieldMapping:
    return MAPPING_OF.get(source.name, FieldMapping())


@pytest.mark.parametrize("source", POST_SOURCES, ids=lambda source: source.name)
def test_every_source_keeps_its_promises(source: PostSource) -> None:
    check_source(source, SAMPLE_OF[source.name], mapping_of(source))


@pytest.mark.parametrize("source", POST_SOURCES, ids=lambda source: source.name)
def test_every_source_counts_each_row_of_its_sample(source: PostSource) -> None:
    readings = list(source.read(SAMPLE_OF[source.name], mapping=mapping_of(source)))
    counted = tuple(
        sum(len(getattr(reading, part)) for reading in readings) for part in ("posts", "skipped", "rejected")
    )
    assert counted == EXPECTED[source.name]


@pytest.mark.parametrize("source", POST_SOURCES, ids=lambda source: source.name)
def test_a_gzipped_file_gives_the_same_rows(source: PostSource, tmp_path: Path) -> None:
    sample = SAMPLE_OF[source.name]
    packed = tmp_path / f"{sample.name}.gz"
    packed.write_bytes(gzip.compress(sample.read_bytes()[:100]) + gzip.compress(sample.read_bytes()[100:]))
    assert guess(packed) == source
    mapping = mapping_of(source)
    plain = rows_of(list(source.read(sample, mapping=mapping)))
    assert rows_of(list(source.read(packed, mapping=mapping))) == plain
    positions = [reading.position for reading in source.read(packed, mapping=mapping, rows=1)]
    rest = list(source.read(packed, mapping=mapping, start=positions[1]))
    assert rows_of(rest) == plain[2:]


@pytest.mark.parametrize("source", POST_SOURCES, ids=lambda source: source.name)
def test_a_gzip_file_that_breaks_off_gives_the_rows_before_the_error(
    source: PostSource, tmp_path: Path
) -> None:
    sample = SAMPLE_OF[source.name]
    packed = tmp_path / f"{sample.name}.gz"
    packed.write_bytes(gzip.compress(sample.read_bytes())[:-20])
    rows = rows_of(list(source.read(sample, mapping=mapping_of(source))))
    readings = []
    with pytest.raises(InputError, match="breaks off"):  # noqa: PT012 - what came before the error is kept
        for reading in source.read(packed, mapping=mapping_of(source)):
            readings.append(reading)  # noqa: PERF402
    got = rows_of(readings)
    if source.name in WHOLE:
        assert got == []
        return
    assert len(got) >= len(rows) - 2
    assert got[:-1] == rows[: len(got) - 1]


@pytest.mark.parametrize("source", POST_SOURCES, ids=lambda source: source.name)
def test_a_sample_is_told_by_its_file(source: PostSource) -> None:
    assert guess(SAMPLE_OF[source.name]) == source
    assert find(source.name) == source


def test_names_are_unique_and_described() -> None:
    assert len({source.name for source in POST_SOURCES}) == len(POST_SOURCES)
    assert len({source.kind for source in LAYER_SOURCES}) == len(LAYER_SOURCES)
    for source in (*POST_SOURCES, *LAYER_SOURCES):
        assert source.what_for.endswith(".")
        assert source.reference
        assert source.suffixes


def test_a_format_that_does_not_exist_names_those_that_do() -> None:
    names = (
        "jsonl, csv, telegram, whatsapp, activitystreams, facebook, instagram, content_library, excel, idrisi"
    )
    with pytest.raises(InputError, match=names):
        find("pigeon")


def test_a_zone_makes_local_times_readable() -> None:
    mapping = FieldMapping(timezone="Asia/Baghdad")
    for name, line, hour in (("jsonl", 6, 5), ("csv", 8, 5), ("telegram", 5, 5)):
        readings = list(find(name).read(SAMPLE_OF[name], mapping=mapping))
        posts = {p["line"]: p for r in readings for p in r.posts.to_pylist()}
        assert posts[line]["time"].hour == hour


def test_an_export_of_one_chat_is_read_whatever_its_kind(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(
        '{"name": "x", "type": "personal_chat", "id": 5, "messages": ['
        '{"id": 1, "type": "message", "date_unixtime": "1407042000", "text": "The bridge is open."}]}'
    )
    (reading,) = find("telegram").read(file, mapping=FieldMapping())
    assert reading.posts["id"].to_pylist() == ["5/1"]


def all_but_the_first(
    path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 9
) -> Iterator[Reading]:
    yield from list(jsonl.read(path, mapping=mapping, start=start, rows=rows))[1:]


def all_at_once(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 9) -> Iterator[Reading]:  # noqa: ARG001
    yield from jsonl.read(path, mapping=mapping, start=start)


def always_from_the_start(
    path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 9
) -> Iterator[Reading]:
    del start
    yield from jsonl.read(path, mapping=mapping, rows=rows)


def only_whole_files(
    path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 9
) -> Iterator[Reading]:
    if not path.read_bytes().endswith(b"\n"):
        raise InputError(f"{path} is cut off.", hint="Fetch it again.")
    yield from jsonl.read(path, mapping=mapping, start=start, rows=rows)


@pytest.mark.parametrize(
    ("read", "promise"),
    [
        (all_but_the_first, "depend on how many"),
        (all_at_once, "more than `rows`"),
        (always_from_the_start, "reading on from"),
        (only_whole_files, "cut off at byte"),
    ],
)
def test_a_source_that_breaks_a_promise_is_caught(read, promise: str) -> None:
    source = dataclasses.replace(find("jsonl"), read=read)
    with pytest.raises(AssertionError, match=promise):
        check_source(source, SAMPLE_OF["jsonl"])


def test_every_source_and_layer_has_its_page() -> None:
    pages = Path(__file__).parents[2] / "docs" / "sources"
    for name in [s.name for s in POST_SOURCES] + [s.kind.value for s in LAYER_SOURCES]:
        page = (pages / f"{name}.md").read_text(encoding="utf-8")
        assert page.startswith(f"# {name}: ")


ZONE = "Asia/Baghdad"


@pytest.mark.parametrize("source", POST_SOURCES, ids=lambda source: source.name)
def test_a_reading_says_by_which_zone_it_was_read_where_a_post_needed_one(source: PostSource) -> None:
    def posts(zone: str | None) -> tuple[int, set[str]]:
        mapping = dataclasses.replace(mapping_of(source), timezone=zone)
        readings = list(source.read(SAMPLE_OF[source.name], mapping=mapping))
        return sum(len(one.posts) for one in readings), {one.zone for one in readings}

    without, nothing = posts(None)
    with_one, told = posts(ZONE)
    assert nothing == {""}
    assert told == ({ZONE} if with_one > without else {""})


def test_a_reading_says_which_order_of_dates_had_to_be_named(tmp_path: Path) -> None:
    chat = tmp_path / "_chat.txt"
    orders = []
    for day in ("7.3.20", "17.3.20"):
        chat.write_text(f"[5.3.20, 10:00:00] Ana: One.\n[{day}, 10:00:00] Ana: Two.\n", encoding="utf-8")
        mapping = FieldMapping(timezone=ZONE, date_order=DateOrder.DMY)
        orders += [one.date_order for one in find("whatsapp").read(chat, mapping=mapping)]
    assert orders == ["dmy", ""]
