"""What is shown: fitted as a slow reference fits it, never more than its governorate, and the interval holds."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.privacy import noise, shown
from fanal.privacy.bounding import Grid
from fanal.privacy.policy import Policy

SEED = 20_140_803


def slowly(noisy: list[int], total: int, closed: bool, threshold: int) -> list[int]:
    """Fit one group by trying every set of cells above 0 in exact fractions, then rounding by largest remainders."""
    there = [place for place, value in enumerate(noisy) if value >= threshold]
    out = [-1] * len(noisy)
    if sum(noisy[place] for place in there) <= total and not (closed and len(there) == len(noisy)):
        return [value if place in there else -1 for place, value in enumerate(noisy)]
    best: tuple[Fraction, dict[int, Fraction]] | None = None
    by_size = sorted(there, key=lambda place: -noisy[place])
    for size in range(1, len(by_size) + 1):  # the nearest point keeps the largest
        above = Fraction(sum(noisy[place] for place in by_size[:size]) - total, size)
        point = {place: noisy[place] - above if place in by_size[:size] else Fraction(0) for place in there}
        if min(point.values()) >= 0:
            far = sum(((point[place] - noisy[place]) ** 2 for place in there), Fraction(0))
            best = min(best, (far, point), key=lambda one: one[0]) if best else (far, point)
    if best is None:
        return out
    floors = {place: value.numerator // value.denominator for place, value in best[1].items()}
    rest = sorted(there, key=lambda place: (floors[place] - best[1][place], -noisy[place], place))
    for place in rest[: total - sum(floors.values())]:
        floors[place] += 1
    for place, value in floors.items():
        out[place] = value if value > 0 else -1
    return out


def fitted(noisy: list[list[int]], totals: list[int], closed: list[bool], threshold: int) -> list[list[int]]:
    """Fit groups with the kernel."""
    sizes = [len(group) for group in noisy]
    flat = np.array([[value for group in noisy for value in group]], dtype=np.int64)
    out = shown.fit(
        flat,
        np.array([totals], dtype=np.int64),
        np.ones((1, len(noisy)), dtype=np.bool_),
        np.arange(flat.size),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.array(closed),
        np.array([threshold], dtype=np.int64),
    )
    ends = np.cumsum(sizes)[:-1]
    return [part.tolist() for part in np.split(out[0], ends)]


small = st.integers(-20, 60)
group = st.tuples(st.lists(small, min_size=1, max_size=6), st.integers(0, 150), st.booleans())


@settings(deadline=None)
@given(st.lists(group, min_size=1, max_size=4), st.integers(1, 40))
def test_groups_are_fitted_as_the_reference_fits_them(groups, threshold):
    noisy, totals, closed = (list(part) for part in zip(*groups, strict=True))
    found = fitted(noisy, totals, closed, threshold)
    assert found == [slowly(*one, threshold) for one in zip(noisy, totals, closed, strict=True)]
    for values, got, total, whole in zip(noisy, found, totals, closed, strict=True):
        visible = [value for value in got if value != shown.HIDDEN]
        assert all(value > 0 for value in visible)
        assert sum(visible) <= total
        if whole and all(value >= threshold for value in values):
            assert sum(visible) == total
        assert all(value >= threshold for value, out in zip(values, got, strict=True) if out > 0)


def country(governorates: int, districts: int) -> Grid:
    """Return cells of governorates with as many districts each, and what names none of them."""
    above = np.concatenate([np.repeat(np.arange(governorates), districts), np.arange(governorates)])
    size = len(above)
    return Grid(
        public_areas=tuple(f"G{n}" for n in range(governorates)),
        partner_areas=tuple(f"P{n}" for n in range(size)),
        areas=tuple(f"P{n}" for n in range(size)),
        public_row=above,
        partner_row=np.arange(size),
        above=above,
        whole=np.arange(size) < governorates * districts,
    )


def true_counts(cells: Grid, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return skewed counts of the partners' cells, and of the public cells that they add up to."""
    partner = rng.poisson(rng.lognormal(2.5, 1.5, size=(len(cells.partner_areas), 8)))
    public = np.zeros((len(cells.public_areas), 2), dtype=np.int64)
    np.add.at(public, (cells.above[:, None], shown.FAMILY_ROW[None, :]), partner)
    return public, partner


def test_the_interval_holds_the_truth_in_19_of_20_and_a_fit_is_no_worse():
    rng = np.random.Generator(np.random.PCG64(SEED))
    cells, policy = country(2000, 5), Policy()
    public, partner = true_counts(cells, rng)
    noisy, finer = shown.draw(public, partner, policy=policy)
    for table, raw, truth in (
        (shown.show_public(noisy, policy), noisy, public),
        (shown.show_partners(finer, noisy, cells=cells, policy=policy), finer, partner),
    ):
        visible = table.counts != shown.HIDDEN
        assert visible.sum() > 300
        assert (visible <= (raw >= policy.threshold)).all()
        held = (table.low <= truth) & (truth <= table.high)
        assert held[visible].mean() > 0.92, (
            SEED
        )  # 0.95 or more of all; those shown lie high more often: 0.942 and up
        far = [
            np.sqrt(np.mean((numbers[visible] - truth[visible]) ** 2.0)) for numbers in (table.counts, raw)
        ]
        assert far[0] <= far[1] * 1.05, (SEED, far)


def test_what_leaves_later_changes_nothing_of_what_leaves_now():
    rng = np.random.Generator(np.random.PCG64(SEED))
    cells, policy = country(30, 4), Policy()
    noisy, finer = true_counts(cells, rng)
    later = np.where(np.arange(len(cells.partner_areas)) % 3 == 0, 60, 0)
    now = later == 0
    before = shown.show_partners(finer, noisy, cells=cells, policy=policy, later=later)
    other = finer.copy()
    other[~now] += rng.integers(-30, 300, size=other[~now].shape)
    after = shown.show_partners(other, noisy, cells=cells, policy=policy, later=later)
    assert np.array_equal(before.counts[now], after.counts[now])
    assert not np.array_equal(before.counts[~now], after.counts[~now])
    sums = np.zeros_like(noisy)
    np.add.at(sums, (cells.above[:, None], shown.FAMILY_ROW[None, :]), np.maximum(after.counts, 0))
    assert (sums <= np.maximum(noisy, 0)).all()


def test_a_district_is_hidden_where_its_governorate_is():
    cells, policy = country(1, 2), Policy(threshold=35)
    finer = np.zeros((3, 8), dtype=np.int64)
    finer[0, 0] = 90
    hidden = shown.show_partners(finer, np.array([[34, 34]]), cells=cells, policy=policy)
    assert (hidden.counts == shown.HIDDEN).all()
    open_now = shown.show_partners(finer, np.array([[90, 90]]), cells=cells, policy=policy)
    assert open_now.counts[0, 0] == 90


@pytest.mark.parametrize("cells", [0, 1, noise.PIECE, noise.PIECE + 1])
def test_pieces_are_put_together_in_order(cells: int):
    given_counts = np.arange(cells, dtype=np.int64) * 1_000
    drawn = noise.add(given_counts, max_cells=4, epsilon=1.0, threads=2)
    assert drawn.shape == given_counts.shape
    assert np.abs(drawn - given_counts).max(initial=0) < 300  # exp(-75): never
