"""The sieve never says no of what it took, and seldom yes of what it did not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.store.sieve import Sieve

HASHES = st.lists(st.integers(0, 2**64 - 1), max_size=60)


@given(taken=st.lists(HASHES, max_size=4), asked=HASHES, blocks=st.sampled_from([1, 2, 3, 1000, 2**16]))
def test_what_was_taken_is_never_denied(taken: list[list[int]], asked: list[int], blocks: int) -> None:
    sieve = Sieve(blocks=blocks)
    for some in taken:
        sieve.add(np.array(some, np.uint64))
    for some in taken:
        assert sieve.may_hold(np.array(some, np.uint64)).all()
    if not any(taken):
        assert not sieve.may_hold(np.array(asked, np.uint64)).any()


def test_a_false_yes_is_rare_and_memory_is_fixed() -> None:
    seed = 20_140_804
    dice = np.random.default_rng(seed)  # noqa: TID251 - a test makes its dice
    sieve = Sieve(blocks=1 << 15)
    per_block = 7_000_000 / (1 << 20)  # as full as the docstring's figure
    sieve.add(dice.integers(0, 2**64, int(per_block * (1 << 15)), dtype=np.uint64))
    others = dice.integers(0, 2**64, 2_000_000, dtype=np.uint64)
    assert sieve.may_hold(others).mean() < 3e-5
    assert sieve._words.nbytes == 1 << 20


@pytest.mark.parametrize("blocks", [0, -1, (1 << 32) + 1])
def test_a_sieve_needs_blocks(blocks: int) -> None:
    with pytest.raises(ValueError, match="blocks"):
        Sieve(blocks=blocks)
