"""`fanal records` and `fanal incident` as a person uses them, on a workspace that has read, counted and sent."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest
from tests.cli.said import FAILED, run
from tests.cli.small import small

from fanal import settings_file
from fanal.records.record import BLANK

RECORDS = ("inventory", "retention", "assessment", "sharing", "incidents")


def worked(folder: Path, tmp_path: Path) -> Path:
    """Let a workspace read, count, send and note, so that all that it can hold is there."""
    text = settings_file.template(
        alerts={"sender": "alerts@example.org"}, privacy={"partners": ("A partner",)}
    )
    (folder / "fanal.toml").write_text(text, encoding="utf-8")
    alert = run(folder, "alerts", "--json").json["alerts"][0]["id"]
    run(folder, "alerts", "approve", alert)
    run(folder, "alerts", "send", "--cap", tmp_path / "cap")
    posts = tmp_path / "posts.jsonl"
    rows = [
        {
            "id": str(n),
            "author": f"a{n}",
            "time": "2014-08-04T09:00:00Z",
            "text": "Water in Alder",
            "lon": 40.5,
            "lat": 31,
        }
        for n in range(3)
    ]
    posts.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{broken\n", encoding="utf-8")
    run(folder, "read", posts)
    run(folder, "update")
    run(folder, "release", "--out", tmp_path / "for-them", "--circle", "partners", "--to", "A partner")
    run(folder, "incident", "note", "A copy | is <b>lost</b>", "--kind", "loss", "--severity", "high")
    run(
        folder,
        "incident",
        "note",
        "Found",
        "--kind",
        "loss",
        "--severity",
        "low",
        "--follows",
        "1",
        "--done",
        "Shredded",
    )
    return folder


def test_the_records_are_those_of_the_workspace(tmp_path: Path) -> None:
    folder, out = worked(small(tmp_path / "w"), tmp_path), tmp_path / "records"
    told = run(folder, "records", "export", "--out", out, "--json").json
    assert sorted(told["files"]) == sorted(f"{name}.{end}" for name in RECORDS for end in ("md", "json"))
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in out.iterdir())
    made = {name: json.loads((out / f"{name}.json").read_text(encoding="utf-8")) for name in RECORDS}
    page = {name: (out / f"{name}.md").read_text(encoding="utf-8") for name in RECORDS}

    assert "not classed" not in page["inventory"]  # a real workspace holds nothing that has no class
    tables, files = (section["rows"] for section in made["inventory"]["sections"])
    assert {("desk", "incidents"), ("lake", "counts"), ("lake", "layer-areas")} <= {
        (row["part"], row["table"]) for row in tables
    }
    assert {"keys/week-*.key", "keys/audit.head", "recent/week-*.sketch"} <= {row["files"] for row in files}
    shared = made["sharing"]["sections"][0]["rows"]
    assert [(row["to"], row["outcome"]) for row in shared] == [
        (str((tmp_path / "cap").resolve()), "started"),
        (str((tmp_path / "cap").resolve()), "delivered"),
        ("A partner", "written"),
    ]
    assert all(row["releases"] for row in shared)
    noted, still = (section["rows"] for section in made["incidents"]["sections"])
    assert [row["what happened"] for row in noted] == ["A copy | is <b>lost</b>", "Found"]
    assert still == []
    assert BLANK in page["assessment"]
    assert "privacy.epsilon" in page["assessment"].replace("\\_", "_")
    assert "A partner" in page["assessment"]
    assert "<b>" not in "".join(page.values())
    assert "not an empty folder" in run(folder, "records", "export", "--out", out, code=FAILED).err


def test_something_that_has_no_class_is_told_as_severe(tmp_path: Path) -> None:
    folder, out = small(tmp_path / "w"), tmp_path / "records"
    (folder / "export.csv").write_text("left here", encoding="utf-8")
    with sqlite3.connect(folder / "desk.sqlite") as raw:
        raw.execute("CREATE TABLE notes (text TEXT)")
    raw.close()
    run(folder, "records", "export", "--out", out)
    page = (out / "inventory.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if "not classed: treat it as severe" in line]
    assert len(lines) == 2
    assert lines[0].startswith("| desk | notes | text |")
    assert lines[1].startswith("| export.csv |")


def test_an_incident_stays_as_it_was_noted(tmp_path: Path) -> None:
    folder = small(tmp_path / "w")
    assert "does not mean that there was none" in run(folder, "incident", "list").out
    kind = ("--kind", "error", "--severity", "severe")
    assert "Tell whoever decides" in run(folder, "incident", "note", "A wrong number left", *kind).out
    run(folder, "incident", "note", "Called back", *kind, "--follows", "1", "--done", "The page is mended")
    for wrong, said in ((("", *kind), "1 to 2,000 letters"), (("x\x1b[2J", *kind), "all of which show")):
        assert said in run(folder, "incident", "note", *wrong, code=FAILED).err
    for number in ("2", "9"):  # an addition, and none
        assert (
            "no incident" in run(folder, "incident", "note", "x", *kind, "--follows", number, code=FAILED).err
        )
    listed = run(folder, "incident", "list", "--json").json["incidents"]
    assert [(one["id"], one["follows"], one["done"]) for one in listed] == [
        (1, None, ""),
        (2, 1, "The page is mended"),
    ]
    assert "Done: The page is mended" in run(folder, "incident", "list").out
    raw = sqlite3.connect(folder / "desk.sqlite")
    for statement in ("UPDATE incidents SET what = 'x'", "DELETE FROM incidents"):
        with pytest.raises(sqlite3.IntegrityError, match="added and never changed"):
            raw.execute(statement)
    raw.close()
    rows = run(folder, "audit", "list", "--json").json["rows"]
    noted = [row for row in rows if row["act"] == "incident_noted"]
    assert [row["about"] for row in noted] == ["incident:1", "incident:2"]
    assert "wrong number" not in str(rows)
