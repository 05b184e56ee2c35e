"""GeoJSON: the areas that Releases name, with their public boundaries."""

from collections.abc import Iterable
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import shapely

DECIMALS = 6
"""Decimals of a coordinate: about 10 cm (RFC 7946, sec. 11.2)."""

GRID = 10.0**-DECIMALS  # degrees

PROPERTIES = ("area", "parent", "level", "country", "name", "name_ar", "name_fr")


def to_geojson(areas: pa.Table, named: Iterable[str]) -> bytes:
    """Return a FeatureCollection of the areas that are named (RFC 7946): WGS 84, outer rings counterclockwise.

    Polygons stay valid with their coordinates rounded: a part smaller than the grid is left out. An area
    without geometry is a feature whose geometry is null. A code that is not among the areas is left out.

    Args:
        areas: AREA_SCHEMA.
        named: codes of areas.

    >>> from fanal.model.area import AREA_SCHEMA
    >>> row = {"area": "own:a", "level": 1, "name": "A", "geometry": shapely.to_wkb(shapely.box(0, 0, 1, 1))}
    >>> made = orjson.loads(to_geojson(pa.Table.from_pylist([row], schema=AREA_SCHEMA), ["own:a", "own:b"]))
    >>> [feature["properties"]["name"] for feature in made["features"]]
    ['A']
    """
    kept = areas.filter(pc.is_in(areas["area"], pa.array(sorted(set(named)), pa.string()))).sort_by("area")
    shapes = [polygons(shape) for shape in shapely.from_wkb(kept["geometry"].to_numpy())]
    features = [
        {"type": "Feature", "id": properties["area"], "properties": properties, "geometry": _geometry(shape)}
        for properties, shape in zip(kept.select(list(PROPERTIES)).to_pylist(), shapes, strict=True)
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features}, option=orjson.OPT_APPEND_NEWLINE)


def polygons(shape: Any) -> Any:
    """Return the polygons of a shape, rounded and valid, outer rings counterclockwise; None where there are none."""
    if shape is None:
        return None
    # Rounding each number alone can make rings cross or collapse.
    shape = shapely.set_precision(shapely.make_valid(shapely.force_2d(shape)), GRID)
    if shape.geom_type == "GeometryCollection":  # mending may leave lines beside the polygons
        shape = shapely.unary_union([part for part in shape.geoms if part.geom_type.endswith("Polygon")])
    if shape.is_empty or not shape.geom_type.endswith("Polygon"):
        return None
    return shapely.orient_polygons(shape)


def _geometry(shape: Any) -> dict[str, Any] | None:
    """Return a shape as GeoJSON with as many decimals as mean something."""
    if shape is None:
        return None
    found: dict[str, Any] = shapely.geometry.mapping(shape)
    return {"type": found["type"], "coordinates": _rounded(found["coordinates"])}


def _rounded(part: Any) -> Any:
    """Return coordinates with DECIMALS decimals."""
    if isinstance(part, float):
        return round(part, DECIMALS)
    return [_rounded(one) for one in part]
