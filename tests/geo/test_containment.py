"""Containment: the finest area that holds a point, the lowest row on a border, the same as a slow search."""

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fanal.geo.containment import OUTSIDE, areas_of
from fanal.model.area import AREA_SCHEMA

corner = st.integers(-4, 4)
boxes = st.lists(
    st.tuples(st.integers(0, 2), st.one_of(st.none(), st.tuples(corner, corner, corner, corner))), max_size=8
)
# Quarters hit corners, edges and insides of boxes with whole corners.
spots = st.lists(
    st.tuples(*[st.integers(-20, 20).map(lambda n: n / 4) | st.just(float("nan"))] * 2), max_size=30
)


def table(rows):
    """Return areas; each row is a level and a box (west, south, east, north) or None."""
    made = []
    for number, (level, box) in enumerate(rows):
        drawn = None
        if box is not None:
            west, east = sorted((box[0], box[2]))
            south, north = sorted((box[1], box[3]))
            drawn = shapely.to_wkb(shapely.box(west, south, east + 1, north + 1))
        made.append({"area": f"own:{number}", "level": level, "name": str(number), "geometry": drawn})
    return pa.Table.from_pylist(made, schema=AREA_SCHEMA)


def slow(lon, lat, areas):
    """Return the row for one point by asking every area."""
    holding = [
        (-level, row)
        for row, (level, drawn) in enumerate(
            zip(areas["level"].to_pylist(), areas["geometry"].to_pylist(), strict=True)
        )
        if drawn is not None and shapely.intersects(shapely.from_wkb(drawn), shapely.Point(lon, lat))
    ]
    return min(holding)[1] if holding and not np.isnan(lon + lat) else OUTSIDE


@given(boxes, spots)
def test_areas_are_those_of_the_slow_search(rows, points):
    areas = table(rows)
    lon, lat = np.array([x for x, _ in points], float), np.array([y for _, y in points], float)
    found = areas_of(lon, lat, areas)
    assert found.dtype == np.int32
    assert found.tolist() == [slow(x, y, areas) for x, y in points]


@given(boxes, spots)
def test_a_slice_of_a_table_in_chunks_answers_with_its_own_rows(rows, points):
    areas = pa.concat_tables([table(rows), table(rows)]).slice(len(rows))
    lon, lat = np.array([x for x, _ in points], float), np.array([y for _, y in points], float)
    assert areas_of(lon, lat, areas).tolist() == areas_of(lon, lat, table(rows)).tolist()


def test_point_on_a_border_goes_to_the_lowest_row_of_the_finest_level():
    areas = table([(1, (0, 0, 5, 5)), (2, (1, 0, 1, 0)), (2, (0, 0, 0, 0))])
    assert areas_of(np.array([1.0, 3.0]), np.array([0.5, 3.0]), areas).tolist() == [1, 0]


def test_a_hole_does_not_hold_a_point():
    ring = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (3, 1), (3, 3), (1, 3)]])
    row = {"area": "own:ring", "level": 1, "name": "ring", "geometry": shapely.to_wkb(ring)}
    areas = pa.Table.from_pylist([row], schema=AREA_SCHEMA)
    assert areas_of(np.array([2.0, 0.5]), np.array([2.0, 0.5]), areas).tolist() == [OUTSIDE, 0]


@pytest.mark.parametrize(
    ("lon", "lat"), [(181.0, 0.0), (-180.1, 0.0), (0.0, 90.1), (0.0, -91.0), (np.inf, 0.0), (0.0, -np.inf)]
)
def test_a_coordinate_out_of_range_is_refused(lon, lat):
    with pytest.raises(ValueError, match="-180 to 180"):
        areas_of(np.array([0.0, lon]), np.array([0.0, lat]), table([]))


def test_the_edges_of_the_world_are_in_range():
    corners = np.array([-180.0, 180.0]), np.array([-90.0, 90.0])
    assert areas_of(*corners, table([])).tolist() == [OUTSIDE, OUTSIDE]
