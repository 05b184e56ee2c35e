"""Ground: the areas of a workspace under the places of the gazetteer. From here on a place is an area."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.geo import grid
from fanal.geo.containment import OUTSIDE
from fanal.geo.grid import Grid
from fanal.places.entry import Kind
from fanal.places.file import Gazetteer

FINEST = 127
"""Level of what lies in the finest area there is."""

LEVEL_OF = {Kind.COUNTRY: 0, Kind.REGION: 1, Kind.DISTRICT: 2, Kind.SUBDISTRICT: 3, Kind.CITY: FINEST}
"""The finest level of areas that a place of a kind is counted in: a governorate is in no district of its own."""

SMALL_KM = 40.0
"""A mountain or an island up to this radius lies in the area around its middle; a larger one in none."""

_COLUMNS = ["area", "level", "parent", "country", "geometry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Hold a areas, and the area of each of the n places of a gazetteer."""

    codes: pa.StringArray  # a
    grid: Grid
    holder: NDArray[np.int32]  # a; row of the area that holds it, OUTSIDE: none
    area: NDArray[np.int32]  # n; row of the area, OUTSIDE: none
    itself: NDArray[np.bool_]  # n; the place is that area, and does not only lie in it


def lay(gazetteer: Gazetteer, areas: pa.Table) -> Ground:
    """Find the area of each place.

    An area of the workspace that is itself in the gazetteer is known by its code. Everything else lies in the finest
    area around its point that is not finer than its own kind (LEVEL_OF), if that is of the same country; else where
    its holder lies. A place that only spans several areas, such as a river, has none.

    Args:
        gazetteer: n places.
        areas: AREA_SCHEMA.
    """
    table = areas.select(_COLUMNS).combine_chunks()
    code: list[str] = table["area"].to_pylist()
    row_of = {name: row for row, name in enumerate(code)}
    level = table["level"].to_numpy()
    made = grid.compile(table)
    named = zip(gazetteer.identifiers.to_pylist(), gazetteer.codes.to_pylist(), strict=True)
    area = np.array([row_of.get(own, row_of.get(first, OUTSIDE)) for own, first in named], np.int32)
    country_of = {code: number for number, code in enumerate(gazetteer.countries)}
    countries = np.array([country_of.get(name or "", -1) for name in table["country"].to_pylist()], np.int16)
    for row in np.flatnonzero(level == 0).tolist():  # a country is known by its code alone
        if countries[row] >= 0:
            its = (gazetteer.kind == Kind.COUNTRY) & (gazetteer.country == countries[row])
            area[its & (area == OUTSIDE)] = row
    itself = area != OUTSIDE
    finest = np.full(len(Kind), OUTSIDE, np.int64)
    for kind, highest in LEVEL_OF.items():
        finest[kind] = highest
    limit = finest[gazetteer.kind]
    limit[(gazetteer.kind == Kind.NATURAL) & (gazetteer.extent_km <= SMALL_KM)] = FINEST
    for one in sorted(set(level.tolist()), reverse=True):
        open_ = np.flatnonzero((area == OUTSIDE) & (limit >= one) & np.isfinite(gazetteer.lon))
        found = made.areas_of(gazetteer.lon[open_], gazetteer.lat[open_], level=one)
        fits = found != OUTSIDE
        fits[fits] = _same(gazetteer.country[open_[fits]], countries[found[fits]])
        area[open_[fits]] = found[fits]
    _inherit(area, gazetteer, limit)
    holder = np.array([row_of.get(name or "", OUTSIDE) for name in table["parent"].to_pylist()], np.int32)
    return Ground(codes=table["area"].combine_chunks(), grid=made, holder=holder, area=area, itself=itself)


def _same(one: NDArray[np.int16], other: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Say where two countries are the same, or one of them is not known."""
    same: NDArray[np.bool_] = (one == other) | (one < 0) | (other < 0)
    return same


def _inherit(area: NDArray[np.int32], gazetteer: Gazetteer, limit: NDArray[np.int64]) -> None:
    """Put what lies in no area drawn where its holder lies, as far up as it takes."""
    above = gazetteer.holder.copy()
    for _ in range(len(Kind)):
        open_ = np.flatnonzero((area == OUTSIDE) & (above >= 0) & (limit >= 0))
        if not len(open_):
            return
        area[open_] = area[above[open_]]
        above[open_] = gazetteer.holder[above[open_]]
