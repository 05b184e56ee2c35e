"""HSDS as tables: a folder or a zip of CSV files (a Frictionless tabular data package), or the same rows in JSON."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from fanal.model.directory import Row
from fanal.model.error import InputError
from fanal.model.hsds import TABLES
from fanal.model.problem import Problem, ProblemKind
from fanal.sources.opening import first_bytes
from fanal.sources.zipped import DAMAGED, ZIP, check_directory, unpacked

MAX_BYTES = 1 << 30
"""A table is held whole; so large may it be, unpacked."""

MAX_CELL = 1 << 20
"""Letters of a cell."""

PACKAGE = "datapackage.json"
_OF_FILE = {shape.file: table for table, shape in TABLES.items()}
_NAMES = {**_OF_FILE, **{name.removesuffix(".csv"): table for name, table in _OF_FILE.items()}}


def is_zip(path: Path) -> bool:
    """Tell whether a file is a zip."""
    return path.is_file() and path.stat().st_size > 0 and first_bytes(path, len(ZIP)) == ZIP


def names_of(path: Path) -> frozenset[str]:
    """Return the names of the files in a folder or a zip, without their folders."""
    return frozenset(name for name, _ in _files(path, only=()))


def files_of(path: Path) -> Iterator[tuple[str, str]]:
    """Give name and text of each CSV file in a folder or a zip.

    Raises:
        InputError: one cannot be read, is not UTF-8 or too large.
    """
    return _files(path, only=None)


def read(path: Path, rows: list[Row], problems: list[Problem]) -> None:
    """Read every table that is there; a file of no table of HSDS is a problem, so that it is not lost unseen.

    Raises:
        InputError: there is no table, or a file cannot be read.
    """
    known = _resources(path)
    found = False
    for name, text in _files(path, only=None):
        table = known.get(name)
        if table is None:
            if name.endswith(".csv"):
                said = "this is no table of HSDS 3.0."
                problems.append(Problem(where=name, kind=ProblemKind.UNREADABLE, said=said))
            continue
        found = True
        for line, cells in table_rows(name, text, problems):
            rows.append(Row(table, typed(table, cells, f"{name}:{line}", problems), f"{name}:{line}"))
    if not found:
        raise InputError(
            f"{path} holds no table of HSDS.", hint="It needs services.csv and organizations.csv at least."
        )


def of_document(tables: Mapping[str, Any], rows: list[Row], problems: list[Problem]) -> None:
    """Take rows of tables in JSON: an object with an array for each, under its file's name with or without `.csv`."""
    for name, found in tables.items():
        table = _NAMES.get(name) or (name if name in TABLES else None)
        if table is None or not isinstance(found, list):
            said = "this is no table of HSDS 3.0."
            problems.append(Problem(where=name, kind=ProblemKind.UNREADABLE, said=said))
            continue
        for number, body in enumerate(found):
            where = f"{name}[{number}]"
            if isinstance(body, dict):
                kept = {column: value for column, value in body.items() if value not in ("", None)}
                rows.append(Row(table, kept, where))
            else:
                problems.append(Problem(where=where, kind=ProblemKind.UNREADABLE, said="this is no object."))


def is_tables(document: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object holds tables of rows.

    >>> is_tables({"services.csv": []}), is_tables({"services": []}), is_tables({"id": "x", "phones": []})
    (True, True, False)
    >>> is_tables({"name": "Clinic", "status": "active", "url": "https://example.org"})
    False
    """
    if "id" in document:
        return False
    # `url` is a table of HSDS 3.1, and a column too: without an ending it names a table where it holds rows.
    return any(
        name in _NAMES and (name.endswith(".csv") or isinstance(found, list))
        for name, found in document.items()
    )


def table_rows(name: str, text: str, problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows of a CSV text (RFC 4180) with the line on which each ends, empty cells left out."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    csv.field_size_limit(MAX_CELL)
    try:
        heads = [cell.strip() for cell in next(reader, [])]
        for cells in reader:
            if not any(cells):
                continue
            if len(cells) > len(heads) or len(set(heads)) < len(heads):
                said = f"the row has {len(cells)} cells for {len(set(heads))} columns."
                where = f"{name}:{reader.line_num}"
                problems.append(Problem(where=where, kind=ProblemKind.UNREADABLE, said=said))
                continue
            yield reader.line_num, {head: cell for head, cell in zip(heads, cells, strict=False) if cell}
    except csv.Error as error:
        said = f"the table breaks here ({error})."
        problems.append(Problem(where=f"{name}:{reader.line_num}", kind=ProblemKind.UNREADABLE, said=said))


def typed(table: str, cells: Mapping[str, str], where: str, problems: list[Problem]) -> dict[str, Any]:
    """Return cells with numbers where HSDS has numbers, and arrays and objects of columns it does not know.

    >>> typed("location", {"id": "a", "latitude": "36.20", "extra": "[1]"}, "locations.csv:2", [])
    {'id': 'a', 'latitude': 36.2, 'extra': [1]}
    """
    body: dict[str, Any] = dict(cells)
    for column in TABLES[table].numbers:
        if column in body:
            number = _number(cells[column])
            if number is None:
                said = f"{column} is no number."
                problems.append(Problem(where=where, kind=ProblemKind.VALUE, said=said))
            else:
                body[column] = number
    for column, cell in cells.items():
        if cell[0] in "[{" and cell[-1] in "]}":
            try:
                body[column] = orjson.loads(cell)
            except orjson.JSONDecodeError:
                continue  # a text in brackets
    if body.get("confidential") in ("true", "True", "TRUE", "1", "yes"):
        body["confidential"] = True
    elif body.get("confidential") in ("false", "False", "FALSE", "0", "no"):
        body["confidential"] = False
    return body


def _number(cell: str) -> float | int | None:
    """Return the number in a cell; whole ones stay whole."""
    try:
        number = float(cell)
    except ValueError:
        return None
    if number != number or number in (float("inf"), float("-inf")):
        return None
    plain = cell.strip().lstrip("+-")
    return int(cell) if plain.isdigit() and len(plain) < 19 else number


def _resources(path: Path) -> dict[str, str]:
    """Return the table of each file: by the names that HSDS gives them, and as the package's own list says."""
    known = dict(_OF_FILE)
    for _, text in _files(path, only=(PACKAGE,)):
        try:
            listed = orjson.loads(text).get("resources", [])
            known.update(
                {PurePosixPath(one["path"]).name: one["name"] for one in listed if one["name"] in TABLES}
            )
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
            raise InputError(f"{path}: {PACKAGE} is no data package.", hint="Leave it out.") from error
    return known


def _files(path: Path, *, only: tuple[str, ...] | None) -> Iterator[tuple[str, str]]:
    """Give name and text of the files of a folder or a zip; `only` (): names without text; None: all CSV files."""
    try:
        yield from _of_folder(path, only) if path.is_dir() else _of_zip(path, only)
    except DAMAGED as error:
        raise InputError(f"{path} is a zip that is damaged or locked.", hint="Pack it again.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", hint="Check it.") from error


def _of_folder(path: Path, only: tuple[str, ...] | None) -> Iterator[tuple[str, str]]:
    """Give the files of a folder."""
    for file in sorted(path.iterdir()):
        if only == ():
            yield file.name, ""
        elif _is_wanted(file.name, only) and file.is_file():
            if file.stat().st_size > MAX_BYTES:
                raise _too_large(path, file.name)
            yield file.name, _text(file.read_bytes(), path, file.name)


def _of_zip(path: Path, only: tuple[str, ...] | None) -> Iterator[tuple[str, str]]:
    """Give the files of a zip, in whichever folder of it."""
    with path.open("rb") as file:
        check_directory(path, file, hint="Unpack it and give the folder.", wide=True)
        with zipfile.ZipFile(file) as packed:
            for one in packed.infolist():
                name = PurePosixPath(one.filename).name
                if only == ():
                    yield name, ""
                elif name and _is_wanted(name, only) and "__MACOSX" not in one.filename:
                    data = bytearray()
                    with packed.open(one) as stream:
                        for chunk in unpacked(path, stream, one.compress_size):
                            data += chunk
                            if len(data) > MAX_BYTES:
                                raise _too_large(path, name)
                    yield name, _text(bytes(data), path, name)


def _is_wanted(name: str, only: tuple[str, ...] | None) -> bool:
    """Say whether a file is asked for."""
    return name in only if only is not None else name.endswith(".csv")


def _text(data: bytes, path: Path, name: str) -> str:
    """Return a file's text."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: {name} is not UTF-8 (byte {error.start}).", hint="Save it as UTF-8."
        ) from error


def _too_large(path: Path, name: str) -> InputError:
    """Return the error for a table that cannot be held."""
    return InputError(f"{path}: {name} is larger than 1 GB.", hint="Cut the directory by country.")
