"""The grid gives the answer of the slow way, on random shapes with shared borders and on Iraq's own border points."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.facts import iraq, world
from fanal.geo import containment, grid
from fanal.geo.orientation import exact_side, side
from fanal.model.area import AREA_SCHEMA


def table(shapes: list[object], levels: list[int]) -> pa.Table:
    """Return shapes as areas."""
    rows = [
        {
            "area": f"own:{n}",
            "level": level,
            "name": str(n),
            "geometry": None if shape is None else shapely.to_wkb(shape),
        }
        for n, (shape, level) in enumerate(zip(shapes, levels, strict=True))
    ]
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)


def exactly_holds(shape: shapely.Geometry, lon: float, lat: float) -> bool:
    """Say whether a shape holds a point or is touched by it, in fractions."""
    x, y = Fraction(lon), Fraction(lat)
    inside = False
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        corners = [(Fraction(a), Fraction(b)) for a, b in shapely.get_coordinates(ring)]
        for (ax, ay), (bx, by) in pairwise(corners):
            turn = (ax - x) * (by - y) - (ay - y) * (bx - x)
            if turn == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
                return True
            if (ay > y) != (by > y) and (turn > 0) == (by > ay):
                inside = not inside
    return inside


def exactly(areas: pa.Table, lon: float, lat: float) -> int:
    """Return the area of a point in fractions: the finest level, then the lowest row."""
    levels = areas["level"].to_pylist()
    for row in sorted(range(len(levels)), key=lambda row: (-levels[row], row)):
        wkb = areas["geometry"][row].as_py()
        if wkb is not None and exactly_holds(shapely.from_wkb(wkb), lon, lat):
            return row
    return containment.OUTSIDE


def check(areas: pa.Table, lon: np.ndarray, lat: np.ndarray) -> None:
    """Compare with shapely; where the two differ, fractions decide: shapely rounds for points that lie on an edge."""
    found = grid.compile(areas).areas_of(lon, lat)
    differs = np.flatnonzero(found != containment.areas_of(lon, lat, areas))
    assert len(differs) <= 0.05 * len(lon)
    wrong = [(lon[i], lat[i], found[i]) for i in differs if found[i] != exactly(areas, lon[i], lat[i])]
    assert not wrong


def test_shapely_misses_a_point_on_an_edge_that_fractions_find() -> None:
    crossed = shapely.make_valid(shapely.Polygon([(0, 0), (1, -6), (-5, -1), (4, -5)]))
    areas, lon, lat = table([crossed], [0]), np.array([-0.5]), np.array([-3.0])
    assert exactly_holds(crossed, -0.5, -3.0)
    assert grid.compile(areas).areas_of(lon, lat).tolist() == [0]
    assert containment.areas_of(lon, lat, areas).tolist() == [containment.OUTSIDE]


COARSE = st.integers(-6, 6)
POLYGON = st.lists(st.tuples(COARSE, COARSE), min_size=3, max_size=9).map(
    lambda points: shapely.make_valid(shapely.Polygon(points))
)


def polygonal(shape: shapely.Geometry) -> shapely.Geometry | None:
    """Return the polygons of a shape, None if it has none."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else None


@settings(deadline=None, max_examples=150)
@given(
    shapes=st.lists(POLYGON.map(polygonal), min_size=1, max_size=6),
    holes=st.lists(POLYGON.map(polygonal), min_size=1, max_size=2),
    data=st.data(),
)
def test_small_whole_numbers_where_borders_and_corners_meet(shapes, holes, data) -> None:
    cut = [
        polygonal(shapely.difference(shape, holes[n % len(holes)]))
        if shape is not None and holes[n % len(holes)] is not None and n % 2
        else shape
        for n, shape in enumerate(shapes)
    ]
    cut = [None if shape is None or shape.is_empty else shape for shape in cut]
    levels = data.draw(st.lists(st.integers(0, 3), min_size=len(cut), max_size=len(cut)))
    half = np.arange(-13, 14) / 2
    lon, lat = (one.ravel() for one in np.meshgrid(half, half))
    check(table(cut, levels), lon, lat)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1e-4, 0.01, 1.0, 60.0]))
def test_stars_with_holes_and_points_near_their_edges(seed: int, scale: float) -> None:
    dice = np.random.Generator(np.random.PCG64(seed))
    shapes = []
    for _ in range(4):
        turn = np.sort(dice.uniform(0, 2 * np.pi, 12))
        far = dice.uniform(0.3, 1.0, 12) * scale
        middle = dice.uniform(-1, 1, 2) * scale
        ring = np.round(np.stack([np.cos(turn), np.sin(turn)], axis=1) * far[:, None] + middle, 7)
        shape = polygonal(shapely.make_valid(shapely.Polygon(ring)))
        shapes.append(polygonal(shapely.difference(shape, shapely.Point(middle).buffer(scale / 8))))
    areas = table(shapes, [1, 1, 2, 2])
    points = shapely.get_coordinates([shape for shape in shapes if shape is not None])
    between = (points[1:] + points[:-1]) / 2
    random = dice.uniform(-2 * scale, 2 * scale, (300, 2))
    everything = np.concatenate([points, between, np.nextafter(between, 1e9), random])
    check(areas, everything[:, 0].clip(-180, 180), everything[:, 1].clip(-90, 90))


@pytest.fixture(scope="module")
def home() -> pa.Table:
    return iraq.areas()


def test_every_border_point_of_iraq(home: pa.Table) -> None:
    """All corners and middles of all edges: thousands of points that touch two areas."""
    points = shapely.get_coordinates(shapely.from_wkb(home["geometry"].to_numpy()))
    middles = (points[1:] + points[:-1]) / 2
    some = np.concatenate([points, middles])
    check(home, some[:, 0], some[:, 1])


def test_random_points_of_iraq_and_around(home: pa.Table) -> None:
    dice = np.random.Generator(np.random.PCG64(7))
    check(home, dice.uniform(36, 52, 20_000), dice.uniform(27, 39, 20_000))


def test_a_level_of_its_own(home: pa.Table) -> None:
    lon, lat = np.array([43.13, 43.13]), np.array([36.34, 36.34])
    made = grid.compile(home)
    levels = home["level"].to_numpy()
    for level in sorted(set(levels.tolist()) - {0}):
        found = made.areas_of(lon, lat, level=level)
        assert (levels[found] == level).all()
    assert (made.areas_of(lon, lat, level=5) == containment.OUTSIDE).all()


@pytest.mark.shared
def test_first_level_areas_of_seventy_countries(shared_data: Path) -> None:
    areas = world.areas(shared_data / "natural_earth_admin1" / "admin1_priority_countries.geojson.gz")
    dice = np.random.Generator(np.random.PCG64(11))
    points = shapely.get_coordinates(shapely.from_wkb(areas["geometry"].drop_null().to_numpy()))
    some = points[dice.integers(0, len(points), 20_000)]
    near = (some + dice.normal(0, 0.05, some.shape)).clip([-180, -90], [180, 90])
    check(areas, near[:, 0], near[:, 1])


def test_what_lies_nowhere_and_what_is_no_place() -> None:
    areas = table([shapely.box(170, -90, 180, 90), None, shapely.box(-180, 80, 180, 90)], [1, 1, 1])
    lon = np.array([180.0, -180.0, 180.0, np.nan, 175.0, 0.0, -0.0, np.inf * 0])
    lat = np.array([0.0, 0.0, 90.0, 0.0, np.nan, 0.0, 90.0, 0.0])
    made = grid.compile(areas)
    assert made.areas_of(lon, lat).tolist() == [0, -1, 0, -1, -1, -1, 2, -1]
    assert grid.compile(areas.slice(0, 0)).areas_of(lon, lat).tolist() == [-1] * 8
    with pytest.raises(ValueError, match="longitude"):
        made.areas_of(np.array([181.0]), np.array([0.0]))


FLOATS = st.floats(-180, 180, allow_subnormal=False).filter(lambda value: value == 0 or abs(value) > 1e-100)


@settings(deadline=None)
@given(st.tuples(*[FLOATS] * 6), st.floats(0, 1), st.integers(-2, 2))
def test_the_side_is_exact(numbers: tuple[float, ...], share: float, off: int) -> None:
    ax, ay, bx, by, x, y = numbers
    for px, py in ((x, y), (ax + (bx - ax) * share, ay + (by - ay) * share + off * 1e-17)):
        a, b, c, d, e, f = (Fraction(value) for value in (ax, ay, bx, by, px, py))
        true = (a - e) * (d - f) - (b - f) * (c - e)
        wanted = (true > 0) - (true < 0)
        assert side(ax, ay, bx, by, px, py) == wanted
        assert exact_side(ax, ay, bx, by, px, py) == wanted
