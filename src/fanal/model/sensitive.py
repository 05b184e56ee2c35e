"""The sensitive rule: an area or a group that leaves never, coarser or later; and the steps that change the list."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from fanal.model.error import SettingError


class Treatment(StrEnum):
    """Name what happens to a sensitive area or group.

    >>> Treatment("never").value
    'never'
    """

    NEVER = "never"  # it is in no Release, nor in the sum of a larger area
    COARSER = "coarser"  # it leaves only inside the area above it
    LATER = "later"  # it leaves so many days after the end of its week, in every circle


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitiveRule:
    """Hold one rule, for an area with all areas inside it, or for a group."""

    area: str | None = None  # code; None: the rule is for a group
    group: str | None = None  # name of a group, also of one that Fanal does not count; None: for an area
    rule: Treatment
    days: int | None = None  # for LATER: days after the end of the week; None otherwise
    reason: str
    expires: date | None = None  # last day in force, UTC; None: stays

    def __post_init__(self) -> None:
        """Refuse a rule that would not do what its writer meant.

        Raises:
            SettingError: both or neither of area and group, days where they do not belong, no reason.
        """
        name = self.area or self.group
        if (self.area is None) == (self.group is None) or not name:
            raise SettingError("A sensitive rule names either an area or a group.")
        if (self.rule is Treatment.LATER) != (self.days is not None) or (
            self.days is not None and self.days < 1
        ):
            raise SettingError(
                f"The sensitive rule for {name} needs days above 0 if it says later, else none."
            )
        if not self.reason.strip():
            raise SettingError(f"The sensitive rule for {name} needs a reason.")

    @property
    def name(self) -> str:
        """Return the area or the group."""
        return self.area or self.group or ""


class Step(StrEnum):
    """Name a step by which a workspace's own list is changed.

    >>> Step("agree").value
    'agree'
    """

    PROPOSE = "propose"  # a rule; it is in force once another person agrees
    HOLD = "hold"  # a rule that is in force at once, for a few days unless another person agrees
    END = "end"  # of a rule in force; it ends once another person agrees
    AGREE = "agree"  # to one of the three above
    WITHDRAW = "withdraw"  # one of the three above, by who made it, as long as nobody agreed


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStep:
    """Hold one step, as the desk keeps it: steps are added and never changed."""

    id: int  # from 1, without a gap
    at: datetime  # UTC
    who: str  # the person
    step: Step
    of: int | None = None  # END: the step that made the rule; AGREE, WITHDRAW: the step that is answered
    rule: SensitiveRule | None = None  # for PROPOSE and HOLD
    reason: str = ""  # for END
