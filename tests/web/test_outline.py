"""The outlines on the page: valid, few enough for a phone, and with shared borders still shared."""

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fanal.web import outline
from fanal.web.outline import GRID, MOST_POINTS, outlines

THOUSANDTH = 1 / GRID


def decoded(polygons: list[list[list[int]]]) -> Any:
    """Return a shape from its rings of steps, as the page's script draws it."""

    def ring(steps: list[int]) -> NDArray[np.float64]:
        return np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / GRID

    return shapely.MultiPolygon([(ring(first), [ring(hole) for hole in holes]) for first, *holes in polygons])


def wkb(shapes: list[Any]) -> pa.Array:
    return pa.array([None if shape is None else shapely.to_wkb(shape) for shape in shapes], pa.binary())


def levels(count: int) -> NDArray[np.int8]:
    return np.ones(count, np.int8)


def wavy(x: float, points: int) -> list[tuple[float, float]]:
    """Return a border from south to north, as rough as a river."""
    y = np.linspace(30, 34, points)
    return list(zip((x + 0.3 * np.sin(7 * y) + 0.01 * np.sin(900 * y)).tolist(), y.tolist(), strict=True))


def strips(count: int, points: int) -> list[Any]:
    """Return areas side by side, each sharing its borders with the next."""
    borders = [wavy(40 + at, points) for at in range(count + 1)]
    return [shapely.Polygon([*left, *reversed(right)]) for left, right in pairwise(borders)]


@given(st.integers(-179_000, 178_000), st.integers(-89_000, 88_000), st.integers(1, 900), st.integers(1, 900))
def test_a_box_comes_back_to_the_thousandth_of_a_degree(x: int, y: int, wide: int, high: int) -> None:
    box = shapely.box(x / GRID, y / GRID, (x + wide) / GRID, (y + high) / GRID)
    (found,) = outlines(wkb([box]), levels(1))
    assert found is not None
    assert shapely.equals(
        shapely.set_precision(decoded(found), THOUSANDTH), shapely.set_precision(box, THOUSANDTH)
    )


def test_islands_and_holes_stay() -> None:
    ring = shapely.Polygon(shapely.box(0, 0, 3, 3).exterior, [shapely.box(1, 1, 2, 2).exterior])
    both = shapely.MultiPolygon([ring, shapely.box(5, 5, 6, 6)])
    (found,) = outlines(wkb([both]), levels(1))
    assert found is not None
    assert [len(rings) for rings in found] == [2, 1]
    assert decoded(found).equals(both)


def test_rough_borders_are_simplified_together_and_stay_shared() -> None:
    shapes = strips(6, 8_000)
    assert shapely.get_num_coordinates(shapes).sum() > 3 * MOST_POINTS
    found = [decoded(one) for one in outlines(wkb(shapes), levels(6)) if one is not None]
    assert len(found) == 6
    assert shapely.get_num_coordinates(found).sum() <= MOST_POINTS
    assert shapely.is_valid(found).all()
    whole = shapely.union_all(shapes)
    assert shapely.union_all(found).symmetric_difference(whole).area < 0.01 * whole.area
    for left, right in pairwise(found):
        assert left.intersection(right).area < 1e-6 * left.area
        assert left.intersection(right).length > 4  # the border is one line, not two


def test_an_outline_that_fits_is_not_simplified() -> None:
    shapes = strips(2, 500)
    found = [decoded(one) for one in outlines(wkb(shapes), levels(2)) if one is not None]
    for shape, kept in zip(shapes, found, strict=True):
        assert shapely.hausdorff_distance(shape, kept) < THOUSANDTH


@pytest.mark.parametrize(
    "bad",
    [
        None,
        b"",
        b"\x01\x03broken",
        shapely.to_wkb(shapely.Point(44, 33)),
        shapely.to_wkb(shapely.LineString([(44, 33), (45, 34)])),
        shapely.to_wkb(shapely.Polygon()),
        shapely.to_wkb(shapely.box(44, 33, 44.0001, 33.0001)),
    ],
)
def test_what_cannot_be_drawn_is_none_and_takes_nothing_with_it(bad: bytes | None) -> None:
    good = shapely.to_wkb(shapely.box(44, 33, 45, 34))
    found = outlines(pa.array([good, bad, good], pa.binary()), levels(3))
    assert found[1] is None
    assert found[0] == found[2] == [[[45000, 33000, 0, 1000, -1000, 0, 0, -1000]]]


def test_levels_are_simplified_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outline, "MOST_POINTS", 500)
    districts = strips(4, 2_000)
    whole = shapely.union_all(districts)
    found = outlines(wkb([whole, *districts]), np.array([0, 1, 1, 1, 1], np.int8))
    shapes = [decoded(one) for one in found if one is not None]
    assert len(shapes) == 5
    assert shapely.is_valid(shapes).all()
    assert shapes[0].area == pytest.approx(whole.area, rel=0.02)
