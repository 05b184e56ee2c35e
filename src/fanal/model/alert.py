"""The alert: a released hotspot that chance hardly makes, followed from week to week until a person decides."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from fanal.model.category import Family
from fanal.model.circle import Circle
from fanal.model.release import Basis


class AlertState(StrEnum):
    """Name how far a person's decision on an alert has come.

    >>> AlertState("approved").value
    'approved'
    """

    NEW = "new"  # nobody has said that they saw it
    ACKNOWLEDGED = "acknowledged"  # a person has seen it
    APPROVED = "approved"  # a person has decided that it leaves
    SENT = "sent"  # it left through one channel at least


class Act(StrEnum):
    """Name what a person can decide on alerts.

    >>> Act("mute").value
    'mute'
    """

    ACKNOWLEDGE = "acknowledge"
    MUTE = "mute"
    APPROVE = "approve"


class Channel(StrEnum):
    """Name the ways on which an alert leaves.

    >>> Channel("cap").value
    'cap'
    """

    FEED = "feed"  # Atom, RFC 4287
    CAP = "cap"  # Common Alerting Protocol 1.2
    MAIL = "mail"
    WEBHOOK = "webhook"  # Standard Webhooks


class Outcome(StrEnum):
    """Name how a delivery ended.

    >>> Outcome("started").value
    'started'
    """

    STARTED = "started"  # nobody knows: the run may have ended between the delivery and its note
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Hold one row of a Release of hotspots that belongs to an alert: one of each week at most."""

    ledger_id: str  # of the Release in which it stands
    content: str  # sha256: over the ledger id and every value of the row
    as_of: date  # the day on which it could be known
    first_week: date  # Monday of the first week of its window
    last_week: date  # Monday of the last
    areas: frozenset[str]
    recurrence_weeks: float  # by chance once in so many weeks


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Hold one alert: the weeks of one hotspot, and how far a person's decision has come."""

    id: str  # ten hexadecimal digits, made of the first sighting, so that they can be repeated
    circle: Circle
    basis: Basis
    family: Family
    sightings: tuple[Sighting, ...]  # by as_of; empty: no Release holds it any longer
    last: Sighting  # the newest there ever was
    state: AlertState
    found_at: datetime  # UTC

    @property
    def first_week(self) -> date:
        """Return the Monday of the first week of all its windows."""
        return min(one.first_week for one in (*self.sightings, self.last))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Hold what a person decided; decisions are added and never changed."""

    act: Act
    alert: str | None  # None: a mute of an area or a family
    area: str | None = None  # for MUTE: the area, with all areas inside it; None: any
    family: Family | None = None  # for MUTE; None: any
    who: str
    at: datetime  # UTC
    until: date | None = None  # for MUTE: the first day on which it is over; None otherwise
    reason: str = ""
    content: str | None = None  # for APPROVE: content of the sighting that may leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Hold one message to one target, and how it ended."""

    message: str  # id of the alert and number of its approval: f3a91c0b2d.1
    channel: Channel
    target: str  # folder, address or host; no secret
    at: datetime  # UTC, of the last try
    tries: int
    outcome: Outcome
    detail: str = ""  # why it failed
