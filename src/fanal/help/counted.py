"""Counted: whether it is due that somebody asks a service how much it has."""

from datetime import date, timedelta
from enum import StrEnum

from fanal.model.service import Need, Service, State


class Counted(StrEnum):
    """Name what is due of how much a service has.

    >>> Counted("old").value
    'old'
    """

    OLD = "old"  # one of its capacities was counted too long ago, or nobody says when
    NEVER = "never"  # a shelter that says nothing of how much it has


def due(service: Service, today: date, *, old: timedelta) -> Counted | None:
    """Return what is due of how much a service has; None: nothing, or the service is no longer there.

    Args:
        service: a record of the directory.
        today: the day.
        old: a count is too old after it.
    """
    if service.state not in (State.ACTIVE, State.CLOSED):
        return None
    if not service.capacities:
        return Counted.NEVER if Need.SHELTER in service.needs else None
    last = counted_on(service)
    return Counted.OLD if last is None or today - last > old else None


def counted_on(service: Service) -> date | None:
    """Return the day of the oldest count of a service, UTC; None: of one of them nobody says when, or there is none."""
    moments = [one.updated for one in service.capacities]
    known = [one.date() for one in moments if one is not None]
    return min(known) if known and len(known) == len(moments) else None
