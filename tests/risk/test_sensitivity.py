"""Rank intervals: what the weights decide and what they do not."""

import time
from datetime import date
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fanal.cli.dice import generator
from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.group import Group
from fanal.risk.index_parts import PARTS, TOP, Dimension
from fanal.risk.sensitivity import CONCENTRATION, TOP_RANKS, Weights, ranks, weights, with_ranks

PARTS_OF = {group: [part for part in PARTS if group in part.weights] for group in Group}


def table(*rows: tuple[str, date, list[float | None]], group: Group = Group.RESIDENTS) -> pa.Table:
    """Return an index from (area, week, scaled parts); it is null where no part is known."""
    full = []
    for area, week, scaled in rows:
        parts = [
            {
                "name": part.name,
                "dimension": part.dimension.value,
                "raw": None,
                "unit": part.unit,
                "scaled": s,
                "share": None,
            }
            for part, s in zip(PARTS_OF[group], scaled, strict=True)
        ]
        known = any(s is not None for s in scaled)
        row = {"area": area, "group": group.value, "week": week, "parts": parts, "missing": []}
        full.append(row | {"index": 5.0 if known else None})
    return pa.Table.from_pylist(full, schema=INDEX_SCHEMA)


WEEK = date(2014, 8, 4)
NO_SHIFT = np.zeros((30, 7), np.int64)


def slow_scores(row: list[float], group: Group, drawn: Weights) -> list[float]:
    """Return the index of complete parts in each draw, with plain loops."""
    scores = []
    for draw in range(drawn.within.shape[1]):
        score = 1.0
        for number, dimension in enumerate(Dimension):
            own = [p for p, part in enumerate(PARTS_OF[group]) if part.dimension is dimension]
            mean = sum(row[p] * float(drawn.within[p, draw]) for p in own)
            score *= mean ** float(drawn.between[number, draw])
        scores.append(score)
    return scores


@given(
    st.lists(st.lists(st.integers(0, 10), min_size=7, max_size=7), min_size=1, max_size=5),
    st.integers(0, 2**32),
)
def test_ranks_are_those_of_the_slow_ones(rows, seed):
    draws = 4
    drawn = weights(Group.RESIDENTS, draws=draws, rng=generator(seed))
    scores = [slow_scores(row, Group.RESIDENTS, drawn) for row in rows]
    gaps = [
        abs(one[draw] - two[draw])
        for (one, row), (two, other) in combinations(zip(scores, rows, strict=True), 2)
        for draw in range(draws)
        if row != other and max(one[draw], two[draw]) > 0
    ]
    assume(min(gaps, default=1) > 0.002)  # nearer ones may round to the same index
    slow = [[1 + sum(other[d] > own[d] + 0.001 for other in scores) for d in range(draws)] for own in scores]
    fast = ranks(np.array(rows, np.float64), drawn, NO_SHIFT[: len(rows)])
    assert fast.low.tolist() == [min(own) for own in slow]
    assert fast.high.tolist() == [max(own) for own in slow]
    assert fast.top.tolist() == [sum(score > 0.0005 for score in own) / draws for own in scores]


@pytest.mark.parametrize("group", list(Group))
def test_weights_are_drawn_around_the_chosen_ones_and_add_up(group):
    drawn = weights(group, draws=4000, rng=generator(3))
    assert drawn.between.sum(axis=0) == pytest.approx(1, abs=1e-5)
    assert drawn.between.mean(axis=1) == pytest.approx([1 / 3] * 3, abs=0.01)
    for dimension in Dimension:
        own = [n for n, part in enumerate(drawn.parts) if part.dimension is dimension]
        chosen = np.array([drawn.parts[n].weights[group] for n in own])
        share = chosen / chosen.sum()
        assert drawn.within[own].sum(axis=0) == pytest.approx(1, abs=1e-5)
        assert drawn.within[own].mean(axis=1) == pytest.approx(share, abs=0.01)
        assert drawn.within[own].var(axis=1) == pytest.approx(
            share * (1 - share) / (CONCENTRATION + 1), rel=0.15, abs=1e-9
        )


@given(st.lists(st.lists(st.floats(0, 9), min_size=7, max_size=7), min_size=1, max_size=20))
def test_who_is_highest_in_every_part_is_first_whatever_the_weights(rows):
    points = np.array([*rows, [TOP] * 7])
    found = ranks(points, weights(Group.RESIDENTS, draws=50, rng=generator(1)), NO_SHIFT[: len(points)])
    assert (found.low[-1], found.high[-1], found.top[-1]) == (1, 1, 1.0)


def test_what_is_missing_makes_the_interval_wide():
    even = np.tile(np.linspace(1, 9, 30)[:, None], (1, 7))
    drawn = weights(Group.RESIDENTS, draws=1000, rng=generator(1))
    sure = ranks(even, drawn, NO_SHIFT[:30])
    assert (sure.low == sure.high).all(), "the same in all parts: the weights do not matter"
    lacking = even.copy()
    lacking[15, [0, 4]] = np.nan
    unsure = ranks(lacking, drawn, NO_SHIFT[:30])
    assert unsure.high[15] - unsure.low[15] > 8
    assert sure.high[15] - sure.low[15] == 0


def test_areas_without_any_hazard_are_not_in_the_first_ten():
    points = np.zeros((20, 7))
    points[0] = 5.0
    found = ranks(points, weights(Group.RESIDENTS, draws=50, rng=generator(1)), NO_SHIFT[: len(points)])
    assert found.low.tolist() == [1] + [2] * 19
    assert found.top.tolist() == [1.0] + [0.0] * 19


def test_an_index_is_ranked_by_group_and_week_and_what_is_unknown_has_no_rank():
    later = date(2014, 8, 11)
    rows = [("A", WEEK, [9.0] * 7), ("B", WEEK, [1.0] * 7), ("C", WEEK, [None] * 7), ("B", later, [1.0] * 7)]
    children = table(("B", WEEK, [1.0] * 8), group=Group.CHILDREN)
    both = pa.concat_tables([table(*rows), children])
    found = with_ranks(both, draws=200, rng=generator(1))
    assert found.schema.equals(INDEX_SCHEMA)
    assert found["rank_low"].to_pylist() == [1, 2, None, 1, 1]
    assert found["rank_high"].to_pylist() == [1, 2, None, 1, 1]
    assert found["top_ten"].to_pylist() == [1.0, 1.0, None, 1.0, 1.0]
    assert with_ranks(both, draws=200, rng=generator(1)).equals(found)
    assert with_ranks(both, draws=0, rng=generator(1)).equals(both)
    assert len(with_ranks(INDEX_SCHEMA.empty_table(), draws=9, rng=generator(1))) == 0


def test_what_is_missing_is_guessed_apart_in_each_area_and_alike_in_each_week():
    lacking = [9.0, None, 9.0, 9.0, None, 9.0, 9.0]
    weeks = [WEEK, date(2014, 8, 11)]
    rows = [(str(area), week, lacking) for week in weeks for area in range(30)]
    found = with_ranks(table(*rows), draws=500, rng=generator(1)).to_pylist()
    assert all(row["rank_low"] <= 3 and row["rank_high"] >= 27 for row in found), "none is like another"
    figures = [(row["rank_low"], row["rank_high"], row["top_ten"]) for row in found]
    assert figures[:30] == figures[30:]


def test_the_order_of_the_rows_changes_no_sure_rank():
    rows = [(str(n), WEEK, [float(n % 7 + 1)] * 7) for n in range(14)]
    forward = with_ranks(table(*rows), draws=50, rng=generator(1)).sort_by("area")
    backward = with_ranks(table(*rows[::-1]), draws=50, rng=generator(1)).sort_by("area")
    assert forward.equals(backward)


def test_a_country_of_districts_takes_less_than_two_seconds():
    dice = generator(4)
    points = dice.uniform(0, 10, (101, 7))
    points[dice.random((101, 7)) < 0.2] = np.nan
    drawn = weights(Group.RESIDENTS, draws=1000, rng=dice)
    start = time.process_time()
    found = ranks(points, drawn, dice.integers(1000, size=(101, 7)))
    assert time.process_time() - start < 2
    assert (found.low <= found.high).all()
    assert found.top.sum() == pytest.approx(TOP_RANKS, abs=0.5)
