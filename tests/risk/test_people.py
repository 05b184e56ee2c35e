"""People of each group: the newest count of each area, blanked where small, and never a sum of larger areas."""

from datetime import date

import pyarrow as pa

from fanal.model.area import AREA_SCHEMA
from fanal.model.layer import DISPLACEMENT_SCHEMA, POPULATION_SCHEMA
from fanal.risk.people import people

TODAY = date(2015, 6, 1)
AREAS = pa.Table.from_pylist(
    [
        {"area": code, "parent": parent, "level": level, "name": code}
        for code, parent, level in (("G1", None, 1), ("D1", "G1", 2), ("D2", "G1", 2))
    ],
    schema=AREA_SCHEMA,
)


def population(*rows: tuple[str, str, int, int]) -> pa.Table:
    names = POPULATION_SCHEMA.names
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows], schema=POPULATION_SCHEMA
    )


def rounds(*rows: tuple[str, date, int | None]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"area": area, "date": day, "families": families, "places": None, "places_growing": None}
            for area, day, families in rows
        ],
        schema=DISPLACEMENT_SCHEMA,
    )


def told(of_years: pa.Table | None = None, of_rounds: pa.Table | None = None) -> list[tuple[object, ...]]:
    found = people(areas=AREAS, population=of_years, displacement=of_rounds, today=TODAY)
    return [tuple(row.values()) for row in found.to_pylist()]


def test_the_newest_year_up_to_this_one_counts_or_else_the_first() -> None:
    years = population(
        ("D1", "children", 2014, 100), ("D1", "children", 2015, 200), ("D1", "children", 2030, 900),
        ("D2", "children", 2030, 900), ("D2", "children", 2020, 700),
    )  # fmt: skip
    assert told(years) == [
        ("D1", "children", 200, None, date(2015, 12, 31)),
        ("D2", "children", 700, None, date(2020, 12, 31)),
    ]


def test_a_larger_area_has_no_row_and_a_small_group_no_number() -> None:
    years = population(
        ("G1", "children", 2015, 500), ("D1", "children", 2015, 59), ("D2", "children", 2015, 60)
    )
    assert [(row[0], row[2]) for row in told(years)] == [("D1", None), ("D2", 60)]


def test_the_newest_round_of_each_area_counts_while_it_is_not_stale() -> None:
    found = told(
        of_rounds=rounds(
            ("D1", date(2015, 1, 1), 90), ("D1", date(2015, 2, 1), None),
            ("D2", date(2014, 10, 1), 50), ("G1", date(2015, 2, 1), 40),
        )
    )  # fmt: skip
    assert found == [("D1", "displaced", None, None, date(2015, 2, 1))], "blanked, not the number before"


def test_displaced_people_are_told_by_the_layer_that_counted_them_last() -> None:
    years = population(("D1", "displaced", 2015, 600), ("D2", "displaced", 2013, 700))
    found = told(years, rounds(("D1", date(2014, 12, 1), 80), ("D2", date(2014, 12, 1), 90)))
    assert [(row[0], row[2], row[3]) for row in found] == [("D1", 600, None), ("D2", None, 90)]


def test_without_layers_nobody_is_counted() -> None:
    assert told() == []
