"""Hours are those that dateutil gives for the same rule, at any moment and in any zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.help.conftest import OPENINGS, ZONE, opening
from tests.help.rows import row, uid
from tests.help.slow_match import open_at

from fanal.help.entry import services
from fanal.help.hours import Hours
from fanal.help.verdict import Verdict
from fanal.model.directory import Directory
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


@pytest.mark.parametrize(
    "rule",
    [
        {"byday": "2MO"},
        {"bymonthday": "5"},
        {"freq": "WEEKLY", "bymonthday": "5"},
        {"freq": "WEEKLY", "byday": "MO", "byweekno": "2"},
        {"freq": "MONTHLY", "byyearday": "5"},
        {"freq": "WEEKLY", "byday": "MO", "count": 3},
    ],
)
def test_a_rule_that_is_neither_weekly_nor_monthly_says_its_words_alone(rule: dict[str, object]) -> None:
    one = row(
        "schedule", "odd", opens_at="09:00", closes_at="17:00", description="Ask", service_id=uid("s"), **rule
    )
    (record,) = services(Directory([row("service", "s", name="S", status="active"), one]), "list")
    assert record.openings[0].said == "Ask"
    week = [datetime(2026, 1, day, 10, tzinfo=UTC) for day in range(5, 12)]
    hours = Hours([record.openings])
    assert {hours.at(moment, zone=UTC).item() for moment in week} == {Verdict.UNKNOWN}


def test_a_rule_begins_and_ends_where_one_of_two_columns_says() -> None:
    def open_on(**rule: object) -> list[int]:
        one = row("schedule", "h", opens_at="09:00", closes_at="17:00", service_id=uid("s"), **rule)
        (record,) = services(Directory([row("service", "s", name="S", status="active"), one]), "list")
        hours = Hours([record.openings])
        days = range(1, 10)
        return [
            day for day in days if hours.at(datetime(2026, 1, day, 10, tzinfo=UTC), zone=UTC) == [Verdict.YES]
        ]

    assert open_on(dtstart="2026-01-03", until="2026-01-05") == [3, 4, 5]
    assert open_on(dtstart="2026-01-03", valid_from="2026-01-04", valid_to="2026-01-06") == [4, 5, 6]
    assert open_on(valid_from="2026-01-02", valid_to="2026-01-08", until="2026-01-03") == [2, 3]
