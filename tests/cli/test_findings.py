"""What is found beside hotspots: an area that falls silent and a flood of new accounts, through the command itself."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Fanal = Callable[..., Any]
START = datetime(2014, 5, 5, 9, tzinfo=UTC)
WEEKS = 14


def posts(silent: str, flooded: str) -> list[dict[str, str]]:
    """Return the posts of 40 authors a week in each of three cities; in the last week one is silent, one flooded."""
    rows = []
    for week in range(WEEKS):
        last = week == WEEKS - 1
        authors = [(city, f"{city} {n}") for city in ("Sinjar", "Basrah", "Erbil") for n in range(40)]
        if last:
            authors = [(city, who) for city, who in authors if city != silent]
            authors += [(flooded, f"account {n}") for n in range(60)]
        for number, (city, who) in enumerate(authors):
            new = who.startswith("account")
            text = (
                f"We need water and food in {city}"
                if new or number % 20 == week % 20
                else f"Morning in {city}"
            )
            time = START + timedelta(weeks=week, minutes=number)
            rows.append({"id": f"{week}.{number}", "author": who, "time": time.isoformat(), "text": text})
    return rows


def test_a_silent_area_and_a_flood_are_told_inside_and_nowhere_else(
    fanal: Fanal, workspace: Path, tmp_path: Path
) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_text("\n".join(map(json.dumps, posts("Basrah", "Sinjar"))) + "\n", encoding="utf-8")
    fanal("-w", workspace, "read", file)
    told = fanal("-w", workspace, "update", "--json").json
    assert told["areas_silent"] == 1
    assert not told["stream_silent"]
    assert told["hotspots_possible_flood"] == 1
    shown = fanal("-w", workspace, "update").out
    assert "1 areas fell silent in the last week" in shown
    assert "None of it means safe." in shown
    assert "1 of these may be floods" in shown

    # What leaves names neither: the volume of posts is not released, nor who is new.
    fanal("-w", workspace, "release", "--out", tmp_path / "open")
    left = (tmp_path / "open" / "hotspots.csv").read_text(encoding="utf-8").splitlines()
    columns = left[0].split(",")
    for line in left[2:]:
        cells = dict(zip(columns, line.split(","), strict=False))
        assert cells["family"].strip('"') in {"conflict", "displacement", "trade", "distress"}
    assert "silence" not in {path.stem for path in (tmp_path / "open").iterdir()}

    # The sketches of authors live apart, for weeks, and hold no name.
    sketches = sorted((workspace / "recent").iterdir())
    assert len(sketches) == 5
    assert not any(b"account" in path.read_bytes() for path in sketches)
