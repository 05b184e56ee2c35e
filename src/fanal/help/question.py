"""The question: what somebody asks the directory for. It is answered and kept nowhere."""

import math
from dataclasses import dataclass

from fanal.model.error import InputError
from fanal.model.service import Need, Reach, Sex, Status

OLDEST = 130.0
"""Years that somebody can be old."""

GROWN = 18
"""Years from which somebody is no child (Convention on the Rights of the Child, art. 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Hold what is asked for; what is left out leaves nothing out of the answer.

    >>> Question(needs=frozenset({Need.SHELTER}), within_km=-1)
    Traceback (most recent call last):
    ...
    fanal.model.error.InputError: A distance is 0 km or more. Leave it out to ask for any.
    """

    needs: frozenset[Need] = frozenset()  # one of them is enough; empty: any
    languages: frozenset[str] = frozenset()  # ISO 639 codes; one of them is enough; empty: any
    age: float | None = None  # years; None: not told
    grown: bool | None = None  # asked only where no age was told: 18 years or more, or less; None: not told
    sex: Sex | None = None  # None: not told
    statuses: frozenset[Status] = frozenset()  # one of them is enough; empty: not told
    open_now: bool = False  # only what is open at the moment of asking
    free: bool = False  # only what costs nothing
    reach: frozenset[Reach] = frozenset()  # ways that can be used; empty: any
    area: str | None = None  # P-code of the area that somebody is in; None: not told
    point: tuple[float, float] | None = None  # longitude, latitude, degrees; None: the area's
    within_km: float | None = None  # of what is reached in person; None: any distance
    same_area: bool = False  # only what is in the area, or is reached from afar

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing.

        Raises:
            InputError: an age, a distance or a point that there is not.
        """
        if self.age is not None and not 0 <= self.age <= OLDEST:
            raise InputError(f"An age is 0 to {OLDEST:g} years.", hint="Leave it out if it is not known.")
        if self.within_km is not None and not (self.within_km >= 0 and math.isfinite(self.within_km)):
            raise InputError("A distance is 0 km or more.", hint="Leave it out to ask for any.")
        if self.point is not None and not (abs(self.point[0]) <= 180 and abs(self.point[1]) <= 90):
            raise InputError(
                "A point is a longitude of -180 to 180 and a latitude of -90 to 90 degrees.",
                hint="Longitude comes first.",
            )
