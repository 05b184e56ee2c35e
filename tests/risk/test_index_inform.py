"""The index: what was known when, what is missing, and what the parts add up to."""

import time
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.model.area import AREA_SCHEMA
from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.group import Group
from fanal.model.layer import DISPLACEMENT_SCHEMA, EVENTS_SCHEMA, POPULATION_SCHEMA, SERVICES_SCHEMA
from fanal.model.week import weeks_between
from fanal.risk.index_inform import compose, measure
from fanal.risk.index_parts import PARTS, Dimension, scaled
from fanal.risk.layer_findings import groups_of

WEEK = date(2014, 8, 4)
AS_OF = date(2014, 8, 11)


def areas(*rows: tuple[str, str | None, int]) -> pa.Table:
    """Return areas from (code, parent, level)."""
    full = [{"area": code, "parent": parent, "level": level, "name": code} for code, parent, level in rows]
    return pa.Table.from_pylist(full, schema=AREA_SCHEMA)


AREAS = areas(
    ("IQ", None, 0), ("G1", "IQ", 1), ("D1", "G1", 2), ("D2", "G1", 2), ("G2", "IQ", 1), ("D3", "G2", 2)
)


def people(**residents: int) -> pa.Table:
    """Return residents of 2014 by area, half of them women and girls."""
    rows = [
        {"area": area, "group": group, "year": 2014, "people": number // part}
        for area, number in residents.items()
        for group, part in (("residents", 1), ("women_and_girls", 2))
    ]
    return pa.Table.from_pylist(rows, schema=POPULATION_SCHEMA)


PEOPLE = people(D1=300_000, D2=100_000, D3=100_000)


def events(*rows: tuple[str, date, str, int]) -> pa.Table:
    """Return events from (area, end, violence, precision), after two that open and close the layer's cover."""
    cover = [("none", date(2010, 1, 1), "other", 5), ("none", date(2016, 1, 1), "other", 5)]
    full = [
        {
            "area": area,
            "id": str(n),
            "start": end,
            "end": end,
            "violence": kind,
            "deaths": None,
            "precision": precision,
        }
        for n, (area, end, kind, precision) in enumerate([*rows, *cover])
    ]
    return pa.Table.from_pylist(full, schema=EVENTS_SCHEMA)


def rounds(*rows: tuple[str, date, int | None, int | None, int | None]) -> pa.Table:
    """Return displacement rounds."""
    return pa.Table.from_pylist(
        [dict(zip(DISPLACEMENT_SCHEMA.names, row, strict=True)) for row in rows], schema=DISPLACEMENT_SCHEMA
    )


def present(*rows: tuple[str, str, int, date | None]) -> pa.Table:
    """Return agencies by area and sector."""
    return pa.Table.from_pylist(
        [dict(zip(SERVICES_SCHEMA.names, row, strict=True)) for row in rows], schema=SERVICES_SCHEMA
    )


def index(**changed: object) -> pa.Table:
    """Measure one week with all layers empty but those given."""
    given = {
        "areas": AREAS,
        "events": None,
        "displacement": None,
        "population": PEOPLE,
        "services": None,
        "weeks": [WEEK],
        "event_delay_days": 14,
        "displacement_delay_days": 14,
        "groups": [Group.RESIDENTS],
    }
    return measure(**(given | changed))  # type: ignore[arg-type]


def raw(table: pa.Table, area: str, name: str) -> float | None:
    """Return the raw value of a part in the only row of an area."""
    (row,) = [row for row in table.to_pylist() if row["area"] == area]
    (part,) = [part for part in row["parts"] if part["name"] == name]
    return part["raw"]


def test_an_event_enters_on_the_day_it_is_known_and_leaves_after_twelve_weeks():
    for end, known in (
        (AS_OF - timedelta(14), True),
        (AS_OF - timedelta(13), False),
        (AS_OF - timedelta(14 + 83), True),
        (AS_OF - timedelta(14 + 84), False),
    ):
        found = index(events=events(("D2", end, "one_sided", 1)))
        assert raw(found, "D2", "conflict_events") == pytest.approx(1.0 if known else 0.0), end
        assert raw(found, "D2", "one_sided_violence") == pytest.approx(1.0 if known else 0.0), end
        assert raw(found, "D1", "conflict_events") == 0.0


def test_what_happens_later_changes_nothing():
    past = [("D1", AS_OF - timedelta(20), "state_based", 1)]
    later = [("D1", AS_OF - timedelta(5), "one_sided", 1), ("G1", AS_OF + timedelta(50), "one_sided", 4)]
    before = rounds(("D1", AS_OF - timedelta(30), 500, 10, 2))
    after = rounds(("D1", AS_OF - timedelta(30), 500, 10, 2), ("D1", AS_OF - timedelta(3), 90_000, 10, 10))
    assert index(events=events(*past), displacement=before).equals(
        index(events=events(*past, *later), displacement=after)
    )


def test_an_event_known_to_the_governorate_is_shared_by_residents():
    day = AS_OF - timedelta(20)
    for code in ("G1", "D1"):
        found = index(events=events((code, day, "state_based", 4)))
        assert raw(found, "D1", "conflict_events") == pytest.approx(0.75 / 3)
        assert raw(found, "D2", "conflict_events") == pytest.approx(0.25 / 1)
        assert raw(found, "D3", "conflict_events") == 0.0
    found = index(events=events(("D1", day, "state_based", 5)))
    assert raw(found, "D1", "conflict_events") == 0.0


def test_a_governorate_without_districts_keeps_its_vague_events():
    alone = areas(("IQ", None, 0), ("G1", "IQ", 1), ("G2", "IQ", 1))
    found = index(
        areas=alone,
        population=people(G1=100_000, G2=100_000),
        events=events(("G1", WEEK - timedelta(20), "other", 4)),
    )
    assert raw(found, "G1", "conflict_events") == pytest.approx(1.0)
    assert raw(found, "G2", "conflict_events") == 0.0


def test_the_trend_sets_four_weeks_against_the_eight_before():
    recent = [("D2", AS_OF - timedelta(15), "state_based", 1)] * 4
    older = [("D2", AS_OF - timedelta(14 + 40), "state_based", 1)] * 4
    found = index(events=events(*recent, *older))
    assert raw(found, "D2", "conflict_trend") == pytest.approx(4 / 4 - 4 / 8)


def test_a_layer_that_does_not_cover_the_weeks_is_missing_and_not_zero():
    found = index(events=events(), weeks=[date(2019, 8, 5)]).to_pylist()
    assert all(
        {"conflict_events", "one_sided_violence", "conflict_trend"} <= set(row["missing"]) for row in found
    )


def test_small_and_uncounted_areas_have_no_row():
    found = index(population=people(D1=999, D2=1000))
    assert found["area"].to_pylist() == ["D2"]
    assert index(population=None).num_rows == 0


def test_a_blanked_cell_stays_missing_and_a_stale_round_becomes_missing():
    blanked = rounds(("D1", date(2014, 7, 1), None, None, None), ("D2", date(2014, 4, 1), 400, 10, 3))
    found = index(displacement=blanked)
    assert raw(found, "D1", "displaced_families") is None
    assert raw(found, "D2", "displaced_families") is None
    assert raw(
        index(displacement=rounds(("D2", date(2014, 7, 1), 400, 10, 3))), "D2", "arrivals"
    ) == pytest.approx(0.3)


def test_nothing_known_is_null_between_its_bounds():
    (row, *_) = index().to_pylist()
    assert (row["index"], row["hazard"], row["coping"]) == (None, None, None)
    assert (row["low"], row["high"]) == (0.0, 10.0)
    assert len(row["missing"]) == len([part for part in PARTS if Group.RESIDENTS in part.weights])


def test_nobody_on_a_known_list_is_the_highest_lack_of_coping():
    (one, *_) = index(services=present(("D2", "health", 3, None))).to_pylist()
    assert one["area"] == "D1"
    assert one["coping"] == 10.0
    assert "undated" in one["parts"][-1]["unit"]


def test_services_are_not_known_before_their_date():
    dated = present(("D2", "health", 3, date(2014, 8, 12)))
    assert raw(index(services=dated), "D2", "agencies") is None
    assert raw(index(services=dated, weeks=[date(2014, 8, 11)]), "D2", "agencies") == pytest.approx(3.0)


def test_population_is_of_the_newest_year_up_to_the_week():
    years = [(2013, 1_000), (2014, 2_000), (2015, 4_000)]
    rows = [{"area": "D1", "group": "residents", "year": y, "people": n} for y, n in years]
    table = pa.Table.from_pylist(rows, schema=POPULATION_SCHEMA)
    day = rounds(*(("D1", date(year, 6, 1), 400, 10, 3) for year in (2012, 2014, 2015)))
    weeks = [date(2012, 6, 18), date(2014, 6, 16), date(2015, 6, 15)]
    found = index(population=table, displacement=day, weeks=weeks).to_pylist()
    assert [row["parts"][4]["raw"] for row in found] == [400.0, 200.0, 100.0]


@pytest.mark.parametrize(
    ("group", "part", "per"),
    [
        (Group.CHILDREN, "children_share", 1),
        (Group.RETURNEES, "returnees_rate", 1000),
        (Group.MIGRANT_WORKERS, "migrant_workers_rate", 1000),
        (Group.CAMP_RESIDENTS, "camp_residents_rate", 1000),
    ],
)
def test_a_group_has_rows_only_where_enough_of_it_were_counted(group: Group, part: str, per: int):
    counted = [("D1", 90_000), ("D2", 59)]
    rows = [{"area": a, "group": group.value, "year": 2014, "people": n} for a, n in counted]
    both = pa.concat_tables([PEOPLE, pa.Table.from_pylist(rows, schema=POPULATION_SCHEMA)])
    found = index(population=both, groups=[group])
    assert found["area"].to_pylist() == ["D1"]
    assert raw(found, "D1", part) == pytest.approx(per * 0.3)
    assert len(index(groups=[group])) == 0
    assert groups_of(displacement=None, population=both) == tuple(
        one for one in Group if one in {group, Group.RESIDENTS, Group.WOMEN_AND_GIRLS}
    )


def test_weeks_may_come_in_any_order():
    weeks = weeks_between(date(2014, 3, 3), date(2014, 9, 1))
    given = {
        "events": events(("D1", date(2014, 5, 5), "one_sided", 1)),
        "displacement": rounds(("D1", date(2014, 5, 5), 30, 3, 1), ("D1", date(2014, 7, 5), 60, 3, 1)),
    }
    forward = index(weeks=weeks, **given).sort_by([("area", "ascending"), ("week", "ascending")])
    backward = index(weeks=weeks[::-1], **given).sort_by([("area", "ascending"), ("week", "ascending")])
    assert forward.equals(backward)


@pytest.mark.parametrize(
    "wrong",
    [{"weeks": [date(2014, 8, 5)]}, {"event_delay_days": -1}],
)
def test_what_cannot_be_measured_raises(wrong: dict[str, object]):
    with pytest.raises(ValueError, match=r"Monday|delay"):
        index(**wrong)


@given(
    st.lists(st.lists(st.one_of(st.none(), st.floats(0, 10)), min_size=5, max_size=5), min_size=1, max_size=8)
)
def test_composition_is_bounded_and_shares_add_up(rows: list[list[float | None]]):
    points = np.array([[np.nan if p is None else p for p in row] for row in rows])
    weights = np.array([0.5, 0.5, 0.4, 0.6, 2.0])
    kinds = [
        Dimension.HAZARD,
        Dimension.HAZARD,
        Dimension.VULNERABILITY,
        Dimension.VULNERABILITY,
        Dimension.COPING,
    ]
    found = compose(points, weights, kinds)
    for row in range(len(points)):
        slow = _slow(points[row], weights, kinds)
        assert np.isnan(found["index"][row]) == (slow is None)
        if slow is not None:
            assert found["index"][row] == pytest.approx(slow, abs=1e-9)
            assert found["low"][row] <= slow + 1e-9
            assert found["high"][row] >= slow - 1e-9
            assert np.nansum(found["share"][row]) == pytest.approx(1.0)
            assert (np.isnan(found["share"][row]) == np.isnan(points[row])).all()


def _slow(points: np.ndarray, weights: np.ndarray, kinds: list[Dimension]) -> float | None:
    """Compose one row with plain loops."""
    scores = []
    for dimension in Dimension:
        own = [
            (w, p)
            for w, p, k in zip(weights, points, kinds, strict=True)
            if k is dimension and not np.isnan(p)
        ]
        if own:
            scores.append(sum(w * p for w, p in own) / sum(w for w, _ in own))
    return float(np.prod(scores)) ** (1 / len(scores)) if scores else None


def test_scales_run_from_0_to_10_between_their_ends():
    for part in PARTS:
        ends = scaled(np.array([part.least, part.most, np.nan]), part)
        assert ends[:2].tolist() == [0.0, 10.0]
        assert np.isnan(ends[2])
    for group in Group:
        for dimension in Dimension:
            weight = [p.weights[group] for p in PARTS if p.dimension is dimension and group in p.weights]
            assert sum(weight) == pytest.approx(1.0)


def test_two_years_of_a_country_take_less_than_two_seconds():
    rng = np.random.Generator(np.random.PCG64(1))
    codes = [f"D{n}" for n in range(101)]
    country = areas(
        *((f"G{n}", None, 1) for n in range(18)), *((c, f"G{n % 18}", 2) for n, c in enumerate(codes))
    )
    weeks = weeks_between(date(2014, 1, 1), date(2015, 12, 20))
    days = [date(2013, 6, 1) + timedelta(int(d)) for d in rng.integers(0, 940, 6000)]
    many = events(*((codes[n % 101], day, "one_sided", 1 + n % 4) for n, day in enumerate(days)))
    moved = rounds(*((c, date(2014, 1, 1) + timedelta(20 * n), 50, 10, 2) for c in codes for n in range(34)))
    helped = present(*((c, s, 2, None) for c in codes[:60] for s in ("health", "shelter")))
    start = time.process_time()
    table = index(
        areas=country,
        events=many,
        displacement=moved,
        services=helped,
        population=people(**dict.fromkeys(codes, 300_000)),
        weeks=weeks,
        groups=[Group.RESIDENTS, Group.DISPLACED, Group.WOMEN_AND_GIRLS],
    )
    seconds = time.process_time() - start
    assert table.num_rows == 101 * len(weeks) * 3
    assert table.schema.equals(INDEX_SCHEMA)
    table.validate(full=True)
    assert seconds < 2, f"{seconds:.2f} s"
