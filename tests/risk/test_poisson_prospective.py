"""The scan against a slow obvious one, against SaTScan, and under the null."""

import csv
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.geo.zones import Zones, circular_zones
from fanal.risk import replicates
from fanal.risk.cylinder import Cylinder
from fanal.risk.expected import from_own_past, time_adjusted
from fanal.risk.monte_carlo import CHUNK
from fanal.risk.poisson_prospective import scan
from fanal.risk.scan import MIN_CASES, MOST_CLUSTERS

SEED = 20_140_803


def dice(seed: int = SEED) -> np.random.Generator:
    """Return the generator of a seed; a failure shows it, being an argument or SEED."""
    return np.random.Generator(np.random.PCG64(seed))


def slow_llr(c: int, e: float, total: int) -> float:
    """Return Kulldorff's log-likelihood ratio as it is written down."""
    if c < MIN_CASES or c <= e or e <= 0 or total - e <= 1e-9 * total:
        return 0.0
    outside = (total - c) * math.log((total - c) / (total - e)) if c < total else 0.0
    return c * math.log(c / e) + outside


def slow_clusters(
    counts: np.ndarray, expected: np.ndarray, zones: Zones, max_weeks: int
) -> list[tuple[float, frozenset[int], int, int]]:
    """Return (LLR, areas, weeks, centre) of every zone and window with an excess, with plain loops."""
    weeks, areas = counts.shape
    total = int(counts.sum())
    scaled = expected * total / expected.sum() if total else expected
    found = []
    for centre in range(areas):
        around = zones.around(centre).tolist()
        for size in range(1, len(around) + 1):
            for length in range(1, min(max_weeks, weeks) + 1):
                c = sum(int(counts[w, a]) for w in range(weeks - length, weeks) for a in around[:size])
                e = sum(float(scaled[w, a]) for w in range(weeks - length, weeks) for a in around[:size])
                llr = slow_llr(c, e, total)
                if llr > 0:
                    found.append((llr, frozenset(around[:size]), length, centre))
    return found


ROUNDING = 1e-12
"""A ratio below it is that of a window with just what was expected."""


@st.composite
def studies(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, Zones, int]:
    """Draw counts, expected counts, zones and a longest window."""
    weeks, areas = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    cells = st.lists(st.integers(0, 12), min_size=weeks * areas, max_size=weeks * areas)
    counts = np.array(draw(cells), dtype=np.int64).reshape(weeks, areas)
    weights = st.lists(st.floats(0.05, 5), min_size=weeks * areas, max_size=weeks * areas)
    expected = np.array(draw(weights)).reshape(weeks, areas)
    points = st.lists(st.floats(-5, 5), min_size=areas, max_size=areas)
    people = np.array(draw(st.lists(st.integers(1, 9), min_size=areas, max_size=areas)), dtype=float)
    share = draw(st.sampled_from([0.1, 0.5, 1.0]))
    zones = circular_zones(np.array(draw(points)), np.array(draw(points)), people, max_share=share)
    return counts, expected, zones, draw(st.integers(1, 8))


@settings(deadline=None, max_examples=150)
@given(studies())
def test_clusters_are_those_of_the_slow_scan(study):
    counts, expected, zones, max_weeks = study
    found = scan(counts, expected, zones, max_weeks=max_weeks, replicates=9, rng=dice())
    every = slow_clusters(counts, expected, zones, max_weeks)
    best = [
        max((one for one in every if one[3] == centre), default=None, key=lambda one: one[0])
        for centre in range(zones.count)
    ]
    left = sorted((one for one in best if one and one[0] > ROUNDING), key=lambda one: -one[0])
    for cluster in found:
        assert cluster.llr == pytest.approx(left[0][0], abs=1e-8)
        same = [one for one in left if abs(one[0] - cluster.llr) < 1e-8]
        length = cluster.window[1] - cluster.window[0] + 1
        assert (frozenset(cluster.areas), length) in {one[1:3] for one in same}
        check(cluster, counts, expected)
        left = [one for one in left if not one[1] & set(cluster.areas)]
    assert not left or len(found) == MOST_CLUSTERS


def check(cluster: Cylinder, counts: np.ndarray, expected: np.ndarray) -> None:
    """Check what a cluster says of itself."""
    first, last = cluster.window
    total = int(counts.sum())
    e = float(expected[first : last + 1, list(cluster.areas)].sum()) * total / float(expected.sum())
    assert last == len(counts) - 1
    assert cluster.areas == tuple(sorted(cluster.areas))
    assert cluster.observed == counts[first : last + 1, list(cluster.areas)].sum()
    assert cluster.expected == pytest.approx(e)
    if cluster.observed < total:
        risk = (cluster.observed / e) / ((total - cluster.observed) / (total - e))
        assert cluster.relative_risk == pytest.approx(risk)
    else:
        assert cluster.relative_risk == math.inf
    assert 1 / 10 <= cluster.p_value <= 1


@settings(deadline=None, max_examples=60)
@given(studies(), st.integers(1, 3), st.booleans())
def test_p_values_are_those_of_the_slow_scan(study, stop_after, by_week):
    counts, expected, zones, max_weeks = study
    total, used = int(counts.sum()), CHUNK + 10
    if by_week:
        expected = time_adjusted(np.zeros((0, counts.shape[1]), np.int64), counts, np.ones(counts.shape[1]))
        draw = replicates.by_week(counts.sum(axis=1), expected, max_weeks)
    else:
        draw = replicates.over_study(total, expected, max_weeks)
    given = {"max_weeks": max_weeks, "replicates": used, "draw": draw}
    whole = scan(counts, expected, zones, **given, rng=dice())
    if not whole:
        return
    rng, highest = dice(), []
    for size in (CHUNK, 10):
        drawn, totals = draw(rng, size)
        assert totals.tolist() == [total] * size
        for recent in drawn:
            rest = np.zeros((len(counts) - len(recent), counts.shape[1]), np.int64)
            rest[:1, :1] = total - recent.sum()
            again = np.concatenate([rest, recent])
            assert again.sum() == total
            highest.append(max([0.0, *(one[0] for one in slow_clusters(again, expected, zones, max_weeks))]))
    for cluster in whole:
        reached = [n for n, llr in enumerate(highest, start=1) if llr >= cluster.llr - 1e-7]
        close = any(abs(llr - cluster.llr) < 1e-7 for llr in highest)
        assert close or cluster.p_value == pytest.approx((len(reached) + 1) / (used + 1))
    early = scan(counts, expected, zones, **given, rng=dice(), stop_after=stop_after)
    for cluster, full in zip(early, whole, strict=True):
        reached = [n for n, llr in enumerate(highest, start=1) if llr >= full.llr - 1e-9]
        if len(reached) >= stop_after:
            assert (cluster.p_value, cluster.replicates) == (
                stop_after / reached[stop_after - 1],
                reached[stop_after - 1],
            )
        else:
            assert (cluster.p_value, cluster.replicates) == (full.p_value, used)


def ny_leukaemia(shared_data: Path) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Return counts and expected counts of one period, with the columns of the file."""
    with (shared_data / "scan_benchmarks" / "smerc" / "nydf.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    counts = np.floor(columns["cases"]).astype(np.int64)[None, :]
    return counts, columns["population"][None, :], columns


@pytest.mark.shared
def test_new_york_leukaemia_gives_the_ratio_of_satscan(shared_data: Path):
    counts, people, columns = ny_leukaemia(shared_data)
    zones = circular_zones(columns["longitude"], columns["latitude"], columns["population"], max_share=0.5)
    best = scan(counts, people, zones, max_weeks=1, replicates=999, rng=dice())[0]
    assert best.llr == pytest.approx(14.780276, abs=5e-7)
    assert (best.observed, len(best.areas), best.p_value) == (106, 31, 0.001)


@pytest.mark.shared
def test_new_york_clusters_of_ten_percent_are_those_of_satscan(shared_data: Path):
    counts, people, columns = ny_leukaemia(shared_data)
    points = np.stack(
        [columns["longitude"], columns["latitude"]], axis=1
    )  # as SaTScan was given them: as a plane
    order = np.argsort(((points[:, None] - points[None]) ** 2).sum(axis=2), axis=1, kind="stable")
    limit = 0.1 * columns["population"].sum()
    stretches = [row[: max(1, (np.cumsum(columns["population"][row]) <= limit).sum())] for row in order]
    zones = Zones(
        members=np.concatenate(stretches).astype(np.int32),
        offsets=np.concatenate([[0], np.cumsum([len(s) for s in stretches])]).astype(np.int32),
    )
    found = scan(counts, people, zones, max_weeks=1, replicates=999, rng=dice())
    satscan = ((11.577255, 85, 1.84), (9.019716, 38, 2.22), (6.114140, 64, 1.64), (4.651839, 25, 1.99))
    for cluster, (llr, cases, risk) in zip(found, satscan, strict=False):
        assert cluster.llr == pytest.approx(llr, abs=5e-7)
        assert cluster.observed == cases
        assert cluster.relative_risk == pytest.approx(risk, abs=5e-3)
    assert [round(cluster.p_value, 1) for cluster in found[2:5]] == pytest.approx([0.2, 0.6, 0.8], abs=0.11)


def line(areas: int, *, max_share: float = 0.3) -> Zones:
    """Return the zones of areas on a line."""
    return circular_zones(
        40 + np.arange(areas) / 2, np.full(areas, 33.0), np.ones(areas), max_share=max_share
    )


@pytest.mark.parametrize("stop_after", [None, 10])
def test_p_values_are_uniform_under_the_null(stop_after: int | None):
    runs, areas, weeks = 400, 12, 10
    zones, expected, rng = line(areas), np.ones((weeks, areas)), dice()
    p_values = []
    for _ in range(runs):
        counts = rng.multinomial(300, np.full(weeks * areas, 1 / (weeks * areas))).reshape(weeks, areas)
        best = scan(counts, expected, zones, max_weeks=4, replicates=99, rng=rng, stop_after=stop_after)[0]
        p_values.append(best.p_value)
    for level in (0.05, 0.1, 0.25, 0.5):
        share = np.mean(np.array(p_values) <= level)
        assert abs(share - level) <= 4 * math.sqrt(level * (1 - level) / runs), (level, share)


def test_the_threads_around_it_change_nothing():
    counts = dice().poisson(3, size=(20, 30))
    given = (counts, np.ones(counts.shape), line(30))

    def once(_: int) -> list[Cylinder]:
        return scan(*given, max_weeks=5, replicates=199, rng=dice(7))

    alone = once(0)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == alone for found in pool.map(once, range(8)))


def test_a_rise_is_found_where_and_when_it_is():
    counts = dice().poisson(2, size=(30, 12))
    counts[-3:, 4:6] += 8
    history = dice(1).poisson(2, size=(50, 12))
    best = scan(
        counts, from_own_past(history, counts, np.ones(12)), line(12), max_weeks=8, replicates=999, rng=dice()
    )[0]
    assert (best.areas, best.window, best.p_value) == ((4, 5), (27, 29), 0.001)


def test_many_cases_are_drawn_like_few():
    expected = np.array([[1.0, 2.0, 0.0], [3.0, 4.0, 2.0]])
    for total in (4, 5_000):
        for draw in (
            replicates.over_study(total, expected, 1),
            replicates.by_week(np.array([0, total]), expected, 1),
        ):
            drawn, _ = draw(dice(), 4_000)
            share = 9 / 12 if draw.__qualname__.startswith("over_study") else 1.0
            means = total * share * expected[1] / 9
            assert drawn.mean(axis=0)[0] == pytest.approx(means, abs=5 * math.sqrt(total / 4_000))


def test_an_impossible_cell_never_gets_a_case():
    drawn, _ = replicates.over_study(3, np.array([[1.0, 0.0, 0.0]]), 1)(dice(), 1_000)
    assert drawn[:, 0, 1:].sum() == 0


def test_nothing_to_find_is_an_empty_list():
    zones = line(3)
    given = {"max_weeks": 2, "replicates": 9, "rng": dice()}
    assert scan(np.zeros((4, 3), np.int64), np.ones((4, 3)), zones, **given) == []
    assert scan(np.full((4, 3), 5), np.ones((4, 3)), zones, **given) == []


@pytest.mark.parametrize(
    ("counts", "expected", "changed"),
    [
        (np.ones((2, 3)), np.ones((2, 3)), {}),
        (-np.ones((2, 3), int), np.ones((2, 3)), {}),
        (np.ones((2, 4), int), np.ones((2, 4)), {}),
        (np.ones(3, int), np.ones(3), {}),
        (np.ones((2, 3), int), np.full((2, 3), np.nan), {}),
        (np.ones((2, 3), int), -np.ones((2, 3)), {}),
        (np.ones((2, 3), int), np.zeros((2, 3)), {}),
        (np.ones((2, 3), int), np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 1.0]]), {}),
        (np.ones((2, 3), int), np.ones((2, 3)), {"max_weeks": 0}),
        (np.ones((2, 3), int), np.ones((2, 3)), {"replicates": 0}),
        (np.ones((2, 3), int), np.ones((2, 3)), {"stop_after": -1}),
    ],
)
def test_what_cannot_be_scanned_raises(counts, expected, changed):
    with pytest.raises(ValueError, match=r"scan|Area row"):
        scan(counts, expected, line(3), **({"max_weeks": 2, "replicates": 9, "rng": dice()} | changed))
