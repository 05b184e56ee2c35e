"""`fanal pleas` as a helper runs it: who sees what, in which order, who could help, and a draft that nothing sends."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.cli.inside import inside
from tests.cli.test_text import log, name

from fanal.cli.dice import secret
from fanal.model.person import Role
from fanal.store.workspace import opened

PLEAS = {
    "en": "Please help me find my sister, she is missing, last seen in Sinjar, lane nine",
    "ar": "أرجوكم ساعدوني، أختي مفقودة في سنجار",
    "tr": "Lütfen bana yardım edin, kız kardeşim kayıp",
}
FLED = "Families fled from Sinjar, by the road of lane nine"
LIST = """organization,services,phone,pcode,lat,lon,confidential,language
Help House,Health,+964 770 123 4567,IQG15Q07,,,,ar
Quiet House,Health,+964 770 765 4321,IQG15,,,yes,ar
Far House,Health,+90 312 123 45 67,TR06,,,,tr
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace that read three pleas and one other post, with three verified services."""
    folder = tmp_path_factory.mktemp("pleas")
    inside("init", folder / "w", "--facts", "iraq")
    texts = [PLEAS["tr"], FLED, PLEAS["ar"], PLEAS["en"]]
    rows = [
        {
            "id": f"own-{n}",
            "author": f"by-name-{n}",
            "time": f"2014-08-{25 - 7 * n:02}T09:00:00Z",
            "text": one,
        }
        for n, one in enumerate(texts)
    ]
    (folder / "posts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    inside("-w", folder / "w", "read", folder / "posts.jsonl")
    inside("-w", folder / "w", "services", "import", folder / "list.csv", "--source", "List")
    listed = inside("-w", folder / "w", "services", "list", "--json").json["services"]
    inside("-w", folder / "w", "services", "verify", *(one["id"] for one in listed))
    return folder / "w"


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Path:
    """Return a copy of that workspace."""
    return Path(shutil.copytree(made, tmp_path / "w"))


def pleas(workspace: Path, *more: str) -> list[dict[str, Any]]:
    found = inside("-w", workspace, "pleas", "list", "--purpose", "outreach", "--json", *more).json["pleas"]
    assert isinstance(found, list)
    return found


def by_language(workspace: Path) -> dict[str, str]:
    return {one["language"]: one["post"] for one in pleas(workspace)}


def shown(workspace: Path, post: str, *more: str) -> dict[str, Any]:
    return inside("-w", workspace, "pleas", "show", post, "--purpose", "outreach", "--json", *more).json


def test_the_one_that_waits_longest_comes_first_and_no_text_is_told(workspace: Path) -> None:
    found = pleas(workspace)
    assert [(one["language"], one["week"], one["area"]) for one in found] == [
        ("en", "2014-08-04", "pcode:IQG15Q07"),
        ("ar", "2014-08-11", "pcode:IQG15Q07"),
        ("tr", "2014-08-25", None),
    ]
    told = inside("-w", workspace, "pleas", "list", "--purpose", "outreach").out
    assert "place not known" in told
    assert "lane nine" not in told + json.dumps(found)
    assert [row[1:] for row in log(workspace) if row[1] == "pleas_listed"] == [
        ("pleas_listed", "outreach", "pleas")
    ] * 2


def test_a_helper_looks_for_a_language_and_an_area_and_is_told_what_may_be_left_out(workspace: Path) -> None:
    def look(*more: str) -> tuple[list[str], int, int]:
        facts = inside("-w", workspace, "pleas", "list", "--purpose", "outreach", "--json", *more).json
        return [one["language"] for one in facts["pleas"]], facts["more"], facts["unknown"]

    assert look("--language", "ara") == (["ar"], 0, 0)
    assert look("--area", "IQG15") == (["en", "ar"], 0, 1)  # the third names no place
    assert look("--area", "pcode:IQG15Q07", "--language", "tr") == ([], 0, 1)
    assert look("--area", "pcode:IQG01") == ([], 0, 1)
    assert look("--limit", "1") == (["en"], 2, 0)
    told = inside(
        "-w", workspace, "pleas", "list", "--purpose", "outreach", "--area", "IQG15", "--limit", "1"
    ).out
    assert "1 more wait." in told
    assert "1 more could be among them" in told
    wrong = inside("-w", workspace, "pleas", "list", "--purpose", "outreach", "--area", "nowhere", code=1)
    assert "There is no area 'nowhere'" in wrong.err


def test_the_log_has_a_number_and_neither_place_nor_text(workspace: Path) -> None:
    pleas(workspace)
    with sqlite3.connect(workspace / "desk.sqlite") as desk:
        rows = desk.execute("SELECT about, facts FROM audit WHERE act = 'pleas_listed'").fetchall()
    desk.close()
    assert rows == [("pleas", '{"pleas": 3}')]


def test_a_plea_is_shown_with_who_could_help_and_a_draft_in_its_language(workspace: Path) -> None:
    facts = shown(workspace, by_language(workspace)["ar"])
    assert facts["text"] == PLEAS["ar"]
    names = {one["organization"]: one for one in facts["services"]}
    assert set(names) == {"Help House", "Quiet House"}
    assert {one["location"] for one in facts["services"] if one["confidential"]} == {None}
    assert (facts["reply"]["language"], facts["reply"]["known"]) == ("ar", True)
    assert facts["reply"]["text"].endswith("+9647701234567")
    for word in ("House", "سنجار", "أختي"):
        assert word not in facts["reply"]["text"]
    named = shown(workspace, facts["post"], "--service", names["Quiet House"]["id"])
    assert named["reply"]["text"].endswith("+9647707654321")
    told = inside("-w", workspace, "pleas", "show", facts["post"], "--purpose", "outreach").out
    assert "Fanal sends nothing" in told
    assert facts["reply"]["text"] in told


def test_where_the_place_is_not_known_a_person_names_the_country(workspace: Path) -> None:
    post = by_language(workspace)["tr"]
    facts = shown(workspace, post)
    assert (facts["services"], facts["reply"]) == ([], None)
    there = shown(workspace, post, "--country", "tr")
    assert [one["organization"] for one in there["services"]] == ["Far House"]
    assert there["reply"]["language"] == "tr"
    elsewhere = shown(workspace, post, "--country", "IQ")
    assert {one["organization"] for one in elsewhere["services"]} == {"Help House", "Quiet House"}
    assert not elsewhere["speaks"]
    page = shown(workspace, post, "--page", "https://example.org/a")
    assert page["reply"]["text"].endswith("https://example.org/a")


def test_a_blocked_area_is_told(workspace: Path) -> None:
    post = by_language(workspace)["ar"]
    assert not shown(workspace, post)["blocked"]
    inside("-w", workspace, "services", "block", "add", "pcode:IQG15", "--reason", "Fighting")
    assert shown(workspace, post)["blocked"]
    assert "blocked" in inside("-w", workspace, "pleas", "show", post, "--purpose", "outreach").out


def test_one_is_taken_closed_and_opened_again(workspace: Path) -> None:
    post = by_language(workspace)["en"]
    inside("-w", workspace, "pleas", "take", post)
    assert pleas(workspace)[0]["state"] == "taken"
    inside("-w", workspace, "pleas", "take", post, code=1)
    inside("-w", workspace, "pleas", "close", post, "--as", "answered")
    assert post not in by_language(workspace).values()
    (ended,) = [one for one in pleas(workspace, "--all") if one["post"] == post]
    assert (ended["state"], ended["ending"]) == ("closed", "answered")
    inside("-w", workspace, "pleas", "reopen", post)
    assert pleas(workspace)[0]["state"] == "open"
    assert not [row for row in log(workspace) if post in row]


def test_pleas_are_for_outreach_alone(workspace: Path) -> None:
    post = by_language(workspace)["en"]
    tokens = {
        role: name(workspace, role.value, role)
        for role in sorted(Role, key=lambda one: one is not Role.ADMINISTRATOR)
    }
    commands = [
        ("list", "--purpose", "outreach"),
        ("show", post, "--purpose", "outreach"),
        ("take", post),
        ("reopen", post),
        ("close", post, "--as", "unsafe"),
    ]
    for role, token in tokens.items():
        for command in commands:
            ended = inside("-w", workspace, "pleas", *command, code=None, FANAL_TOKEN_FILE=token)
            assert ended.code == (0 if role is Role.OUTREACH else 4), (role, command)
            if role is not Role.OUTREACH:
                assert "lane nine" not in ended.out + ended.err
                assert "Sinjar" not in ended.out + ended.err
    for purpose in ("review", "analysis", "evidence", "quality", "erasure"):
        for command in ("list",), ("show", post):
            ended = inside(
                "-w",
                workspace,
                "pleas",
                *command,
                "--purpose",
                purpose,
                code=4,
                FANAL_TOKEN_FILE=tokens[Role.OUTREACH],
            )
            assert "lane nine" not in ended.out + ended.err
    assert sum(act == "refused" for _, act, _, _ in log(workspace)) == 5 * (len(Role) - 1) + 10


def test_a_post_that_is_no_plea_and_one_that_nobody_knows_have_one_answer(workspace: Path) -> None:
    listed = inside("-w", workspace, "text", "--json").json["texts"]
    (other,) = [one["post"] for one in listed if "plea" not in one["shows"]]
    unknown = "f" * 16
    for command in (("show", "POST", "--purpose", "outreach"), ("take", "POST")):
        said = [
            inside("-w", workspace, "pleas", *(post if one == "POST" else one for one in command), code=None)
            for post in (other, unknown)
        ]
        assert said[0].code == said[1].code != 0
        assert said[0].err.replace(other, unknown) == said[1].err


@pytest.mark.parametrize(
    "wrong",
    [
        ("show", "12", "--purpose", "outreach"),
        ("show", "\x1b[2J", "--purpose", "outreach"),
        ("show", "f" * 16, "--purpose", "outreach", "--page", "https://example.org/?who=1"),
        ("show", "f" * 16, "--purpose", "outreach", "--page", "https://example.org", "--service", "a"),
        ("take", "g" * 16),
    ],
)
def test_what_means_nothing_is_refused(workspace: Path, wrong: tuple[str, ...]) -> None:
    assert inside("-w", workspace, "pleas", *wrong, code=1).err.strip()


def test_an_erased_plea_is_listed_no_more(workspace: Path) -> None:
    post = by_language(workspace)["en"]
    inside("-w", workspace, "pleas", "take", post)
    inside("-w", workspace, "erase", "--post", "own-3", "--yes")
    assert post not in by_language(workspace).values()
    inside("-w", workspace, "pleas", "show", post, "--purpose", "outreach", code=1)


VERSIONS = [
    ("post-1", "2014-07-29T09:00:00Z", PLEAS["en"]),
    ("post-1#edited-2014-08-05T10:00:00Z", "2014-08-05T10:00:00Z", PLEAS["en"].replace("Sinjar", "Erbil")),
    ("post-2", "2014-08-06T09:00:00Z", PLEAS["ar"]),
    ("post-2#edited-2014-08-13T09:00:00Z", "2014-08-13T09:00:00Z", "Good morning from the market"),
    ("post-3#edited-2014-08-17T09:00:00Z", "2014-08-17T09:00:00Z", PLEAS["tr"]),
]


def read_versions(folder: Path, rows: list[tuple[str, str, str]], *, author: str = "writer") -> Path:
    """Read posts into a workspace as a stream tells edits: by their ids."""
    if not (folder / "w").exists():
        inside("init", folder / "w", "--facts", "iraq")
    said = [{"id": name, "author": author, "time": time, "text": text} for name, time, text in rows]
    file = folder / f"{rows[0][0].replace('#', '-')}-{author}.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in said), encoding="utf-8")
    inside("-w", folder / "w", "read", file)
    return folder / "w"


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with a plea of two versions, one that is none any more, and one whose first nobody read."""
    folder = tmp_path_factory.mktemp("edited")
    read_versions(folder, VERSIONS[::-1])  # what comes late is no newer for it
    return folder


@pytest.fixture
def versions(edited: Path, tmp_path: Path) -> Path:
    """Return a copy of that workspace's folder."""
    return Path(shutil.copytree(edited, tmp_path / "copy"))


def test_an_edited_plea_is_one_and_its_newest_words_say_where(versions: Path) -> None:
    one, none_any_more, alone = pleas(versions / "w")
    assert (one["week"], one["area"]) == ("2014-07-28", "pcode:IQG11Q02")
    assert [(row["time"][11:16], row["plea"], row["kept"]) for row in one["versions"]] == [
        ("09:00", True, True),
        ("10:00", True, True),
    ]
    assert one["post"] == one["versions"][1]["post"]
    assert [(row["plea"], row["kept"]) for row in none_any_more["versions"]] == [(True, True), (False, False)]
    assert (none_any_more["language"], len(alone["versions"])) == ("ar", 1)
    told = inside("-w", versions / "w", "pleas", "list", "--purpose", "outreach").out.splitlines()
    assert [
        "edited, 2 versions  open" in told[0],
        "edited, 2 versions, the newest shows no plea" in told[1],
        "edited  open" in told[2],
    ] == [True] * 3
    assert "counts once" in told[3]
    limited = inside("-w", versions / "w", "pleas", "list", "--purpose", "outreach", "--json", "--limit", "1")
    assert limited.json["more"] == 2


def test_every_version_is_shown_in_order_and_any_of_them_names_the_plea(versions: Path) -> None:
    one, none_any_more, _ = pleas(versions / "w")
    for row in one["versions"]:
        facts = shown(versions / "w", row["post"])
        assert [own["text"] for own in facts["versions"]] == [VERSIONS[0][2], VERSIONS[1][2]]
        assert facts["text"] == VERSIONS[1][2]
    assert sum(act == "text_read" for _, act, _, _ in log(versions / "w")) == 4
    facts = shown(versions / "w", none_any_more["versions"][1]["post"])
    assert [own["text"] for own in facts["versions"]] == [PLEAS["ar"], None]
    told = inside("-w", versions / "w", "pleas", "show", facts["post"], "--purpose", "outreach").out
    assert "Version 2 of 2, 2014-08-13 09:00 UTC:\nIt shows no plea" in told
    assert "market" not in told + json.dumps(facts)


def test_what_was_noted_holds_for_all_versions_until_a_new_one_asks(versions: Path) -> None:
    first, second = (row["post"] for row in pleas(versions / "w")[0]["versions"])
    inside("-w", versions / "w", "pleas", "take", first)
    assert pleas(versions / "w")[0]["state"] == "taken"
    inside("-w", versions / "w", "pleas", "close", second, "--as", "answered")
    assert len(pleas(versions / "w")) == 2
    name = "post-1#edited-2014-08-05T11:00:00Z"
    read_versions(versions, [(name, "2014-08-05T11:00:00Z", PLEAS["en"].replace("nine", "ten"))])
    again = pleas(versions / "w")[0]
    assert (again["state"], again["ending"], again["changed"], len(again["versions"])) == (
        "closed",
        "answered",
        True,
        3,
    )
    assert "edited since" in inside("-w", versions / "w", "pleas", "list", "--purpose", "outreach").out
    inside("-w", versions / "w", "pleas", "reopen", first)
    assert [(one["state"], one["changed"]) for one in pleas(versions / "w")] == [("open", False)] * 3


def test_nobody_edits_what_another_wrote(versions: Path) -> None:
    name = "post-1#edited-2014-08-05T12:00:00Z"
    read_versions(versions, [(name, "2014-08-05T12:00:00Z", "Good morning")], author="another")
    assert [len(one["versions"]) for one in pleas(versions / "w")] == [2, 2, 1]


def test_posts_of_one_id_that_no_stream_called_edits_stay_apart(versions: Path) -> None:
    read_versions(versions, [("post-1", "2014-08-09T12:00:00Z", PLEAS["en"])])
    assert len(pleas(versions / "w")) == 5
    assert sorted(len(one["versions"]) for one in pleas(versions / "w")) == [0, 0, 0, 1, 2]


def test_where_no_text_is_kept_nothing_ties_versions(tmp_path: Path) -> None:
    inside("init", tmp_path / "w", "--facts", "iraq")
    (tmp_path / "w" / "fanal.toml").write_text("[vault]\nsignals = false\n", encoding="utf-8")
    read_versions(tmp_path, VERSIONS)
    with opened(tmp_path / "w", dice=secret, writing=False) as workspace:
        assert workspace.desk.totals().signals >= 3
        assert not workspace.lake.exists("versions")
    assert pleas(tmp_path / "w") == []


def test_versions_are_erased_and_compacted_with_their_posts(versions: Path) -> None:
    before = pleas(versions / "w")
    inside("-w", versions / "w", "compact")
    assert pleas(versions / "w") == before
    inside("-w", versions / "w", "erase", "--post", "post-1", "--yes")
    with opened(versions / "w", dice=secret, writing=False) as workspace:
        left = workspace.lake.read("versions")["post"].to_pylist()
    hashes = {f"{one % 2**64:016x}" for one in left}
    assert hashes == {row["post"] for one in before[1:] for row in one["versions"]}
