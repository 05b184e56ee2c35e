"""The places of the world: what is read, how fast, and how Natural Earth's areas find their codes."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fanal.facts import natural_earth, world
from fanal.model.area import AREA_SCHEMA
from fanal.model.error import InputError

NATURAL_EARTH = "natural_earth_admin1/admin1_priority_countries.geojson.gz"


@pytest.fixture(scope="module")
def places() -> pa.Table:
    return world.places()


@pytest.fixture(scope="module")
def tabled() -> pa.Table:
    return world.areas(None)


def square(west: float, south: float, side: float) -> dict[str, object]:
    return json.loads(shapely.to_geojson(shapely.box(west, south, west + side, south + side)))


def natural_earth_file(path: Path, features: list[dict[str, object]]) -> Path:
    whole = {"type": "FeatureCollection", "features": features}
    path.write_bytes(gzip.compress(json.dumps(whole).encode()))
    return path


def feature(adm1: str, given_code: str, name: str | None, geometry: dict[str, object]) -> dict[str, object]:
    properties = {"adm1_code": adm1, "iso_a2": given_code[:2], "gn_a1_code": given_code, "name": name}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_places_are_complete_and_in_range(places: pa.Table) -> None:
    assert places.schema.equals(world.PLACE_SCHEMA)
    places.validate(full=True)
    assert places.num_rows > 60_000
    assert pc.count_distinct(places["geonameid"]).as_py() == places.num_rows
    assert pc.max(pc.abs(places["lon"])).as_py() <= 180
    assert pc.max(pc.abs(places["lat"])).as_py() <= 90
    assert pc.min(places["population"]).as_py() >= 0
    assert not places["name"].null_count
    assert set(places["country"].to_pylist()) <= set(world.countries()["country"].to_pylist())


@pytest.mark.parametrize("name", ["سنجار", "شنگال", "الموصل", "هەولێر", "Musul", "Нью-Йорк", "বাগদাদ"])
def test_names_come_in_many_scripts(places: pa.Table, name: str) -> None:
    assert name in set(pc.list_flatten(places["names"]).to_pylist())


def test_first_level_code_is_written_with_its_scheme(places: pa.Table) -> None:
    codes = set(places["admin1"].to_pylist())
    assert "gn:US.TX" in codes
    assert not {
        code for code in codes if code and (code.endswith((".", ".00")) or not code.startswith("gn:"))
    }


def test_countries_have_names_in_arabic_and_french() -> None:
    table = world.countries()
    assert table.num_rows > 240
    row = table.filter(pc.field("country") == "IQ").to_pylist()[0]
    assert (row["name"], row["name_ar"], row["name_fr"]) == ("Iraq", "العراق", "Irak")
    assert "عێراق" in row["names"]


def test_areas_without_natural_earth_are_tabled(tabled: pa.Table, places: pa.Table) -> None:
    assert tabled.schema.equals(AREA_SCHEMA)
    tabled.validate(full=True)
    codes = tabled["area"].to_pylist()
    assert len(codes) == len(set(codes))
    assert tabled["geometry"].null_count == tabled.num_rows
    assert set(places["admin1"].drop_null().to_pylist()) <= set(codes)
    names = dict(zip(codes, tabled["name"].to_pylist(), strict=True))
    assert names["gn:US.TX"] == "Texas"
    for row in tabled.to_pylist():
        assert (row["parent"] is None) == (row["level"] == 0)
        assert row["parent"] is None or row["parent"] in names


@pytest.mark.shared
def test_natural_earth_gives_geometry_and_names(shared_data: Path, tabled: pa.Table) -> None:
    table = world.areas(shared_data / NATURAL_EARTH)
    assert table.schema.equals(AREA_SCHEMA)
    table.validate(full=True)
    codes = table["area"].to_pylist()
    assert len(codes) == len(set(codes))
    assert set(tabled["area"].to_pylist()) <= set(codes), "no GeoNames code is lost"
    drawn = table.filter(pc.is_valid(table["geometry"]))
    assert sum(code.startswith("gn:") for code in drawn["area"].to_pylist()) >= 1_300
    shapes = shapely.from_wkb(drawn["geometry"].to_numpy(zero_copy_only=False))
    assert shapely.is_valid(shapes).all()
    assert shapely.contains_xy(shapes, drawn["lon"].to_numpy(), drawn["lat"].to_numpy()).all()
    ninewa = next(row for row in drawn.to_pylist() if row["area"] == "gn:IQ.15")
    assert ninewa["parent"] == "gn:IQ"
    assert ninewa["name_fr"] == "Ninive"
    assert "نينوى" in ninewa["aliases"]
    assert shapely.from_wkb(ninewa["geometry"]).contains(shapely.Point(41.877, 36.321))  # Sinjar


@pytest.mark.shared
def test_places_lie_in_the_area_whose_code_they_carry(shared_data: Path, places: pa.Table) -> None:
    drawn = {area.code: area.geometry for area in natural_earth.read(shared_data / NATURAL_EARTH, places)}
    carried = places.filter(
        pc.is_in(places["admin1"], pa.array([code for code in drawn if code[:3] == "gn:"]))
    )
    own = [drawn[code] for code in carried["admin1"].to_pylist()]
    inside = shapely.contains_xy(own, carried["lon"].to_numpy(), carried["lat"].to_numpy())
    assert inside.mean() > 0.95  # coasts and borders are drawn coarsely


def test_features_that_share_a_code_are_united(tmp_path: Path, places: pa.Table) -> None:
    ninewa = (
        feature("IRQ-1", "IQ.15", "West", square(41, 35.5, 1.5)),
        feature("IRQ-2", "IQ.15", "East", square(42.5, 35.5, 1)),
    )
    (united,) = natural_earth.read(natural_earth_file(tmp_path / "ne.gz", list(ninewa)), places)
    assert united.code == "gn:IQ.15"
    assert united.name == "IQ.15 (West)"
    assert {"West", "East"} <= set(united.aliases)
    assert united.geometry.area == pytest.approx(1.5**2 + 1)


def test_crossing_rings_are_mended_and_slivers_without_a_name_left_out(
    tmp_path: Path, places: pa.Table
) -> None:
    bow = {"type": "Polygon", "coordinates": [[[41, 36], [42, 37], [42, 36], [41, 37], [41, 36]]]}
    features = [feature("IRQ-1", "IQ.15", "Ninawa", bow), feature("IRQ+99?", "IQ.99", None, square(0, 0, 1))]
    (mended,) = natural_earth.read(natural_earth_file(tmp_path / "ne.gz", features), places)
    assert mended.geometry.is_valid


def test_feature_without_a_code_or_a_place_keeps_its_own(tmp_path: Path, places: pa.Table) -> None:
    features = [feature("IRQ-7", "IQ.", "Nowhere", square(-30, -50, 0.1))]
    (alone,) = natural_earth.read(natural_earth_file(tmp_path / "ne.gz", features), places)
    assert alone.code == "ne:IRQ-7"


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"no json"), gzip.compress(b"[]"), gzip.compress(b'{"features": []}')],
    ids=["empty", "no gzip", "no json", "a list", "no features"],
)
def test_what_is_not_natural_earth_is_refused(tmp_path: Path, places: pa.Table, content: bytes) -> None:
    path = tmp_path / "broken.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.gz"):
        natural_earth.read(path, places)


def test_missing_or_cut_file_is_refused(tmp_path: Path, places: pa.Table) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        world.areas(tmp_path / "missing.gz")
    whole = natural_earth_file(tmp_path / "ne.gz", [feature("IRQ-1", "IQ.15", "Ninawa", square(41, 36, 1))])
    whole.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(InputError, match="cannot be read"):
        natural_earth.read(whole, places)


def test_other_geojson_is_refused(tmp_path: Path, places: pa.Table) -> None:
    other = natural_earth_file(
        tmp_path / "ne.gz", [{"properties": {"name": "A"}, "geometry": square(0, 0, 1)}]
    )
    with pytest.raises(InputError, match="adm1_code"):
        natural_earth.read(other, places)


@given(st.dictionaries(st.sampled_from(["gn:AA.1", "gn:AA.2", "gn:AA.3"]), st.integers(1, 50)))
def test_code_is_carried_by_most_places_inside(votes: dict[str, int]) -> None:
    given_code = {"gn_a1_code": "AA.1", "adm1_code": "AAA-1"}
    code = natural_earth._code(given_code, Counter(votes), frozenset({"gn:AA.2"}))
    if code == "ne:AAA-1":
        assert all(count < natural_earth.ENOUGH * sum(votes.values()) for count in votes.values())
    else:
        assert votes[code] == max(votes.values())
