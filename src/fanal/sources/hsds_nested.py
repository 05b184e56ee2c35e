"""HSDS as nested JSON: services, organizations or places with all that belongs to them, taken apart into rows."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from fanal.model.directory import Body, Row
from fanal.model.error import InputError
from fanal.model.hsds import ARRAYS, ATTRIBUTES, METADATA, OBJECTS, TABLES, link_to
from fanal.model.problem import Problem, ProblemKind
from fanal.sources import hsds_tables
from fanal.sources.opening import whole

MAX_BYTES = 2 << 30
"""A document is held whole; so large may it be."""

MAX_DEPTH = 12
"""Rows inside rows; HSDS needs seven."""


def read(path: Path, rows: list[Row], problems: list[Problem]) -> None:
    """Take apart the documents of a file: one, an array, a page of the API (`contents`), or tables of rows.

    Raises:
        InputError: it is no JSON, or no document of HSDS.
    """
    try:
        document = orjson.loads(whole(path, MAX_BYTES))
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path} is not JSON: {error}.", hint="Export it again.") from error
    if isinstance(document, dict) and hsds_tables.is_tables(document):
        tables = dict(document)
        nested = {name: found for name, found in tables.items() if _looks_nested(name, found)}
        if not nested:
            hsds_tables.of_document(tables, rows, problems)
            return
        parts = [(name, one) for name, found in tables.items() for one in found]
    else:
        if isinstance(document, dict) and isinstance(document.get("contents"), list):
            document = document["contents"]
        found = document if isinstance(document, list) else [document]
        parts = [("", one) for one in found]
    taken = _Taken(problems)
    for number, (name, one) in enumerate(parts):
        where = f"{name or 'document'}[{number}]"
        table = kind_of(one) if isinstance(one, dict) else None
        if table is None:
            said = "this is no document of HSDS 3.0."
            problems.append(Problem(where=where, kind=ProblemKind.UNREADABLE, said=said))
            continue
        taken.take(table, one, f"{table}[{number}]")
    rows.extend(taken.rows())


def _looks_nested(name: str, found: object) -> bool:
    """Tell whether rows under a table's name hold rows of others, as documents do."""
    if name.endswith(".csv") or not isinstance(found, list):
        return False
    parts = {*OBJECTS["service"], *OBJECTS["service_at_location"]}.union(*ARRAYS.values())
    return any(
        isinstance(one, dict) and any(isinstance(one.get(part), (dict, list)) for part in parts)
        for one in found[:100]
    )


def kind_of(document: Body) -> str | None:
    """Tell the table of a document by what it alone has; None: it is none.

    >>> kind_of({"id": "a", "name": "b", "status": "active"}), kind_of({"id": "a", "location_type": "virtual"})
    ('service', 'location')
    """
    if "location" in document or "location_id" in document or "service" in document:
        return "service_at_location"
    if "location_type" in document or "latitude" in document:
        return "location"
    if "status" in document or "organization" in document or "service_at_locations" in document:
        return "service"
    if "taxonomy" in document or "taxonomy_detail" in document or "parent_id" in document:
        return "taxonomy_term"
    if "version" in document and "name" in document:
        return "taxonomy"
    return "organization" if "name" in document else None


class _Taken:
    """Collect rows, each once: the same row stands in many places of nested documents."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._rows: dict[str, dict[str, Row]] = {table: {} for table in TABLES}

    def rows(self) -> Iterator[Row]:
        """Give the rows, table after table."""
        for found in self._rows.values():
            yield from found.values()

    def take(self, table: str, document: Body, where: str, depth: int = 0) -> str:
        """Take a document apart, and return its id."""
        arrays = dict(ARRAYS.get(table, {}))
        if table not in (ATTRIBUTES, METADATA):
            arrays["attributes"] = ATTRIBUTES
        if table != METADATA:
            arrays["metadata"] = METADATA
        objects = OBJECTS.get(table, {})
        body: Body = {}
        below: list[tuple[str, str, Any]] = []
        for column, value in document.items():
            if value in ("", None):
                continue
            if column in arrays and isinstance(value, list):
                below += [(arrays[column], f"{where}.{column}[{at}]", one) for at, one in enumerate(value)]
            elif column in objects and isinstance(value, dict):
                link, other = objects[column]
                if depth < MAX_DEPTH:
                    body[link] = self.take(other, value, f"{where}.{column}", depth + 1)
            else:
                body[column] = value
        own = self._put(table, body, where)
        for child, place, one in below:
            if not isinstance(one, dict) or depth >= MAX_DEPTH:
                said = "this is no object, or lies too deep."
                self._problems.append(Problem(where=place, kind=ProblemKind.UNREADABLE, said=said))
                continue
            self.take(child, {**one, link_to(table, child): own}, place, depth + 1)
        return own

    def _put(self, table: str, body: Body, where: str) -> str:
        """Keep a row: a new one, what it adds to the one of its id, or a copy for a second owner."""
        own = str(body.get("id", ""))
        kept = self._rows[table].get(own or where)
        if kept is None:
            self._rows[table][own or where] = Row(table, body, where)
            return own
        links = {*TABLES[table].links, "link_id", "resource_id"}
        moved = [c for c in body if c in links and kept.body.get(c, body[c]) != body[c]]
        if moved:  # tables hold one owner of a kind: a second gets a row of its own
            column = moved[0]
            copy = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{own}\x1f{column}\x1f{body[column]}"))
            return self._put(table, {**body, "id": copy}, where)
        differ = [c for c in body if kept.body.get(c, body[c]) != body[c]]
        if differ:
            said = f"{differ[0]} differs from that of the same id at {kept.where}."
            self._problems.append(Problem(where=where, kind=ProblemKind.ID, said=said))
        else:
            kept.body.update(body)
        return own
