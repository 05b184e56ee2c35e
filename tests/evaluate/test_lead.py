"""The lead is the first alert's, and is told as it is: also when it is negative or there is none."""

from datetime import date

import pyarrow as pa

from fanal.evaluate.lead import Lead, measure
from fanal.model.hotspot import HOTSPOT_SCHEMA

EVENT = date(2014, 8, 3)


def hotspots(*rows: tuple[date, list[str], float]) -> pa.Table:
    return pa.Table.from_pylist(
        [
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
            for as_of, areas, recurrence in rows
        ],
        schema=HOTSPOT_SCHEMA,
    )


def lead(table: pa.Table) -> Lead:
    return measure(table, areas={"pcode:A", "pcode:B"}, event=EVENT, min_recurrence_weeks=52)


def test_the_earliest_alert_that_covers_an_area_counts() -> None:
    table = hotspots(
        (date(2014, 7, 1), ["pcode:B", "pcode:C"], 100),
        (date(2014, 6, 1), ["pcode:C"], 100),
        (date(2014, 5, 1), ["pcode:A"], 51.9),
        (date(2014, 7, 20), ["pcode:A"], 52),
    )
    assert lead(table) == Lead(first_alert=date(2014, 7, 1), days_before=33)


def test_an_alert_that_came_too_late_has_a_negative_lead() -> None:
    assert lead(hotspots((date(2014, 8, 17), ["pcode:A"], 100))).days_before == -14


def test_no_alert_is_no_lead() -> None:
    assert lead(hotspots((date(2014, 7, 1), ["pcode:C"], 100))) == Lead(first_alert=None, days_before=None)
