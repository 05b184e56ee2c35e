"""Locate: names in several scripts, points before names, everyday words that are no places, and rough input."""

import time
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.places.conftest import by_row, posts

from fanal.facts import iraq
from fanal.model.area import AREA_SCHEMA
from fanal.model.mention import MENTION_SCHEMA
from fanal.places.file import Gazetteer
from fanal.places.locate import BY_NAME, BY_POINT, Locator, locate, make_locator

Read = Callable[..., list[dict[str, float]]]
SINJAR, MOSUL, DUHOK, ANBAR = "pcode:IQG15Q07", "pcode:IQG15Q05", "pcode:IQG09Q02", "pcode:IQG01"
SURE = 0.5  # likelier than not: what is handed on is a probability


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("The road to Sinjar is open", SINJAR),
        ("The road to SHINGAL is open", SINJAR),
        ("الطريق إلى سنجار مفتوح", SINJAR),
        ("ڕێگای شنگال کراوەیە", SINJAR),
        ("#Sinjar", SINJAR),
        ("#سنجار_الآن", SINJAR),
        ("Families from Kocho", SINJAR),
        ("جبل سنجار", SINJAR),
        ("Market day in Mosul", MOSUL),
        ("السوق بالموصل", MOSUL),
        ("والموصل كذلك", MOSUL),
        ("للموصل طريق", MOSUL),
        ("We reached Duhok", DUHOK),
    ],
)
def test_a_place_is_read_in_the_scripts_people_write(read: Read, text: str, area: str) -> None:
    assert read(text)[0].get(area, 0) > SURE


EVERYDAY = [
    "سيارة حديثة جميلة",
    "الدور الأول",
    "العمارة الجديدة جميلة",
    "الخضر في السوق",
    "لا فايدة",
    "Hamza said hello",
    "Fares are up",
    "Hit the road",
    "Good morning to all of you",
    "صباح الخير",
    "",
]


@pytest.mark.parametrize("text", EVERYDAY)
def test_an_everyday_word_alone_is_no_place(read: Read, text: str) -> None:
    assert read(text) == [{}]


@pytest.mark.parametrize(
    ("alone", "beside", "area"),
    [("حديثة", "حديثة الأنبار", "pcode:IQG01Q05"), ("القائم", "القائم الأنبار", "pcode:IQG01Q02")],
)
def test_a_weak_name_is_read_beside_the_area_that_holds_it(
    read: Read, alone: str, beside: str, area: str
) -> None:
    codes = dict(zip(iraq.areas()["area"].to_pylist(), iraq.areas()["name"].to_pylist(), strict=True))
    assert area in codes
    first, second = read(alone, beside)
    assert first == {}
    assert any(code.startswith(ANBAR + "Q") and share > SURE for code, share in second.items()), second


def test_an_area_around_a_likelier_place_is_not_a_second_place(read: Read) -> None:
    assert set(read("Sinjar, Ninewa, Iraq")[0]) == {SINJAR}


def test_a_point_decides_before_any_name(of_iraq: Locator) -> None:
    sinjar = next(row for row in iraq.areas().to_pylist() if row["area"] == SINJAR)
    batch = posts([{"text": "Greetings from Duhok", "lon": sinjar["lon"], "lat": sinjar["lat"]}])
    [mention] = locate(batch, of_iraq).to_pylist()
    assert (mention["area"], mention["probability"], mention["basis"]) == (SINJAR, 1.0, BY_POINT)


@pytest.mark.parametrize(("lon", "lat"), [(None, None), (0.0, 0.0), (-100.0, 40.0)])
def test_a_point_outside_every_area_leaves_the_text_to_be_read(
    of_iraq: Locator, lon: float | None, lat: float | None
) -> None:
    mentions = locate(posts([{"text": "Greetings from Duhok", "lon": lon, "lat": lat}]), of_iraq)
    assert mentions["area"].to_pylist() == [DUHOK]
    assert mentions["basis"].to_pylist() == [BY_NAME]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("text", "area"), [("Paris, Texas", "gn:US.TX"), ("Paris, France", "gn:FR.11"), ("Mosul", "gn:IQ.15")]
)
def test_a_namesake_is_told_by_its_neighbour(of_world: Locator, text: str, area: str) -> None:
    [found] = by_row(locate(posts([text]), of_world), 1)
    assert max(found, key=lambda code: found[code]) == area


@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [
                    "Sinjar",
                    "Mosul",
                    "Duhok",
                    "Paris",
                    "Tal",
                    "Afar",
                    "سنجار",
                    "والموصل",
                    "بلد",
                    "x",
                    ",",
                    "Iraq",
                ]
            )
        ).map(" ".join)
        | st.text()
    )
)
def test_whatever_comes_in_what_comes_out_is_mentions(of_iraq: Locator, texts: list[str]) -> None:
    usable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    found = locate(posts(usable), of_iraq)
    assert found.schema == MENTION_SCHEMA
    rows, shares = found["row"].to_pylist(), found["probability"].to_pylist()
    assert rows == sorted(rows)
    assert all(0 < share <= 1 for share in shares)
    assert all(0 <= row < len(texts) for row in rows)
    pairs = list(zip(rows, found["area"].to_pylist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert set(found["area"].to_pylist()) <= set(iraq.areas()["area"].to_pylist())
    for before, after in zip(range(len(rows)), range(1, len(rows)), strict=False):
        assert rows[before] < rows[after] or shares[before] >= shares[after]


def test_a_post_is_read_by_itself_whatever_stands_around_it(of_iraq: Locator) -> None:
    texts = ["Paris", "Road to Sinjar", "Ninewa", "القائم", "الأنبار", "Tal Afar and Mosul"]
    together = by_row(locate(posts(texts), of_iraq), len(texts))
    assert together == [by_row(locate(posts([text]), of_iraq), 1)[0] for text in texts]


def test_nothing_and_very_much_are_read(of_iraq: Locator) -> None:
    assert len(locate(posts([]), of_iraq)) == 0
    [found] = by_row(locate(posts(["Sinjar " * 15_000]), of_iraq), 1)
    assert set(found) == {SINJAR}


def test_a_slice_is_read_like_the_whole(of_iraq: Locator) -> None:
    batch = posts(["Duhok", "Sinjar", {"text": "x", "lon": 44.4, "lat": 33.3}, "Mosul"])
    part = locate(batch.slice(1, 2), of_iraq)
    assert part["row"].to_pylist() == [0, 1]
    assert part["area"].to_pylist()[0] == SINJAR


def test_a_users_own_areas_need_neither_codes_nor_a_country(world_of_places: Gazetteer) -> None:
    rows = [
        {"area": "own:vale", "level": 1, "name": "Quietvale", "name_ar": "وادي الهدوء"},
        {"area": "own:peak", "level": 2, "parent": "own:vale", "name": "Greypeak"},
        {"area": "own:odd", "level": 2, "parent": "own:gone", "name": "Oddmoor"},
    ]
    areas = pa.Table.from_pylist(rows, schema=AREA_SCHEMA)
    made = make_locator(world_of_places, areas)
    texts = ["A walk in Quietvale", "بوادي الهدوء", "Greypeak, Quietvale", "Oddmoor"]
    found = by_row(locate(posts(texts), made), len(texts))
    assert [sorted(one) for one in found] == [["own:vale"], [], ["own:peak"], ["own:odd"]] or [
        sorted(one) for one in found
    ] == [["own:vale"], ["own:vale"], ["own:peak"], ["own:odd"]]


def test_no_village_and_no_coordinate_is_in_what_comes_out(of_iraq: Locator) -> None:
    found = locate(posts(["Families from Kocho", {"text": "x", "lon": 41.87, "lat": 36.32}]), of_iraq)
    assert found.schema.names == ["row", "area", "probability", "basis"]
    assert pc.all(pc.is_in(found["area"], of_iraq.ground.codes)).as_py()


def test_a_text_that_names_everything_is_read_in_time(of_iraq: Locator) -> None:
    """A quarter of a megabyte of names of towns, each another one: quadratic time would be hours."""
    names = of_iraq.reader.gazetteer.names.slice(60_000, 25_000).to_pylist()
    before = time.process_time()
    found = locate(posts([", ".join(names), " ".join(names)]), of_iraq)
    assert time.process_time() - before < 30
    assert found.schema == MENTION_SCHEMA
