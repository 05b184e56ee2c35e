"""The shipped facts of Iraq: totals, geometry, codes, small cells, and what was known about Sinjar."""

import json
import subprocess
import sys
from datetime import date
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import shapely

from fanal.facts import iraq, manifest
from fanal.model.group import Group
from fanal.model.layer import LAYER_SCHEMAS, Layer, LayerKind

SINJAR = "pcode:IQG15Q07"
DAHUK = "pcode:IQG09Q02"
PACKAGE_LIMIT = 5_000_000  # bytes of all shipped files together
FEW = 10  # displaced families


@pytest.fixture(scope="module")
def layers() -> dict[LayerKind, Layer]:
    return {layer.kind: layer for layer in iraq.layers()}


@pytest.fixture(scope="module")
def areas() -> pa.Table:
    return iraq.areas()


@pytest.fixture(scope="module")
def districts(areas: pa.Table) -> pa.Table:
    return areas.filter(pc.field("level") == 2)


def shapes_of(table: pa.Table) -> np.ndarray:
    return shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))


def test_every_kind_ships_in_its_schema_and_says_where_it_comes_from(layers: dict[LayerKind, Layer]) -> None:
    assert set(layers) == set(LayerKind)
    for kind, layer in layers.items():
        assert layer.table.schema.equals(LAYER_SCHEMAS[kind], check_metadata=True)
        layer.table.validate(full=True)
        assert layer.public
        assert layer.source
        assert layer.licence
        for field in layer.table.schema:
            assert field.nullable or not layer.table[field.name].null_count, f"{kind}.{field.name} has nulls"


def test_layers_speak_of_known_areas_only(layers: dict[LayerKind, Layer], areas: pa.Table) -> None:
    known = set(areas["area"].to_pylist())
    for layer in layers.values():
        assert set(layer.table["area"].to_pylist()) <= known


def test_levels_codes_and_parents(areas: pa.Table) -> None:
    rows = {row["area"]: row for row in areas.to_pylist()}
    assert len(rows) == areas.num_rows == 1 + 18 + 101
    assert pc.value_counts(areas["level"]).to_pylist() == [
        {"values": 0, "counts": 1},
        {"values": 1, "counts": 18},
        {"values": 2, "counts": 101},
    ]
    for code, row in rows.items():
        assert code.startswith("pcode:IQ")
        assert row["country"] == "IQ"
        if row["level"] == 0:
            assert row["parent"] is None
        else:
            assert rows[row["parent"]]["level"] == row["level"] - 1
            assert code.startswith(row["parent"])


def test_names_are_clean_and_in_their_scripts(areas: pa.Table) -> None:
    for row in areas.to_pylist():
        everything = [row["name"], row["name_ar"], *row["aliases"]]
        assert all(name == " ".join(name.split()) and name for name in everything)
        assert len(everything) == len(set(everything))
        assert row["name"].isascii()
        assert any("\u0600" <= letter <= "\u06ff" for letter in row["name_ar"])
        assert row["name_fr"] is None or row["name_fr"] != row["name"]
        assert row["level"] < 2 or row["name_fr"] is None


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("Shingal", SINJAR),
        ("شنگال", SINJAR),
        ("Dahuk", DAHUK),
        ("دهۆك", DAHUK),
        ("Hewler", "pcode:IQG11"),
        ("هەولێر", "pcode:IQG11Q02"),
        ("کەرکووک", "pcode:IQG13"),
        ("Mosul", "pcode:IQG15Q05"),
        ("Musul", "pcode:IQG15Q05"),
        ("Tal Afar", "pcode:IQG15Q08"),
        ("سلێمانی", "pcode:IQG06"),
        ("Abu Ghraib", "pcode:IQG08Q02"),
    ],
)
def test_common_spellings_are_aliases(areas: pa.Table, spelling: str, code: str) -> None:
    aliases = areas.filter(pc.field("area") == code)["aliases"].to_pylist()[0]
    assert spelling in aliases


def test_geometry_is_valid_and_covers_without_gap_or_overlap(areas: pa.Table, districts: pa.Table) -> None:
    assert shapely.is_valid(shapes_of(areas)).all()
    for level in (1, 2):
        drawn = shapes_of(areas.filter(pc.field("level") == level))
        assert shapely.coverage_is_valid(drawn)
        whole = shapely.union_all(drawn)
        assert whole.geom_type == "Polygon"
        assert not whole.interiors, "there is a gap between areas"
        assert whole.equals(shapes_of(areas.filter(pc.field("level") == 0))[0])
    for parent in set(districts["parent"].to_pylist()):
        parts = shapes_of(districts.filter(pc.field("parent") == parent))
        assert shapely.union_all(parts).equals(shapes_of(areas.filter(pc.field("area") == parent))[0])


def test_point_of_each_area_lies_inside(areas: pa.Table) -> None:
    assert shapely.contains_xy(shapes_of(areas), areas["lon"].to_numpy(), areas["lat"].to_numpy()).all()


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (41.877, 36.321, SINJAR),
        (42.988, 36.866, DAHUK),
        (43.119, 36.335, "pcode:IQG15Q05"),  # Mosul
        (44.009, 36.191, "pcode:IQG11Q02"),  # Erbil
        (47.78, 30.509, "pcode:IQG02Q02"),  # Basrah
        (42.448, 36.379, "pcode:IQG15Q08"),  # Telafar
    ],
)
def test_towns_lie_in_their_districts(districts: pa.Table, lon: float, lat: float, code: str) -> None:
    inside = shapely.contains_xy(shapes_of(districts), lon, lat)
    assert districts["area"].to_numpy(zero_copy_only=False)[inside].tolist() == [code]


def test_areas_are_geoparquet(areas: pa.Table) -> None:
    file = resources.files("fanal.facts").joinpath("data", "areas.parquet").read_bytes()
    geo = json.loads(pq.read_schema(pa.BufferReader(file)).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    column = geo["columns"][geo["primary_column"]]
    assert column["encoding"] == "WKB"
    assert column["bbox"] == list(shapely.total_bounds(shapes_of(areas)))
    assert set(column["geometry_types"]) == {shape.geom_type for shape in shapes_of(areas)}


def test_people_of_2014(layers: dict[LayerKind, Layer], districts: pa.Table) -> None:
    table = layers[LayerKind.POPULATION].table
    by_group = {
        group: table.filter(pc.field("group") == group.value)
        for group in (Group.RESIDENTS, Group.WOMEN_AND_GIRLS)
    }
    assert sum(part.num_rows for part in by_group.values()) == table.num_rows
    for part in by_group.values():
        assert sorted(part["area"].to_pylist()) == sorted(districts["area"].to_pylist())
    assert pc.sum(by_group[Group.RESIDENTS]["people"]).as_py() == 36_004_558  # the table's own total
    assert pc.sum(by_group[Group.WOMEN_AND_GIRLS]["people"]).as_py() == 17_685_544
    everybody = dict(
        zip(*by_group[Group.RESIDENTS].select(["area", "people"]).to_pydict().values(), strict=True)
    )
    women = dict(
        zip(*by_group[Group.WOMEN_AND_GIRLS].select(["area", "people"]).to_pydict().values(), strict=True)
    )
    assert all(0 < women[area] < everybody[area] for area in everybody)
    assert everybody[SINJAR] == 308_315
    assert pc.unique(table["year"]).to_pylist() == [2014]


def test_events_have_no_text_and_begin_before_they_end(layers: dict[LayerKind, Layer]) -> None:
    table = layers[LayerKind.EVENTS].table
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    assert texts == ["area", "id", "violence"]
    assert all(id_.isdigit() for id_ in table["id"].to_pylist())
    assert pc.count_distinct(table["id"]).as_py() == table.num_rows
    assert set(table["violence"].to_pylist()) <= {"state_based", "non_state", "one_sided", "other"}
    assert pc.all(pc.less_equal(table["start"], table["end"])).as_py()
    assert pc.min(table["end"]).as_py() >= date(2010, 1, 1)
    assert pc.max(table["end"]).as_py() <= date(2015, 12, 31)
    assert set(table["precision"].to_pylist()) == {1, 2, 3, 4}


def test_events_are_as_fine_as_their_precision(layers: dict[LayerKind, Layer], areas: pa.Table) -> None:
    level = dict(zip(areas["area"].to_pylist(), areas["level"].to_pylist(), strict=True))
    for row in layers[LayerKind.EVENTS].table.to_pylist():
        assert level[row["area"]] == (1 if row["precision"] == 4 else 2)


def test_attack_on_sinjar_is_there(layers: dict[LayerKind, Layer]) -> None:
    rows = layers[LayerKind.EVENTS].table.filter(pc.field("area") == SINJAR).to_pylist()
    days = [row for row in rows if date(2014, 8, 3) <= row["start"] <= date(2014, 8, 4)]
    assert len(days) == 3
    assert {row["violence"] for row in days} == {"one_sided"}


def test_small_cells_of_displacement_are_blanked(layers: dict[LayerKind, Layer]) -> None:
    rows = layers[LayerKind.DISPLACEMENT].table.to_pylist()
    first = min(row["date"] for row in rows)
    blanked = [row for row in rows if row["families"] is None]
    assert blanked
    for row in rows:
        if row["families"] is None:
            assert row["places"] is None
            assert row["places_growing"] is None
        else:
            assert row["families"] >= FEW
            assert 1 <= row["places"] <= row["families"]
            assert (row["places_growing"] is None) == (row["date"] == first)
            assert row["places_growing"] is None or 0 <= row["places_growing"] <= row["places"]


def test_rounds_of_displacement(layers: dict[LayerKind, Layer]) -> None:
    table = layers[LayerKind.DISPLACEMENT].table
    assert pc.count_distinct(table["date"]).as_py() == 34
    keys = list(zip(table["date"].to_pylist(), table["area"].to_pylist(), strict=True))
    assert all(one < two for one, two in pairwise(keys)), "one row a round and district, in order"


def test_flight_to_dahuk_is_there(layers: dict[LayerKind, Layer]) -> None:
    table = layers[LayerKind.DISPLACEMENT].table.filter(pc.field("area") == DAHUK)
    families = dict(zip(table["date"].to_pylist(), table["families"].to_pylist(), strict=True))
    assert families[date(2014, 7, 2)] == 1_759
    assert families[date(2014, 9, 1)] == 22_051


def test_services_count_agencies_without_naming_one(layers: dict[LayerKind, Layer]) -> None:
    table = layers[LayerKind.SERVICES].table
    assert set(table["sector"].to_pylist()) == {"education", "food security", "health", "shelter", "wash"}
    assert pc.min(table["agencies"]).as_py() >= 1
    assert pc.max(table["agencies"]).as_py() <= 86  # agencies in both lists together
    assert (
        table.select(["area", "sector"]).group_by(["area", "sector"]).aggregate([]).num_rows == table.num_rows
    )


def test_manifest_lists_every_file_and_its_rows(layers: dict[LayerKind, Layer]) -> None:
    entries = {entry.kind: entry for entry in manifest.read()}
    shipped = {file.name: file for file in resources.files("fanal.facts").joinpath("data").iterdir()}
    assert {entry.file for entry in entries.values()} | {"manifest.toml"} == set(shipped)
    for kind, entry in entries.items():
        assert entry.rows == layers[kind].table.num_rows
        for part in (
            entry.title,
            entry.publisher,
            entry.data_set,
            entry.licence,
            entry.terms,
            entry.period,
            entry.origin,
        ):
            assert part
        assert all(left.why and left.rows > 0 for left in entry.left_out)
    assert "Sundberg" in entries[LayerKind.EVENTS].terms
    assert entries[LayerKind.EVENTS].licence == "CC BY 4.0"
    assert entries[LayerKind.AREAS].licence == "CC BY-IGO"
    assert sum(len(file.read_bytes()) for file in shipped.values()) < PACKAGE_LIMIT


def test_manifest_accounts_for_every_event() -> None:
    entry = next(entry for entry in manifest.read() if entry.kind is LayerKind.EVENTS)
    assert entry.rows + sum(left.rows for left in entry.left_out) == 5_894  # rows of UCDP's file


def test_broken_manifest_is_refused() -> None:
    with pytest.raises(KeyError):
        manifest.parse('[events]\nfile = "events.parquet"\n')
    with pytest.raises(ValueError, match="weather"):
        manifest.parse("[weather]\n")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="Threads are counted in Linux's /proc.")
def test_facts_are_read_by_one_thread() -> None:
    """A thread of Arrow that still holds Python's bytes when a short command ends aborts the process."""
    program = (
        "import os; from fanal.facts import iraq; before = os.listdir('/proc/self/task'); iraq.areas(); "
        "print(len(before), len(os.listdir('/proc/self/task')))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before, after = ran.stdout.split()
    assert after == before
