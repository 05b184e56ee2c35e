"""The Service: somewhere to get help, with who runs it, where, when, for whom, and who made sure that it is so.

The nouns follow the Human Services Data Specification (HSDS) 3.0 of Open Referral; what it has not (a confidential
place, a P-code, a verification) says so. What came with a service and has no noun here stays in its rows, which are
kept whole.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from fanal.model.capacity import Capacity


class Need(StrEnum):
    """Name what somebody comes for.

    >>> Need("shelter").value
    'shelter'
    """

    HELPLINE = "helpline"  # somebody answers, and knows where else to go
    SHELTER = "shelter"
    SAFETY = "safety"  # protection from somebody, a way out
    HEALTH = "health"
    PSYCHOSOCIAL = "psychosocial"
    LEGAL = "legal"
    DOCUMENTS = "documents"
    FAMILY = "family"  # tracing, reunification
    RETURN = "return"  # assisted, voluntary
    LIVELIHOOD = "livelihood"
    EDUCATION = "education"
    FOOD = "food"
    WATER = "water"
    CASH = "cash"


class Sex(StrEnum):
    """Name whom a service is for, where it is not for everybody.

    >>> Sex("female").value
    'female'
    """

    FEMALE = "female"
    MALE = "male"


class Status(StrEnum):
    """Name the standing that a service asks for; a person in danger is never asked to prove it here.

    >>> Status("migrant").value
    'migrant'
    """

    SURVIVOR = "survivor"  # of trafficking or of violence
    DISPLACED = "displaced"
    REFUGEE = "refugee"
    MIGRANT = "migrant"
    RETURNEE = "returnee"
    RESIDENT = "resident"


class Reach(StrEnum):
    """Name how a service is reached.

    >>> Reach("phone").value
    'phone'
    """

    IN_PERSON = "in_person"
    PHONE = "phone"
    ONLINE = "online"


class State(StrEnum):
    """Name whether a service is there (HSDS 3.0, `service.status`).

    >>> State("temporarily closed").value
    'temporarily closed'
    """

    ACTIVE = "active"
    INACTIVE = "inactive"
    DEFUNCT = "defunct"
    CLOSED = "temporarily closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Hold where an entry came from."""

    source: str  # name of the directory that it was imported from
    row: str  # where in its file: `services.csv:3`, `services[4]`


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Hold who made sure that a service is as its entry says; it ends when the entry changes."""

    who: str
    at: datetime  # UTC
    until: date  # last day on which it counts
    digest: str  # sha256: of the entry that was verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """Hold a number; it is shown to the public only with the entry that was verified."""

    id: str  # UUID
    number: str  # as it was written
    e164: str | None  # +9647701234567 (ITU-T E.164); None: short code, or it does not parse
    extension: str  # empty: none
    kind: str  # voice, fax, text, cell, tdd, ... as written; empty: not said
    languages: frozenset[str]  # codes as written, lower case; empty: not said


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Hold when a service is open: a weekly or monthly rule (HSDS `schedule`, after RFC 5545)."""

    id: str  # UUID
    opens_at: time | None  # local time; None: not said
    closes_at: time | None  # local time; before `opens_at`: on the next day; None: not said
    days: tuple[str, ...]  # MO to SU, with a number in front where monthly; empty: every day
    monthly: bool
    interval: int  # every so many weeks or months, from 1
    month_days: tuple[int, ...]  # 1 to 31, from the end -1 to -31; empty: by `days`
    first: date | None  # valid from; None: always
    last: date | None  # valid to; None: without end
    offset_hours: float | None  # of local time from UTC, -12 to 14; None: the place's own
    said: str  # in words; empty: nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Hold what a service costs."""

    free: bool | None  # None: not said
    amount: float | None  # 0 or more; None: not said
    currency: str  # ISO 4217; empty: not said
    said: str  # in words; empty: nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Hold who is served; what is not said is open to everybody."""

    least_age: float | None  # years; None: not said
    most_age: float | None  # years; None: not said
    sexes: frozenset[Sex]  # empty: everybody
    statuses: frozenset[Status]  # empty: everybody
    said: str  # in words; empty: nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """Hold who runs services."""

    id: str  # UUID
    name: str
    parent: str | None  # UUID; None: none is known
    phones: tuple[Phone, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Hold a place at which a service is. Of a confidential one nothing is held but its area and its phones."""

    id: str  # UUID
    kind: str  # physical, postal or virtual
    name: str  # empty where confidential
    point: tuple[float, float] | None  # longitude, latitude, WGS 84 degrees; None: not known, or confidential
    area: str | None  # P-code of its area; of a confidential place that of the region; None: not known
    confidential: bool
    at: str  # UUID of the `service_at_location` that ties it to the service
    phones: tuple[Phone, ...]
    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Hold one service with all that finding it needs.

    `confidential` holds for the service if it is said of the service or of any place of its own.
    """

    id: str  # UUID
    name: str
    organization: Organization
    state: State
    needs: frozenset[Need]  # empty: not known
    languages: frozenset[str]  # codes as written, lower case; empty: not said
    serves: Served
    costs: tuple[Cost, ...]
    reach: frozenset[Reach]  # empty: not known
    areas: frozenset[str]  # P-codes that it serves; empty: not said
    locations: tuple[Location, ...]
    phones: tuple[Phone, ...]  # of the service itself: the front gate
    openings: tuple[Opening, ...]  # of the service itself
    confidential: bool
    provenance: Provenance
    verification: Verification | None  # None: nobody did, or the entry changed since
    same_as: tuple[str, ...]  # ids of services of other sources that seem to be this one
    capacities: tuple[Capacity, ...] = ()  # empty: not said

    def fresh(self, today: date) -> bool:
        """Say whether somebody made sure of it and that still counts on a day."""
        return self.verification is not None and today <= self.verification.until
