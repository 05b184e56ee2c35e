"""The bench: what it tells is a median of real runs, and its page holds what its JSON holds."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.bench import gate
from fanal.bench.figure import Figure, Work, measure
from fanal.bench.process import Cost, cost_of
from fanal.bench.report import Report, page, said
from fanal.bench.stages import END_TO_END, PARSE, PLACES, SIGNALS

POSTS = 2_000


def ticking(unmeasured: int, steps: list[float]) -> Callable[[], float]:
    """Return a clock that is asked at the start of each run, and at the end of a measured one."""
    readings = iter([*[0.0] * unmeasured, *(reading for step in steps for reading in (0.0, step))])
    return lambda: next(readings)


def test_each_work_is_run_once_before_and_then_round_by_round() -> None:
    ran: list[str] = []
    works = [Work(name=name, run=lambda name=name: ran.append(name), posts=10) for name in ("a", "b")]
    found = measure(works, rounds=3, clock=ticking(2, [1, 2, 5, 6, 3, 4]), progress=lambda _: None)
    assert ran == ["a", "b"] * 4
    assert [one.seconds for one in found] == [(1, 5, 3), (2, 6, 4)]
    assert [one.posts_per_second for one in found] == [10 / 3, 10 / 4]


def report(rates: dict[str, float], peers: dict[str, str]) -> Report:
    """Return a report of given posts a second."""
    return Report(
        figures=tuple(
            Figure(name=name, posts=1, seconds=(1 / rate,), peer_of=peers.get(name), what=f"what {name} did")
            for name, rate in rates.items()
        ),
        process=Cost(seconds=1.0, peak_rss_mb=100.4),
        starts=(Cost(seconds=3.0, peak_rss_mb=10.0),),
        models=10_000_000,
        posts=1,
        bytes=250,
        rounds=1,
        machine="a machine",
        versions={"Python": "3"},
    )


OWN = (PARSE, "sources", SIGNALS, PLACES, END_TO_END)


@given(st.lists(st.floats(1, 1e8), min_size=6, max_size=6))
def test_the_document_divides_ours_by_theirs_and_the_line_by_parsing(rates: list[float]) -> None:
    made = report(dict(zip([*OWN, "other"], rates, strict=True)), {"other": "sources"})
    document = made.document()
    parse, sources, _, _, whole, other = rates
    assert document["parse_only"] == round(parse)
    assert document["end_to_end_to_parse"] == pytest.approx(whole / parse, abs=1e-4)
    assert document["peers"]["other"]["ours_to_peer"] == pytest.approx(sources / other, rel=1e-3, abs=0.006)
    assert set(document["posts_per_second"]) == set(OWN)
    written = page(document, {name: f"what {name} did" for name in OWN})
    assert all(f"what {name} did" in written for name in (PARSE, "sources", END_TO_END, "other"))
    assert f"{round(whole):,}" in written


def test_each_goal_says_whether_it_is_reached_and_by_how_much() -> None:
    rates = {PARSE: 1_000_000, SIGNALS: 200_000, PLACES: 40_000, END_TO_END: 90_000}
    rates |= {"language": 250_000, "fasttext": 50_000}
    document = report(rates, {"fasttext": "language"}).document()
    assert [(one["measured"], one["reached"], said(one)) for one in document["goals"]] == [
        (200_000, True, "reached, 100 % to spare"),
        (4, False, "missed by 20 %"),
        (0.2, True, "reached, 100 % to spare"),
        (0.09, False, "missed by 10 %"),
        (40_000, False, "missed by 20 %"),
        (10, True, "reached, 300 % to spare"),
        (3, False, "missed by 50 %"),
    ]
    written = page(document, dict.fromkeys(rates, "what it did"))
    assert "| at least 5 times | 4 times | missed by 20 % |" in written
    assert "| at most 1.5 s | 3 s | missed by 50 % |" in written


def test_points_are_told_as_points_and_have_their_goal() -> None:
    made = report(
        {PARSE: 10, SIGNALS: 1, PLACES: 1, END_TO_END: 1, "points_here": 6e6, "tree": 3e5},
        {"tree": "points_here"},
    )
    figures = [
        replace(one, unit="points") if one.name in ("points_here", "tree") else one for one in made.figures
    ]
    document = replace(made, figures=tuple(figures)).document()
    assert document["points_per_second"] == {"points_here": 6_000_000}
    assert "points_here" not in document["posts_per_second"]
    assert document["peers"]["tree"]["points_per_second"] == 300_000
    assert said(document["goals"][-1]) == "reached, 20 % to spare"
    written = page(
        document, dict.fromkeys((PARSE, SIGNALS, PLACES, END_TO_END, "points_here"), "what it did")
    )
    assert "| points_here | 6,000,000 | what it did |" in written
    assert "| tree | points_here | 300,000 points | 20.0 |" in written


def test_the_gate_is_told_with_its_goal_and_its_memory() -> None:
    drawn = gate.measure(1, lambda _: None, cells=2_000)
    assert drawn["cells"] == 2_000
    assert drawn["peak_rss_mb"] > 50
    document = replace(report({PARSE: 10, SIGNALS: 1, PLACES: 1, END_TO_END: 1}, {}), gate=drawn).document()
    assert document["gate"] == drawn
    assert document["goals"][-1]["what"] == "the gate, 2,000 cells of both tables"
    assert document["goals"][-1]["reached"]
    written = page(document, dict.fromkeys((PARSE, SIGNALS, PLACES, END_TO_END), ""))
    assert f"{drawn['seconds']} s ({drawn['draw_seconds']} s of them" in written


def test_what_is_not_installed_is_not_measured() -> None:
    document = report({PARSE: 10, SIGNALS: 1, PLACES: 1, END_TO_END: 1}, {}).document()
    assert [said(one) for one in document["goals"]].count("not measured") == 1
    assert "not installed" in page(document, dict.fromkeys((PARSE, SIGNALS, PLACES, END_TO_END), ""))


def test_a_process_that_fails_is_no_figure() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        cost_of([sys.executable, "-c", "raise SystemExit(3)"], clock=lambda: 0.0)


def test_what_a_process_holds_is_seen() -> None:
    little, much = (
        cost_of([sys.executable, "-c", f"b'x' * {size}"], clock=lambda: 0.0).peak_rss_mb
        for size in (1, 200_000_000)
    )
    assert 190 < much - little < 230


def test_the_command_ends_with_one_object_and_writes_the_page(tmp_path: Path) -> None:
    command = [Path(sys.executable).with_name("fanal"), "bench", "--posts", str(POSTS), "--rounds", "1"]
    ended = subprocess.run(
        [*command, "--profile", "--json", "--out", tmp_path / "performance.md"],
        capture_output=True,
        text=True,
        check=True,
    )
    *profiled, last = ended.stdout.splitlines()
    told = json.loads(last)
    assert told["posts"] == POSTS
    assert told["end_to_end"] > 0
    assert told["end_to_end_to_parse"] == pytest.approx(told["end_to_end"] / told["parse_only"], abs=1e-3)
    assert {"sources", "text", "signals", "places", "pseudonyms"} < set(told["posts_per_second"])
    peers = {"orjson", "duckdb", "pyahocorasick", "fasttext", "py3langid", "siphash24", "geotext"}
    located = {name.removeprefix("points_") for name in told["points_per_second"]}
    assert {"iraq", "iraq_borders"} <= located
    peers |= {f"{peer}_{name}" for peer in ("shapely", "shapely_turned") for name in located}
    assert peers == set(told["peers"])
    assert told["points_per_second"]["points_iraq"] > 0
    assert told["peak_rss_mb"] > 100
    assert all(one["measured"] > 0 for one in told["goals"])
    assert any(".py: " in line and "%" in line for line in profiled)
    written = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert f"{told['end_to_end']:,}" in written
    assert "Simulated" in written or "simulated" in written
