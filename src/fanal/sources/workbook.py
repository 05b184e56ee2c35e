"""The workbook: an .xlsx file read cell by cell in bounded memory (ECMA-376 part 1, sections 18.2 to 18.8)."""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import IO
from xml.parsers import expat

from fanal.model.error import InputError
from fanal.sources.opening import CHUNK_BYTES, MAX_RATIO, RATIO_FREE_BYTES, chunks, first_bytes
from fanal.sources.rows import MAX_ROW_BYTES
from fanal.sources.zipped import DAMAGED, ZIP, check_directory

MAX_PART_BYTES = 1 << 30
"""A sheet may unpack to so many bytes; its rows are not held."""

MAX_HELD_BYTES = 256 << 20
"""What is held whole (the shared texts, the list of sheets, the styles, a gzipped workbook) may be so large."""

MAX_ROWS = 1_048_576
"""Rows that a sheet of Excel has."""

Start = Callable[[str, dict[str, str]], None]
"""Told of each element that begins: its name without its namespace, and its attributes."""

MAX_COLUMNS = 16_384
"""Columns that a sheet of Excel has."""

OLD = b"\xd0\xcf\x11\xe0"
_GZIP = b"\x1f\x8b"
_BOOK = "xl/workbook.xml"
_REF = re.compile(r"([A-Z]{1,3})[0-9]+")
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)])
"""Built-in formats of dates and times (18.8.30)."""
_NO_DATE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """Hold a cell as the file has it: its type (18.18.11), what it holds, and whether it is shown as a date."""

    kind: str  # n number, b truth value, e error, d date as text, t text
    value: str
    is_date: bool = False


@dataclass(slots=True)
class Sheets:
    """Hold what a workbook says beside its cells."""

    names: list[tuple[str, str]] = field(default_factory=list)  # name and part of each sheet that is shown
    since_1904: bool = False
    texts: list[str] = field(default_factory=list)
    dates: list[bool] = field(default_factory=list)  # by style


def is_workbook(path: Path) -> bool:
    """Tell whether a file, plain or gzipped, is an .xlsx workbook, or an .xls that is refused later with a hint."""
    start = first_bytes(path, 4)
    if start.startswith(OLD):
        return True
    if start.startswith(_GZIP):
        try:
            start = next(chunks(path), b"")[:4]
        except InputError:
            return False
    if start != ZIP:
        return False
    try:
        with archive(path) as opened:
            return _BOOK in opened.namelist()
    except InputError:
        return False


@contextmanager
def archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a workbook's archive.

    Raises:
        InputError: it is none, is damaged, or is an old or locked one.
    """
    start = first_bytes(path, 4)
    if start.startswith(OLD):
        raise InputError(
            f"{path} is an .xls file of an old Excel, or is locked with a password.",
            hint="Save it as .xlsx without a password, or as CSV.",
        )
    try:
        with BytesIO(_unpacked(path)) if start.startswith(_GZIP) else path.open("rb") as file:
            check_directory(path, file, hint="Save it again.")
            with zipfile.ZipFile(file) as opened:
                yield opened
    except DAMAGED as error:
        raise InputError(f"{path} is no whole .xlsx file: {error}.", hint="Save it again.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", hint="Check it.") from error


def sheets(opened: zipfile.ZipFile, path: Path) -> Sheets:
    """Read which sheets a workbook has, its shared texts, and which styles show dates."""
    found = Sheets()
    parts: dict[str, str] = {}
    listed: list[tuple[str, str]] = []

    def relation(name: str, has: dict[str, str]) -> None:
        if name == "Relationship" and has.get("Type", "").endswith("/worksheet"):
            parts[has.get("Id", "")] = has.get("Target", "")

    def book(name: str, has: dict[str, str]) -> None:
        if name == "sheet" and has.get("state", "visible") == "visible":
            key = next((value for name, value in has.items() if _own(name) == "id"), "")
            listed.append((has.get("name", ""), key))
        elif name == "workbookPr":
            found.since_1904 = has.get("date1904", "0") in ("1", "true")

    _parse(opened, "xl/_rels/workbook.xml.rels", path, relation)
    _parse(opened, _BOOK, path, book)
    for name, key in listed:
        if key in parts:
            target = parts[key]
            found.names.append((name, target.lstrip("/") if target.startswith("/") else f"xl/{target}"))
    names = set(opened.namelist())
    if "xl/styles.xml" in names:
        _read_styles(opened, path, found)
    if "xl/sharedStrings.xml" in names:
        _read_texts(opened, path, found)
    return found


def rows(
    opened: zipfile.ZipFile, part: str, path: Path, book: Sheets
) -> Iterator[tuple[int, dict[str, Cell]]]:
    """Yield number and filled cells, by the letters of their column, of each row of a sheet that has any."""
    walk = _Rows(path, book)
    parser = _parser(path, walk.start, walk.end, walk.said)
    for _ in _fed(parser, content(opened, part, path, MAX_PART_BYTES), path):
        yield from walk.taken()


class _Rows:
    """Collect the rows of a sheet while its XML goes by."""

    def __init__(self, path: Path, book: Sheets) -> None:
        self._path, self._book = path, book
        self._done: list[tuple[int, dict[str, Cell]]] = []
        self._cells: dict[str, Cell] = {}
        self._row = self._column = self._size = 0
        self._kind, self._style, self._key = "n", "0", ""
        self._text: list[str] = []
        self._takes = self._skips = False

    def taken(self) -> list[tuple[int, dict[str, Cell]]]:
        """Return the rows that are whole, once."""
        done, self._done = self._done, []
        return done

    def start(self, name: str, has: dict[str, str]) -> None:
        """Begin an element."""
        if name == "c":
            self._kind, self._style = has.get("t", "n"), has.get("s", "0")
            ref = _REF.fullmatch(has.get("r", ""))
            self._column = _number(ref[1]) if ref else self._column + 1
            self._key = ref[1] if ref else _letters(self._column)
            self._text.clear()
        elif name in ("v", "t"):
            self._takes = not self._skips
        elif name == "rPh":
            self._skips = True
        elif name == "row":
            said = has.get("r", "")
            number = int(said) if said.isdecimal() and len(said) < 9 else self._row + 1
            if not self._row < number <= MAX_ROWS:
                raise InputError(
                    f"{self._path}: the rows of the sheet are not in their order.", hint="Save it again."
                )
            self._row, self._column, self._size, self._cells = number, 0, 0, {}

    def said(self, text: str) -> None:
        """Take text, where it is a cell's."""
        if self._takes:
            self._text.append(text)
            self._grow(len(text))

    def _grow(self, size: int) -> None:
        """Count text of the row, and refuse a row that has too much of it."""
        self._size += size
        if self._size > MAX_ROW_BYTES:
            raise InputError(
                f"{self._path}: row {self._row:,} is longer than 16 MB.", hint="The rows before it were read."
            )

    def end(self, name: str) -> None:
        """End an element."""
        if name in ("v", "t"):
            self._takes = False
        elif name == "rPh":
            self._skips = False
        elif name == "c" and self._text and self._column <= MAX_COLUMNS:
            cell = self._cell("".join(self._text))
            self._cells[self._key] = cell
            if self._kind == "s":
                self._grow(len(cell.value))  # a shared text counts wherever it is named
        elif name == "row" and self._cells:
            self._done.append((self._row, self._cells))

    def _cell(self, value: str) -> Cell:
        """Return the cell that ends."""
        kind = self._kind
        if kind == "s":
            texts = self._book.texts
            at = int(value) if value.isdecimal() and len(value) < 10 else len(texts)
            return Cell("t", texts[at]) if at < len(texts) else Cell("e", "")
        if kind in ("str", "inlineStr"):
            return Cell("t", value)
        at = int(self._style) if self._style.isdecimal() and len(self._style) < 6 else 0
        dates = self._book.dates
        return Cell(kind if kind in ("n", "b", "d") else "e", value, at < len(dates) and dates[at])


def _read_styles(opened: zipfile.ZipFile, path: Path, found: Sheets) -> None:
    """Read which styles show a number as a date."""
    own: dict[str, bool] = {}
    inside = [False]

    def start(name: str, has: dict[str, str]) -> None:
        if name == "numFmt":
            own[has.get("numFmtId", "")] = _shows_date(has.get("formatCode", ""))
        elif name in ("cellXfs", "cellStyleXfs"):
            inside[0] = name == "cellXfs"
        elif name == "xf" and inside[0]:
            number = has.get("numFmtId", "0")
            found.dates.append(own.get(number, number.isdecimal() and int(number[:9]) in _DATE_FORMATS))

    _parse(opened, "xl/styles.xml", path, start)


def _shows_date(code: str) -> bool:
    """Tell whether a format shows a date or a time.

    >>> _shows_date("yyyy-mm-dd hh:mm"), _shows_date('0.0 "days"'), _shows_date("[Red]0.00")
    (True, False, False)
    """
    return _DATE.search(_NO_DATE.sub("", code)) is not None


def _read_texts(opened: zipfile.ZipFile, path: Path, found: Sheets) -> None:
    """Read the texts that cells share; how a text is to be spoken (rPh) is left out."""
    text: list[str] = []
    takes, skips = [False], [False]

    def start(name: str, _has: dict[str, str]) -> None:
        if name == "si":
            text.clear()
        elif name == "rPh":
            skips[0] = True
        takes[0] = name == "t" and not skips[0]

    def end(name: str) -> None:
        takes[0] = False
        if name == "si":
            found.texts.append("".join(text))
        elif name == "rPh":
            skips[0] = False

    def said(part: str) -> None:
        if takes[0]:
            text.append(part)

    parser = _parser(path, start, end, said)
    for _ in _fed(parser, content(opened, "xl/sharedStrings.xml", path, MAX_HELD_BYTES), path):
        pass


def _parse(
    opened: zipfile.ZipFile, part: str, path: Path, start: Callable[[str, dict[str, str]], None]
) -> None:
    """Go through a small part."""
    parser = _parser(path, start, lambda _name: None, lambda _text: None)
    for _ in _fed(parser, content(opened, part, path, MAX_HELD_BYTES), path):
        pass


def _parser(
    path: Path, start: Start, end: Callable[[str], None], said: Callable[[str], None]
) -> expat.XMLParserType:
    """Return a parser that hands over names without their namespace, and refuses what could define entities."""

    def refuse(*_: object) -> None:
        raise InputError(f"{path} holds a document type, which no Excel writes.", hint="Save it again.")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, has: start(_own(name), has)
    parser.EndElementHandler = lambda name: end(_own(name))
    parser.CharacterDataHandler = said
    return parser


@lru_cache(maxsize=256)
def _own(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(" ")[2]


def _fed(parser: expat.XMLParserType, chunks: Iterator[bytes], path: Path) -> Iterator[None]:
    """Parse bytes, chunk by chunk, and stop between them; what the parser holds back of one element is bounded."""
    fed = 0
    for chunk in chunks:
        _feed(parser, chunk, path)
        fed += len(chunk)
        if fed - max(parser.CurrentByteIndex, 0) > MAX_ROW_BYTES:
            raise InputError(f"{path} holds an element longer than 16 MB.", hint="Save it again.")
        yield
    _feed(parser, b"", path, last=True)
    yield


def _feed(parser: expat.XMLParserType, chunk: bytes, path: Path, *, last: bool = False) -> None:
    """Parse some bytes."""
    try:
        parser.Parse(chunk, last)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise InputError(
            f"{path} is damaged: its XML cannot be read ({error}).", hint="Save it again."
        ) from error


def content(opened: zipfile.ZipFile, part: str, path: Path, most: int) -> Iterator[bytes]:
    """Yield the bytes of a part, bounded in size and in how much larger than packed it is."""
    try:
        info = opened.getinfo(part)
    except KeyError as error:
        raise InputError(
            f"{path} is no whole .xlsx file: it lacks {part[:60]!r}.", hint="Save it again."
        ) from error
    if info.file_size > most or (
        info.file_size > RATIO_FREE_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1)
    ):
        raise InputError(
            f"{path} unpacks to more than Fanal holds of a workbook.", hint="Save its sheet as CSV."
        )
    stream: IO[bytes]
    with closing(opened.open(info)) as stream:
        yield from iter(lambda: stream.read(CHUNK_BYTES // 4), b"")


def _unpacked(path: Path) -> bytes:
    """Return a gzipped workbook unpacked."""
    parts, size = [], 0
    for chunk in chunks(path):
        parts.append(chunk)
        size += len(chunk)
        if size > MAX_HELD_BYTES:
            raise InputError(f"{path} is larger than {MAX_HELD_BYTES >> 20} MB.", hint="Unpack it first.")
    return b"".join(parts)


@lru_cache(maxsize=MAX_COLUMNS)
def _number(letters: str) -> int:
    """Return the number of a column, from 1.

    >>> _number("AB"), _letters(28)
    (28, 'AB')
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(number: int) -> str:
    """Return the letters of a column."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
