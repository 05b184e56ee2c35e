"""Boundaries come in from GeoJSON and GeoPackage, with P-codes and without, and what is broken is said."""

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.area import AREA_SCHEMA
from fanal.model.error import InputError
from fanal.model.layer import LayerKind
from fanal.sources import areas
from fanal.sources.catalogue import layer_source
from fanal.sources.flaw import Flaw
from fanal.sources.geopackage import add_header, strip_header

ABOUT = {"name": "mine", "source": "made for a test", "licence": "CC0", "public": True}


def square(west: float, south: float, size: float = 1.0) -> dict[str, Any]:
    return json.loads(shapely.to_geojson(shapely.box(west, south, west + size, south + size)))


def collection(*features: tuple[dict[str, Any], Any], crs: str | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": p, "geometry": g} for p, g in features],
    }
    if crs:
        made["crs"] = {"type": "name", "properties": {"name": crs}}
    return made


def read(folder: Path, document: Any, **mapping: str):
    file = folder / "areas.geojson"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    layer, report = areas.read(file, areas=None, mapping=mapping, **ABOUT)
    assert layer.table.schema.equals(AREA_SCHEMA)
    assert layer.table.num_rows == len(set(layer.table["area"].to_pylist()))
    return {row["area"]: row for row in layer.table.to_pylist()}, report


CODED = [
    (
        {
            "ADM2_EN": f"District {n}",
            "ADM2_AR": "قضاء",
            "ADM2_PCODE": f"XX010{n}",
            "ADM1_EN": "North",
            "ADM1_PCODE": "XX01",
            "ADM0_PCODE": "XX",
            "ADM2ALT1EN": "Old name",
        },
        square(n, 0),
    )
    for n in range(3)
]


def test_p_codes_and_the_areas_above_them_are_recognised(tmp_path: Path) -> None:
    rows, report = read(tmp_path, collection(*CODED))
    assert set(rows) == {"pcode:XX01", "pcode:XX0100", "pcode:XX0101", "pcode:XX0102"}
    district = rows["pcode:XX0101"]
    assert (district["parent"], district["level"], district["country"]) == ("pcode:XX01", 2, "XX")
    assert (district["name"], district["name_ar"], district["aliases"]) == (
        "District 1",
        "قضاء",
        ["Old name"],
    )
    whole = shapely.from_wkb(rows["pcode:XX01"]["geometry"])
    assert whole.equals(shapely.box(0, 0, 3, 1))
    assert shapely.from_wkb(district["geometry"]).contains(shapely.Point(district["lon"], district["lat"]))
    assert (report.rows, report.matched, report.rejected) == (3, 3, ())


def test_areas_without_codes_get_stable_ones(tmp_path: Path) -> None:
    names = [("Ash Shaykh", "East"), ("Centre", "East"), ("Centre", "West"), ("مركز", "West")]
    features = [({"NAME_2": n, "NAME_1": g}, square(i, 0)) for i, (n, g) in enumerate(names)]
    rows, _ = read(tmp_path, collection(*features))
    assert set(rows) == {
        "own:mine:ash-shaykh",
        "own:mine:centre.east",
        "own:mine:centre.west",
        "own:mine:2/4",
        "own:mine:east",
        "own:mine:west",
    }
    assert rows["own:mine:centre.west"]["parent"] == "own:mine:west"


def test_columns_and_levels_can_be_named(tmp_path: Path) -> None:
    features = [
        ({"label": "Whole", "up": None, "rank": 1}, square(0, 0, 2)),
        ({"label": "Half", "up": "Whole", "rank": 2}, square(0, 0)),
    ]
    rows, _ = read(tmp_path, collection(*features), name="label", parent="up", level="rank", country="iq")
    assert rows["own:mine:half"]["parent"] == "own:mine:whole"
    assert rows["own:mine:half"]["country"] == "IQ"
    assert rows["own:mine:whole"]["level"] == 1
    with pytest.raises(InputError, match=r"no column 'labels' for name; it has label, up, rank"):
        read(tmp_path, collection(*features), name="labels")


def test_geoboundaries_say_their_level(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, collection(({"shapeName": "North", "shapeType": "ADM2"}, square(0, 0))))
    assert rows["own:mine:north"]["level"] == 2


def test_broken_geometry_is_mended_and_empty_geometry_rejected(tmp_path: Path) -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
    features = [
        ({"name": "bow"}, bow),
        ({"name": "none"}, None),
        ({"name": "hollow"}, {"type": "Polygon", "coordinates": []}),
        ({"name": "dot"}, {"type": "Point", "coordinates": [1, 1]}),
        ({"name": "far"}, square(500_000, 4_000_000)),
        ({"name": "open"}, {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0]]]}),
        ({"name": "odd"}, {"type": "Cloud"}),
        ({"name": ""}, square(5, 5)),
        ({"name": "flat"}, {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [2, 2], [0, 0]]]}),
        ({"name": "good"}, square(3, 3)),
    ]
    rows, report = read(tmp_path, collection(*features))
    assert set(rows) == {"own:mine:bow", "own:mine:good"}
    assert shapely.from_wkb(rows["own:mine:bow"]["geometry"]).is_valid
    assert report.kept == ((1, Flaw.MENDED.value),)
    assert report.rejected == (
        (2, Flaw.NO_GEOMETRY.value),
        (3, Flaw.NO_GEOMETRY.value),
        (4, Flaw.NOT_AN_AREA.value),
        (5, Flaw.GEOMETRY_OUT_OF_RANGE.value),
        (6, Flaw.NO_GEOMETRY.value),
        (7, Flaw.NO_GEOMETRY.value),
        (8, Flaw.NO_NAME.value),
        (9, Flaw.NOT_AN_AREA.value),
    )
    assert (report.rows, report.matched) == (10, 2)


def test_a_big_overlap_is_told_and_gaps_and_slivers_are_not(tmp_path: Path) -> None:
    hole = json.loads(shapely.to_geojson(shapely.box(10, 0, 14, 4).difference(shapely.box(11, 1, 12, 2))))
    features = [
        ({"ADM1_EN": "A", "ADM1_PCODE": "XX01"}, square(0, 0)),
        ({"ADM1_EN": "B", "ADM1_PCODE": "XX02"}, square(0.5, 0)),
        ({"ADM1_EN": "C", "ADM1_PCODE": "XX03"}, square(1.495, 0)),  # a sliver of half a percent
        ({"ADM1_EN": "D", "ADM1_PCODE": "XX04"}, square(4, 0)),  # a gap before it
        ({"ADM1_EN": "E", "ADM1_PCODE": "XX05"}, hole),
        ({"ADM1_EN": "F", "ADM1_PCODE": "XX06"}, square(4.2, 0.2, 0.1)),  # wholly in D
    ]
    rows, report = read(tmp_path, collection(*features))
    assert (len(rows), report.matched, report.rejected, report.remarks) == (6, 6, (), ())
    assert report.kept == ((2, Flaw.OVERLAP.value), (6, Flaw.OVERLAP.value))


def test_areas_of_two_levels_may_lie_on_each_other(tmp_path: Path) -> None:
    features = [
        ({"label": "Whole", "rank": 1}, square(0, 0, 2)),
        ({"label": "Half", "rank": 2}, square(0, 0)),
    ]
    _, report = read(tmp_path, collection(*features), name="label", level="rank")
    assert report.kept == ()


def test_areas_without_p_codes_are_counted(tmp_path: Path) -> None:
    mixed = ({"ADM1_EN": "North", "ADM1_PCODE": "XX01"}, square(0, 0))
    bare = [({"ADM1_EN": name, "ADM1_PCODE": None}, square(n, 5)) for n, name in enumerate("AB")]
    _, report = read(tmp_path, collection(mixed, *bare))
    assert (report.matched, report.remarks) == (3, ((Flaw.NO_CODE.value, 2),))


def test_cells_of_h3_keep_their_codes(tmp_path: Path) -> None:
    code = "h3:842c16bffffffff"
    cell = ({"name": "842c16bffffffff", "pcode": code, "shapeType": "ADM2"}, square(43, 36))
    rows, report = read(tmp_path, collection(cell))
    assert (rows[code]["level"], rows[code]["country"], report.remarks) == (2, None, ())


def test_parts_of_an_area_are_joined_and_a_stolen_code_is_rejected(tmp_path: Path) -> None:
    features = [
        ({"ADM1_EN": "Isles", "ADM1_PCODE": "XX01"}, square(0, 0)),
        ({"ADM1_EN": "Isles", "ADM1_PCODE": "XX01"}, square(4, 0)),
        ({"ADM1_EN": "Other", "ADM1_PCODE": "XX01"}, square(8, 0)),
    ]
    rows, report = read(tmp_path, collection(*features))
    assert shapely.from_wkb(rows["pcode:XX01"]["geometry"]).area == pytest.approx(2.0)
    assert report.rejected == ((3, Flaw.CODE_TWICE.value),)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("{", "not GeoJSON: line 1"),
        ("[]", "not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection"}', "not a GeoJSON FeatureCollection"),
        ("", "is empty"),
        (collection(({"name": "a"}, square(0, 0)), crs="urn:ogc:def:crs:EPSG::32638"), "not in WGS 84"),
        (collection(({"x": 1.5}, square(0, 0))), "no column that can be recognised as the name"),
        (collection(({"name": "a"}, None)), "holds no usable area"),
    ],
)
def test_a_file_that_holds_no_boundaries_is_refused(tmp_path: Path, document: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read(tmp_path, document)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.dictionaries(
                st.sampled_from(["name", "ADM1_EN", "ADM2_EN", "ADM2_PCODE", "level"]), JSON, max_size=4
            ),
            st.fixed_dictionaries(
                {"type": st.sampled_from(["Polygon", "MultiPolygon", "Point"]), "coordinates": JSON}
            )
            | st.just(square(0, 0))
            | JSON,
        ),
        max_size=4,
    )
)
def test_random_features_are_counted_or_refused(tmp_path_factory, features: list) -> None:
    try:
        rows, report = read(tmp_path_factory.getbasetemp(), collection(*features))
    except InputError:
        return
    assert report.rows == len(features) == report.matched + len(report.rejected)
    assert all(row["name"] for row in rows.values())


def geopackage(file: Path, tables: dict[str, int] | None = None) -> Path:
    connection = sqlite3.connect(file)
    connection.executescript(
        "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);"
        "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER);"
        "CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER);"
        "INSERT INTO gpkg_spatial_ref_sys VALUES (4326, 'EPSG', 4326), (32638, 'EPSG', 32638);"
    )
    for name, srs in (tables or {"adm2": 4326}).items():
        connection.execute("INSERT INTO gpkg_contents VALUES (?, 'features')", [name])
        connection.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?)", [name, srs])
        connection.execute(f'CREATE TABLE "{name}" (fid INTEGER, ADM2_EN TEXT, ADM2_PCODE TEXT, geom BLOB)')
        for n in range(2):
            blob = add_header(shapely.to_wkb(shapely.box(n, 0, n + 1, 1)))
            connection.execute(f'INSERT INTO "{name}" VALUES (?, ?, ?, ?)', [n, f"D{n}", f"XX010{n}", blob])  # noqa: S608
        connection.execute(f'INSERT INTO "{name}" VALUES (9, ?, ?, ?)', ["D9", "XX0109", b"GP\x00\x10broken"])  # noqa: S608
    connection.commit()
    connection.close()
    return file


def test_a_geopackage_gives_its_areas(tmp_path: Path) -> None:
    file = geopackage(tmp_path / "odd name?#.gpkg")
    layer, report = areas.read(file, areas=None, mapping={}, **ABOUT)
    assert layer.table["area"].to_pylist() == ["pcode:XX0100", "pcode:XX0101"]
    assert report.rejected == ((3, Flaw.NO_GEOMETRY.value),)


def test_a_geopackage_of_several_tables_or_in_metres_is_refused(tmp_path: Path) -> None:
    file = geopackage(tmp_path / "two.gpkg", {"adm1": 4326, "ad m2": 4326})
    with pytest.raises(InputError, match="several tables of features: adm1"):
        areas.read(file, areas=None, mapping={}, **ABOUT)
    layer, _ = areas.read(file, areas=None, mapping={"table": "ad m2"}, **ABOUT)
    assert layer.table.num_rows == 2
    with pytest.raises(InputError, match="EPSG:32638"):
        areas.read(geopackage(tmp_path / "m.gpkg", {"adm2": 32638}), areas=None, mapping={}, **ABOUT)
    with pytest.raises(InputError, match="no table 'x'"):
        areas.read(file, areas=None, mapping={"table": "x"}, **ABOUT)


@settings(deadline=None, max_examples=40)
@given(st.integers(16, 8000), st.binary(max_size=20))
def test_a_damaged_geopackage_is_refused_or_read(tmp_path_factory, at: int, noise: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole = folder / "whole.gpkg"
    data = whole.read_bytes() if whole.exists() else geopackage(whole).read_bytes()
    file = folder / "damaged.gpkg"
    file.write_bytes(data[:at] + noise + data[at + len(noise) :])
    try:
        areas.read(file, areas=None, mapping={}, **ABOUT)
    except InputError as error:
        assert str(file) in error.sentence  # noqa: PT017 - most examples raise nothing


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_have_a_geometry_or_none(blob: bytes) -> None:
    inner = strip_header(b"GP" + blob)
    assert inner is None or isinstance(inner, bytes)
    assert strip_header(add_header(blob)) == (blob or None)


@pytest.mark.shared
def test_iraq_has_101_districts_in_18_governorates(shared_data: Path) -> None:
    file = shared_data / "iraq_admin_population" / "irq_admbnda_adm2_cso_20190603.geojson"
    layer, report = layer_source(LayerKind.AREAS).read(file, areas=None, mapping={}, **ABOUT)
    rows = layer.table.to_pylist()
    assert Counter(row["level"] for row in rows) == {2: 101, 1: 18}
    governorates = {row["area"] for row in rows if row["level"] == 1}
    assert {row["parent"] for row in rows if row["level"] == 2} == governorates
    assert all(row["name_ar"] and row["country"] == "IQ" for row in rows)
    assert (report.rows, report.matched, report.rejected) == (101, 101, ())
    assert (report.kept, report.remarks) == ((), ())
    drawn = shared_data / "iraq_admin_population" / "irq_admbnda_adm1_cso_20190603.geojson"
    published, _ = areas.read(drawn, areas=None, mapping={}, **ABOUT)
    shapes = {row["area"]: shapely.from_wkb(row["geometry"]) for row in rows}
    for row in published.table.to_pylist():
        other = shapely.from_wkb(row["geometry"])
        assert shapes[row["area"]].symmetric_difference(other).area < 0.01 * other.area
