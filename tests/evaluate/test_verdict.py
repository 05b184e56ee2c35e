"""The verdict: perpetual, silent, early and late alarms counted by hand, and a slow reference."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fanal.evaluate.verdict import Verdict, beginnings, judge, warnings


def one(alarms: str, outcomes: str) -> Verdict:
    """Judge one district: x is an alarm; 1, 0 and ? are outcomes."""
    marked = np.array([[letter == "x"] for letter in alarms])
    held = np.array([[{"1": 1, "0": 0, "?": -1}[letter]] for letter in outcomes], np.int8)
    return judge(marked, held, slice(0, len(alarms)))


def told(found: Verdict) -> tuple[int, int, int, int]:
    return (
        int(found.true.sum()),
        int(found.false.sum()),
        int(found.outcomes.sum()),
        int(found.forewarned.sum()),
    )


def test_a_perpetual_alarm_pays_every_four_weeks() -> None:
    assert told(one("xxxxxxxxxxxx", "000000000000")) == (0, 3, 0, 0)
    assert told(one("xxxxxxxxxxxx", "000011110000")) == (1, 2, 1, 1)


def test_no_alarm_warns_of_nothing_and_costs_nothing() -> None:
    found = one("............", "000011110000")
    assert told(found) == (0, 0, 1, 0)
    assert (found.precision, found.recall, found.false_a_month) == (None, 0.0, 0.0)


def test_an_alarm_while_the_outcome_lies_ahead_is_true() -> None:
    assert told(one("....x.......", "000011110000")) == (1, 0, 1, 1)
    assert told(one(".......x....", "000011110000")) == (1, 0, 1, 1)


def test_an_alarm_after_the_outcome_or_too_early_is_false() -> None:
    assert told(one("........x...", "000011110000")) == (0, 1, 1, 0)
    assert told(one("...x........", "000011110000")) == (0, 1, 1, 0)


def test_an_outcome_that_goes_on_is_forewarned_only_at_its_beginning() -> None:
    assert told(one(".........x..", "000011111111")) == (1, 0, 1, 0)


def test_what_is_unknown_is_not_judged() -> None:
    found = one("x...........", "????00000000")
    assert told(found) == (0, 0, 0, 0)
    assert (int(found.unjudged.sum()), int(found.quiet.sum())) == (1, 8)


def test_weeks_before_those_judged_are_looked_at_and_not_counted() -> None:
    alarms = np.array([[True]] * 6)
    outcomes = np.array([[1]] * 6, np.int8)
    found = judge(alarms, outcomes, slice(2, 6))
    assert told(found) == (1, 0, 0, 0)  # the outcome began before; the second warning begins in row 4


def test_two_warnings_are_never_less_than_four_weeks_apart() -> None:
    marked = np.array([[letter == "x"] for letter in "x..xx.x."])
    assert np.flatnonzero(warnings(marked)).tolist() == [0, 4]


@given(
    arrays.arrays(np.bool_, (30, 3)),
    arrays.arrays(np.int8, (30, 3), elements=st.integers(-1, 1)),
    st.integers(0, 29),
)
def test_verdicts_agree_with_plain_loops(alarms: np.ndarray, outcomes: np.ndarray, first: int) -> None:
    found = judge(alarms, outcomes, slice(first, 30))
    true = false = unjudged = began = forewarned = 0
    for area in range(3):
        last = -4
        for row in range(30):
            if alarms[row, area] and row - last >= 4:
                last = row
                if row >= first:
                    true += outcomes[row, area] == 1
                    false += outcomes[row, area] == 0
                    unjudged += outcomes[row, area] == -1
            new = outcomes[row, area] == 1 and not (outcomes[max(row - 4, 0) : row, area] == 1).any()
            assert new == beginnings(outcomes)[row, area]
            if new and row >= first:
                began += 1
                ahead = slice(row, row + 4)
                forewarned += bool((alarms[ahead, area] & (outcomes[ahead, area] == 1)).any())
    assert told(found) == (true, false, began, forewarned)
    assert found.unjudged.sum() == unjudged
    assert found.weeks.sum() == 30 - first
    assert len(found.weeks) == -(-(30 - first) // 13)
