"""`fanal evaluate privacy` as a user runs it: tables, one JSON object, and an exit code that tells a broken gate."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from fanal.cli.evaluate import evaluate
from fanal.privacy import noise

Fanal = Callable[..., Any]
FEW = ("--rounds", "200", "--only", "membership", "--only", "averaging")


def test_it_prints_what_is_promised_and_what_is_not(fanal: Fanal) -> None:
    ended = fanal("evaluate", "privacy", *FEW)
    told = ended.json
    assert set(told["attacks"]) == {
        "membership_noise",
        "membership_release",
        "membership_loud",
        "averaging_asked_again",
        "averaging_updated",
    }
    assert set(told["limits"]) == {"averaging_restored_desk", "averaging_many_weeks"}
    assert (told["broken"], told["rounds"], told["seed"]) == ([], 200, 1)
    for facts in told["attacks"].values():
        assert facts["low"] <= facts["advantage"] <= facts["high"]
        assert facts["low"] <= facts["bound"]
    assert "membership_noise" in ended.out
    assert "nothing is promised" in ended.out


def test_an_attack_that_is_not_there_is_one_sentence(fanal: Fanal) -> None:
    ended = fanal("evaluate", "privacy", "--only", "bribery", code=1)
    assert "There is no attack bribery. The attacks are membership," in ended.err


def test_a_broken_gate_ends_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(counts: NDArray[np.int64], **_: float) -> NDArray[np.int64]:
        return counts.copy()

    monkeypatch.setattr(noise, "add", none)
    ended = CliRunner().invoke(evaluate, ["privacy", "--rounds", "200", "--only", "membership"])
    assert ended.exit_code == 1
    assert "It costs an author more than" in ended.stdout
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["broken"][:2] == ["membership_noise", "membership_release"]
    assert told["attacks"]["membership_noise"]["advantage"] == 1.0
