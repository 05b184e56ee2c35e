"""Mapped rows: JSON objects of a live stream, one a row, whose fields are named by a FieldMapping."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.post import Reading
from fanal.sources.fields import Form, first_value, loads, open_form, type_of
from fanal.sources.jsonl import columns_of
from fanal.sources.judge import faulty, judge
from fanal.sources.live import MAX_ROW_BYTES
from fanal.sources.mapping import FieldMapping
from fanal.sources.reason import FINE, Reason
from fanal.sources.rows import Cut, Rows, cut_lines

TOGETHER = 64
"""So few rows are parsed one by one."""

_LOOKED_AT = 4
"""Rows by which it is told where the parts of a Post stand in most of them."""

_FILLER = b"?"  # stands for a row that cannot be a line; what is made of it is told afterwards


def read_mapped(
    rows: Sequence[bytes], *, mapping: FieldMapping, first: int, timezone: str | None = None
) -> Reading:
    """Read rows that are one JSON object each.

    What becomes of a row hangs on that row and on the mapping alone. Each part is the first of the mapping's names
    under which the row has a text or a number. An empty row is skipped.

    Args:
        rows: as the stream gave them.
        mapping: names of the fields.
        first: number of the first row.
        timezone: of times without one; None: that of the mapping.

    >>> row = b'{"nr": 7, "time": "2014-08-03T05:00:00Z", "text": "Roads are closed."}'
    >>> reading = read_mapped([row, b"{", b""], mapping=FieldMapping(id="nr"), first=1)
    >>> reading.posts["id"].to_pylist(), reading.rejected["line"].to_pylist(), reading.skipped.to_pylist()
    (['7'], [2], [3])
    """
    position = first + len(rows) - 1
    if not len(rows):
        nothing = faulty(np.zeros(0, np.int64), np.zeros(0, np.int8))
        return judge(nothing, timezone=None, position=position)
    sizes = np.fromiter(map(len, rows), np.int64, len(rows))
    empty = np.zeros(len(rows), np.bool_)
    data = b"\n".join(rows)
    cut = _cut(data, len(rows))
    if sizes.max() > MAX_ROW_BYTES or not _is_each(cut, sizes):
        lines, empty = _lines(rows)
        cut = _cut(b"\n".join(lines), len(rows))
    columns = columns_of(cut, _form(cut, mapping))
    fault = columns.fault.copy()
    fault[sizes > MAX_ROW_BYTES] = Reason.ROW_TOO_LONG.code
    fault[empty] = FINE
    columns = replace(columns, line=columns.line - 1 + first, fault=fault)
    return judge(columns, timezone=timezone or mapping.timezone, position=position)


def _lines(rows: Sequence[bytes]) -> tuple[list[bytes], NDArray[np.bool_]]:
    """Return rows as lines, and which of them are empty."""
    empty = np.array([not row.strip() for row in rows], np.bool_)
    lines = [
        _FILLER if nothing or len(row) > MAX_ROW_BYTES else row.replace(b"\n", b" ")
        for row, nothing in zip(rows, empty.tolist(), strict=True)
    ]
    return lines, empty


def _cut(data: bytes, size: int) -> Rows:
    """Return the lines that are not blank, at most one more than `size`, with their marks."""
    cut = Cut(size + 1)
    found, _, _ = cut_lines(np.frombuffer(data, np.uint8), 0, 1, size + 1, True, cut)
    return Rows(
        data=data,
        starts=cut.starts[:found],
        ends=cut.ends[:found],
        lines=np.arange(1, found + 1),  # a line is a row here
        marks=cut.marks[:found],
        cells=cut.cells[:found],
        position=found,
    )


def _is_each(cut: Rows, sizes: NDArray[np.int64]) -> bool:
    """Tell whether each line is one row: none is blank, none has a line end in it."""
    if len(cut.starts) != len(sizes):
        return False
    ends = np.cumsum(sizes + 1) - 1
    return bool(((cut.starts >= ends - sizes) & (cut.ends <= ends)).all())


def _form(rows: Rows, mapping: FieldMapping) -> Form:
    """Return how some rows are parsed: together where they are alike, else one by one; with the same result."""
    alone = _alone(mapping)
    if len(rows.starts) <= TOGETHER:
        return alone
    stretches = zip(rows.starts.tolist(), rows.ends.tolist(), strict=True)
    seen = [loads(rows.data[a:b]) for a, b in islice(stretches, _LOOKED_AT)]
    paths: dict[str, tuple[str, ...]] = {}
    types: dict[str, pa.DataType] = {}
    barred: list[tuple[str, ...]] = []
    needed: set[str] = set()
    for part, ways in alone.late.items():
        values = [first_value(seen, way) for way in ways]
        chosen = next((place for place, value in enumerate(values) if value is not None), None)
        if chosen is None:
            barred += ways
            continue
        paths[part] = ways[chosen]
        types[part] = pa.string() if part == "language" else type_of(part, values[chosen])
        for way, value in zip(ways[chosen + 1 :], values[chosen + 1 :], strict=True):
            if value is None:
                barred.append(way)
            else:
                needed.add(part)  # where the first name has nothing, this one speaks
        barred += ways[:chosen]
    if any(one != other and other[: len(one)] == one for one in paths.values() for other in paths.values()):
        return alone  # one row's text is another row's object
    return Form(paths=paths, types=types, barred=tuple(barred), needed=frozenset(needed), singly=alone)


@lru_cache(maxsize=64)
def _alone(mapping: FieldMapping) -> Form:
    """Return the form for rows that are parsed one by one."""
    return open_form(mapping)
