"""The judge: columns as a file gives them become posts, skipped lines and rejected rows, each row in one part."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.geo.plausible import Standing, standing
from fanal.model.post import POST_SCHEMA, REJECT_SCHEMA, Reading
from fanal.sources.reason import FINE, REASONS, Reason
from fanal.sources.times import read_local_times

_NUMBER = r"^[+-]?[0-9]{1,15}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?$"
_FAULT_OF = np.full(len(Standing), FINE, np.int8)
_FAULT_OF[Standing.NOT_A_NUMBER] = Reason.COORDINATES_UNREADABLE.code
_FAULT_OF[Standing.OUT_OF_RANGE] = Reason.COORDINATES_OUT_OF_RANGE.code
_FAULT_OF[Standing.NULL_ISLAND] = Reason.COORDINATES_NULL_ISLAND.code
_FAULT_OF[Standing.SWAPPED] = Reason.COORDINATES_SWAPPED.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Hold the parts of rows as a file gives them, before anything is judged. All of one length."""

    line: NDArray[np.int64]
    fault: NDArray[np.int8]  # code of a Reason that was found while parsing, or FINE
    id: pa.StringArray
    author: pa.StringArray
    time_text: pa.StringArray
    time_number: pa.DoubleArray  # epoch number, where the time is no text
    text: pa.LargeStringArray
    language: pa.StringArray
    lon: pa.DoubleArray  # null: none; NaN: not a number
    lat: pa.DoubleArray


def faulty(line: NDArray[np.int64], fault: NDArray[np.int8]) -> Columns:
    """Return rows of which nothing is known but what is wrong with them."""
    size = len(line)
    nothing = pa.nulls(size, pa.string())
    return Columns(
        line=line,
        fault=fault,
        id=nothing,
        author=nothing,
        time_text=nothing,
        time_number=pa.nulls(size, pa.float64()),
        text=pa.nulls(size, pa.large_string()),
        language=nothing,
        lon=pa.nulls(size, pa.float64()),
        lat=pa.nulls(size, pa.float64()),
    )


def in_order(parts: Sequence[Columns]) -> Columns:
    """Return several parts of a stretch as one, in the order of their lines."""
    if len(parts) == 1:
        return parts[0]
    order = np.argsort(np.concatenate([part.line for part in parts]), kind="stable")
    joined = {}
    for column in fields(Columns):
        values = [getattr(part, column.name) for part in parts]
        if isinstance(values[0], np.ndarray):
            joined[column.name] = np.concatenate(values)[order]
        else:
            joined[column.name] = pa.concat_arrays(values).take(pa.array(order))
    return Columns(**joined)


def numbers(texts: pa.Array) -> pa.DoubleArray:
    """Return coordinates written as text; empty becomes null, and what is no number becomes NaN.

    >>> numbers(pa.array(["43.1", " -7 ", "", None, "here"])).to_pylist()
    [43.1, -7.0, None, None, nan]
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    given = pc.and_kleene(texts.is_valid(), pc.not_equal(pc.binary_length(trimmed), 0))
    good = pc.and_kleene(given, pc.match_substring_regex(trimmed, _NUMBER))
    read = pc.if_else(good, trimmed, None).cast(pa.float64())
    return pc.if_else(pc.fill_null(given, False), pc.fill_null(read, float("nan")), None)


def judge(columns: Columns, *, timezone: str | None, position: int) -> Reading:
    """Return what became of a stretch of rows.

    A row with a fault from parsing is rejected; then a row without text is skipped; then time and place
    are looked at, and the first thing that is wrong is the reason.
    """
    fault = columns.fault.copy()
    skip = (fault == FINE) & ~_filled(columns.text)
    micros, time_fault, local = read_local_times(columns.time_text, columns.time_number, timezone)
    open_rows = (fault == FINE) & ~skip
    fault[open_rows] = time_fault[open_rows]
    place_fault = _places(columns.lon, columns.lat)
    open_rows &= fault == FINE
    fault[open_rows] = place_fault[open_rows]
    bad = fault != FINE
    good = ~(bad | skip)
    table = {
        "line": pa.array(columns.line),
        "id": _or_null(columns.id),
        "author": _or_null(columns.author),
        "time": pa.array(micros).view(pa.timestamp("us", tz="UTC")),
        "text": columns.text,
        "language": _or_null(columns.language),
        "lon": columns.lon,
        "lat": columns.lat,
    }
    if not good.all():
        kept = pa.array(np.flatnonzero(good))
        table = {name: column.take(kept) for name, column in table.items()}
    reasons = pa.array([reason.value for reason in REASONS]).take(pa.array(fault[bad].astype(np.int64)))
    return Reading(
        posts=pa.RecordBatch.from_arrays([table[name] for name in POST_SCHEMA.names], schema=POST_SCHEMA),
        skipped=pa.array(columns.line[skip]),
        rejected=pa.RecordBatch.from_arrays([pa.array(columns.line[bad]), reasons], schema=REJECT_SCHEMA),
        position=position,
        zone=timezone or "" if (good & local).any() else "",
    )


def _filled(texts: pa.Array) -> NDArray[np.bool_]:
    """Tell which texts hold anything but blanks."""
    size = pc.binary_length(pc.utf8_ltrim_whitespace(texts))
    return np.asarray(pc.fill_null(pc.greater(size, 0), False).to_numpy(zero_copy_only=False))


def _or_null(texts: pa.Array) -> pa.Array:
    """Return texts with empty ones as null."""
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _places(lon: pa.Array, lat: pa.Array) -> NDArray[np.int8]:
    """Return for each row the code of what is wrong with its coordinates, or FINE."""
    fault = np.full(len(lon), FINE, np.int8)
    has_lon = lon.is_valid().to_numpy(zero_copy_only=False)
    has_lat = lat.is_valid().to_numpy(zero_copy_only=False)
    if not (has_lon.any() or has_lat.any()):
        return fault
    both = has_lon & has_lat
    x, y = (pc.fill_null(one, 0.0).to_numpy(zero_copy_only=False) for one in (lon, lat))
    fault[both] = _FAULT_OF[standing(x[both], y[both])]
    fault[has_lon != has_lat] = Reason.ONE_COORDINATE.code
    return fault
