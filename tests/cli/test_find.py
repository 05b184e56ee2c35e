"""`fanal services find` as a user runs it: what is verified is found, with why, and nothing of the question stays."""

from pathlib import Path

import pytest
from tests.cli.said import FAILED, run
from tests.cli.small import small

LIST = """organization,services,phone,pcode,lat,lon,confidential,language,capacity,available,unit,as_of
Help House,Health,+964 770 123 4567,pcode:T1A,31.0,40.5,,ar,,,,
Quiet House,Health,+964 770 765 4321,pcode:T1,,,yes,ar,88180088,77170077,Bed,2025-01-31
Far House,Health,+964 770 765 4322,,31.0,41.5,,ar,,,,
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small workspace with three verified services, one of them confidential."""
    base = tmp_path_factory.mktemp("find")
    workspace = small(base / "w")
    (base / "list.csv").write_text(LIST, encoding="utf-8")
    run(workspace, "services", "import", base / "list.csv", "--source", "List")
    ids = [one["id"] for one in run(workspace, "services", "list", "--json").json["services"]]
    assert run(workspace, "services", "find", "--json").json == {"services": []}  # nobody verified them
    run(workspace, "services", "verify", *ids)
    return workspace


def test_it_finds_what_answers_with_why_and_where_to_ask_first(folder: Path) -> None:
    found = run(folder, "services", "find", "--need", "health", "--area", "pcode:T1A", "--json").json[
        "services"
    ]
    by_name = {one["organization"]: one for one in found}
    assert set(by_name) == {"Help House", "Quiet House", "Far House"}
    assert (
        "by_phone" in by_name["Help House"]["reasons"]
    )  # its area is a released hotspot: a call comes first
    assert by_name["Quiet House"]["km"] is None
    assert "ask_first" in by_name["Quiet House"]["reasons"]
    assert "Help House" in run(folder, "services", "find", "--need", "health").out


def test_how_much_a_confidential_service_has_is_not_found(folder: Path) -> None:
    asked = ("services", "find", "--need", "health", "--area", "pcode:T1B")
    found = run(folder, *asked).out + run(folder, *asked, "--json").out
    assert "Quiet House" in found
    for secret in ("77170077", "88180088", "Bed"):
        assert secret not in found


def test_whoever_is_in_a_hotspot_already_is_told_so(folder: Path) -> None:
    asked = ("services", "find", "--by", "in_person", "--json", "--area")
    inside = run(folder, *asked, "pcode:T1A").json["services"]
    assert {"same_area", "danger_here"} <= set(inside[-1]["reasons"])
    elsewhere = {one["organization"] for one in run(folder, *asked, "pcode:T1B").json["services"]}
    assert "Help House" not in elsewhere


def test_a_block_keeps_people_away_until_it_ends(folder: Path) -> None:
    run(folder, "services", "block", "add", "pcode:T1A", "--to", "pcode:T1B", "--reason", "Bridge")
    asked = ("services", "find", "--area", "pcode:T1A", "--by", "in_person", "--json")
    shown = {one["organization"] for one in run(folder, *asked).json["services"]}
    assert "Far House" not in shown
    assert "Help House" in shown
    run(folder, "services", "block", "end", "1")
    assert "Far House" in {one["organization"] for one in run(folder, *asked).json["services"]}


def test_what_was_asked_stands_nowhere(folder: Path) -> None:
    run(folder, "services", "find", "--language", "zzqxj", "--age", "31.4159", "--area", "pcode:T1B")
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"zzqxj" not in content
            assert b"31.4159" not in content


@pytest.mark.parametrize("wrong", [("--area", "pcode:none"), ("--zone", "Nowhere/Else"), ("--age", "-1")])
def test_a_question_that_means_nothing_is_refused(folder: Path, wrong: tuple[str, ...]) -> None:
    run(folder, "services", "find", *wrong, code=FAILED)


@pytest.mark.parametrize("scheme", ["", "pcode:"])
def test_a_p_code_without_its_scheme_is_the_same_area(tmp_path: Path, scheme: str) -> None:
    workspace = small(tmp_path / "w")
    rows = [
        "organization,services,phone,pcode,lat,lon,confidential,language",
        f"Near House,Health,+964 770 123 4567,{scheme}T1B,,,,ar",
        f"Other House,Health,+964 770 123 4568,{scheme}T1A,,,,ar",
        f"Quiet House,Health,+964 770 765 4321,{scheme}T1,,,yes,ar",
    ]
    (tmp_path / "list.csv").write_text("\n".join(rows), encoding="utf-8")
    run(workspace, "services", "import", tmp_path / "list.csv", "--source", "List")
    listed = run(workspace, "services", "list", "--json").json["services"]
    run(workspace, "services", "verify", *(one["id"] for one in listed))
    asked = ("services", "find", "--need", "health", "--json", "--area")
    found = {one["organization"]: one for one in run(workspace, *asked, "pcode:T1B").json["services"]}
    assert set(found) == {"Near House", "Quiet House"}, (
        "neither is lost, nor is the one of the other district shown"
    )
    assert all("serves_area" in one["reasons"] for one in found.values())
    assert found["Quiet House"]["km"] is None
