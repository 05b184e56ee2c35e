"""Hours are those that dateutil gives for the same rule, at any moment and in any zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.help.conftest import OPENINGS, ZONE, opening
from tests.help.slow_match import open_at

from fanal.help.hours import Hours
from fanal.help.verdict import Verdict
from fanal.model.service import Opening

MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2026, 3, 20), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))


@settings(max_examples=500)
@given(OPENINGS, MOMENTS, ZONES)
def test_an_opening_is_open_when_dateutil_says_so(one: Opening, moment: datetime, zone: timezone) -> None:
    assert Hours([(one,)]).at(moment, zone=zone).tolist() == [open_at(one, moment, zone)]


@given(st.lists(st.lists(OPENINGS, max_size=3), max_size=5), MOMENTS)
def test_one_opening_is_enough_and_doors_do_not_mix(doors: list[list[Opening]], moment: datetime) -> None:
    alone = [max((open_at(one, moment, ZONE) for one in door), default=Verdict.UNKNOWN) for door in doors]
    assert Hours(doors).at(moment, zone=ZONE).tolist() == alone


@given(st.lists(OPENINGS, min_size=1, max_size=6), st.lists(MOMENTS, min_size=12, max_size=30))
def test_what_is_kept_of_a_day_is_never_told_of_another(
    openings: list[Opening], moments: list[datetime]
) -> None:
    doors = [(one,) for one in openings]
    hours = Hours(doors)
    for moment in moments:
        assert hours.at(moment, zone=ZONE).tolist() == Hours(doors).at(moment, zone=ZONE).tolist()


@pytest.mark.parametrize("days", [("XX",), ("99MO",), ("",), ("MO;DROP",)])
def test_days_that_mean_nothing_are_never_open(days: tuple[str, ...]) -> None:
    week = [datetime(2026, 1, day, 9, tzinfo=UTC) for day in range(5, 12)]
    hours = Hours([(opening(days=days, monthly=True),)])
    assert {hours.at(moment, zone=UTC).item() for moment in week} == {Verdict.NO}
