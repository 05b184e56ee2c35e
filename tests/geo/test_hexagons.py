"""H3 cells: every point has one, it holds the point, and cells make a layer like any boundaries."""

import h3
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fanal.geo import grid, hexagons
from fanal.geo.containment import OUTSIDE
from fanal.model.area import AREA_SCHEMA

POINTS = st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=20)


@given(POINTS, st.integers(0, hexagons.FINEST))
def test_each_point_as_the_library_says_one_by_one(
    points: list[tuple[float, float]], resolution: int
) -> None:
    lon, lat = np.array([*points, (np.nan, 1.0)], np.float64).T
    found = hexagons.codes(lon, lat, resolution).to_pylist()
    assert found == [*("h3:" + h3.latlng_to_cell(y, x, resolution) for x, y in points), None]
    table = hexagons.areas(pa.array(found, pa.string()))
    assert table.schema.equals(AREA_SCHEMA)
    assert table["area"].to_pylist() == sorted({code for code in found if code})
    assert shapely.is_valid(shapely.from_wkb(table["geometry"].to_numpy())).all()


@pytest.mark.parametrize("resolution", range(hexagons.FINEST + 1))
def test_cells_hold_their_points_but_for_the_bend_of_their_edges(resolution: int) -> None:
    """An edge of H3 is an arc, and one of a polygon is straight: points between the two change their cell."""
    dice = np.random.Generator(np.random.PCG64(3))
    lon, lat = dice.uniform(38, 49, 4_000), dice.uniform(29, 38, 4_000)
    found = hexagons.codes(lon, lat, resolution)
    table = hexagons.areas(found)
    row = grid.compile(table).areas_of(lon, lat)
    same = np.array(table["area"].to_pylist(), object)[row] == np.array(found.to_pylist(), object)
    assert (~same | (row == OUTSIDE)).mean() <= 0.02


@pytest.mark.parametrize("resolution", [0, 1, 2])
def test_all_cells_cover_the_earth_once(resolution: int) -> None:
    cells = hexagons.covering(-180, -90, 180, 90, resolution) if resolution else None
    every = {child for base in h3.get_res0_cells() for child in h3.cell_to_children(base, resolution)}
    table = hexagons.areas(pa.array(["h3:" + cell for cell in every]))
    shapes = shapely.from_wkb(table["geometry"].to_numpy())
    assert shapely.area(shapes).sum() == pytest.approx(360 * 180, rel=1e-6)
    assert cells is None or set(cells.to_pylist()) <= set(table["area"].to_pylist())


def test_a_box_is_covered() -> None:
    cells = hexagons.covering(43.0, 36.0, 44.0, 37.0)
    dice = np.random.Generator(np.random.PCG64(5))
    inside = hexagons.codes(dice.uniform(43, 44, 3_000), dice.uniform(36, 37, 3_000))
    assert set(inside.to_pylist()) <= set(cells.to_pylist())
    whole = shapely.union_all(shapely.from_wkb(hexagons.areas(cells)["geometry"].to_numpy()))
    assert whole.contains(shapely.box(43.0, 36.0, 44.0, 37.0))


@pytest.mark.parametrize(
    "bad",
    [
        (1, 0, 0, 1, 4),
        (0, 1, 1, 0, 4),
        (-181, 0, 1, 1, 4),
        (0, 0, 1, 91, 4),
        (0, 0, 1, 1, 6),
        (0, 0, 1, 1, -1),
    ],
)
def test_what_is_out_of_range_is_refused(bad: tuple[float, float, float, float, int]) -> None:
    with pytest.raises(ValueError, match=r"box|resolution"):
        hexagons.covering(*bad)
    with pytest.raises(ValueError, match="longitude"):
        hexagons.codes(np.array([181.0]), np.array([0.0]))
