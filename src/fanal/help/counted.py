"""Counted: whether it is due that somebody asks a service how much it has."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from enum import StrEnum

from fanal.model.capacity import Capacity
from fanal.model.service import Need, State


class Counted(StrEnum):
    """Name what is due of how much a service has.

    >>> Counted("old").value
    'old'
    """

    OLD = "old"  # one of its capacities was counted too long ago, or nobody says when
    NEVER = "never"  # a shelter that says nothing of how much it has


def due(
    state: State, needs: Collection[Need], capacities: Sequence[Capacity], today: date, *, old: timedelta
) -> Counted | None:
    """Return what is due of how much a service has; None: nothing, or the service is no longer there.

    Args:
        state: whether it is there.
        needs: what somebody comes to it for.
        capacities: how much it has.
        today: the day, UTC.
        old: a count is too old after it.

    >>> due(State.ACTIVE, {Need.SHELTER}, (), date(2026, 1, 1), old=timedelta(90))
    <Counted.NEVER: 'never'>
    """
    if state not in (State.ACTIVE, State.CLOSED):
        return None
    if not capacities:
        return Counted.NEVER if Need.SHELTER in needs else None
    last = counted_on(capacities)
    return Counted.OLD if last is None or today - last > old else None


def counted_on(capacities: Sequence[Capacity]) -> date | None:
    """Return the day of the oldest count, UTC; None: there is none, or of one of them nobody says when."""
    known = [one.updated.date() for one in capacities if one.updated is not None]
    return min(known) if known and len(known) == len(capacities) else None
