"""`fanal locate` shows the places of a text with their alternatives, by argument and by standard input."""

import subprocess
import sys
from collections.abc import Callable
from json import dumps
from pathlib import Path
from typing import Any

Fanal = Callable[..., Any]
COMMAND = Path(sys.executable).with_name("fanal")


SINJAR, DUHOK = "pcode:IQG15Q07", "pcode:IQG09Q02"


def test_a_road_names_two_districts(fanal: Fanal) -> None:
    told = fanal("locate", "They took the road from Shingal to Duhok", "--home", "IQ", "--json").json
    assert {one["name"] for one in told["mentions"]} == {"Shingal", "Duhok"}
    assert {area["area"] for area in told["areas"] if area["probability"] > 0.5} == {SINJAR, DUHOK}
    for one in told["mentions"]:
        assert 0 < sum(place["probability"] for place in one["places"]) <= 1
        assert not {"lat", "lon"} & {key for place in one["places"] for key in place}


def test_alternatives_stay_and_a_neighbour_decides(fanal: Fanal) -> None:
    alone = fanal("locate", "A quiet evening in Paris", "--json").json["mentions"][0]["places"]
    beside = fanal("locate", "A quiet evening in Paris, Texas", "--json").json["mentions"][0]["places"]
    assert "France" in alone[0]["in"]
    assert "Texas" in beside[0]["in"]
    assert len(beside) > 1


def test_it_is_shown_to_a_person_and_read_from_standard_input(fanal: Fanal) -> None:
    shown = fanal("locate", "The market in Mosul", "--home", "IQ").out
    assert "Mosul" in shown
    assert "pcode:IQG15Q05" in shown
    assert "does not mean" in fanal("locate", "A quiet day").out
    told = subprocess.run(
        [COMMAND, "locate", "-", "--home", "IQ"],
        input="السوق في الموصل".encode(),
        capture_output=True,
        check=True,
    )
    assert "pcode:IQG15Q05" in told.stdout.decode()


def test_a_workspace_shows_its_own_areas(fanal: Fanal, tmp_path: Path) -> None:
    boundaries = tmp_path / "own.geojson"
    square = [[10.0, 50.0], [11.0, 50.0], [11.0, 51.0], [10.0, 51.0], [10.0, 50.0]]
    boundaries.write_text(
        dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"name": "Quellenmark", "pcode": "QM1", "shapeType": "ADM1"},
                        "geometry": {"type": "Polygon", "coordinates": [square]},
                    }
                ],
            }
        ),
        encoding="utf-8",
    )
    fanal("init", tmp_path / "w")
    fanal("-w", tmp_path / "w", "layers", "add", boundaries, "--kind", "areas")
    text = "The road from Quellenmark to Mosul is closed"
    own = fanal("-w", tmp_path / "w", "locate", text, "--json").json
    assert [area["area"] for area in own["areas"]] == ["pcode:QM1"]
    assert own["areas"][0]["name"] == "Quellenmark"
    shown = fanal("-w", tmp_path / "w", "locate", text).out
    assert "pcode:QM1 Quellenmark" in shown
    without = fanal("locate", text, "--home", "IQ", "--json").json
    assert "pcode:IQG15Q05" in {area["area"] for area in without["areas"]}


def test_a_workspace_of_iraq_is_read_with_its_home(fanal: Fanal, workspace: Path) -> None:
    told = fanal("-w", workspace, "locate", "They took the road from Shingal to Duhok", "--json").json
    assert {area["area"] for area in told["areas"] if area["probability"] > 0.5} == {SINJAR, DUHOK}


def test_a_folder_that_is_no_workspace_is_said(fanal: Fanal, tmp_path: Path) -> None:
    ended = fanal("-w", tmp_path, "locate", "The market in Mosul", code=1)
    assert str(tmp_path) in ended.err
