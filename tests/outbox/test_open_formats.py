"""The forms of open data: a real reader takes the boundaries, and the dictionary says what really stands there."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from fanal.model.release import Release, ReleaseKind
from fanal.outbox import open_data
from fanal.outbox.hxl import HASHTAGS, SEPARATOR

CELLS: dict[str, Callable[[str], object]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "date": date.fromisoformat,
    "list": lambda cell: cell.split(SEPARATOR),
}


@pytest.fixture
def written(
    tmp_path: Path,
    counts: Release,
    hotspots: Release,
    services: Release,
    index: Release,
    people: Release,
    areas: pa.Table,
) -> Path:
    """Return a folder with every kind of Release."""
    made = [counts, hotspots, services, index, people]
    open_data.write(made, tmp_path / "out", areas=areas, require=lambda _: None)
    return tmp_path / "out"


def geo(path: Path) -> dict[str, Any]:
    """Return what a file says of its boundaries, held to what GeoParquet 1.1 asks of it."""
    found: dict[str, Any] = orjson.loads(pq.read_schema(path).metadata[b"geo"])
    assert set(found) == {"version", "primary_column", "columns"}
    assert found["version"] == "1.1.0"
    assert list(found["columns"]) == [found["primary_column"]] == ["geometry"]
    column: dict[str, Any] = found["columns"]["geometry"]
    assert column["encoding"] == "WKB"
    assert set(column["geometry_types"]) <= {"Polygon", "MultiPolygon"}
    assert len(set(column["geometry_types"])) == len(column["geometry_types"])
    assert (column["orientation"], column["edges"]) == ("counterclockwise", "planar")
    assert "crs" not in column  # longitude and latitude, OGC:CRS84
    assert set(column) <= {"encoding", "geometry_types", "orientation", "edges", "bbox"}
    return column


@pytest.mark.parametrize("name", ["areas", "hotspots"])
def test_geoparquet_says_what_is_in_it(written: Path, name: str) -> None:
    path = written / f"{name}.parquet"
    column, table = geo(path), pq.read_table(path)
    assert table.schema.field("geometry").type == pa.binary()
    shapes = shapely.from_wkb(table["geometry"].drop_null().to_numpy())
    assert len(shapes)
    assert {shape.geom_type for shape in shapes} == set(column["geometry_types"])
    assert column["bbox"] == shapely.total_bounds(shapes).tolist()
    for shape in shapes:
        assert shape.is_valid
        assert not shape.has_z
        for polygon in getattr(shape, "geoms", [shape]):
            assert polygon.exterior.is_ccw
            assert not any(hole.is_ccw for hole in polygon.interiors)


def test_another_reader_takes_the_boundaries_for_what_they_are(written: Path) -> None:
    for name in ("areas", "hotspots"):
        described = duckdb.execute(
            "SELECT column_type FROM (DESCRIBE SELECT geometry FROM read_parquet($1))",
            [str(written / f"{name}.parquet")],
        )
        assert described.fetchall() == [("GEOMETRY('OGC:CRS84')",)]
    drawn = duckdb.execute(
        "SELECT area, geometry::VARCHAR FROM read_parquet($1) ORDER BY area", [str(written / "areas.parquet")]
    ).fetchall()
    told = json.loads((written / "areas.geojson").read_text(encoding="utf-8"))["features"]
    assert [area for area, _ in drawn] == [one["id"] for one in told]
    for (_, text), one in zip(drawn, told, strict=True):
        assert (text is None) == (one["geometry"] is None)
        if text is not None:
            assert shapely.from_wkt(text).equals(shapely.from_geojson(json.dumps(one["geometry"])))


def test_a_hotspot_has_the_boundaries_of_its_areas(written: Path) -> None:
    (row,) = pq.read_table(written / "hotspots.parquet").to_pylist()
    shape = {
        one["id"]: shapely.from_geojson(json.dumps(one["geometry"]))
        for one in json.loads((written / "areas.geojson").read_text(encoding="utf-8"))["features"]
        if one["geometry"]
    }
    assert shapely.from_wkb(row["geometry"]).equals(shapely.union_all([shape["own:a"], shape["own:c"]]))


def test_files_without_boundaries_are_plain_parquet(written: Path) -> None:
    assert b"geo" not in pq.read_schema(written / "counts.parquet").metadata


def test_the_dictionary_describes_each_file_that_is_data(written: Path) -> None:
    told = json.loads((written / "datapackage.json").read_text(encoding="utf-8"))
    listed = json.loads((written / "manifest.json").read_text(encoding="utf-8"))["files"]
    found = {one["path"]: one for one in told["resources"]}
    data = {name for name in listed if name.endswith((".csv", ".parquet", ".geojson"))}
    assert found.keys() == data
    assert len({one["name"] for one in told["resources"]}) == len(data)
    assert all(one["hash"] == listed[name] for name, one in found.items())
    assert all(one["bytes"] == (written / name).stat().st_size for name, one in found.items())
    assert "not safe" in told["description"]
    assert told["sources"] == [{"title": "posts read as jsonl"}]
    for name, one in found.items():
        if name.endswith(".parquet"):
            schema = pq.read_schema(written / name)
            assert [column["name"] for column in one["schema"]["fields"]] == schema.names
            for column in one["schema"]["fields"]:
                assert ("constraints" in column) != schema.field(column["name"]).nullable


@pytest.mark.parametrize("kind", list(ReleaseKind))
def test_each_cell_is_what_the_dictionary_says(written: Path, kind: ReleaseKind) -> None:
    told = json.loads((written / "datapackage.json").read_text(encoding="utf-8"))
    (one,) = [resource for resource in told["resources"] if resource["path"] == f"{kind}.csv"]
    lines = list(csv.reader(io.StringIO((written / f"{kind}.csv").read_bytes().decode("utf-8"), newline="")))
    fields = one["schema"]["fields"]
    assert (one["dialect"], one["schema"]["missingValues"]) == ({"headerRows": [1], "commentRows": [2]}, [""])
    assert lines[0] == [column["name"] for column in fields]
    assert lines[1] == [column["hashtag"] for column in fields]
    for line in lines[2:]:
        for cell, column in zip(line, fields, strict=True):
            if cell == "":
                assert column.get("constraints") is None, column["name"]
                assert "Empty: " in column["description"], column["name"]
                continue
            CELLS[column["type"]](cell)


def test_each_column_has_a_meaning_and_one_that_may_be_empty_says_what_that_means(written: Path) -> None:
    told = json.loads((written / "datapackage.json").read_text(encoding="utf-8"))
    for resource in told["resources"]:
        for column in resource.get("schema", {}).get("fields", []):
            assert column["name"] in HASHTAGS or resource["path"].endswith(".parquet")
            assert column.get("description"), (resource["path"], column["name"])
    counts = next(one for one in told["resources"] if one["path"] == "counts.csv")
    number = next(one for one in counts["schema"]["fields"] if one["name"] == "author_weeks")
    assert number["null"] == "not shown, which does not mean zero"
    assert number["unit"] == "author-week"
