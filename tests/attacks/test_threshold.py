"""Threshold sees small counts that pass more often than is stated, and cells that are shown without a look."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.evaluate.attacks import threshold
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.target import Target
from fanal.model.release import Release
from fanal.privacy import gate, noise
from fanal.privacy.policy import Policy


def test_a_lower_threshold_than_stated_is_seen(target: Callable[..., Target], found) -> None:
    def low(rows: pa.Table, *, policy: Policy, **given: object) -> list[Release]:
        lower = replace(policy, threshold=policy.threshold - 15)
        return gate.release_counts(rows, policy=lower, **given)  # type: ignore[arg-type]

    told = found(threshold.attack, target(release=low), 1_000)
    assert told["threshold_nine"].ended is Ending.BROKEN


def test_too_much_noise_lets_small_counts_pass(noisy, found) -> None:
    own = noise.add

    def wide(counts: NDArray[np.int64], *, max_cells: int, epsilon: float) -> NDArray[np.int64]:
        return own(counts, max_cells=max_cells, epsilon=epsilon / 4)

    told = found(threshold.attack, noisy(wide), 1_000)
    assert {one.ended for one in told.values()} == {Ending.BROKEN}
