"""The tool that makes gold of marked places: spans are mended or dropped and counted, and its lines are accepted."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.evaluate import toponyms
from fanal.places.found import PlaceType

TOOLS = Path(__file__).parents[2] / "tools"

COUNTED = {  # texts, mentions, with a point; GeoWebNews marks two of its 2,720 twice
    "lgl": (588, 5_088, 4_462),
    "geowebnews": (200, 2_718, 2_599),
    "geovirus": (229, 2_170, 2_170),
    "idrisi_en": (12_760, 12_501, 3_010),
    "idrisi_ar": (3_377, 3_523, 2_934),
}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    sys.path.insert(0, str(TOOLS))
    try:
        spec = importlib.util.spec_from_file_location("tools_make_places_gold", TOOLS / "make_places_gold.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(TOOLS))
    return module


@given(text=st.text("abc 🙂", max_size=20), name=st.text("abc 🙂", max_size=3), start=st.integers(-3, 25))
def test_a_span_is_the_nearest_occurrence(tool: ModuleType, text: str, name: str, start: int) -> None:
    spans = tool.Spans()
    found = spans.checked(text, start, start + len(name), name)
    places = [at for at in range(len(text)) if text[at : at + len(name)] == name]
    assert sum(spans.done.values()) == 1
    if not name.strip() or not places:
        assert found is None
    else:
        assert text[found[0] : found[1]] == name
        assert abs(found[0] - start) == min(abs(at - start) for at in places)
        assert spans.done["exact"] == (start in places)


def test_a_span_is_told_once_and_the_one_with_a_point_stays(tool: ModuleType) -> None:
    bare = tool.mention(0, 5, "Duhok", None, None, "city")
    placed = tool.mention(0, 5, "Duhok", "36.9", "43.0", "city")
    half = tool.mention(9, 12, "Tal", "36.9", "", None)
    spans = tool.Spans()
    assert tool.told({"mentions": [half, bare, placed, bare]}, spans)["mentions"] == [placed, half]
    assert (spans.done["twice"], half["lat"], half["lon"]) == (2, None, None)


def test_types_are_words_of_the_place_type(tool: ModuleType) -> None:
    words = {one.name.lower() for one in PlaceType}
    assert {*tool.TYPES.values(), *tool.FEATURES.values(), *tool.CLASSES.values()} <= words
    assert tool.TYPES["State"] == tool.TYPES["PROV"] == "region"


@pytest.mark.shared
def test_the_corpora_become_lines_that_are_accepted(
    tool: ModuleType, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["make_places_gold", str(shared_data), str(tmp_path)])
    tool.main()
    for name, (texts, mentions, points) in COUNTED.items():
        gold = toponyms.read(tmp_path / f"{name}.jsonl")
        assert (len(gold.texts), len(gold), int((gold.lat == gold.lat).sum())) == (texts, mentions, points)
        assert (gold.country != "").any()
        assert (gold.region != "").any()
        assert ("PR" in gold.country) == (name == "idrisi_en")
        first = json.loads((tmp_path / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")[0])
        assert {"id", "text", "lang", "mentions"} <= set(first)
