"""Ranking: how well a score tells the posts that show something from those that do not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10
"""Of equal width, for the calibration error."""

FALSE_ALARMS = (0.01, 0.05)
"""Shares of the negative posts at which recall is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Hold the figures of a score; None where there is nothing to measure."""

    posts: int
    positives: int
    average_precision: float | None
    precision: float | None  # at the threshold; None: nothing was flagged
    recall: float | None  # at the threshold
    f1: float | None
    recall_at_1_percent: float | None  # false alarms, see FALSE_ALARMS
    recall_at_5_percent: float | None
    flagged: float  # share of all posts at or above the threshold
    calibration_error: float | None


def measure(
    score: NDArray[np.float64],
    shows: NDArray[np.bool_],
    *,
    threshold: float,
    flagged: NDArray[np.bool_] | None = None,
) -> Ranking:
    """Measure a score.

    Average precision is the sum of precision times the step of recall over all thresholds, equal scores together
    (Salton and McGill 1983; as scikit-learn computes it). The calibration error is the mean distance between score and
    share of positives over BINS bins, weighted by their posts (Naeini, Cooper and Hauskrecht 2015).

    Args:
        score: n, from 0 to 1.
        shows: n; what a person said.
        threshold: from which score on a post is flagged.
        flagged: n; what was flagged where one threshold of the score does not say it; None: the threshold does.

    >>> made = measure(np.array([0.9, 0.8, 0.1]), np.array([True, False, True]), threshold=0.5)
    >>> round(made.average_precision, 3), made.f1, round(made.flagged, 3)
    (0.833, 0.5, 0.667)
    """
    posts, positives = len(score), int(shows.sum())
    flagged = score >= threshold if flagged is None else flagged
    hits = int((flagged & shows).sum())
    nothing = not positives or positives == posts
    precision = hits / int(flagged.sum()) if flagged.any() else None
    return Ranking(
        posts=posts,
        positives=positives,
        average_precision=None if not positives else average_precision(score, shows),
        precision=precision,
        recall=hits / positives if positives else None,
        f1=2 * hits / (int(flagged.sum()) + positives) if positives else None,
        recall_at_1_percent=None if nothing else recall_at(score, shows, FALSE_ALARMS[0]),
        recall_at_5_percent=None if nothing else recall_at(score, shows, FALSE_ALARMS[1]),
        flagged=float(flagged.mean()) if posts else 0.0,
        calibration_error=calibration_error(score, shows) if positives else None,
    )


def average_precision(score: NDArray[np.float64], shows: NDArray[np.bool_]) -> float:
    """Return the average precision; there must be a positive."""
    hits, flagged = _steps(score, shows)
    recall = hits / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * hits / flagged))


def recall_at(score: NDArray[np.float64], shows: NDArray[np.bool_], false_alarms: float) -> float:
    """Return the highest recall at which at most this share of the negatives is flagged."""
    hits, flagged = _steps(score, shows)
    allowed = (flagged - hits) <= false_alarms * (~shows).sum()
    return float(hits[allowed].max(initial=0) / shows.sum())


def calibration_error(score: NDArray[np.float64], shows: NDArray[np.bool_]) -> float:
    """Return the expected calibration error, from 0 to 1."""
    place = np.minimum((score * BINS).astype(np.int64), BINS - 1)
    size = np.bincount(place, minlength=BINS)
    gap = np.bincount(place, score, BINS) - np.bincount(place, shows.astype(np.float64), BINS)
    return float(np.abs(gap)[size > 0].sum() / len(score))


def _steps(
    score: NDArray[np.float64], shows: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return positives and posts at or above each score that occurs, from the highest on."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    return np.cumsum(shows[order])[ends].astype(np.float64), (ends + 1).astype(np.float64)
