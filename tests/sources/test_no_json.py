"""What is no JSON: values that one parser takes and another does not have the same fate alone and among other rows."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from fanal.model.post import Reading
from fanal.sources import jsonl
from fanal.sources.catalogue import find
from fanal.sources.mapped import TOGETHER, read_mapped
from fanal.sources.mapping import FieldMapping
from fanal.sources.reason import Reason

MANY = 3 * TOGETHER
AT = MANY // 2
PARTS = ("id", "author", "time", "text", "lon", "x")
VALUES = (
    *("NaN", "Infinity", "-Infinity", "Inf", "-Inf", "nan", "1e999", "-1e999", "1e-999", "1" * 400),
    *(
        "01",
        "+1",
        "1.",
        ".5",
        "1e",
        "0x10",
        "1_000",
        "True",
        "nulL",
        "'x'",
        "[NaN]",
        '{"a": Inf}',
        "[1,]",
        "-0",
    ),
    *(r'"\x41"', r'"\u12"', r'"\ud800"', '"\t"', "1 2", "/**/ 1", '"Inf, NaN]"'),
)
FIELDS = {
    "id": 5,
    "author": 7,
    "time": 1_407_042_000,
    "text": "Roads are closed.",
    "lon": 43.1,
    "lat": 36.3,
    "x": 1,
}
SPELLED = FIELDS | {"id": "i", "author": "a", "time": "2014-08-03T05:00:00Z"}


def row(part: str, value: str, fields: dict[str, Any]) -> bytes:
    """Return a row with a value as it stands here."""
    whole = orjson.dumps(fields)
    return re.sub(rb'"%s":("[^"]*"|[^,}]*)' % part.encode(), lambda _: f'"{part}":{value}'.encode(), whole)


def fate(reading: Reading, line: int) -> object:
    """Return what became of a row."""
    for post in reading.posts.to_pylist():
        if post.pop("line") == line:
            return post
    reasons = [one["reason"] for one in reading.rejected.to_pylist() if one["line"] == line]
    return reasons[0] if reasons else "skipped"


def of_file(folder: Path, rows: list[bytes], line: int) -> object:
    """Return what becomes of a line of a file."""
    file = folder / "posts.jsonl"
    file.write_bytes(b"\n".join(rows))
    (reading,) = jsonl.read(file, mapping=FieldMapping())
    return fate(reading, line)


@pytest.mark.parametrize("fields", [FIELDS, SPELLED], ids=["numbers", "texts"])
@pytest.mark.parametrize("part", PARTS)
def test_the_fate_of_a_row_is_its_own(tmp_path: Path, part: str, fields: dict[str, Any]) -> None:
    others = [orjson.dumps(fields)] * MANY
    for value in VALUES:
        odd = row(part, value, fields)
        among = [*others[:AT], odd, *others[AT + 1 :]]
        alone = fate(read_mapped([odd], mapping=FieldMapping(), first=1), 1)
        assert fate(read_mapped(among, mapping=FieldMapping(), first=1), AT + 1) == alone, value
        found = of_file(tmp_path, among, AT + 1)
        # Parsed by itself among the same lines, since its neighbours are odd too.
        few = [*others[: AT - 1], b'{"x": 1e999}', odd, *others[AT + 1 :]]
        assert of_file(tmp_path, few, AT + 1) == found, value
        if part == "x":
            assert found == alone, value


@pytest.mark.parametrize("part", ["id", "author"])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_id_and_no_author(tmp_path: Path, part: str, value: str) -> None:
    rows = [*[orjson.dumps(FIELDS)] * MANY, row(part, value, FIELDS)]
    found = of_file(tmp_path, rows, MANY + 1)
    assert isinstance(found, dict)
    assert found[part] is None


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("part", ["time", "lon", "text"])
def test_what_is_no_number_is_neither_a_time_nor_a_coordinate_nor_a_text(
    tmp_path: Path, part: str, value: str
) -> None:
    rows = [*[orjson.dumps(FIELDS)] * MANY, row(part, value, FIELDS)]
    assert (
        of_file(tmp_path, rows, MANY + 1)
        in {
            "time": (Reason.TIME_UNREADABLE.value, Reason.TIME_OUT_OF_RANGE.value),
            "lon": (Reason.COORDINATES_UNREADABLE.value, Reason.COORDINATES_OUT_OF_RANGE.value),
            "text": (Reason.TEXT_NOT_TEXT.value,),
        }[part]
    )


@pytest.mark.parametrize("name", ["id", "author", "time", "text", "lon", "x"])
def test_of_a_name_that_stands_twice_the_last_counts(tmp_path: Path, name: str) -> None:
    last = {
        "id": "z",
        "author": "z",
        "time": "2014-08-04T05:00:00Z",
        "text": "Roads are open.",
        "lon": 44.0,
        "x": 2,
    }
    twice = orjson.dumps(SPELLED)[:-1] + b"," + orjson.dumps({name: last[name]})[1:]
    rows = [*[orjson.dumps(SPELLED)] * MANY, twice]
    once = orjson.dumps(SPELLED | {name: last[name]})
    expected = fate(read_mapped([once], mapping=FieldMapping(), first=1), 1)
    assert of_file(tmp_path, rows, MANY + 1) == expected
    assert fate(read_mapped(rows, mapping=FieldMapping(), first=1), MANY + 1) == expected
    assert fate(read_mapped([twice], mapping=FieldMapping(), first=1), 1) == expected


@pytest.mark.parametrize("many", [1, MANY])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "Inf", "[NaN ]", "1"])
def test_a_message_of_telegram_with_what_is_no_json_is_rejected(
    tmp_path: Path, value: str, many: int
) -> None:
    said = {"id": 1, "type": "message", "date": "2014-08-03T05:00:00", "date_unixtime": "1407042000"}
    said |= {"from": "A", "from_id": "user5", "text": "Roads are closed, Inf. NaN"}
    odd = orjson.dumps(said)[:-1] + f',"x":{value}}}'.encode()
    messages = [orjson.dumps(said | {"id": number}) for number in range(2, many + 1)]
    whole = b'{"name":"c","type":"public_channel","id":9,"messages":[%s]}' % b",".join([odd, *messages])
    (tmp_path / "result.json").write_bytes(whole)
    readings = list(find("telegram").read(tmp_path / "result.json", mapping=FieldMapping(timezone="UTC")))
    reasons = [reason for one in readings for reason in one.rejected["reason"].to_pylist()]
    assert reasons == ([] if value == "1" else [Reason.NOT_JSON.value])
    assert sum(len(one.posts) for one in readings) == many - len(reasons)
