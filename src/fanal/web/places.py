"""The areas that a page shows: those that its Releases name, what lies around them and what holds them."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fanal.web.outline import outlines

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that do not show and could turn the text around them: controls and directional overrides (UAX #9)."""

MOST_AREAS = 1_500
"""A page shows at most so many areas; beyond, those around areas with a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Hold the areas of a page, numbered from 0: every other part of the page names them by number."""

    codes: pa.Array
    country: str | None  # ISO 3166-1 alpha-2; None: several, or not known
    document: dict[str, Any]

    def numbers(self, codes: list[str]) -> list[int]:
        """Return the number of each code; -1 for one that the page does not show."""
        found = pc.index_in(pa.array(codes, pa.string()), self.codes)
        numbers: list[int] = pc.fill_null(found, -1).to_pylist()
        return numbers


def places(areas: pa.Table, *, named: Collection[str], shown: Collection[str]) -> Places:
    """Choose the areas of a page and write their names and outlines.

    These are the areas that Releases name, their neighbours of the same level and country, since a map
    that leaves out where nothing is known would show it as nothing, and the areas that hold them. An area
    with a number that the boundaries do not know stays, under its code.

    Args:
        areas: AREA_SCHEMA.
        named: codes that a Release names, with a number or without one.
        shown: codes for which a Release shows a number.
    """
    chosen = _chosen(areas, set(named))
    if len(chosen) > MOST_AREAS:
        chosen = _chosen(areas, set(shown))
    unknown = sorted(set(shown) - set(areas["area"].to_pylist()))
    fill = [None] * len(unknown)
    level = chosen["level"].to_numpy()
    codes = pa.array([*chosen["area"].to_pylist(), *unknown], pa.string())
    parent = pc.fill_null(pc.index_in(chosen["parent"], codes), -1).to_pylist()
    document = {
        "code": codes.to_pylist(),
        "level": [*level.tolist(), *[-1] * len(unknown)],
        "parent": [*parent, *[-1] * len(unknown)],
        "name": [*_names(chosen["name"]), *unknown],
        "ar": [*_names(chosen["name_ar"]), *fill],
        "fr": [*_names(chosen["name_fr"]), *fill],
        "at": [*_points(chosen), *fill],
        "outline": [*outlines(chosen["geometry"].combine_chunks(), level), *fill],
    }
    countries = pc.unique(chosen["country"].drop_null()).to_pylist()
    country = countries[0] if len(countries) == 1 else None
    return Places(codes=codes, country=country, document=document)


def _chosen(areas: pa.Table, named: set[str]) -> pa.Table:
    """Return the rows to show, by level, holding area and name."""
    codes, levels = areas["area"].to_pylist(), areas["level"].to_pylist()
    kind = dict(zip(codes, zip(areas["country"].to_pylist(), levels, strict=True), strict=True))
    kinds = {kind[code] for code in named if code in kind}
    kept = {code for code in codes if kind[code] in kinds}
    parent = dict(zip(codes, areas["parent"].to_pylist(), strict=True))
    above = {parent[code] for code in kept} - {None}
    while above - kept:
        kept |= above
        above = {parent.get(code) for code in above} - {None}
    rows = areas.filter(pc.is_in(areas["area"], pa.array(sorted(kept), pa.string())))
    return rows.sort_by([("level", "ascending"), ("parent", "ascending"), ("name", "ascending")])


def _names(column: pa.ChunkedArray) -> list[str | None]:
    """Return names without characters that do not show."""
    return [None if name is None else plain(name) for name in column.to_pylist()]


def plain(name: str) -> str:
    r"""Return a name without characters that do not show.

    >>> plain("Sin\u202ejar")
    'Sinjar'
    """
    return _CONTROLS.sub("", name)


def _points(chosen: pa.Table) -> list[list[float] | None]:
    """Return a point inside each area as [longitude, latitude], thousandths of a degree; None where unknown."""
    pairs = zip(chosen["lon"].to_pylist(), chosen["lat"].to_pylist(), strict=True)
    return [None if lon is None or lat is None else [round(lon, 3), round(lat, 3)] for lon, lat in pairs]
