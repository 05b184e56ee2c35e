"""The draw of a place: seeded, independent of order and of other authors, and true to its probabilities."""

import math
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.estimate import CONTRIBUTION_SCHEMA, COUNT_SCHEMA
from fanal.risk.author_weeks import count, grid
from fanal.risk.place_draw import PLACED_SCHEMA, cells, draw

WEEKS = [date(2014, 7, 28), date(2014, 8, 4), date(1969, 12, 1)]
Row = tuple[date, int, str, str, float]

rows_of_posts = st.lists(
    st.tuples(
        st.sampled_from(WEEKS),
        st.one_of(st.integers(0, 4), st.just(2**64 - 1)),
        st.sampled_from(["pcode:A", "pcode:B", "pcode:C"]),
        st.sampled_from(["need", "flight", "volume"]),
        st.floats(0, 1),
    ),
    max_size=40,
)


def table(rows: list[Row]) -> pa.Table:
    """Return rows of posts."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []]
    return pa.table(columns, schema=PLACED_SCHEMA)


def slow_mix(state: int) -> int:
    """Return the next number of SplitMix64, in Python's whole numbers."""
    state = (state + 0x9E3779B97F4A7C15) % 2**64
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB % 2**64
    return state ^ (state >> 31)


def slow_cells(rows: list[Row]) -> dict[tuple[date, int], dict[str, dict[str, float]]]:
    """Return for each author-week its areas, each with its categories and their probabilities, scaled."""
    found: dict[tuple[date, int], dict[str, dict[str, float]]] = {}
    for week, who, area, category, probability in rows:
        of_area = found.setdefault((week, who), {}).setdefault(area, {})
        of_area[category] = max(of_area.get(category, 0.0), probability)
    for areas in found.values():
        total = sum(max(areas[area].values()) for area in sorted(areas))
        if total > 1:
            for categories in areas.values():
                for category in categories:
                    categories[category] /= total
    return found


def slow_draw(rows: list[Row], seed: int) -> set[tuple[date, int, str, str]]:
    """Draw with plain loops."""
    drawn = set()
    for (week, who), areas in slow_cells(rows).items():
        day = (week - date(1970, 1, 1)).days % 2**64
        dice = (slow_mix(slow_mix(slow_mix(seed) ^ who) ^ day) >> 11) * 2.0**-53
        below = 0.0
        for area in sorted(areas):
            for category, share in areas[area].items():
                if below <= dice < below + share:
                    drawn.add((week, who, area, category))
            below += max(areas[area].values())
    return drawn


@settings(deadline=None)
@given(rows_of_posts, st.integers(0, 2**64 - 1), st.randoms())
def test_the_draw_is_that_of_the_slow_one_in_any_order(rows, seed, order):
    found = draw(table(rows), seed=seed)
    assert found.schema.equals(CONTRIBUTION_SCHEMA)
    drawn = [tuple(row.values()) for row in found.to_pylist()]
    assert set(drawn) == slow_draw(rows, seed)
    assert len(drawn) == len(set(drawn))
    assert found.equals(draw(table(order.sample(rows, len(rows))), seed=seed))


@settings(deadline=None)
@given(rows_of_posts, st.integers(0, 2**64 - 1))
def test_an_author_has_one_area_and_nobody_else_matters(rows, seed):
    drawn = draw(table(rows), seed=seed).to_pylist()
    for author in {(row["week"], row["pseudonym"]) for row in drawn}:
        own = [row for row in drawn if (row["week"], row["pseudonym"]) == author]
        assert len({row["area"] for row in own}) == 1
        assert len({row["category"] for row in own}) == len(own)
        alone = draw(table([row for row in rows if row[:2] == author]), seed=seed).to_pylist()
        assert alone == own


@settings(deadline=None)
@given(rows_of_posts)
def test_the_cells_are_those_of_the_slow_ones(rows):
    found = {tuple(row.values())[:4]: row["probability"] for row in cells(table(rows)).to_pylist()}
    slow = {
        (week, who, area, category): share
        for (week, who), areas in slow_cells(rows).items()
        for area, categories in areas.items()
        for category, share in categories.items()
    }
    assert found.keys() == slow.keys()
    assert all(found[key] == pytest.approx(slow[key]) for key in slow)


def test_counts_are_on_average_their_weights():
    authors = 40_000
    rows = [
        (WEEKS[0], who, area, category, p)
        for who in range(authors)
        for area, category, p in (
            ("pcode:A", "volume", 0.5),
            ("pcode:A", "need", 0.2),
            ("pcode:B", "volume", 0.3),
        )
    ]
    counted = count(draw(table(rows), seed=1), table(rows))
    assert counted.schema.equals(COUNT_SCHEMA)
    for row in counted.to_pylist():
        share = row["weight"] / authors
        assert row["author_weeks"] == pytest.approx(
            row["weight"], abs=5 * math.sqrt(authors * share * (1 - share))
        )


def test_one_loud_author_adds_one():
    rows = [(WEEKS[0], 7, "pcode:A", "need", 1.0)] * 1_000
    counted = count(draw(table(rows), seed=1), table(rows)).to_pylist()
    assert [(row["author_weeks"], row["weight"]) for row in counted] == [(1, 1.0)]
    twice = pa.concat_tables([draw(table(rows), seed=1)] * 2)
    assert count(twice, table(rows))["author_weeks"].to_pylist() == [1]


def test_the_grid_puts_counts_where_they_belong():
    rows = [
        (week, who, area, "need", 1.0)
        for who, week, area in ((1, WEEKS[0], "pcode:A"), (2, WEEKS[1], "pcode:B"))
    ]
    counted = count(draw(table(rows), seed=1), table(rows))
    placed = grid(counted, areas=["pcode:B", "pcode:A"], weeks=WEEKS[:2], categories=["need", "flight"])
    assert placed.tolist() == [[0, 1], [1, 0]]
    assert grid(counted, areas=["pcode:Z"], weeks=WEEKS[:2], categories=["need"]).sum() == 0
    assert grid(counted, areas=["pcode:A"], weeks=WEEKS[:2], categories=["volume"]).sum() == 0


@pytest.mark.parametrize("probability", [-0.1, 1.1, math.nan, math.inf])
def test_a_probability_that_is_none_raises(probability: float):
    with pytest.raises(ValueError, match="probability"):
        draw(table([(WEEKS[0], 1, "pcode:A", "need", probability)]), seed=1)


def test_no_rows_give_no_rows():
    assert draw(table([]), seed=1).num_rows == count(draw(table([]), seed=1), table([])).num_rows == 0


def test_the_dice_are_even():
    rows = [(WEEKS[0], who, f"pcode:{n}", "need", 0.25) for who in range(20_000) for n in range(4)]
    areas = draw(table(rows), seed=3)["area"].to_numpy(zero_copy_only=False)
    _, numbers = np.unique(areas, return_counts=True)
    assert numbers.sum() == 20_000
    assert np.abs(numbers - 5_000).max() < 5 * math.sqrt(20_000 * 0.25 * 0.75)
