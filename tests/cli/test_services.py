"""`fanal services` as a user runs it: import, worklist, verification, export; who may do what; nothing leaks."""

import csv
import io
import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from tests.help.rows import uid

from fanal.cli.clock import now
from fanal.model.person import Deed

LIST = """organization,services,phone,pcode,lat,lon,confidential,address,hours
Help House,Health,+964 770 123 4567,XX01,36.3,43.1,,Long Street 1,daily
Quiet House,Shelter,+964 770 765 4321,XX02,,,yes,,
"""
WRONG = LIST.replace("36.3,43.1", "143.1,36.3").replace("+964 770 765 4321", "at the desk")
SECRET = LIST.replace("XX02,,,yes,,", "XX02,36.1,43.2,yes,Hidden Lane 9,at night")


@pytest.fixture
def here(fanal, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Return a function that runs `fanal services` in a new workspace."""
    fanal("init", tmp_path / "w")
    return lambda *arguments, code=0: fanal("-w", tmp_path / "w", "services", *arguments, code=code)


def written(folder: Path, text: str) -> Path:
    """Write a list."""
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_from_a_list_to_what_is_public(here, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    taken = here("import", written(tmp_path, LIST), "--source", "List", "--licence", "CC0", "--json").json
    assert taken["services"] == 2
    work = here("check", "--json", code=1).json
    assert work["late"] == 2
    assert {one["freshness"] for one in work["due"]} == {"unverified"}
    here("export", "--out", tmp_path / "none")
    assert json.loads((tmp_path / "none" / "services.json").read_text(encoding="utf-8")) == []
    ids = [one["id"] for one in work["due"]]
    here("verify", *ids, "--days", "30")
    assert here("check", "--within", "0", "--json").json["due"] == []
    assert here("check", "--within", "60", "--json").json["due"][0]["freshness"] == "ending"
    here("export", "--out", tmp_path / "out")
    found = json.loads((tmp_path / "out" / "services.json").read_text(encoding="utf-8"))
    assert [one["phones"][0]["number"] for one in found] == ["+964 770 123 4567", "+964 770 765 4321"]
    assert "service_at_locations" in found[0]
    assert "service_at_locations" not in found[1]
    here("import", written(tmp_path, LIST.replace("4567", "4568")), "--source", "List")
    due = here("check", "--json", code=1).json["due"]
    assert [one["freshness"] for one in due if one["freshness"] != "ending"] == ["changed"]
    here("verify", ids[1], "--gone")
    here("export", "--out", tmp_path / "out")
    assert json.loads((tmp_path / "out" / "services.json").read_text(encoding="utf-8")) == []
    imports = here("list", "--sources", "--json").json["imports"]
    assert [one["ended_at"] is None for one in imports] == [False, True]
    shown = here("show", ids[0], "--json").json["entries"]
    assert shown[0]["needs"] == ["health"]
    assert shown[0]["row"] == "list.csv:2"


def test_one_wrong_row_and_nothing_is_taken(here, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused = here("import", written(tmp_path, WRONG), "--source", "List", code=1)
    assert "list.csv:2: latitude and longitude are swapped. [coordinates]" in refused.err
    assert "list.csv:3: the number does not parse" in refused.err
    assert "at the desk" not in refused.err
    assert here("list", "--json").json["services"] == []
    told = here("import", written(tmp_path, WRONG), "--source", "List", "--dry-run", "--json").json
    assert told["counted"] == {"coordinates": 1, "phone": 1}
    options = ("--accept", "coordinates", "--accept", "phone", "--json")
    taken = here("import", written(tmp_path, WRONG), "--source", "List", *options).json
    assert taken["accepted"] == ["coordinates", "phone"]
    ids = [one["id"] for one in here("list", "--json").json["services"]]
    here("verify", *ids)
    here("export", "--out", tmp_path / "out")
    for file in (tmp_path / "out").iterdir():
        text = file.read_text(encoding="utf-8")
        assert "at the desk" not in text
        assert "143.1" not in text


def test_where_a_confidential_service_is_reaches_no_file(here, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = written(tmp_path, SECRET)
    refused = here("import", path, "--source", "List", code=1)
    assert "[confidential]" in refused.err
    here("import", path, "--source", "List", "--accept", "confidential", code=1)
    here("import", path, "--source", "List", "--without-exact-places")
    here("verify", *[one["id"] for one in here("list", "--json").json["services"]])
    here("export", "--out", tmp_path / "out")
    here("export", "--whole", "--out", tmp_path / "whole")
    ids = [one["id"] for one in here("list", "--json").json["services"]]
    said = "".join(here("show", one, "--json").out for one in ids)
    folders = (tmp_path / "out", tmp_path / "whole", tmp_path / "w")
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 10
    for secret in (b"Hidden Lane", b"36.1", b"43.2", b"at night"):
        assert secret.decode() not in said
        for file in files:
            if secret in (b"36.1", b"43.2") and file.suffix not in (".json", ".csv"):
                continue  # bytes of another file may say so by chance; the desk is asked below
            assert secret not in file.read_bytes(), file
    with sqlite3.connect(tmp_path / "w" / "desk.sqlite") as desk:
        bodies = " ".join(body for (body,) in desk.execute("SELECT body FROM directory_rows"))
    assert "36.1" not in bodies


COUNTED = """organization,services,phone,pcode,confidential,capacity,available,unit,as_of
Help House,Shelter,+964 770 123 4567,XX01,,6616,5515,Bed,2025-01-31
Quiet House,Shelter,+964 770 765 4321,XX02,yes,88180088,77170077,Bed,2025-01-31
"""


def test_how_much_a_confidential_service_has_reaches_nobody_outside(here, fanal, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    here("import", written(tmp_path, COUNTED), "--source", "List")
    ids = [one["id"] for one in here("list", "--json").json["services"]]
    here("verify", *ids)
    here("export", "--out", tmp_path / "out")
    outside = "".join(path.read_text(encoding="utf-8") for path in sorted((tmp_path / "out").iterdir()))
    assert "6616" in outside
    assert "5515" in outside
    audit = fanal("-w", tmp_path / "w", "audit", "list", "--json").out
    checked = here("check", "--within", "60", "--json").out + here("check", "--within", "60").out
    listed = here("list", "--json").out
    for text in (outside, audit, checked, listed):
        assert "77170077" not in text
        assert "88180088" not in text
    assert [one["available"] for one in capacities_of(here, ids)] == [5515, 77170077], "those inside see both"


def capacities_of(here, ids: list[str]) -> list[dict[str, object]]:  # type: ignore[no-untyped-def]
    """Return the capacities of some entries, as those who keep the directory see them."""
    entries = [one for key in ids for one in here("show", key, "--json").json["entries"]]
    return [capacity for one in entries for capacity in one["document"]["capacities"]]


def test_a_new_count_ends_no_verification(here, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    here("import", written(tmp_path, COUNTED), "--source", "List")
    here("verify", *[one["id"] for one in here("list", "--json").json["services"]])
    counted = COUNTED.replace("5515,Bed,2025-01-31", "0,Bed,2025-02-28")
    here("import", written(tmp_path, counted), "--source", "List")
    assert here("check", "--json").json["late"] == 0
    here("export", "--out", tmp_path / "out")
    (told,) = json.loads((tmp_path / "out" / "services.json").read_text(encoding="utf-8"))[0]["capacities"]
    assert (told["available"], told["updated"]) == (0, "2025-02-28T00:00:00Z")
    here("import", written(tmp_path, counted.replace(",0,Bed", ",0,Room")), "--source", "List")
    assert here("check", "--json", code=1).json["late"] == 1
    wrong = counted.replace("6616,0,", "6616,-1,")
    refused = here("import", written(tmp_path, wrong), "--source", "List", code=1)
    assert "list.csv:2: available is no number of 0 or more. [value]" in refused.err
    ahead = counted.replace("2025-02-28", "2999-01-01")
    assert (
        "updated lies in the future"
        in here("import", written(tmp_path, ahead), "--source", "List", code=1).err
    )


def test_the_worklist_names_old_counts_and_shelters_without_one(here, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    today = now().date()
    then = str(today - timedelta(days=100))
    cells = (then, str(today), "")
    names = ("Old House", "New House", "Silent House")
    rows = [
        f"{name},Shelter,+964 770 123 456{n},XX01,{f'20,3,Bed,{on}' if on else ',,,'}"
        for n, (name, on) in enumerate(zip(names, cells, strict=True))
    ]
    text = "\n".join(["organization,services,phone,pcode,capacity,available,unit,as_of", *rows])
    here("import", written(tmp_path, text), "--source", "List")
    ids = {one["name"]: one["id"] for one in here("list", "--json").json["services"]}
    here("verify", *ids.values())
    due = here("check", "--json").json
    assert due["due"] == []
    assert [(one["name"], one["counted"], one["last"]) for one in due["counts"]] == [
        ("Old House", "old", then),
        ("Silent House", "never", None),
    ]
    said = here("check").out
    assert f"{ids['Old House']}  counted {then}  Old House (List)" in said
    assert f"{ids['Silent House']}  counted never  Silent House (List)" in said
    assert (
        "1 counted more than 90 days ago or on no day that is known; 1 for shelter that never counted."
        in said
    )
    assert f"bed: 3 available of 20, counted {then}" in here("show", ids["Old House"]).out
    settings = tmp_path / "w" / "fanal.toml"
    plain = settings.read_text(encoding="utf-8")
    assert "# capacity_days = 90" in plain
    settings.write_text(plain.replace("# capacity_days = 90", "capacity_days = 200"), encoding="utf-8")
    assert [one["name"] for one in here("check", "--json").json["counts"]] == ["Silent House"]
    assert here("check", "--source", "Another", "--json").json["counts"] == []
    here("verify", ids["Silent House"], "--gone")
    assert here("check", "--json").json["counts"] == []


def test_deeds_are_logged_without_what_an_entry_says(here, fanal, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    here("import", written(tmp_path, LIST), "--source", "List")
    (first, *_) = here("list", "--json").json["services"]
    here("verify", first["id"])
    here("export", "--out", tmp_path / "out")
    here("end", "--source", "List")
    rows = fanal("-w", tmp_path / "w", "audit", "list", "--json").json["rows"]
    acts = [row["act"] for row in rows]
    wanted = (Deed.DIRECTORY_IMPORTED, Deed.SERVICE_VERIFIED, Deed.DIRECTORY_EXPORTED, Deed.DIRECTORY_ENDED)
    assert [act for act in acts if act in wanted] == list(wanted)
    assert "964" not in json.dumps([row["facts"] for row in rows])
    assert here("list", "--json").json["services"] == []


def test_wrong_use_is_one_sentence(here, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "There is no service" in here("verify", uid("none"), code=1).err
    assert "PART=COLUMN" in here("import", written(tmp_path, LIST), "--source", "x", "--map", "a", code=1).err
    assert "source's name" in here("import", written(tmp_path, LIST), "--source", " ", code=1).err
    assert "There is no directory" in here("end", "--source", "x", code=1).err
    assert here("import", tmp_path / "nothing", "--source", "x", code=1).err.count("\n") <= 2


def test_two_sources_with_one_number_are_linked(here, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    here("import", written(tmp_path, LIST), "--source", "One")
    renamed = LIST.replace("Help House", "House of Help").replace("Quiet House", "House of Quiet")
    taken = here("import", written(tmp_path, renamed), "--source", "Two", "--json").json
    assert taken["alike"] == 2
    rows = list(csv.reader(io.StringIO(LIST)))
    assert len(here("list", "--json").json["services"]) == 2 * (len(rows) - 1)


def test_what_nobody_would_find_is_said(here, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    text = (
        "Org,What,Tel,P\n#org,#sector,#contact+fone,#adm1+code\nHelp House,Healht,+964 770 123 4567,IQG99\n"
    )
    told = here("import", written(tmp_path, text), "--source", "List").out
    assert "without a meaning here: Tel." in told
    assert "1 name no need that is known" in told
    assert "In no layer of areas: IQG99." in told
    lost = here("import", written(tmp_path, text), "--source", "List", "--json").json["unfound"]
    assert lost == {"columns": ["Tel"], "services": 1, "areas": ["IQG99"]}
    good = "organization,need,phone\nHelp House,Health,+964 770 123 4567\n"
    told = here("import", written(tmp_path, good), "--source", "List").out
    assert not [words for words in ("meaning", "need that", "layer") if words in told]
