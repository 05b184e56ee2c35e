"""Where no boundaries exist, hexagons are written and added like any boundaries, and events find their cells."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Fanal = Callable[..., Any]


def test_hexagons_become_the_areas_of_a_workspace(fanal: Fanal, tmp_path: Path) -> None:
    cells = tmp_path / "cells.geojson"
    said = fanal("layers", "hexagons", cells, "--box", "42.0,36.0,44.0,37.0").out
    count = len(json.loads(cells.read_text())["features"])
    assert f"{count} cells of resolution 4" in said
    fanal("init", tmp_path / "w")
    added = fanal("-w", tmp_path / "w", "layers", "add", cells, "--kind", "areas", "--json").json
    assert added == {
        "layer": "areas",
        "rows": count,
        "matched": count,
        "unmatched": {},
        "rejected": 0,
        "kept": 0,
        "remarks": {},
    }
    events = tmp_path / "events.csv"
    events.write_text("id,date,lon,lat\n1,2014-08-03,43.13,36.34\n2,2014-08-03,36.34,43.13\n")
    added = fanal("-w", tmp_path / "w", "layers", "add", events, "--kind", "events", "--json").json
    assert (added["matched"], added["rejected"]) == (1, 1)


@pytest.mark.parametrize("box", ["1,2,3", "44,36,42,37", "a,b,c,d", "0,0,1,91", "nan,0,1,1"])
def test_a_box_that_is_none_is_refused(fanal: Fanal, tmp_path: Path, box: str) -> None:
    ended = fanal("layers", "hexagons", tmp_path / "cells.geojson", f"--box={box}", code=1)
    assert "west below east" in ended.err
    assert not (tmp_path / "cells.geojson").exists()
