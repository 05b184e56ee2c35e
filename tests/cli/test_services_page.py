"""`fanal services page` out of the directory: what was verified is shown, and a page without a helpline is refused."""

import json
from pathlib import Path

import pytest

LIST = """organization,services,phone,pcode,lat,lon,confidential,capacity,available,unit,as_of
Help House,Health,+964 770 123 4567,T1A,30.5,40.5,,,,,
Quiet House,Shelter,+964 770 765 4321,T1,,,yes,88180088,77170077,Bed,2025-01-31
Lantern,Helpline,+964 770 111 2222,,,,,,,,
Nobody Called,Legal,+964 770 333 4444,T1A,30.5,40.5,,,,,
"""


def district(code: str, name: str, west: int) -> dict[str, object]:
    """Return a district as OCHA's boundaries have it."""
    ring = [[west, 30], [west + 1, 30], [west + 1, 31], [west, 31], [west, 30]]
    above = {"ADM1_PCODE": "T1", "ADM1_EN": "West", "ADM0_PCODE": "T", "ADM0_EN": "Testland"}
    names = {"ADM2_PCODE": code, "ADM2_EN": name, **above}
    return {"type": "Feature", "properties": names, "geometry": {"type": "Polygon", "coordinates": [ring]}}


@pytest.fixture
def here(fanal, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Return a function that runs `fanal services` in a workspace with a governorate, two districts and a directory."""
    shapes = {
        "type": "FeatureCollection",
        "features": [district("T1A", "Alder", 40), district("T1B", "Birch", 41)],
    }
    (tmp_path / "areas.geojson").write_text(json.dumps(shapes), encoding="utf-8")
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    fanal("init", tmp_path / "w")
    fanal("-w", tmp_path / "w", "layers", "add", tmp_path / "areas.geojson", "--kind", "areas")
    fanal("-w", tmp_path / "w", "services", "import", tmp_path / "list.csv", "--source", "List")
    return lambda *arguments, code=0: fanal("-w", tmp_path / "w", "services", *arguments, code=code)


def test_what_was_verified_is_on_the_page(here, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ended = here("page", "--out", tmp_path / "none", code=1)
    assert "There is no helpline that was checked" in ended.err
    for one in here("list", "--json").json["services"]:
        if "Nobody Called" not in here("show", one["id"], "--json").json["entries"][0]["organization"]:
            here("verify", one["id"], "--days", "30")
    here("page", "--out", tmp_path / "copies")
    files = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "copies").iterdir()}
    assert "+964 770 111 2222" in files["0.en.html"]
    alder = next(text for name, text in files.items() if name.endswith("en.html") and ": <bdi>Alder" in text)
    assert "+964 770 123 4567" in alder
    assert "+964 770 765 4321" in alder
    assert "333 4444" not in "".join(files.values())
    for secret in ("Quiet House", "77170077", "88180088"):
        assert secret not in "".join(files.values())


def test_a_shelter_is_the_same_in_every_district_of_its_region(here, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pages = {}
    for code in ("T1A", "T1B"):  # a P-code that came in too fine: nobody can tell that from the code
        told = LIST.replace("T1,,,yes", f"{code},,,yes")
        (tmp_path / "list.csv").write_text(told, encoding="utf-8")
        here("import", tmp_path / "list.csv", "--source", "List")
        for one in here("list", "--json").json["services"]:
            here("verify", one["id"], "--days", "30")
        here("page", "--out", tmp_path / code)
        pages[code] = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / code).iterdir()}
    assert pages["T1A"] == pages["T1B"]
    of_places = [
        text for name, text in pages["T1A"].items() if name != "0.en.html" and name.endswith("en.html")
    ]
    assert len(of_places) == 3
    assert all("+964 770 765 4321" in text for text in of_places)


def test_a_mark_in_another_directory_holds_for_page_list_and_matching(here, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    listed = here("list", "--json").json["services"]
    entries = {one["id"]: here("show", one["id"], "--json").json["entries"][0] for one in listed}
    key = next(one for one, entry in entries.items() if entry["organization"] == "Help House")
    for one in entries:
        here("verify", one, "--days", "30")
    here("page", "--out", tmp_path / "before")
    found = here("find", "--need", "health", "--json").json["services"]
    assert [(one["id"], one["confidential"]) for one in found] == [(key, False)]
    owner = "11111111-1111-4111-8111-111111111111"
    marked = {"id": key, "name": "Health", "status": "active", "organization_id": owner, "confidential": True}
    of = {"id": owner, "name": "Own", "description": "Own"}
    tables = {"organizations.csv": [of], "services.csv": [marked]}
    (tmp_path / "own.json").write_text(json.dumps(tables), encoding="utf-8")
    refused = here("import", tmp_path / "own.json", "--source", "Own", code=4)
    assert "marked confidential here stands in List with where it is" in refused.err
    assert [one["confidential"] for one in here("show", key, "--json").json["entries"]] == [False]
    here("end", "--source", "List")  # what the refusal says
    here("import", tmp_path / "own.json", "--source", "Own")
    here("import", tmp_path / "list.csv", "--source", "List", "--without-exact-places")
    for one in entries:
        here("verify", one, "--source", "List", "--days", "30")
    assert [one["confidential"] for one in here("show", key, "--json").json["entries"]] == [True, True]
    found = here("find", "--need", "health", "--json").json["services"]
    assert [(one["id"], one["confidential"]) for one in found] == [(key, True)]
    here("page", "--out", tmp_path / "after")
    before, after = (
        "".join(path.read_text(encoding="utf-8") for path in sorted((tmp_path / name).iterdir()))
        for name in ("before", "after")
    )
    assert "+964 770 123 4567" in before
    assert "+964 770 123 4567" in after
    assert "Help House" in before
    assert "Help House" not in after
