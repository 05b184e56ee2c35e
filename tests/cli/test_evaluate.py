"""`fanal evaluate` on labelled files: our own few lines, and public sets where they are at hand."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fanal.places.build import freeze
from fanal.places.draft import Draft
from fanal.places.entry import Kind

Fanal = Callable[..., Any]

LINES = [
    {
        "id": "1",
        "text": "We need water and food in the camp",
        "lang": "en",
        "labels": ["need"],
        "stance": "first_hand",
    },
    {"id": "2", "text": "A quiet day at the river", "lang": "en", "labels": [], "stance": "first_hand"},
    {
        "id": "3",
        "text": "According to officials the road is open",
        "lang": "en",
        "labels": [],
        "stance": "report",
    },
    {"id": "4", "text": "يوم هادئ على ضفة النهر", "lang": "ar", "labels": [], "stance": "first_hand"},
]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    return path


def test_signals_are_measured_overall_and_by_language(fanal: Fanal, lines: Path) -> None:
    ended = fanal("evaluate", "signals", lines, "--category", "need")
    told = ended.json
    assert (told["posts"], told["positives"], told["average_precision"], told["f1"]) == (4, 1, 1.0, 1.0)
    assert told["by_language"]["ar"]["average_precision"] is None
    assert "not measured" in ended.out
    assert fanal("evaluate", "signals", lines, "--category", "lure").json["recall"] is None


def test_stance_is_measured(fanal: Fanal, lines: Path) -> None:
    told = fanal("evaluate", "stance", lines, "--json").json
    assert (told["accuracy"], told["f1"], told["positives"]) == (1.0, 1.0, 3)


def test_a_wrong_line_is_one_sentence(fanal: Fanal, lines: Path) -> None:
    with lines.open("a", encoding="utf-8") as file:
        file.write("{\n")
    ended = fanal("evaluate", "signals", lines, "--category", "need", code=1)
    assert ended.err.strip() == f"fanal: {lines}, line 5: it is not valid JSON. Mend or remove it."


@pytest.mark.shared
def test_languages_of_a_public_benchmark(fanal: Fanal, shared_data: Path) -> None:
    told = fanal("evaluate", "language", shared_data / "language_id" / "eld_bigtest_dev.tsv").json
    assert told["posts"] > 6_900
    assert told["accuracy"] > 0.96
    assert told["by_language"]["ckb"]["accuracy"] > 0.97


@pytest.mark.shared
def test_the_tool_makes_gold_of_the_public_sets(fanal: Fanal, shared_data: Path, tmp_path: Path) -> None:
    tool = Path(__file__).parents[2] / "tools" / "make_gold.py"
    subprocess.run([sys.executable, tool, shared_data, tmp_path], check=True, capture_output=True)
    told = fanal("evaluate", "signals", tmp_path / "tweets_en.jsonl", "--category", "flight").json
    assert (told["posts"], told["positives"]) == (12_760, 1_070)
    assert told["f1"] > 0.75
    assert fanal("evaluate", "stance", tmp_path / "stance.jsonl").json["posts"] > 4_000


def test_places_need_a_gazetteer_and_marked_texts(fanal: Fanal, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(
        '{"text": "Duhok", "mentions": [{"start": 0, "end": 5, "name": "Mosul"}]}\n', encoding="utf-8"
    )
    ended = fanal("evaluate", "places", path, code=1)
    said = "it has 'Duhok' where the mention says 'Mosul'."
    assert ended.err.startswith(f"fanal: {path}, line 1: {said}")
    path.write_text('{"text": "Duhok", "mentions": []}\n', encoding="utf-8")
    ended = fanal("evaluate", "places", path, "--gazetteer", tmp_path / "none", code=1)
    assert "The gazetteer" in ended.err


def test_places_are_measured_over_a_gazetteer(fanal: Fanal, tmp_path: Path) -> None:
    draft = Draft()
    draft.add(
        "gn:1", "Duhok", Kind.CITY, lon=43.0, lat=36.9, population=280_000, country="IQ", holder=-1, source=0
    )
    freeze(draft, (), inputs="").save(tmp_path / "small.gazetteer")
    text = "The road to Duhok is open"
    marked = {
        "start": 12,
        "end": 17,
        "name": "Duhok",
        "lat": 36.87,
        "lon": 42.99,
        "type": "city",
        "country": "IQ",
    }
    rows = [
        {"text": text, "lang": "en", "mentions": [marked]},
        {"text": "دهوك", "lang": "ar", "mentions": []},
    ]
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    ended = fanal("evaluate", "places", path, "--gazetteer", tmp_path / "small.gazetteer")
    told = ended.json
    assert (told["texts"], told["mentions"], told["recognition_f1"], told["acc161_end_to_end"]) == (
        2,
        1,
        1.0,
        1.0,
    )
    assert told["recognition_f1_by_type"] == {"city": 1.0, "country_to_district": 1.0, "all": 1.0}
    assert told["by_language"]["ar"]["acc161_gold_mentions"] is None
    assert "not measured" in ended.out


def test_a_data_set_of_anybodys_is_scanned(fanal: Fanal, tmp_path: Path) -> None:
    cases, areas = tmp_path / "cases.csv", tmp_path / "areas.csv"
    counts = (3, 4, 30, 2, 3)
    cases.write_text(
        "area,cases,population\n" + "".join(f"A{n},{c},1000\n" for n, c in enumerate(counts)), "utf-8"
    )
    areas.write_text("area,x,y\n" + "".join(f"A{n},{n},0\n" for n in range(len(counts))), "utf-8")
    given = ("evaluate", "scan", "--cases", cases, "--areas", areas, "--distance", "euclidean")
    ended = fanal(*given)
    best = ended.json["clusters"][0]
    assert (best["areas"], best["observed"], best["expected"], best["p_value"]) == (["A2"], 30, 8.4, 0.001)
    assert "log-likelihood ratio" in ended.out
    again = fanal(*given, "--json").json
    assert again["clusters"] == ended.json["clusters"]
    areas.write_text("area,x,y\nA0,1,1\nA1,1,1\n", "utf-8")
    refused = fanal(*given, code=1)
    assert "A0 and A1 have the same point" in refused.err
