"""A directory that leaves: nothing is lost on the way out and in again, and it is valid under the official schemas."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tests.help.rows import TODAY, checked, clinic

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
