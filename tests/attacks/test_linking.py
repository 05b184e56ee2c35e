"""Linking sees pseudonyms and sketches under one key, and those that a rule turns into one another."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fanal.evaluate.attacks import linking
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.target import Target
from fanal.store.keyring import Key, Keyring
from fanal.store.pseudonym import pseudonyms


class OneKey(Keyring):
    """Give the same key for each week and workspace."""

    def of_week(self, _monday: date) -> Key:
        """Return the key."""
        return 1, 2


def test_one_key_for_all_weeks_and_workspaces_is_seen(target: Callable[..., Target], found) -> None:
    told = found(linking.attack, target(keyring=lambda folder: OneKey(folder, dice=os.urandom)), 400)
    for name in ("linking_weeks", "linking_workspaces"):
        assert told[name].ended is Ending.BROKEN
        assert told[name].more["linked"] == told[name].rounds


@pytest.mark.parametrize("rule", ["turned", "shifted", "ranked"])
def test_pseudonyms_that_a_rule_joins_are_seen(rule: str, target: Callable[..., Target], found) -> None:
    def salted(posts: object, weeks: NDArray[np.int32], rows: object, ring: Keyring) -> NDArray[np.uint64]:
        who = pseudonyms(posts, np.zeros_like(weeks), rows, ring)  # type: ignore[arg-type]
        salt = np.uint64(int(weeks[0]) * 0x9E3779B97F4A7C15 % 2**64)
        return {"turned": who ^ salt, "shifted": who + salt, "ranked": who // np.uint64(weeks[0] % 7 + 2)}[
            rule
        ]

    told = found(linking.attack, target(pseudonyms=salted), 400)["linking_weeks"]
    if rule == "ranked":  # both weeks are Mondays, so that the divisor is the same: the value stays
        assert told.more["linked"] == told.rounds
    assert told.ended is Ending.BROKEN


def test_sketches_under_one_key_are_seen(target: Callable[..., Target], tried) -> None:
    told = tried(linking.sketches, replace(target(), secret=lambda size: b"k" * size), 120)
    assert told.ended is Ending.BROKEN
    assert told.advantage > 0.9


def test_a_key_and_a_name_are_a_pseudonym(target: Callable[..., Target], found, tmp_path: Path) -> None:
    told = found(linking.attack, target(), 400)
    assert told["linking_by_name_and_key"].advantage == 1.0
    assert told["linking_by_name_and_sketch"].advantage > 0.9
    assert told["linking_behaviour"].low > 0
    assert (tmp_path / "keys 1").is_dir()
