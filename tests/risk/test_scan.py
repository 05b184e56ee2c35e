"""Every model of the scan against a slow obvious one, in space, in time, and ahead of time."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.geo.zones import Zones, planar_zones
from fanal.risk import binomial, expectation, permutation, poisson, poisson_prospective, replicates, sweep
from fanal.risk.cylinder import Cylinder
from fanal.risk.monte_carlo import gumbel_p_value
from fanal.risk.ratio import BINOMIAL, EXPECTATION, POISSON, Model, cutoffs, knots, ratio
from fanal.risk.scan import MIN_CASES, MOST_CLUSTERS, Study, scan
from fanal.risk.window import Windows, prospective, retrospective, spatial

SEED = 20_140_803


def dice(seed: int = SEED) -> np.random.Generator:
    """Return the generator of a seed."""
    return np.random.Generator(np.random.PCG64(seed))


def x_log(x: float, y: float) -> float:
    """Return x ln y, where 0 ln 0 is 0."""
    return x * math.log(y) if x > 0 else 0.0


def slow_ratio(model: int, c: int, m: float, total: int, whole: float) -> float:
    """Return the log-likelihood ratio as the papers write it; 0 where nothing exceeds."""
    if m <= 0 or c < MIN_CASES:
        return 0.0
    if model == EXPECTATION:
        return c * math.log(c / m) + m - c if c > m else 0.0
    if m > whole * (1 - 1e-9) or c * whole <= m * total:
        return 0.0
    if model == POISSON:
        e = m * total / whole
        return c * math.log(c / e) + x_log(total - c, (total - c) / (total - e))
    rest, outside = total - c, whole - m
    inner = x_log(c, c / m) + x_log(m - c, 1 - c / m)
    outer = x_log(rest, rest / outside) + x_log(outside - rest, 1 - rest / outside)
    return inner + outer - x_log(total, total / whole) - x_log(whole - total, 1 - total / whole)


def every(counts, measure, zones: Zones, windows: Windows, model: int):
    """Yield the ratio, areas and window of every zone and window, and its centre."""
    periods = len(counts)
    total, whole = int(counts.sum()), float(measure.sum())
    for centre in range(zones.count):
        around = zones.around(centre).tolist()
        for size, window in product(range(1, len(around) + 1), range(len(windows.newest))):
            first, end = periods - windows.oldest[window], periods - windows.newest[window]
            c = int(counts[first:end, around[:size]].sum())
            m = float(measure[first:end, around[:size]].sum())
            yield slow_ratio(model, c, m, total, whole), frozenset(around[:size]), (first, end - 1), centre


SCANS = {POISSON: poisson.scan, BINOMIAL: binomial.scan, EXPECTATION: expectation.scan}


@st.composite
def studies(draw: st.DrawFn):
    """Draw counts, what they are compared with, zones, windows and a model."""
    periods, areas = draw(st.integers(1, 5)), draw(st.integers(2, 6))
    cells = periods * areas
    counts = np.array(draw(st.lists(st.integers(0, 9), min_size=cells, max_size=cells))).reshape(
        periods, areas
    )
    model = draw(st.sampled_from([POISSON, BINOMIAL, EXPECTATION]))
    if model == BINOMIAL:
        others = draw(st.lists(st.integers(1, 30), min_size=cells, max_size=cells))
        measure = counts + np.array(others).reshape(periods, areas)
    else:
        measure = np.array(draw(st.lists(st.floats(0.05, 8), min_size=cells, max_size=cells))).reshape(
            periods, areas
        )
    spot = st.tuples(st.integers(-9, 9), st.integers(-9, 9))
    points = np.array(draw(st.lists(spot, min_size=areas, max_size=areas)), float)
    share = draw(st.sampled_from([0.3, 0.5, 1.0]))
    zones = planar_zones(points[:, 0], points[:, 1], np.ones(areas), max_share=share)
    longest = draw(st.integers(1, periods))
    windows = draw(st.sampled_from([prospective(longest), retrospective(periods, longest)]))
    return counts.astype(np.int64), measure, zones, windows, model


@settings(deadline=None, max_examples=200)
@given(studies())
def test_clusters_are_those_of_the_slow_scan(study) -> None:
    counts, measure, zones, windows, model = study
    found: list[Cylinder] = SCANS[model](counts, measure, zones, windows, replicates=9, rng=dice())
    offered = {}  # the likeliest of each centre
    for one in every(counts, measure, zones, windows, model):
        if one[0] > offered.get(one[3], (1e-10,))[0] + 1e-10:
            offered[one[3]] = one
    left = sorted(offered.values(), key=lambda one: -one[0])
    for cluster in found:
        if cluster.llr < 1e-9:  # rounding
            return
        assert cluster.llr == pytest.approx(left[0][0], abs=1e-8)
        first, last = cluster.window
        inside = np.ix_(range(first, last + 1), cluster.areas)
        held, seen = float(measure[inside].sum()), int(counts[inside].sum())
        scale = 1.0 if model == EXPECTATION else counts.sum() / measure.sum()
        assert cluster.observed == seen
        assert cluster.expected == pytest.approx(held * scale)
        assert slow_ratio(model, seen, held, int(counts.sum()), float(measure.sum())) == pytest.approx(
            cluster.llr, abs=1e-8
        )
        left = [one for one in left if not one[1] & set(cluster.areas)]
    assert not left or len(found) == MOST_CLUSTERS


@settings(deadline=None, max_examples=150)
@given(studies(), st.integers(0, 2**32), st.integers(1, 70))
def test_the_highest_of_replicates_are_those_of_the_slow_scan(study, seed, width) -> None:
    counts, measure, zones, windows, model = study
    measure = np.asarray(measure, float)
    rng = dice(seed)
    if model == BINOMIAL:
        drawn, totals = replicates.among_people(measure.astype(np.int64), int(counts.sum()), len(counts))(
            rng, width
        )
    else:
        drawn = rng.poisson(counts.mean() + 1, size=(width, *counts.shape)).astype(np.int32)
        totals = drawn.sum(axis=(1, 2)).astype(np.int64) + rng.integers(1, 4, size=width)
    sums = np.zeros((counts.shape[1], len(counts) + 1))
    sums[:, 1:] = np.cumsum(measure[::-1], axis=0).T
    tops = sweep.highest(
        sweep.side_by_side(drawn),
        totals,
        sums,
        zones.members,
        zones.offsets,
        np.arange(zones.count, dtype=np.int32),
        windows.newest,
        windows.oldest,
        model,
        float(measure.sum()),
        MIN_CASES,
    )
    for lane in rng.choice(width, size=min(width, 4), replace=False):
        total = int(totals[lane])
        slow = max(
            slow_ratio(
                model,
                int(drawn[lane][window[0] : window[1] + 1, sorted(areas)].sum()),
                float(measure[window[0] : window[1] + 1, sorted(areas)].sum()),
                total,
                float(measure.sum()),
            )
            for _, areas, window, _ in every(counts, measure, zones, windows, model)
        )
        assert tops[lane] == pytest.approx(slow, abs=1e-9)


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from([POISSON, BINOMIAL, EXPECTATION]),
    st.integers(10, 100_000),
    st.floats(0, 30),
    st.floats(1, 1000),
)
def test_no_window_that_could_be_above_a_level_is_passed_over(model, total, level, people) -> None:
    whole = total * people
    counts = knots(2, min(total, 5_000))
    limits = cutoffs(model, counts, float(total), whole, level)
    assert (np.diff(limits[limits > 0]) >= 0).all()
    for count, limit in zip(counts[::7].tolist(), limits[::7].tolist(), strict=True):
        beyond = max(limit, count if model == BINOMIAL else 1e-9) * (1 + 1e-6)
        if beyond < whole:
            assert ratio(model, float(count), beyond, float(total), whole) <= level + 1e-7
        if limit > 0 and level > 1e-3 and limit < whole * 0.999:
            assert ratio(model, float(count), limit * (1 - 1e-6), float(total), whole) >= level - 1e-7


@settings(deadline=None)
@given(st.integers(2, 6), st.integers(2, 5), st.integers(0, 2**32))
def test_a_permutation_keeps_the_totals_of_areas_and_periods(periods, areas, seed) -> None:
    counts = dice(seed).integers(0, 6, size=(periods, areas))
    drawn, totals = replicates.permuted(counts, periods)(dice(seed), 5)
    for one in drawn:
        assert one.sum(axis=0).tolist() == counts.sum(axis=0).tolist()
        assert one.sum(axis=1).tolist() == counts.sum(axis=1).tolist()
    assert totals.tolist() == [counts.sum()] * 5
    assert permutation.expected(counts).sum() == pytest.approx(counts.sum())


def test_a_permutation_has_the_mean_and_spread_of_shuffled_times() -> None:
    counts = np.array([[5, 1, 2], [3, 4, 1]])
    drawn, _ = replicates.permuted(counts, 1)(dice(), 20_000)
    whole, here = counts.sum(), counts.sum(axis=0)
    late = counts[-1].sum()
    assert drawn[:, 0].mean(axis=0) == pytest.approx(late * here / whole, abs=0.05)
    spread = late * here / whole * (1 - here / whole) * (whole - late) / (whole - 1)  # hypergeometric
    assert drawn[:, 0].var(axis=0) == pytest.approx(spread, rel=0.05)


def test_nobody_is_a_case_twice() -> None:
    people = np.array([[3, 50, 2]])
    drawn, _ = replicates.among_people(people, 40, 1)(dice(), 2_000)
    assert (drawn[:, 0] <= people).all()
    assert drawn[:, 0].mean(axis=0) == pytest.approx(40 * people[0] / 55, abs=0.15)


@pytest.mark.parametrize("model", ["poisson", "permutation", "binomial", "expectation"])
def test_p_values_are_uniform_under_the_null(model: str) -> None:
    runs, areas, periods = 300, 9, 8
    spot = np.arange(areas, dtype=float)
    zones, rng = planar_zones(spot, np.zeros(areas), np.ones(areas), max_share=0.4), dice()
    given = {"replicates": 99, "rng": rng}
    p_values, gumbels = [], []
    for _ in range(runs):
        if model == "binomial":
            people = np.full((periods, areas), 20)
            counts = replicates.among_people(people, 300, periods)(rng, 1)[0][0].astype(np.int64)
            found = binomial.scan(counts, people, zones, retrospective(periods, 3), **given)
        elif model == "permutation":
            counts = rng.poisson(4, size=(periods, areas))
            found = permutation.scan(counts, zones, prospective(3), **given)
        elif model == "expectation":
            counts = rng.poisson(4, size=(periods, areas))
            found = expectation.scan(counts, np.full(counts.shape, 4.0), zones, prospective(3), **given)
        else:
            counts = rng.multinomial(300, np.full(periods * areas, 1 / (periods * areas))).reshape(
                periods, areas
            )
            found = poisson.scan(counts, np.ones(counts.shape), zones, retrospective(periods, 3), **given)
        p_values.append(found[0].p_value if found else 1.0)
        gumbels.append(found[0].gumbel_p_value if found else 1.0)
    for level in (0.05, 0.1, 0.25, 0.5):
        far = 4 * math.sqrt(level * (1 - level) / runs)
        assert abs(np.mean(np.array(p_values) <= level) - level) <= far, (model, level)
        assert abs(np.mean(np.array(gumbels) <= level) - level) <= far + 0.02, (model, level)


def test_earlier_analyses_make_a_p_value_larger_and_keep_it_valid() -> None:
    runs, rng = 200, dice()
    spot = np.arange(8.0)
    zones = planar_zones(spot, np.zeros(8), np.ones(8), max_share=0.4)
    windows, searched = prospective(3), prospective(3, earlier=9)
    assert searched.depth == 12
    seen = {(int(a), int(b)) for a, b in zip(searched.newest, searched.oldest, strict=True)}
    assert seen == {(end, end + length) for end in range(10) for length in (1, 2, 3)}
    alarms, adjusted = 0, 0
    for _ in range(runs):
        counts = rng.multinomial(400, np.full(160, 1 / 160)).reshape(20, 8)
        given = {"max_weeks": 3, "replicates": 99}
        one = poisson_prospective.scan(counts, np.ones(counts.shape), zones, **given, rng=dice(5))
        two = poisson_prospective.scan(counts, np.ones(counts.shape), zones, **given, rng=dice(5), earlier=9)
        alarms += bool(one) and one[0].p_value <= 0.2
        adjusted += bool(two) and two[0].p_value <= 0.2
    assert adjusted < alarms / 2
    assert len(windows.newest) == 3


def test_the_number_of_threads_changes_nothing() -> None:
    counts = dice().poisson(3, size=(20, 30))
    zones = planar_zones(np.arange(30.0), np.zeros(30), np.ones(30), max_share=0.3)
    study = Study(counts=counts, measure=np.ones(counts.shape), model=Model.POISSON)

    def once(threads: int) -> list[Cylinder]:
        draw = replicates.over_study(study.total, study.measure, 5)
        return scan(study, zones, prospective(5), draw=draw, replicates=400, rng=dice(7), threads=threads)

    assert once(1) == once(2) == once(5)


def test_a_rank_cannot_show_what_a_gumbel_distribution_goes_on_to() -> None:
    highest = dice().gumbel(6, 0.9, size=50_000)
    assert gumbel_p_value(15, highest) == pytest.approx(-math.expm1(-math.exp(-(15 - 6) / 0.9)), rel=0.2)
    assert gumbel_p_value(15, np.zeros(99)) == 1.0


def test_more_than_two_bytes_of_counts_are_swept_alike() -> None:
    zones = planar_zones(np.arange(4.0), np.zeros(4), np.ones(4), max_share=0.5)
    counts = np.full((1, 4), 30_000)
    counts[0, 2] += 900
    best = poisson.scan(counts, np.ones((1, 4)), zones, spatial(), replicates=99, rng=dice())[0]
    assert (best.areas, best.p_value) == ((2,), 0.01)


@pytest.mark.parametrize(
    ("counts", "people", "words"),
    [
        (np.array([[1, 5]]), np.array([[2, 4]]), "fewer people"),
        (np.array([[1, 1]]), np.array([[2.0, 4.0]]), "whole numbers"),
        (np.array([[1, 1]]), np.array([[2, 2_000_000_000]]), "at most"),
    ],
)
def test_what_a_binomial_scan_cannot_take_raises(counts, people, words) -> None:
    zones = planar_zones(np.arange(2.0), np.zeros(2), np.ones(2), max_share=0.5)
    with pytest.raises(ValueError, match=words):
        binomial.scan(counts, people, zones, spatial(), replicates=9, rng=dice())


def test_one_period_cannot_be_shuffled() -> None:
    zones = planar_zones(np.arange(2.0), np.zeros(2), np.ones(2), max_share=0.5)
    with pytest.raises(ValueError, match="two periods"):
        permutation.scan(np.array([[1, 5]]), zones, spatial(), replicates=9, rng=dice())
    with pytest.raises(ValueError, match="reach back"):
        poisson.scan(np.array([[1, 5]]), np.ones((1, 2)), zones, prospective(2), replicates=9, rng=dice())
