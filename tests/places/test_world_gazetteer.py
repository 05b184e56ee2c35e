"""The gazetteer of the world: many spellings lead to one place, areas hold one another, a bad file is refused."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fanal.facts import iraq
from fanal.facts import world as facts
from fanal.model.error import InputError
from fanal.places import collect, own
from fanal.places.adopt import adopt
from fanal.places.build import build
from fanal.places.draft import Draft
from fanal.places.entry import Kind, Relation
from fanal.places.file import Gazetteer, open_gazetteer
from fanal.places.own import Unused
from fanal.text import phrases, words

OWN = """name,lat,lon,country,aliases,population
Plinora,36.40,41.90,IQ,Plinorah|بلينورا,120
,36.4,41.9,IQ,,
Nowhere,0,0,IQ,,
Far,95,200,IQ,,
Text,north,east,IQ,,
Exchanged,43.13,36.35,IQ,,
Impossible,120.5,14.6,PH,,
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Unused]]:
    """Return the file of a gazetteer of what ships, with a few places of a user's own."""
    folder = tmp_path_factory.mktemp("gazetteer")
    places = folder / "own.csv"
    places.write_text(OWN, encoding="utf-8")
    unused: list[Unused] = []
    build(own=[places], unused=unused.append).save(folder / "world.arrow")
    return folder / "world.arrow", unused


@pytest.fixture(scope="module")
def world(made: tuple[Path, list[Unused]]) -> Gazetteer:
    return open_gazetteer(made[0])


def meanings(found: Gazetteer, name: str) -> dict[str, Relation]:
    """Return what a whole name may mean: identifier and relation."""
    text = words.read(pa.array([name]))
    matches = phrases.match(text.words, text.folded, found.phrases)
    whole = (matches.first == 0) & (matches.last == text.words.offsets[1] - 1)
    numbers = matches.number[whole].tolist()
    rows = [at for number in numbers for at in range(found.offsets[number], found.offsets[number + 1])]
    return {found.identifiers[int(found.entry[at])].as_py(): Relation(found.relation[at]) for at in rows}


def row_of(found: Gazetteer, identifier: str) -> int:
    return int(pa.compute.index(found.identifiers, identifier).as_py())


@pytest.mark.parametrize(
    "name", ["Sinjar", "Shingal", "Şengal", "Sincar", "شنگال", "سنجار", "شەنگال", "SINJAR", "sinjar district"]
)
def test_many_spellings_lead_to_one_district(world: Gazetteer, name: str) -> None:
    assert "pcode:IQG15Q07" in meanings(world, name)


@pytest.mark.parametrize("name", ["Sinjar", "Shingal", "Şengal", "Sincar", "شنگال", "سنجار"])
def test_and_to_one_town(world: Gazetteer, name: str) -> None:
    assert "gn:448149" in meanings(world, name)


@pytest.mark.parametrize(
    ("name", "identifier", "relation"),
    [
        ("TX", "gn:4736286", Relation.CODE),
        ("Tex.", "gn:4736286", Relation.CODE),
        ("U.S.", "gn:6252001", Relation.CODE),
        ("UAE", "gn:290557", Relation.CODE),
        ("N Korea", "gn:1873107", None),
        ("Iraqis", "pcode:IQ", Relation.DEMONYM),
        ("عراقية", "pcode:IQ", Relation.DEMONYM),
        ("irakienne", "pcode:IQ", Relation.DEMONYM),
        ("Texan", "gn:4736286", Relation.DEMONYM),
        ("Los Angeles County", "gn:5368381", Relation.NAME),
        ("Los Angeles", "gn:5368381", None),
        ("Los Angeles", "gn:5368361", Relation.NAME),
        ("Duhok Governorate", "pcode:IQG09", None),
        ("محافظة دهوك", "pcode:IQG09", None),
        ("St. Louis", "gn:4407066", None),
        ("Saint Louis", "gn:4407066", None),
        ("Ft. Worth", "gn:4691930", None),
        ("الفرات", "fanal:euphrates", None),
        ("جبل سنجار", "fanal:mount-sinjar", None),
        ("الشرق الأوسط", "fanal:middle-east", None),
        ("Al-Hawijah", "pcode:IQG13Q01", None),
        ("الإمارات", "gn:290557", Relation.OTHER),
        ("بريطانيا", "gn:2635167", Relation.OTHER),
        ("أميركا", "gn:6252001", Relation.OTHER),
        ("المملكة", "gn:102358", Relation.CODE),
        ("المملكة", "gn:248816", Relation.OTHER),
        ("بلينورا", "own:own-2", Relation.OTHER),
    ],
)
def test_names_of_each_sort(world: Gazetteer, name: str, identifier: str, relation: Relation | None) -> None:
    found = meanings(world, name)
    assert identifier in found
    assert relation is None or found[identifier] is relation


@pytest.mark.parametrize("name", ["العاصمة", "الجمعة", "الداخلية", "مو", "Hit"])
def test_an_everyday_word_is_a_name_and_marked(world: Gazetteer, name: str) -> None:
    assert world.everyday[number_of(world, name)]


@pytest.mark.parametrize("name", ["بغداد", "الموصل", "صنعاء", "الكويت", "بريطانيا", "مصر"])
def test_a_plain_name_is_none(world: Gazetteer, name: str) -> None:
    number = number_of(world, name)
    assert not world.everyday[number]
    assert not world.weak[number]


def number_of(found: Gazetteer, name: str) -> int:
    read = words.read(pa.array([name]))
    [number] = set(phrases.match(read.words, read.folded, found.phrases).number.tolist())
    return int(number)


def test_every_governorate_and_district_of_iraq_is_under_its_p_code(world: Gazetteer) -> None:
    for one in iraq.areas().to_pylist():
        row = row_of(world, one["area"])
        assert row >= 0
        assert world.kind[row] == {0: Kind.COUNTRY, 1: Kind.REGION, 2: Kind.DISTRICT}[one["level"]]
        for name in (one["name"], one["name_ar"], *one["aliases"]):
            assert name is None or one["area"] in meanings(world, name), name
        if one["parent"]:
            assert world.identifiers[int(world.holder[row])].as_py() == one["parent"]


def test_a_town_is_held_by_district_governorate_and_country(world: Gazetteer) -> None:
    row, chain = row_of(world, "gn:448149"), []
    while row >= 0:
        chain.append(world.identifiers[row].as_py())
        row = int(world.holder[row])
    assert chain[:4] == ["gn:448149", "pcode:IQG15Q07", "pcode:IQG15", "pcode:IQ"]


def test_holders_have_no_circles_and_every_entry_lies_somewhere(world: Gazetteer) -> None:
    above = world.holder.copy()
    for _ in range(10):
        above = np.where(above >= 0, world.holder[above], -1)
    assert (above == -1).all()
    known = ~np.isnan(world.lon)
    assert known.all()
    assert (np.abs(world.lat) <= 90).all()
    assert (np.abs(world.lon) <= 180).all()
    assert (world.extent_km > 0).all()


def test_a_large_country_lies_in_its_middle(world: Gazetteer) -> None:
    row = row_of(world, "gn:6252001")
    assert abs(world.lat[row] - 39.8) < 1
    assert abs(world.lon[row] + 98.5) < 1


def test_everyday_words_and_given_names_are_kept_and_flagged(world: Gazetteer) -> None:
    text = words.read(pa.array(["Hit", "Mosul", "U.S."]))
    matches = phrases.match(text.words, text.folded, world.phrases)
    flags = {
        int(row): bool(world.everyday[number])
        for row, number in zip(matches.row, matches.number, strict=True)
    }
    assert flags[0]
    assert not flags[1]
    assert "pcode:IQG01Q07" in meanings(world, "Hit")


def test_a_file_opens_in_a_fresh_process_in_a_tenth_of_a_second(made: tuple[Path, list[Unused]]) -> None:
    script = (
        "import sys, time; from pathlib import Path; from fanal.places.file import open_gazetteer; "
        "start = time.process_time(); open_gazetteer(Path(sys.argv[1])); print(time.process_time() - start)"
    )
    took = [
        float(subprocess.run([sys.executable, "-c", script, made[0]], check=True, capture_output=True).stdout)
        for _ in range(3)
    ]
    assert min(took) < 0.1


def test_the_file_is_small_and_says_its_licences(made: tuple[Path, list[Unused]], world: Gazetteer) -> None:
    assert made[0].stat().st_size < 150e6
    assert all(source.licence for source in world.sources)
    assert [source.name for source in world.sources if not source.shipped] == ["own.csv"]
    assert world.source.max() < len(world.sources)
    assert world.verify()


def test_a_write_stays_in_the_process_that_makes_it(made: tuple[Path, list[Unused]]) -> None:
    one, other = open_gazetteer(made[0]), open_gazetteer(made[0])
    one.population[0] += 1
    assert other.population[0] == one.population[0] - 1


def test_a_damaged_file_is_refused(made: tuple[Path, list[Unused]], tmp_path: Path) -> None:
    whole = made[0].read_bytes()
    for name, content in {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "short": whole[:-64],
        "other": b"PK" + whole[2:1000],
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError, match="gazetteer build"):
            open_gazetteer(path)
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 0xFF
    (tmp_path / "changed").write_bytes(changed)
    assert not open_gazetteer(tmp_path / "changed").verify()


def test_an_older_file_is_refused(made: tuple[Path, list[Unused]], tmp_path: Path) -> None:
    with pa.ipc.open_file(pa.memory_map(str(made[0]))) as file:
        schema = file.schema.with_metadata({**(file.schema.metadata or {}), b"fanal_gazetteer": b"0"})
    with pa.ipc.new_file(str(tmp_path / "old"), schema):
        pass
    with pytest.raises(InputError, match="gazetteer build"):
        open_gazetteer(tmp_path / "old")


def test_rows_of_a_users_file_that_cannot_be_used_are_named(made: tuple[Path, list[Unused]]) -> None:
    assert [(row.line, row.why) for row in made[1]] == [
        (3, "name"),
        (4, "null island"),
        (5, "range"),
        (6, "number"),
        (7, "swapped"),
        (8, "swapped"),
    ]
    assert str(made[1][4]) == "own.csv:7: Latitude and longitude are swapped; exchange the two columns."


def of_nigeria() -> tuple[Draft, range]:
    """Return a draft of the countries and of the towns of Nigeria."""
    draft, towns = Draft(), facts.places(500)
    collect.countries(draft, 0)
    return draft, collect.towns(draft, towns.filter(pa.compute.equal(towns["country"], "NG")), {}, 0)


@pytest.mark.shared
@pytest.mark.parametrize(("first", "why"), [("lon", {"swapped"}), ("lat", set())])
def test_a_real_file_with_swapped_columns_gives_no_place(
    shared_data: Path, tmp_path: Path, first: str, why: set[str]
) -> None:
    path, draft = tmp_path / "providers.csv", of_nigeria()
    # The publisher's GeoJSON has the latitude where the longitude belongs. Near Abuja both points are plausible.
    source = shared_data / "service_directories" / "nigeria_trafficking_service_providers.csv"
    with source.open(encoding="utf-8-sig") as file:
        rows = [("provider", "NG", row["coord0"], row["coord1"]) for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("name", "country", first, {"lon": "lat", "lat": "lon"}[first]), *rows])
    used, unused = adopt(draft[0], path, draft[1], 0)
    assert {row.why for row in unused} == why
    assert (used, len(unused)) == ((0, len(rows)) if why else (len(rows), 0))


def test_one_swapped_row_among_right_ones_is_found(tmp_path: Path) -> None:
    draft, towns = of_nigeria()
    path = tmp_path / "own.geojson"
    points = [(3.38, 6.45), (8.52, 12.0), (7.44, 6.44), (13.16, 11.85), (12.0, 8.52), (6.45, 3.38)]
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"P{at}", "country": "Nigeria"},
            "geometry": {"type": "Point", "coordinates": point},
        }
        for at, point in enumerate(points)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    used, unused = adopt(draft, path, towns, 0)
    # The last lies in the sea; the one before lies in Nigeria both ways, and nobody can tell.
    assert (used, [(row.line, row.why) for row in unused]) == (5, [(6, "swapped")])


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "title,y\nx,1\n", "has no column lon"),
        ("a.csv", "\x00\xff", "has no column name"),
        ("a.geojson", '{"type": "Point"}', "cannot be read as a list of places"),
        ("a.geojson", "[", "cannot be read as a list of places"),
    ],
)
def test_a_file_that_is_no_list_of_places_is_refused(
    tmp_path: Path, name: str, content: str, told: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        own.read(tmp_path / name)


@pytest.mark.shared
def test_villages_and_boundaries_are_joined(shared_data: Path) -> None:
    found = build(
        boundaries=shared_data / "natural_earth_admin1" / "admin1_priority_countries.geojson.gz",
        places=shared_data / "iraq_dtm_idp" / "iraq_places_gazetteer.csv",
    )
    villages = [name for name in found.identifiers.to_pylist() if name.startswith("dtm:")]
    assert 5_000 < len(villages) < 5_347
    assert any(name.startswith("dtm:") for name in meanings(found, "كبيسة القديمة"))
