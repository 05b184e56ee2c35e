"""Bounding bounds: one author-week moves both tables by at most the policy's cells, and districts add up."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.area import AREA_SCHEMA
from fanal.model.category import Category
from fanal.model.estimate import CONTRIBUTION_SCHEMA
from fanal.model.sensitive import SensitiveRule, Treatment
from fanal.privacy.bounding import FAMILY_ROW, PARTNER_SIGNALS, PUBLIC_SIGNALS, Grid, bound, grid
from fanal.privacy.policy import Policy
from fanal.privacy.sensitive import in_force

WEEK = date(2014, 7, 28)
ROWS = [
    *[("IQ", None, 0), ("G1", "IQ", 1), ("D1", "G1", 2), ("D2", "G1", 2), ("S1", "D1", 3), ("G2", "IQ", 1)],
    ("D9", None, 2),  # a district of no governorate
]
AREAS = pa.Table.from_pylist(
    [{"area": code, "parent": parent, "level": level, "name": code} for code, parent, level in ROWS],
    schema=AREA_SCHEMA,
)
PLAIN = grid(AREAS, in_force((), AREAS, WEEK))

rows_of_authors = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 6), st.just(2**64 - 1)),
        st.sampled_from(["IQ", "G1", "D1", "D2", "S1", "G2", "D9", "nowhere"]),
        st.sampled_from([*(kind.value for kind in Category), "volume"]),
    ),
    max_size=60,
)


def table(rows: list[tuple[int, str, str]]) -> pa.Table:
    """Return contributions."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return pa.table([[WEEK] * len(rows), *columns], schema=CONTRIBUTION_SCHEMA)


def counted(
    rows: list[tuple[int, str, str]], policy: Policy, seed: int = 1, cells: Grid = PLAIN
) -> tuple[np.ndarray, np.ndarray]:
    """Return both tables before noise."""
    return bound(table(rows), cells=cells, week=WEEK, policy=policy, seed=seed)


def mix(state: int) -> int:
    """Return the next number of SplitMix64, written down once more."""
    state = (state + 0x9E3779B97F4A7C15) % 2**64
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    state = (state ^ state >> 27) * 0x94D049BB133111EB % 2**64
    return state ^ state >> 31


def slowly(
    rows: list[tuple[int, str, str]], policy: Policy, seed: int, cells: Grid
) -> tuple[np.ndarray, np.ndarray]:
    """Count both tables author by author and cell by cell, as a reference."""
    public = np.zeros((len(cells.public_areas), len(PUBLIC_SIGNALS)), int)
    partner = np.zeros((len(cells.partner_areas), len(PARTNER_SIGNALS)), int)
    salt = mix(mix(seed) ^ (WEEK - date(1970, 1, 1)).days)
    of_author: dict[int, dict[int, set[int]]] = {}
    for author, area, category in rows:
        if area not in cells.areas or category not in set(Category):
            continue
        at, kind = cells.areas.index(area), list(Category).index(Category(category))
        above, below = int(cells.public_row[at]), int(cells.partner_row[at])
        if above < 0 and below < 0:
            continue
        outer = (above if above >= 0 else len(public) + below) * 2 + int(FAMILY_ROW[kind])
        of_author.setdefault(author, {}).setdefault(outer, set())
        if below >= 0:
            of_author[author][outer].add(below * 8 + kind)
    for author, outers in of_author.items():
        first = sorted(outers, key=lambda cell: mix(mix(salt ^ author) ^ cell))[: policy.public_cells]
        for rank, outer in enumerate(first):
            if outer < public.size:
                public.flat[outer] += 1
            if outers[outer] and rank < policy.partner_cells:
                partner.flat[min(outers[outer], key=lambda cell: mix(mix(mix(salt) ^ author) ^ cell))] += 1
    return public, partner


treatments = st.one_of(
    st.none(),
    st.builds(
        lambda area, rule: SensitiveRule(area=area, rule=rule, reason="a test"),
        st.sampled_from(["G1", "D1", "D2", "S1", "G2", "D9"]),
        st.sampled_from([Treatment.NEVER, Treatment.COARSER]),
    ),
)


def cells_under(rule: SensitiveRule | None) -> Grid:
    """Return the cells where a rule is in force."""
    return grid(AREAS, in_force((rule,) if rule else (), AREAS, WEEK))


@settings(deadline=None)
@given(rows_of_authors, st.integers(1, 4), st.integers(0, 5), st.integers(0, 2**64 - 1), treatments)
def test_the_tables_are_those_of_a_slow_count(rows, public_cells, partner_cells, seed, rule):
    policy, cells = Policy(public_cells=public_cells, partner_cells=partner_cells), cells_under(rule)
    for fast, slow in zip(counted(rows, policy, seed, cells), slowly(rows, policy, seed, cells), strict=True):
        assert np.array_equal(fast, slow)


@settings(deadline=None)
@given(rows_of_authors, st.integers(1, 4), st.integers(0, 5), st.integers(0, 2**64 - 1), treatments)
def test_partners_cells_add_up_to_the_governorate(rows, public_cells, partner_cells, seed, rule):
    cells = cells_under(rule)
    policy = Policy(public_cells=public_cells, partner_cells=partner_cells)
    public, partner = counted(rows, policy, seed, cells)
    summed = np.zeros_like(public)
    for area, above in enumerate(cells.above.tolist()):
        if above >= 0:
            for kind, family in enumerate(FAMILY_ROW.tolist()):
                summed[above, family] += partner[area, kind]
    assert (summed <= public).all()
    if partner_cells >= public_cells:
        assert np.array_equal(summed[cells.closed], public[cells.closed])


@settings(deadline=None)
@given(
    rows_of_authors, st.integers(1, 4), st.integers(0, 5), st.integers(0, 2**64 - 1), treatments, st.randoms()
)
def test_one_author_moves_the_tables_by_at_most_max_cells(
    rows, public_cells, partner_cells, seed, rule, order
):
    policy, cells = Policy(public_cells=public_cells, partner_cells=partner_cells), cells_under(rule)
    both = counted(rows, policy, seed, cells)
    shuffled = order.sample(rows, len(rows))
    assert all(
        np.array_equal(a, b) for a, b in zip(both, counted(shuffled, policy, seed, cells), strict=True)
    )
    for author in {author for author, _, _ in rows}:
        without = counted([row for row in rows if row[0] != author], policy, seed, cells)
        moved = [np.abs(a - b) for a, b in zip(both, without, strict=True)]
        assert moved[0].sum() <= public_cells
        assert moved[1].sum() <= partner_cells
        assert moved[0].sum() + moved[1].sum() <= policy.max_cells
        assert max(m.max(initial=0) for m in moved) <= 1


def test_an_author_counts_once_in_each_family_of_each_governorate():
    rows = [(1, "D1", "flight"), (1, "D2", "need"), (1, "D1", "lure"), (1, "G2", "need"), (1, "D9", "arms")]
    public, partner = counted(rows, Policy(public_cells=20, partner_cells=20))
    assert public.tolist() == [[1, 1], [0, 1]]
    by_area = dict(zip(PLAIN.partner_areas, partner.sum(axis=1).tolist(), strict=True))
    assert by_area["D1"] + by_area["D2"] == 2
    assert (by_area["G1"], by_area["G2"], by_area["D9"]) == (0, 1, 1)


def test_who_names_no_district_counts_in_the_rest_of_the_governorate():
    public, partner = counted([(1, "G1", "need"), (2, "S1", "need")], Policy())
    by_area = dict(zip(PLAIN.partner_areas, partner.sum(axis=1).tolist(), strict=True))
    assert by_area == {"D1": 1, "D2": 0, "D9": 0, "G1": 1, "G2": 0}
    assert dict(zip(PLAIN.partner_areas, PLAIN.whole.tolist(), strict=True)) == {
        **dict.fromkeys(["D1", "D2", "D9", "G2"], True),
        "G1": False,
    }
    assert public.sum() == 2


def test_the_choice_of_cells_is_even():
    rows = [(author, "D1", kind.value) for author in range(8_000) for kind in Category]
    _, partner = counted(rows, Policy(partner_cells=2))
    shares = partner[PLAIN.partner_areas.index("D1")] / 8_000
    assert np.abs(shares - 1 / 4).max() < 0.02
    _, fewer = counted(rows, Policy(partner_cells=1))
    assert np.abs(fewer[PLAIN.partner_areas.index("D1")] / 8_000 - 1 / 8).max() < 0.02


def test_rows_of_other_weeks_are_left_out(contributions: Callable[..., pa.Table]):
    rows = contributions([(1, "D1", "need")], week=date(2014, 8, 4))
    public, partner = bound(rows, cells=PLAIN, week=WEEK, policy=Policy(), seed=1)
    assert public.sum() == partner.sum() == 0


def test_a_sensitive_area_has_no_cell_and_one_that_never_leaves_is_in_no_sum():
    rows = table([(1, "D1", "need"), (2, "S1", "need"), (3, "D2", "need")])
    for treatment, in_governorate in ((Treatment.COARSER, 3), (Treatment.NEVER, 1)):
        rule = SensitiveRule(area="D1", rule=treatment, reason="a test")
        cells = grid(AREAS, in_force((rule,), AREAS, WEEK))
        public, partner = bound(rows, cells=cells, week=WEEK, policy=Policy(), seed=1)
        assert cells.partner_areas == ("D2", "D9", "G1", "G2")
        assert cells.closed.tolist() == [treatment is Treatment.NEVER, True]
        assert partner.sum() == 1
        assert public[cells.public_areas.index("G1")].sum() == in_governorate


def test_the_cells_do_not_depend_on_the_order_of_areas():
    turned = AREAS.take(pa.array(range(len(AREAS) - 1, -1, -1)))
    again = grid(turned, in_force((), turned, WEEK))
    assert (again.public_areas, again.partner_areas) == (PLAIN.public_areas, PLAIN.partner_areas)
    assert np.array_equal(again.public_row, PLAIN.public_row)
