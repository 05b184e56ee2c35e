"""Distance: symmetric, bounded by half the Earth, the same as another formula on the same sphere."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.geo.distance import EARTH_RADIUS_KM, great_circle

lons = st.floats(-180, 180)
lats = st.floats(-90, 90)


def km(lon, lat, to_lon, to_lat):
    """Return the distance of one pair."""
    return float(great_circle(np.array([lon]), np.array([lat]), np.array([to_lon]), np.array([to_lat]))[0])


def by_chord(lon, lat, to_lon, to_lat):
    """Return the distance from the straight line through the sphere between two points."""

    def spot(east, north):
        x, y = math.radians(east), math.radians(north)
        return math.cos(y) * math.cos(x), math.cos(y) * math.sin(x), math.sin(y)

    chord = math.dist(spot(lon, lat), spot(to_lon, to_lat))
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, chord / 2))


@given(lons, lats, lons, lats)
def test_distance_is_that_of_the_chord(lon, lat, to_lon, to_lat):
    # Near the other side of the Earth both lose digits: a metre.
    assert km(lon, lat, to_lon, to_lat) == pytest.approx(by_chord(lon, lat, to_lon, to_lat), abs=1e-3)


@given(lons, lats, lons, lats)
def test_distance_is_symmetric_and_at_most_half_the_earth(lon, lat, to_lon, to_lat):
    there, back = km(lon, lat, to_lon, to_lat), km(to_lon, to_lat, lon, lat)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= math.pi * EARTH_RADIUS_KM + 1e-9
    assert km(lon, lat, lon, lat) == 0


@given(lats, lats, lats)
def test_the_date_line_is_no_wall(lat, other, shift):
    near = km(180.0, lat, -180.0, lat)
    assert near == pytest.approx(0, abs=1e-6)
    assert km(179.0, lat, shift, other) == pytest.approx(km(-181.0, lat, shift, other), abs=1e-3)


def test_a_degree_along_a_meridian_is_a_360th_of_the_way_round():
    assert km(43.0, 36.0, 43.0, 37.0) == pytest.approx(2 * math.pi * EARTH_RADIUS_KM / 360)


def test_arrays_broadcast_and_an_unknown_stays_unknown():
    lon, lat = np.array([0.0, np.nan, 2.0]), np.zeros(3)
    square = great_circle(lon[:, None], lat[:, None], lon[None], lat[None])
    assert square.shape == (3, 3)
    assert np.isnan(square[1]).all()
    assert np.isnan(square[:, 1]).all()
    assert square[0, 2] == square[2, 0] > 0
