"""The incident: something that went wrong with data or with the system, and what was done about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fanal.model.sensitivity import Sensitivity


class IncidentKind(StrEnum):
    """Name what kind of thing went wrong.

    >>> IncidentKind("loss").value
    'loss'
    """

    ACCESS = "access"  # somebody saw or could see what was not for them
    DISCLOSURE = "disclosure"  # something left that should not have, or to the wrong hands
    LOSS = "loss"  # a machine, a copy, a key or data are gone
    TAMPERING = "tampering"  # something was changed by other means: the audit log does not hold
    MISUSE = "misuse"  # used for a purpose that it is not there for
    ERROR = "error"  # wrong numbers, a wrong place, a wrong alert went out
    HARM = "harm"  # somebody came to harm, or was put in danger, by what was done here
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Hold one entry of the incident log; entries are added and never changed."""

    id: int
    follows: int | None  # the incident that it adds to; None: a new one
    at: datetime  # UTC, when it was noted
    who: str
    kind: IncidentKind
    severity: Sensitivity
    what: str  # what happened, without names of those affected
    done: str  # what was done; empty: nothing yet
