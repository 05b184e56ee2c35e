"""All attacks on the gate as it is: none succeeds, at limits that are wrong less than once in a million runs."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fanal.evaluate.attacks import catalogue, confidence
from fanal.evaluate.attacks.catalogue import ATTACKS, Attack
from fanal.evaluate.attacks.finding import Ending, Finding
from fanal.evaluate.attacks.target import Target

CHECKOUT = Path(__file__).resolve().parents[2]
ROUNDS = 1_000
LIMITS = {
    "averaging_restored_desk",
    "averaging_many_weeks",
    "linking_by_name_and_key",
    "linking_by_name_and_sketch",
    "linking_behaviour",
    "timing_noise",
    "timing_size",
}


def test_no_attack_on_the_gate_succeeds(
    target: Callable[..., Target], dice: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    own = confidence.lower

    def counted(hits: int, trials: int, alpha: float = confidence.ALPHA) -> float:
        asked.append(alpha)
        return own(hits, trials, alpha)

    monkeypatch.setattr(confidence, "lower", counted)
    steps: list[tuple[int, int]] = []
    found = catalogue.run(
        target(), rounds=ROUNDS, dice=dice, progress=lambda done, of: steps.append((done, of))
    )
    wrong = [(one.name, one.facts()) for one in found if one.ended is Ending.BROKEN]
    assert not wrong
    assert {one.name for one in found if one.ended is Ending.LIMIT} == LIMITS
    assert steps[-1] == (len(ATTACKS), len(ATTACKS))

    # The promise of a false alarm in a million runs: so many limits at most, each wrong so rarely.
    judged = sum(alpha == confidence.ALPHA for alpha in asked)
    assert judged * confidence.ALPHA < 1e-6
    page = (CHECKOUT / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert not [one.name for one in found if f"| `{one.name}` |" not in page]


def test_each_attack_is_a_file_of_its_name_and_has_a_test() -> None:
    for one in ATTACKS:
        assert re.fullmatch("[a-z]+", one.name)
        assert one.run.__module__ == f"fanal.evaluate.attacks.{one.name}"
        assert (Path(__file__).parent / f"test_{one.name}.py").exists()


def test_findings_without_a_name_of_their_own_are_refused(
    target: Callable[..., Target], dice: np.random.Generator
) -> None:
    def lost(*_: object, **__: object) -> list[Finding]:
        return [Finding(name="other", knows="", advantage=0, low=0, high=0, bound=0, rounds=1)]

    with pytest.raises(ValueError, match="names of their own"):
        catalogue.run(
            target(),
            rounds=1,
            dice=dice,
            progress=lambda _done, _of: None,
            attacks=(Attack(name="mine", asks="", run=lost),),
        )
