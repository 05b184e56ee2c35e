"""Hostile input: whatever a file holds, every row is counted once or the file is refused in one sentence."""

import dataclasses
import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.error import InputError, SettingError
from fanal.sources import jsonl, opening, rows
from fanal.sources.catalogue import POST_SOURCES, guess
from fanal.sources.fields import form_of
from fanal.sources.mapping import FieldMapping
from fanal.sources.reason import Reason
from fanal.sources.rows import PLAIN, cut_lines, read_rows
from fanal.testing.check_source import rows_of

HEAD = (
    b'{"id":"a","author":"b","time":"2014-08-03T05:00:00Z","text":"Hello.","lang":"en","lon":1.5,"lat":2.5}\n'
)
FORMS = [source.name for source in POST_SOURCES]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["2014-08-03T05:00:00Z", "2014-08-03", "1407042000", "43.1", "-200", " "]),
)
VALUES = SCALARS | SCALARS.map(lambda inner: [inner]) | SCALARS.map(lambda inner: {"a": inner, "b": []})
OBJECTS = st.dictionaries(
    st.sampled_from(["id", "author", "time", "text", "lang", "lon", "lat", "x", "user.id"]),
    VALUES,
    max_size=8,
)


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None)
@given(data=st.binary(max_size=300))
def test_random_bytes_are_rows_or_refused(read_rows, form: str, data: bytes) -> None:
    try:
        read_rows(form, data)
    except InputError as error:
        assert error.sentence.endswith(".")  # noqa: PT017 - most examples raise nothing


@settings(deadline=None)
@given(st.lists(OBJECTS, max_size=12), st.booleans())
def test_random_objects_are_each_in_one_part(read_rows, objects: list, escaped: bool) -> None:
    lines = [json.dumps(o, ensure_ascii=escaped) for o in objects]
    data = HEAD + "\n".join(lines).encode("utf-8", "surrogatepass")
    found = read_rows("jsonl", data)
    assert [line for line, _, _ in found] == list(range(1, len(objects) + 2))
    assert read_rows("jsonl", data, rows=1) == found


@settings(deadline=None)
@given(st.lists(OBJECTS, min_size=1, max_size=12))
def test_parsing_in_columns_and_one_by_one_agree(tmp_path_factory, objects: list) -> None:
    file = tmp_path_factory.getbasetemp() / "agree.jsonl"
    file.write_bytes(HEAD + "\n".join(json.dumps(o) for o in objects).encode())
    form = form_of(file, FieldMapping())
    (stretch,) = read_rows(file, cut_lines)
    for place in range(len(stretch.starts)):
        single = dataclasses.replace(
            stretch,
            starts=stretch.starts[place : place + 1],
            ends=stretch.ends[place : place + 1],
            lines=stretch.lines[place : place + 1],
            marks=np.array([PLAIN], np.int8),
        )
        fast = jsonl._parsed(single, np.zeros(1, np.int64), form)
        if fast is not None:
            slow = jsonl._singly(single, np.zeros(1, np.int64), form)
            judged = [jsonl.judge(columns, timezone=None, position=1) for columns in (fast, slow)]
            assert rows_of(judged[:1]) == rows_of(judged[1:])


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_one_broken_line_costs_only_itself(read_rows, broken: list[bytes]) -> None:
    broken = [line.replace(b"\n", b"").replace(b"\x00", b"") for line in broken]
    data = HEAD + b"".join(line + b"\n" + HEAD for line in broken)
    good = [line for line, part, _ in read_rows("jsonl", data) if part == "post"]
    assert set(good) >= set(range(1, 2 * len(broken) + 2, 2))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": 1', Reason.NOT_JSON),
        (b'{"text": "a", "time": 1e999}', Reason.TIME_OUT_OF_RANGE),
        (b'{"text": "\\ud800"}', Reason.NOT_JSON),
        (b"[1]", Reason.NOT_OBJECT),
        (b'"text"', Reason.NOT_OBJECT),
        (b'{"text": "\xff", "time": 1407042000}', Reason.INVALID_UTF8),
        (b'{"text": 5, "time": 1407042000}', Reason.TEXT_NOT_TEXT),
        (b'{"text": "a"}', Reason.TIME_MISSING),
        (b'{"text": "a", "time": true}', Reason.TIME_UNREADABLE),
        (b'{"text": "a", "time": {"at": 1}}', Reason.TIME_UNREADABLE),
        (b'{"text": "a", "time": 12}', Reason.TIME_OUT_OF_RANGE),
        (b'{"text": "a", "time": 1407042000, "lon": 1}', Reason.ONE_COORDINATE),
        (b'{"text": "a", "time": 1407042000, "lon": "x", "lat": 1}', Reason.COORDINATES_UNREADABLE),
        (b'{"text": "a", "time": 1407042000, "lon": 10, "lat": 100}', Reason.COORDINATES_SWAPPED),
        (b'{"text": "a", "time": 1407042000, "lon": 200, "lat": 10}', Reason.COORDINATES_OUT_OF_RANGE),
        (b'{"text": "a", "time": 1407042000, "lon": 0.0, "lat": -0.0004}', Reason.COORDINATES_NULL_ISLAND),
        (b'{"text": "a", "time": 1407042000, "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", Reason.NOT_JSON),
    ],
)
def test_a_row_that_cannot_be_used_has_its_reason(read_rows, line: bytes, reason: Reason) -> None:
    found = read_rows("jsonl", HEAD + line + b"\n" + HEAD)
    assert [(part, what if part == "rejected" else None) for _, part, what in found] == [
        ("post", None),
        ("rejected", reason.value),
        ("post", None),
    ]


def test_ids_beyond_64_bits_stay_apart(read_rows) -> None:
    lines = [b'{"id": %d, "time": 1407042000, "text": "a"}\n' % (10**20 + n) for n in range(2)]
    assert [dict(what)["id"] for _, _, what in read_rows("jsonl", b"".join(lines))] == [
        "100000000000000000000",
        "100000000000000000001",
    ]


def test_nested_and_other_names_are_found(read_rows) -> None:
    line = b'{"id_str": "7", "user": {"id": 5}, "created_at": "2014-08-03T05:00Z", "full_text": "Hi."}'
    ((_, _, post),) = read_rows("jsonl", line)
    assert (dict(post)["id"], dict(post)["author"], dict(post)["text"]) == ("7", "5", "Hi.")
    line = b'{"who": {"name": "x"}, "when": "2014-08-03T05:00Z", "what": "Hi."}'
    ((_, _, post),) = read_rows("jsonl", line, author="who.name", time="when", text="what")
    assert (dict(post)["author"], dict(post)["text"]) == ("x", "Hi.")


LATE = {
    "one": ['"lon": 43.5, "lat": 36.5'],
    "null before": ['"lon": null', '"lon": null, "lat": null', '"lon": 43.5, "lat": 36.5'],
    "other names": ['"lng": 43.5, "latitude": 36.5'],
    "as text": ['"lon": "43.5", "lat": "36.5"'],
    "two names": [
        '"longitude": 1, "lat": 36.5',
        '"lon": 43.5, "lat": 36.5',
        '"lon": 43.5, "lng": 9, "lat": 36.5',
    ],
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE.keys())
def test_a_field_that_only_late_lines_have_is_read(read_rows, late: list[str]) -> None:
    plain = '{"id": %d, "time": 1407042000, "text": "a", "tags": ["lon"]}'
    lines = [plain % n for n in range(1000)]
    lines += [(plain % (1000 + n))[:-1] + f", {some}}}" for n, some in enumerate(late * 200)]
    found = read_rows("jsonl", "\n".join(lines).encode())
    assert read_rows("jsonl", "\n".join(lines).encode(), rows=7) == found
    posts = [dict(what) for _, part, what in found if part == "post"]
    placed = [(post["lon"], post["lat"]) for post in posts]
    assert placed[:1000] == [(None, None)] * 1000
    assert (43.5, 36.5) in placed[1000:]
    assert (None, 36.5) not in placed[1000:]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_row_that_is_too_long_is_skipped_in_bounded_memory(read_rows, form: str, monkeypatch) -> None:
    monkeypatch.setattr(rows, "WINDOW_BYTES", 1 << 20)
    head, good = (HEAD, HEAD) if form == "jsonl" else (b"id,time,text\n", b"1,1407042000,Hello.\n")
    data = head + good + b"x" * (rows.MAX_ROW_BYTES + 5) + b"\n" + good
    found = read_rows(form, data)
    assert [what for _, part, what in found if part == "rejected"] == [Reason.TOO_LONG.value]
    assert [line for line, _, _ in found][-1] == 4
    assert found[-1][1] == "post"


OTHER_KINDS = {
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "paper.pdf": b"%PDF-1.7\n%\xe2\xe3",
    "table.xlsx": b"PK\x03\x04" + bytes(30),
    "table.parquet": b"PAR1" + bytes(30),
    "table.sqlite": b"SQLite format 3\x00" + bytes(30),
    "empty.jsonl": b"",
    "blank.csv": b"  \n\n",
    "page.html": b"<!DOCTYPE html><html></html>",
    "feed.xml": b"\xef\xbb\xbf<?xml version='1.0'?><rss/>",
    "wide.csv": "id,text\n1,a".encode("utf-16"),
    "wide-bare.csv": "id,text\n1,a".encode("utf-16-le"),
    "noise.bin": bytes(range(4)) * 30 + bytes(100),
    "array.jsonl": b'[{"id": 1}, {"id": 2}]',
    "pretty.jsonl": b'[\n {"id": 1},\n {"id": 2}\n]',
    "broken.jsonl.gz": b"\x1f\x8b\x08" + bytes(7) + b"\xff" * 20,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", OTHER_KINDS)
def test_a_file_of_another_kind_is_refused_in_one_sentence(tmp_path: Path, form: str, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(OTHER_KINDS[name])
    source = next(source for source in POST_SOURCES if source.name == form)
    with pytest.raises(InputError) as caught:
        list(source.read(file, mapping=FieldMapping()))
    assert str(file) in caught.value.sentence
    assert caught.value.hint
    with pytest.raises(InputError):
        guess(file)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_regular_file_is_refused(tmp_path: Path, form: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    for file in (tmp_path, tmp_path / "pipe", tmp_path / "missing", Path("/dev/null"), Path("a\x00b")):
        source = next(source for source in POST_SOURCES if source.name == form)
        with pytest.raises(InputError):
            list(source.read(file, mapping=FieldMapping()))
        with pytest.raises(InputError):
            guess(file)


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(opening, "RATIO_FREE_BYTES", 1 << 20)
    file = tmp_path / "bomb.jsonl.gz"
    file.write_bytes(gzip.compress(HEAD * 10 + b" " * (40 << 20)))
    with pytest.raises(InputError, match="more than 200 times"):
        list(jsonl.read(file, mapping=FieldMapping()))


def test_a_file_that_is_shorter_than_before_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "short.jsonl"
    file.write_bytes(HEAD)
    with pytest.raises(InputError, match="before byte 500"):
        list(jsonl.read(file, mapping=FieldMapping(), start=500))


def test_a_stream_without_the_text_field_names_its_fields(read_rows) -> None:
    line = b'{"id": 1, "time": 1407042000, "words": "Hello.", "some secret sentence": 1}\n'
    with pytest.raises(InputError, match=r"it has id, time, words\.") as caught:
        read_rows("jsonl", line * 20)
    assert "secret" not in str(caught.value)
    with pytest.raises(InputError, match="no column 'text'"):
        read_rows("csv", b"id,time,words\n1,2,3\n")


def test_a_zone_that_does_not_exist_is_refused() -> None:
    for zone in ("Mars/Olympus", "../../etc/passwd", ""):
        with pytest.raises(SettingError):
            FieldMapping(timezone=zone)


def test_stray_brackets_among_messages_are_rejected(read_rows) -> None:
    good = b'{"id": 1, "date_unixtime": "1407042000", "text": "Hello."}'
    data = b'{"messages": [}, ' + good + b"}, 17}, " + good + b"]}"
    assert [part for _, part, _ in read_rows("telegram", data)] == [
        "rejected",
        "post",
        "rejected",
        "rejected",
        "rejected",
        "post",
    ]


JSON_EXPORTS = ["telegram", "activitystreams", "facebook", "instagram"]


@pytest.mark.parametrize("form", JSON_EXPORTS)
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_an_export_with_noise_in_it_is_refused_or_read(read_rows, form: str, data) -> None:
    sample = (Path(__file__).parent / "samples" / f"{form}.json").read_bytes()
    at, end = (data.draw(st.integers(0, len(sample) - 1)) for _ in range(2))
    noise = data.draw(
        st.binary(max_size=5)
        | st.text(st.sampled_from('{}[],:"\\'), max_size=5).map(str.encode)
        | st.just(sample[at:end])
        | st.integers(1, 9).map(lambda n: b"[" * 10**n if n < 5 else b"9" * 10**n if n < 7 else b'"')
    )
    try:
        found = read_rows(form, sample[:at] + noise + sample[at:])
    except InputError as error:
        assert error.hint  # noqa: PT017 - most examples raise nothing
    else:
        lines = [line for line, _, _ in found]
        assert lines == list(range(1, len(lines) + 1))


LIST_OF = {"telegram": ('"messages"', "\n    ]"), "activitystreams": ('"orderedItems"', "\n]")}
"""What stands before and behind the list of a sample; else the sample is the list."""


@pytest.mark.parametrize("form", JSON_EXPORTS)
@settings(deadline=None, max_examples=40)
@given(st.data())
def test_elements_of_an_export_in_another_order_are_the_same(read_rows, form: str, data) -> None:
    sample = (Path(__file__).parent / "samples" / f"{form}.json").read_text(encoding="utf-8")
    key, closing = LIST_OF.get(form, ("[", "\n]"))
    begin = sample.index("[", sample.index(key)) + 1
    end = sample.index(closing, begin)
    elements = sample[begin:end].strip().split(",\n")
    shuffled = data.draw(st.permutations(elements + elements[:2]))
    whole = sample[:begin] + ",\n".join(elements) + sample[end:]
    mixed = sample[:begin] + ",\n".join(shuffled) + sample[end:]

    def texts(text: str) -> set[str]:
        return {dict(what)["text"] for _, part, what in read_rows(form, text.encode()) if part == "post"}

    assert texts(mixed) == texts(whole) != set()


@pytest.mark.shared
@pytest.mark.parametrize(("name", "posts"), [("dev_en.jsonl", 12_760), ("dev_ar.jsonl", 3_377)])
def test_all_crisis_tweets_are_read(shared_data: Path, name: str, posts: int) -> None:
    file = shared_data / "idrisi_crisis_tweets" / name
    source = guess(file)
    assert source.name == "idrisi"
    readings = list(source.read(file, mapping=FieldMapping()))
    assert sum(len(reading.posts) for reading in readings) == posts
    assert sum(len(reading.skipped) + len(reading.rejected) for reading in readings) == 0
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    texts = [text for reading in readings for text in reading.posts["text"].to_pylist()]
    assert texts == [line["text"] for line in lines]
