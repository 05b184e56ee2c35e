"""The list of services that is kept by hand: read whole or not at all, each mistake told with its entry."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanal.model.error import InputError
from fanal.model.service import Need, Reach, Sex
from fanal.sources.service_list import read

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "help.toml"
GOOD = """
[[place]]
code = "pcode:T1"
name = "West"
[[service]]
name = "Line"
needs = ["helpline"]
phones = ["+44 1632 960001"]
verified = { who = "desk", at = 2026-01-01, until = 2026-12-31 }
"""


def test_the_example_is_read() -> None:
    listed = read(EXAMPLE)
    assert [place.code for place in listed.places] == ["pcode:T1", "pcode:T1A", "pcode:T1B", "pcode:T2"]
    assert [service.name for service in listed.emergency] == ["Emergency number"]
    assert len(listed.services) == 5
    line = listed.services[0]
    assert line.needs == {Need.HELPLINE, Need.PSYCHOSOCIAL}
    assert (line.phones[0].e164, line.phones[0].languages) == ("+441632960001", {"ar", "ckb", "kmr"})
    assert line.reach == {Reach.PHONE}
    assert listed.emergency[0].phones[0].e164 is None
    assert listed.zone == "Asia/Baghdad"
    hidden = listed.services[3]
    assert (hidden.confidential, hidden.serves.sexes, hidden.locations[0].name) == (True, {Sex.FEMALE}, "")


@pytest.mark.parametrize(("old", "new", "told"), [
    ('name = "Line"', "", "service 1: name is missing"),
    ('name = "Line"', 'name = "  "', "no letters"),
    ('name = "Line"', "name = 7", "name is no text"),
    ('["helpline"]', '["money lent"]', "money lent"),
    ('["helpline"]', '"helpline"', "needs is no list"),
    ("+44 1632 960001", "01632 960001", "no number that can be called"),
    ("+44 1632 960001", "+44 16", "no number that can be called"),
    ('phones = ["+44 1632 960001"]', "", "neither a phone nor a place"),
    ("at = 2026-01-01", 'at = "2026-01-01"', "dates"),
    ("until = 2026-12-31", "until = 2025-12-31", "ends before it begins"),
    ('who = "desk", ', "", "who is missing"),
    ('name = "Line"', 'name = "Line"\narea = "pcode:T9"', "pcode:T9 is not in the list"),
    ('name = "Line"', 'name = "Line"\nstreet = "x"', "street is no key"),
    ('name = "Line"', 'name = "Line"\nconfidential = true\nplace = "x"', "only its region"),
    ('name = "Line"', 'name = "Line"\nconfidential = "no"', "true or false"),
    ('name = "Line"', 'name = "Line"\nconfidential = true\npoint = [43.1, 36.3]', "has no point here"),
    ('name = "Line"', 'name = "Line"\nplace = "x"\npoint = [36.3, 143.1]', "service 1: longitude and latitude of"),
    ('name = "Line"', 'name = "Line"\nplace = "x"\npoint = [0.0, 0.001]', "service 1: its point is nowhere"),
    ('name = "Line"', 'name = "Line"\nplace = "x"\npoint = [nan, 36.3]', "its point is nowhere"),
    ('name = "Line"', f'name = "Line"\nplace = "x"\npoint = [{10**400}, 36.3]', "its point is nowhere"),
    ('name = "Line"', 'name = "Line"\nplace = "x"\npoint = [43.1]', "point is"),
    ('name = "Line"', 'name = "Line"\nplace = "x"\npoint = "43.1, 36.3"', "point is"),
    ('name = "Line"', 'name = "Line"\nplace = "x"\npoint = [true, 36.3]', "point is"),
    ('name = "Line"', 'name = "Line"\npoint = [43.1, 36.3]', "needs a place or an area"),
    ('name = "West"', 'name = "West"\npoint = [36.3, 143.1]', "place 1: longitude and latitude of its point"),
    ('name = "Line"', 'name = "Line"\nleast_age = nan', "age in years"),
    ('name = "Line"', 'name = "Line"\nhours = [{ opens = "25:00", closes = "09:00" }]', "hour"),
    ('name = "Line"', 'name = "Line"\nhours = [{ opens = "09:00", closes = "09:00" }]', "one local time to another"),
    ('name = "Line"', 'name = "Line"\nhours = [{ days = ["XX"], opens = "08:00", closes = "09:00" }]', "days are"),
    ("[[service]]", "[service]", "service 1: service is no table"),
    ("[[place]]", "[[plaice]]", "no section plaice"),
    ('code = "pcode:T1"', 'code = "pcode:T1', "is no TOML"),
])  # fmt: skip
def test_a_mistake_is_told_with_its_entry_and_nothing_is_taken(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = tmp_path / "list.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert len(read(path).services) == 1
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read(path)
    assert told in str(refused.value)


def test_points_that_are_swapped_are_told_with_their_row_by_where_the_places_are(tmp_path: Path) -> None:
    path = tmp_path / "list.toml"
    west = GOOD.replace('name = "West"', 'name = "West"\npoint = [43.1, 36.3]')
    east = '[[place]]\ncode = "pcode:T2"\nname = "East"\npoint = {}\n[[service]]'
    line = 'name = "Line"\narea = "pcode:T1"\npoint = {}'
    for place, service, told in (
        ("[44.0, 36.2]", "[43.2, 36.4]", None),
        ("[44.0, 36.2]", "[36.4, 43.2]", "service 1: longitude and latitude of its point are swapped"),
        ("[36.2, 44.0]", "[43.2, 36.4]", "place 1: longitude and latitude of its point are swapped"),
    ):
        text = west.replace("[[service]]", east.format(place), 1).replace(
            'name = "Line"', line.format(service)
        )
        path.write_text(text, encoding="utf-8")
        if told is None:
            listed = read(path)
            assert [one.point for one in listed.places] == [(43.1, 36.3), (44.0, 36.2)]
            assert listed.services[0].locations[0].point == (43.2, 36.4)
        else:
            with pytest.raises(InputError, match=told):
                read(path)


def test_a_zone_is_a_text_or_left_out(tmp_path: Path) -> None:
    path = tmp_path / "list.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert read(path).zone == ""
    path.write_text("zone = 3" + GOOD, encoding="utf-8")
    with pytest.raises(InputError, match="zone is no text"):
        read(path)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "none.toml")


@pytest.mark.parametrize("key", ['area = "{}"', 'areas = ["{}"]'])
def test_a_confidential_service_is_told_by_no_place_inside_another(tmp_path: Path, key: str) -> None:
    path = tmp_path / "list.toml"
    inner = '[[place]]\ncode = "pcode:T1A"\nname = "Alder"\nparent = "pcode:T1"\n'
    for code, mark, fits in (("T1A", "true", False), ("T1", "true", True), ("T1A", "false", True)):
        said = f'name = "Line"\nconfidential = {mark}\n{key.format("pcode:" + code)}'
        path.write_text(inner + GOOD.replace('name = "Line"', said), encoding="utf-8")
        if fits:
            assert len(read(path).services) == 1
        else:
            with pytest.raises(InputError, match="too close for a confidential service"):
                read(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, len(GOOD)))
def test_bytes_are_read_or_refused(tmp_path: Path, noise: bytes, at: int) -> None:
    path = tmp_path / "noise.toml"
    path.write_bytes(GOOD.encode()[:at] + noise + GOOD.encode()[at:])
    try:
        read(path)
    except InputError as refused:
        hint = refused.hint
    else:
        hint = "read"
    assert hint
