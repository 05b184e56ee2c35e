"""The areas of Iraq: country, governorates and districts of COD-AB 2019, simplified, with all their names."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

import facts_names as names
from fanal.model.area import AREA_SCHEMA

SCHEME = "pcode:"
BOUNDARIES = "iraq_admin_population/irq_admbnda_{}_20190603.geojson"
CROSSWALK = "iraq_admin_population/irq_districts_2014_pcode_alias.geojson"
TOLERANCE = 0.01  # degree: about 1 km
DIGITS = 5  # of a coordinate: about 1 m; with 4 some rings of the source collapse
TOO_FAR = 0.25  # degree: about 25 km outside the district that a source names, its coordinates are a slip
WRONG_ALIAS = {"IQ-D008", "IQ-D069"}  # the crosswalk gives these two the name of a neighbour as its second

Feature = dict[str, Any]


def features(shared: Path, name: str) -> list[Feature]:
    """Return the features of a GeoJSON file."""
    found: list[Feature] = json.loads((shared / name).read_text(encoding="utf-8"))["features"]
    return found


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Say where a row lies and why: at its point, by its name, or nowhere (empty code)."""

    code: str
    why: str  # point, name: no district at the point, name: point too far, name: town outside, nowhere


class Districts:
    """Find the district of a point or of a spelling, on the full geometry of COD-AB."""

    def __init__(self, shared: Path) -> None:
        found = sorted(
            features(shared, BOUNDARIES.format("adm2_cso")), key=lambda f: f["properties"]["ADM2_PCODE"]
        )
        self.properties = [feature["properties"] for feature in found]
        self.codes = [str(p["ADM2_PCODE"]) for p in self.properties]
        self.shapes: NDArray[np.object_] = np.array([shape(f["geometry"]) for f in found], dtype=object)
        self._tree = shapely.STRtree(self.shapes)
        self._index = {code: n for n, code in enumerate(self.codes)}
        self.crosswalk = [f["properties"] for f in features(shared, CROSSWALK)]
        self._by_name = _index_of(
            ((p["ADM2_PCODE"], [p["ADM2_EN"], p["ADM2_AR"]]) for p in self.properties), names.DISTRICTS
        )
        self._by_code = {
            str(p["A2CodeAlt2"]).upper(): self._by_name[names.fold(p["A2NameEn"])] for p in self.crosswalk
        }

    def named(self, name: str) -> str:
        """Return the code of the district that a spelling means, or an empty text."""
        return self._by_name.get(names.fold(name), "")

    def coded(self, code: str) -> str:
        """Return the code of the district for a code of the 2014 lists (such as IQ15093), or an empty text."""
        return self._by_code.get(code.upper(), "")

    def at(self, lon: Sequence[float], lat: Sequence[float]) -> list[str]:
        """Return for each point the code of its district, or an empty text; on a border the first code."""
        points, areas = self._tree.query(shapely.points(lon, lat), predicate="intersects")
        first: dict[int, int] = {}
        for point, area in zip(points.tolist(), areas.tolist(), strict=True):
            first[point] = min(area, first.get(point, area))
        return [self.codes[first[n]] if n in first else "" for n in range(len(lon))]

    def place(self, at: str, named: str, lon: float, lat: float) -> Place:
        """Choose between the district at a point and the one that the source names; the point goes first."""
        if not at:
            return Place(code=named, why="name: no district at the point" if named else "nowhere")
        if not named or named == at:
            return Place(code=at, why="point")
        if named in names.NAME_WINS:
            return Place(code=named, why="name: town outside")
        if self.shapes[self._index[named]].distance(shapely.Point(lon, lat)) > TOO_FAR:
            return Place(code=named, why="name: point too far")
        return Place(code=at, why="point")


def _index_of(listed: Iterable[tuple[str, Sequence[str]]], spelled: dict[str, str]) -> dict[str, str]:
    """Return folded name to code; a name that means two areas is refused."""
    index: dict[str, str] = {}
    for code, own in listed:
        for name in [*own, *names.spellings(spelled.get(code, ""))]:
            if index.setdefault(names.fold(name), code) != code:
                raise ValueError(f"{name!r} means {index[names.fold(name)]} and {code}: drop one of them.")
    return index


def governorates(shared: Path) -> dict[str, str]:
    """Return folded name to code of the governorates."""
    found = (f["properties"] for f in features(shared, BOUNDARIES.format("adm1_cso")))
    listed = ((p["ADM1_PCODE"], [p["ADM1_EN"], p["ADM1_AR"]]) for p in found)
    return _index_of(listed, names.GOVERNORATES)


def table(shared: Path, districts: Districts) -> pa.Table:
    """Return the areas as AREA_SCHEMA, by level and code; governorates and country are unions of districts."""
    rounded = shapely.transform(districts.shapes, lambda xy: np.round(xy, DIGITS))
    simple = shapely.coverage_simplify(rounded, TOLERANCE)
    parents = np.array([str(p["ADM1_PCODE"]) for p in districts.properties])
    country = features(shared, BOUNDARIES.format("adm0_cso_itos"))[0]["properties"]
    wholes = sorted(
        (f["properties"] for f in features(shared, BOUNDARIES.format("adm1_cso"))),
        key=lambda p: str(p["ADM1_PCODE"]),
    )
    found = [_row(0, country, names.spellings(names.COUNTRY), shapely.coverage_union_all(simple))]
    for p in wholes:
        code = str(p["ADM1_PCODE"])
        union = shapely.coverage_union_all(simple[parents == code])
        found.append(_row(1, p, names.spellings(names.GOVERNORATES[code]), union))
    others = _aliases(districts)
    for p, drawn in zip(districts.properties, simple, strict=True):
        found.append(_row(2, p, others[str(p["ADM2_PCODE"])], drawn))
    return pa.Table.from_pylist(found, schema=AREA_SCHEMA)


def _aliases(districts: Districts) -> dict[str, list[str]]:
    """Return by district the names of COD-AB, of the crosswalk and of our own table."""
    found = {code: names.spellings(names.DISTRICTS.get(code, "")) for code in districts.codes}
    for p in districts.properties:
        found[str(p["ADM2_PCODE"])] += [p["ADM2ALT1EN"] or "", p["ADM2_AR"]]
    for p in districts.crosswalk:
        keys = ["A2NameEn", "A2NameAr", "A2NameAlt1", "A2NaArAlt1"]
        keys += [] if p["A2Code"] in WRONG_ALIAS else ["A2NameAlt2"]
        found[districts.named(p["A2NameEn"])] += [p[key] or "" for key in keys]
    return found


def _row(level: int, p: Feature, others: Sequence[str], drawn: BaseGeometry) -> dict[str, Any]:
    """Return one row of AREA_SCHEMA."""
    code = str(p[f"ADM{level}_PCODE"])
    name, name_ar = _clean(p[f"ADM{level}_EN"]), names.ARABIC.get(code, _clean(p[f"ADM{level}_AR"]))
    inside = shapely.point_on_surface(drawn)
    aliases = sorted({_clean(other) for other in others} - {"", name, name_ar})
    return {
        "area": SCHEME + code,
        "parent": SCHEME + str(p[f"ADM{level - 1}_PCODE"]) if level else None,
        "level": level,
        "country": "IQ",
        "name": name,
        "name_ar": name_ar,
        "name_fr": names.FRENCH.get(code),
        "aliases": aliases,
        "lon": round(inside.x, DIGITS),
        "lat": round(inside.y, DIGITS),
        "geometry": shapely.to_wkb(shapely.normalize(drawn), byte_order=1),
    }


def _clean(name: str) -> str:
    return " ".join(name.split())
