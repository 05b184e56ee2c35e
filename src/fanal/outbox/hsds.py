"""A directory as it leaves: HSDS 3.0 as nested JSON and as a tabular data package, in a folder that leaves whole."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from fanal.model.directory import Cleared, Directory, Row
from fanal.model.error import RefusedError
from fanal.model.hsds import TABLES, VERSION
from fanal.model.hsds_columns import COLUMNS
from fanal.outbox.folder import whole

SERVICES = "services.json"
ORGANIZATIONS = "organizations.json"
ROWS = "tables.json"
PACKAGE = "datapackage.json"


def write_public(cleared: Cleared, out: Path, *, today: date) -> list[Path]:
    """Write what may be public today.

    Raises:
        RefusedError: it was not cleared, or for another day.
        UserError: the folder holds something else or cannot be written.
    """
    if not isinstance(cleared, Cleared) or cleared.on != today:
        raise RefusedError("This directory was not cleared for today.", hint="Export it again.")
    return write_whole(cleared.directory, out)


def write_whole(directory: Directory, out: Path) -> list[Path]:
    """Write every row, for another directory or a copy; nothing of it is lost.

    `services.json` holds each service as a nested document, `organizations.json` the organizations without one,
    `tables.json` all rows by table as HSDS's tabular JSON has them; `datapackage.json` and its CSV files are the same
    rows as a tabular data package.

    Args:
        directory: the rows.
        out: a folder that is new, empty, or written here before.

    Returns:
        The files, sorted.

    Raises:
        UserError: the folder holds something else or cannot be written.
    """
    with whole(out) as folder:
        _array(folder / SERVICES, (directory.nested("service", row.id) for row in directory.rows("service")))
        alone = [
            row
            for row in directory.rows("organization")
            if not directory.below("organization", row.id, "service")
        ]
        _array(folder / ORGANIZATIONS, (directory.nested("organization", row.id) for row in alone))
        tables = {table: directory.rows(table) for table in TABLES if directory.rows(table)}
        with (folder / ROWS).open("wb") as file:
            for number, (table, rows) in enumerate(tables.items()):
                file.write((b"{" if not number else b",\n") + orjson.dumps(TABLES[table].file) + b": ")
                _write_array(file, (_filled(row) for row in rows))
            file.write(b"}\n" if tables else b"{}\n")
        resources = [_table(folder, table, rows) for table, rows in tables.items()]
        package = {
            "name": "hsds",
            "profile": "tabular-data-package",
            "hsds_version": VERSION,
            "resources": resources,
        }
        (folder / PACKAGE).write_bytes(orjson.dumps(package, option=orjson.OPT_INDENT_2))
    return sorted(path for path in out.iterdir() if path.is_file())


def _filled(row: Row) -> dict[str, Any]:
    """Return a row with the columns that every document has."""
    return {**row.body, **{c: "" for c in TABLES[row.table].filled if c not in row.body}}


def _array(path: Path, documents: Iterator[dict[str, Any]]) -> None:
    """Write a JSON array, one document a line."""
    with path.open("wb") as file:
        _write_array(file, documents)


def _write_array(file: Any, documents: Iterator[dict[str, Any]]) -> None:
    """Write an array into an open file, one document at a time."""
    file.write(b"[")
    for number, one in enumerate(documents):
        file.write((b"\n" if not number else b",\n") + orjson.dumps(one))
    file.write(b"]\n")


def _table(folder: Path, table: str, rows: list[Row]) -> dict[str, Any]:
    """Write a table as CSV, and return what the package says of it."""
    shape = TABLES[table]
    extra = dict.fromkeys(column for row in rows for column in row.body if column not in COLUMNS[table])
    columns = [*COLUMNS[table], *extra]
    with (folder / shape.file).open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\r\n")  # RFC 4180
        lines.writerow(columns)
        lines.writerows([_cell(row.body.get(column)) for column in columns] for row in rows)
    fields = [
        {
            "name": column,
            "type": "number" if column in shape.numbers else "string",
            **({"constraints": {"required": True, "unique": True}} if column == "id" else {}),
        }
        for column in columns
    ]
    keys = [
        {"fields": column, "reference": {"resource": owner, "fields": "id"}}
        for column, owner in shape.links.items()
        if column in columns and owner != table
    ]
    return {
        "name": table,
        "path": shape.file,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"primaryKey": "id", "fields": fields, **({"foreignKeys": keys} if keys else {})},
    }


def _cell(value: object) -> str | float | int:
    """Return a value as a cell; arrays and objects as JSON, as they are read back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return value
    return orjson.dumps(value).decode()
