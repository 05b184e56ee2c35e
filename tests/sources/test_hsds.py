"""Directories that come in: official examples whole and without loss, every flaw told with its row, hostile files."""

import csv
import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.model.directory import Directory, Row
from fanal.model.error import InputError
from fanal.model.hsds import LIST_COLUMN, TABLES
from fanal.model.problem import ProblemKind
from fanal.sources import hsds, hsds_list, opening
from fanal.sources.hsds_checks import check
from fanal.sources.hsds_confidential import without_exact_places
from fanal.sources.hsds_nested import kind_of
from fanal.sources.hsds_schemas import schema_problems

ORG, SERVICE, PLACE, TIE = (str(uuid.uuid5(uuid.NAMESPACE_URL, name)) for name in "ospt")
GOOD: list[tuple[str, dict[str, Any]]] = [
    ("organization", {"id": ORG, "name": "Help House", "description": "It helps."}),
    ("service", {"id": SERVICE, "name": "Clinic", "status": "active", "organization_id": ORG}),
    ("location", {"id": PLACE, "location_type": "physical", "latitude": 36.3, "longitude": 43.1}),
    ("service_at_location", {"id": TIE, "service_id": SERVICE, "location_id": PLACE}),
]


def directory(*more: tuple[str, dict[str, Any]], **changed: dict[str, Any]) -> Directory:
    """Return the good directory with more rows, and with columns of some tables' rows changed."""
    rows = [(table, {**body, **changed.get(table, {})}) for table, body in GOOD]
    return Directory(Row(table, body, f"{table}:{n}") for n, (table, body) in enumerate([*rows, *more]))


def kinds(found: Directory, **options: Any) -> set[ProblemKind]:
    """Return the kinds of problems of a directory."""
    return {one.kind for one in check(found, **options)}


def new(name: str) -> str:
    """Return an id."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"new {name}"))


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "service_full.json",
        "organization_full.json",
        "service_at_location_full.json",
        "location.json",
        "taxonomy_term.json",
    ],
)
def test_official_documents_come_back_as_they_were(shared_data: Path, name: str) -> None:
    path = shared_data / "service_directories" / "hsds_3_examples" / name
    draft = hsds.read(path, source="official", mapping={})
    assert draft.problems == []
    document = json.loads(path.read_text(encoding="utf-8"))
    table = kind_of(document)
    assert table is not None
    assert Directory(draft.rows).nested(table, document["id"]) == document


@pytest.mark.shared
def test_official_rows_are_valid_under_the_official_schemas(shared_data: Path) -> None:
    examples = shared_data / "service_directories" / "hsds_3_examples"
    schemas = shared_data / "schemas" / "hsds_3" / "schema"
    for name in ("service_full.json", "csv"):
        found = Directory(hsds.read(examples / name, source="official", mapping={}).rows)
        assert list(schema_problems(found, schemas)) == []
    # The published tables in JSON have numbers where the published schemas want text: told, with their rows.
    found = Directory(hsds.read(examples / "tabular.json", source="official", mapping={}).rows)
    assert {one.where for one in schema_problems(found, schemas)} == {
        "locations.csv[0]",
        "organization_identifiers.csv[0]",
    }


@pytest.mark.shared
def test_flaws_of_the_official_example_are_told(shared_data: Path) -> None:
    path = shared_data / "service_directories" / "hsds_3_examples" / "service_full.json"
    found = Directory(hsds.read(path, source="official", mapping={}).rows)
    assert kinds(found) == {ProblemKind.LINK, ProblemKind.COORDINATES, ProblemKind.HOURS}


@pytest.mark.shared
def test_other_directories_are_read(shared_data: Path) -> None:
    folder = shared_data / "service_directories"
    ohana = Directory(hsds.read(folder / "ohana_sample_csv", source="ohana", mapping={}).rows)
    assert (len(ohana.rows("service")), len(ohana.rows("location")), len(ohana.rows("phone"))) == (23, 22, 54)
    assert all(ohana.get("organization", one.body["organization_id"]) for one in ohana.rows("service"))
    assert kinds(ohana, country="US") <= {ProblemKind.HOURS}
    nigeria = hsds.read(
        folder / "nigeria_trafficking_service_providers.csv",
        source="NG",
        mapping={"lat": "coord0", "lon": "coord1"},
    )
    assert len(Directory(nigeria.rows).rows("service")) == 93
    helplines = hsds.read(folder / "helplines_by_country.csv", source="lines", mapping={})
    assert len(Directory(helplines.rows).rows("service")) == 926


def test_a_good_directory_has_no_problem() -> None:
    assert check(directory()) == []


FLAWS: list[tuple[ProblemKind, Directory]] = [
    (ProblemKind.ID, directory(("cost_option", {"id": "7", "service_id": SERVICE}))),
    (ProblemKind.ID, directory(("cost_option", {"service_id": SERVICE}))),
    (ProblemKind.ID, directory(("service", {**GOOD[1][1]}))),
    (ProblemKind.MISSING, directory(service={"name": " "})),
    (ProblemKind.VALUE, directory(service={"status": "open"})),
    (ProblemKind.VALUE, directory(service={"minimum_age": "old"})),
    (ProblemKind.VALUE, directory(service={"minimum_age": 60, "maximum_age": 18})),
    (ProblemKind.ORGANIZATION, directory(service={"organization_id": new("nobody")})),
    (ProblemKind.ORGANIZATION, directory(service={"organization_id": ""})),
    (ProblemKind.LINK, directory(service_at_location={"location_id": new("nowhere")})),
    (ProblemKind.CYCLE, directory(organization={"parent_organization_id": ORG})),
    (ProblemKind.COORDINATES, directory(location={"latitude": 143.1, "longitude": 36.3})),
    (ProblemKind.COORDINATES, directory(location={"latitude": 0, "longitude": 0})),
    (ProblemKind.COORDINATES, directory(location={"latitude": float("nan")})),
    (ProblemKind.HOURS, directory(("schedule", {"id": new("h"), "opens_at": "25:00"}))),
    (ProblemKind.HOURS, directory(("schedule", {"id": new("h"), "byday": "MO,XX"}))),
    (ProblemKind.HOURS, directory(("schedule", {"id": new("h"), "freq": "WEEKLY", "byday": "2MO"}))),
    (
        ProblemKind.HOURS,
        directory(("schedule", {"id": new("h"), "valid_from": "2026-02-01", "valid_to": "2026-01-01"})),
    ),
    (ProblemKind.HOURS, directory(("schedule", {"id": new("h"), "valid_from": "01/02/2026"}))),
    (ProblemKind.HOURS, directory(("schedule", {"id": new("h"), "interval": 0}))),
    (ProblemKind.PHONE, directory(("phone", {"id": new("p"), "number": "0770 123 4567"}))),
    (ProblemKind.PHONE, directory(("phone", {"id": new("p"), "number": "+" + "9" * 500}))),
    (ProblemKind.CONFIDENTIAL, directory(service={"confidential": True})),
    (ProblemKind.CONFIDENTIAL, directory(location={"confidential": "yes"})),
]


@pytest.mark.parametrize(("kind", "found"), FLAWS, ids=[f"{n}-{kind}" for n, (kind, _) in enumerate(FLAWS)])
def test_a_flaw_is_told_with_its_row(kind: ProblemKind, found: Directory) -> None:
    problems = check(found)
    assert {one.kind for one in problems} == {kind}
    assert all(one.where.split(":")[0] in TABLES for one in problems)


def test_a_number_without_a_country_parses_where_one_is_given() -> None:
    found = directory(("phone", {"id": new("p"), "number": "0770 123 4567", "service_id": SERVICE}))
    assert kinds(found, country="IQ") == set()


def test_every_member_of_a_ring_is_told_and_no_other() -> None:
    ring = [new(f"ring {n}") for n in range(5000)]
    rows = [
        ("organization", {"id": one, "name": "O", "parent_organization_id": ring[n - 1]})
        for n, one in enumerate(ring)
    ]
    tail = ("organization", {"id": new("tail"), "name": "T", "parent_organization_id": ring[0]})
    problems = check(directory(tail, *rows))
    assert {one.kind for one in problems} == {ProblemKind.CYCLE}
    assert len(problems) == 5000


def test_exact_places_of_confidential_services_can_be_left_out() -> None:
    secret = [
        (
            "address",
            {"id": new("a"), "location_id": PLACE, "address_1": "Long Street", "address_type": "physical"},
        ),
        ("schedule", {"id": new("h"), "service_id": SERVICE, "opens_at": "09:00"}),
        ("contact", {"id": new("c"), "location_id": PLACE, "name": "A. Person"}),
        ("phone", {"id": new("cp"), "contact_id": new("c"), "number": "+9647701234567"}),
        ("phone", {"id": new("gate"), "service_id": SERVICE, "number": "+9647707654321"}),
        ("metadata", {"id": new("m"), "resource_id": PLACE, "previous_value": "Long Street"}),
    ]
    found = directory(*secret, service={"confidential": True}, location={"area": "XX01", "name": "Blue door"})
    assert ProblemKind.CONFIDENTIAL in kinds(found)
    kept = Directory(without_exact_places(found))
    said = json.dumps([row.body for row in kept.all()])
    for word in ("Long Street", "Blue door", "36.3", "09:00", "A. Person", "+9647701234567"):
        assert word not in said
    assert "XX01" in said
    assert "+9647707654321" in said
    assert ProblemKind.CONFIDENTIAL not in kinds(kept)


VALUES = st.one_of(
    st.text(max_size=8), st.integers(-(2**53), 2**53), st.booleans(), st.lists(st.integers(), max_size=3)
)


@given(
    st.dictionaries(st.from_regex(r"x_[a-z]{1,5}", fullmatch=True), VALUES, max_size=4),
    st.lists(
        st.sampled_from(["phone", "schedule", "language", "contact", "attribute", "metadata"]), max_size=6
    ),
    st.booleans(),
)
def test_rows_that_are_nested_come_back(unknown: dict[str, Any], below: list[str], deep: bool) -> None:
    unknown = {column: value for column, value in unknown.items() if value != ""}
    link = {"attribute": "link_id", "metadata": "resource_id"}
    more = []
    for number, table in enumerate(below):
        filled = dict.fromkeys(TABLES[table].filled, "x")
        own = {"number": "1"} if table == "phone" else {}
        owner = {link.get(table, "service_id"): SERVICE}
        more.append((table, {"id": new(str(number)), **own, **filled, **owner, **unknown}))
        if table == "contact" and deep:
            phone = {"id": new(f"{number} phone"), "number": "2", "contact_id": new(str(number))}
            more.append(("phone", phone))
    before = directory(*more, service=unknown)
    document = before.nested("service", SERVICE)
    from_document = hsds.Draft()
    taken = hsds.hsds_nested._Taken(from_document.problems)
    taken.take("service", document, "service[0]")
    after = {(row.table, row.id): row.body for row in taken.rows()}
    assert from_document.problems == []
    assert after == {(row.table, row.id): row.body for row in before.all()}


def test_one_phone_of_two_owners_is_two_rows(tmp_path: Path) -> None:
    phone = {"id": new("shared"), "number": "+9647701234567"}
    two = [
        {"id": new(name), "name": name, "status": "active", "phones": [phone], "organization": GOOD[0][1]}
        for name in ("one", "two")
    ]
    (tmp_path / "two.json").write_text(json.dumps(two), encoding="utf-8")
    found = Directory(hsds.read(tmp_path / "two.json", source="x", mapping={}).rows)
    assert len(found.rows("organization")) == 1
    for one in two:
        assert [p["number"] for p in found.nested("service", str(one["id"]))["phones"]] == [phone["number"]]
    assert check(found) == []


def test_one_id_with_two_names_is_told(tmp_path: Path) -> None:
    two = [
        {"id": new(name), "name": name, "status": "active", "organization": {"id": ORG, "name": name}}
        for name in ("one", "two")
    ]
    (tmp_path / "two.json").write_text(json.dumps(two), encoding="utf-8")
    draft = hsds.read(tmp_path / "two.json", source="x", mapping={})
    assert [(one.where, one.kind) for one in draft.problems] == [("service[1].organization", ProblemKind.ID)]


def tables(folder: Path, **files: str) -> Path:
    """Write tables, the good ones where none is given."""
    folder.mkdir(exist_ok=True)
    for table, body in GOOD:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(body))
        writer.writeheader()
        writer.writerow(body)
        (folder / TABLES[table].file).write_text(text.getvalue(), encoding="utf-8")
    for name, text_of in files.items():
        (folder / f"{name}.csv").write_text(text_of, encoding="utf-8")
    return folder


def test_a_folder_and_its_zip_give_the_same_rows(tmp_path: Path) -> None:
    folder = tables(tmp_path / "t")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as packed:
        for file in folder.iterdir():
            packed.write(file, f"inside/{file.name}")
    one, other = (hsds.read(path, source="x", mapping={}) for path in (folder, tmp_path / "t.zip"))
    assert sorted((r.table, r.id) for r in one.rows) == sorted((r.table, r.id) for r in other.rows)
    assert check(Directory(one.rows)) == []
    assert {row.body["latitude"] for row in one.rows if row.table == "location"} == {36.3}


HOSTILE = {
    "a row with more cells": ("phones", "id,number\n1,2,3\n", "phones.csv:2"),
    "an open quote": ("phones", 'id,number\n"1,2\n', "phones.csv:2"),
    "a column twice": ("phones", "id,id\n1,2\n", "phones.csv:2"),
    "a strange table": ("prices", "id\n1\n", "prices.csv"),
    "a number that is none": (
        "locations",
        "id,location_type,latitude\nx,physical,1e999\n",
        "locations.csv:2",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tables_are_told(tmp_path: Path, name: str) -> None:
    table, text, where = HOSTILE[name]
    draft = hsds.read(tables(tmp_path / "t", **{table: text}), source="x", mapping={})
    assert where in [one.where for one in draft.problems]


@pytest.mark.parametrize(
    "data",
    [
        b"[1, 2]",
        b'{"id": 1}',
        b"[[[]]]",
        b'{"contents": [null]}',
        b'{"services.csv": {"a": 1}}',
        b'{"services.csv": [1]}',
    ],
)
def test_documents_of_another_kind_are_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.json").write_bytes(data)
    assert hsds.read(tmp_path / "x.json", source="x", mapping={}).problems


@pytest.mark.parametrize("data", [b"{", b'{"a": NaN}', b"[" * 100_000])
def test_what_is_no_json_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.json").write_bytes(data)
    with pytest.raises(InputError):
        hsds.read(tmp_path / "x.json", source="x", mapping={})


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04" + b"\0" * 50)
    with pytest.raises(InputError):
        hsds.read(tmp_path / "x.zip", source="x", mapping={})


def test_a_zip_that_is_damaged_inside_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("services.csv", "id,name\n" + "1,Clinic\n" * 100)
    raw = bytearray((tmp_path / "x.zip").read_bytes())
    start = 30 + len("services.csv")  # behind the header of the file (PKWARE APPNOTE 4.3.7)
    raw[start : start + 8] = b"\xff" * 8
    (tmp_path / "x.zip").write_bytes(raw)
    with pytest.raises(InputError, match="damaged"):
        hsds.read(tmp_path / "x.zip", source="x", mapping={})


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "RATIO_FREE_BYTES", 1 << 20)
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("services.csv", b" " * (40 << 20))
    with pytest.raises(InputError, match="more than 200 times"):
        hsds.read(tmp_path / "x.zip", source="x", mapping={})


HXL = """Org,Sector,District,Phone,Who
#org,#sector,#adm2+code,#contact+phone,#beneficiary+sex
Help House,Health; Shelter,XX01,+9647701234567,female
Help House,WASH,XX02,,
,Health,XX01,,
"""


def test_a_3w_list_is_a_service_a_row(tmp_path: Path) -> None:
    (tmp_path / "3w.csv").write_text(HXL, encoding="utf-8")
    draft = hsds.read(tmp_path / "3w.csv", source="3w", mapping={})
    found = Directory(draft.rows)
    assert [(one.where, one.kind) for one in draft.problems] == [("3w.csv:5", ProblemKind.ORGANIZATION)]
    assert len(found.rows("organization")) == 1
    assert len(found.rows("service")) == 2
    terms = {(row.body["taxonomy"], row.body["code"]) for row in found.rows("taxonomy_term")}
    assert terms == {
        ("fanal:need", "health"),
        ("fanal:need", "shelter"),
        ("fanal:need", "water"),
        ("fanal:sex", "female"),
    }
    again = hsds.read(tmp_path / "3w.csv", source="3w", mapping={})
    assert [row.id for row in again.rows] == [row.id for row in draft.rows]
    other = hsds.read(tmp_path / "3w.csv", source="another", mapping={})
    assert not {row.id for row in other.rows} & {row.id for row in draft.rows}


@pytest.mark.parametrize(
    ("said", "marked"),
    [
        *((word, True) for word in ("yes", "oui", "نعم", "x", "Yes please")),
        *((word, False) for word in ("no", "No ", "FALSE", "0", "")),
    ],
)
def test_a_mark_of_a_list_that_is_not_understood_stands(tmp_path: Path, said: str, marked: bool) -> None:
    text = f"organization,address,confidential\nHelp House,First Street 1,{said}\n"
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    draft = hsds.read(tmp_path / "list.csv", source="a", mapping={})
    kinds = {one.kind for one in check(Directory(draft.rows))}
    assert (ProblemKind.CONFIDENTIAL in kinds) is marked


@pytest.mark.parametrize(
    "column", ["Confidential (Y/N)", "is_confidential", "confidentiel", "CONFIDENTIAL PLACE"]
)
def test_a_column_that_seems_to_mark_is_not_passed_over(tmp_path: Path, column: str) -> None:
    (tmp_path / "list.csv").write_text(
        f"organization,address,{column}\nHelp House,First Street 1,yes\n", encoding="utf-8"
    )
    draft = hsds.read(tmp_path / "list.csv", source="a", mapping={})
    (problem,) = check(Directory(draft.rows))
    assert (problem.where, problem.kind) == ("list.csv:2", ProblemKind.CONFIDENTIAL)
    mapped = hsds.read(tmp_path / "list.csv", source="a", mapping={"confidential": column})
    assert all("First" not in one.said for one in check(Directory(mapped.rows)))
    row = Row("location", {"id": str(uuid.uuid4()), "location_type": "physical", "Confidential": "yes"}, "x")
    assert [one.kind for one in check(Directory([row]))] == [ProblemKind.CONFIDENTIAL]


@pytest.mark.parametrize("part", sorted(hsds_list.PARTS))
def test_a_part_is_known_by_its_own_name(tmp_path: Path, part: str) -> None:
    said = {"lon": "44", "lat": "36", "least_age": "18", "most_age": "60", "sex": "female", "reach": "phone"}
    said |= {"status_served": "refugee", "confidential": "no", "need": "shelter"}
    columns = {"organization": "Help House", "capacity": "4", part: said.get(part, "7")}
    (tmp_path / "list.csv").write_text(
        ",".join(columns) + "\n" + ",".join(columns.values()) + "\n", encoding="utf-8"
    )
    draft = hsds.read(tmp_path / "list.csv", source="a", mapping={})
    assert draft.problems == []
    assert not [column for row in draft.rows for column in row.body if column.startswith(LIST_COLUMN)]


def test_a_name_beside_an_organization_names_the_service(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,organization\nNight house,Help House\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("name\nHelp House\n", encoding="utf-8")
    for file, expected in (("a.csv", "Night house"), ("b.csv", "Help House")):
        found = Directory(hsds.read(tmp_path / file, source="a", mapping={}).rows)
        assert [row.body["name"] for row in found.rows("service")] == [expected]
        assert [row.body["name"] for row in found.rows("organization")] == ["Help House"]
