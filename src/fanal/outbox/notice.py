"""The notice: an approved alert as it leaves, read from its Release when it leaves and in several languages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.category import Family
from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.release import Release, ReleaseKind

LIKELY_WEEKS = 260
"""From this recurrence interval on a hotspot is called likely, below it possible.

At the default budget chance makes one alert a year. If real hotspots come about as often, one that chance
makes once in five years is five times likelier real than not; CAP's "likely" begins at one half (CAP 1.2,
3.2.2). What is behind it, a notice never says to be observed.
"""

REPLAY_DAYS = 182
"""What could be known so long ago is sent as an exercise: nobody can act on it as on something new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Hold the words of a notice in one language."""

    language: str  # BCP 47
    direction: str  # ltr or rtl
    event: str
    headline: str
    description: str
    instruction: str
    area: str  # names of the areas


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Name an earlier notice of the same alert."""

    id: str
    sent: datetime  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Hold that earlier notices of an alert may not leave any more. It names them, and no area, number or reason."""

    id: str  # of the newest of them, and `.cancel`
    sender: str  # an address
    sent: datetime  # UTC, when it was first found that they may not leave
    circle: Circle
    exercise: bool
    withdraws: tuple[Reference, ...]  # at least one


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Hold one message. Its numbers are those of a row of its Release and are nowhere else."""

    id: str  # of the alert and the number of its approval; the same at every try
    sender: str  # an address
    sent: datetime  # UTC, of the approval
    release: Release  # of kind HOTSPOTS
    row: int  # of its table
    wordings: tuple[Wording, ...]  # at least one
    replaces: tuple[Reference, ...] = ()

    @property
    def hotspot(self) -> dict[str, Any]:
        """Return the row of the Release, HOTSPOT_SCHEMA."""
        found: dict[str, Any] = self.release.table.slice(self.row, 1).to_pylist()[0]
        return found

    @property
    def certainty(self) -> str:
        """Return Likely or Possible, as CAP has them."""
        return "Likely" if self.hotspot["recurrence_weeks"] >= LIKELY_WEEKS else "Possible"

    @property
    def exercise(self) -> bool:
        """Say whether nobody may act on it: it comes from simulated posts, or was known half a year ago."""
        return is_exercise(self.release, self.hotspot["as_of"], self.sent.date())


def is_exercise(release: Release, as_of: date, sent: date) -> bool:
    """Say whether a notice is an exercise.

    Args:
        release: in which it stands.
        as_of: the day on which the hotspot could be known.
        sent: the day on which it leaves.
    """
    return is_simulated(release) or (sent - as_of).days > REPLAY_DAYS


def is_simulated(release: Release) -> bool:
    """Say whether a Release comes from simulated posts: one of its sources says so."""
    return any("simulated" in source.lower() for source in release.statement.sources)


def checked(notice: Notice, require: Callable[[Release], object]) -> Notice:
    """Return a notice that may leave; every sender asks here before it reads anything of it.

    Raises:
        RefusedError: from `require`; or it is no row of a Release of hotspots of a family.
    """
    require(notice.release)
    table = notice.release.table
    if notice.release.kind is not ReleaseKind.HOTSPOTS or not 0 <= notice.row < len(table):
        raise RefusedError(f"The notice {notice.id} is no hotspot of the Release {notice.release.ledger_id}.")
    if notice.hotspot["family"] not in set(Family) or not notice.hotspot["areas"]:
        raise RefusedError(f"The notice {notice.id} names no family or no area that may leave.")
    return notice


def named(areas: pa.Table, codes: list[str]) -> pa.Table:
    """Return the rows of areas (AREA_SCHEMA) that a notice names, by code."""
    return areas.filter(pc.is_in(areas["area"], pa.array(codes, pa.string()))).sort_by("area")
