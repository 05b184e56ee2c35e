"""What a gap assumes: which share of people needs a thing, how far is within reach, how old a number may be."""

import math
from dataclasses import dataclass

from fanal.model.error import UserError

BANDS = ((10.0, 1.0), (30.0, 0.68), (60.0, 0.22))
"""Kilometres up to which a weight holds. The weights are those of Luo and Qi (2009, the slower of two decays) for 10,
20 and 30 minutes by car; the distances are ours, as nothing tells minutes here."""

FAMILY = 6.0
"""Persons in a family, where a layer counts families: what IOM's DTM takes for Iraq."""

OLDEST_DAYS = 90
"""As long as a verification counts by default."""

LEAST_KNOWN = 5
"""With fewer services that say how much they have, nothing is drawn from them."""

DRAWS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """Hold what is assumed and not measured, checked when it is made.

    >>> Assumed().reach_km
    60.0
    """

    share: float = 1.0  # of a group's people who need one unit, above 0, up to 1
    family: float = FAMILY  # persons in a family, 1 to 20
    bands: tuple[tuple[float, float], ...] = BANDS  # up to so many km, weight; both in order
    oldest_days: int = OLDEST_DAYS  # capacity that was said longer ago counts as not said, 0 or more

    def __post_init__(self) -> None:
        """Refuse what means nothing.

        Raises:
            UserError: a number out of its range, or bands that do not follow each other.
        """
        if not 0 < self.share <= 1:
            raise UserError(
                f"A share of {self.share:g} is none.", hint="It lies above 0, up to 1: 0.2 is one in five."
            )
        if not 1 <= self.family <= 20:
            raise UserError(
                f"A family of {self.family:g} persons is none.", hint="Take a number from 1 to 20."
            )
        if self.oldest_days < 0:
            raise UserError("Days are 0 or more.", hint="Take 90, for example.")
        flat = [number for band in self.bands for number in band]
        if not flat or len(self.bands) > 50 or not all(math.isfinite(n) and n > 0 for n in flat):
            raise UserError(
                "A band is a distance and a weight, both above 0.", hint="For example --band 10=1."
            )
        pairs = list(zip(self.bands, self.bands[1:], strict=False))
        if any(near[0] >= far[0] or near[1] < far[1] for near, far in pairs):
            raise UserError(
                "Each band lies farther out than the one before, and weighs no more.",
                hint="For example --band 10=1 --band 30=0.68 --band 60=0.22.",
            )

    @property
    def reach_km(self) -> float:
        """Return the distance beyond which nothing is within reach."""
        return self.bands[-1][0]
