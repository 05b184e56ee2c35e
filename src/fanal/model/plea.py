"""The Plea: a post that asks for help, as helpers keep track of it; no text, no author, and no score of anybody."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from fanal.model.version import Version


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
    """Hold one plea: a post with all its versions. What stands here of words is of the newest that can be read."""

    post: int  # keyed hash of that version, 0 to 2**64 - 1
    week: date  # Monday of the ISO week of the first version that can be read
    read_on: date  # UTC day on which that was read in
    language: str  # ISO 639 code; und: unsure
    stance: str  # first_hand or report
    area: str | None  # code of the area that it most likely names; None: the place is not known
    mark: Mark
    versions: tuple[Version, ...] = ()  # oldest first, those that show no plea too; empty: never edited
    changed: bool = False  # since the mark was made, a version came that asks for help

    @property
    def posts(self) -> tuple[int, ...]:
        """Return the versions that ask for help and can be read, oldest first; of one never edited, itself."""
        return tuple(one.post for one in self.versions if one.text) or (self.post,)
