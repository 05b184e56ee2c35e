"""Capacities that come in: the sample of HSDS 3.1 whole, every flaw told with its row, lists, what is confidential."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.help.rows import clinic, row, uid

from fanal.model.directory import Directory, Row
from fanal.model.error import InputError
from fanal.model.problem import ProblemKind
from fanal.sources import hsds
from fanal.sources.hsds_checks import check
from fanal.sources.hsds_confidential import without_exact_places
from fanal.sources.hsds_schemas import schema_problems

SAMPLE = Path(__file__).parents[2] / "examples" / "capacities.json"
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
BED = row("unit", "bed", name="Bed")
BEDS: dict[str, Any] = {
    "service_id": uid("clinic"),
    "unit_id": uid("bed"),
    "available": 3,
    "maximum": 20,
    "updated": "2026-02-28T09:00:00+03:00",
}


def beds(key: str = "beds", **changed: object) -> Row:
    """Return three free beds of twenty; a column that becomes empty is left out."""
    return row("service_capacity", key, **{c: v for c, v in (BEDS | changed).items() if v is not None})


def with_rows(*more: Row) -> Directory:
    """Return a clinic with more rows."""
    return Directory([*clinic(), *more])


def test_the_sample_has_no_problem_and_comes_back_as_it_was() -> None:
    draft = hsds.read(SAMPLE, source="sample", mapping={})
    found = Directory(draft.rows)
    assert draft.problems == []
    assert check(found, at=AT) == []
    assert (len(found.rows("service_capacity")), len(found.rows("unit"))) == (3, 2)
    document = json.loads(SAMPLE.read_text(encoding="utf-8"))
    assert [found.nested("service", one["id"]) for one in document] == document


def test_beds_that_can_be_have_no_problem() -> None:
    assert check(with_rows(BED, beds()), at=AT) == []
    assert check(with_rows(BED, beds(available=0, minimum=2, maximum=2.5)), at=AT) == []
    assert check(with_rows(BED, beds(maximum=None)), at=AT) == []


NO_MOMENT = "updated is no date-time with its zone"
FLAWS: list[tuple[ProblemKind, str, list[Row]]] = [
    (ProblemKind.VALUE, "available is no number of 0 or more.", [BED, beds(available=-1)]),
    (ProblemKind.VALUE, "available is no number of 0 or more.", [BED, beds(available=float("nan"))]),
    (ProblemKind.VALUE, "maximum is no number.", [BED, beds(maximum=float("inf"))]),
    (ProblemKind.VALUE, "maximum is no number.", [BED, beds(maximum="many")]),
    (ProblemKind.VALUE, "available is no number.", [BED, beds(available=True)]),
    (ProblemKind.VALUE, "available is more than maximum.", [BED, beds(available=21)]),
    (ProblemKind.VALUE, "minimum is more than maximum.", [BED, beds(minimum=21)]),
    (ProblemKind.VALUE, "updated lies in the future.", [BED, beds(updated="2026-03-03T00:00:00Z")]),
    (ProblemKind.VALUE, NO_MOMENT, [BED, beds(updated="2026-02-28")]),
    (ProblemKind.VALUE, NO_MOMENT, [BED, beds(updated="2026-02-28T09:00:00")]),
    (ProblemKind.VALUE, NO_MOMENT, [BED, beds(updated="2026-02-30T09:00:00Z")]),
    (ProblemKind.VALUE, NO_MOMENT, [BED, beds(updated=20260228)]),
    (ProblemKind.MISSING, "updated is missing.", [BED, beds(updated=None)]),
    (ProblemKind.MISSING, "available is missing.", [BED, beds(available=None)]),
    (ProblemKind.MISSING, "unit_id is missing.", [BED, beds(unit_id=None)]),
    (ProblemKind.MISSING, "name is missing.", [row("unit", "bed"), beds()]),
    (ProblemKind.LINK, "unit_id leads to no unit in the directory.", [beds()]),
    (ProblemKind.LINK, "service_id leads to no service in the directory.", [BED, beds(service_id=uid("no"))]),
    (
        ProblemKind.VALUE,
        "its service has a capacity of this unit at service_capacity:beds too.",
        [BED, beds(), beds("again", available=4)],
    ),
    (
        ProblemKind.VALUE,
        "its service has a capacity of this unit at service_capacity:beds too.",
        [BED, beds(), row("unit", "other", name=" bed"), beds("again", unit_id=uid("other"))],
    ),
]


@pytest.mark.parametrize(
    ("kind", "said", "rows"), FLAWS, ids=[f"{n}-{k}" for n, (k, _, _) in enumerate(FLAWS)]
)
def test_a_flaw_is_told_with_its_row(kind: ProblemKind, said: str, rows: list[Row]) -> None:
    (problem,) = check(with_rows(*rows), at=AT)
    assert problem.kind is kind
    assert problem.said.startswith(said)
    assert problem.where.split(":")[0] in ("service_capacity", "unit")


def test_two_units_of_one_service_and_one_unit_of_two_services_are_fine() -> None:
    rows = [
        *clinic(),
        *clinic(name="other")[1:],
        BED,
        row("unit", "room", name="Room"),
        beds(),
        beds("rooms", unit_id=uid("room")),
        beds("elsewhere", service_id=uid("other")),
    ]
    assert check(Directory(rows), at=AT) == []


@pytest.mark.parametrize(("ahead", "told"), [(14, False), (15, True)])
def test_a_day_that_dawned_elsewhere_is_not_in_the_future(ahead: int, told: bool) -> None:
    updated = (AT + timedelta(hours=ahead)).isoformat()
    assert bool(check(with_rows(BED, beds(updated=updated)), at=AT)) is told


def test_tables_are_read_and_a_flaw_in_one_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "services.csv").write_text(
        f"id,name,status,organization_id\n{uid('clinic')},Clinic,active,{uid('org')}\n", encoding="utf-8"
    )
    (tmp_path / "organizations.csv").write_text(f"id,name\n{uid('org')},Help House\n", encoding="utf-8")
    (tmp_path / "units.csv").write_text(f"id,name,scheme\n{uid('bed')},Bed,\n", encoding="utf-8")
    head = "id,service_id,unit_id,available,maximum,minimum,updated"
    good = f"{uid('beds')},{uid('clinic')},{uid('bed')},3,20,1.5,2026-02-28T09:00:00+03:00"
    path = tmp_path / "service_capacity.csv"
    path.write_text(f"{head}\n{good}\n", encoding="utf-8")
    found = Directory(hsds.read(tmp_path, source="x", mapping={}).rows)
    (line,) = found.rows("service_capacity")
    assert line.body == beds(minimum=1.5).body
    assert check(found, at=AT) == []
    path.write_text(f"{head}\n{good.replace(',3,20,', ',1e999,20,')}\n", encoding="utf-8")
    draft = hsds.read(tmp_path, source="x", mapping={})
    assert [(one.where, one.kind) for one in draft.problems] == [
        ("service_capacity.csv:2", ProblemKind.VALUE)
    ]


LIST = """organization,services,phone,capacity,available,unit,as_of
Night House,Shelter,+9647701234567,20,3,Bed,28 February 2026
Day House,Health,+9647707654321,,,Bed,2026-02-28
Other House,Shelter,+9647701234568,"1,200",0,Bed,2026-02-28T09:00:00+03:00
"""


def test_a_list_says_how_much_there_is(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    found = Directory(hsds.read(tmp_path / "list.csv", source="x", mapping={}).rows)
    assert check(found, at=AT) == []
    (unit,) = found.rows("unit")
    assert unit.body["name"] == "Bed"
    night, other = found.rows("service_capacity")
    assert [night.body[c] for c in ("available", "maximum", "updated")] == [3, 20, "2026-02-28T00:00:00Z"]
    assert [other.body[c] for c in ("available", "maximum", "updated")] == [
        0,
        1200,
        "2026-02-28T09:00:00+03:00",
    ]
    services = {one.body["name"]: one.body for one in found.rows("service")}
    assert {"list_unit", "list_as_of"} <= services["Day House"].keys(), (
        "what counts nothing is kept as it was"
    )
    again = hsds.read(tmp_path / "list.csv", source="x", mapping={})
    assert [one.id for one in again.rows] == [one.id for one in found_rows(tmp_path)]


def found_rows(folder: Path) -> list[Row]:
    """Return the rows of the list."""
    return hsds.read(folder / "list.csv", source="x", mapping={}).rows


def test_columns_of_a_list_can_be_mapped_and_what_is_no_number_is_told(tmp_path: Path) -> None:
    text = LIST.replace("capacity,available,unit,as_of", "beds,free,what,counted").replace(
        ",20,3,", ",about 20,3,"
    )
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    mapping = {"capacity": "beds", "available": "free", "unit": "what", "as_of": "counted"}
    draft = hsds.read(tmp_path / "list.csv", source="x", mapping=mapping)
    assert [(one.where, one.said) for one in check(Directory(draft.rows), at=AT)] == [
        ("list.csv:2", "maximum is no number.")
    ]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("20,,Bed,2026-02-28", ["available is missing."]),
        ("20,3,,2026-02-28", ["unit_id is missing."]),
        ("20,3,Bed,", ["updated is missing."]),
        ("20,3,Bed,last week", [f"{NO_MOMENT} (2026-01-31T09:00:00+03:00)."]),
        ("20,30,Bed,2026-02-28", ["available is more than maximum."]),
    ],
)
def test_what_a_list_leaves_out_is_told_with_its_row(tmp_path: Path, cells: str, said: list[str]) -> None:
    text = LIST.replace("20,3,Bed,28 February 2026", cells)
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    problems = check(Directory(found_rows(tmp_path)), at=AT)
    assert [(one.where, one.said) for one in problems] == [("list.csv:2", one) for one in said]


def test_what_would_lead_to_a_confidential_service_is_refused_beside_its_capacity() -> None:
    told = [
        BED,
        beds(description="Beds.", door="behind the mill"),
        row("url", "map", url="https://example.org/behind the mill", service_id=uid("clinic")),
        row("metadata", "was", resource_id=uid("beds"), previous_value="behind the mill"),
        row("attribute", "at", link_id=uid("beds"), value="behind the mill"),
    ]
    found = Directory([*clinic(confidential=True), *told])
    wheres = {one.where for one in check(found, at=AT) if one.kind is ProblemKind.CONFIDENTIAL}
    assert {"service_capacity:beds", "metadata:was", "attribute:at", "url:map"} <= wheres
    kept = Directory(without_exact_places(found))
    assert "behind the mill" not in json.dumps([one.body for one in kept.all()])
    (line,) = kept.rows("service_capacity")
    assert (line.body["available"], line.body["description"]) == (3, "Beds.")
    assert not any(one.kind is ProblemKind.CONFIDENTIAL for one in check(kept, at=AT))


@pytest.mark.shared
def test_schemas_of_3_0_do_not_hold_what_came_later(shared_data: Path) -> None:
    schemas = shared_data / "schemas" / "hsds_3" / "schema"
    found = Directory(hsds.read(SAMPLE, source="sample", mapping={}).rows)
    assert list(schema_problems(found, schemas)) == []


@pytest.mark.shared
def test_schemas_of_later_versions_hold_a_capacity_with_its_unit(shared_data: Path, tmp_path: Path) -> None:
    for path in (shared_data / "schemas" / "hsds_3" / "schema").glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    # As HSDS 3.1 has them: the unit stands inside, and four properties are there.
    needed = ["id", "unit", "available", "updated"]
    later: dict[str, dict[str, Any]] = {
        "service_capacity": {"required": needed, "properties": {"unit": {"$ref": "unit.json"}}},
        "unit": {"required": ["id", "name"], "properties": {"name": {"type": "string"}}},
    }
    for table, schema in later.items():
        named = {"$id": f"https://example.org/schema/{table}.json", "type": "object", **schema}
        (tmp_path / f"{table}.json").write_text(json.dumps(named), encoding="utf-8")
    assert list(schema_problems(with_rows(BED, beds()), tmp_path)) == []
    wrong = with_rows(row("unit", "bed", name=7), beds(available=None))
    found = {one.where: one.said for one in schema_problems(wrong, tmp_path)}
    assert "service_capacity:beds" in found
    assert found["unit:bed"] == "name is not valid under unit.json (type)."
    (tmp_path / "unit.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError):
        list(schema_problems(wrong, tmp_path))
