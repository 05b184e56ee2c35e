"""Silence: chance makes few, an outage is found, and the whole stream's is told apart."""

import math
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from fanal.cli.dice import generator
from fanal.model.area import AREA_SCHEMA
from fanal.model.estimate import COUNT_SCHEMA, SILENCE_SCHEMA
from fanal.risk.author_weeks import count
from fanal.risk.negative_binomial import below, lowest
from fanal.risk.place_draw import PLACED_SCHEMA, draw
from fanal.risk.post_findings import silence
from fanal.risk.silence import LEAST_PAST, OUTLYING, THICK, measure, table, tarone
from fanal.risk.stream_level import THICK as THICK_LEVEL
from fanal.risk.stream_level import TRIM, without_own

FIRST = date(2014, 1, 6)
NO_AREAS = AREA_SCHEMA.empty_table()


def weeks(number: int) -> list[date]:
    return [FIRST + timedelta(weeks=week) for week in range(number)]


# The slow and obvious ones.


def slow_tail(number: int, mean: float, dispersion: float) -> float:
    if dispersion == 0:
        return float(stats.poisson.cdf(number, mean))
    return float(stats.nbinom.cdf(number, 1 / dispersion, 1 / (1 + dispersion * mean)))


def slow_level(counts: list[int], usual: list[float], left_out: int) -> float:
    """Return the trimmed mean of the others, each as a stretch of its weight; the thin ones are one stretch."""
    stretches, thin, thin_seen = [], 0.0, 0
    for area, (number, weight) in enumerate(zip(counts, usual, strict=True)):
        if math.isnan(weight) or weight <= 0:
            continue
        if weight < THICK_LEVEL:
            thin, thin_seen = thin + weight, thin_seen + number
        elif area != left_out:
            stretches.append((number / weight, weight))
    if thin:
        stretches.append((thin_seen / thin, thin))
    whole = sum(weight for _, weight in stretches)
    if not whole:
        return 1.0
    low, high, at, total = TRIM * whole, (1 - TRIM) * whole, 0.0, 0.0
    for ratio, weight in sorted(stretches):
        total += ratio * max(0.0, min(at + weight, high) - max(at, low))
        at += weight
    return total / (high - low)


def slow_fit(
    counts: list[int], exposure: list[float], heard: list[bool]
) -> tuple[float, float, float, int, int]:
    """Return rate, own dispersion, reports, periods of one area, and whether they suffice."""
    kept = [(y, e) for y, e, h in zip(counts, exposure, heard, strict=True) if h and e > 0]
    if not kept:
        return math.nan, 0.0, 0, 0, 0
    middle = float(np.median([y / e for y, e in kept]))
    away = [2 * abs(math.sqrt(y + 0.375) - math.sqrt(middle * e + 0.375)) for y, e in kept]
    reach = OUTLYING * max(1.0, 1.4826 * float(np.median(away)))
    kept = [pair for pair, distance in zip(kept, away, strict=True) if distance <= reach]
    n, seen, basis = len(kept), sum(y for y, _ in kept), sum(e for _, e in kept)
    if n < LEAST_PAST or not basis:
        return math.nan, 0.0, 0, n, 0
    rate = seen / basis
    squares = sum((rate * e) ** 2 for _, e in kept)
    beyond = sum((y - rate * e) ** 2 * n / (n - 1) - rate * e for y, e in kept)
    return rate, max(0.0, beyond / squares) if squares else 0.0, seen, n, 1


def slow_p_values(counts: np.ndarray, baseline: int) -> np.ndarray:
    """Return the p-value of each area and week, with plain loops; nothing of it may have been silent."""
    periods, areas = counts.shape
    found = np.full(counts.shape, np.nan)
    level = np.ones(counts.shape)
    for area in range(areas):
        rest = [int(row.sum() - row[area]) for row in counts[:LEAST_PAST]]
        mean = sum(rest) / len(rest)
        for row in range(min(LEAST_PAST, periods)):
            level[row, area] = rest[row] / mean if mean else 1.0
    for row in range(LEAST_PAST, periods):
        past = range(max(0, row - baseline), row)
        fits = [
            slow_fit([int(counts[r, a]) for r in past], [level[r, a] for r in past], [True] * len(past))
            for a in range(areas)
        ]
        whole = slow_fit([int(counts[r].sum()) for r in past], [1.0] * len(past), [True] * len(past))
        thick = [own for _, own, seen, n, good in [*fits, whole] if good and seen >= THICK * n]
        shared = float(np.median(thick)) if thick else 0.0
        rates = [rate for rate, *_ in fits]
        for area, (rate, own, seen, n, good) in enumerate(fits):
            level[row, area] = slow_level(
                counts[row].tolist(), rates, area if rates[area] >= THICK_LEVEL else -1
            )
            if good and seen:
                spread = max(own, shared)
                spread += math.sqrt(2 / (n * max(len(thick), 1))) * (n / seen + spread)
                spread += spread / n + 1 / seen
                found[row, area] = slow_tail(int(counts[row, area]), rate * level[row, area], spread)
    return found


@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.floats(0.01, 300), st.sampled_from([0.0, 0.01, 0.3, 2.0])),
        min_size=1,
        max_size=20,
    )
)
def test_the_tail_is_that_of_scipy(rows):
    counts, mean, dispersion = (np.array(column) for column in zip(*rows, strict=True))
    wanted = [slow_tail(*row) for row in rows]
    assert below(counts, mean, dispersion) == pytest.approx(wanted, rel=1e-7, abs=1e-250)


@given(st.floats(0.01, 500), st.sampled_from([0.0, 0.1, 1.0]), st.sampled_from([0.3, 0.01, 1e-6]))
def test_the_band_ends_where_the_tail_crosses_the_level(mean, dispersion, level):
    (low,) = lowest(level, np.array([mean]), np.array([dispersion])).tolist()
    assert slow_tail(low, mean, dispersion) > level * (1 - 1e-6)
    assert low == 0 or slow_tail(low - 1, mean, dispersion) <= level * (1 + 1e-6)


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.one_of(st.just(math.nan), st.just(0.0), st.floats(0.1, 40))),
        min_size=1,
        max_size=8,
    )
)
def test_the_level_leaves_each_area_out(rows):
    counts, usual = [y for y, _ in rows], [u for _, u in rows]
    fast = without_own(np.array(counts), np.array(usual))
    for area, weight in enumerate(usual):
        out = area if weight >= THICK_LEVEL else -1
        assert fast[area] == pytest.approx(slow_level(counts, usual, out), abs=1e-9)


@given(arrays(np.int64, st.tuples(st.integers(1, 14), st.integers(1, 5)), elements=st.integers(0, 30)))
def test_p_values_are_those_of_the_slow_ones(counts):
    # No silence may be found on the way: it would leave the later baselines.
    found = measure(counts, baseline=10, false_a_year=1e-9)
    wanted = slow_p_values(counts, 10)
    until = int(np.argmax(found.silent[:, :-1].any(axis=1))) if found.silent[:, :-1].any() else len(counts)
    np.testing.assert_allclose(found.p_value[:until, :-1], wanted[:until], rtol=1e-6, atol=1e-12)


def slow_tarone(least: list[float], alpha: float) -> float:
    k = 1
    while sum(p <= alpha / k for p in least) > k:
        k += 1
    return alpha / k


@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.001, 1))
def test_tests_that_cannot_succeed_cost_nothing(least, alpha):
    limit = tarone(np.array(least), alpha)
    assert limit == slow_tarone(least, alpha)
    assert sum(p <= limit for p in least) * limit <= alpha * (1 + 1e-12)


@pytest.mark.parametrize("scatter", [None, 10.0, 3.0])
def test_chance_makes_no_more_silences_than_stated(scatter):
    dice = generator(5)
    rate, runs, years = 4.0, 12, 2
    silences = 0
    for _ in range(runs):
        usual = np.exp(dice.normal(2.5, 1.2, 60))
        week = np.arange(52 * (years + 1))
        mean = (
            usual
            * ((1 + 0.3 * np.sin(week / 52 * 2 * np.pi)) * np.exp(dice.normal(0, 0.05, len(week))))[:, None]
        )
        counts = dice.poisson(
            mean if scatter is None else mean * dice.gamma(scatter, 1 / scatter, mean.shape)
        )
        silences += measure(counts, baseline=52, false_a_year=rate).silent[52:].sum()
    stated = rate * runs * years
    assert silences <= stats.poisson.ppf(0.999, stated)
    assert silences > 0, "a test that nothing fails"


def stream(dice: np.random.Generator, length: int = 40) -> np.ndarray:
    return dice.poisson(np.array([40.0, 30.0, 25.0, 60.0, 2.0, 50.0, 35.0]), (length, 7))


def test_an_outage_is_found_and_stays_out_of_the_band():
    counts = stream(generator(2))
    counts[20:26, 1] = 1
    found = measure(counts, baseline=52, false_a_year=1.0)
    assert found.silent[20:26, 1].all()
    assert found.silent.sum() == 6
    assert found.usual[26, 1]
    assert found.low[26, 1] > 5, "the outage did not widen the band"
    assert found.low[25, 1] == pytest.approx(found.low[20, 1], abs=4)


def test_an_outage_in_the_first_weeks_does_not_become_usual():
    counts = stream(generator(3))
    counts[2:5, 0] = 0
    counts[30, 0] = 0
    found = measure(counts, baseline=52, false_a_year=1.0)
    assert np.argwhere(found.silent).tolist() == [[30, 0]]


def test_an_outage_of_the_whole_stream_is_no_local_silence():
    counts = stream(generator(4))
    counts[30] //= 10
    found = measure(counts, baseline=52, false_a_year=1.0)
    assert np.argwhere(found.silent).tolist() == [[30, 7]]
    assert not found.usual[30].any(), "nothing is as usual when the stream is down"
    counts[30, 3] = 0
    both = measure(counts, baseline=52, false_a_year=1.0)
    assert both.silent[30, 7]
    assert not both.usual[30, 3]


def test_a_silence_within_a_busy_stream_is_found_and_one_in_a_thin_area_is_not_told():
    counts = stream(generator(6))
    counts[:, 4] = np.minimum(counts[:, 4], 1)
    counts[30] *= 3
    counts[30, 0] = 8
    counts[30, 4] = 0
    found = measure(counts, baseline=52, false_a_year=0.1)
    assert np.argwhere(found.silent).tolist() == [[30, 0]]
    assert not found.usual[:, 4].any()
    assert (found.low[:, 4] == -1).all()


def test_one_area_that_surges_does_not_silence_the_others():
    counts = stream(generator(7))
    counts[30, 3] *= 30
    found = measure(counts, baseline=52, false_a_year=1.0)
    assert not found.silent.any()
    assert not measure(counts, baseline=52, false_a_year=1.0).silent[31:].any()


def test_who_stays_silent_is_never_as_usual_again():
    counts = stream(generator(8), 90)
    counts[20:, 2] = 0
    found = measure(counts, baseline=30, false_a_year=1.0)
    assert found.silent[20:40, 2].all()
    assert not found.usual[20:, 2].any()
    rows = table(found, weeks=weeks(90), areas=list("abcdefg")).to_pylist()
    own = [row for row in rows if row["area"] == "c"]
    assert own[25]["since"] == weeks(90)[20]
    assert own[-1]["state"] == "cannot_tell"
    assert own[-1]["since"] is None


def test_the_stream_is_held_against_its_season():
    dice = generator(9)
    week = np.arange(52 * 4)
    season = 1 + 0.6 * np.cos(week / 52 * 2 * np.pi)
    counts = dice.poisson(np.full(20, 60.0) * season[:, None])
    found = measure(counts, baseline=52, false_a_year=1.0)
    assert found.expected[52 * 3 :, -1] == pytest.approx(1200 * season[52 * 3 :], rel=0.15)
    assert not found.silent[52 * 3 :, -1].any()


@given(arrays(np.int64, (12, 3), elements=st.integers(0, 50)), st.integers(9, 11))
def test_what_comes_later_changes_nothing(counts, until):
    whole = measure(counts, baseline=20, false_a_year=2.0)
    part = measure(counts[:until], baseline=20, false_a_year=2.0)
    for name in ("expected", "p_value", "silent", "usual", "low"):
        np.testing.assert_array_equal(getattr(whole, name)[:until], getattr(part, name))


@given(arrays(np.int64, st.tuples(st.integers(0, 12), st.integers(0, 3)), elements=st.integers(0, 50)))
def test_each_area_has_one_of_three_answers(counts):
    found = measure(counts, baseline=20, false_a_year=2.0)
    rows = table(found, weeks=weeks(len(counts)), areas=[str(n) for n in range(counts.shape[1])])
    assert rows.schema.equals(SILENCE_SCHEMA)
    assert len(rows) == len(counts) * (counts.shape[1] + 1)
    for row in rows.to_pylist():
        assert row["state"] in {"silent", "as_usual", "cannot_tell"}
        assert (row["since"] is not None) == (row["state"] == "silent")
        assert row["state"] != "silent" or (row["low"] is not None and row["volume"] < row["low"])
        assert row["state"] != "as_usual" or row["volume"] >= row["low"] > 0
    for before, after in pairwise(rows.filter(pa.compute.equal(rows["area"], "0")).to_pylist()):
        if before["state"] == after["state"] == "silent":
            assert before["since"] == after["since"]


def test_a_stream_of_one_silent_area_cannot_be_told():
    counts = np.array([[5]] * 9 + [[0]])
    found = measure(counts, baseline=20, false_a_year=2.0)
    assert found.silent[9].tolist() == [True, False]
    assert found.usual[9].tolist() == [False, False]


def posts(loud: int) -> pa.Table:
    """Return located rows of 40 authors in each of three areas, of which A has none but a loud one in the last week."""
    rows = []
    for number, week in enumerate(weeks(20)):
        for area in "ABC":
            authors = range(40) if (number, area) != (19, "A") else []
            rows += [(week, hash((area, author)) % 2**63, area, "volume", 1.0) for author in authors]
    rows += [(weeks(20)[19], 7, "A", "volume", 1.0)] * loud
    columns = [list(column) for column in zip(*rows, strict=True)]
    return pa.table(columns, schema=PLACED_SCHEMA)


def test_one_loud_author_cannot_mask_a_silence():
    rows = posts(loud=5000)
    counts = count(draw(rows, seed=1), rows)
    found = silence(counts, areas=NO_AREAS, now=weeks(21)[20], baseline_weeks=52, false_a_year=1.0)
    silent = [row for row in found.to_pylist() if row["state"] == "silent"]
    assert [(row["area"], row["week"], row["volume"]) for row in silent] == [("A", weeks(20)[19], 1)]


def test_a_region_of_thin_areas_is_told_where_none_of_them_can_be():
    """One of three governorates has twelve districts with 3 author-weeks each, and falls silent."""
    thin, thick = [f"T{n}" for n in range(12)], ["U1", "U2"]
    rows = [("IQ", None, 0), ("T", "IQ", 1), ("U", "IQ", 1), ("V", "IQ", 1)]
    rows += [(code, "T", 2) for code in thin] + [(code, "U", 2) for code in thick]
    where = pa.Table.from_pylist(
        [{"area": code, "parent": parent, "level": level, "name": code} for code, parent, level in rows],
        schema=AREA_SCHEMA,
    )
    dice = generator(12)
    numbers = {code: dice.poisson(3 if code in thin else 80, 30) for code in [*thin, *thick]}
    numbers["V"] = dice.poisson(70, 30)
    numbers["T"] = dice.poisson(2, 30)  # posts that name the governorate alone
    cut = {code for code in numbers if code.startswith("T")}
    rows = [
        {"area": code, "week": week, "author_weeks": 0 if code in cut and week == weeks(30)[29] else int(n)}
        for code, column in numbers.items()
        for week, n in zip(weeks(30), column, strict=True)
    ]
    same = {"category": "volume", "weight": 0.0, "weight_low": 0.0, "weight_high": 0.0}
    counts = pa.Table.from_pylist([row | same for row in rows], schema=COUNT_SCHEMA)
    found = silence(counts, areas=where, now=weeks(31)[30], baseline_weeks=52, false_a_year=0.2)
    silent = [
        (row["area"], row["week"], row["volume"]) for row in found.to_pylist() if row["state"] == "silent"
    ]
    assert silent == [("T", weeks(30)[29], 0)]
    last = found.filter(pa.compute.equal(found["week"], weeks(30)[29]))
    assert last["area"].to_pylist() == [*sorted([*numbers, "U"]), None]
    by_area = dict(zip(last["area"].to_pylist(), last["volume"].to_pylist(), strict=True))
    assert by_area["U"] == by_area["U1"] + by_area["U2"] == by_area[None] - by_area["V"]
    state = dict(zip(last["area"].to_pylist(), last["state"].to_pylist(), strict=True))
    assert state[None] == state["U"] == state["U1"] == "as_usual", "a region is no outage of the stream"
    assert {state[code] for code in thin} == {"cannot_tell"}
    first = found.filter(pa.compute.equal(found["week"], weeks(30)[0])).to_pylist()
    assert next(row for row in first if row["area"] == "T")["volume"] == sum(
        int(numbers[code][0]) for code in [*thin, "T"]
    )


def test_without_posts_there_is_nothing_to_tell():
    empty = COUNT_SCHEMA.empty_table()
    found = silence(empty, areas=NO_AREAS, now=FIRST, baseline_weeks=4, false_a_year=1.0)
    assert found.equals(SILENCE_SCHEMA.empty_table())


@pytest.mark.parametrize(
    ("counts", "baseline", "rate"),
    [([[-1]], 52, 1.0), ([[1]], 7, 1.0), ([[1]], 52, 0.0), ([[1]], 52, math.nan)],
)
def test_what_cannot_be_measured_is_refused(counts, baseline, rate):
    with pytest.raises(ValueError, match=r"below 0|needs a baseline"):
        measure(np.array(counts), baseline=baseline, false_a_year=rate)
