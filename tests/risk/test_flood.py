"""Floods: a hotspot of new accounts is flagged, and one of people who are new everywhere is not."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.cli.dice import generator
from fanal.model.estimate import CONTRIBUTION_SCHEMA
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.risk.flood import LEAST_AUTHORS, answers, mark

WEEK = date(2014, 8, 4)
LATER = WEEK + timedelta(weeks=1)


def hotspots(*rows: tuple[list[str], date, date]) -> pa.Table:
    numbers = {"observed": 9, "expected": 1.0, "relative_risk": 9.0, "llr": 9.0, "p_value": 0.001}
    full = [
        {"family": "distress", "as_of": end, "start": start, "end": end, "rank": 1, "areas": areas, **numbers}
        | {"recurrence_weeks": 500.0, "replicates": 999}
        for areas, start, end in rows
    ]
    return pa.Table.from_pylist(full, schema=HOTSPOT_SCHEMA)


def stream(*parts: tuple[str, date, int, float, str]) -> tuple[pa.Table, pa.Table]:
    """Return contributions and answers of (area, week, authors, share of new, category), each with its volume."""
    rows, told, who = [], [], 0
    for area, week, authors, share, category in parts:
        for number in range(authors):
            who += 1
            rows += [(week, who, area, category), (week, who, area, "volume")]
            told.append((week, who, number < share * authors))
    contributions = [dict(zip(CONTRIBUTION_SCHEMA.names, row, strict=True)) for row in rows]
    answers = {"week": pa.date32(), "pseudonym": pa.uint64(), "new": pa.bool_()}
    columns = [
        pa.array(column, kind) for column, kind in zip(zip(*told, strict=True), answers.values(), strict=True)
    ]
    return pa.Table.from_pylist(contributions, schema=CONTRIBUTION_SCHEMA), pa.table(
        columns, names=list(answers)
    )


def marked(found: pa.Table) -> list[tuple[float | None, bool | None]]:
    return list(zip(found["new_share"].to_pylist(), found["flood"].to_pylist(), strict=True))


def test_a_hotspot_of_accounts_that_nobody_saw_before_is_flagged():
    contributions, told = stream(
        ("A", WEEK, 40, 0.9, "need"), ("B", WEEK, 40, 0.2, "plea"), ("C", WEEK, 200, 0.2, "volume")
    )
    found = mark(
        hotspots((["A"], WEEK, WEEK), (["B"], WEEK, WEEK)), answers(contributions, told), flipped=0.0
    )
    assert found.schema.equals(HOTSPOT_SCHEMA)
    assert marked(found) == [(0.9, True), (0.2, False)]


def test_where_most_are_new_everywhere_being_new_says_nothing():
    contributions, told = stream(("A", WEEK, 40, 0.8, "need"), ("C", WEEK, 200, 0.75, "volume"))
    assert marked(mark(hotspots((["A"], WEEK, WEEK)), answers(contributions, told), flipped=0.0)) == [
        (0.8, False)
    ]


def test_only_the_hotspots_own_weeks_areas_and_family_count():
    contributions, told = stream(
        ("A", WEEK, 20, 1.0, "need"),
        ("A", LATER, 20, 0.0, "need"),
        ("A", WEEK, 20, 0.0, "offer"),
        ("B", WEEK, 20, 0.0, "need"),
        ("C", WEEK, 50, 0.0, "volume"),
        ("C", LATER, 50, 0.0, "volume"),
    )
    found = mark(
        hotspots((["A"], WEEK, WEEK), (["A"], WEEK, LATER), (["A", "B"], WEEK, WEEK)),
        answers(contributions, told),
        flipped=0.0,
    )
    assert [share for share, _ in marked(found)] == [1.0, 0.5, 0.5]


def test_an_author_with_two_categories_counts_once():
    contributions, told = stream(("A", WEEK, 20, 0.5, "need"), ("C", WEEK, 50, 0.0, "volume"))
    plea = contributions.filter(pa.compute.equal(contributions["category"], "need")).slice(0, 10)
    at = plea.schema.get_field_index("category")
    plea = plea.set_column(at, plea.schema.field(at), pa.array(["plea"] * 10))
    both = pa.concat_tables([contributions, plea])
    assert marked(mark(hotspots((["A"], WEEK, WEEK)), answers(both, told), flipped=0.0)) == [(0.5, False)]


def test_of_few_or_unknown_authors_nothing_is_said():
    contributions, told = stream(("A", WEEK, LEAST_AUTHORS - 1, 1.0, "need"), ("C", WEEK, 50, 0.0, "volume"))
    spot = hotspots((["A"], WEEK, WEEK))
    assert marked(mark(spot, answers(contributions, told), flipped=0.0)) == [(None, None)]
    contributions, told = stream(("A", WEEK, 40, 1.0, "need"), ("C", WEEK, 50, 0.0, "volume"))
    assert marked(mark(spot, answers(contributions, told.slice(21)), flipped=0.0)) == [(None, None)]
    assert marked(mark(spot, answers(contributions, told.slice(0, 40)), flipped=0.0)) == [(1.0, None)]
    assert marked(mark(spot, answers(contributions, told.slice(0, 0)), flipped=0.0)) == [(None, None)]
    none = mark(HOTSPOT_SCHEMA.empty_table(), answers(contributions, told), flipped=0.1)
    assert none.equals(HOTSPOT_SCHEMA.empty_table())
    empty = mark(
        HOTSPOT_SCHEMA.empty_table(), answers(contributions.slice(0, 0), told.slice(0, 0)), flipped=0.1
    )
    assert len(empty) == 0


@given(st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.25]), st.integers(0, 2**32))
def test_turned_answers_give_the_share_back(share, flipped, seed):
    contributions, told = stream(("A", WEEK, 3000, share, "need"), ("C", WEEK, 50, 0.0, "volume"))
    turned = generator(seed).random(len(told)) < flipped
    told = told.set_column(2, "new", pa.array(told["new"].to_numpy() ^ turned))
    ((found, _),) = marked(mark(hotspots((["A"], WEEK, WEEK)), answers(contributions, told), flipped=flipped))
    assert found == pytest.approx(np.ceil(share * 3000) / 3000, abs=0.1)


def test_answers_that_tell_nothing_are_refused():
    contributions, told = stream(("A", WEEK, 40, 1.0, "need"))
    with pytest.raises(ValueError, match=r"below 0\.5"):
        mark(hotspots((["A"], WEEK, WEEK)), answers(contributions, told), flipped=0.5)
