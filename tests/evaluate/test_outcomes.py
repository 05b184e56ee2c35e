"""Outcomes: a rise above a district's own past, never what it always has; unknown where nothing says."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fanal.evaluate.outcomes import NO, UNKNOWN, YES, by_displacement, by_events
from fanal.evaluate.study import days_of
from fanal.model.layer import DISPLACEMENT_SCHEMA, EVENTS_SCHEMA

AREAS = ("pcode:A", "pcode:B")
FIRST = date(2010, 1, 1)
NOW = date(2012, 1, 1)


def events(*ends: int, area: str = "pcode:A", precision: int = 1) -> pa.Table:
    """Return events that ended so many days after NOW."""
    rows = [
        {
            "area": area,
            "id": str(n),
            "start": NOW + timedelta(days=end),
            "end": NOW + timedelta(days=end),
            "violence": "one_sided",
            "precision": precision,
        }
        for n, end in enumerate(ends)
    ]
    return pa.Table.from_pylist(rows, schema=EVENTS_SCHEMA)


def at_now(table: pa.Table, *, last: int = 100) -> list[int]:
    found = by_events(
        table,
        areas=AREAS,
        as_of=np.array([days_of(NOW)]),
        first=days_of(FIRST),
        last=days_of(NOW) + last,
    )
    return found[0].tolist()


def test_three_events_in_the_next_28_days_are_an_outcome_and_two_are_none() -> None:
    assert at_now(events(1, 14, 28)) == [YES, NO]
    assert at_now(events(1, 28)) == [NO, NO]
    assert at_now(events(0, 1, 29, 2)) == [NO, NO]  # today and the 29th day are outside


def test_a_district_that_always_has_as_many_has_no_outcome() -> None:
    always = [*range(-363, 1, 7), 1, 8, 15, 22]
    assert at_now(events(*always)) == [NO, NO]
    assert at_now(events(*always, 2, 3, 4, 5)) == [YES, NO]  # eight against four in an average 28 days


def test_what_is_known_only_to_a_governorate_is_left_out() -> None:
    assert at_now(events(1, 2, 3, precision=4)) == [NO, NO]


def test_without_a_year_before_or_28_days_after_the_outcome_is_unknown() -> None:
    assert at_now(events(1, 2, 3), last=27) == [UNKNOWN, UNKNOWN]
    early = by_events(
        events(), areas=AREAS, as_of=np.array([days_of(FIRST) + 300]), first=days_of(FIRST), last=days_of(NOW)
    )
    assert early.tolist() == [[UNKNOWN, UNKNOWN]]


@given(st.lists(st.tuples(st.integers(-500, 120), st.sampled_from(AREAS)), max_size=60))
def test_outcomes_by_events_agree_with_counting(rows: list[tuple[int, str]]) -> None:
    table = pa.concat_tables([events(day, area=area) for day, area in rows] or [events()])
    found = by_events(
        table,
        areas=AREAS,
        as_of=np.array([days_of(NOW) + n for n in (0, 30, 60)]),
        first=days_of(FIRST),
        last=days_of(NOW) + 90,
    )
    for row, at in enumerate((0, 30, 60)):
        for column, area in enumerate(AREAS):
            days = [day for day, where in rows if where == area]
            ahead = sum(at < day <= at + 28 for day in days)
            mean = sum(at - 364 < day <= at for day in days) / 13
            wanted = (YES if ahead >= 3 and ahead >= 2 * mean else NO) if at + 28 <= 90 else UNKNOWN
            assert found[row, column] == wanted


def moved(*rounds: tuple[int, int | None], area: str = "pcode:A") -> pa.Table:
    rows = [
        {"area": area, "date": NOW + timedelta(days=day), "families": families, "places": None}
        for day, families in rounds
    ]
    return pa.Table.from_pylist(rows, schema=DISPLACEMENT_SCHEMA)


def grows(*rounds: tuple[int, int | None]) -> int:
    found = by_displacement(
        moved(*rounds), areas=AREAS, as_of=np.array([days_of(NOW)]), last=days_of(NOW) + 60
    )
    assert found[0, 1] == UNKNOWN
    return int(found[0, 0])


def test_a_hundred_families_more_are_an_outcome() -> None:
    assert grows((-14, 500), (14, 600)) == YES
    assert grows((-14, 500), (14, 599)) == NO
    assert grows((-14, 500), (7, 600), (21, 550)) == YES
    assert grows((-14, None), (14, 100)) == YES


def test_growth_as_usual_is_no_outcome() -> None:
    assert grows((-56, 0), (-28, 200), (0, 400), (28, 600)) == NO
    assert grows((-56, 0), (-28, 200), (0, 400), (28, 800)) == YES


def test_without_a_round_on_either_side_the_outcome_is_unknown() -> None:
    assert grows((-14, 500)) == UNKNOWN
    assert grows((14, 500)) == UNKNOWN
    assert grows((-400, 10), (14, 500)) == UNKNOWN
    assert grows((-14, 500), (29, 900)) == UNKNOWN
