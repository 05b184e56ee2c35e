"""The ranking that `fanal index` shows: released numbers alone, with what each rank rests on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Fanal = Callable[..., Any]


def test_the_released_index_is_ranked_with_what_each_rank_rests_on(fanal: Fanal, tmp_path: Path) -> None:
    fanal("demo", "--no-serve", "--keep", tmp_path / "w")
    kept = tmp_path / "w"
    told = fanal("-w", kept, "index", "--week", "2014-08-06", "--json").json
    assert (told["group"], told["week"], told["unknown"]) == ("residents", "2014-08-04", [])
    ranked = told["ranked"]
    assert len(ranked) == 101
    assert [row["index"] for row in ranked] == sorted((row["index"] for row in ranked), reverse=True)
    for row in ranked:
        assert 1 <= row["rank_low"] <= row["rank_high"] <= 101
        assert row["rank"] == 1 + sum(other["index"] > row["index"] for other in ranked)
        assert {part["name"] for part in row["parts"] if part["raw"] is None} == set(row["missing"])
        assert bool(row["missing"]) == (row["high"] - row["low"] > 1e-6)
    widest = max(ranked, key=lambda row: row["rank_high"] - row["rank_low"])
    assert widest["missing"], "what is missing is what makes a rank least sure"

    shown = fanal("-w", kept, "index", "--week", "2014-08-06", "--top", 3).out
    for row in ranked[:3]:
        assert f"{row['name']} " in shown
        assert f"rank {row['rank_low']} to {row['rank_high']}, first ten in" in shown
        assert not row["missing"] or f"it may lie from {row['low']:.1f} to {row['high']:.1f}" in shown
    assert ranked[3]["name"] not in shown
    assert "does not mean safe" in shown

    assert (
        "There is one for displaced, residents"
        in fanal("-w", kept, "index", "--group", "children", code=1).err
    )
    assert "There is one from 2014-01-06 to" in fanal("-w", kept, "index", "--week", "2019-01-07", code=1).err


def test_without_a_released_index_it_says_what_to_do(fanal: Fanal, tmp_path: Path) -> None:
    fanal("init", tmp_path / "w")
    ended = fanal("-w", tmp_path / "w", "index", code=1)
    assert "none was released" in ended.err
    assert "run `fanal update`" in ended.err
