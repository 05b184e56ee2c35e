"""Events, displacement, population and services are put into areas, and the report says what was not."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.area import AREA_SCHEMA
from fanal.model.error import InputError
from fanal.model.layer import LAYER_SCHEMAS, LayerKind
from fanal.sources.catalogue import LAYER_SOURCES, LayerSource, layer_source
from fanal.sources.cells import day, number
from fanal.sources.events import OUTSIDE, TOO_WIDE
from fanal.sources.flaw import Flaw
from fanal.sources.matching import fold

SAMPLES = Path(__file__).parent / "samples"
ABOUT = {"name": "mine", "source": "made for a test", "licence": "CC0", "public": True}
NUMBERED = [source for source in LAYER_SOURCES if source.kind != LayerKind.AREAS]


def area(code: str, parent: str | None, level: int, name: str, shape, aliases=None) -> dict[str, object]:
    return {
        "area": code,
        "parent": parent,
        "level": level,
        "name": name,
        "aliases": aliases,
        "lon": shape.centroid.x,
        "lat": shape.centroid.y,
        "geometry": shapely.to_wkb(shape),
    }


AREAS = pa.Table.from_pylist(
    [
        area("pcode:XX01", None, 1, "East", shapely.box(0, 0, 1, 2)),
        area("pcode:XX02", None, 1, "West", shapely.box(1, 0, 2, 2)),
        area("pcode:XX0101", "pcode:XX01", 2, "Al-Qasr", shapely.box(0, 0, 1, 1), ["القصر", "Gasr"]),
        area("pcode:XX0102", "pcode:XX01", 2, "South Town", shapely.box(0, 1, 1, 1.5)),
        area("pcode:XX0103", "pcode:XX01", 2, "Centre", shapely.box(0, 1.5, 1, 2)),
        area("pcode:XX0201", "pcode:XX02", 2, "Centre", shapely.box(1, 0, 2, 2)),
    ],
    schema=AREA_SCHEMA,
)


def read(kind: str, file: Path | str, folder: Path | None = None, **mapping: str):
    if isinstance(file, str):
        assert folder is not None
        text, file = file, folder / "layer.csv"
        file.write_text(text, encoding="utf-8")
    layer, report = layer_source(LayerKind(kind)).read(file, areas=AREAS, mapping=mapping, **ABOUT)
    assert layer.table.schema.equals(LAYER_SCHEMAS[LayerKind(kind)])
    counted = report.matched + sum(rows for _, rows in report.unmatched) + len(report.rejected)
    assert counted == report.rows
    return layer.table.to_pylist(), report


def test_acled_events_find_their_areas() -> None:
    rows, report = read("events", SAMPLES / "events_acled.csv")
    got = {row["id"]: (row["area"], row["violence"], row["deaths"], row["precision"]) for row in rows}
    assert got == {
        "AAA1": ("pcode:XX0102", "state_based", 3, 1),
        "AAA2": ("pcode:XX0101", "one_sided", 0, 3),
        "AAA3": ("pcode:XX02", "non_state", None, 4),
        "AAA4": ("pcode:XX0201", "other", 0, 1),
    }
    assert report.unmatched == ((OUTSIDE, 1),)
    assert report.rejected == ((7, Flaw.NO_DATE.value), (8, Flaw.POINT_SWAPPED.value))


def test_ucdp_events_are_no_finer_than_their_precision(tmp_path: Path) -> None:
    head = "id,type_of_violence,where_prec,latitude,longitude,date_start,date_end,best\n"
    lines = [f"{n},{1 + n % 3},{n},0.5,0.5,2014-08-01 00:00:00.000,2014-08-03,{n}" for n in range(1, 8)]
    rows, report = read("events", head + "\n".join(lines), tmp_path)
    assert [row["area"] for row in rows] == ["pcode:XX0101"] * 3 + ["pcode:XX01"]
    assert [row["violence"] for row in rows] == ["non_state", "one_sided", "state_based", "non_state"]
    assert report.unmatched == ((TOO_WIDE, 3),)


def test_events_by_mapping(tmp_path: Path) -> None:
    text = "nr,day,x,y\n1,2014-08-01,0.5,0.5\n,2014-08-01,0.5,0.5\n3,2014-08-02,,\n"
    rows, report = read("events", text, tmp_path, id="nr", start="day", lon="x", lat="y")
    assert [(row["id"], row["violence"], row["deaths"]) for row in rows] == [("1", "other", None)]
    assert report.rejected == ((3, Flaw.NO_ID.value), (4, Flaw.NO_POINT.value))


def test_a_point_that_is_no_place_is_told_and_never_used(tmp_path: Path) -> None:
    points = [
        (1.7, 0.5),
        (0.5, 1.7),
        (0.5, 5.0),
        (5.0, 0.5),
        (0.001, -0.0),
        (200, 0.5),
        (0.5, 95),
        (0.5, 195),
    ]
    text = "id,date,lon,lat\n" + "".join(f"{n},2014-08-01,{x},{y}\n" for n, (x, y) in enumerate(points))
    rows, report = read("events", text, tmp_path)
    assert [row["id"] for row in rows] == ["0", "1"]
    assert report.unmatched == ((OUTSIDE, 2),)
    assert report.rejected == (
        (6, Flaw.POINT_NULL_ISLAND.value),
        (7, Flaw.POINT_OUT_OF_RANGE.value),
        (8, Flaw.POINT_SWAPPED.value),
        (9, Flaw.POINT_OUT_OF_RANGE.value),
    )


def test_a_file_with_its_columns_swapped_is_rejected_whole(tmp_path: Path) -> None:
    east = pa.Table.from_pylist(
        [area("own:a", None, 1, "A", shapely.box(40, 30, 45, 35))], schema=AREA_SCHEMA
    )
    file = tmp_path / "layer.csv"
    wide = "4,2014-08-01,32,42,7\n"
    file.write_text("id,date,lon,lat,where_prec\n1,2014-08-01,31,41,1\n2,2014-08-01,34.5,44,4\n" + wide)
    layer, report = layer_source(LayerKind.EVENTS).read(file, areas=east, mapping={}, **ABOUT)
    assert not layer.table.num_rows
    assert report.rejected == ((2, Flaw.POINT_SWAPPED.value), (3, Flaw.POINT_SWAPPED.value))
    assert report.unmatched == ((TOO_WIDE, 1),)


def test_displacement_is_matched_by_code_then_by_name_and_small_cells_are_blanked() -> None:
    rows, report = read("displacement", SAMPLES / "displacement_hxl.csv")
    got = {
        (row["area"], row["date"].month): (row["families"], row["places"], row["places_growing"])
        for row in rows
    }
    assert got == {
        ("pcode:XX0101", 7): (20, 1, None),
        ("pcode:XX0102", 7): (None, None, None),
        ("pcode:XX0101", 8): (1040, 2, 1),
        ("pcode:XX0102", 8): (40, 1, 1),
        ("pcode:XX0201", 8): (12, 1, 1),
    }
    assert report.unmatched == (("Centre", 1), ("Nowhere", 1))
    assert report.rejected == (
        (12, Flaw.NO_DATE.value),
        (13, Flaw.NO_NUMBER.value),
        (14, Flaw.WRONG_COLUMNS.value),
    )


def test_a_district_that_is_not_known_is_not_counted_for_its_governorate(tmp_path: Path) -> None:
    text = "date,governorate,district,families\n2014-08-01,East,Nowhere,50\n2014-08-01,East,,50\n"
    rows, report = read("displacement", text, tmp_path)
    assert [(row["area"], row["families"]) for row in rows] == [("pcode:XX01", 50)]
    assert report.unmatched == (("Nowhere", 1),)


@pytest.mark.parametrize(
    "written", ["Al-Qasr", "al qasr", "QASR", "El Qasr District", "القصر", "قصر", "gasr"]
)
def test_names_are_matched_in_any_spelling(tmp_path: Path, written: str) -> None:
    rows, _ = read(
        "population", f"where,n\n{written},1200\n", tmp_path, name="where", residents="n", year="2014"
    )
    assert [(row["area"], row["people"], row["year"]) for row in rows] == [("pcode:XX0101", 1200, 2014)]


def test_population_of_groups_is_added_up(tmp_path: Path) -> None:
    text = (
        "ADM2_PCODE,year,T_TL,F_TL\nXX0101,2014,1 000,480\nXX0101,2014,500,\nXX9,2014,5,5\nXX0102,soon,5,5\n"
    )
    rows, report = read("population", text, tmp_path)
    assert [(row["group"], row["people"]) for row in rows] == [("residents", 1500), ("women_and_girls", 480)]
    assert report.unmatched == (("XX9", 1),)
    assert report.rejected == ((5, Flaw.NO_YEAR.value),)


@pytest.mark.parametrize("community", ["faith", "ethnicity", "Language"])
def test_communities_are_in_no_layer(tmp_path: Path, community: str) -> None:
    text = "#adm2+code,#population,members,#date+year\nXX0101,70,7,2015\n"
    with pytest.raises(InputError, match="target list"):
        read("population", text, tmp_path, **{community: "members"})
    text = f"#adm2+code,#meta+group,#population,#date+year\nXX0101,{community}s,7,2015\n"
    rows, report = read("population", text, tmp_path)
    assert (rows, report.rejected) == ([], ((2, Flaw.NO_GROUP.value),))


def test_population_one_row_a_group(tmp_path: Path) -> None:
    text = "#adm2+code,#meta+group,#population,#date+year\nXX0101,displaced,70,2015\nXX0101,giants,7,2015\n"
    rows, report = read("population", text, tmp_path)
    assert [(row["group"], row["people"], row["year"]) for row in rows] == [("displaced", 70, 2015)]
    assert report.rejected == ((3, Flaw.NO_GROUP.value),)


def test_services_count_distinct_agencies_and_drop_their_names(tmp_path: Path) -> None:
    text = "sector,org,adm2\nWASH,One,Al-Qasr\n wash ,one,Qasr\nWASH,Two,Al-Qasr\nHealth,,Al-Qasr\n,One,Al-Qasr\n"
    rows, report = read("services", text, tmp_path)
    assert rows == [{"area": "pcode:XX0101", "sector": "wash", "agencies": 2, "date": None}]
    assert [flaw for _, flaw in report.rejected] == [Flaw.NO_AGENCY.value, Flaw.NO_SECTOR.value]


@pytest.mark.parametrize("source", NUMBERED, ids=lambda source: source.kind.value)
def test_without_areas_a_layer_says_what_to_do(tmp_path: Path, source: LayerSource) -> None:
    file = tmp_path / "layer.csv"
    file.write_text("a,b\n1,2\n")
    for areas in (None, AREAS.slice(0, 0)):
        with pytest.raises(InputError, match="Add the boundaries first"):
            source.read(file, areas=areas, mapping={}, **ABOUT)


@pytest.mark.parametrize("source", NUMBERED, ids=lambda source: source.kind.value)
def test_a_column_that_is_missing_is_named(tmp_path: Path, source: LayerSource) -> None:
    file = tmp_path / "layer.csv"
    file.write_text("district,b\nCentre,2\n")
    with pytest.raises(InputError, match="it has district, b"):
        source.read(file, areas=AREAS, mapping={}, **ABOUT)
    with pytest.raises(InputError, match="no column 'zz'"):
        source.read(file, areas=AREAS, mapping=dict.fromkeys(("id", "date", "year", "sector"), "zz"), **ABOUT)


@pytest.mark.parametrize("source", NUMBERED, ids=lambda source: source.kind.value)
@settings(deadline=None)
@given(data=st.binary(max_size=120) | st.text(st.sampled_from('a,"\n#+-1\r'), max_size=60).map(str.encode))
def test_any_bytes_are_counted_or_refused(tmp_path_factory, source: LayerSource, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(b"id,date,district,lon,lat,families,year,people,sector,org\n" + data)
    try:
        _, report = source.read(file, areas=AREAS, mapping={}, **ABOUT)
    except InputError:
        return
    assert report.rows == report.matched + sum(n for _, n in report.unmatched) + len(report.rejected)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_folded_and_read(text: str) -> None:
    assert fold(fold(text)) == fold(fold(fold(text)))
    assert number(text) is None or number(text) == number(f" {text} ")
    assert day(text) is None or day(text) == day(f" {text} ")


@pytest.fixture(scope="module")
def iraq(shared_data: Path) -> pa.Table:
    file = shared_data / "iraq_admin_population" / "irq_admbnda_adm2_cso_20190603.geojson"
    return layer_source(LayerKind.AREAS).read(file, areas=None, mapping={}, **ABOUT)[0].table


@pytest.mark.shared
def test_ucdp_events_of_iraq_find_their_districts(shared_data: Path, iraq: pa.Table) -> None:
    file = shared_data / "iraq_ucdp_ged" / "dev_to_2015.csv.gz"
    layer, report = layer_source(LayerKind.EVENTS).read(file, areas=iraq, mapping={}, **ABOUT)
    assert report.rows == 5894
    assert not report.rejected
    wide = dict(report.unmatched)[TOO_WIDE]
    assert report.matched + sum(rows for _, rows in report.unmatched) == report.rows
    assert report.matched >= 0.98 * (report.rows - wide)
    sinjar = [row for row in layer.table.to_pylist() if row["start"].isoformat() == "2014-08-03"]
    names = dict(zip(iraq["area"].to_pylist(), iraq["name"].to_pylist(), strict=True))
    assert any(names[row["area"]] == "Sinjar" and row["violence"] == "one_sided" for row in sinjar)


@pytest.mark.shared
def test_layers_of_iraq_say_what_did_not_match(shared_data: Path, iraq: pa.Table) -> None:
    for kind, name, mapping, share in (
        ("displacement", "iraq_dtm_idp/dev_2014_2015.csv.gz", {}, 0.6),
        (
            "population",
            "iraq_admin_population/IraqEstimatedPopulation2014_original.csv",
            {"year": "2014"},
            0.6,
        ),
        ("services", "iraq_3w_response_2014_15/3w_full.csv", {}, 0.6),
    ):
        layer, report = layer_source(LayerKind(kind)).read(
            shared_data / name, areas=iraq, mapping=mapping, **ABOUT
        )
        assert layer.table.num_rows > 0
        assert report.matched >= share * report.rows, json.dumps(report.unmatched[:20], ensure_ascii=False)
        assert report.unmatched
