"""The figures of a score against their definitions, written slowly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.evaluate.ranking import measure

SCORED = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 1.0]), st.booleans()), min_size=1, max_size=40
)


def slow_precision(pairs: list[tuple[float, bool]]) -> float:
    """Return the average precision: over the cuts at each score, from the highest."""
    positives = sum(shows for _, shows in pairs)
    total = before = 0.0
    for cut in sorted({score for score, _ in pairs}, reverse=True):
        above = [shows for score, shows in pairs if score >= cut]
        recall = sum(above) / positives
        total += (recall - before) * sum(above) / len(above)
        before = recall
    return total


def slow_recall(pairs: list[tuple[float, bool]], false_alarms: float) -> float:
    """Return the best recall of all cuts that flag few enough negatives."""
    positives = sum(shows for _, shows in pairs)
    best = 0.0
    for cut in {score for score, _ in pairs}:
        above = [shows for score, shows in pairs if score >= cut]
        if above.count(False) <= false_alarms * (len(pairs) - positives):
            best = max(best, sum(above) / positives)
    return best


@given(SCORED)
def test_figures_are_their_definitions(pairs: list[tuple[float, bool]]) -> None:
    score, shows = np.array([one for one, _ in pairs]), np.array([one for _, one in pairs])
    found = measure(score, shows, threshold=0.5)
    positives = int(shows.sum())
    flagged = [one for one, cut in zip(shows.tolist(), score.tolist(), strict=True) if cut >= 0.5]
    assert (found.posts, found.positives, found.flagged) == (len(pairs), positives, len(flagged) / len(pairs))
    assert found.precision == (pytest.approx(sum(flagged) / len(flagged)) if flagged else None)
    if not positives:
        assert (found.average_precision, found.recall, found.f1, found.calibration_error) == (None,) * 4
        return
    assert found.recall == pytest.approx(sum(flagged) / positives)
    assert found.average_precision == pytest.approx(slow_precision(pairs))
    if positives < len(pairs):
        assert found.recall_at_1_percent == pytest.approx(slow_recall(pairs, 0.01))
        assert found.recall_at_5_percent == pytest.approx(slow_recall(pairs, 0.05))


def test_a_perfect_probability_has_no_calibration_error() -> None:
    shows = np.array([True] * 3 + [False] * 7)
    assert measure(np.full(10, 0.3), shows, threshold=0.5).calibration_error == pytest.approx(0)
    assert measure(np.full(10, 0.9), shows, threshold=0.5).calibration_error == pytest.approx(0.6)
