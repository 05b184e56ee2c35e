"""The time of an answer does not tell whether the vault holds a post, and no byte of a text is found beside it.

Protected: somebody who may give a hash to a look-up, and sees no more than that it was refused or found nothing, learns
nothing from how long it took, nor from how much was read. Not protected: who may open a text sees that it opens.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fanal.model.post import POST_SCHEMA
from fanal.store import segment
from fanal.store.keyring import Keyring
from fanal.store.vault import Vault

DAY = date(2026, 11, 1)
SEGMENTS, ROWS = 24, 256
ASKED = 300
TELLS = 0.65
"""Share of pairs in which the longer answer is that of one kind; 0.5 tells nothing. Three rounds may be disturbed."""


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    folder = tmp_path_factory.mktemp("timing")
    when = datetime(2014, 8, 3, tzinfo=UTC)
    rows = [{"line": n, "time": when, "text": "a short neutral text"} for n in range(ROWS)]
    batches = [f"b{n:02}" for n in range(SEGMENTS)]
    made = Vault(
        folder / "vault",
        Keyring(folder / "keys", dice=os.urandom),
        counting=lambda: {one: one for one in batches},
        dice=os.urandom,
    )
    for n, batch in enumerate(batches):
        made.write(
            batch,
            day=DAY + timedelta(days=n % 4),
            posts=pa.RecordBatch.from_pylist(rows, schema=POST_SCHEMA),
            hashes=np.arange(n * ROWS, (n + 1) * ROWS, dtype=np.uint64),
            chosen=np.arange(ROWS),
            form="jsonl",
            file="f",
        )
    return made


def holding(vault: Vault, post: int) -> int:
    """Look a post up as `Vault.read` does before it opens anything; return how many segments hold it."""
    return sum(bool(np.count_nonzero(one.posts == np.uint64(post))) for one in vault._heads(None))


def until_found(vault: Vault, post: int) -> int:
    """Look a post up as a careless program would: it stops where it finds it."""
    for path in segment.paths(vault._folder):
        if post in segment.head(path).posts:
            return 1
    return 0


def told(look_up: Callable[[Vault, int], int], vault: Vault, rng: np.random.Generator) -> float:
    """Return how well the time of a look-up tells a post that is there from one that is not: 0.5 is not at all."""
    there = rng.integers(0, ROWS * 4, ASKED)  # of the first segments, where stopping early would show most
    absent = rng.integers(2**32, 2**33, ASKED)
    times = np.empty((2, ASKED))
    for n, pair in enumerate(zip(there.tolist(), absent.tolist(), strict=True)):
        for kind in rng.permutation(2).tolist():  # in either order, so that a slow moment hits both alike
            began = time.perf_counter_ns()
            look_up(vault, pair[kind])
            times[kind, n] = time.perf_counter_ns() - began
    return float(np.mean(times[0] < times[1]))


def test_the_time_of_a_look_up_does_not_tell_whether_a_post_is_there(vault: Vault) -> None:
    seed = time.time_ns() % 2**32
    print("seed", seed)  # noqa: T201 - shown when the test fails
    rng = np.random.default_rng(seed)  # noqa: TID251 - a test makes its dice
    careless = told(until_found, vault, rng)
    assert careless > 0.8, "the measurement would not see a look-up that stops early"
    rounds = [abs(told(holding, vault, rng) - 0.5) for _ in range(3)]
    assert min(rounds) < TELLS - 0.5, rounds


def test_the_same_bytes_are_read_whichever_post_is_asked_for(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = segment.head, []

    def head(path: Path) -> segment.Head:
        seen.append(path.name)
        return real(path)

    monkeypatch.setattr(segment, "head", head)
    looked: list[list[str]] = []
    for post in (0, ROWS * SEGMENTS - 1, 2**63):
        assert holding(vault, post) == (post < 2**63)
        looked.append(seen.copy())
        seen.clear()
    assert looked[0] == looked[1] == looked[2]
    assert len(looked[0]) == SEGMENTS
