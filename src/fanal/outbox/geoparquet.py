"""GeoParquet: tables with a boundary in each row, as readers of geodata take them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from fanal.model.field import field
from fanal.outbox.geojson import GRID, PROPERTIES, polygons

VERSION = "1.1.0"
"""Of GeoParquet; its coordinates are longitude and latitude (OGC:CRS84), which is what no `crs` means."""

GEOMETRY = "geometry"


def areas_table(areas: pa.Table, named: Sequence[str]) -> pa.Table:
    """Return the areas that are named with their boundaries as WKB, null where there is none, sorted by code.

    Args:
        areas: AREA_SCHEMA.
        named: codes of areas; a code that is not among the areas is left out.
    """
    kept = areas.filter(pc.is_in(areas["area"], pa.array(sorted(set(named)), pa.string()))).sort_by("area")
    shapes = [polygons(shape) for shape in shapely.from_wkb(kept[GEOMETRY].to_numpy())]
    return kept.select(list(PROPERTIES)).append_column(
        field(GEOMETRY, pa.binary(), "public boundary, WKB, WGS 84", null="no boundary is known"),
        _wkb(shapes),
    )


def with_boundaries(hotspots: pa.Table, areas: pa.Table) -> pa.Table:
    """Return hotspots with the joined boundaries of their areas, of those that have one.

    Args:
        hotspots: HOTSPOT_SCHEMA, also with more columns.
        areas: of `areas_table`.
    """
    shape_of = dict(zip(areas["area"].to_pylist(), shapely.from_wkb(areas[GEOMETRY].to_numpy()), strict=True))
    joined: dict[tuple[str, ...], Any] = {}
    shapes = []
    for row in hotspots["areas"].to_pylist():
        codes = tuple(sorted(row))
        if codes not in joined:  # a hotspot that goes on has the same areas week after week
            parts = [shape_of[code] for code in codes if shape_of.get(code) is not None]
            joined[codes] = polygons(shapely.union_all(parts, grid_size=GRID)) if parts else None
        shapes.append(joined[codes])
    return hotspots.append_column(
        field(
            GEOMETRY,
            pa.binary(),
            "public boundaries of its areas, joined, WKB, WGS 84",
            null="none of its areas has a boundary",
        ),
        _wkb(shapes),
    )


def to_parquet(table: pa.Table) -> bytes:
    """Return a table as a Parquet file; one with a boundary in each row as GeoParquet 1.1.

    >>> made = to_parquet(pa.table({"geometry": [shapely.to_wkb(shapely.box(0, 0, 1, 1))]}))
    >>> schema = pq.read_schema(pa.BufferReader(made))
    >>> orjson.loads(schema.metadata[b"geo"])["columns"]["geometry"]["bbox"]
    [0.0, 0.0, 1.0, 1.0]
    """
    if GEOMETRY in table.column_names:
        kept: Mapping[bytes, bytes] = table.schema.metadata or {}
        table = table.replace_schema_metadata({**kept, b"geo": orjson.dumps(_geo(table[GEOMETRY]))})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _geo(geometry: pa.ChunkedArray) -> dict[str, Any]:
    """Return what GeoParquet 1.1 asks a file to say of its boundaries."""
    shapes = shapely.from_wkb(geometry.drop_null().to_numpy())
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted({shape.geom_type for shape in shapes}),
        "orientation": "counterclockwise",
        "edges": "planar",
    }
    if len(shapes):
        column["bbox"] = [float(number) for number in shapely.total_bounds(shapes)]
    return {"version": VERSION, "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


def _wkb(shapes: Sequence[Any]) -> pa.Array:
    """Return shapes as WKB, null where there is none."""
    return pa.array([None if shape is None else shapely.to_wkb(shape) for shape in shapes], pa.binary())
