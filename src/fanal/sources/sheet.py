"""The sheet: a whole CSV file as text columns, with HXL tags (hxlstandard.org, 1.1) where it has them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from fanal.model.error import InputError
from fanal.sources.delimited import header_of, parse
from fanal.sources.flaw import Flaw
from fanal.sources.rows import BROKEN_QUOTES, NOT_UTF8, PLAIN, TOO_LONG, cut_records, read_rows

MAX_SHEET_BYTES = 512 << 20
"""A layer is held whole; a larger sheet should be aggregated before."""

HXL_ROWS = 25
"""The row of tags stands within the first so many rows (HXL 1.1, tagging conventions)."""

_TAG = re.compile(r"#\s*([a-z][a-z0-9_]*)((?:\s*\+\s*[a-z][a-z0-9_]*)*)", re.IGNORECASE)
_MARK_FLAWS = {
    NOT_UTF8: Flaw.INVALID_UTF8,
    TOO_LONG: Flaw.TOO_LONG,
    BROKEN_QUOTES: Flaw.BROKEN_QUOTES,
}
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Say how a column is recognised: by HXL patterns such as `#adm2+name`, else by its name, best first."""

    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Hold a sheet."""

    path: Path
    names: tuple[str, ...]
    tags: tuple[tuple[str, frozenset[str]] | None, ...]  # tag and attributes of each column
    columns: tuple[list[str], ...]
    lines: list[int]  # line of each row
    rejected: tuple[tuple[int, str], ...]

    def find(self, part: str, wanted: Wanted, mapping: Mapping[str, str]) -> int | None:
        """Return the column of a part: the one that was named, else by tag, else by name; None: there is none.

        Raises:
            InputError: the column that was named is not there.
        """
        if part in mapping:
            return self.named(part, mapping[part])
        for pattern in wanted.tags:
            found = self._tagged(pattern)
            if found is not None:
                return found
        folded = [_plain(name) for name in self.names]
        return next((folded.index(_plain(n)) for n in wanted.names if _plain(n) in folded), None)

    def named(self, part: str, name: str) -> int:
        """Return the column of this name or tag.

        Raises:
            InputError: there is none.
        """
        if name in self.names:
            return self.names.index(name)
        found = self._tagged(name) if name.startswith("#") else None
        if found is None:
            raise InputError(
                f"{self.path} has no column {name!r} for {part}; it has {', '.join(self.shown())}.",
                hint=f"Name one with --map {part}=COLUMN.",
            )
        return found

    def need(self, part: str, wanted: Wanted, mapping: Mapping[str, str]) -> int:
        """Return the column of a part that the layer cannot do without.

        Raises:
            InputError: there is none.
        """
        found = self.find(part, wanted, mapping)
        if found is None:
            raise InputError(
                f"{self.path} has no column that can be recognised as {part}; it has "
                f"{', '.join(self.shown())}.",
                hint=f"Name it with --map {part}=COLUMN.",
            )
        return found

    def shown(self) -> list[str]:
        """Return the names of the columns, as far as they can be shown."""
        return [name[:40] for name in self.names if name][:_SHOWN]

    def cell(self, column: int | None, row: int) -> str | None:
        """Return a cell, or None where the sheet has no such column."""
        return None if column is None else self.columns[column][row]

    def _tagged(self, pattern: str) -> int | None:
        """Return the column whose tag fits best: all attributes of the pattern, and fewest others."""
        forbidden = frozenset(re.findall(r"-([a-z0-9_]+)", pattern.lower()))
        wanted = _tag(re.sub(r"-[a-z0-9_]+", "", pattern.lower()))
        if wanted is None:
            return None
        fits = [
            (len(tag[1]), place)
            for place, tag in enumerate(self.tags)
            if tag and tag[0] == wanted[0] and wanted[1] <= tag[1] and not forbidden & tag[1]
        ]
        return min(fits)[1] if fits else None


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file, plain or gzipped, with a header row, a row of HXL tags, or both.

    Raises:
        InputError: it is missing, of another kind, breaks off, or is larger than 512 MB.
    """
    header = header_of(path)
    width = len(header.names)
    parts: list[list[pa.Array]] = [[] for _ in range(width)]
    lines: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
    rejected: list[tuple[int, str]] = []
    kernel = cut_records(header.delimiter)
    for rows in read_rows(path, kernel, start=header.position, lone_cr=True):
        if rows.position > MAX_SHEET_BYTES:
            raise InputError(f"{path} is larger than 512 MB.", hint="Add it up by area before.")
        right = rows.cells == width
        good = np.flatnonzero((rows.marks == PLAIN) & right)
        for bad in np.flatnonzero((rows.marks != PLAIN) | ~right):
            flaw = _MARK_FLAWS.get(int(rows.marks[bad]), Flaw.WRONG_COLUMNS)
            rejected.append((int(rows.lines[bad]), flaw.value))
        if len(good):
            fields = parse(rows, good, width, header.delimiter, list(range(width)))
            for place in range(width):
                parts[place].append(fields[place])
            lines.append(rows.lines[good])
    columns = tuple(pa.chunked_array(part, pa.string()).to_pylist() for part in parts)
    numbered = np.concatenate(lines).tolist() if lines else []
    names, tags, first = _heads(header.names, columns)
    return Sheet(
        path=path,
        names=names,
        tags=tags,
        columns=tuple(column[first:] for column in columns),
        lines=numbered[first:],
        rejected=tuple(rejected),
    )


def _heads(
    names: tuple[str, ...], columns: tuple[list[str], ...]
) -> tuple[tuple[str, ...], tuple[tuple[str, frozenset[str]] | None, ...], int]:
    """Return names and tags of the columns, and how many rows belong to the heads."""
    heads = [names, *zip(*(column[:HXL_ROWS] for column in columns), strict=True)]
    for place, row in enumerate(heads):
        filled = [cell for cell in row if cell.strip()]
        if filled and all(_tag(cell) for cell in filled):
            return (heads[place - 1] if place else names), tuple(_tag(cell) for cell in row), place
    return names, (None,) * len(names), 0


def _tag(cell: str) -> tuple[str, frozenset[str]] | None:
    """Return tag and attributes of a cell, or None when it is no HXL hashtag.

    >>> _tag(" #ADM2 +name+en") == ("adm2", frozenset({"name", "en"})), _tag("#1")
    (True, None)
    """
    found = _TAG.fullmatch(cell.strip())
    if not found:
        return None
    return found[1].lower(), frozenset(re.findall(r"[a-z0-9_]+", found[2].lower()))


def _plain(name: str) -> str:
    """Return a column's name without case and signs."""
    return re.sub(r"[\W_]+", "", name.casefold())
