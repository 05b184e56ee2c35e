"""Circular zones: nearest first, no more people than the share, and the same as a slow construction."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.geo.zones import circular_zones


def slow_km(lon: float, lat: float, lon2: float, lat2: float) -> float:
    """Return the great-circle distance (haversine)."""
    p, q = math.radians(lat), math.radians(lat2)
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(math.radians(lon2 - lon) / 2) ** 2
    return 2 * 6371.0088 * math.asin(min(1.0, math.sqrt(h)))


points = st.lists(
    st.tuples(st.integers(-180, 180), st.integers(-90, 90), st.integers(0, 20)), min_size=1, max_size=12
).filter(lambda rows: any(people for _, _, people in rows))


@given(points, st.sampled_from([0.05, 0.3, 0.5, 1.0]), st.sampled_from([None, 1, 3]))
def test_zones_are_those_of_the_slow_construction(rows, max_share, max_areas):
    lon, lat, people = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    zones = circular_zones(lon, lat, people, max_share=max_share, max_areas=max_areas)
    assert zones.count == len(rows)
    assert zones.members.dtype == zones.offsets.dtype == np.int32
    limit = max_share * people.sum() + 1e-9
    for centre in range(len(rows)):
        found = zones.around(centre).tolist()
        far = [slow_km(lon[centre], lat[centre], lon[row], lat[row]) for row in range(len(rows))]
        assert found[0] == centre
        assert len(set(found)) == len(found)
        assert all(far[a] <= far[b] + 0.01 for a, b in pairwise(found))
        outside = [row for row in range(len(rows)) if row not in found]
        assert all(far[found[-1]] <= far[row] + 0.01 for row in outside)
        if len(found) > 1:
            assert people[found].sum() <= limit
        if outside and (max_areas is None or len(found) < max_areas):
            nearest = min(far[row] for row in outside)
            ties = [row for row in outside if far[row] <= nearest + 0.01]
            assert any(people[found].sum() + people[row] > limit for row in ties)


def test_ties_go_to_the_earlier_row_and_the_centre_comes_first():
    zones = circular_zones(np.array([44.0, 43.0, 45.0, 44.0]), np.zeros(4), np.ones(4), max_share=1.0)
    assert [zones.around(n).tolist() for n in range(4)] == [
        [0, 3, 1, 2],
        [1, 0, 3, 2],
        [2, 0, 3, 1],
        [3, 0, 1, 2],
    ]


def test_neighbours_are_found_across_the_date_line_and_the_pole():
    zones = circular_zones(
        np.array([179.9, -179.9, 0.0]), np.array([0.0, 0.0, 0.0]), np.ones(3), max_share=0.7
    )
    assert zones.around(0).tolist() == [0, 1]
    zones = circular_zones(
        np.array([0.0, 180.0, 0.0]), np.array([89.0, 89.0, 80.0]), np.ones(3), max_share=0.7
    )
    assert zones.around(0).tolist() == [0, 1]


def test_no_areas_have_no_zones():
    empty = np.empty(0)
    assert circular_zones(empty, empty, empty, max_share=0.5).count == 0


@pytest.mark.parametrize(
    ("lon", "lat", "people", "changed"),
    [
        ([181.0], [0.0], [1.0], {}),
        ([0.0], [91.0], [1.0], {}),
        ([math.nan], [0.0], [1.0], {}),
        ([0.0], [0.0], [-1.0], {}),
        ([0.0], [0.0], [math.nan], {}),
        ([0.0], [0.0], [math.inf], {}),
        ([0.0], [0.0], [0.0], {}),
        ([0.0, 1.0], [0.0], [1.0], {}),
        ([0.0], [0.0], [1.0], {"max_share": 0.0}),
        ([0.0], [0.0], [1.0], {"max_share": math.nan}),
        ([0.0], [0.0], [1.0], {"max_areas": 0}),
    ],
)
def test_what_no_zone_can_be_drawn_from_raises(lon, lat, people, changed):
    with pytest.raises(ValueError, match=r"Row 0|Zones|zone"):
        circular_zones(np.array(lon), np.array(lat), np.array(people), **({"max_share": 0.5} | changed))
