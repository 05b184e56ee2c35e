"""The exact place: where a confidential location is. It is sealed, and opened for one person at a time."""

import math
from dataclasses import dataclass, field

from fanal.model.error import InputError

MOST_LETTERS = 500
"""Letters of the address, and of the note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactPlace:
    """Hold where a confidential location is; what it holds shows in no representation and so in no traceback.

    >>> ExactPlace(address="Street one", point=None, note="")
    ExactPlace()
    """

    address: str = field(repr=False)
    point: tuple[float, float] | None = field(
        repr=False
    )  # longitude, latitude, WGS 84 degrees; None: not said
    note: str = field(repr=False)  # how to come in, whom to ask; empty: nothing

    def __post_init__(self) -> None:
        """Refuse what is no place; no message repeats a word of it.

        Raises:
            InputError: neither address nor point, too long, control characters, or a point that there is not.
        """
        if not self.address and self.point is None:
            raise InputError("A place needs an address or a point.")
        for what, text in (("address", self.address), ("note", self.note)):
            if len(text) > MOST_LETTERS or not text.isprintable():
                raise InputError(
                    f"The {what} is up to {MOST_LETTERS} letters on one line, all of which show."
                )
        if self.point is not None:
            lon, lat = self.point
            if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
                raise InputError(
                    "A point is a longitude of -180 to 180 and a latitude of -90 to 90 degrees.",
                    hint="Longitude comes first.",
                )
