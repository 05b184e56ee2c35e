"""Posts from JSON Lines: one JSON object a line (jsonlines.org, RFC 8259), parsed in columns."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from numpy.typing import NDArray

from fanal.model.post import Reading
from fanal.sources.fields import (
    BROKEN,
    Form,
    dig,
    first_value,
    form_of,
    has_inf,
    loads,
    type_of,
    unknown_form,
    way_of,
)
from fanal.sources.judge import Columns, faulty, in_order, judge, numbers
from fanal.sources.mapping import PARTS, FieldMapping
from fanal.sources.reason import FINE, Reason
from fanal.sources.rows import DOUBTFUL, NOT_UTF8, PLAIN, TOO_LONG, Cut, Rows, cut_lines, read_rows

_LOOKED_AT = 1000
"""So many lines that have a field are looked at for a value of it."""

_SINGLY = 64
"""So few lines are parsed one by one when parsing them together fails."""

_MARK_FAULTS = {NOT_UTF8: Reason.INVALID_UTF8, TOO_LONG: Reason.TOO_LONG}


def read(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
    r"""Yield the posts of a JSON Lines file, plain or gzipped, from a byte on, at most `rows` rows at a time.

    A broken line costs only itself. What becomes of a line depends on that line and on the start of the
    file alone, so reading on from any position gives the same rows.

    Raises:
        InputError: the file is missing, of another kind, or breaks off (then after the rows before).

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "posts.jsonl"
    ...     _ = file.write_text('{"id": 7, "time": "2014-08-03T05:00:00Z", "text": "Roads are closed."}\n{')
    ...     reading = next(read(file, mapping=FieldMapping()))
    >>> reading.posts["id"].to_pylist(), reading.rejected["reason"].to_pylist()
    (['7'], ['The line is not valid JSON.'])
    """
    form = form_of(path, mapping)
    for stretch in read_rows(path, cut_lines, start=start, rows=rows):
        columns = columns_of(stretch, form)
        yield judge(columns, timezone=mapping.timezone, position=stretch.position)


def read_again(rows: Sequence[bytes], *, mapping: FieldMapping) -> Reading:
    """Return what becomes of single lines, without the file that they stood in; `line` counts them from 1.

    Where a part of a post stands is told by each line alone: the start of the file, by which `read` tells it, is not
    there.

    >>> again = [b'{"time": "2014-08-03T05:00:00Z", "text": "Roads are closed."}', b'{"text": "No time."}']
    >>> read_again(again, mapping=FieldMapping()).rejected.to_pylist()
    [{'line': 2, 'reason': 'The row has no time.'}]
    """
    data = b"\n".join(row.replace(b"\n", b" ") for row in rows)
    cut = Cut(len(rows))
    found, _, _ = cut_lines(np.frombuffer(data, np.uint8), 0, 1, len(rows), True, cut)
    stretch = Rows(
        data=data,
        starts=cut.starts[:found],
        ends=cut.ends[:found],
        lines=cut.lines[:found],
        marks=cut.marks[:found],
        cells=cut.cells[:found],
        position=len(rows),
    )
    return judge(columns_of(stretch, unknown_form(mapping)), timezone=mapping.timezone, position=len(rows))


def columns_of(rows: Rows, form: Form) -> Columns:
    """Return the columns of some lines, in the order of the lines."""
    plain = rows.marks == PLAIN
    doubtful = np.flatnonzero(rows.marks == DOUBTFUL)
    wrong = np.flatnonzero(~plain & (rows.marks != DOUBTFUL))
    parts: list[Columns] = []
    if plain.any():
        _together(rows, np.flatnonzero(plain), form, parts)
    if len(doubtful):
        parts.append(_singly(rows, doubtful, form))
    if len(wrong):
        codes = [_MARK_FAULTS[int(mark)].code for mark in rows.marks[wrong]]
        parts.append(faulty(rows.lines[wrong], np.array(codes, np.int8)))
    return in_order(parts)


def _together(rows: Rows, chosen: NDArray[np.int64], form: Form, parts: list[Columns]) -> None:
    """Parse lines in columns; where that fails, look once for late fields, then halve the lines."""
    columns = _parsed(rows, chosen, form)
    if columns is not None:
        parts.append(columns)
    else:
        _halved(rows, chosen, _widened(rows, chosen, form) if form.late else form, form, parts)


def _halved(rows: Rows, chosen: NDArray[np.int64], wide: Form, form: Form, parts: list[Columns]) -> None:
    """Parse lines under a form, and where that fails their halves; the few that made it fail are parsed singly."""
    columns = _parsed(rows, chosen, wide)
    if columns is not None:
        parts.append(columns)
    elif len(chosen) <= _SINGLY:
        parts.append(_singly(rows, chosen, form))
    else:
        middle = len(chosen) // 2
        _halved(rows, chosen[:middle], wide, form, parts)
        _halved(rows, chosen[middle:], wide, form, parts)


def _widened(rows: Rows, chosen: NDArray[np.int64], form: Form) -> Form:
    """Return the form with the fields that some lines have and the start of the file has not.

    Other names of the same parts stay as null: a line that has one of them is parsed by itself.
    """
    paths, types = dict(form.paths), dict(form.types)
    begin, end = rows.starts[chosen[0]], rows.ends[chosen[-1]]
    for part, ways in form.late.items():
        for (name,) in (way for way in ways if len(way) == 1):
            holders = _holding(rows, orjson.dumps(name), begin, end)
            if (value := first_value(list(islice(holders, _LOOKED_AT)), (name,))) is not None:
                paths[part], types[part] = (name,), type_of(part, value)
                break
    return replace(form, paths=paths, types=types)


def _holding(rows: Rows, key: bytes, at: int, end: int) -> Iterator[Any]:
    """Yield what the lines say, from a byte on, in which a key stands."""
    while (at := rows.data.find(key, at, end)) >= 0:
        line = int(np.searchsorted(rows.starts, at, side="right")) - 1
        at = int(rows.ends[line])
        yield loads(rows.data[rows.starts[line] : at])


def _parsed(rows: Rows, chosen: NDArray[np.int64], form: Form) -> Columns | None:
    """Return the columns of lines that look like one object each, or None when any is not as expected."""
    starts, ends = rows.starts[chosen], rows.ends[chosen]
    data = rows.data
    if chosen[-1] - chosen[0] + 1 == len(chosen):
        block = data[starts[0] : ends[-1]]
    else:
        block = b"\n".join([data[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)])
    if has_inf(block):
        return None
    try:
        table = pj.read_json(
            pa.BufferReader(block),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(block) + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=_schema(form), unexpected_field_behavior="ignore", newlines_in_values=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != len(chosen):
        return None
    size = len(chosen)
    got = {part: _column(table, form.paths[part]) for part in form.paths}
    if any(got[part].null_count for part in form.needed):
        return None
    none = pa.nulls(size, pa.string())
    time = got.get("time", none)
    is_text = time.type == pa.string()
    return Columns(
        line=rows.lines[chosen],
        fault=np.full(size, FINE, np.int8),
        id=_as_text(got.get("id", none)),
        author=_as_text(got.get("author", none)),
        time_text=_blank_to_null(time) if is_text else none,
        time_number=pa.nulls(size, pa.float64()) if is_text else time,
        text=got.get("text", pa.nulls(size, pa.large_string())),
        language=_as_text(got.get("language", none)),
        lon=_as_number(got.get("lon", none)),
        lat=_as_number(got.get("lat", none)),
    )


def _schema(form: Form) -> pa.Schema:
    """Return the nested schema under which the parts of a file are parsed."""
    tree: dict[str, Any] = {}
    for part, way in form.paths.items():
        node = tree
        for name in way[:-1]:
            node = node.setdefault(name, {})
        node[way[-1]] = form.types[part]
    # A field that only a later line has must not be passed over: as null, any value in it stops the parser.
    for way in (way for ways in form.late.values() for way in ways):
        tree.setdefault(way[0], pa.null())
    for way in form.barred:
        _bar(tree, way)
    return pa.schema([pa.field(name, _node(node)) for name, node in tree.items()])


def _bar(tree: dict[str, Any], way: Sequence[str]) -> None:
    """Put a path into the schema as null, unless what stands on the way to it is of another type anyway."""
    for name in way[:-1]:
        tree = tree.setdefault(name, {})
        if not isinstance(tree, dict):
            return
    tree.setdefault(way[-1], pa.null())


def _node(node: Any) -> pa.DataType:
    """Return the type of a branch of the schema."""
    if isinstance(node, dict):
        return pa.struct([pa.field(name, _node(child)) for name, child in node.items()])
    return node


def _column(table: pa.Table, way: Sequence[str]) -> pa.Array:
    """Return one parsed column as one array, with null where an object on the way to it is null."""
    column = table[way[0]].combine_chunks()
    if isinstance(column, pa.ChunkedArray):  # a table without chunks
        column = pa.array([], column.type)
    for name in way[1:]:
        column = pc.struct_field(column, name)
    return column


def _as_text(column: pa.Array) -> pa.Array:
    """Return ids as text, whole numbers written out."""
    return column if column.type == pa.string() else column.cast(pa.string())


def _as_number(column: pa.Array) -> pa.Array:
    """Return coordinates as numbers."""
    return numbers(column) if column.type == pa.string() else column


def _blank_to_null(column: pa.Array) -> pa.Array:
    """Return times with empty ones as null."""
    return pc.if_else(pc.equal(column, ""), None, column)


def _singly(rows: Rows, chosen: NDArray[np.int64], form: Form) -> Columns:
    """Parse lines one by one: what is unlike the first lines, and what is broken."""
    form = form.singly or form
    got: dict[str, list[Any]] = {part: [None] * len(chosen) for part in (*PARTS, "time_number")}
    fault = np.full(len(chosen), FINE, np.int8)
    for place, row in enumerate(chosen):
        line = rows.data[rows.starts[row] : rows.ends[row]]
        found = loads(line)
        if not isinstance(found, dict):
            fault[place] = Reason.NOT_JSON.code if found is BROKEN else Reason.NOT_OBJECT.code
            continue
        values = part_values(found, form, line)
        if values["text"] is not None and not isinstance(values["text"], str):
            fault[place] = Reason.TEXT_NOT_TEXT.code
            values["text"] = None
        for part, value in values.items():
            got[part][place] = value
    return Columns(
        line=rows.lines[chosen],
        fault=fault,
        id=pa.array(got["id"], pa.string()),
        author=pa.array(got["author"], pa.string()),
        time_text=pa.array(got["time"], pa.string()),
        time_number=pa.array(got["time_number"], pa.float64()),
        text=pa.array(got["text"], pa.large_string()),
        language=pa.array(got["language"], pa.string()),
        lon=_coordinates(got["lon"]),
        lat=_coordinates(got["lat"]),
    )


def _coordinates(values: list[float | str | None]) -> pa.Array:
    """Return coordinates of which some are written as text, all texts read at once."""
    texts = [value if isinstance(value, str) else None for value in values]
    plain = pa.array([None if isinstance(value, str) else value for value in values], pa.float64())
    return pc.coalesce(plain, numbers(pa.array(texts, pa.string()))) if any(texts) else plain


def part_values(found: dict[str, Any], form: Form, line: bytes) -> dict[str, Any]:
    """Return the parts of one object, of the types that Columns wants; a text may be of any type, a coordinate text."""
    raw = {part: dig(found, way_of(part, found, form)) for part in PARTS}
    if isinstance(raw["id"], float) or isinstance(raw["author"], float):
        # Ids beyond 64 bits: a float would make different ids the same.
        exact = json.loads(line, parse_float=str, parse_int=str)
        raw["id"], raw["author"] = (dig(exact, way_of(part, found, form)) for part in ("id", "author"))
    time = raw["time"]
    counted = isinstance(time, (int, float)) and not isinstance(time, bool)
    return {
        "id": _text_or_none(raw["id"]),
        "author": _text_or_none(raw["author"]),
        "time": None if time is None or time == "" or counted else time if isinstance(time, str) else "?",
        "time_number": _number(time) if counted else None,
        "text": raw["text"],
        "language": raw["language"] if isinstance(raw["language"], str) else None,
        "lon": raw["lon"] if isinstance(raw["lon"], str) else _number(raw["lon"]),
        "lat": raw["lat"] if isinstance(raw["lat"], str) else _number(raw["lat"]),
    }


def _text_or_none(value: object) -> str | None:
    """Return an id as text."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    """Return a number as Columns wants it: None when there is none, NaN when it is not a number."""
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    return math.nan
