"""Who sees pleas, in which order they wait, and what may be noted of one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.model.error import RefusedError, UserError
from fanal.model.person import Person, Purpose, Role
from fanal.model.plea import Ending, Mark, Plea, PleaState
from fanal.review.pleas import closed, ordered, reopened, require, sought, taken

AMAL = Person(name="amal", roles=frozenset({Role.OUTREACH}))
BAHAR = Person(name="bahar", roles=frozenset({Role.OUTREACH}))
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MONDAY = date(2026, 1, 5)

PLEAS = st.builds(
    Plea,
    post=st.integers(0, 2**64 - 1),
    week=st.integers(0, 3).map(lambda n: MONDAY + timedelta(weeks=n)),
    read_on=st.integers(0, 9).map(lambda n: MONDAY + timedelta(days=n)),
    language=st.sampled_from(["en", "ar", "und"]),
    stance=st.sampled_from(["first_hand", "report"]),
    area=st.sampled_from([None, "pcode:T1A"]),
    mark=st.builds(Mark, state=st.sampled_from(PleaState)),
)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("purpose", Purpose)
def test_pleas_are_for_help_alone(role: Role, purpose: Purpose) -> None:
    who = Person(name="somebody", roles=frozenset({role}))
    if (role, purpose) == (Role.OUTREACH, Purpose.OUTREACH):
        require(who, purpose)
        return
    with pytest.raises(RefusedError):
        require(who, purpose)


@given(st.lists(PLEAS, unique_by=lambda one: one.post), st.randoms())
def test_the_order_is_that_of_time_and_of_nothing_else(pleas: list[Plea], dice: object) -> None:
    found = ordered(pleas, closed=True)
    assert [(one.week, one.read_on) for one in found] == sorted((one.week, one.read_on) for one in pleas)
    others = [replace(one, language="fr", stance="report", area=None) for one in pleas]
    dice.shuffle(others)  # type: ignore[attr-defined]
    assert [one.post for one in ordered(others, closed=True)] == [one.post for one in found]
    assert ordered(pleas) == [one for one in found if one.mark.state is not PleaState.CLOSED]


def test_one_person_sees_to_a_plea_until_it_is_opened_again() -> None:
    mark = taken(Mark(), AMAL, NOW)
    assert (mark.state, mark.who, mark.at) == (PleaState.TAKEN, "amal", NOW)
    with pytest.raises(UserError, match="amal took"):
        taken(mark, BAHAR, NOW)
    with pytest.raises(UserError, match="amal took"):
        closed(mark, Ending.ANSWERED, BAHAR, NOW)
    ended = closed(mark, Ending.ANSWERED, AMAL, NOW)
    assert (ended.state, ended.ending) == (PleaState.CLOSED, Ending.ANSWERED)
    for move in (lambda: taken(ended, BAHAR, NOW), lambda: closed(ended, Ending.UNSAFE, AMAL, NOW)):
        with pytest.raises(UserError, match="is closed"):
            move()
    assert reopened(ended) == reopened(mark) == Mark()
    with pytest.raises(UserError, match="is open"):
        reopened(Mark())


def test_what_nobody_took_can_be_closed_at_once() -> None:
    assert closed(Mark(), Ending.NO_PLEA, BAHAR, NOW).who == "bahar"


@given(
    st.lists(PLEAS),
    st.sampled_from([None, {"en"}, {"ar", "en"}]),
    st.sampled_from([None, {"pcode:T1A"}, {"x"}]),
)
def test_a_search_counts_what_it_does_not_know(
    pleas: list[Plea], languages: set[str] | None, areas: set[str] | None
) -> None:
    found, unknown = sought(pleas, languages=languages, areas=areas)
    for one in found:
        assert languages is None or one.language in languages
        assert areas is None or one.area in areas
    others = [one for one in pleas if one not in found]
    surely_not = [
        one
        for one in others
        if (languages and one.language not in {*languages, "und"})
        or (areas and one.area not in {*areas, None})
    ]
    assert unknown == len(others) - len(surely_not)
