"""Population as a layer: people by area, group and year, HXL-tagged (COD-PS) or mapped CSV."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from fanal.model.error import InputError
from fanal.model.group import Group
from fanal.model.layer import POPULATION_SCHEMA, Layer, LayerKind, LayerReport
from fanal.sources.cells import day, is_empty, number
from fanal.sources.flaw import Flaw
from fanal.sources.matching import Matcher
from fanal.sources.sheet import Sheet, Wanted, read_sheet

FIRST_YEAR, LAST_YEAR = 1900, 2100
_MOST_PEOPLE = 10**11

YEAR = Wanted(tags=("#date+year", "#date"), names=("year", "ref_year", "reference_year", "date"))
GROUP = Wanted(tags=("#meta+group", "#indicator+group", "#group"), names=("group", "population_group"))

PEOPLE: dict[Group, Wanted] = {
    Group.RESIDENTS: Wanted(
        tags=("#population+total", "#population-f-m-children-idps-returnees-migrants-adults-elderly"),
        names=(
            "T_TL",
            "population",
            "people",
            "residents",
            "pop",
            "total_population",
            "pop_total",
            "total.pop",
        ),
    ),
    Group.WOMEN_AND_GIRLS: Wanted(
        tags=("#population+f-children-adults-elderly-idps-returnees",),
        names=("F_TL", "women_and_girls", "female", "females", "pop_female", "female.pop"),
    ),
    Group.CHILDREN: Wanted(tags=("#population+children-f-m",), names=("children", "under_18")),
    Group.DISPLACED: Wanted(
        tags=("#affected+idps+ind", "#population+idps", "#affected+idps-families-hh"),
        names=("displaced", "idps"),
    ),
    Group.RETURNEES: Wanted(
        tags=("#affected+returnees+ind", "#population+returnees", "#affected+returnees-families-hh"),
        names=("returnees",),
    ),
    Group.MIGRANT_WORKERS: Wanted(tags=("#population+migrants",), names=("migrant_workers", "migrants")),
    Group.CAMP_RESIDENTS: Wanted(tags=("#population+camps",), names=("camp_residents",)),
}
"""How the column of each group is recognised. T_TL and F_TL: COD-PS, all ages of all and of women and girls."""

COMMUNITIES = frozenset({"faith", "religion", "sect", "ethnicity", "ethnic_group", "tribe", "language"})
"""What no layer counts people by: a map of them is a target list."""


def read(
    path: Path,
    *,
    areas: pa.Table | None,
    mapping: Mapping[str, str],
    name: str,
    source: str,
    licence: str,
    public: bool,
) -> tuple[Layer, LayerReport]:
    """Read people by area, group and year; rows of the same area are added up.

    Mapping: code, name, parent, year (a column, or the year itself), and a column for each group by the
    group's name (residents, women_and_girls, ...), or `group` and `people` for one row a group. Rows must
    not hold totals of each other: they would be counted twice.

    Raises:
        InputError: no areas are given, the file cannot be read or lacks a column, or the mapping names a community.
    """
    if refused := sorted(COMMUNITIES & {part.casefold() for part in mapping}):
        raise InputError(
            f"A layer of population does not count people by {refused[0]}: a map of communities is a target list.",
            hint=f"It counts {', '.join(Group)}; see docs/privacy.md.",
        )
    sheet = read_sheet(path)
    matcher = Matcher(sheet, areas, mapping)
    matcher.need_places()
    given = mapping.get("year", "")
    fixed = int(given) if given.isdecimal() and given not in sheet.names else None
    year = None if fixed is not None else sheet.need("year", YEAR, mapping)
    group = sheet.find("group", GROUP, mapping)
    columns = _columns(sheet, mapping, by_row=group is not None)
    rejected = list(sheet.rejected)
    found: dict[tuple[str, str, int], int] = defaultdict(int)
    for row, line in enumerate(sheet.lines):
        on = fixed if fixed is not None else _year(sheet.cell(year, row))
        people = _people(sheet, row, group, columns)
        if on is None or not FIRST_YEAR <= on <= LAST_YEAR:
            rejected.append((line, Flaw.NO_YEAR.value))
        elif isinstance(people, Flaw):
            rejected.append((line, people.value))
        else:
            area = matcher.area(row)
            if area is not None:
                for who, count in people.items():
                    found[area, who.value, on] += count
    rows = [
        {"area": area, "group": who, "year": on, "people": count}
        for (area, who, on), count in sorted(found.items())
    ]
    layer = Layer(
        name=name,
        kind=LayerKind.POPULATION,
        table=pa.Table.from_pylist(rows, schema=POPULATION_SCHEMA),
        source=source,
        licence=licence,
        public=public,
    )
    report = LayerReport(
        rows=len(sheet.lines) + len(sheet.rejected),
        matched=matcher.matched,
        unmatched=matcher.unmatched(),
        rejected=tuple(sorted(rejected)),
    )
    return layer, report


def _columns(sheet: Sheet, mapping: Mapping[str, str], *, by_row: bool) -> dict[Group | None, int]:
    """Return the column of each group; None stands for the group that the row names."""
    people = sheet.named("people", mapping["people"]) if "people" in mapping else None
    if by_row:
        return {None: sheet.need("people", PEOPLE[Group.RESIDENTS], mapping)}
    columns: dict[Group | None, int] = {}
    for group, wanted in PEOPLE.items():
        place = sheet.find(group.value, wanted, mapping)
        if place is not None and place not in columns.values():
            columns[group] = place
    if people is not None:
        columns[Group.RESIDENTS] = people
    if not columns:
        raise InputError(
            f"{sheet.path} has no column that can be recognised as people; it has {', '.join(sheet.shown())}.",
            hint="Name one with --map residents=COLUMN.",
        )
    return columns


def _people(
    sheet: Sheet, row: int, group: int | None, columns: Mapping[Group | None, int]
) -> dict[Group, int] | Flaw:
    """Return how many people of each group a row counts, or what is wrong with it."""
    said = (sheet.cell(group, row) or "").strip().casefold()
    if group is not None and said not in list(Group):
        return Flaw.NO_GROUP
    counts: dict[Group, int] = {}
    for who, place in columns.items():
        cell = sheet.cell(place, row)
        count = number(cell)
        if is_empty(cell):
            continue
        if count is None or not 0 <= count <= _MOST_PEOPLE:
            return Flaw.NO_NUMBER
        counts[who or Group(said)] = round(count)
    return counts or Flaw.NO_NUMBER


def _year(cell: str | None) -> int | None:
    """Return the year in a cell that holds a year or a day."""
    text = (cell or "").strip()
    as_number = number(text)
    if as_number is not None:
        return int(as_number)
    on = day(text)
    return on.year if on else None
