"""`fanal services gap` as a user runs it: from Releases alone, nothing confidential, and a file is a release."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.cli import small
from tests.cli.said import FAILED, run

from fanal import settings_file
from fanal.cli.dice import secret
from fanal.model.layer import DISPLACEMENT_SCHEMA, POPULATION_SCHEMA, LayerKind
from fanal.store.workspace import make, opened

COUNTED = date(2026, 1, 10)
DAY = small.NOW.date().isoformat()
OLD = (small.NOW.date() - timedelta(days=200)).isoformat()
HEAD = "organization,services,phone,pcode,lat,lon,confidential,capacity,available,unit,as_of"
LIST = f"""{HEAD}
Near House,Shelter,+964 770 123 4567,T1A,,,,40,30,bed,{DAY}
Quiet House,Shelter,+964 770 765 4321,T1,,,yes,,,,
Mute House,Shelter,+964 770 765 4322,T1B,,,,,,,
Old House,Shelter,+964 770 765 4323,T1B,,,,80,70,bed,{OLD}
Room House,Shelter,+964 770 765 4324,T1B,,,,9,5,room,{DAY}
"""


def add_layers(folder: Path) -> None:
    """Add two public layers: who lives in the areas, and who fled there."""
    people = [
        {"area": code, "group": group, "year": 2020, "people": number}
        for code, *_ in small.AREAS
        for group, number in (("residents", 90_000), ("children", 40_000))
    ]
    rounds = [
        {"area": "pcode:T1A", "date": COUNTED, "families": 100, "places": 3, "places_growing": None},
        {"area": "pcode:T1B", "date": COUNTED, "families": None, "places": None, "places_growing": None},
    ]
    with opened(folder, dice=secret, writing=True) as workspace:
        workspace.layers.add(small.layer(LayerKind.AREAS, small.areas()))
        for kind, table in (
            (LayerKind.POPULATION, pa.Table.from_pylist(people, schema=POPULATION_SCHEMA)),
            (LayerKind.DISPLACEMENT, pa.Table.from_pylist(rounds, schema=DISPLACEMENT_SCHEMA)),
        ):
            workspace.layers.add(small.layer(kind, table))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with people released and a verified directory."""
    base = tmp_path_factory.mktemp("gap")
    make(base / "w", settings_file.template(privacy={"partners": ("A partner",)}))
    add_layers(base / "w")
    run(base / "w", "update")
    (base / "list.csv").write_text(LIST, encoding="utf-8")
    run(base / "w", "services", "import", base / "list.csv", "--source", "List")
    ids = [one["id"] for one in run(base / "w", "services", "list", "--json").json["services"]]
    run(base / "w", "services", "verify", *ids)
    return base / "w"


def rows(folder: Path, *arguments: object) -> dict[tuple[str, str], dict[str, Any]]:
    told = run(folder, "services", "gap", *arguments, "--unit", "bed", "--json").json
    return {(one["area"], one["group"]): one for one in told["gaps"]}


def test_it_sets_released_people_against_what_is_within_reach(folder: Path) -> None:
    found = rows(folder, "--group", "displaced", "--share", "0.5", "--family", "5")
    near = found["pcode:T1A", "displaced"]
    assert (near["people"], near["in_need"], near["units"], near["high"]) == (500.0, 250.0, 30.0, 220.0)
    assert (near["services"], near["counted_free"]) == (1, 1)
    assert found["pcode:T1B", "displaced"]["shortage"] == "not_known"
    assert ("pcode:T1", "displaced") not in found, "a sum would tell what is held back of its parts"


def test_old_and_missing_capacity_is_not_said_and_a_confidential_service_is_nowhere(folder: Path) -> None:
    there = rows(folder, "--group", "children")["pcode:T1B", "children"]
    assert (there["services"], there["unsaid"], there["low"]) == (0, 2, None)
    fresh = rows(folder, "--group", "children", "--oldest", "300")["pcode:T1B", "children"]
    assert (fresh["services"], fresh["unsaid"], fresh["units"]) == (1, 1, 70.0)
    told = run(folder, "services", "gap", "--json").json
    assert told["services"] == 4
    assert {one["id"] for one in told["releases"]} == {"release:layers:people"}


def test_the_table_says_what_it_is_not(folder: Path) -> None:
    said = run(folder, "services", "gap", "--share", "0.2", "--top", "1").out
    assert "0.2 of each group is taken to need one unit (an assumption)" in said
    assert "None of this means safe" in said
    assert "more rows" in said


@pytest.mark.parametrize("ending", ["csv", "geojson", "html"])
def test_a_file_is_a_release_with_a_row_of_the_log(folder: Path, tmp_path: Path, ending: str) -> None:
    before = len(run(folder, "audit", "list", "--json").json["rows"])
    out = tmp_path / f"gap.{ending}"
    run(folder, "services", "gap", "--group", "displaced", "--unit", "bed", "--out", out)
    written = run(folder, "audit", "list", "--json").json["rows"][before:]
    noted = [one for one in written if one["act"] == "release_written"]
    assert noted
    assert "release:layers:people" in json.dumps(noted)
    text = out.read_text(encoding="utf-8")
    assert "Quiet House" not in text
    if ending == "csv":
        head, tags, *lines = csv.reader(text.splitlines())
        assert len(head) == len(tags) == len(lines[0])
    elif ending == "geojson":
        assert {one["properties"]["area"] for one in json.loads(text)["features"]} == {
            "pcode:T1A", "pcode:T1B",
        }  # fmt: skip


def test_partners_are_named_and_the_public_is_not(folder: Path, tmp_path: Path) -> None:
    asked = ("services", "gap", "--circle", "partners", "--out", tmp_path / "gap.csv")
    run(folder, *asked, code=FAILED)
    run(folder, *asked, "--to", "Somebody", code=FAILED)
    run(folder, *asked, "--to", "A partner")
    run(folder, "services", "gap", "--to", "A partner", code=FAILED)
    run(folder, "services", "gap", "--circle", "inside", code=FAILED)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--share", "0"),
        ("--share", "nan"),
        ("--family", "0"),
        ("--oldest", "-1"),
        ("--band", "far"),
        ("--band", "10=1", "--band", "5=0.5"),
        ("--need", "water"),
        ("--unit", "tent"),
        ("--group", "returnees"),
        ("--out", "gap.pdf"),
        ("--out", "nowhere/at/all/gap.csv"),
    ],
)
def test_what_means_nothing_is_said_in_a_sentence(folder: Path, wrong: tuple[str, ...]) -> None:
    said = run(folder, "services", "gap", *wrong, code=FAILED)
    assert said.err.strip()
    assert "Traceback" not in said.err


def test_without_people_or_capacity_it_says_what_to_do(tmp_path: Path) -> None:
    plain = small.small(tmp_path / "w")
    assert "fanal update" in run(plain, "services", "gap", code=FAILED).err
