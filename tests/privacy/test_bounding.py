"""Bounding bounds: one author-week moves both tables together by at most the policy's cells."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.area import AREA_SCHEMA
from fanal.model.category import FAMILY_OF, Category
from fanal.model.estimate import CONTRIBUTION_SCHEMA
from fanal.model.sensitive import SensitiveRule, Treatment
from fanal.privacy.bounding import PARTNER_SIGNALS, PUBLIC_SIGNALS, bound, grid
from fanal.privacy.policy import Policy
from fanal.privacy.sensitive import in_force

WEEK = date(2014, 7, 28)
ROWS = [("IQ", None, 0), ("G1", "IQ", 1), ("D1", "G1", 2), ("D2", "G1", 2), ("S1", "D1", 3), ("G2", "IQ", 1)]
AREAS = pa.Table.from_pylist(
    [{"area": code, "parent": parent, "level": level, "name": code} for code, parent, level in ROWS],
    schema=AREA_SCHEMA,
)
PLAIN = grid(AREAS, in_force((), AREAS, WEEK))

rows_of_authors = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 6), st.just(2**64 - 1)),
        st.sampled_from(["IQ", "G1", "D1", "D2", "S1", "G2", "nowhere"]),
        st.sampled_from([*(kind.value for kind in Category), "volume"]),
    ),
    max_size=60,
)


def table(rows: list[tuple[int, str, str]]) -> pa.Table:
    """Return contributions."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return pa.table([[WEEK] * len(rows), *columns], schema=CONTRIBUTION_SCHEMA)


def counted(rows: list[tuple[int, str, str]], policy: Policy, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return both tables before noise."""
    return bound(table(rows), cells=PLAIN, week=WEEK, policy=policy, seed=seed)


@settings(deadline=None)
@given(rows_of_authors, st.integers(1, 4), st.integers(0, 5), st.integers(0, 2**64 - 1), st.randoms())
def test_one_author_moves_the_tables_by_at_most_max_cells(rows, public_cells, partner_cells, seed, order):
    policy = Policy(public_cells=public_cells, partner_cells=partner_cells)
    both = counted(rows, policy, seed)
    shuffled = order.sample(rows, len(rows))
    assert all(np.array_equal(a, b) for a, b in zip(both, counted(shuffled, policy, seed), strict=True))
    for author in {author for author, _, _ in rows}:
        without = counted([row for row in rows if row[0] != author], policy, seed)
        moved = [np.abs(a - b) for a, b in zip(both, without, strict=True)]
        assert moved[0].sum() <= public_cells
        assert moved[1].sum() <= partner_cells
        assert moved[0].sum() + moved[1].sum() <= policy.max_cells
        assert max(m.max(initial=0) for m in moved) <= 1


@settings(deadline=None)
@given(rows_of_authors)
def test_without_a_limit_every_cell_of_an_author_counts(rows):
    public, partner = counted(rows, Policy(public_cells=20, partner_cells=100))
    cells, finer = set(), set()
    above = {"G1": "G1", "D1": "G1", "D2": "G1", "S1": "G1", "G2": "G2"}
    district = {"D1": "D1", "S1": "D1", "D2": "D2", "G2": "G2"}
    for author, area, category in rows:
        if category == "volume":
            continue
        if area in above:
            cells.add((author, above[area], FAMILY_OF[Category(category)]))
        if area in district:
            finer.add((author, district[area], Category(category)))
    for row, area in enumerate(PLAIN.public_areas):
        for column, family in enumerate(PUBLIC_SIGNALS):
            assert public[row, column] == sum(cell[1:] == (area, family) for cell in cells)
    for row, area in enumerate(PLAIN.partner_areas):
        for column, category in enumerate(PARTNER_SIGNALS):
            assert partner[row, column] == sum(cell[1:] == (area, category) for cell in finer)


def test_the_choice_of_cells_is_even():
    rows = [(author, "D1", kind.value) for author in range(8_000) for kind in Category]
    _, partner = counted(rows, Policy(partner_cells=2))
    shares = partner[PLAIN.partner_areas.index("D1")] / 8_000
    assert np.abs(shares - 2 / 8).max() < 0.02


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
        assert cells.partner_areas == ("D2", "G2")
        assert partner.sum() == 1
        assert public[cells.public_areas.index("G1")].sum() == in_governorate


def test_the_cells_do_not_depend_on_the_order_of_areas():
    turned = AREAS.take(pa.array(range(len(AREAS) - 1, -1, -1)))
    again = grid(turned, in_force((), turned, WEEK))
    assert (again.public_areas, again.partner_areas) == (PLAIN.public_areas, PLAIN.partner_areas)
    assert np.array_equal(again.public_row, PLAIN.public_row)
