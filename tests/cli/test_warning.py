"""`fanal evaluate warning` end to end, on a stretch of 2013 that is no part of what it is judged by."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fanal.facts import iraq
from fanal.model.layer import LayerKind

Fanal = Callable[..., Any]
WEEKS = ("--from", "2013-05-06", "--to", "2013-07-07")
METHODS = {
    "scan",
    "product",
    "product_conflict",
    *(f"{name}{ending}" for name in ("count", "zscore", "ranking") for ending in ("", "_own_best")),
}


def test_warnings_are_told_to_a_person_and_to_a_program(fanal: Fanal) -> None:
    ended = fanal("evaluate", "warning", *WEEKS)
    told = ended.json
    assert (told["from"], told["to"], told["districts"]) == ("2013-05-06", "2013-07-07", 101)
    assert told["onsets"] == []  # all of them came later
    assert set(told["methods"]) == METHODS
    assert set(told["outcomes"]) == {"events"}  # no round of displacement was known
    for method in told["methods"].values():
        assert method["settings"]
        assert method["events"]["false_alarms_a_month"] >= 0
    assert "No warning is no safety." in ended.out
    assert "false alarms a month" in ended.out
    assert "…" not in ended.out


def test_the_same_events_from_a_file_say_the_same(fanal: Fanal, tmp_path: Path) -> None:
    shipped = next(layer.table for layer in iraq.layers() if layer.kind is LayerKind.EVENTS)
    pq.write_table(shipped, tmp_path / "events.parquet")
    own = fanal("evaluate", "warning", *WEEKS, "--events", tmp_path / "events.parquet", "--json")
    assert len(own.out.splitlines()) == 1
    assert own.json == fanal("evaluate", "warning", *WEEKS, "--json").json


def test_events_may_come_as_a_csv_of_points(fanal: Fanal, tmp_path: Path) -> None:
    """A CSV whose points lie in the districts of the events that ship says the same as these."""
    layers = {layer.kind: layer.table for layer in iraq.layers()}
    middle = {row["area"]: row for row in layers[LayerKind.AREAS].to_pylist()}
    lines = ["id,date_start,date_end,longitude,latitude,type_of_violence,best,where_prec"]
    for row in layers[LayerKind.EVENTS].to_pylist():
        at = middle[row["area"]]
        values = (row["id"], row["start"], row["end"], at["lon"], at["lat"], 3, 1, row["precision"])
        lines.append(",".join(map(str, values)))
    (tmp_path / "ged.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    own = fanal("evaluate", "warning", *WEEKS, "--events", tmp_path / "ged.csv", "--json").json
    assert own == fanal("evaluate", "warning", *WEEKS, "--json").json


def test_the_tool_prints_the_tables_of_the_document(fanal: Fanal) -> None:
    said = fanal("evaluate", "warning", "--from", "2014-01-06", "--to", "2014-03-03").out
    tool = Path(__file__).parents[2] / "tools" / "backtest_tables.py"
    printed = subprocess.run([sys.executable, tool], input=said, capture_output=True, text=True, check=True)
    heads = [line for line in printed.stdout.splitlines() if line.startswith(("| onset |", "| method |"))]
    document = (tool.parents[1] / "docs" / "backtest.md").read_text(encoding="utf-8")
    assert len(set(heads)) == 1  # no onset lies in these weeks
    assert set(heads) <= set(document.splitlines())


def test_wrong_files_and_days_are_one_sentence(fanal: Fanal, tmp_path: Path) -> None:
    (tmp_path / "events.parquet").write_bytes(b"no table")
    ended = fanal("evaluate", "warning", "--events", tmp_path / "events.parquet", code=1)
    assert "is no table of conflict events" in ended.err
    ended = fanal("evaluate", "warning", "--events", tmp_path / "gone.parquet", code=1)
    assert "is no table of conflict events" in ended.err
    ended = fanal("evaluate", "warning", "--from", "2014-01-01", "--to", "2013-01-01", code=1)
    assert "does not lie after" in ended.err
    ended = fanal("evaluate", "warning", "--from", "1999-01-01", "--to", "2000-01-01", code=1)
    assert "No conflict event is known" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.shared
def test_the_tool_writes_the_events_that_ship_and_those_before(shared_data: Path, tmp_path: Path) -> None:

    tool = Path(__file__).parents[2] / "tools" / "ucdp_events.py"
    out = tmp_path / "ucdp.parquet"
    subprocess.run([sys.executable, tool, out, "--shared", shared_data], check=True, capture_output=True)
    shipped = next(layer.table for layer in iraq.layers() if layer.kind is LayerKind.EVENTS)
    longer = pq.read_table(out)
    assert set(shipped["id"].to_pylist()) <= set(longer["id"].to_pylist())
    assert len(longer) == 5_558
