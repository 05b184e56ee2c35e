"""Confidential places in a directory that comes in: refused with where or when they are, or taken without."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from fanal.model.confidential import (
    CAPACITY_MAY_SAY,
    CAPACITY_TABLES,
    LOCATION_MAY_SAY,
    MARK,
    PLACE_TABLES,
    SERVICE_MAY_SAY,
    SERVICE_TABLES,
    TIE_MAY_SAY,
    TIE_TABLES,
    confidential_of,
)
from fanal.model.directory import Directory, Row
from fanal.model.problem import Problem, ProblemKind

_WORD = re.compile(r"\bconfiden(?:tial|tiel(?:le)?|cial)\b")
"""Names of columns that are taken for a mark by whoever wrote them, and mark nothing here."""


def confidential_problems(directory: Directory, others: Sequence[Directory] = ()) -> Iterator[Problem]:
    """Tell each row that says where or when a confidential service is; what it says is not repeated.

    Args:
        directory: all rows of one source.
        others: those of the other sources, whose marks count here too.
    """
    for row, columns in _telling(directory, others):
        said = (
            f"a confidential place comes with {', '.join(columns) if columns else f'a row of {row.table}'}."
        )
        yield Problem(where=row.where, kind=ProblemKind.CONFIDENTIAL, said=said)
    for table in ("service", "location"):
        for row in directory.rows(table):
            for column in sorted(row.body):
                if column != MARK and _WORD.search(column.casefold().replace("_", " ")):
                    said = f"{column!r} may say what is confidential: name the column {MARK}."
                    yield Problem(where=row.where, kind=ProblemKind.CONFIDENTIAL, said=said)


def without_exact_places(directory: Directory, others: Sequence[Directory] = ()) -> list[Row]:
    """Return all rows, without those and without the columns that say where or when a confidential service is."""
    telling = {id(row): columns for row, columns in _telling(directory, others)}
    kept = []
    for row in directory.all():
        if id(row) not in telling:
            kept.append(row)
        elif columns := telling[id(row)]:
            body = {column: value for column, value in row.body.items() if column not in columns}
            kept.append(Row(row.table, body, row.where))
    return kept


def _telling(directory: Directory, others: Sequence[Directory]) -> Iterator[tuple[Row, tuple[str, ...]]]:
    """Give each row that says too much, with the columns that do; none: the row itself does."""
    services, places = confidential_of(directory, *others)
    ties, counted = (
        [row for key in sorted(services) for row in directory.below("service", key, table)]
        for table in ("service_at_location", "service_capacity")
    )
    rows = {
        "service": [row for key in sorted(services) if (row := directory.get("service", key))],
        "service_at_location": ties,
        "service_capacity": counted,
        "location": [row for key in sorted(places) if (row := directory.get("location", key))],
    }
    gone: list[Row] = []
    for table, (columns_allowed, tables_refused) in _LIMITS.items():
        for row in rows[table]:
            if columns := tuple(sorted(row.body.keys() - columns_allowed)):
                yield row, columns
            for below in tables_refused:
                gone += directory.below(table, row.id, below)
    yield from _once(_with_below(directory, gone))


_LIMITS: Mapping[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "service": (SERVICE_MAY_SAY, SERVICE_TABLES),
    "service_at_location": (TIE_MAY_SAY, TIE_TABLES),
    "service_capacity": (CAPACITY_MAY_SAY, CAPACITY_TABLES),
    "location": (LOCATION_MAY_SAY, PLACE_TABLES),
}
"""Of each table what a row may say, and of which tables nothing may belong to it."""


def _with_below(directory: Directory, rows: Iterable[Row]) -> Iterator[Row]:
    """Give rows and what belongs to them."""
    for row in rows:
        yield row
        below = {"contact": ("phone", "attribute", "metadata"), "phone": ("language",)}
        for table in below.get(row.table, ("attribute", "metadata")):
            yield from directory.below(row.table, row.id, table)


def _once(rows: Iterable[Row]) -> Iterator[tuple[Row, tuple[str, ...]]]:
    """Give each row once."""
    seen: set[int] = set()
    for row in rows:
        if id(row) not in seen:
            seen.add(id(row))
            yield row, ()
