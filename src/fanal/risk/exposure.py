"""Exposure: expected counts in proportion to how much is posted at all, in each area and period."""

import numpy as np
from numpy.typing import NDArray

from fanal.risk.expected import HALF_A_COUNT, smoothed_shares


def by_volume(
    history: NDArray[np.int64],
    past_volume: NDArray[np.int64],
    counts: NDArray[np.int64],
    volume: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return expected counts that add up to the observed total, in proportion to rate x volume.

    The volume (author-weeks of any post) is the exposure, as people are in a disease rate: where a platform grows, or
    posts more on a Friday, no hotspot comes of it. An area's rate, signals for each author, is that of its past, drawn
    towards the rate of all areas where the past is thin (`expected.smoothed_shares`, Marshall 1991).

    Limits: where an event makes everybody post, signals and volume rise together and nothing is seen, so that this
    stands beside `expected.from_own_past` and not in its place. Where the volume falls silent, so does what is expected
    there: `silence` tells that.

    Args:
        history: [past periods, areas], signals before the study; may have no rows.
        past_volume: [past periods, areas], volume of the same periods.
        counts: [periods, areas], signals of the study.
        volume: [periods, areas], volume of the study.

    Raises:
        ValueError: shapes that differ; a volume below 0, or zero everywhere.

    >>> by_volume(np.array([[10, 10]]), np.array([[100, 100]]), np.array([[6, 3]]), np.array([[200, 100]])).tolist()
    [[6.0, 3.0]]
    """
    if history.shape != past_volume.shape or counts.shape != volume.shape:
        raise ValueError("Signals and volume must be of the same periods and areas.")
    if (volume < 0).any() or (past_volume < 0).any() or not volume.any():
        raise ValueError("The volume must not be below 0, and above it somewhere.")
    before = past_volume.sum(axis=0, dtype=np.float64)
    basis = before if before.any() else np.ones(len(before))
    share = smoothed_shares(history, basis) / np.where(basis > 0, basis / basis.sum(), np.inf)
    rate = np.where(basis > 0, share, 1.0)  # an area that is new has the rate of all
    expected = rate * volume
    total = int(counts.sum())
    least = HALF_A_COUNT / max(total, 1) / expected.size
    whole = expected.sum()
    expected = expected / whole if whole > 0 else np.zeros_like(expected)
    expected = np.where(
        expected > 0, expected, least
    )  # nothing posted: hardly anything is expected, not nothing
    scaled: NDArray[np.float64] = total * expected / expected.sum()
    return scaled
