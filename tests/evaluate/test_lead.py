"""Lead times: what stood at an onset, since when, and what does not count as ahead."""

from datetime import date, timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fanal.evaluate.lead import LONGEST_DAYS, Lead, alarms, measure
from fanal.model.hotspot import HOTSPOT_SCHEMA

ONSET = date(2014, 8, 3)


def ago(*days: int) -> list[date]:
    return [ONSET - timedelta(days=n) for n in days]


def test_no_alarm_is_no_lead() -> None:
    assert measure([], ONSET) == Lead(since=None, days=None, first_within_90=None, first_after=None)


def test_the_day_before_is_one_day_and_the_day_itself_is_too_late() -> None:
    assert measure(ago(1), ONSET).days == 1
    same = measure(ago(0), ONSET)
    assert (same.days, same.first_after) == (None, ONSET)


def test_an_alarm_after_the_onset_is_no_lead() -> None:
    late = measure(ago(-14), ONSET)
    assert (late.days, late.since, late.first_after) == (None, None, ONSET + timedelta(days=14))
    assert late.told == late.first_after


def test_a_lead_runs_from_the_first_alarm_of_the_episode() -> None:
    found = measure(ago(70, 35, 21, 7), ONSET)
    assert (found.days, found.since) == (35, ago(35)[0])
    assert found.first_within_90 == ago(70)[0]


def test_twenty_eight_days_hold_an_episode_together_and_one_more_do_not() -> None:
    assert measure(ago(56, 28), ONSET).days == 56
    assert measure(ago(57, 28), ONSET).days == 28
    assert measure(ago(29), ONSET).days is None


def test_a_perpetual_alarm_has_no_lead() -> None:
    found = measure(ago(*range(0, 365, 7)), ONSET)
    assert found.days is None
    assert found.since == ago(364)[0]
    assert measure(ago(*range(6, LONGEST_DAYS + 1, 7)), ONSET).days == LONGEST_DAYS


@given(st.sets(st.integers(-60, 200)))
def test_leads_agree_with_a_walk_day_by_day(days: set[int]) -> None:
    found = measure(ago(*days), ONSET)
    since, quiet = None, 0
    for day in range(200, 0, -1):  # from long ago to the day before the onset
        quiet = 0 if day in days else quiet + 1
        if quiet >= 28:  # nothing for 28 days: what stood has ended
            since = None
        elif day in days and since is None:
            since = day
    assert found.since == (None if since is None else ago(since)[0])
    assert found.days == (since if since is not None and since <= LONGEST_DAYS else None)


def test_alarms_of_hotspots_are_the_alerts_over_an_area() -> None:
    rows = [
        {
            "family": "conflict",
            "as_of": as_of,
            "start": as_of,
            "end": as_of,
            "rank": 1,
            "areas": areas,
            "observed": 1,
            "expected": 0.1,
            "relative_risk": 10.0,
            "llr": 3.0,
            "p_value": 0.001,
            "recurrence_weeks": recurrence,
            "replicates": 999,
        }
        for as_of, areas, recurrence in (
            (date(2014, 7, 1), ["pcode:B", "pcode:C"], 100.0),
            (date(2014, 6, 1), ["pcode:C"], 100.0),
            (date(2014, 5, 1), ["pcode:A"], 51.9),
            (date(2014, 7, 20), ["pcode:A"], 52.0),
        )
    ]
    table = pa.Table.from_pylist(rows, schema=HOTSPOT_SCHEMA)
    found = alarms(table, areas={"pcode:A", "pcode:B"}, min_recurrence_weeks=52)
    assert found == [date(2014, 7, 1), date(2014, 7, 20)]
