"""The gazetteer: kept and read again it is the same; its tree has no circles; its people add up."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.places.conftest import posts

from fanal.facts import iraq, world
from fanal.model.area import AREA_SCHEMA
from fanal.model.error import InputError
from fanal.places import gazetteer
from fanal.places.gazetteer import Gazetteer
from fanal.places.locate import locate
from fanal.places.resolve import people_of
from fanal.places.tree import grow

TEXTS = ["Road from Sinjar to Duhok", "سنجار والموصل", "Paris and Baghdad", "القائم في الأنبار", ""]


def test_what_was_kept_reads_the_same(of_iraq: Gazetteer, tmp_path: Path) -> None:
    of_iraq.save(tmp_path / "kept.npz")
    again = gazetteer.load(tmp_path / "kept.npz")
    assert locate(posts(TEXTS), again).equals(locate(posts(TEXTS), of_iraq))
    assert [path.name for path in tmp_path.iterdir()] == ["kept.npz"]


def test_the_same_areas_give_the_same_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        gazetteer.build(iraq.areas(), gazetteer.NO_PLACES, home=["IQ"]).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_damaged_file_is_one_sentence(of_iraq: Gazetteer, tmp_path: Path) -> None:
    of_iraq.save(tmp_path / "kept.npz")
    whole = (tmp_path / "kept.npz").read_bytes()
    for name, content in (
        ("cut", whole[: len(whole) // 2]),
        ("empty", b""),
        ("other", b"PK\x03\x04 not a zip"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="cannot be read"):
            gazetteer.load(tmp_path / name)


def test_a_file_of_another_version_is_not_taken(
    of_iraq: Gazetteer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_iraq.save(tmp_path / "kept.npz")
    monkeypatch.setattr(gazetteer, "VERSION", gazetteer.VERSION + 1)
    with pytest.raises(InputError, match="another version"):
        gazetteer.load(tmp_path / "kept.npz")


def test_a_change_of_what_goes_in_changes_the_digest() -> None:
    areas = iraq.areas()
    one = gazetteer.digest(areas, "3.0.0", ["IQ"])
    renamed = areas.set_column(
        areas.schema.get_field_index("name"), areas.schema.field("name"), areas["name_ar"]
    )
    assert len({one, gazetteer.digest(renamed, "3.0.0", ["IQ"]), gazetteer.digest(areas, "3.0.0", [])}) == 3
    assert gazetteer.digest(pa.concat_tables([areas.slice(0, 5), areas.slice(5)]), "3.0.0", ["IQ"]) == one


parents = st.one_of(st.none(), st.integers(0, 9).map(lambda n: f"own:{n}"), st.just("own:gone"))


@given(st.lists(st.tuples(parents, st.integers(0, 3), st.sampled_from([None, "IQ", "SY"])), max_size=10))
def test_every_way_up_ends(rows: list[tuple[str | None, int, str | None]]) -> None:
    areas = pa.Table.from_pylist(
        [
            {"area": f"own:{n}", "parent": parent, "level": level, "country": country, "name": "A"}
            for n, (parent, level, country) in enumerate(rows)
        ],
        schema=AREA_SCHEMA,
    )
    tree = grow(areas, ["IQ", "SY", "TR"])
    for node in range(len(tree.level)):
        way = tree.above(node)
        assert len(way) <= 4
        levels = [int(tree.level[one]) for one in (node, *way)]
        assert levels == sorted(levels, reverse=True)


def test_people_of_a_country_are_those_of_its_parts() -> None:
    places = world.places()
    tree = grow(iraq.areas(), world.countries()["country"].to_pylist())
    node = np.array([tree.country["TR"]] * len(places), np.int32)
    node[0] = tree.code.index("pcode:IQG15Q07")
    people = people_of(node, places["population"].to_numpy(), tree)
    mine = places["population"][0].as_py()
    assert people[tree.code.index("pcode:IQ")] == people[tree.code.index("pcode:IQG15")] == mine
    assert people[tree.country["TR"]] == places["population"].to_numpy()[1:].sum()
