"""The Problem: what is wrong with a row of a directory, so that nothing of its file is taken."""

from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """Name what is wrong with a row.

    >>> ProblemKind("phone").value
    'phone'
    """

    UNREADABLE = "unreadable"  # no row, no UTF-8, wrong number of columns
    ID = "id"  # no id, one that is no UUID, or one that stands twice
    MISSING = "missing"  # a column that HSDS asks for is empty
    VALUE = "value"  # not of the closed set, no number, no date
    COORDINATES = "coordinates"  # swapped, out of range, null island, one of two
    ORGANIZATION = "organization"  # a service of nobody, or of an organization that is not there
    LINK = "link"  # leads to a row that is not there
    CYCLE = "cycle"  # an organization or a term above itself
    HOURS = "hours"  # a rule or times that no clock can keep
    PHONE = "phone"  # a number that does not parse
    CONFIDENTIAL = "confidential"  # a confidential place with where or when it is
    SCHEMA = "schema"  # not valid under the official schema


NEVER_ACCEPTED = frozenset({ProblemKind.UNREADABLE, ProblemKind.ID, ProblemKind.CONFIDENTIAL})
"""What nobody can accept: the row would be lost, mixed up with another, or give a shelter away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Hold what is wrong with one row."""

    where: str  # `services.csv:3`, `services[4]`
    kind: ProblemKind
    said: str  # one sentence without the value of a phone, an address or a point

    def __str__(self) -> str:
        """Return it on one line."""
        return f"{self.where}: {self.said}"
