"""The backtest as a whole: nothing that was not known by a day can change what is said on it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.evaluate import by_count, by_product, by_ranking, by_scan, by_zscore, onsets
from fanal.evaluate.study import Study, days_of, study
from fanal.evaluate.warning import Layers, measure
from fanal.facts import iraq
from fanal.model.area import AREA_SCHEMA
from fanal.model.error import InputError
from fanal.model.layer import DISPLACEMENT_SCHEMA, EVENTS_SCHEMA, POPULATION_SCHEMA
from fanal.risk.region import of_residents
from fanal.risk.watch import Watch
from fanal.settings import Risk

AREAS = tuple(f"pcode:{letter}" for letter in "ABCDE")
FIRST = date(2013, 1, 7)
RISK = replace(Risk(), replicates=99, baseline_weeks=8, window_weeks=3, max_share=0.4)


def areas() -> pa.Table:
    rows = [
        {"area": area, "level": 2, "name": area, "lon": 43.0 + n, "lat": 36.0, "country": "IQ"}
        for n, area in enumerate(AREAS)
    ]
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)


def population() -> pa.Table:
    rows = [{"area": area, "group": "residents", "year": 2014, "people": 1000} for area in AREAS]
    return pa.Table.from_pylist(rows, schema=POPULATION_SCHEMA)


def events(rows: list[tuple[int, int, int]]) -> pa.Table:
    """Return events of area, first day and length in days, counted from FIRST."""
    return pa.Table.from_pylist(
        [
            {
                "area": AREAS[area],
                "id": str(n),
                "start": FIRST + timedelta(days=day),
                "end": FIRST + timedelta(days=day + long),
                "violence": "one_sided",
                "precision": 1,
            }
            for n, (area, day, long) in enumerate(rows)
        ],
        schema=EVENTS_SCHEMA,
    )


def rounds(rows: list[tuple[int, int, int]]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "area": AREAS[area],
                "date": FIRST + timedelta(days=day),
                "families": 100,
                "places": 9,
                "places_growing": n,
            }
            for area, day, n in rows
        ],
        schema=DISPLACEMENT_SCHEMA,
    )


def dice(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def strengths(found: pa.Table, moved: pa.Table, last: date, delay: int) -> tuple[Study, list[np.ndarray]]:
    """Return what each method says of each week up to a day."""
    here = of_residents(areas(), population())
    past = study(found, areas=here.codes, last=last, delay_days=delay)
    how = Watch(baseline_weeks=8, window_weeks=3, replicates=99, stop_after=0, seed=1)
    common: dict[str, Any] = {"first_row": 0, "dice": dice, "progress": lambda: None}
    return past, [
        by_scan.strength(past, zones=here.zones(0.4), weight=here.weight, how=how, **common),
        *by_product.strengths(
            past,
            here,
            displacement=moved,
            risk=replace(RISK, event_delay_days=delay, displacement_delay_days=delay + 7),
            **common,
        ).values(),
        by_count.strength(past.counts, window_weeks=4),
        by_zscore.strength(past.counts, window_weeks=2, baseline_weeks=6),
        by_ranking.strength(past.counts),
    ]


ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 140), st.integers(0, 20)), min_size=1, max_size=40
)


@settings(max_examples=25)
@given(ROWS, ROWS, ROWS, ROWS, st.integers(20, 130), st.sampled_from([0, 5, 14, 28]))
def test_nothing_that_became_known_later_changes_what_was_said(
    rows: list[tuple[int, int, int]],
    other: list[tuple[int, int, int]],
    moved: list[tuple[int, int, int]],
    moved_other: list[tuple[int, int, int]],
    day: int,
    delay: int,
) -> None:
    """Two histories that agree in what ended, and was reported, by a day agree in every strength up to it."""
    # One early event in both, so that both begin in the same week.
    shared = [(0, 0, 0), *(row for row in rows if row[1] + row[2] + delay <= day)]
    one = events([*shared, *(row for row in rows if row[1] + row[2] + delay > day)])
    two = events([*shared, *(row for row in other if row[1] + row[2] + delay > day)])
    shared_rounds = [(0, 0, 1), *(row for row in moved if row[1] + delay + 7 <= day)]
    rounds_one = rounds([*shared_rounds, *(row for row in moved if row[1] + delay + 7 > day)])
    rounds_two = rounds([*shared_rounds, *(row for row in moved_other if row[1] + delay + 7 > day)])
    last = FIRST + timedelta(days=200)
    past, found = strengths(one, rounds_one, last, delay)
    _, changed = strengths(two, rounds_two, last, delay)
    upto = int(np.searchsorted(past.as_of, days_of(FIRST) + day, side="right"))
    for mine, theirs in zip(found, changed, strict=True):
        np.testing.assert_array_equal(mine[:upto], theirs[:upto])


def test_what_is_said_of_a_week_does_not_depend_on_the_last_week_that_is_replayed() -> None:
    rows = [(n % 5, 3 * n, 0) for n in range(40)]
    past, found = strengths(events(rows), rounds([(1, 30, 3)]), FIRST + timedelta(days=80), 14)
    _, longer = strengths(events(rows), rounds([(1, 30, 3)]), FIRST + timedelta(days=150), 14)
    for mine, theirs in zip(found, longer, strict=True):
        np.testing.assert_array_equal(mine, theirs[: len(past.weeks)])


def small(rows: list[tuple[int, int, int]], **changed: Any) -> dict[str, Any]:
    layers = Layers(areas=areas(), events=events(rows), displacement=None, population=population())
    onset = onsets.Onset(
        name="A town", area="pcode:B", date=FIRST + timedelta(days=500), what="An attack.", sources=("Us",)
    )
    asked: dict[str, Any] = {
        "onsets": [onset],
        "first": FIRST + timedelta(days=400),
        "last": FIRST + timedelta(days=560),
        "risk": RISK,
        "dice": dice,
        "progress": lambda _done, _total: None,
    }
    return measure(layers, **(asked | changed))


BURST = [(n % 5, 10 * n, 0) for n in range(56)] + [(1, 470 + n, 0) for n in range(40)]


def test_a_rise_before_an_onset_is_seen_and_the_same_dice_say_the_same() -> None:
    found = small(BURST)
    assert found == small(BURST)
    told = found["onsets"][0]
    assert set(told["lead_days"]) == set(found["methods"])
    assert 1 <= told["lead_days"]["count"] <= 30 - 14
    assert 0.2 <= told["coverage_that_day"]["count"] <= 1  # of five districts one at least
    figures = found["methods"]["count"]["events"]
    assert figures["true"] + figures["false"] + figures["unjudged"] == figures["warnings"]
    assert found["methods"]["scan"]["onsets_under_standing_warning"] in {0, 1}
    assert "displacement" not in found["outcomes"]


def test_an_onset_outside_the_weeks_is_left_out() -> None:
    assert small(BURST, first=FIRST + timedelta(days=520))["onsets"] == []


def test_progress_ends_at_its_total() -> None:
    seen: list[tuple[int, int]] = []
    small(BURST, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][0] == seen[-1][1]


def test_weeks_without_a_known_event_are_refused_in_one_sentence() -> None:
    with pytest.raises(InputError, match="No conflict event is known"):
        small(BURST, first=date(2001, 1, 1), last=date(2002, 1, 1))


def test_the_onsets_that_ship_are_dated_sourced_and_in_districts_that_are_scanned() -> None:
    listed = onsets.read()
    here = of_residents(
        iraq.areas(), next(layer.table for layer in iraq.layers() if layer.kind.value == "population")
    )
    assert len(listed) >= 8
    assert len({onset.name for onset in listed}) == len(listed)
    assert len({(onset.area, onset.date) for onset in listed}) == len(listed)
    assert [onset.date for onset in listed] == sorted(onset.date for onset in listed)
    for onset in listed:
        assert onset.area in here.codes
        assert date(2013, 12, 30) <= onset.date <= date(2016, 1, 3)
        assert onset.what.endswith(".")
        assert onset.sources
    assert pc.is_in(pa.scalar("pcode:IQG15Q07"), pa.array([onset.area for onset in listed])).as_py()
