"""What is wrong with a directory: ids, links, cycles, points, hours, capacities, phones; told by row, never mended."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime

import numpy as np

from fanal.geo.grid import Grid
from fanal.geo.plausible import Standing, standing
from fanal.model.directory import Directory, Row
from fanal.model.hsds import TABLES, Shape
from fanal.model.problem import Problem, ProblemKind
from fanal.sources.hsds_capacity import capacity_problems
from fanal.sources.hsds_confidential import confidential_problems
from fanal.text.phone import can_be_dialled
from fanal.text.schedule import hours_problem

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_WHY = {
    Standing.NOT_A_NUMBER: "latitude and longitude are not two numbers",
    Standing.OUT_OF_RANGE: "the point lies outside the Earth's degrees",
    Standing.NULL_ISLAND: "the point is 0, 0 in the Gulf of Guinea",
    Standing.SWAPPED: "latitude and longitude are swapped",
}


def check(
    directory: Directory,
    *,
    country: str = "",
    known: Grid | None = None,
    others: Sequence[Directory] = (),
    at: datetime | None = None,
) -> list[Problem]:
    """Return every problem of a directory, in the order of the tables and their rows.

    Args:
        directory: all rows of one source.
        country: ISO 3166-1 alpha-2, of phones that are written without one; empty: such do not parse.
        known: areas that its points should lie in; None: only the numbers are judged.
        others: the other sources' rows, whose marks of what is confidential count here too.
        at: now, with its zone; None: capacities that are to come are not told.
    """
    found: list[Problem] = []
    steps: Sequence[Callable[[], Iterator[Problem]]] = (
        lambda: _ids(directory),
        lambda: _values(directory),
        lambda: _links(directory),
        lambda: _cycles(directory, "organization", "parent_organization_id"),
        lambda: _cycles(directory, "taxonomy_term", "parent_id"),
        lambda: _points(directory.rows("location"), known),
        lambda: _hours(directory),
        lambda: _phones(directory, country),
        lambda: capacity_problems(directory, at),
        lambda: confidential_problems(directory, others),
    )
    for step in steps:
        found += step()
    return found


def _ids(directory: Directory) -> Iterator[Problem]:
    """Tell rows without an id, with one that is no UUID, or with one that stood before."""
    for table in TABLES:
        seen: dict[str, str] = {}
        for row in directory.rows(table):
            if not row.id:
                yield _of(row, ProblemKind.ID, "the row has no id.")
            elif not _UUID.fullmatch(row.id):
                yield _of(row, ProblemKind.ID, "the id is no UUID.")
            elif row.id.lower() in seen:
                yield _of(row, ProblemKind.ID, f"the id stands at {seen[row.id.lower()]} too.")
            else:
                seen[row.id.lower()] = row.where


def _values(directory: Directory) -> Iterator[Problem]:
    """Tell what is missing or not of its kind."""
    for table, shape in TABLES.items():
        for row in directory.rows(table):
            yield from _wrong_values(row, shape)
    for row in directory.rows("service"):
        least, most = row.body.get("minimum_age", 0), row.body.get("maximum_age", 999)
        if isinstance(least, (int, float)) and isinstance(most, (int, float)) and not 0 <= least <= most:
            yield _of(row, ProblemKind.VALUE, "minimum_age and maximum_age leave nobody.")


def _wrong_values(row: Row, shape: Shape) -> Iterator[Problem]:
    """Tell what is missing or not of its kind in one row."""
    body = row.body
    for column in shape.needed:
        if not str(body.get(column, "")).strip():
            yield _of(row, ProblemKind.MISSING, f"{column} is missing.")
    for column, choices in (shape.choices or {}).items():
        if body.get(column, choices[0]) not in choices:
            yield _of(row, ProblemKind.VALUE, f"{column} is none of {', '.join(choices)}.")
    for column in shape.numbers:
        if not _is_number(body.get(column, 0)):
            yield _of(row, ProblemKind.VALUE, f"{column} is no number.")
    for column in shape.days:
        if column in body and not _is_day(body[column]):
            kind = ProblemKind.HOURS if row.table == "schedule" else ProblemKind.VALUE
            yield _of(row, kind, f"{column} is no date (2026-01-31).")


def _links(directory: Directory) -> Iterator[Problem]:
    """Tell services of nobody, and links that lead nowhere."""
    for row in directory.rows("service"):
        owner = str(row.body.get("organization_id", ""))
        if not owner:
            yield _of(row, ProblemKind.ORGANIZATION, "the service has no organization.")
        elif directory.get("organization", owner) is None:
            yield _of(row, ProblemKind.ORGANIZATION, "its organization is not in the directory.")
    for table, shape in TABLES.items():
        links = {c: to for c, to in shape.links.items() if (table, c) != ("service", "organization_id")}
        for row in directory.rows(table):
            for column in links.keys() & row.body.keys():
                if directory.get(links[column], str(row.body[column])) is None:
                    said = f"{column} leads to no {links[column]} in the directory."
                    yield _of(row, ProblemKind.LINK, said)
    for row in directory.rows("attribute"):
        linked = str(row.body.get("link_id", ""))
        if not any(directory.get(table, linked) for table in TABLES):
            yield _of(row, ProblemKind.LINK, "link_id leads to no row in the directory.")


def _cycles(directory: Directory, table: str, column: str) -> Iterator[Problem]:
    """Tell each row that stands above itself; each is followed once, however long the chain."""
    done: set[str] = set()
    for row in directory.rows(table):
        path: dict[str, Row] = {}
        step: Row | None = row
        while step is not None and step.id not in done and step.id not in path:
            path[step.id] = step
            step = directory.get(table, str(step.body.get(column, "")))
        if step is not None and step.id in path:
            ring = list(path)[list(path).index(step.id) :]
            for one in ring:
                yield _of(path[one], ProblemKind.CYCLE, f"the {table} stands above itself ({column}).")
        done.update(path)


def _points(rows: Sequence[Row], known: Grid | None) -> Iterator[Problem]:
    """Tell points that are no place, or swapped."""
    some = [row for row in rows if {"latitude", "longitude"} & row.body.keys()]
    if not some:
        return
    lon, lat = (
        np.array([_degrees(row.body.get(name)) for row in some]) for name in ("longitude", "latitude")
    )
    for row, mark in zip(some, standing(lon, lat, known), strict=True):
        if mark != Standing.FINE:
            yield _of(row, ProblemKind.COORDINATES, f"{_WHY[Standing(int(mark))]}.")


def _hours(directory: Directory) -> Iterator[Problem]:
    """Tell schedules that no clock can keep."""
    for row in directory.rows("schedule"):
        if why := hours_problem(row.body):
            yield _of(row, ProblemKind.HOURS, why)


def _phones(directory: Directory, country: str) -> Iterator[Problem]:
    """Tell numbers that do not parse; the number itself is not repeated."""
    for row in directory.rows("phone"):
        written = str(row.body.get("number", ""))
        if written.strip() and not can_be_dialled(written, country):
            hint = "" if country else " (numbers without a country need --country)"
            yield _of(row, ProblemKind.PHONE, f"the number does not parse{hint}.")


def _is_day(value: object) -> bool:
    """Say whether a value is a date of ISO 8601; a time behind it is passed over."""
    try:
        date.fromisoformat(str(value)[:10])
    except ValueError:
        return False
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    """Say whether a value is a number that is finite."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) != float("inf")


def _degrees(value: object) -> float:
    """Return degrees; not a number where there are none."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else float("nan")


def _of(row: Row, kind: ProblemKind, said: str) -> Problem:
    """Return a problem of a row."""
    return Problem(where=row.where, kind=kind, said=said)
