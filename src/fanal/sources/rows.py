"""Rows: a file cut into lines or into CSV records, in bounded memory, each with its line number and its mark."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.model.error import InputError
from fanal.sources.opening import BOM, chunks
from fanal.sources.utf8 import is_utf8

MAX_ROW_BYTES = 16 << 20
"""A longer row is rejected, and skipped without being held."""

MAX_OPENERS = 1000
"""A line of JSON with more brackets than this is parsed by itself: parsers differ on deep nesting."""

WINDOW_BYTES = 16 << 20
"""Bytes that are held and cut at once."""

PLAIN = 0  # nothing is wrong so far
DOUBTFUL = 1  # does not look like one JSON object
NOT_UTF8 = 2
TOO_LONG = 3
BROKEN_QUOTES = 4

_LF, _CR, _TAB, _SPACE, _QUOTE = 10, 13, 9, 32, 34


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Hold some rows of a file; row i is `data[starts[i]:ends[i]]`."""

    data: bytes
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    lines: NDArray[np.int64]  # line on which each row starts, from 1
    marks: NDArray[np.int8]  # PLAIN, DOUBTFUL, NOT_UTF8, TOO_LONG or BROKEN_QUOTES
    cells: NDArray[np.int64]  # CSV: number of fields; JSON: number of opening brackets
    position: int  # byte of the file's text behind the last row


class Cut:
    """Collect what a kernel finds: one entry a row, in arrays that are made once."""

    def __init__(self, rows: int) -> None:
        self.starts = np.empty(rows, np.int64)
        self.ends = np.empty(rows, np.int64)
        self.lines = np.empty(rows, np.int64)
        self.marks = np.empty(rows, np.int8)
        self.cells = np.empty(rows, np.int64)


Kernel = Callable[[NDArray[np.uint8], int, int, int, bool, Cut], tuple[int, int, int]]
"""Cut from a byte on. Given: bytes, byte, line, most rows, whether the file ends here. Back: rows, byte, line."""


@njit(cache=True, nogil=True)
def _cut_lines(data, at, line, rows, ended, starts, ends, lines, marks, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Cut lines at LF, trim blanks, leave out blank lines."""
    found = 0
    size = len(data)
    while found < rows and at < size:
        end = at
        openers = 0
        high = False
        while end < size and data[end] != _LF:
            byte = data[end]
            if byte in (123, 91):
                openers += 1
            high |= byte >= 0x80
            end += 1
        if end == size and not ended:
            break
        a, b = at, end
        while a < b and data[a] in (_SPACE, _TAB, _CR):
            a += 1
        while b > a and data[b - 1] in (_SPACE, _TAB, _CR):
            b -= 1
        if a < b:
            mark = PLAIN
            if b - a > MAX_ROW_BYTES:
                mark = TOO_LONG
            elif high and not is_utf8(data, a, b):
                mark = NOT_UTF8
            elif data[a] != 123 or data[b - 1] != 125 or openers > MAX_OPENERS:
                mark = DOUBTFUL
            starts[found], ends[found], lines[found] = a, b, line
            marks[found], cells[found] = mark, openers
            found += 1
        at = end + 1 if end < size else size
        line += 1
    return found, at, line


@njit(cache=True, nogil=True)
def _cut_records(data, at, line, rows, ended, comma, starts, ends, lines, marks, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Cut CSV records (RFC 4180): a quote opens at the start of a field only, and `""` is a quote inside."""
    found = 0
    size = len(data)
    while found < rows and at < size:
        i = at
        fields = 1
        fresh = True  # at the start of a field
        broken = False
        waiting = False  # for bytes that are not here yet
        high = False
        inner = 0  # line ends inside quotes
        first_end = -1  # of the record's first line
        while i < size:
            byte = data[i]
            high |= byte >= 0x80
            if byte == _QUOTE and fresh:
                i += 1
                closed = False
                while i < size:
                    byte = data[i]
                    high |= byte >= 0x80
                    if byte == _QUOTE:
                        if i + 1 == size:
                            closed = ended
                            waiting = not ended
                            i += 1
                            break
                        follow = data[i + 1]
                        if follow == _QUOTE:
                            i += 2
                            continue
                        closed = True
                        i += 1
                        broken = follow not in (comma, _LF, _CR)
                        break
                    if i - at > MAX_ROW_BYTES:
                        broken = True
                        break
                    if byte in (_LF, _CR) and not (byte == _LF and data[i - 1] == _CR):
                        inner += 1
                        if first_end < 0:
                            first_end = i
                    i += 1
                if not (closed or waiting or broken):
                    waiting, broken = not ended, ended
                if waiting or broken:
                    break
                fresh = False
                continue
            if byte in (_LF, _CR):
                break
            fresh = byte == comma
            if fresh:
                fields += 1
            i += 1
        if waiting:
            break
        if broken:
            # Only the first line is given up; the next one is read as a new row.
            inner = 0
            if first_end >= 0:
                i = first_end
            else:
                while i < size and data[i] not in (_LF, _CR):
                    i += 1
        if i == size and not ended:
            break
        end = i
        if i < size:
            if data[i] == _CR:
                if i + 1 == size and not ended:
                    break
                if i + 1 < size and data[i + 1] == _LF:
                    i += 1
            i += 1
        if end > at:
            mark = PLAIN
            if end - at > MAX_ROW_BYTES:
                mark = TOO_LONG
            elif broken:
                mark = BROKEN_QUOTES
            elif high and not is_utf8(data, at, end):
                mark = NOT_UTF8
            starts[found], ends[found], lines[found] = at, end, line
            marks[found], cells[found] = mark, fields
            found += 1
        at = i
        line += 1 + inner
    return found, at, line


def cut_lines(
    data: NDArray[np.uint8], at: int, line: int, rows: int, ended: bool, cut: Cut
) -> tuple[int, int, int]:
    """Cut JSON Lines; a mark says which lines look like one object. See `Kernel`."""
    found: tuple[int, int, int] = _cut_lines(
        data, at, line, rows, ended, cut.starts, cut.ends, cut.lines, cut.marks, cut.cells
    )
    return found


def cut_records(comma: str) -> Kernel:
    """Return the kernel that cuts CSV with this delimiter. See `Kernel`."""
    sign = ord(comma)

    def kernel(
        data: NDArray[np.uint8], at: int, line: int, rows: int, ended: bool, cut: Cut
    ) -> tuple[int, int, int]:
        found: tuple[int, int, int] = _cut_records(
            data, at, line, rows, ended, sign, cut.starts, cut.ends, cut.lines, cut.marks, cut.cells
        )
        return found

    return kernel


def read_rows(
    path: Path,
    kernel: Kernel,
    *,
    start: int = 0,
    rows: int = 65_536,
    lone_cr: bool = False,
    pieces: Callable[[Path], Iterator[bytes]] = chunks,
) -> Iterator[Rows]:
    """Yield the rows of a file from a byte on, at most `rows` at a time; blank lines are no rows.

    The lines before `start` are counted, so that line numbers hold. Where the file breaks off (a damaged
    gzip), the rows before are yielded first and the error is raised after them. `pieces` gives the bytes of the
    file's text, unpacked.

    Raises:
        InputError: the file cannot be read to its end, or ends before `start`.
    """
    source = _Source(path, pieces)
    line = 1 + source.skip(start, lone_cr=lone_cr)
    position = start
    if start == 0:
        position = source.skip_bom()
    cut = Cut(rows)
    at = 0
    data = b""
    while True:
        ended = source.ended
        found, after, line = kernel(np.frombuffer(data, np.uint8), at, line, rows, ended, cut)
        position += after - at
        at = after
        if found:
            yield _taken(data, cut, found, position)
        elif not ended and len(data) - at > MAX_ROW_BYTES and not data.endswith(b"\r"):
            dropped = source.skip_line(lone_cr=lone_cr)
            position += len(data) - at + dropped
            yield _too_long(line, position)
            data, at, line = b"", 0, line + data.count(b"\n", at) + 1
        elif ended:
            break
        else:
            data, at = source.window(data[at:]), 0
    source.close()


def _taken(data: bytes, cut: Cut, found: int, position: int) -> Rows:
    """Return the rows that a kernel found, with arrays of their own."""
    return Rows(
        data=data,
        starts=cut.starts[:found].copy(),
        ends=cut.ends[:found].copy(),
        lines=cut.lines[:found].copy(),
        marks=cut.marks[:found].copy(),
        cells=cut.cells[:found].copy(),
        position=position,
    )


def _too_long(line: int, position: int) -> Rows:
    """Return the one row that was too long to be held."""
    zero = np.zeros(1, np.int64)
    return Rows(
        data=b"",
        starts=zero,
        ends=zero,
        lines=np.array([line]),
        marks=np.array([TOO_LONG], np.int8),
        cells=zero,
        position=position,
    )


class _Source:
    """Hand out the bytes of a file, and keep an error until what came before it has been used."""

    def __init__(self, path: Path, pieces: Callable[[Path], Iterator[bytes]]) -> None:
        self._path = path
        self._chunks = pieces(path)
        self._kept = b""
        self._error: InputError | None = None
        self._done = False

    @property
    def ended(self) -> bool:
        """Tell whether nothing is left."""
        return self._done and not self._kept

    def more(self) -> bytes:
        """Return the next bytes; empty at the end."""
        if self._kept:
            kept, self._kept = self._kept, b""
            return kept
        try:
            chunk = next(self._chunks, b"")
        except InputError as error:
            self._error = error
            chunk = b""
        self._done = not chunk
        return chunk

    def window(self, left: bytes) -> bytes:
        """Return what was left, with so many bytes behind it that rows come in large batches."""
        parts, size = [left], len(left)
        aim = max(WINDOW_BYTES, size + 1)
        while size < aim and (chunk := self.more()):
            parts.append(chunk)
            size += len(chunk)
        return b"".join(parts)

    def skip(self, start: int, *, lone_cr: bool) -> int:
        """Pass over the first bytes and return how many lines they end."""
        lines = passed = 0
        last_cr = False
        while passed < start:
            chunk = self.more()
            if not chunk:
                raise self._error or InputError(
                    f"{self._path} ends at byte {passed:,}, before byte {start:,} where reading should go on.",
                    hint="The file is not the one that was read before; read it from its start.",
                )
            used, self._kept = chunk[: start - passed], chunk[start - passed :]
            passed += len(used)
            lines += used.count(b"\n")
            if lone_cr:
                lines += used.count(b"\r") - used.count(b"\r\n") - int(last_cr and used[:1] == b"\n")
                last_cr = used[-1:] == b"\r"
        return lines

    def skip_bom(self) -> int:
        """Pass over a byte order mark and return its length."""
        start = self.more()
        while 0 < len(start) < len(BOM) and (rest := self.more()):
            start += rest
        mark = len(BOM) if start.startswith(BOM) else 0
        self._kept = start[mark:]
        return mark

    def skip_line(self, *, lone_cr: bool) -> int:
        """Pass over the rest of a line without holding it and return its bytes, its end included."""
        passed = 0
        while chunk := self.more():
            ends = [chunk.find(b"\n")] + ([chunk.find(b"\r")] if lone_cr else [])
            found = [end for end in ends if end >= 0]
            if found:
                end = min(found) + 1
                rest = chunk[end:] or self.more()
                pair = int(chunk[end - 1 : end] == b"\r" and rest[:1] == b"\n")
                self._kept = rest[pair:]
                return passed + end + pair
            passed += len(chunk)
        return passed

    def close(self) -> None:
        """Raise the error that was kept."""
        if self._error is not None:
            raise self._error
