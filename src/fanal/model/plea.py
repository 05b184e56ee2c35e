"""The Plea: a post that asks for help, as helpers keep track of it; no text, no author, and no score of anybody."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class PleaState(StrEnum):
    """Name how far a plea is.

    >>> PleaState("open").value
    'open'
    """

    OPEN = "open"  # nobody took it yet
    TAKEN = "taken"  # somebody sees to it
    CLOSED = "closed"


class Ending(StrEnum):
    """Name why a plea was closed; a closed set, so that nothing of a person is written down as a reason.

    >>> Ending("answered").value
    'answered'
    """

    ANSWERED = "answered"  # a person answered it
    ELSEWHERE = "elsewhere"  # others see to it
    UNREACHABLE = "unreachable"  # there is no way to answer
    UNSAFE = "unsafe"  # an answer could put somebody in danger
    NO_PLEA = "no_plea"  # it asks for no help


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Hold what helpers noted of a plea."""

    state: PleaState = PleaState.OPEN
    who: str = ""  # the person who noted it; empty: it is open
    at: datetime | None = None  # UTC; None: it is open
    ending: Ending | None = None  # None: it is not closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Plea:
    """Hold one plea."""

    post: int  # keyed hash, 0 to 2**64 - 1
    week: date  # Monday of the ISO week of the post
    read_on: date  # UTC day on which it was read in; its text goes with the key of that day
    language: str  # ISO 639 code; und: unsure
    stance: str  # first_hand or report
    area: str | None  # code of the area that it most likely names; None: the place is not known
    mark: Mark
