"""The Capacity: how much of something a service has, and how much of it is free."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Hold how many units of one kind a service has (HSDS 3.1, `service_capacity` and its `unit`).

    >>> Capacity(id="c", unit="bed", available=3.0, least=None, most=20.0, updated=None, said="").most
    20.0
    """

    id: str  # UUID
    unit: str  # its name as written, lower case: bed, place, session; empty: not said
    available: float | None  # free on the day `updated`, 0 or more; None: not said
    least: float | None  # the smallest that it can be run with, 0 or more; None: not said
    most: float | None  # all that there are, 0 or more; None: not said
    updated: datetime | None  # UTC; None: not said
    said: str  # in words; empty: nothing
