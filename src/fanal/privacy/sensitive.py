"""The sensitive list: areas and groups that never leave, or leave coarser or later, whatever the counts say."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from typing import Any

import pyarrow as pa

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
    expires: date | None = None  # last day in force; None: stays

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


def load() -> tuple[SensitiveRule, ...]:
    """Return the list that ships with Fanal and is always in force.

    >>> sorted({rule.rule.value for rule in load()})
    ['later', 'never']
    """
    return parse(files("fanal.privacy").joinpath("sensitive.toml").read_text(encoding="utf-8"))


def parse(text: str) -> tuple[SensitiveRule, ...]:
    r"""Return the rules of a list written as TOML.

    Raises:
        SettingError: not TOML, or a rule that cannot be used; names the rule.

    >>> parse('[[rule]]\narea = "pcode:X"\nrule = "coarser"\nreason = "a shelter"')[0].rule.value
    'coarser'
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"The sensitive list is not TOML: {error}.") from error
    rows = document.pop("rule", [])
    if document or not isinstance(rows, list):
        raise SettingError("The sensitive list holds nothing but [[rule]] entries.")
    return tuple(_rule(number, row) for number, row in enumerate(rows, start=1))


def _rule(number: int, row: Mapping[str, Any]) -> SensitiveRule:
    """Return one entry as a rule."""
    kinds = {"area": str, "group": str, "rule": str, "days": int, "reason": str, "expires": date}
    wrong = [name for name, value in row.items() if type(value) is not kinds.get(name)]
    if wrong or not {"rule", "reason"} <= row.keys() or row["rule"] not in set(Treatment):
        raise SettingError(
            f"Rule {number} of the sensitive list cannot be used{': ' + wrong[0] if wrong else ''}.",
            hint="It needs area or group, rule (never, coarser, later) and reason; days and expires if it has them.",
        )
    return SensitiveRule(**{**row, "rule": Treatment(row["rule"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitive:
    """Hold the list as it stands on a day, over the areas of a workspace, each area with what covers it."""

    never: frozenset[str]  # areas
    coarser: frozenset[str]  # areas
    later: Mapping[str, int]  # area: days
    group_never: frozenset[str]  # of groups, never and coarser come to the same: residents hold them
    group_later: Mapping[str, int]  # group: days

    def hidden(self, area: str) -> bool:
        """Say whether an area has no number of its own."""
        return area in self.never or area in self.coarser


def in_force(rules: Iterable[SensitiveRule], areas: pa.Table, day: date) -> Sensitive:
    """Return what the rules say on a day about each area (AREA_SCHEMA) and group.

    A rule covers its area and all areas inside it; where several do, the strictest holds: never before
    coarser, more days before fewer.
    """
    parent = dict(zip(areas["area"].to_pylist(), areas["parent"].to_pylist(), strict=True))
    current = [rule for rule in rules if rule.expires is None or day <= rule.expires]
    of_area: dict[str, list[SensitiveRule]] = {}
    for rule in current:
        if rule.area is not None:
            of_area.setdefault(rule.area, []).append(rule)
    covering = {
        area: [rule for above in lineage(area, parent) for rule in of_area.get(above, [])] for area in parent
    }
    of_groups = [rule for rule in current if rule.group is not None]
    return Sensitive(
        never=frozenset(
            area for area, rules in covering.items() if any(r.rule is Treatment.NEVER for r in rules)
        ),
        coarser=frozenset(
            area for area, rules in covering.items() if any(r.rule is Treatment.COARSER for r in rules)
        ),
        later={area: days for area, rules in covering.items() if (days := _most_days(rules))},
        group_never=frozenset(
            rule.group for rule in of_groups if rule.group and rule.rule is not Treatment.LATER
        ),
        group_later={
            group: _most_days([rule for rule in of_groups if rule.group == group])
            for group in {rule.group for rule in of_groups if rule.group and rule.rule is Treatment.LATER}
        },
    )


def lineage(area: str, parent: Mapping[str, str | None]) -> list[str]:
    """Return an area and all areas above it, nearest first; a circle of parents ends where it closes.

    >>> lineage("D", {"D": "G", "G": None})
    ['D', 'G']
    """
    found: list[str] = []
    above: str | None = area
    while above is not None and above not in found:
        found.append(above)
        above = parent.get(above)
    return found


def _most_days(rules: Iterable[SensitiveRule]) -> int:
    """Return the longest delay of the rules, 0 when none delays."""
    return max((rule.days for rule in rules if rule.days is not None), default=0)
