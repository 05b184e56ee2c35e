"""The finding: what one attacker gained, what epsilon allows, and whether the gate held."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Ending(StrEnum):
    """Say how an attack ended.

    >>> Ending("held").value
    'held'
    """

    HELD = "held"  # nothing shows that more was gained than the bound allows
    BROKEN = "broken"  # more was gained, and not by chance
    LIMIT = "limit"  # no bound is claimed here: it is measured and said


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Hold one measured attack.

    >>> Finding(name="a", knows="all", advantage=0.2, low=0.1, high=0.3, bound=0.4, rounds=9).ended.value
    'held'
    """

    name: str  # in the words of docs/privacy.md, such as membership_noise
    knows: str  # what the attacker has
    advantage: float  # over guessing, or a share where the attack says so
    low: float  # its lower limit
    high: float  # its upper limit
    bound: float  # what is allowed
    rounds: int  # independent trials
    faults: tuple[str, ...] = ()  # sentences: what else is wrong
    limit: bool = False  # the gate promises nothing here
    more: Mapping[str, Any] = field(default_factory=dict)  # for programs

    @property
    def ended(self) -> Ending:
        """Return how the attack ended."""
        if self.limit:
            return Ending.LIMIT
        return Ending.BROKEN if self.faults or self.low > self.bound else Ending.HELD

    def facts(self) -> dict[str, Any]:
        """Return what a program reads."""
        return {
            "knows": self.knows,
            "advantage": round(self.advantage, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
            "bound": round(self.bound, 6),
            "rounds": self.rounds,
            "ended": self.ended.value,
            "faults": list(self.faults),
            **self.more,
        }
