"""Two persons change the list: no order of steps lets one of them loosen it, or hold something back for long."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.model.error import RefusedError
from fanal.model.sensitive import RuleStep, SensitiveRule, Step, Treatment
from fanal.privacy.agreement import (
    AGAIN_DAYS,
    HOLD_DAYS,
    WAITING_DAYS,
    Standing,
    check,
    in_force,
    replay,
)

START = datetime(2026, 3, 1, 3, tzinfo=UTC)
NEVER = SensitiveRule(area="D1", rule=Treatment.NEVER, reason="a test")
DAYS = timedelta(days=1)


class Steps:
    """Write steps as people would."""

    def __init__(self) -> None:
        self.made: list[RuleStep] = []

    def add(self, who: str, step: Step, *, day: float = 0.0, **what: object) -> RuleStep:
        """Add a step, so many days after the start."""
        at = START + timedelta(days=day)
        one = RuleStep(id=len(self.made) + 1, at=at, who=who, step=step, **what)  # type: ignore[arg-type]
        replay([*self.made, one])
        self.made.append(one)
        return one

    def rules(self, day: float) -> tuple[SensitiveRule, ...]:
        """Return what is in force so many days after the start."""
        return in_force(replay(self.made).values(), START + timedelta(days=day))


def test_a_rule_is_in_force_once_another_person_agrees():
    steps = Steps()
    steps.add("amal", Step.PROPOSE, rule=NEVER)
    assert steps.rules(0) == ()
    with pytest.raises(RefusedError, match="another person"):
        steps.add("amal", Step.AGREE, of=1)
    steps.add("bela", Step.AGREE, of=1, day=1)
    assert steps.rules(5000) == (NEVER,)
    with pytest.raises(RefusedError, match="waits for nobody"):
        steps.add("cora", Step.AGREE, of=1, day=1)
    with pytest.raises(RefusedError, match="waits for nobody"):
        steps.add("amal", Step.WITHDRAW, of=1, day=1)


def test_a_rule_ends_once_another_person_agrees_to_that():
    steps = Steps()
    steps.add("amal", Step.PROPOSE, rule=NEVER)
    steps.add("bela", Step.AGREE, of=1)
    steps.add("bela", Step.END, of=1, reason="it moved", day=1)
    assert steps.rules(2) == (NEVER,)
    with pytest.raises(RefusedError, match="another person"):
        steps.add("bela", Step.AGREE, of=3, day=2)
    steps.add("amal", Step.AGREE, of=3, day=2)
    assert steps.rules(2) == ()
    assert replay(steps.made)[1].standing(START + 2 * DAYS) is Standing.ENDED
    with pytest.raises(RefusedError, match="nothing to end"):
        steps.add("amal", Step.END, of=1, reason="again", day=3)


def test_one_person_holds_something_back_for_seven_days_and_no_longer():
    steps = Steps()
    steps.add("amal", Step.HOLD, rule=NEVER)
    assert steps.rules(0) == (NEVER,)
    assert steps.rules(HOLD_DAYS - 0.001) == (NEVER,)
    assert steps.rules(HOLD_DAYS) == ()
    with pytest.raises(RefusedError, match="lapsed"):
        steps.add("bela", Step.AGREE, of=1, day=HOLD_DAYS)
    with pytest.raises(RefusedError, match="already"):
        steps.add("amal", Step.HOLD, rule=NEVER, day=HOLD_DAYS)
    with pytest.raises(RefusedError, match="already"):
        steps.add("amal", Step.HOLD, rule=replace(NEVER, rule=Treatment.LATER, days=9), day=AGAIN_DAYS - 0.1)
    steps.add("bela", Step.HOLD, rule=NEVER, day=HOLD_DAYS)
    assert steps.rules(HOLD_DAYS) == (NEVER,)
    steps.add("amal", Step.HOLD, rule=NEVER, day=AGAIN_DAYS)


def test_a_hold_that_another_person_agrees_to_stays():
    steps = Steps()
    steps.add("amal", Step.HOLD, rule=NEVER)
    with pytest.raises(RefusedError, match="another person"):
        steps.add("amal", Step.AGREE, of=1, day=1)
    steps.add("bela", Step.AGREE, of=1, day=6.9)
    assert steps.rules(5000) == (NEVER,)


def test_nobody_lifts_the_hold_of_another():
    steps = Steps()
    steps.add("amal", Step.HOLD, rule=NEVER)
    for step in (Step.WITHDRAW, Step.END):
        with pytest.raises(RefusedError):
            steps.add("bela", step, of=1, reason="no", day=1)
    steps.add("amal", Step.WITHDRAW, of=1, day=1)
    assert steps.rules(1) == ()
    with pytest.raises(RefusedError, match="already"):
        steps.add("amal", Step.HOLD, rule=NEVER, day=2)


@pytest.mark.parametrize("rule", [replace(NEVER, rule=Treatment.COARSER)])
def test_a_hold_says_never_or_later(rule: SensitiveRule):
    with pytest.raises(RefusedError, match="never or later"):
        Steps().add("amal", Step.HOLD, rule=rule)


def test_what_nobody_agrees_to_lapses():
    steps = Steps()
    steps.add("amal", Step.PROPOSE, rule=NEVER)
    with pytest.raises(RefusedError, match="lapsed"):
        steps.add("bela", Step.AGREE, of=1, day=WAITING_DAYS)
    steps.add("bela", Step.AGREE, of=1, day=WAITING_DAYS - 0.001)


def test_who_proposed_has_to_be_here_when_another_agrees():
    steps = Steps()
    steps.add("amal", Step.PROPOSE, rule=NEVER)
    before = replay(steps.made)
    agreed = RuleStep(id=2, at=START, who="bela", step=Step.AGREE, of=1)
    with pytest.raises(RefusedError, match="does not work here any more"):
        check(agreed, before, here={"bela", "cora"})
    check(agreed, before, here={"amal", "bela"})


def test_a_rule_ends_with_its_last_day_in_utc_wherever_the_clock_stands():
    rule = replace(NEVER, expires=date(2026, 3, 10))
    steps = Steps()
    steps.add("amal", Step.PROPOSE, rule=rule)
    steps.add("bela", Step.AGREE, of=1)
    proposals = replay(steps.made).values()
    last, over = datetime(2026, 3, 10, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)
    assert in_force(proposals, last) == (rule,)
    assert in_force(proposals, over) == ()
    with pytest.raises(RefusedError, match="over on"):
        steps.add("amal", Step.PROPOSE, rule=rule, day=20)
    with pytest.raises(RefusedError, match="nothing to end"):
        steps.add("amal", Step.END, of=1, reason="late", day=20)


PEOPLE = ("amal", "bela")
RULES = (
    NEVER,
    SensitiveRule(area="G2", rule=Treatment.LATER, days=30, reason="a test"),
    SensitiveRule(group="displaced", rule=Treatment.COARSER, reason="a test"),
)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(list(Step)),
        st.integers(1, 8),
        st.sampled_from(RULES),
        st.sampled_from([0.0, 0.5, 3.0, 8.0, 30.0]),
    ),
    max_size=14,
)


def tried(moves: list[tuple[str, Step, int, SensitiveRule, float]], people: tuple[str, ...]) -> Steps:
    """Return the steps of those moves that are not refused, made by some of the people."""
    steps, day = Steps(), 0.0
    for who, step, of, rule, later in moves:
        day += later
        if who not in people:
            continue
        new = step in (Step.PROPOSE, Step.HOLD)
        try:
            steps.add(
                who,
                step,
                day=day,
                of=None if new else of,
                rule=rule if new else None,
                reason="" if new else "r",
            )
        except RefusedError:
            continue
    return steps


@given(MOVES, st.floats(0, 200))
def test_alone_a_person_holds_back_for_some_days_and_nothing_else(moves, day: float):
    steps = tried(moves, ("amal",))
    held = [one for one in steps.made if one.step is Step.HOLD]
    at = START + timedelta(days=day)
    recent = [one.rule for one in held if at < one.at + timedelta(days=HOLD_DAYS)]
    assert set(steps.rules(day)) <= set(recent)
    for name in {one.rule.name for one in held if one.rule}:
        times = [one.at for one in held if one.rule and one.rule.name == name]
        assert all(b - a >= timedelta(days=AGAIN_DAYS) for a, b in pairwise(times))


@given(MOVES, st.floats(0, 200))
def test_what_two_persons_put_in_force_ends_by_two_persons_alone(moves, day: float):
    steps = tried(moves, PEOPLE)
    at = START + timedelta(days=day)
    so_far = [one for one in steps.made if one.at <= at]
    proposals = replay(so_far)
    by = {one.of: one for one in so_far if one.step is Step.AGREE}
    for one in so_far:
        if one.step not in (Step.PROPOSE, Step.HOLD) or one.id not in by:
            continue
        ends = [end for end in so_far if end.step is Step.END and end.of == one.id and end.id in by]
        assert by[one.id].who != one.who
        assert all(by[end.id].who != end.who for end in ends)
        assert (proposals[one.id].standing(at) is Standing.IN_FORCE) == (not ends)


@given(MOVES)
def test_the_same_steps_written_by_force_are_refused(moves):
    steps = tried(moves, PEOPLE)
    for number, one in enumerate(steps.made):
        if one.step is not Step.AGREE:
            continue
        made = steps.made[(one.of or 0) - 1]
        forged = [*steps.made[:number], replace(one, who=made.who), *steps.made[number + 1 :]]
        with pytest.raises(RefusedError):
            replay(forged)
