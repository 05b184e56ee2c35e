"""Exposure and neighbours: what is expected follows the volume of posts, or the rate around."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fanal.risk.expected import smoothed_shares
from fanal.risk.exposure import by_volume
from fanal.risk.local_shares import local_shares


@st.composite
def studies(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    """Draw past signals and volume, signals and volume of a study; something was posted in it."""
    areas, past, now = draw(st.integers(1, 4)), draw(st.integers(0, 4)), draw(st.integers(1, 4))
    volume = draw(arrays(np.int64, (now, areas), elements=st.integers(0, 200)))
    volume[0, 0] += 1
    return (
        draw(arrays(np.int64, (past, areas), elements=st.integers(0, 30))),
        draw(arrays(np.int64, (past, areas), elements=st.integers(0, 200))),
        draw(arrays(np.int64, (now, areas), elements=st.integers(0, 30))),
        volume,
    )


@given(studies())
def test_totals_are_kept_and_nothing_is_impossible(study):
    found = by_volume(*study)
    counts = study[2]
    assert found.shape == counts.shape
    assert found.sum() == pytest.approx(counts.sum())
    assert np.isfinite(found).all()
    if counts.any():
        assert (found > 0).all()


@given(studies(), st.integers(2, 9))
def test_who_posts_more_is_expected_to_have_more(study, times):
    history, past, counts, volume = study
    volume = np.maximum(volume, 1)
    more = volume.copy()
    more[0, 0] *= times
    one, two = by_volume(history, past, counts, volume), by_volume(history, past, counts, more)
    rest = np.ones(volume.shape, np.bool_)
    rest[0, 0] = False
    if counts.any() and (one[rest] > 1e-3).all() and one[0, 0] > 1e-3:
        assert two[rest] / two[0, 0] * times == pytest.approx(one[rest] / one[0, 0], rel=1e-6)


def test_a_platform_that_grows_makes_no_rise_and_more_signals_for_each_author_do():
    volume = np.array([[100, 100], [300, 100]])
    even = by_volume(np.array([[10, 10]]), np.array([[100, 100]]), np.array([[10, 10], [30, 10]]), volume)
    assert even == pytest.approx(np.array([[10, 10], [30, 10]]))
    more = by_volume(np.array([[10, 10]]), np.array([[100, 100]]), np.array([[10, 10], [60, 10]]), volume)
    assert more[1, 0] < 60


@pytest.mark.parametrize(
    "wrong",
    [([[1]], [[1], [2]], [[1]], [[1]]), ([[1]], [[1]], [[1]], [[0]]), ([[1]], [[-1]], [[1]], [[2]])],
)
def test_what_fits_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match=r"same periods|must not be below"):
        by_volume(*(np.array(one) for one in wrong))


def slow_local(past: list[int], weight: list[float], near: list[list[int]]) -> list[float]:
    """Return Marshall's local estimate with plain loops."""
    total, people = sum(past), sum(weight)
    if not total:
        return [w / people for w in weight]
    n = [total * w / people for w in weight]
    r = [y / m for y, m in zip(past, n, strict=True)]
    values = []
    for i, around in enumerate(near):
        mean = sum(past[j] for j in around) / sum(n[j] for j in around)
        s2 = sum(n[j] * (r[j] - mean) ** 2 for j in around) / sum(n[j] for j in around)
        a = max(0.0, s2 - mean / (sum(n[j] for j in around) / len(around)))
        c = a / (a + mean / n[i]) if a + mean / n[i] else 0.0
        values.append(n[i] * (mean + c * (r[i] - mean)))
    return [v / sum(values) for v in values] if sum(values) else values


@given(st.lists(st.tuples(st.integers(0, 60), st.floats(0.1, 50)), min_size=2, max_size=8), st.data())
def test_local_shares_are_those_of_the_slow_ones(rows, data):
    past, weight = [y for y, _ in rows], [w for _, w in rows]
    areas = range(len(rows))
    k = data.draw(st.integers(1, len(rows)))
    near = [[i, *data.draw(st.permutations([j for j in areas if j != i]))[: k - 1]] for i in areas]
    fast = local_shares(np.array(past), np.array(weight), np.array(near))
    assert fast == pytest.approx(slow_local(past, weight, near), abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 60), st.floats(0.1, 50)), min_size=2, max_size=8))
def test_where_all_are_neighbours_the_local_shares_are_the_global_ones(rows):
    past, weight = np.array([y for y, _ in rows]), np.array([w for _, w in rows])
    all_of_them = np.tile(np.arange(len(rows)), (len(rows), 1))
    assert local_shares(past, weight, all_of_them) == pytest.approx(smoothed_shares(past, weight), abs=1e-9)


def test_a_thin_area_beside_a_front_is_drawn_up():
    past = np.array([200, 200, 0, 2, 2, 2])
    weight = np.array([100.0, 100.0, 1.0, 100.0, 100.0, 100.0])
    near = np.array([[0, 1, 2], [1, 0, 2], [2, 0, 1], [3, 4, 5], [4, 3, 5], [5, 3, 4]])
    local, whole = local_shares(past, weight, near), smoothed_shares(past, weight)
    assert local[2] > whole[2]


def test_who_is_no_neighbour_of_itself_is_refused():
    with pytest.raises(ValueError, match="own neighbours"):
        local_shares(np.array([1, 1]), np.ones(2), np.array([[1], [0]]))
    with pytest.raises(ValueError, match="above zero"):
        local_shares(np.array([1, 1]), np.zeros(2), np.array([[0], [1]]))
