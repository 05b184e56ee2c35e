"""Posts from an Excel sheet (.xlsx, ECMA-376): one sheet with a header row, columns named as in fanal.toml."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fanal.model.error import InputError
from fanal.model.post import Reading
from fanal.sources.judge import Columns, judge
from fanal.sources.mapping import PARTS, FieldMapping
from fanal.sources.reason import FINE, Reason
from fanal.sources.workbook import Cell, archive, rows, sheets

HEADER_ROWS = 25
"""The header stands within the first so many rows that hold anything; above it there may be titles."""

EXACT_DIGITS = 15
"""Excel keeps so many digits of a number; what stands behind them is made of zeros."""

MOST_TEXT = 64 << 20
"""Letters of rows that are held together: a text that many rows share is held once, but written once for each."""

_WHOLE = re.compile(r"-?[0-9]+")
_SHOWN = 20


def read(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
    """Yield the posts of a sheet after its row `start`, at most `rows` rows at a time.

    `line` and `position` are numbers of the sheet's rows. The first sheet that is shown is read, or the one that
    the mapping names.

    Raises:
        InputError: the file is missing, of another kind, or damaged (then after the rows before).
    """
    for last, numbers, cells, book_1904 in _stretches(path, mapping, start, rows):
        yield judge(_columns(numbers, cells, book_1904), timezone=mapping.timezone, position=last)


def _stretches(
    path: Path, mapping: FieldMapping, start: int, most: int
) -> Iterator[tuple[int, list[int], list[dict[str, Cell]], bool]]:
    """Yield rows behind the header with the cells of each part of a Post, in stretches."""
    with archive(path) as opened:
        book = sheets(opened, path)
        part = next((part for name, part in book.names if mapping.sheet in ("", name)), None)
        if part is None:
            names = ", ".join(name[:40] for name, _ in book.names) or "none that is shown"
            raise InputError(
                f"{path} has no sheet {mapping.sheet!r}; it has {names}.", hint="Set posts.sheet."
            )
        where: dict[str, str] | None = None
        heads: list[dict[str, Cell]] = []
        numbers: list[int] = []
        kept: list[dict[str, Cell]] = []
        size = 0
        for number, cells in rows(opened, part, path, book):
            if where is None:
                heads.append(cells)
                where = _where(cells, mapping)
                if where is None and len(heads) == HEADER_ROWS:
                    break
                continue
            if number > start:
                numbers.append(number)
                kept.append({name: cells[at] for name, at in where.items() if at in cells})
                size += sum(len(cell.value) for cell in kept[-1].values())
                if len(numbers) == most or size > MOST_TEXT:
                    yield number, numbers, kept, book.since_1904
                    numbers, kept, size = [], [], 0
        if where is None:
            names = (
                ", ".join(cell.value[:40] for cell in list(heads[0].values())[:_SHOWN])
                if heads
                else "nothing"
            )
            raise InputError(
                f"{path} has no row that names columns of text and time; its first row is {names}.",
                hint="Set `text` and `time` under [posts] in fanal.toml.",
            )
        if numbers:
            yield numbers[-1], numbers, kept, book.since_1904


def _where(cells: Mapping[str, Cell], mapping: FieldMapping) -> dict[str, str] | None:
    """Return the column of each part of a Post where a row is the header, else None."""
    names: dict[str, str] = {}
    for column, cell in cells.items():
        names.setdefault(cell.value.strip().casefold(), column)
    where = {
        part: names[name.casefold()]
        for part in PARTS
        for name in reversed(mapping.candidates(part))
        if name.casefold() in names
    }
    return where if {"text", "time"} <= where.keys() else None


def _columns(numbers: list[int], kept: list[dict[str, Cell]], since_1904: bool) -> Columns:
    """Return the columns of some rows."""
    fault = np.full(len(kept), FINE, np.int8)
    got: dict[str, list[Any]] = {name: [None] * len(kept) for name in (*PARTS, "time_number")}
    for place, cells in enumerate(kept):
        for name in {"id", "author"} & cells.keys():
            got[name][place], lost = _named(cells[name])
            fault[place] = Reason.NUMBER_NOT_EXACT.code if lost else fault[place]
        if (cell := cells.get("text")) is not None:
            if cell.kind == "e":
                fault[place] = Reason.TEXT_NOT_TEXT.code
            got["text"][place] = cell.value
        if (cell := cells.get("language")) is not None:
            got["language"][place] = cell.value
        if (cell := cells.get("time")) is not None:
            got["time"][place], got["time_number"][place] = _time(cell, since_1904)
        for name in {"lon", "lat"} & cells.keys():
            got[name][place] = _degree(cells[name])
    text = pa.string()
    return Columns(
        line=np.array(numbers, np.int64),
        fault=fault,
        id=pa.array(got["id"], text),
        author=pa.array(got["author"], text),
        time_text=pa.array(got["time"], text),
        time_number=pa.array(got["time_number"], pa.float64()),
        text=pa.array(got["text"], pa.large_string()),
        language=pa.array(got["language"], text),
        lon=pa.array(got["lon"], pa.float64()),
        lat=pa.array(got["lat"], pa.float64()),
    )


def _named(cell: Cell) -> tuple[str | None, bool]:
    """Return an id or an author, and whether digits of it are lost; an error of the sheet names nobody."""
    if cell.kind == "e":
        return None, False
    name = exact(cell)
    return name, name is None


def exact(cell: Cell) -> str | None:
    """Return an id as text; None where it is a number of which Excel has lost digits.

    >>> exact(Cell("n", "81001")), exact(Cell("n", "1234567890123456789")), exact(Cell("n", "1.2345678901234E+18"))
    ('81001', '1234567890123456789', None)
    """
    if cell.kind != "n":
        return cell.value
    if _WHOLE.fullmatch(cell.value) and (
        len(cell.value.lstrip("-")) <= EXACT_DIGITS or cell.value.lstrip("-")[EXACT_DIGITS:].strip("0")
    ):
        return cell.value
    try:
        number = Decimal(cell.value)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= 10**EXACT_DIGITS:
        return None
    return str(int(number)) if number == int(number) else cell.value


def _time(cell: Cell, since_1904: bool) -> tuple[str | None, float | None]:
    """Return a time as text and as epoch number, one of which is None; a date cell has no zone."""
    if cell.kind in ("t", "d"):
        return cell.value.strip() or None, None
    number = _degree(cell)
    if cell.kind != "n" or number != number:
        return "?", None
    if not cell.is_date:
        return None, number
    if not 0 <= number < 3_000_000:
        return "?", None
    first = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - no zone is known
    return (first + timedelta(milliseconds=round(number * 86_400_000))).isoformat(), None


def _degree(cell: Cell) -> float:
    """Return a number; NaN where the cell holds none."""
    try:
        return float(cell.value) if cell.kind in ("n", "t") and len(cell.value) < 64 else float("nan")
    except ValueError:
        return float("nan")
