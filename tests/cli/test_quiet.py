"""What Fanal says while it works names no category and no place of posts; the ledger lists what was paid for."""

import csv
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cli.small import small

from fanal.model.category import Category, Family

Fanal = Callable[..., Any]
START = datetime(2014, 8, 4, 9, tzinfo=UTC)
AUTHORS = 300
NAMED = re.compile(
    rf"\b({'|'.join([*Category, Family.TRADE, Family.DISTRESS])})\b|pcode:|T1A|T1B|alder|birch",
    re.IGNORECASE,
)


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """Return posts of one past week: hundreds of authors who name one of two places, and a row that is broken."""
    texts = ["Families fled from Alder", "We need water in Alder", "Families fled from Birch"]
    rows = [
        {
            "id": str(n),
            "author": f"author {n}",
            "time": (START + timedelta(minutes=n)).isoformat(),
            "text": texts[n % 3],
            "lat": 31.0,
            "lon": [40.5, 40.5, 41.5][n % 3],
        }
        for n in range(AUTHORS)
    ]
    lines = [*(json.dumps(row) for row in rows), "{broken: we need water in Alder"]
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_nothing_that_is_said_names_what_posts_show_or_where(
    fanal: Fanal, stream: Path, tmp_path: Path
) -> None:
    workspace = small(tmp_path / "w")
    config = workspace / "fanal.toml"
    written = config.read_text(encoding="utf-8")
    named = re.sub(r"^#? ?partners = \[\]", 'partners = ["A partner"]', written, flags=re.MULTILINE)
    assert named != written
    config.write_text(named, encoding="utf-8")

    for_them = ("--circle", "partners", "--to", "A partner")
    said = [
        fanal("-w", workspace, "read", stream),
        fanal("-w", workspace, "update"),
        fanal("-w", workspace, "status", "--rejects"),
        fanal("-w", workspace, "status", "--json"),
        fanal("-w", workspace, "release", "--out", tmp_path / "out", *for_them),
        fanal("-w", workspace, "audit", "list"),
        fanal("-w", workspace, "ledger", "--json"),
    ]
    for ended in said:
        text = (ended.out + ended.err).replace(str(tmp_path), "")
        assert not NAMED.search(text), text

    # The numbers themselves are there: in the files that a person decided to write, within their governorate.
    with (tmp_path / "out" / "counts.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["release"].endswith("W32:partners")]
    shown = {(row["area"], row["signal"]): int(row["author_weeks"]) for row in rows if row["shown"] == "true"}
    districts = {key: number for key, number in shown.items() if key[1] in set(Category)}
    assert len(districts) >= 2
    assert sum(districts.values()) <= sum(number for key, number in shown.items() if key not in districts)

    ledger = said[-1].json
    assert ledger["weeks"] == [{"week": "2014-08-04", "epsilon": 1.0}]
    paid = {one["id"]: one for one in ledger["releases"] if one["basis"] == "posts"}
    weekly = {f"release:2014-W32:{circle}" for circle in ("public", "partners")}
    assert weekly | {f"{name}:hotspots" for name in weekly} <= paid.keys()
    assert paid["release:2014-W32:public"]["readable_from"].startswith("2014-09-08")

    with closing(sqlite3.connect(workspace / "desk.sqlite")) as desk:
        for (name,) in desk.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            desk.execute(f"DROP TRIGGER {name}")
        desk.execute("DELETE FROM budget")
        desk.commit()
    for verb in (
        ["ledger"],
        ["update"],
        ["release", "--out", tmp_path / "again"],
        ["serve", "--out", tmp_path / "p"],
    ):
        refused = fanal("-w", workspace, *verb, code=4)
        assert "does not fit together" in refused.err
    assert not (tmp_path / "again").exists()
