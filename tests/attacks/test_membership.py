"""Membership sees noise that is missing or too small, and an author who counts as often as posts come."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from fanal.evaluate.attacks import membership
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.laplace import best
from fanal.evaluate.attacks.target import Target
from fanal.model.release import Release
from fanal.privacy import gate


def test_no_noise_is_seen_in_the_noise_and_through_the_gate(noisy, broken_noise, tried) -> None:
    gate_without = noisy(broken_noise["none"])
    for part in (membership.on_noise, membership.through):
        told = tried(part, gate_without, 400)
        assert (told.advantage, told.ended) == (1.0, Ending.BROKEN)


def test_half_the_noise_is_seen_by_the_epsilon_that_it_costs(noisy, broken_noise, tried) -> None:
    told = tried(membership.on_noise, noisy(broken_noise["half"]), 6_000)
    assert told.ended is Ending.BROKEN
    assert told.low < told.bound, "the advantage alone would not have seen it"
    assert 1.0 < told.more["epsilon_at_least"] < 2.0


def test_an_author_who_is_not_bounded_is_seen(target: Callable[..., Target], tried) -> None:
    def unbounded(rows: pa.Table, **given: object) -> list[Release]:
        each = pa.array(
            np.arange(1, len(rows) + 1, dtype=np.uint64)
        )  # every row becomes an author of its own
        return gate.release_counts(rows.set_column(1, "pseudonym", each), **given)  # type: ignore[arg-type]

    assert tried(membership.loud, target(release=unbounded), 3_000).ended is Ending.BROKEN


def test_the_attack_gains_what_the_best_one_must(target: Callable[..., Target], tried) -> None:
    told = tried(membership.on_noise, target(), 4_000)
    assert told.low < best(4, 4.0) < told.high
    assert told.advantage == pytest.approx(best(4, 4.0), abs=0.06)  # seven standard errors
