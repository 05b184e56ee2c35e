"""`fanal services place` and `fanal services block` as a user runs them."""

import json
from pathlib import Path

import pytest
from tests.cli.said import FAILED, REFUSED, run
from tests.cli.small import small

LOCATION = "ac148810-d857-441c-9679-408f346de14b"
PLACE = {"address": "Lane nine of the mill", "lon": 40.512345, "lat": 31.0, "note": "Ring at the side"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a small workspace."""
    return small(tmp_path / "w")


def test_a_place_is_set_shown_and_erased(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "place.json"
    file.write_text(json.dumps(PLACE), encoding="utf-8")
    told = run(folder, "services", "place", "set", LOCATION, "--file", file)
    assert "remove it" in told.out
    assert "mill" not in told.out + told.err
    assert "Lane nine" in run(folder, "services", "place", "show", LOCATION, "--purpose", "outreach").out
    shown = run(folder, "services", "place", "show", LOCATION, "--purpose", "outreach", "--json").json
    assert {name: shown[name] for name in PLACE} == PLACE
    refused = run(folder, "services", "place", "show", LOCATION, "--purpose", "analysis", code=REFUSED)
    assert "mill" not in refused.out + refused.err
    run(folder, "services", "place", "erase", LOCATION)
    run(folder, "services", "place", "show", LOCATION, "--purpose", "outreach", code=FAILED)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"address": 7}', '{"lon": 1}', '{"street": "mill"}', '{"address": "mill\\u0000"}'],
)
def test_what_is_no_place_is_refused_and_not_repeated(folder: Path, tmp_path: Path, content: str) -> None:
    file = tmp_path / "place.json"
    file.write_text(content, encoding="utf-8")
    said = run(folder, "services", "place", "set", LOCATION, "--file", file, code=FAILED)
    assert "mill" not in said.out + said.err


def test_a_location_is_a_uuid(folder: Path) -> None:
    run(folder, "services", "place", "show", "../desk", "--purpose", "outreach", code=FAILED)


def test_blocks_are_noted_listed_and_ended(folder: Path) -> None:
    add = ("services", "block", "add")
    assert run(folder, *add, "pcode:T1A", "--reason", "Fighting", "--json").json == {"block": 1}
    assert run(folder, *add, "pcode:T1A", "--to", "pcode:T1B", "--reason", "Bridge", "--json").json == {
        "block": 2
    }
    assert "pcode:T1A - pcode:T1B" in run(folder, "services", "block", "list").out
    run(folder, "services", "block", "end", "1")
    run(folder, "services", "block", "end", "1", code=FAILED)
    held = run(folder, "services", "block", "list", "--json").json["blocks"]
    assert [one["id"] for one in held] == [2]
    assert len(run(folder, "services", "block", "list", "--all", "--json").json["blocks"]) == 2
    acts = [one["act"] for one in run(folder, "audit", "list", "--json").json["rows"]]
    assert acts[:3] == ["block_added", "block_added", "block_ended"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("pcode:none", "--reason", "a"),
        ("pcode:T1A", "--reason", " "),
        ("pcode:T1A", "--to", "pcode:T1A", "--reason", "a"),
        ("pcode:T1A", "--to", "pcode:T1", "--reason", "a"),
        ("pcode:T1A", "--until", "2020-01-01", "--reason", "a"),
    ],
)
def test_a_block_that_makes_no_sense_is_refused(folder: Path, wrong: tuple[str, ...]) -> None:
    run(folder, "services", "block", "add", *wrong, code=FAILED)
