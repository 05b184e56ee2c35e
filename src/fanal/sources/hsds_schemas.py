"""The official schemas of HSDS 3 (CC BY-SA 4.0; they do not ship): each row held against that of its table."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from fanal.model.directory import Body, Directory, Row
from fanal.model.error import InputError, MissingPackageError
from fanal.model.hsds import OBJECTS, SINCE_3_1, TABLES
from fanal.model.problem import Problem, ProblemKind


def schema_problems(directory: Directory, folder: Path) -> Iterator[Problem]:
    """Give each row that is not valid under the schema of its table.

    A folder of version 3.0 has no schema of the tables that came later: their rows are not held against anything.

    Args:
        directory: rows of one source.
        folder: with `service.json`, `organization.json` and the rest, as openreferral.org publishes them.

    Raises:
        InputError: the folder has not the schema of every table, or one is no schema.
        UserError: the library is not installed.
    """
    try:
        # Optional and imported late: only a directory that is held against the official schemas needs them.
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - for the reason above
        from jsonschema.exceptions import SchemaError  # noqa: PLC0415
        from referencing import Registry  # noqa: PLC0415
        from referencing.jsonschema import DRAFT202012  # noqa: PLC0415
    except ImportError as error:
        raise MissingPackageError(
            "Holding a directory against HSDS's schemas needs the package jsonschema, which is not installed.",
            extra="services",
        ) from error
    tables = [table for table in TABLES if table not in SINCE_3_1 or (folder / f"{table}.json").exists()]
    documents = {f"{table}.json": _schema(folder, table) for table in tables}
    resources = [(name, DRAFT202012.create_resource(one)) for name, one in documents.items()]
    registry: Any = Registry().with_resources(resources)
    for table in tables:
        rows = directory.rows(table)
        if not rows:
            continue
        try:
            Draft202012Validator.check_schema(documents[f"{table}.json"])
        except SchemaError as error:
            raise InputError(f"{folder / table}.json is no JSON Schema.", hint="Fetch it again.") from error
        validator = Draft202012Validator(documents[f"{table}.json"], registry=registry)
        empty = dict.fromkeys(TABLES[table].filled, "")
        needed = documents[f"{table}.json"].get("required", ())
        for row in rows:
            inside = _inside(directory, row, needed)
            wrong = next(validator.iter_errors({**empty, **row.body, **inside}), None)
            if wrong is not None:
                at = ".".join(map(str, wrong.absolute_path)) or "the row"
                said = f"{at} is not valid under {table}.json ({wrong.validator})."
                yield Problem(where=row.where, kind=ProblemKind.SCHEMA, said=said)


def _inside(directory: Directory, row: Row, needed: Sequence[str]) -> Body:
    """Return the rows that a schema wants inside this one, where a table has their ids."""
    return {
        name: found.body
        for name, (column, other) in OBJECTS.get(row.table, {}).items()
        if name in needed and (found := directory.get(other, str(row.body.get(column, ""))))
    }


def _schema(folder: Path, table: str) -> dict[str, Any]:
    """Return the schema of a table."""
    path = folder / f"{table}.json"
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InputError(
            f"{path} is no schema of HSDS 3.", hint="Name the folder that holds service.json and the rest."
        ) from error
    if not isinstance(found, dict):
        raise InputError(f"{path} is no schema of HSDS 3.", hint="Fetch it again.")
    return found
