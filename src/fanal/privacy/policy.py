"""The policy of the gate: how much noise, which threshold, how late. Each Release states its own numbers."""

import math
from dataclasses import dataclass

from fanal.model.error import RefusedError, SettingError

MAX_EPSILON = 10.0  # above, an author's week shows through the noise
LEAST_DELAY_DAYS = 28  # the public sees a week at least four weeks late; it can be raised, not lowered
LEAST_RESIDENTS = 1_000  # as above, for numbers from layers


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Hold the numbers of the gate, checked when it is made.

    >>> Policy().max_cells, Policy().scale
    (4, 4.0)
    """

    epsilon: float = 1.0  # privacy loss of one author in one ISO week, over all tables together
    public_cells: int = 2  # cells of the public table that an author-week may add 1 to
    partner_cells: int = 2  # of these with one cell of the partners' table; 0: that table is not drawn
    threshold: int = 35  # author-weeks; a noisy count below it is not shown
    public_delay_days: int = 28  # days after the end of its week before a number is public
    partner_delay_days: int = 0  # days after the end of its week before partners read a number
    min_residents: int = 1_000  # people; an area with fewer gets no number from layers

    def __post_init__(self) -> None:
        """Refuse numbers that would let something out.

        Raises:
            SettingError: no number, not finite, or of the wrong kind.
            RefusedError: a number, but one that the gate does not allow.
        """
        if isinstance(self.epsilon, bool) or not isinstance(self.epsilon, int | float):
            raise SettingError(f"privacy.epsilon must be a number, not {self.epsilon!r}.")
        if not math.isfinite(self.epsilon):
            raise SettingError(f"privacy.epsilon must be finite, not {self.epsilon}.")
        whole = ("public_cells", "partner_cells", "threshold", "public_delay_days", "partner_delay_days")
        for name in (*whole, "min_residents"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise SettingError(f"privacy.{name} must be a whole number, not {value!r}.")
        for name, least in (
            ("public_cells", 1),
            ("partner_cells", 0),
            ("threshold", 1),
            ("public_delay_days", LEAST_DELAY_DAYS),
            ("partner_delay_days", 0),
            ("min_residents", LEAST_RESIDENTS),
        ):
            if getattr(self, name) < least:
                raise RefusedError(
                    f"The gate does not allow privacy.{name} = {getattr(self, name)}: it must be at least {least}."
                )
        if not 0 < self.epsilon <= MAX_EPSILON:
            raise RefusedError(
                f"The gate does not allow privacy.epsilon = {self.epsilon}: it must lie above 0, "
                f"up to {MAX_EPSILON:g}."
            )

    @property
    def max_cells(self) -> int:
        """Return the cells of all tables together to which an author-week adds at most 1 each.

        A partners' cell counts only inside a public one, so that there are never more of them.

        >>> Policy(public_cells=2, partner_cells=5).max_cells
        4
        """
        return self.public_cells + min(self.public_cells, self.partner_cells)

    @property
    def scale(self) -> float:
        """Return the scale of the noise, in author-weeks."""
        return self.max_cells / self.epsilon
