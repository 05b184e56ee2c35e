"""Posts from JSON Lines: one JSON object a line (jsonlines.org, RFC 8259), parsed in columns."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from numpy.typing import NDArray

from fanal.model.error import InputError
from fanal.model.post import Reading
from fanal.sources.judge import Columns, faulty, in_order, judge, numbers
from fanal.sources.mapping import PARTS, FieldMapping
from fanal.sources.opening import BOM, HEAD_BYTES, head
from fanal.sources.reason import FINE, Reason
from fanal.sources.rows import DOUBTFUL, NOT_UTF8, PLAIN, TOO_LONG, Rows, cut_lines, read_rows

HEAD_LINES = 200
"""Lines from the start of a file by which its fields and their types are told."""

ENOUGH = 10
"""With so many lines seen, a file without one object or without the text's field is of another kind."""

_SINGLY = 64
"""So few lines are parsed one by one when parsing them together fails."""

_SHOWN_FIELDS = 12
_MARK_FAULTS = {NOT_UTF8: Reason.INVALID_UTF8, TOO_LONG: Reason.TOO_LONG}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Say where in a file's objects each part of a Post stands, and of which type it is there."""

    paths: dict[str, tuple[str, ...]]  # of PARTS; a part that the file has not is missing
    types: dict[str, pa.DataType]


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


def form_of(path: Path, mapping: FieldMapping) -> Form:
    """Tell from the first lines of a file where the parts of a Post stand, and refuse other kinds.

    Raises:
        InputError: it is no JSON Lines file, or none of its objects has the field of the text.
    """
    start = head(path)
    lines = [line.strip() for line in start.removeprefix(BOM).split(b"\n")]
    if len(start) >= HEAD_BYTES and len(lines) > 1:
        lines.pop()  # cut off in the middle
    lines = [line for line in lines if line][:HEAD_LINES]
    objects = [found for line in lines if isinstance(found := _loads(line), dict)]
    first = lines[0] if lines else b""
    if first == b"[" or (first.startswith(b"[") and not objects):
        raise InputError(
            f"{path} is one JSON array, not JSON Lines.",
            hint="Write each of its objects on a line of its own.",
        )
    if not objects and len(lines) >= ENOUGH:
        raise InputError(
            f"{path} is not JSON Lines: none of its first {len(lines)} lines is a JSON object.",
            hint="Name its format with --format.",
        )
    form = _form(objects, mapping)
    if "text" not in form.paths and len(objects) >= ENOUGH:
        names = sorted({name for found in objects for name in found if _is_name(name)})[:_SHOWN_FIELDS]
        raise InputError(
            f"{path} has no field {mapping.text!r} with the text of a post; it has {', '.join(names)}.",
            hint="Set `text` under [posts] in fanal.toml.",
        )
    return form


def _form(objects: Sequence[dict[str, Any]], mapping: FieldMapping) -> Form:
    """Tell the form from some objects."""
    paths: dict[str, tuple[str, ...]] = {}
    types: dict[str, pa.DataType] = {}
    for part in PARTS:
        for name in mapping.candidates(part):
            ways = ((name,), tuple(name.split("."))) if "." in name else ((name,),)
            values = {way: [v for o in objects if (v := _dig(o, way)) is not None] for way in ways}
            found = next((way for way in ways if any(_is_plain(v) for v in values[way])), None)
            if found is not None:
                paths[part] = found
                types[part] = _type(part, next(v for v in values[found] if _is_plain(v)))
                break
    return Form(paths=paths, types=types)


def _type(part: str, value: object) -> pa.DataType:
    """Return the type under which a column is read first, told by one of its values."""
    if part == "text":
        return pa.large_string()
    if isinstance(value, str):
        return pa.string()
    if part in ("time", "lon", "lat"):
        return pa.float64()
    return pa.int64() if isinstance(value, int) else pa.string()


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
    """Parse lines in columns; where that fails, halve them until the lines that made it fail are found."""
    columns = _parsed(rows, chosen, form)
    if columns is not None:
        parts.append(columns)
    elif len(chosen) <= _SINGLY:
        parts.append(_singly(rows, chosen, form))
    else:
        middle = len(chosen) // 2
        _together(rows, chosen[:middle], form, parts)
        _together(rows, chosen[middle:], form, parts)


def _parsed(rows: Rows, chosen: NDArray[np.int64], form: Form) -> Columns | None:
    """Return the columns of lines that look like one object each, or None when any is not as expected."""
    starts, ends = rows.starts[chosen], rows.ends[chosen]
    data = rows.data
    if chosen[-1] - chosen[0] + 1 == len(chosen):
        block = data[starts[0] : ends[-1]]
    else:
        block = b"\n".join([data[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)])
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
    return pa.schema([pa.field(name, _node(node)) for name, node in tree.items()])


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
    got: dict[str, list[Any]] = {part: [] for part in (*PARTS, "time_number")}
    fault = np.full(len(chosen), FINE, np.int8)
    for place, row in enumerate(chosen):
        line = rows.data[rows.starts[row] : rows.ends[row]]
        found = _loads(line)
        if found is _BROKEN:
            fault[place] = Reason.NOT_JSON.code
        elif not isinstance(found, dict):
            fault[place] = Reason.NOT_OBJECT.code
        values = part_values(found if isinstance(found, dict) else {}, form, line)
        if values["text"] is not None and not isinstance(values["text"], str):
            fault[place] = Reason.TEXT_NOT_TEXT.code
            values["text"] = None
        for part, value in values.items():
            got[part].append(value)
    return Columns(
        line=rows.lines[chosen],
        fault=fault,
        id=pa.array(got["id"], pa.string()),
        author=pa.array(got["author"], pa.string()),
        time_text=pa.array(got["time"], pa.string()),
        time_number=pa.array(got["time_number"], pa.float64()),
        text=pa.array(got["text"], pa.large_string()),
        language=pa.array(got["language"], pa.string()),
        lon=pa.array(got["lon"], pa.float64()),
        lat=pa.array(got["lat"], pa.float64()),
    )


def part_values(found: dict[str, Any], form: Form, line: bytes) -> dict[str, Any]:
    """Return the parts of one object, of the types that Columns wants; a text may be of any type."""
    raw = {part: _dig(found, form.paths[part]) if part in form.paths else None for part in PARTS}
    if isinstance(raw["id"], float) or isinstance(raw["author"], float):
        # Ids beyond 64 bits: a float would make different ids the same.
        exact = json.loads(line, parse_float=str, parse_int=str)
        raw["id"], raw["author"] = (_dig(exact, form.paths.get(part, ())) for part in ("id", "author"))
    time = raw["time"]
    counted = isinstance(time, (int, float)) and not isinstance(time, bool)
    return {
        "id": _text_or_none(raw["id"]),
        "author": _text_or_none(raw["author"]),
        "time": None if time is None or time == "" or counted else time if isinstance(time, str) else "?",
        "time_number": _number(time) if counted else None,
        "text": raw["text"],
        "language": raw["language"] if isinstance(raw["language"], str) else None,
        "lon": _number(raw["lon"]),
        "lat": _number(raw["lat"]),
    }


_BROKEN = object()


def _loads(line: bytes) -> Any:
    """Return what a line of JSON says, or `_BROKEN`. NaN is let through, as Python writes it."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    if b"NaN" not in line and b"Infinity" not in line:
        return _BROKEN
    try:
        found = json.loads(line, parse_float=_finite)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        return _BROKEN
    return found


def _finite(text: str) -> float:
    """Return a number, and refuse one that is too big for a float."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


def _dig(found: Any, way: Sequence[str]) -> Any:
    """Return what stands under a path of names, or None."""
    for name in way:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found if way else None


def _is_plain(value: object) -> bool:
    """Tell whether a value is a text or a number."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _is_name(name: str) -> bool:
    """Tell whether a field's name can be shown: a key that is no name might be somebody's text."""
    return name.isidentifier() and len(name) <= 32


def _text_or_none(value: object) -> str | None:
    """Return an id as text."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    """Return a number as Columns wants it: None when there is none, NaN when it is not a number."""
    if value is None:
        return None
    if isinstance(value, str):
        read: float | None = numbers(pa.array([value]))[0].as_py()
        return read
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    return math.nan
