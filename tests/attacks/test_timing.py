"""Timing sees work that takes longer for more people; the clock counts the work, so that the test is sure."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.evaluate.attacks import timing
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.target import Target
from fanal.model.release import Release
from fanal.privacy import gate, noise


class Watch:
    """Be a clock that moves when work is done, with a little weather on top."""

    def __init__(self) -> None:
        self.now = 0.0
        self._weather = (0.001 * (n * 7919 % 101) for n in count())

    def __call__(self) -> float:
        """Return the time."""
        return self.now + next(self._weather)


def test_noise_that_takes_longer_for_large_counts_is_seen(target: Callable[..., Target], tried) -> None:
    watch = Watch()

    def slow(counts: NDArray[np.int64], **given: float) -> NDArray[np.int64]:
        watch.now += float(counts.sum())
        return noise.add(counts, **given)  # type: ignore[arg-type]

    told = tried(timing.counts, replace(target(add=slow), clock=watch), 300)
    assert told.ended is Ending.BROKEN
    assert told.more["permutation_p"] == 1 / (timing.SHUFFLES + 1)


def test_a_week_that_takes_longer_with_the_author_is_seen(target: Callable[..., Target], tried) -> None:
    watch = Watch()

    def slow(rows: pa.Table, **given: object) -> list[Release]:
        watch.now += len(rows)
        return gate.release_counts(rows, **given)  # type: ignore[arg-type]

    told = tried(timing.author, replace(target(release=slow), clock=watch), 500)
    assert told.ended is Ending.BROKEN


def test_noise_that_takes_as_long_as_it_is_large_is_told(target: Callable[..., Target], tried) -> None:
    watch = Watch()

    def sampled(counts: NDArray[np.int64], **given: float) -> NDArray[np.int64]:
        noisy = noise.add(counts, **given)  # type: ignore[arg-type]
        watch.now += float(np.abs(noisy - counts).sum())
        return noisy

    told = tried(timing.noise, replace(target(add=sampled), clock=watch), 300)
    assert told.ended is Ending.LIMIT
    assert told.more["correlation_one_cell"] > 0.95
    assert told.more["correlation_grid"] > 0.95
