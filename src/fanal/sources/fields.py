"""Fields: where in the objects of a JSON Lines file each part of a Post stands, told by the start of the file."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from fanal.model.error import InputError
from fanal.sources.mapping import PARTS, FieldMapping
from fanal.sources.opening import BOM, HEAD_BYTES, head

HEAD_LINES = 200
"""Lines from the start of a file by which its fields and their types are told."""

ENOUGH = 10
"""With so many lines seen, a file without one object or without the text's field is of another kind."""

_SHOWN_FIELDS = 12
_INF = re.compile(rb"Inf\s*[,\]}]")  # each begins with letters, which `re` looks for fast
_INFINITE = re.compile(rb"Inf(?:inity)?\s*[,\]}]")
_NAN = re.compile(rb"NaN\s*[,\]}]")
_DIGITS = 300  # of a whole number; from 309 on a float has no more of them
_LONG = 20  # letters of a whole number of 64 bits, at most

BROKEN = object()
"""Stands for a line that is no JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Say where in a file's objects each part of a Post stands, and of which type it is there."""

    paths: dict[str, tuple[str, ...]]  # of PARTS; a part that the start of the file has not is missing
    types: dict[str, pa.DataType]
    late: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """Where a missing part may stand in a later line, best first."""
    barred: tuple[tuple[str, ...], ...] = ()
    """Paths that must be null for a line to be read with others; a line that has one is read by itself."""
    needed: frozenset[str] = frozenset()
    """Parts that must not be null for a line to be read with others."""
    singly: "Form | None" = None
    """How a line is read by itself; None: by this form."""


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
    objects = [found for line in lines if isinstance(found := loads(line), dict)]
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


def unknown_form(mapping: FieldMapping) -> Form:
    """Return the form of lines of which nothing is known: each part is looked for in each line."""
    return _form((), mapping)


def _form(objects: Sequence[dict[str, Any]], mapping: FieldMapping) -> Form:
    """Tell the form from some objects."""
    paths: dict[str, tuple[str, ...]] = {}
    types: dict[str, pa.DataType] = {}
    late: dict[str, tuple[tuple[str, ...], ...]] = {}
    for part in PARTS:
        ways = _ways(mapping.candidates(part))
        found = next(((way, value) for way in ways if (value := first_value(objects, way)) is not None), None)
        if found is None:
            late[part] = ways
        else:
            paths[part], types[part] = found[0], type_of(part, found[1])
    return Form(paths=paths, types=types, late=late)


def open_form(mapping: FieldMapping) -> Form:
    """Return the form that tells nothing ahead: each line is looked through for each part.

    >>> open_form(FieldMapping(author="user.id")).late["author"]
    (('user.id',), ('user', 'id'))
    """
    late = {part: _ways(mapping.candidates(part)) for part in PARTS}
    return Form(paths={}, types={}, late=late)


def _ways(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the paths that some names may stand for; a name with a dot is a field's own name first."""
    return tuple(
        way for name in names for way in (((name,), tuple(name.split("."))) if "." in name else ((name,),))
    )


def first_value(objects: Sequence[dict[str, Any]], way: Sequence[str]) -> object:
    """Return the first text or number that stands under a path, or None."""
    return next((value for one in objects if is_plain(value := dig(one, way))), None)


def type_of(part: str, value: object) -> pa.DataType:
    """Return the type under which a column is read first, told by one of its values."""
    if part == "text":
        return pa.large_string()
    if isinstance(value, str):
        return pa.string()
    if part in ("time", "lon", "lat"):
        return pa.float64()
    return pa.int64() if isinstance(value, int) else pa.string()


def way_of(part: str, found: dict[str, Any], form: Form) -> tuple[str, ...]:
    """Return the path under which a part of one object stands; empty when it has none."""
    if part in form.paths:
        return form.paths[part]
    return next((way for way in form.late.get(part, ()) if is_plain(dig(found, way))), ())


def has_inf(block: bytes) -> bool:
    """Tell whether `Inf` stands in some JSON as a value: Arrow takes it, and no other parser does.

    A text in which it stands before a comma or a bracket is taken for one; such lines are then parsed by themselves.

    >>> has_inf(b'{"n": Inf}'), has_inf(b'{"n": Infinity}'), has_inf(b'{"text": "Information, please"}')
    (True, False, False)
    """
    return _INF.search(block) is not None


def has_nan(block: memoryview) -> bool:
    """Tell whether NaN, Infinity or Inf stands in some JSON as a value: Arrow takes them, and they are no JSON.

    >>> has_nan(memoryview(b'{"n": NaN}')), has_nan(memoryview(b'{"n": [-Infinity ]}'))
    (True, True)
    """
    return _NAN.search(block) is not None or _INFINITE.search(block) is not None


def loads(line: bytes) -> Any:
    """Return what a line of JSON says, or `BROKEN`.

    A number that is too big for a float is infinity. NaN and Infinity, which are no JSON, are let through, as Python
    writes them: of a post they are no id, no author, no text, and neither a time nor a coordinate.
    """
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if "infinity" not in error.msg and b"NaN" not in line and b"Infinity" not in line:
            return BROKEN
    try:
        found = json.loads(line, parse_int=_number)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        return BROKEN
    return found


def strictly(raw: bytes | str) -> Any:
    """Return what some JSON says, or `BROKEN`. A number that is too big for a float is infinity; all else must be JSON.

    >>> strictly(b'{"x": 1e999, "y": -1e999}'), strictly(b'{"x": NaN}') is BROKEN
    ({'x': inf, 'y': -inf}, True)
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if "infinity" not in error.msg:
            return BROKEN
    try:
        found = json.loads(raw, parse_int=_whole, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        return BROKEN
    return found


def _whole(text: str) -> float | int:
    """Return a whole number as `orjson` does: one of more than 64 bits as a float."""
    found = int(text) if len(text) <= _LONG else 0
    return found if -(1 << 63) <= found < 1 << 64 and len(text) <= _LONG else float(text)


def _no_number(name: str) -> float:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(name)


def _number(text: str) -> float | int:
    """Return a whole number, as a float where it is long."""
    return float(text) if len(text) > _DIGITS else int(text)


def dig(found: Any, way: Sequence[str]) -> Any:
    """Return what stands under a path of names, or None."""
    for name in way:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found if way else None


def is_plain(value: object) -> bool:
    """Tell whether a value is a text or a number."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _is_name(name: str) -> bool:
    """Tell whether a field's name can be shown: a key that is no name might be somebody's text."""
    return name.isidentifier() and len(name) <= 32
