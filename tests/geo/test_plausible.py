"""A point that cannot be a place is told apart, whatever stands in its two numbers."""

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fanal.facts import world
from fanal.geo import grid
from fanal.geo.containment import OUTSIDE
from fanal.geo.plausible import NULL_ISLAND_DEGREES, Standing, standing
from fanal.model.area import AREA_SCHEMA


def table(*shapes: shapely.Geometry) -> pa.Table:
    rows = [
        {"area": f"own:{n}", "level": 1, "name": str(n), "geometry": shapely.to_wkb(shape)}
        for n, shape in enumerate(shapes)
    ]
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)


KNOWN = grid.compile(
    table(shapely.box(40, 30, 45, 35), shapely.box(100, 10, 110, 20), shapely.box(-2, -2, 2, 2))
)
NUMBERS = (
    st.floats(allow_nan=True, allow_infinity=True) | st.floats(-200, 200) | st.sampled_from([0.0, -0.0, 1e-9])
)
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=30)


def fits(x: float, y: float) -> bool:
    return -180 <= x <= 180 and -90 <= y <= 90


def slow(points: list[tuple[float, float]], known: grid.Grid | None) -> list[Standing]:
    """Judge one point after the other; those that areas hold both ways (None) wait for the others."""

    def held(x: float, y: float) -> bool:
        return known is not None and fits(x, y) and known.areas_of(np.array([x]), np.array([y]))[0] != OUTSIDE

    def alone(x: float, y: float) -> Standing | None:
        if np.isnan(x) or np.isnan(y):
            return Standing.NOT_A_NUMBER
        if not fits(x, y):
            return Standing.SWAPPED if fits(y, x) and not -90 <= y <= 90 else Standing.OUT_OF_RANGE
        if abs(x) < NULL_ISLAND_DEGREES and abs(y) < NULL_ISLAND_DEGREES:
            return Standing.NULL_ISLAND
        if held(x, y) and held(y, x):
            return None
        return Standing.SWAPPED if held(y, x) else Standing.FINE

    found = [alone(x, y) for x, y in points]
    ways = [(held(x, y), held(y, x)) for (x, y), one in zip(points, found, strict=True) if one in (0, 4)]
    rest = Standing.SWAPPED if ways.count((False, True)) > ways.count((True, False)) else Standing.FINE
    return [rest if one is None else one for one in found]


@given(POINTS, st.booleans())
def test_as_one_rule_after_the_other(points: list[tuple[float, float]], with_areas: bool) -> None:
    lon, lat = np.array(points, np.float64).reshape(-1, 2).T
    known = KNOWN if with_areas else None
    assert standing(lon, lat, known).tolist() == slow(points, known)


@given(POINTS)
def test_what_holds_for_every_point(points: list[tuple[float, float]]) -> None:
    lon, lat = np.array(points, np.float64).reshape(-1, 2).T
    alone, among = standing(lon, lat), standing(lon, lat, KNOWN)
    fine = among == Standing.FINE
    assert (np.abs(lon[fine]) <= 180).all()
    assert (np.abs(lat[fine]) <= 90).all()
    assert (alone[fine] == Standing.FINE).all()
    # Knowing areas only ever adds points that are swapped.
    changed = alone != among
    assert (among[changed] == Standing.SWAPPED).all()
    assert (KNOWN.areas_of(lat[changed], lon[changed]) != OUTSIDE).all()
    assert standing(lon[::-1], lat[::-1], KNOWN).tolist() == among[::-1].tolist()


def test_points_that_areas_hold_both_ways_follow_the_others() -> None:
    diagonal, right, wrong = (1.0, 0.5), (42.0, 32.0), (32.0, 42.0)
    swapped, fine = Standing.SWAPPED, Standing.FINE
    for points, wanted in (
        ([diagonal], [fine]),
        ([diagonal, wrong], [swapped, swapped]),
        ([diagonal, wrong, right], [fine, swapped, fine]),
        ([diagonal, right], [fine, fine]),
        ([diagonal, (0.5, 95.0)], [fine, swapped]),
    ):
        lon, lat = np.array(points).T
        assert standing(lon, lat, KNOWN).tolist() == wanted


@pytest.mark.shared
def test_the_nigerian_file_reads_only_the_right_way_round(shared_data: Path) -> None:
    """In its origin latitude stands first, where GeoJSON wants longitude (93 providers, made for IOM).

    Nigeria lies astride the diagonal: 49 of the 93 points lie in it both ways, and only the other 44 tell them.
    """
    areas = world.areas(shared_data / "natural_earth_admin1" / "admin1_priority_countries.geojson.gz")
    nigeria = grid.compile(areas.filter(pc.field("country") == "NG"))
    file = shared_data / "service_directories" / "nigeria_trafficking_service_providers.csv"
    with file.open(encoding="utf-8") as rows:
        pairs = [(float(row["coord0"]), float(row["coord1"])) for row in csv.DictReader(rows)]
    first, second = np.array(pairs).T
    assert len(pairs) == 93
    assert (nigeria.areas_of(first, second) != OUTSIDE).sum() == 49
    assert standing(first, second, nigeria).tolist() == [Standing.SWAPPED] * 93
    assert standing(second, first, nigeria).tolist() == [Standing.FINE] * 93
