"""Open data: what stands in the files is what the Releases say, readable by others, and nothing leaves unasked."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from fanal.model.area import AREA_SCHEMA
from fanal.model.error import RefusedError, UserError
from fanal.model.release import Release, ReleaseKind
from fanal.outbox import geojson, hxl, open_data

# HXL 1.1: a hashtag of letters, then attributes of letters, digits and low lines.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
HASHTAG = re.compile(r"#[a-z][a-z0-9_]*( *\+[a-z][a-z0-9_]*)*", re.IGNORECASE)


def allow(release: Release) -> None:
    assert isinstance(release, Release)


Rows = list[dict[str, str]]


def read(path: Path) -> tuple[list[str], Rows]:
    """Read a CSV with Python's own reader: hashtags, then rows."""
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))
    return list(rows[0].values()), rows[1:]


def test_each_number_of_a_release_stands_in_the_files(
    tmp_path: Path, counts: Release, hotspots: Release, services: Release, areas: pa.Table
) -> None:
    written = open_data.write([services, counts, hotspots], tmp_path / "out", areas=areas, require=allow)
    assert {path.name for path in written} == {
        *(f"{kind}.{form}" for kind in ("counts", "hotspots", "services") for form in ("csv", "parquet")),
        *(
            "areas.geojson",
            "areas.parquet",
            "datapackage.json",
            "provenance.json",
            "README.txt",
            "manifest.json",
        ),
    }
    _, rows = read(tmp_path / "out" / "counts.csv")
    assert [(row["author_weeks"], row["low"], row["high"], row["release"]) for row in rows] == [
        ("120", "108", "132", counts.ledger_id),
        ("", "", "", counts.ledger_id),
        ("50", "38", "62", counts.ledger_id),
        ("35", "23", "47", counts.ledger_id),
    ]
    _, [hotspot] = read(tmp_path / "out" / "hotspots.csv")
    assert hotspot["areas"].split(hxl.SEPARATOR) == ["own:a", "own:c"]
    assert float(hotspot["relative_risk"]) == float("inf")
    assert (hotspot["p_value"], hotspot["recurrence_weeks"]) == ("0.001", "500")
    _, offered = read(tmp_path / "out" / "services.csv")
    assert [row["agencies"] for row in offered] == ["3", "1"]
    for release in (counts, hotspots, services):
        table = pq.read_table(tmp_path / "out" / f"{release.kind}.parquet")
        assert table.select(release.table.column_names).cast(release.table.schema) == release.table
        told = orjson.loads(table.schema.metadata[open_data.METADATA_KEY])
        assert list(told) == [release.ledger_id]
        assert told[release.ledger_id]["digest"] == release.digest()
        assert told[release.ledger_id]["statement"]["epsilon"] == release.statement.epsilon


def test_what_is_not_shown_is_null_and_never_a_number(
    tmp_path: Path, counts: Release, areas: pa.Table
) -> None:
    open_data.write([counts], tmp_path / "out", areas=areas, require=allow)
    kept = pq.read_table(tmp_path / "out" / "counts.parquet").to_pylist()
    hidden = {(row["area"], row["signal"]): row for row in kept}["own:b", "distress"]
    assert (hidden["author_weeks"], hidden["low"], hidden["high"], hidden["shown"]) == (
        None,
        None,
        None,
        False,
    )
    _, rows = read(tmp_path / "out" / "counts.csv")
    assert [(row["author_weeks"], row["shown"]) for row in rows] == [
        ("120", "true"),
        ("", "false"),
        ("50", "true"),
        ("35", "true"),
    ]
    assert "own:c" in {row["area"] for row in kept} - {row["area"] for row in rows}
    assert "not zero and not safe" in (tmp_path / "out" / "README.txt").read_text(encoding="utf-8")


def test_every_column_has_a_hashtag_that_hxl_allows(
    tmp_path: Path,
    counts: Release,
    hotspots: Release,
    index: Release,
    services: Release,
    people: Release,
    areas: pa.Table,
) -> None:
    open_data.write([services, index, counts, hotspots, people], tmp_path / "out", areas=areas, require=allow)
    paths = list((tmp_path / "out").glob("*.csv"))
    assert len(paths) == len(ReleaseKind)
    for path in paths:
        tags, _ = read(path)
        assert len(set(tags)) == len(tags)
        for tag in tags:
            assert HASHTAG.fullmatch(tag), tag


def expected(release: Release) -> list[dict[str, object]]:
    """Return what a CSV has of a Release, as a slow reference: no records, lists joined, formulas quoted."""
    rows = []
    for row in release.table.drop_columns(
        [n for n in ("parts",) if n in release.table.column_names]
    ).to_pylist():
        cells = {}
        for name, value in row.items():
            text = hxl.SEPARATOR.join(value) if isinstance(value, list) else value
            risky = isinstance(text, str) and text.startswith(FORMULA)
            cells[name] = f"'{text}" if risky else text
        rows.append(cells)
    shown = {row.get("area") for row in rows if row.get("author_weeks") is not None}
    return [row for row in rows if "author_weeks" not in row or row["area"] in shown]


@pytest.mark.parametrize("kind", list(ReleaseKind))
def test_duckdb_reads_back_the_table_of_each_kind(
    tmp_path: Path, kind: ReleaseKind, areas: pa.Table, request: pytest.FixtureRequest
) -> None:
    release: Release = request.getfixturevalue(kind.value)
    open_data.write([release], tmp_path / "out", areas=areas, require=allow)
    tags, _ = read(tmp_path / "out" / f"{kind}.csv")
    numbers = {pa.date32(): "DATE", pa.float64(): "DOUBLE", pa.int64(): "BIGINT", pa.int32(): "INTEGER"}
    numbers |= {pa.int16(): "SMALLINT", pa.bool_(): "BOOLEAN"}
    kinds = {
        one.name: numbers.get(one.type, "VARCHAR") for one in release.table.schema if one.name != "parts"
    }
    kinds["release"] = "VARCHAR"
    if kind is ReleaseKind.COUNTS:
        kinds["shown"] = "BOOLEAN"
    assert len(tags) == len(kinds)
    query = "SELECT * FROM read_csv($file, columns = $columns, auto_detect = false, skip = 2)"
    found = duckdb.execute(query, {"file": str(tmp_path / "out" / f"{kind}.csv"), "columns": kinds})
    names = list(kinds)
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert {row.pop("release") for row in rows} == {release.ledger_id}
    for row in rows:
        assert row.pop("shown", None) in {None, row.get("author_weeks") is not None}
    assert rows == expected(release)


def test_files_are_utf_8_without_mark_and_lines_end_as_rfc_4180_says(
    tmp_path: Path, counts: Release, areas: pa.Table
) -> None:
    open_data.write([counts], tmp_path / "out", areas=areas, require=allow)
    content = (tmp_path / "out" / "counts.csv").read_bytes()
    assert content.startswith(b"area,week,signal,author_weeks,")
    assert content.endswith(b"\r\n")
    assert content.count(b"\r\n") == 6  # the header, the tags, four rows; the line end inside a cell is \n
    hostile = counts.table["area"][2].as_py()
    assert hostile in content.decode("utf-8").replace('""', '"')


def test_other_readers_read_the_same(tmp_path: Path, counts: Release, areas: pa.Table) -> None:
    open_data.write([counts], tmp_path / "out", areas=areas, require=allow)
    _, rows = read(tmp_path / "out" / "counts.csv")
    given = {
        "file": str(tmp_path / "out" / "counts.csv"),
        "columns": dict.fromkeys(rows[0], "VARCHAR"),
    }
    query = (
        "SELECT area, coalesce(author_weeks, '') "
        "FROM read_csv($file, columns = $columns, auto_detect = false, skip = 2)"
    )
    found = duckdb.execute(query, given).fetchall()
    assert found == [(row["area"], row["author_weeks"]) for row in rows]


@example([first + "1+1" for first in FORMULA])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_any_text_comes_back_and_none_is_a_formula(texts: list[str]) -> None:
    content = hxl.to_csv(pa.table({"sector": pa.array(texts, pa.string()), "agencies": range(len(texts))}))
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))[2:]
    assert [int(row[1]) for row in rows] == list(range(len(texts)))
    for text, (cell, _) in zip(texts, rows, strict=True):
        assert cell == ("'" + text if text.startswith(FORMULA) else text)


def test_a_column_without_hashtag_is_a_bug_and_says_which() -> None:
    with pytest.raises(KeyError, match="name_of_a_person"):
        hxl.to_csv(pa.table({"name_of_a_person": ["x"]}))


def test_geojson_is_valid_and_names_only_what_is_named(
    tmp_path: Path, counts: Release, hotspots: Release, areas: pa.Table
) -> None:
    open_data.write([counts, hotspots], tmp_path / "out", areas=areas, require=allow)
    found = json.loads((tmp_path / "out" / "areas.geojson").read_text(encoding="utf-8"))
    assert set(found) == {"type", "features"}
    shapes = {one["id"]: one["geometry"] for one in found["features"]}
    assert "own:unnamed" not in shapes
    assert shapes["own:b"] is None
    assert [shape for code, shape in shapes.items() if code.startswith("own:=")] == [
        None
    ]  # a point is no boundary
    for code in ("own:a", "own:c"):
        drawn = shapely.from_geojson(json.dumps(shapes[code]))
        assert drawn.is_valid
        for polygon in getattr(drawn, "geoms", [drawn]):
            assert polygon.exterior.is_ccw


RINGS = st.lists(
    st.tuples(*[st.integers(0, 40).map(lambda n: 44 + n * 3e-7)] * 2), min_size=4, max_size=12, unique=True
)


@given(RINGS)
def test_rounding_leaves_every_boundary_valid_with_outer_rings_counterclockwise(
    ring: list[tuple[float, float]],
) -> None:
    row = {"area": "own:a", "level": 1, "name": "A", "geometry": shapely.to_wkb(shapely.Polygon(ring))}
    table = pa.Table.from_pylist([row], schema=AREA_SCHEMA)
    [found] = json.loads(geojson.to_geojson(table, ["own:a"]))["features"]
    if found["geometry"] is None:  # all of it is smaller than the grid
        return
    drawn = shapely.from_geojson(json.dumps(found["geometry"]))
    assert drawn.is_valid
    assert not drawn.is_empty
    for polygon in getattr(drawn, "geoms", [drawn]):
        assert polygon.exterior.is_ccw
        assert not any(hole.is_ccw for hole in polygon.interiors)
    assert all(round(number, 6) == number for number in shapely.get_coordinates(drawn).flat)


def test_provenance_leads_from_each_number_to_how_it_was_made(
    tmp_path: Path, counts: Release, hotspots: Release, areas: pa.Table
) -> None:
    open_data.write([hotspots, counts], tmp_path / "out", areas=areas, require=allow)
    told = json.loads((tmp_path / "out" / "provenance.json").read_text(encoding="utf-8"))["releases"]
    assert [one["id"] for one in told] == sorted([counts.ledger_id, hotspots.ledger_id])
    mine = next(one for one in told if one["id"] == counts.ledger_id)
    assert mine["digest"] == counts.digest()
    assert mine["statement"]["epsilon"] == counts.statement.epsilon
    assert mine["statement"]["sources"] == list(counts.statement.sources)
    assert mine["circle"] == "public"
    assert mine["made_at"] == counts.made_at.isoformat()


def test_the_same_releases_give_the_same_bytes(
    tmp_path: Path, counts: Release, hotspots: Release, areas: pa.Table
) -> None:
    open_data.write([counts, hotspots], tmp_path / "one", areas=areas, require=allow)
    open_data.write([hotspots, counts], tmp_path / "two", areas=areas, require=allow)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
    listed = json.loads((tmp_path / "one" / "manifest.json").read_text(encoding="utf-8"))["files"]
    for name, digest in listed.items():
        assert digest == "sha256:" + hashlib.sha256((tmp_path / "one" / name).read_bytes()).hexdigest()


def refuse_second() -> Callable[[Release], None]:
    asked: list[str] = []

    def require(release: Release) -> None:
        asked.append(release.ledger_id)
        if len(asked) > 1:
            raise RefusedError("not this one")

    return require


def test_where_one_is_refused_nothing_is_written(
    tmp_path: Path, counts: Release, hotspots: Release, areas: pa.Table
) -> None:
    with pytest.raises(RefusedError, match="not this one"):
        open_data.write([counts, hotspots], tmp_path / "out", areas=areas, require=refuse_second())
    assert not (tmp_path / "out").exists()


class Unasked:
    """Stand for a Release that nobody may look into before it was let pass."""

    def __getattribute__(self, name: str) -> object:
        pytest.fail(f"{name} was read before `require` was asked")


def test_nothing_of_a_release_is_read_before_it_may_leave(
    tmp_path: Path, counts: Release, areas: pa.Table
) -> None:
    asked: list[int] = []

    def require(release: Release) -> None:
        asked.append(id(release))
        if release is not counts:
            raise RefusedError("no")

    unasked: Any = Unasked()
    with pytest.raises(RefusedError, match="no"):
        open_data.write([counts, unasked], tmp_path / "out", areas=areas, require=require)
    assert asked == [id(counts), id(unasked)]
    assert not (tmp_path / "out").exists()


def test_nothing_to_release_says_what_to_do(tmp_path: Path, areas: pa.Table) -> None:
    with pytest.raises(UserError, match=r"Run `fanal update`"):
        open_data.write([], tmp_path / "out", areas=areas, require=allow)
    assert not (tmp_path / "out").exists()
