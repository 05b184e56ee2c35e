"""Figures of held-out posts: those of `ranking.measure` for each language and each source, of what is known alone."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.evaluate.held_out import DIGITS, LEAST_POSITIVES, figures
from fanal.evaluate.ranking import measure
from fanal.signals.language import LANGUAGES

ROW = st.tuples(
    st.sampled_from([0.0, 0.2, 0.5, 0.9, np.nan]),
    st.sampled_from([0.0, 1.0, np.nan]),
    st.integers(0, 2),
    st.sampled_from(["a", "b"]),
)


def rounded(score: list[float], shows: list[bool]) -> dict[str, object]:
    """Return the figures of a few posts, rounded."""
    made = asdict(measure(np.array(score, float), np.array(shows, bool), threshold=0.5))
    return {name: round(one, DIGITS) if isinstance(one, float) else one for name, one in made.items()}


@given(st.lists(ROW, max_size=60))
def test_figures_are_those_of_each_part(rows: list[tuple[float, float, int, str]]) -> None:
    score, judged = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows], float)
    language, source = np.array([row[2] for row in rows], np.int8), np.array([row[3] for row in rows], str)
    found = figures(score, judged, language, source, threshold=0.5)
    known = [row for row in rows if not np.isnan(row[0]) and not np.isnan(row[1])]

    def some(chosen: list[tuple[float, float, int, str]]) -> dict[str, object]:
        return rounded([row[0] for row in chosen], [row[1] == 1 for row in chosen])

    assert found.pop("threshold") == 0.5
    by_language, by_source = found.pop("by_language"), found.pop("by_source")
    assert found == some(known)
    assert by_source == {
        one: some([row for row in known if row[3] == one]) for one in sorted({row[3] for row in known})
    }
    enough = [at for at in range(3) if sum(row[2] == at and row[1] == 1 for row in known) >= LEAST_POSITIVES]
    assert by_language == {LANGUAGES[at]: some([row for row in known if row[2] == at]) for at in enough}


@pytest.mark.parametrize("rows", [0, 3])
def test_nothing_known_gives_no_figures(rows: int) -> None:
    nothing = np.full(rows, np.nan)
    found = figures(nothing, nothing, np.zeros(rows, np.int8), np.array(["a"] * rows, str), threshold=0.5)
    assert (found["posts"], found["average_precision"], found["by_language"], found["by_source"]) == (
        0,
        None,
        {},
        {},
    )
