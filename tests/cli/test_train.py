"""`fanal train` on a few made-up posts, and the classifier that it wrote in every verb that can use it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fanal.cli.detector import detector
from fanal.model.error import InputError
from fanal.signals.classifier import load

Fanal = Callable[..., Any]

WORDS = "the road to the camp is closed and there is no light near the bridge of the old town"
SHOWN = "plinora"
"""A made-up word that stands in each post that is labelled as a need."""


def lines(number: int = 90) -> list[dict[str, object]]:
    """Return labelled posts of shuffled words."""
    dice = np.random.default_rng(4)  # noqa: TID251
    found = []
    for at in range(number):
        shows = at % 3 == 0
        said = [*dice.choice(WORDS.split(), 8), *([SHOWN] * shows)]
        found.append(
            {
                "id": str(at),
                "text": " ".join(dice.permutation(said)),
                "lang": "en",
                "labels": ["need"] if shows else [],
                "stance": "first_hand" if at % 2 else "report",
            }
        )
    return found


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Path, "subprocess.CompletedProcess[str]"]:
    """Return labelled posts, the classifier made of them, and how that ended."""
    folder = tmp_path_factory.mktemp("train")
    file, model = write(folder / "gold.jsonl", lines()), folder / "ours.model"
    command = Path(sys.executable).with_name("fanal")
    ended = subprocess.run(
        [command, "train", model, file, "--name", "ours-1", "--data", "made-up words, 2020"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120"},
    )
    return file, model, ended


def test_training_writes_a_model_and_tells_its_figures(
    trained: tuple[Path, Path, "subprocess.CompletedProcess[str]"],
) -> None:
    _, path, ended = trained
    told = json.loads(ended.stdout.splitlines()[-1])
    assert (told["name"], told["file"], told["posts"]) == ("ours-1", str(path), 90)
    assert list(told["outputs"]) == ["need", "first_hand"]
    need = told["outputs"]["need"]
    assert (need["posts"], need["positives"], need["by_source"]["gold"]["posts"]) == (90, 30, 90)
    assert need["average_precision"] > 0.95
    assert "calibration" in ended.stdout
    assert "posts that the model did not see" in ended.stdout
    assert "Warning" not in ended.stderr
    model = load(path)
    assert model.name == "ours-1"
    assert model.card == {"data": "made-up words, 2020", "posts": {"gold": 90}}
    assert [output.threshold for output in model.outputs] == [
        one["threshold"] for one in told["outputs"].values()
    ]


def test_the_same_file_gives_the_same_bytes(
    fanal: Fanal, trained: tuple[Path, Path, object], tmp_path: Path
) -> None:
    file, path, _ = trained
    out = fanal(
        "train", tmp_path / "again.model", file, "--name", "ours-1", "--data", "made-up words, 2020", "--json"
    ).out
    assert len(out.splitlines()) == 1
    assert (tmp_path / "again.model").read_bytes() == path.read_bytes()


def test_it_can_be_evaluated(fanal: Fanal, trained: tuple[Path, Path, object]) -> None:
    file, path, _ = trained
    told = fanal("evaluate", "signals", file, "--category", "need", "--model", path, "--json").json
    assert told["average_precision"] > 0.95
    assert told["threshold"] == load(path).outputs[0].threshold


def test_it_explains_with_its_grams(fanal: Fanal, trained: tuple[Path, Path, object]) -> None:
    _, path, _ = trained
    told = fanal("explain", f"the road is closed {SHOWN}", "--model", path, "--json").json
    (need,) = told["shown"]
    weighing = need["weighing"]
    assert (need["category"], weighing["model"]) == ("need", "ours-1")
    assert weighing["probability"] >= weighing["threshold"]
    assert weighing["grams"][0]["gram"].strip("_") in SHOWN
    assert weighing["grams"][0]["logit"] > 0


def test_a_workspace_reads_with_it(
    fanal: Fanal, trained: tuple[Path, Path, object], workspace: Path, tmp_path: Path
) -> None:
    _, path, _ = trained
    post = {"id": "1", "author": "a", "time": "2014-08-04T09:00:00Z", "text": f"the road is closed {SHOWN}"}
    rows = [post, post | {"id": "2", "text": "the road is closed"}]
    file = write(tmp_path / "posts.jsonl", rows)
    settings = workspace / "fanal.toml"
    settings.write_text(f"[signals]\nclassifier = {json.dumps(str(path))}\n", encoding="utf-8")
    told = fanal("-w", workspace, "read", file, "--json").json
    assert (told["posts_read"], told["signals"]) == (2, 1)
    missing = tmp_path / "nowhere.model"
    settings.write_text(f"[signals]\nclassifier = {json.dumps(str(missing))}\n", encoding="utf-8")
    sentence(fanal("-w", workspace, "read", file, code=1), f"{missing} cannot be used: No such file")


def sentence(ended: Any, *parts: str) -> None:
    """Hold that a command ended with one sentence and a hint, and nothing else on its last line."""
    assert "Traceback" not in ended.err
    last = ended.err.strip().splitlines()[-1]
    assert last.startswith("fanal: ")
    assert last.count(". ") == 1
    assert last.endswith(".")
    for part in parts:
        assert part in last
    assert not ended.out.strip()


def test_what_cannot_be_read_learned_or_written_is_one_sentence(fanal: Fanal, tmp_path: Path) -> None:
    out = tmp_path / "ours.model"
    few = write(tmp_path / "few.jsonl", [one | {"event": "same"} for one in lines(9)])
    none = write(tmp_path / "none.jsonl", [{"text": "the road", "labels": []}])
    sentence(
        fanal("train", out, few, tmp_path / "nowhere.jsonl", code=1), "nowhere.jsonl cannot be read: No such"
    )
    sentence(
        fanal("train", out, none, code=1), "Nothing can be learned: No category was judged both ways", "docs/"
    )
    sentence(fanal("train", out, few, code=1), "Nothing can be learned: Too few groups")
    (tmp_path / "other").mkdir()
    twin = write(tmp_path / "other" / "few.jsonl", lines(9))
    sentence(fanal("train", out, few, twin, code=1), "Two files are named few", "Rename one of them")
    sentence(fanal("train", out, few, few, code=1), "Two files are named few")
    assert not out.exists()
    some = write(tmp_path / "some.jsonl", lines(12))
    sentence(
        fanal("train", tmp_path / "no" / "x", some, code=1), f"{tmp_path / 'no' / 'x'} cannot be written: "
    )


def test_a_model_that_is_none_is_one_sentence(
    fanal: Fanal, trained: tuple[Path, Path, object], tmp_path: Path
) -> None:
    file, path, _ = trained
    cut = tmp_path / "cut.model"
    cut.write_bytes(path.read_bytes()[:-1])
    for model, said in (
        (tmp_path / "nowhere.model", "No such file"),
        (tmp_path, "Is a directory"),
        (file, "gold.jsonl is no classifier of this version"),
        (cut, "was cut"),
    ):
        with pytest.raises(InputError) as caught:
            detector(model)
        assert caught.value.sentence.startswith(f"{model} cannot be used: ")
        assert said in caught.value.sentence
        assert "fanal train" in caught.value.hint
    sentence(fanal("explain", "the road", "--model", cut, code=1), f"{cut} cannot be used: ", "was cut")


def test_training_without_its_libraries_is_one_sentence(tmp_path: Path) -> None:
    code = "import sys; sys.modules['sklearn'] = None; from fanal.cli.main import run; run()"
    ended = subprocess.run(
        [sys.executable, "-c", code, "train", tmp_path / "x.model", tmp_path / "x.jsonl"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        "fanal: Training needs sklearn, which is not installed. "
        'Install it in your checkout of Fanal: .venv/bin/pip install ".[train]"\n'
    )
