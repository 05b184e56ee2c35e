"""The sensitive list: areas and groups that never leave, or leave coarser or later, whatever the counts say."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import pyarrow as pa

from fanal.model.area import lineage
from fanal.model.error import RefusedError, SettingError
from fanal.model.sensitive import SensitiveRule, Treatment


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
    """Return what the rules say on a day about each area and group.

    A rule covers its area and all areas inside it; where several do, the strictest holds: never before
    coarser, more days before fewer.

    Args:
        rules: of all lists together: none can loosen another.
        areas: AREA_SCHEMA.
        day: in UTC; a rule is in force to the end of its last day there.
    """
    parent = dict(zip(areas["area"].to_pylist(), areas["parent"].to_pylist(), strict=True))
    current = [rule for rule in rules if rule.expires is None or day <= rule.expires]
    of_area: dict[str, list[SensitiveRule]] = {}
    for rule in current:
        if rule.area is not None:
            of_area.setdefault(rule.area, []).append(rule)
    covering = {
        area: [rule for above in lineage(area, parent) for rule in of_area.get(above, [])]
        for area in {**parent, **dict.fromkeys(of_area)}  # a rule covers its own area, known or not
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


def check_known(rules: Iterable[SensitiveRule], areas: pa.Table) -> None:
    """Refuse rules for areas that the layers of areas (AREA_SCHEMA) do not know, as they would cover nothing.

    Raises:
        RefusedError: names the first.
    """
    codes = set(areas["area"].to_pylist())
    unknown = sorted({rule.area for rule in rules if rule.area is not None and rule.area not in codes})
    if unknown:
        raise RefusedError(
            f"The sensitive list names {unknown[0]}, which no layer of areas knows: nobody can tell what lies in it, "
            "and nothing leaves.",
            hint="Put the layer of areas back, or end that rule and propose it with the new code: `fanal sensitive`.",
        )


def _most_days(rules: Iterable[SensitiveRule]) -> int:
    """Return the longest delay of the rules, 0 when none delays."""
    return max((rule.days for rule in rules if rule.days is not None), default=0)
