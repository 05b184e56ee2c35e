"""Layers that fall silent: an area whose reports stop, and one that drops out of the rounds."""

from datetime import date, timedelta

import pyarrow as pa
import pytest

from fanal.cli.dice import generator
from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.layer import DISPLACEMENT_SCHEMA, EVENTS_SCHEMA
from fanal.model.week import weeks_between
from fanal.risk.layer_silence import USUAL_ROUNDS, with_silences

FIRST = date(2014, 1, 6)
WEEKS = weeks_between(FIRST, FIRST + timedelta(weeks=79))
DELAY = 14


def index(areas: str, weeks: list[date]) -> pa.Table:
    rows = [
        {"area": area, "group": group, "week": week, "index": 1.0, "parts": [], "missing": []}
        for group in ("residents", "displaced")
        for area in areas
        for week in weeks
    ]
    return pa.Table.from_pylist(rows, schema=INDEX_SCHEMA)


def events(until: dict[str, int]) -> pa.Table:
    """Return about ten events a week in each area, up to a week of its own."""
    dice = generator(1)
    rows = []
    for area, last in until.items():
        for number, week in enumerate(WEEKS[:last]):
            for n in range(int(dice.poisson(10))):
                day = week + timedelta(int(dice.integers(7)))
                rows.append(
                    {"area": area, "id": f"{number}.{n}", "start": day, "end": day, "violence": "other"}
                )
    return pa.Table.from_pylist([row | {"precision": 1} for row in rows], schema=EVENTS_SCHEMA)


def rounds(present: dict[str, str]) -> pa.Table:
    """Return rounds every two weeks; x: in the round, b: its number is blanked, a dot: not in the round."""
    rows = []
    for area, marks in present.items():
        for number, mark in enumerate(marks):
            if mark != ".":
                families = 100 if mark == "x" else None
                rows.append({"area": area, "date": FIRST + timedelta(weeks=2 * number), "families": families})
    return pa.Table.from_pylist(rows, schema=DISPLACEMENT_SCHEMA)


def silent(found: pa.Table, area: str, layer: str) -> list[date]:
    """Return the weeks in which a layer was silent about an area; all groups say the same."""
    by_group = {
        group: [
            row["week"]
            for row in found.to_pylist()
            if (row["area"], row["group"]) == (area, group) and layer in row["silent"]
        ]
        for group in ("residents", "displaced")
    }
    assert by_group["residents"] == by_group["displaced"]
    return by_group["residents"]


def measured(areas: str, **given: object) -> pa.Table:
    chosen = {
        "events": None,
        "displacement": None,
        "event_delay_days": DELAY,
        "displacement_delay_days": DELAY,
        "baseline_weeks": 52,
        "false_a_year": 1.0,
    }
    found = with_silences(index(areas, WEEKS), **(chosen | given))  # type: ignore[arg-type]
    assert found.schema.equals(INDEX_SCHEMA)
    return found


def test_events_that_stop_are_a_silence_once_they_could_be_missed():
    found = measured("ABC", events=events({"A": 80, "B": 60, "C": 80}))
    weeks = silent(found, "B", "events")
    stopped = WEEKS[60]
    assert (
        stopped + timedelta(days=28 + DELAY)
        <= weeks[0] + timedelta(days=7)
        <= stopped + timedelta(days=63 + DELAY)
    )
    assert weeks == WEEKS[WEEKS.index(weeks[0]) :]
    assert silent(found, "A", "events") == silent(found, "C", "events") == []
    assert silent(found, "B", "displacement") == []


def test_what_comes_later_changes_nothing():
    whole = events({"A": 80, "B": 60, "C": 80})
    told = WEEKS[70] + timedelta(7 - DELAY)
    part = whole.filter(pa.compute.less(whole["end"], pa.scalar(told)))
    weeks = WEEKS[:71]
    known = [
        with_silences(
            index("ABC", weeks),
            events=table,
            displacement=None,
            event_delay_days=DELAY,
            displacement_delay_days=DELAY,
            baseline_weeks=52,
            false_a_year=1.0,
        )
        for table in (whole, part)
    ]
    assert known[0].equals(known[1])


def test_an_area_that_drops_out_of_the_rounds_is_silent_until_it_is_back():
    present = {
        "A": "xxxxxxxxxxxx",
        "B": "xxxxxx....xx",
        "C": "x.x.x.x.x.x.",
        "D": "xxxxbbbbbbbb",
        "E": "xxx.........",
    }
    assert USUAL_ROUNDS == 4
    found = measured("ABCDE", displacement=rounds(present))
    on = [FIRST + timedelta(weeks=2 * n, days=DELAY) for n in range(12)]
    weeks = silent(found, "B", "displacement")
    assert weeks == [week for week in WEEKS if on[6] <= week + timedelta(7) < on[10]]
    for area in "ACDE":
        assert silent(found, area, "displacement") == []


def test_without_layers_nothing_is_silent():
    found = measured("A", events=EVENTS_SCHEMA.empty_table(), displacement=DISPLACEMENT_SCHEMA.empty_table())
    assert set(map(tuple, found["silent"].to_pylist())) == {()}
    few = events({"A": 3})
    assert silent(measured("A", events=few), "A", "events") == []


@pytest.mark.parametrize("column", ["index", "low", "high"])
def test_a_silence_does_not_change_the_index(column):
    found = measured("AB", events=events({"A": 80, "B": 60}))
    assert found[column].equals(index("AB", WEEKS)[column])
