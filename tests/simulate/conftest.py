"""What the tests of the simulation share: its own dice, and streams that were written once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fanal.facts import iraq
from fanal.simulate.stream import Simulated, simulate

Write = Callable[..., Simulated]


@pytest.fixture(scope="session")
def write() -> Write:
    """Return a function that writes a stream over Iraq with the dice of its seed."""

    def run(out: Path, posts: int = 20_000, seed: int = 7, **more: object) -> Simulated:
        rng = np.random.default_rng(seed)  # noqa: TID251 - the test's own dice
        return simulate(out, iraq.layers(), posts=posts, seed=seed, rng=rng, **more)

    return run


@pytest.fixture(scope="session")
def made(write: Write, tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """Return a stream of 200,000 posts as JSON Lines, seed 7: three batches."""
    return write(tmp_path_factory.mktemp("made") / "stream.jsonl", posts=200_000)
