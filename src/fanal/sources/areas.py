"""Boundaries as a layer: GeoJSON (RFC 7946) or GeoPackage, with P-codes (OCHA COD-AB) or without."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from fanal.model.area import AREA_SCHEMA, H3
from fanal.model.error import InputError
from fanal.model.layer import Layer, LayerKind, LayerReport
from fanal.sources.area_overlaps import later_ones
from fanal.sources.boundary_columns import Found, find_columns
from fanal.sources.fields import BROKEN, strictly
from fanal.sources.flaw import Flaw
from fanal.sources.geopackage import read_features
from fanal.sources.matching import SCHEME, bare_code, fold
from fanal.sources.opening import first_bytes, whole

MAX_BYTES = 512 << 20
"""Boundaries are held whole; larger ones should be simplified before."""

_SQLITE = b"SQLite format 3\x00"
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326", "OGC:84")
_CODE = re.compile(r"(?:pcode:)?[A-Za-z]{2}[A-Za-z-]{0,2}\d[\w-]*")
_LONGEST_SLUG = 60
_COUNTRY_LETTERS = 2


@dataclass(slots=True, kw_only=True)
class Area:
    """Hold an area while it is put together."""

    line: int  # place of the feature in its file, from 1
    level: int
    code: str  # P-code without scheme; empty: none
    name: str
    name_ar: str
    name_fr: str
    country: str
    aliases: list[str]
    above: list[tuple[int, str, str, str]]  # level, P-code, name, Arabic name; nearest first
    shapes: list[Any] = field(default_factory=list)
    key: str = ""  # code with its scheme
    parent: str | None = None


def read(
    path: Path,
    *,
    areas: pa.Table | None,  # noqa: ARG001 - all layers are read the same way; boundaries need no others
    mapping: Mapping[str, str],
    name: str,
    source: str,
    licence: str,
    public: bool,
) -> tuple[Layer, LayerReport]:
    """Read boundaries, and make the areas above them by union where the file names those.

    Mapping: code, name, name_ar, name_fr, parent (a P-code or a name), country and level (columns, or the
    value itself), table (of a GeoPackage). Without P-codes, codes are made from the layer's name and the
    area's: `own:districts:north`; that of an H3 cell is kept. An area without a parent in the file has no parent.

    Raises:
        InputError: the file cannot be read, is not in WGS 84 degrees, or names nothing.
    """
    features = _features(path, mapping)
    found = find_columns(path, [properties for properties, _ in features], mapping)
    rejected: list[tuple[int, str]] = []
    amiss: list[tuple[int, str]] = []
    made: list[Area] = []
    for line, ((properties, _), shape) in enumerate(zip(features, _shapes(features), strict=True), start=1):
        area = _area(line, properties, found)
        if not area.name:
            rejected.append((line, Flaw.NO_NAME.value))
        elif isinstance(shape, Flaw):
            rejected.append((line, shape.value))
        else:
            mended = polygons(shape)
            if mended.is_empty:
                rejected.append((line, Flaw.NOT_AN_AREA.value))
                continue
            if not shape.is_valid:
                amiss.append((line, Flaw.MENDED.value))
            area.shapes.append(mended)
            made.append(area)
    if features and not made:
        raise InputError(
            f"{path} holds no usable area: {rejected[0][1] if rejected else ''}",
            hint="Give polygons in degrees (EPSG:4326) with a name each.",
        )
    kept = _once(made, rejected)
    for area in kept:
        area.shapes = [shapely.union_all(area.shapes)] if len(area.shapes) > 1 else area.shapes
    overlapped = later_ones([area.shapes[0] for area in kept], [area.level for area in kept])
    amiss += [(kept[at].line, Flaw.OVERLAP.value) for at in overlapped.tolist()]
    bare = sum(not area.code for area in kept)
    table = _table(_with_parents(kept, name))
    report = LayerReport(
        rows=len(features),
        matched=len(features) - len(rejected),
        unmatched=(),
        rejected=tuple(sorted(rejected)),
        kept=tuple(sorted(amiss)),
        remarks=((Flaw.NO_CODE.value, bare),) if bare else (),
    )
    layer = Layer(name=name, kind=LayerKind.AREAS, table=table, source=source, licence=licence, public=public)
    return layer, report


def _features(path: Path, mapping: Mapping[str, str]) -> list[tuple[dict[str, Any], bytes | None]]:
    """Return properties and geometry (GeoJSON or WKB) of each feature."""
    if first_bytes(path, len(_SQLITE)) != _SQLITE:
        return _geojson(path)
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path} is larger than {MAX_BYTES >> 20} MB.", hint="Simplify its geometry.")
    return list(read_features(path, mapping.get("table", "")))


def _geojson(path: Path) -> list[tuple[dict[str, Any], bytes | None]]:
    """Return properties and geometry of the features of a FeatureCollection."""
    raw = whole(path, MAX_BYTES)
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        document = strictly(raw)  # a number that is too big costs its feature
        if document is BROKEN:
            raise InputError(
                f"{path} is not GeoJSON: line {error.lineno} is not valid JSON.", hint="Export it again."
            ) from error
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise InputError(f"{path} is not a GeoJSON FeatureCollection.", hint="Export the boundaries as one.")
    system = document.get("crs")
    if system is not None and not any(known in str(system) for known in _WGS84):
        raise InputError(
            f"{path} is not in WGS 84 degrees but in another reference system.",
            hint="Export it again in EPSG:4326.",
        )
    features: list[tuple[dict[str, Any], bytes | None]] = []
    for feature in document["features"]:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        features.append(
            (
                properties if isinstance(properties, dict) else {},
                orjson.dumps(geometry) if isinstance(geometry, dict) else None,
            )
        )
    return features


def _shapes(features: Sequence[tuple[dict[str, Any], bytes | None]]) -> list[Any]:
    """Return the shape of each feature, or the flaw that it has."""
    shapes: list[Any] = []
    for _, geometry in features:
        if geometry is None:
            shapes.append(Flaw.NO_GEOMETRY)
            continue
        parse = shapely.from_geojson if geometry.startswith(b"{") else shapely.from_wkb
        shape = parse(geometry, on_invalid="ignore")
        if shape is None or shape.is_empty:
            shapes.append(Flaw.NO_GEOMETRY)
        elif "Polygon" not in shape.geom_type:
            shapes.append(Flaw.NOT_AN_AREA)
        else:
            flat = shapely.force_2d(shape)
            west, south, east, north = shapely.bounds(flat)
            inside = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
            finite = bool(np.isfinite(shapely.get_coordinates(flat)).all())
            shapes.append(flat if inside and finite else Flaw.GEOMETRY_OUT_OF_RANGE)
    return shapes


def polygons(shape: Any) -> Any:
    """Return a shape as valid polygons: lines and points that mending leaves over are dropped."""
    if shape.is_valid and shape.geom_type != "GeometryCollection":
        return shape
    parts = shapely.get_parts(shapely.make_valid(shape))
    parts = shapely.get_parts(parts)  # a collection may hold multipolygons
    return shapely.union_all([part for part in parts if part.geom_type == "Polygon"])


def _area(line: int, properties: Mapping[str, Any], found: Found) -> Area:
    """Return the area that a feature describes."""
    level = found.level_of(properties)
    own = found.columns[level] if level in found.columns else found.columns[max(found.columns)]
    code = bare_code(own.text(properties, own.code))
    name_ar, name_fr = own.text(properties, own.name_ar), own.text(properties, own.name_fr)
    above = [
        (
            upper,
            bare_code(c.text(properties, c.code)),
            c.text(properties, c.name),
            c.text(properties, c.name_ar),
        )
        for upper, c in sorted(found.columns.items(), reverse=True)
        if 0 < upper < level and c is not own
    ]
    parent = str(properties.get(found.parent) or "").strip() if found.parent else ""
    if parent:
        coded = bool(_CODE.fullmatch(parent))
        above = [(level - 1, bare_code(parent) if coded else "", parent, ""), *above[1:]]
    aliases = [alias for column in own.aliases for alias in own.text(properties, column).split("|") if alias]
    return Area(
        line=line,
        level=level,
        code=code,
        name=own.text(properties, own.name) or name_fr or name_ar or code,
        name_ar=name_ar,
        name_fr=name_fr,
        country=found.country_of(properties) or _country(code),
        aliases=aliases,
        above=[entry for entry in above if entry[1] or entry[2]],
    )


def _country(code: str) -> str:
    """Return the country that a P-code begins with: COD-AB puts ISO 3166-1 alpha-2 first."""
    letters = code[:_COUNTRY_LETTERS]
    return letters if len(letters) == _COUNTRY_LETTERS and letters.isascii() and letters.isalpha() else ""


def _identity(
    level: int, code: str, country: str, name: str, above: Sequence[tuple[int, str, str, str]]
) -> tuple[Any, ...]:
    """Return what makes an area the same as another: its P-code, else its name under the names above it."""
    if code:
        return (level, code)
    return (level, country, fold(name), *(entry[1] or fold(entry[2]) for entry in above))


def _once(made: Sequence[Area], rejected: list[tuple[int, str]]) -> list[Area]:
    """Return each area once: features with the same code and name are parts of one area."""
    known: dict[tuple[Any, ...], Area] = {}
    for area in made:
        first = known.setdefault(_identity(area.level, area.code, area.country, area.name, area.above), area)
        if first is area:
            continue
        if fold(first.name) == fold(area.name):
            first.shapes += area.shapes
        else:
            rejected.append((area.line, Flaw.CODE_TWICE.value))
    return list(known.values())


def _with_parents(kept: list[Area], layer: str) -> list[Area]:
    """Return the areas with those above them, all with their codes; what the file does not draw is a union."""
    known: dict[tuple[Any, ...], Area] = {}
    named: dict[tuple[Any, ...], list[Area]] = {}
    for area in kept:
        known[_identity(area.level, area.code, area.country, area.name, area.above)] = area
        named.setdefault((area.level, area.country, fold(area.name)), []).append(area)
    drawn = {id(area) for area in kept}
    held: dict[int, Area] = {}
    order = list(kept)
    for area in kept:
        child = area
        for place, (level, code, name, name_ar) in enumerate(area.above):
            identity = _identity(level, code, area.country, name, area.above[place + 1 :])
            parent = known.get(identity)
            namesakes = named.get((level, area.country, fold(name)), [])
            if parent is None and len(namesakes) == 1 and not (code and namesakes[0].code):
                parent = namesakes[0]
            if parent is None:
                parent = Area(
                    line=area.line,
                    level=level,
                    code=code,
                    name=name or code,
                    name_ar=name_ar,
                    name_fr="",
                    country=area.country,
                    aliases=[],
                    above=area.above[place + 1 :],
                )
                known[identity] = parent
                order.append(parent)
            if parent is child:
                break
            held[id(child)] = parent
            if id(parent) not in drawn:
                parent.shapes += area.shapes
            child = parent
    _put_codes(order, layer)
    for area in order:
        above = held.get(id(area))
        area.parent = above.key if above else None
    return sorted(order, key=lambda area: (area.level, area.line))


def _put_codes(areas: Sequence[Area], layer: str) -> None:
    """Give each area its code with a scheme: its P-code, or one made of the layer's name and its own."""
    short = Counter(_slug(area.name) for area in areas if not area.code)
    long = Counter(_long_slug(area) for area in areas if not area.code)
    used: set[str] = set()
    for area in areas:
        slug, longer = _slug(area.name), _long_slug(area)
        if area.code.startswith(H3.upper()):
            area.key = area.code.lower()
        elif area.code:
            # A code that stands for areas of two levels is kept for the first.
            area.key = SCHEME + area.code + (f"/{area.level}" if area.code in used else "")
            used.add(area.code)
        elif slug and short[slug] == 1:
            area.key = f"own:{layer}:{slug}"
        elif slug and long[longer] == 1:
            area.key = f"own:{layer}:{longer}"
        else:
            # A slash is in no slug, so that a numbered code meets no other one.
            area.key = f"own:{layer}:{area.level}/{area.line}"


def _long_slug(area: Area) -> str:
    """Return a slug with what holds the area behind it; a dot is in no short one."""
    return f"{_slug(area.name)}.{_slug(area.above[0][2] or area.above[0][1] if area.above else area.country)}"


def _slug(name: str) -> str:
    """Return a name in plain letters, figures and hyphens; empty where it has none of the first two."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-")


def _table(areas: Sequence[Area]) -> pa.Table:
    """Return the areas as a table, each with a point inside."""
    rows = []
    for area in areas:
        shape = area.shapes[0] if len(area.shapes) == 1 else shapely.union_all(area.shapes)
        point = shapely.point_on_surface(shape)
        names = {area.name, area.name_ar, area.name_fr}
        rows.append(
            {
                "area": area.key,
                "parent": area.parent,
                "level": area.level,
                "country": area.country or None,
                "name": area.name,
                "name_ar": area.name_ar or None,
                "name_fr": area.name_fr or None,
                "aliases": sorted({a.strip() for a in area.aliases} - names - {""}) or None,
                "lon": float(point.x),
                "lat": float(point.y),
                "geometry": shapely.to_wkb(shape),
            }
        )
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)
