"""The Block: an area that nobody is to be sent into, or a crossing between two that is closed, as staff noted it."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Hold one block; it is ended and never removed."""

    id: int
    area: str  # code of the area, with all areas inside it
    other: str | None  # code of the area on the other side of a crossing; None: the area itself is blocked
    reason: str  # for staff; never shown to the public
    who: str  # the person who noted it
    at: datetime  # UTC, when it was noted
    until: date | None  # last day on which it holds; None: until somebody ends it
    ended_at: datetime | None  # UTC; None: nobody ended it
    ended_by: str  # the person; empty: nobody

    def holds(self, today: date) -> bool:
        """Say whether it holds on a day."""
        return self.ended_at is None and (self.until is None or today <= self.until)
