"""The Verification log's nouns: what somebody found, whether it still counts, and what is due to be looked at again."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Finding(StrEnum):
    """Name what somebody found who called or went there.

    >>> Finding("holds").value
    'holds'
    """

    HOLDS = "holds"  # all of the entry is so
    GONE = "gone"  # nobody there, another's number, or not safe: it must not be shown


class Freshness(StrEnum):
    """Name how far an entry can be relied on today.

    >>> Freshness("fresh").value
    'fresh'
    """

    FRESH = "fresh"
    ENDING = "ending"  # fresh, and soon not
    STALE = "stale"  # verified, and that is too long ago
    CHANGED = "changed"  # verified, and the entry is another since
    UNVERIFIED = "unverified"
    GONE = "gone"  # whoever looked last found that it is not so


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Hold one row of the verification log."""

    source: str
    service: str  # id of the service
    finding: Finding
    digest: str  # sha256: of the entry as it was verified
    until: date  # last day on which it counts
    who: str
    at: datetime  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Hold one import of a directory."""

    number: int
    source: str
    licence: str
    country: str  # ISO 3166-1 alpha-2 of phones without one; empty: none
    file: str
    form: str
    sha256: str  # sha256: of all rows as they are kept
    rows: int
    services: int
    accepted: tuple[str, ...]  # kinds of problems
    who: str
    at: datetime  # UTC
    ended_at: datetime | None  # None: it counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Hold two services of two sources that seem to be one; neither is changed."""

    source: str
    service: str
    other_source: str
    other_service: str
    why: str  # a value of `fanal.help.alike.Likeness`
