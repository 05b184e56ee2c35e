"""The command `fanal simulate` writes the three files, says what they are for, and refuses with a sentence."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from fanal.cli.main import app
from fanal.model.error import UserError
from fanal.simulate.stream import PURPOSE


def run(*arguments):
    """Run the command in this process; an error of Fanal's own comes through."""
    ended = CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=True)
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended


def test_three_files_and_their_purpose(tmp_path):
    out = tmp_path / "a.jsonl"
    ended = run("simulate", "--posts", 500, "--seed", 5, "--out", out)
    assert ended.exit_code == 0
    assert "never for a quality claim or a lead time" in ended.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.jsonl",
        "a.jsonl.plants.json",
        "a.jsonl.truth.parquet",
    ]
    assert PURPOSE in Path(f"{out}.plants.json").read_text()


def test_help_says_what_it_is_never_for():
    assert "never for a quality claim" in " ".join(run("simulate", "--help").output.split())


def test_own_layers_of_a_workspace(tmp_path):
    run("init", tmp_path / "w", "--facts", "iraq")
    run(
        "-w",
        tmp_path / "w",
        "simulate",
        "--posts",
        300,
        "--seed",
        5,
        "--out",
        tmp_path / "own.jsonl",
        "--own-layers",
    )
    run("simulate", "--posts", 300, "--seed", 5, "--out", tmp_path / "iraq.jsonl")
    assert (tmp_path / "own.jsonl").read_bytes() == (tmp_path / "iraq.jsonl").read_bytes()


@pytest.mark.parametrize("category", ["offer", "arms"])
def test_what_offers_a_person_or_a_weapon_is_refused(tmp_path, category):
    with pytest.raises(UserError, match="never simulated"):
        run("simulate", "--posts", 10, "--out", tmp_path / "a.jsonl", "--signal", category)
    assert list(tmp_path.iterdir()) == []
