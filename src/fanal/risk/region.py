"""The region of a scan: its areas with their points, their weight and who is near whom."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.geo.zones import Zones, circular_zones
from fanal.model.error import InputError
from fanal.model.group import Group

MOST_NEIGHBOURS = 100
"""Most areas of one zone: what keeps a scan of thousands of areas within seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Hold n areas that are scanned together."""

    codes: tuple[str, ...]  # n
    lon: NDArray[np.float64]  # degrees, n
    lat: NDArray[np.float64]  # degrees, n
    weight: NDArray[np.float64]  # people or volume of posts, not negative, n

    def zones(self, max_share: float) -> Zones:
        """Return the circular zones around every area, each with at most `max_share` of the weight."""
        return circular_zones(self.lon, self.lat, self.weight, max_share=max_share, max_areas=MOST_NEIGHBOURS)


def region(areas: pa.Table, weight: pa.Table) -> Region:
    """Return the areas that have both a point and a weight, in the order of `areas`.

    Args:
        areas: AREA_SCHEMA.
        weight: columns `area` and `weight`, one row an area.

    Raises:
        InputError: no area has both.

    >>> from fanal.model.area import AREA_SCHEMA
    >>> row = {"area": "pcode:A", "level": 2, "name": "A", "lon": 43.0, "lat": 36.0}
    >>> areas = pa.Table.from_pylist([row], schema=AREA_SCHEMA)
    >>> region(areas, pa.table({"area": ["pcode:A"], "weight": [5.0]})).codes
    ('pcode:A',)
    """
    placed = areas.filter(pc.field("lon").is_valid() & pc.field("lat").is_valid())
    at = pc.index_in(placed["area"], weight["area"].combine_chunks())
    placed, at = placed.filter(at.is_valid()), at.drop_null()
    if not len(placed):
        raise InputError(
            "No area has both a point on the map and people or posts.",
            hint="Add areas with geometry and a population of the same codes: `fanal layers add`.",
        )
    return Region(
        codes=tuple(placed["area"].to_pylist()),
        lon=placed["lon"].to_numpy(),
        lat=placed["lat"].to_numpy(),
        weight=weight["weight"].take(at).cast(pa.float64()).to_numpy(),
    )


def of_residents(areas: pa.Table, population: pa.Table) -> Region:
    """Return the areas that hold no other, weighted by their residents.

    Args:
        areas: AREA_SCHEMA.
        population: POPULATION_SCHEMA; of several years the largest number counts.

    Raises:
        InputError: no area has both a point and residents.
    """
    residents = population.filter(pc.field("group") == Group.RESIDENTS.value)
    people = residents.group_by("area").aggregate([("people", "max")]).rename_columns(["area", "weight"])
    finest = areas.filter(pc.invert(pc.is_in(areas["area"], pc.unique(areas["parent"]))))
    return region(finest, people)
