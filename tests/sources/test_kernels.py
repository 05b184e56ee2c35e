"""The kernels that cut rows and read times do what slow, obvious code does."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.sources.delimited import split
from fanal.sources.reason import FINE, Reason
from fanal.sources.rows import BROKEN_QUOTES, NOT_UTF8, PLAIN, Cut, cut_lines, cut_records, read_rows
from fanal.sources.times import read_times
from fanal.sources.utf8 import is_utf8

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NASTY = st.lists(
    st.sampled_from(
        [b"a", b",", b'"', b"\n", b"\r", b"\r\n", b'""', b"{", b"}", b" ", b"\xff", "م".encode()]
    ),
    max_size=40,
).map(b"".join)


def cut(kernel, data: bytes):
    made = Cut(len(data) + 1)
    found, _, line = kernel(np.frombuffer(data, np.uint8), 0, 1, len(data) + 1, True, made)
    rows = [
        (int(made.lines[i]), data[made.starts[i] : made.ends[i]], int(made.marks[i]), int(made.cells[i]))
        for i in range(found)
    ]
    return rows, line


@settings(deadline=None)
@given(st.binary(max_size=12))
def test_utf8_is_what_python_decodes(data: bytes) -> None:
    try:
        data.decode()
        valid = True
    except UnicodeDecodeError:
        valid = False
    assert is_utf8(np.frombuffer(data, np.uint8), 0, len(data)) == valid


@settings(deadline=None)
@given(NASTY)
def test_lines_are_what_split_gives(data: bytes) -> None:
    rows, _ = cut(cut_lines, data)
    lines = [(n, line.strip(b" \t\r")) for n, line in enumerate(data.split(b"\n"), start=1)]
    assert [(n, text) for n, text, _, _ in rows] == [(n, line) for n, line in lines if line]


@settings(deadline=None)
@given(NASTY)
def test_no_byte_of_a_csv_file_is_lost(data: bytes) -> None:
    rows, line = cut(cut_records(","), data)
    assert b"".join(text for _, text, _, _ in rows).replace(b"\r", b"").replace(b"\n", b"") == data.replace(
        b"\r", b""
    ).replace(b"\n", b"")
    ends = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n")
    assert line == 1 + ends + (0 if data.endswith((b"\n", b"\r")) or not data else 1)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.text(st.sampled_from('a,"\n\r;م '), max_size=5), min_size=2, max_size=4), max_size=6)
)
def test_records_that_csv_writes_are_read_back(table: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    rows, _ = cut(cut_records(","), out.getvalue().encode())
    assert [split(text.decode(), ",") for _, text, _, _ in rows] == table
    assert [cells for _, _, _, cells in rows] == [len(row) for row in table]
    assert all(mark == PLAIN for _, _, mark, _ in rows)


def test_a_broken_quote_costs_one_line() -> None:
    rows, _ = cut(cut_records(","), b'a,"b\nc,d\ne,"f"g\nh,\xff\ni,j')
    assert [(line, mark) for line, _, mark, _ in rows] == [
        (1, BROKEN_QUOTES),
        (2, PLAIN),
        (3, BROKEN_QUOTES),
        (4, NOT_UTF8),
        (5, PLAIN),
    ]


@settings(deadline=None)
@given(NASTY, st.integers(1, 5), st.booleans())
def test_rows_do_not_depend_on_how_they_are_read(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, rows: int, records: bool
) -> None:
    file: Path = tmp_path_factory.getbasetemp() / "cut.txt"
    file.write_bytes(data)
    kernel = cut_records(",") if records else cut_lines

    def all_of(start: int, most: int):
        found = []
        for part in read_rows(file, kernel, start=start, rows=most, lone_cr=records):
            for i in range(len(part.starts)):
                text = part.data[part.starts[i] : part.ends[i]]
                found.append((int(part.lines[i]), text, int(part.marks[i]), part.position))
        return found

    whole = [row[:3] for row in all_of(0, 1000)]
    assert [row[:3] for row in all_of(0, rows)] == whole
    for done, row in enumerate(all_of(0, 1), start=1):
        assert [r[:3] for r in all_of(row[3], 1000)] == whole[done:]


def one(text: str | None, zone: str | None = None, number: float | None = None) -> tuple[int, int]:
    micros, fault = read_times(pa.array([text], pa.string()), pa.array([number], pa.float64()), zone)
    return int(micros[0]), int(fault[0])


MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(2100, 12, 30))  # noqa: DTZ001 - the zone is drawn
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@settings(deadline=None)
@given(MOMENTS, ZONES, st.sampled_from(["T", " "]), st.sampled_from(["auto", "seconds", "minutes"]))
def test_iso_times_are_what_datetime_reads(local: datetime, zone, mark: str, precision: str) -> None:
    text = local.replace(tzinfo=zone).isoformat(mark, precision)
    expected = (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)
    assert one(text) == (expected, FINE)
    assert one(text.replace("+00:00", "Z")) == (expected, FINE)


@settings(deadline=None)
@given(MOMENTS, ZONES)
def test_worded_times_are_what_datetime_writes(local: datetime, zone) -> None:
    moment = local.replace(tzinfo=zone, microsecond=0)
    expected = ((moment - EPOCH) // timedelta(microseconds=1), FINE)
    assert one(moment.strftime("%a %b %d %H:%M:%S %z %Y")) == expected
    assert one(format_datetime(moment)) == expected


@settings(deadline=None)
@given(MOMENTS)
def test_epoch_times_of_any_unit_are_read(local: datetime) -> None:
    moment = local.replace(tzinfo=UTC)
    micros = (moment - EPOCH) // timedelta(microseconds=1)
    seconds = micros // 1_000_000
    assert one(str(seconds)) == (seconds * 1_000_000, FINE)
    assert one(None, None, float(seconds)) == (seconds * 1_000_000, FINE)
    assert one(str(micros // 1000)) == (micros // 1000 * 1000, FINE)
    assert one(None, None, float(micros // 1000)) == (micros // 1000 * 1000, FINE)
    assert one(str(micros)) == (micros, FINE)


@settings(deadline=None)
@given(MOMENTS, st.sampled_from(["Asia/Baghdad", "America/St_Johns", "Australia/Lord_Howe", "UTC"]))
def test_local_times_take_the_zone_that_is_set(local: datetime, zone: str) -> None:
    text = local.isoformat(" ", "seconds")
    moment = local.replace(microsecond=0, tzinfo=ZoneInfo(zone))
    expected = (moment.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
    if moment.astimezone(UTC).year in range(1990, 2101):
        assert one(text, zone) == (expected, FINE)
    assert one(text)[1] == Reason.TIME_WITHOUT_ZONE.code


@settings(deadline=None)
@given(st.text(max_size=30) | st.text(st.sampled_from("0123456789-:T +Z.JanFeb,"), max_size=30))
def test_any_text_is_a_time_or_a_reason(text: str) -> None:
    micros, fault = one(text)
    assert fault in range(FINE, len(Reason))
    if fault == FINE:
        assert 1990 <= (EPOCH + timedelta(microseconds=micros)).year <= 2100


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, Reason.TIME_MISSING),
        ("soon", Reason.TIME_UNREADABLE),
        ("2014-02-30T00:00:00Z", Reason.TIME_UNREADABLE),
        ("2014-08-03T24:00:00Z", Reason.TIME_UNREADABLE),
        ("2014-08-03T10:00:00+24:00", Reason.TIME_UNREADABLE),
        ("2014-08-03", Reason.TIME_WITHOUT_ZONE),
        ("1989-12-31T23:59:59Z", Reason.TIME_OUT_OF_RANGE),
        ("2101-01-01T00:00:00Z", Reason.TIME_OUT_OF_RANGE),
        ("-5", Reason.TIME_OUT_OF_RANGE),
        ("0", Reason.TIME_OUT_OF_RANGE),
        ("9" * 19, Reason.TIME_OUT_OF_RANGE),
        ("9" * 40, Reason.TIME_UNREADABLE),
    ],
)
def test_a_time_that_cannot_be_used_has_its_reason(text: str | None, reason: Reason) -> None:
    assert one(text)[1] == reason.code


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0, 1e300, 0.0])
def test_a_number_that_is_no_time_is_out_of_range(number: float) -> None:
    assert one(None, None, number)[1] == Reason.TIME_OUT_OF_RANGE.code
