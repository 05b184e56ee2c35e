"""Capacities in a directory that comes in: numbers that cannot be, moments to come, two of one unit."""

from collections.abc import Iterator
from datetime import datetime

from fanal.model.directory import Directory, Row
from fanal.model.problem import Problem, ProblemKind
from fanal.text.capacity import NUMBERS, capacity_problem


def capacity_problems(directory: Directory, at: datetime | None) -> Iterator[Problem]:
    """Tell each capacity that cannot be, and each that counts the same unit of its service again.

    Two units of one name are the same unit: exports often write one anew for each capacity.

    Args:
        directory: all rows of one source.
        at: now, with its zone; None: what lies in the future is not told.
    """
    seen: dict[tuple[str, str], str] = {}
    for row in directory.rows("service_capacity"):
        if not any(_is_told(row.body.get(column, 0)) for column in NUMBERS) and (
            why := capacity_problem(row.body, at)
        ):
            yield Problem(where=row.where, kind=ProblemKind.VALUE, said=why)
        counted = str(row.body.get("service_id", "")), _unit(directory, row)
        if not all(counted):
            continue  # what is missing is told with all that is
        if counted in seen:
            said = f"its service has a capacity of this unit at {seen[counted]} too."
            yield Problem(where=row.where, kind=ProblemKind.VALUE, said=said)
        else:
            seen[counted] = row.where


def _is_told(value: object) -> bool:
    """Say whether a value is told as no number already, with those of all tables."""
    return isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) == float("inf")


def _unit(directory: Directory, row: Row) -> str:
    """Return what a capacity counts: the name of its unit, else its id."""
    key = str(row.body.get("unit_id", ""))
    unit = directory.get("unit", key)
    name = " ".join(str(unit.body.get("name", "")).casefold().split()) if unit else ""
    return name or key
