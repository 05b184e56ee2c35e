"""Posts from delimited text: CSV (RFC 4180) and its kin with tabs, semicolons or bars, with a header row."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
from numpy.typing import NDArray

from fanal.model.error import InputError
from fanal.model.post import Reading
from fanal.sources.judge import Columns, faulty, in_order, judge, numbers
from fanal.sources.mapping import PARTS, FieldMapping
from fanal.sources.opening import BOM, HEAD_BYTES, head
from fanal.sources.reason import FINE, Reason
from fanal.sources.rows import (
    BROKEN_QUOTES,
    NOT_UTF8,
    TOO_LONG,
    Rows,
    cut_records,
    read_rows,
)

DELIMITERS = ",\t;|"
_MARK_FAULTS = {
    NOT_UTF8: Reason.INVALID_UTF8,
    TOO_LONG: Reason.TOO_LONG,
    BROKEN_QUOTES: Reason.BROKEN_QUOTES,
}
_SHOWN_COLUMNS = 20
_LONGEST_NAME = 64
_NEEDED = ("text", "time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Hold the first row of a delimited file."""

    names: tuple[str, ...]
    delimiter: str
    position: int  # byte of the file's text behind it


def read(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
    r"""Yield the posts of a CSV file, plain or gzipped, from a byte on, at most `rows` rows at a time.

    A row with a broken quote or with too few or too many columns costs only itself.

    Raises:
        InputError: the file is missing, of another kind, has no column for text or time, or breaks off.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "posts.csv"
    ...     _ = file.write_text('id,date,text\n1,2014-08-03T05:00Z,"Roads, bridges"\n2,,x,y\n')
    ...     reading = next(read(file, mapping=FieldMapping()))
    >>> reading.posts["text"].to_pylist(), reading.rejected["line"].to_pylist()
    (['Roads, bridges'], [3])
    """
    header = header_of(path)
    where = _columns(path, header, mapping)
    kernel = cut_records(header.delimiter)
    start = max(start, header.position)
    for stretch in read_rows(path, kernel, start=start, rows=rows, lone_cr=True):
        columns = _columns_of(stretch, header, where)
        yield judge(columns, timezone=mapping.timezone, position=stretch.position)


def header_of(path: Path) -> Header:
    """Read the names of the columns and tell the delimiter: the one that cuts the header most often.

    Raises:
        InputError: the file is missing, of another kind, or its first row is no header.
    """
    start = head(path)
    body = start.removeprefix(BOM)
    if body.lstrip()[:1] in (b"{", b"["):
        raise InputError(f"{path} is JSON, not CSV.", hint="Name its format with --format.")
    shift = len(start) - len(body)
    blank = len(body) - len(body.lstrip(b"\r\n"))
    data = body[blank:]
    ended = len(start) < HEAD_BYTES
    best: Header | None = None
    for delimiter in DELIMITERS:
        found = _first(data, delimiter, ended=ended)
        if found is None:
            continue
        names, size = found
        if best is None or len(names) > len(best.names):
            best = Header(names=names, delimiter=delimiter, position=shift + blank + size)
    if best is None:
        raise InputError(
            f"{path} is not CSV: its first row is not a header.",
            hint="Give it a first row with column names.",
        )
    return best


def _first(data: bytes, delimiter: str, *, ended: bool) -> tuple[tuple[str, ...], int] | None:
    """Return the names in the first record and its bytes, line end included; None when it is no header."""
    size, quoted = 0, False
    while size < len(data):
        byte = data[size]
        if byte == ord('"'):
            quoted = not quoted
        elif byte in (10, 13) and not quoted:
            break
        size += 1
    else:
        if not ended or quoted:
            return None
    line = data[:size]
    size += 2 if data[size : size + 2] == b"\r\n" else 1 if size < len(data) else 0
    try:
        text = line.decode()
        names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    return tuple(name.strip() for name in names), size


def _columns(path: Path, header: Header, mapping: FieldMapping) -> dict[str, int]:
    """Return the column of each part of a Post that the file has."""
    exact = {name: place for place, name in reversed(list(enumerate(header.names)))}
    folded = {name.casefold(): place for place, name in reversed(list(enumerate(header.names)))}
    where: dict[str, int] = {}
    for part in PARTS:
        for name in mapping.candidates(part):
            place = exact.get(name, folded.get(name.casefold()))
            if place is not None:
                where[part] = place
                break
    missing = [part for part in _NEEDED if part not in where]
    if missing:
        shown = [name[:_LONGEST_NAME] for name in header.names if name][:_SHOWN_COLUMNS]
        raise InputError(
            f"{path} has no column {mapping.name_of(missing[0])!r} with the {missing[0]} of a post; "
            f"it has {', '.join(shown)}.",
            hint=f"Set `{missing[0]}` under [posts] in fanal.toml.",
        )
    return where


def _columns_of(rows: Rows, header: Header, where: dict[str, int]) -> Columns:
    """Return the columns of some records, in the order of the lines."""
    codes = np.full(len(rows.starts), FINE, np.int8)
    codes[rows.cells != len(header.names)] = Reason.WRONG_COLUMNS.code
    for mark, reason in _MARK_FAULTS.items():
        codes[rows.marks == mark] = reason.code
    good = np.flatnonzero(codes == FINE)
    bad = np.flatnonzero(codes != FINE)
    parts = []
    if len(good):
        parts.append(_parsed(rows, good, header, where))
    if len(bad):
        parts.append(faulty(rows.lines[bad], codes[bad]))
    return in_order(parts)


def _parsed(rows: Rows, good: NDArray[np.int64], header: Header, where: dict[str, int]) -> Columns:
    """Return the columns of records that have the header's number of fields."""
    fields = parse(rows, good, len(header.names), header.delimiter, sorted(set(where.values())))
    none = pa.nulls(len(good), pa.string())
    got = {part: fields[place] for part, place in where.items()}
    time = got["time"]
    return Columns(
        line=rows.lines[good],
        fault=np.full(len(good), FINE, np.int8),
        id=got.get("id", none),
        author=got.get("author", none),
        time_text=pc.if_else(pc.equal(time, ""), None, time),
        time_number=pa.nulls(len(good), pa.float64()),
        text=got["text"].cast(pa.large_string()),
        language=got.get("language", none),
        lon=numbers(got.get("lon", none)),
        lat=numbers(got.get("lat", none)),
    )


def parse(
    rows: Rows, good: NDArray[np.int64], width: int, delimiter: str, wanted: list[int]
) -> dict[int, pa.StringArray]:
    """Return the wanted fields of well-formed records, as text; an empty field is an empty text."""
    starts, ends = rows.starts[good], rows.ends[good]
    if good[-1] - good[0] + 1 == len(good):
        block = rows.data[starts[0] : ends[-1]]
    else:
        block = b"\n".join([rows.data[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)])
    names = [str(place) for place in range(width)]
    try:
        table = pv.read_csv(
            pa.BufferReader(block),
            read_options=pv.ReadOptions(
                use_threads=False, block_size=max(len(block) + 1, 1024), column_names=names
            ),
            parse_options=pv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=True
            ),
            convert_options=pv.ConvertOptions(
                check_utf8=False,
                column_types={name: pa.string() for name in names},
                include_columns=[str(place) for place in wanted],
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        table = None
    if table is not None and table.num_rows == len(good):
        return {place: table[str(place)].combine_chunks() for place in wanted}
    return _slowly(rows, good, delimiter, wanted)


def _slowly(
    rows: Rows, good: NDArray[np.int64], delimiter: str, wanted: list[int]
) -> dict[int, pa.StringArray]:
    """Return the wanted fields record by record, where the fast parser sees other records than the kernel."""
    lists: dict[int, list[str]] = {place: [] for place in wanted}
    for row in good:
        text = rows.data[rows.starts[row] : rows.ends[row]].decode()
        fields = split(text, delimiter)
        for place in wanted:
            lists[place].append(fields[place])
    return {place: pa.array(values, pa.string()) for place, values in lists.items()}


def split(record: str, delimiter: str) -> list[str]:
    """Return the fields of one well-formed record: the slow, obvious way.

    >>> split('a,"b ""c"", d",', ",")
    ['a', 'b "c", d', '']
    """
    fields: list[str] = []
    at = 0
    while True:
        if record.startswith('"', at):
            parts = []
            end = at
            while record.startswith('"', end):
                close = record.index('"', end + 1)
                parts.append(record[end + 1 : close])
                end = close + 1
            fields.append('"'.join(parts))
        else:
            end = record.find(delimiter, at)
            end = len(record) if end < 0 else end
            fields.append(record[at:end])
        if end >= len(record):
            return fields
        at = end + 1
