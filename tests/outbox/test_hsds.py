"""A directory that leaves: nothing is lost on the way out and in again, and it is valid under the official schemas."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.help.rows import TODAY, checked, clinic, row, uid

from fanal.help.public import clear
from fanal.model.directory import Directory, Row
from fanal.model.error import RefusedError
from fanal.outbox import hsds as outgoing
from fanal.sources import hsds
from fanal.sources.hsds_schemas import schema_problems


def rows_of(directory: Directory) -> dict[tuple[str, str], dict[str, object]]:
    """Return the rows by table and id."""
    return {(row.table, row.id): row.body for row in directory.all()}


def again(path: Path) -> Directory:
    """Return what was written, read in again."""
    draft = hsds.read(path, source="again", mapping={})
    assert draft.problems == []
    return Directory(draft.rows)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["service_full.json", "tabular.json", "csv"])
def test_official_examples_go_out_and_in_without_loss(shared_data: Path, tmp_path: Path, name: str) -> None:
    examples = shared_data / "service_directories" / "hsds_3_examples"
    before = Directory(hsds.read(examples / name, source="official", mapping={}).rows)
    outgoing.write_whole(before, tmp_path / "out")
    for way in ("", outgoing.ROWS):
        after = rows_of(again(tmp_path / "out" / way))
        numbers = (
            "external_identifier",
            "identifier",
        )  # text in the schemas, numbers in the published tables
        for key, body in rows_of(before).items():
            want = {c: str(v) if c in numbers and way == "" else v for c, v in body.items()}
            assert after[key] == want
        assert len(after) == len(before)


@pytest.mark.shared
def test_what_leaves_is_valid_under_the_official_schemas(shared_data: Path, tmp_path: Path) -> None:
    schemas = shared_data / "schemas" / "hsds_3" / "schema"
    path = shared_data / "service_directories" / "hsds_3_examples" / "service_full.json"
    before = Directory(hsds.read(path, source="official", mapping={}).rows)
    files = outgoing.write_whole(before, tmp_path / "out")
    assert "datapackage.json" in {file.name for file in files}
    schema = json.loads((schemas / "compiled" / "service.json").read_text(encoding="utf-8"))
    (service,) = json.loads((tmp_path / "out" / outgoing.SERVICES).read_text(encoding="utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(service)) == []
    assert service == json.loads(path.read_text(encoding="utf-8"))
    assert list(schema_problems(again(tmp_path / "out"), schemas)) == []


def test_unknown_columns_of_every_kind_come_back(tmp_path: Path) -> None:
    odd = {
        "x_list": [1, "two"],
        "x_object": {"a": None},
        "x_text": "[not json",
        "x_flag": "yes",
        "x_lines": 'a\nb,"c"',
    }
    before = Directory(Row(row.table, {**row.body, **odd}, row.where) for row in clinic(confidential=True))
    outgoing.write_whole(before, tmp_path / "out")
    assert rows_of(again(tmp_path / "out")) == rows_of(before)
    assert rows_of(again(tmp_path / "out" / outgoing.ROWS)).keys() == rows_of(before).keys()


SAMPLE = Path(__file__).parents[2] / "examples" / "capacities.json"


def test_capacities_go_out_and_in_without_loss(tmp_path: Path) -> None:
    before = again(SAMPLE)
    files = outgoing.write_whole(before, tmp_path / "out")
    assert {"service_capacity.csv", "units.csv"} <= {file.name for file in files}
    for way in ("", outgoing.ROWS, outgoing.SERVICES):
        assert rows_of(again(tmp_path / "out" / way)) == rows_of(before), way
    written = json.loads((tmp_path / "out" / outgoing.SERVICES).read_text(encoding="utf-8"))
    assert written == json.loads(SAMPLE.read_text(encoding="utf-8"))


NUMBERS = st.one_of(st.integers(0, 2**53), st.floats(0, 1e300))
COUNTED = st.fixed_dictionaries(
    {"available": NUMBERS, "updated": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)},
    optional={"maximum": NUMBERS, "description": st.text(min_size=1, max_size=20).filter(str.isprintable)},
)


@given(st.lists(st.tuples(st.integers(0, 3), COUNTED), max_size=6))
def test_any_capacity_comes_back_from_every_form(
    tmp_path_factory: pytest.TempPathFactory, found: list[tuple[int, dict[str, object]]]
) -> None:
    units = {unit: row("unit", f"unit {unit}", name=f"Unit {unit}") for unit, _ in found}
    more = [
        row("service_capacity", f"c{n}", service_id=uid("clinic"), unit_id=units[unit].id, **said)
        for n, (unit, said) in enumerate(found)
    ]
    before = Directory([*clinic(), *units.values(), *more])
    out = tmp_path_factory.mktemp("capacities") / "out"
    outgoing.write_whole(before, out)
    for way in ("", outgoing.ROWS, outgoing.SERVICES):
        after = again(out / way)
        for table in ("service_capacity", "unit"):
            assert [one.body for one in after.rows(table)] == [one.body for one in before.rows(table)]


@pytest.mark.shared
def test_a_service_with_capacities_is_valid_under_the_schemas_of_3_0(
    shared_data: Path, tmp_path: Path
) -> None:
    schemas = shared_data / "schemas" / "hsds_3" / "schema" / "compiled"
    outgoing.write_whole(again(SAMPLE), tmp_path / "out")
    service = Draft202012Validator(json.loads((schemas / "service.json").read_text(encoding="utf-8")))
    written = json.loads((tmp_path / "out" / outgoing.SERVICES).read_text(encoding="utf-8"))
    assert [len(one["capacities"]) for one in written] == [2, 1]
    assert [error.message for one in written for error in service.iter_errors(one)] == []
    tabular = Draft202012Validator(json.loads((schemas / "tabular.json").read_text(encoding="utf-8")))
    tables = json.loads((tmp_path / "out" / outgoing.ROWS).read_text(encoding="utf-8"))
    assert "service_capacity.csv" in tables
    later = {name: rows for name, rows in tables.items() if name not in ("service_capacity.csv", "units.csv")}
    assert [error.message for error in tabular.iter_errors(tables)] == [
        error.message for error in tabular.iter_errors(later)
    ]


def test_what_was_not_cleared_for_today_does_not_leave(tmp_path: Path) -> None:
    directory = Directory(clinic())
    cleared = clear({"list": directory}, [checked(directory, "clinic")], TODAY)
    outgoing.write_public(cleared, tmp_path / "out", today=TODAY)
    assert "A. Person" not in (tmp_path / "out" / outgoing.SERVICES).read_text(encoding="utf-8")
    for wrong in (directory, replace(cleared, on=date(2025, 1, 1))):
        with pytest.raises(RefusedError):
            outgoing.write_public(wrong, tmp_path / "no", today=TODAY)  # type: ignore[arg-type]
    with pytest.raises(RefusedError):
        outgoing.write_public(cleared, tmp_path / "no", today=TODAY + timedelta(1))
    assert not (tmp_path / "no").exists()


def test_an_empty_directory_is_written_as_one(tmp_path: Path) -> None:
    outgoing.write_whole(Directory([]), tmp_path / "out")
    assert json.loads((tmp_path / "out" / outgoing.SERVICES).read_text(encoding="utf-8")) == []
