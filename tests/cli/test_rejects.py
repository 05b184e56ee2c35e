"""`fanal rejects` as a user runs it: what is listed, who sees a row, and that a replay commits each row once."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.cli.inside import inside
from tests.cli.test_text import log, name

from fanal.cli.dice import generator, secret
from fanal.model.person import Role
from fanal.store.workspace import opened

WITHOUT_ZONE = "The time of the row has no zone, and no zone is set for such times."
OUT_OF_RANGE = "The time of the row lies before 1990 or after 2100."
NOT_JSON = "The line is not valid JSON."
TEXTS = [
    "We need water and food in Sinjar",
    "A quiet evening in Basrah",
    "Families fled from Sinjar",
    "The market in Erbil is open",
    "",
]


def row(number: int, time: str = "2014-08-04T09:00:00", **changed: Any) -> str:
    """Return a post as a line; its time has no zone unless one is given."""
    text = TEXTS[number % len(TEXTS)]
    text = f"{text}, note {number}" if text else text
    return json.dumps(
        {"id": str(number), "author": f"author-{number % 3}", "time": time, "text": text, **changed}
    )


LINES = [
    row(0),
    row(1, "2014-08-04T09:00:00Z"),
    row(2),
    "{broken",
    row(4),
    row(6, "1960-08-04T09:00:00"),
    row(3, "2014-08-05T09:00:00Z"),
]
"""Read without a zone: two posts, a row without a text, four rejected rows; with one, two of these are posts."""


def write(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def setting(workspace: Path, *lines: str) -> None:
    """Set `posts.timezone` and the like: the whole of fanal.toml."""
    (workspace / "fanal.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


ZONE = ("[posts]", 'timezone = "Asia/Baghdad"')
KEPT = ("[vault]", "rejects = true")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a workspace that has read a file without a zone, and the file; nothing may change them."""
    folder = tmp_path_factory.mktemp("begun")
    inside("init", folder / "w")
    setting(folder / "w", *KEPT)
    file = write(folder / "posts.jsonl", LINES)
    inside("-w", folder / "w", "read", file)
    return folder / "w", file


@pytest.fixture
def made(begun: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """Return a copy of that workspace and of the file."""
    workspace, file = begun
    return Path(shutil.copytree(workspace, tmp_path / "w")), Path(shutil.copy(file, tmp_path))


@pytest.fixture
def new(begun: tuple[Path, Path], tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that makes a workspace; its names of places, which take seconds to make, are there."""

    def make(name: str) -> Path:
        inside("init", tmp_path / name)
        shutil.copytree(begun[0] / "cache", tmp_path / name / "cache", dirs_exist_ok=True)
        return tmp_path / name

    return make


def listed(workspace: Path) -> list[tuple[int, str]]:
    rows = inside("-w", workspace, "rejects", "show", "--json").json["rows"]
    return [(one["line"], one["reason"]) for one in rows]


def status(workspace: Path) -> dict[str, Any]:
    return inside("-w", workspace, "status", "--json").json


def held(workspace: Path) -> dict[str, Any]:
    """Return what two ways to the same posts have in common: rows without their batch, and texts."""
    with opened(workspace, dice=secret, writing=True) as there:
        committed = there.desk.batches()
        found: dict[str, Any] = {}
        for table, columns in (
            ("signals", "post, category, stance"),
            ("mentions", "post, area, probability"),
        ):
            sql = f"SELECT count(*) AS rows, {columns} FROM {table} GROUP BY ALL ORDER BY ALL"  # noqa: S608 - names of ours
            rows = there.lake.query(sql, committed=committed).drop_columns(["post"])
            found[table] = sorted(map(str, rows.to_pylist()))
        texts = [one for day in there.vault.days() for one in there.vault.of_day(day)]
        found["texts"] = sorted(
            (str(one.content.what.name), one.content.text, one.content.line) for one in texts
        )
        assert there.vault.verify().faults == ()
    return found


def test_rows_are_counted_by_file_and_reason_and_filtered(made: tuple[Path, Path], tmp_path: Path) -> None:
    workspace, _ = made
    inside("-w", workspace, "read", write(tmp_path / "other.jsonl", [row(8), "{"]))

    def groups(*options: object) -> list[tuple[str, str, int]]:
        found = inside("-w", workspace, "rejects", "list", "--json", *options).json
        return [(one["file"], one["reason"], one["rows"]) for one in found["groups"]]

    assert groups() == [
        ("posts.jsonl", WITHOUT_ZONE, 3),
        ("other.jsonl", NOT_JSON, 1),
        ("other.jsonl", WITHOUT_ZONE, 1),
        ("posts.jsonl", NOT_JSON, 1),
    ]
    assert groups("--file", "other.jsonl", "--reason", "ZONE") == [("other.jsonl", WITHOUT_ZONE, 1)]
    assert groups("--since", "2020-01-01") == groups()
    assert groups("--since", "2999-01-01") == []
    assert groups("--reason", "%") == []
    first = inside("-w", workspace, "rejects", "list", "--limit", 1)
    assert "more. Next: --after 1" in first.out
    assert groups("--limit", 1) + groups("--after", 1) == groups()


def test_rows_are_shown_page_by_page(made: tuple[Path, Path]) -> None:
    workspace, _ = made
    seen, after = [], 0
    while True:
        page = inside("-w", workspace, "rejects", "show", "--limit", 2, "--after", after, "--json").json
        assert len(page["rows"]) <= 2
        seen += [one["line"] for one in page["rows"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == [1, 3, 4, 6] == [line for line, _ in listed(workspace)]
    assert "line 4: The line is not valid JSON." in inside("-w", workspace, "rejects", "show").out
    assert "There may be more" in inside("-w", workspace, "rejects", "show", "--limit", 1).out
    assert "no rejected row 99" in inside("-w", workspace, "rejects", "show", 99, code=1).err


def test_a_row_is_shown_for_a_purpose_and_logged_before(made: tuple[Path, Path]) -> None:
    workspace, _ = made
    number = next(
        one["number"]
        for one in inside("-w", workspace, "rejects", "show", "--json").json["rows"]
        if one["line"] == 4
    )
    assert "{broken" not in inside("-w", workspace, "rejects", "show", number).out
    assert log(workspace) == []
    assert "{broken" in inside("-w", workspace, "rejects", "show", number, "--purpose", "quality").out
    ((_, act, purpose, about),) = log(workspace)
    assert (act, purpose) == ("text_read", "quality")
    assert len(about) == 16
    told = inside("-w", workspace, "rejects", "show", number, "--purpose", "review", "--json")
    assert told.json["row"] == "{broken"
    assert told.out.isascii()
    assert "none was named" in inside("-w", workspace, "rejects", "show", "--purpose", "review", code=1).err


def test_a_row_is_for_reviewers_and_no_purpose_that_needs_to_know_what_it_shows(
    made: tuple[Path, Path],
) -> None:
    workspace, _ = made
    tokens = {
        role: name(workspace, role.value, role)
        for role in (Role.ADMINISTRATOR, Role.ANALYST, Role.OUTREACH, Role.INVESTIGATOR, Role.REVIEWER)
    }

    def ask(role: Role, *arguments: object) -> int:
        return inside("-w", workspace, "rejects", *arguments, code=None, FANAL_TOKEN_FILE=tokens[role]).code

    assert ask(Role.REVIEWER, "show", 1, "--purpose", "review") == 0
    for role, purpose in [
        (Role.REVIEWER, "outreach"),
        (Role.REVIEWER, "evidence"),
        (Role.REVIEWER, "analysis"),
        (Role.OUTREACH, "outreach"),
        (Role.INVESTIGATOR, "evidence"),
        (Role.ANALYST, "quality"),
        (Role.ADMINISTRATOR, "erasure"),
    ]:
        assert ask(role, "show", 1, "--purpose", purpose) == 4, (role, purpose)
    assert sum(act == "text_read" for _, act, _, _ in log(workspace)) == 1
    assert ask(Role.OUTREACH, "list") == 0
    assert ask(Role.REVIEWER, "replay") == 4


def test_without_the_setting_no_row_is_kept_and_that_is_said(
    new: Callable[[str], Path], tmp_path: Path
) -> None:
    new("w")
    inside("-w", tmp_path / "w", "read", write(tmp_path / "posts.jsonl", LINES))
    ended = inside("-w", tmp_path / "w", "rejects", "show", 1, "--purpose", "review", code=1)
    assert "does not hold line 1 of posts.jsonl" in ended.err
    told = inside("-w", tmp_path / "w", "rejects", "replay", "--json").json
    (one,) = told["files"]
    assert (one["missing"], one["posts"], told["left"]) == (one["listed"], 0, one["listed"])


@pytest.mark.parametrize("way", ["file", "vault"])
def test_rows_that_are_good_now_are_committed_once_and_leave_the_list(
    made: tuple[Path, Path], way: str
) -> None:
    workspace, file = made
    before = status(workspace)
    assert (before["posts_read"], before["posts_skipped"], before["posts_rejected"]) == (2, 1, 4)
    setting(workspace, *ZONE, *KEPT)
    given = [file] if way == "file" else []
    told = inside("-w", workspace, "rejects", "replay", *given, "--json").json
    (one,) = told["files"]
    assert (one["listed"], one["posts"], one["skipped"], one["rejected"], one["changed"]) == (4, 2, 0, 2, 1)
    assert (one["known"], one["erased"], one["missing"], told["left"]) == (0, 0, 0, 2)
    assert listed(workspace) == [(4, NOT_JSON), (6, OUT_OF_RANGE)]
    after = status(workspace)
    assert (after["posts_read"], after["posts_skipped"], after["posts_rejected"]) == (4, 1, 2)
    once = held(workspace)
    assert [text[1:] for text in once["texts"] if text[0] == "REJECTED"] == [
        (LINES[5].encode(), 6),
        (b"{broken", 4),
    ]
    inside("-w", workspace, "rejects", "replay", *given)
    inside("-w", workspace, "read", file)
    inside("-w", workspace, "rejects", "replay", *given)
    assert status(workspace) == after
    assert held(workspace) == once
    assert listed(workspace) == [(4, NOT_JSON), (6, OUT_OF_RANGE)]
    acts = [act for _, act, _, _ in log(workspace)]
    assert acts == ([] if way == "file" else ["rows_replayed"] * 3)


@pytest.mark.parametrize("way", ["file", "vault"])
def test_a_replay_leaves_what_a_first_reading_with_that_setting_leaves(
    new: Callable[[str], Path], tmp_path: Path, way: str
) -> None:
    seed = time.time_ns() % 2**32
    print("seed", seed)  # noqa: T201 - shown when the test fails
    dice = generator(seed)
    times = [
        "2014-08-04T09:00:00",
        "2014-08-04T10:00:00Z",
        "1950-01-01T00:00:00",
        "soon",
        "2014-08-12T09:00:00",
    ]
    lines = [
        "{"
        if dice.random() < 0.1
        else row(number, str(dice.choice(times)), **({"lat": 1.0} if dice.random() < 0.1 else {}))
        for number in range(120)
    ]
    file = write(tmp_path / "posts.jsonl", lines)
    for folder in ("first", "again"):
        new(folder)
    setting(tmp_path / "first", *ZONE, f"batch_rows = {dice.integers(1, 51)}", *KEPT)
    inside("-w", tmp_path / "first", "read", file)
    setting(tmp_path / "again", "[posts]", f"batch_rows = {dice.integers(1, 51)}", *KEPT)
    inside("-w", tmp_path / "again", "read", file)
    setting(tmp_path / "again", *ZONE, f"batch_rows = {dice.integers(1, 51)}", *KEPT)
    inside("-w", tmp_path / "again", "rejects", "replay", *([file] if way == "file" else []))
    assert sorted(listed(tmp_path / "again")) == listed(tmp_path / "first")
    assert status(tmp_path / "again") == status(tmp_path / "first")
    assert held(tmp_path / "again") == held(tmp_path / "first")
    assert len(listed(tmp_path / "first")) > 10


def test_a_mapping_that_was_mended_is_replayed_from_the_file_and_other_lines_are_left_alone(
    new: Callable[[str], Path], tmp_path: Path
) -> None:
    new("w")
    lines = [
        "id,when,said,time",
        "1,2014-08-04T09:00Z,Roads are open,soon",
        "2,2014-08-04T09:00Z,Two,never",
        "3,x,y",
    ]
    file = write(tmp_path / "posts.csv", lines)
    setting(tmp_path / "w", "[posts]", 'text = "said"', *KEPT)
    inside("-w", tmp_path / "w", "read", file)
    assert [line for line, _ in listed(tmp_path / "w")] == [2, 3, 4]
    told = inside("-w", tmp_path / "w", "rejects", "replay")
    assert "posts.csv: its rows are read again from the file alone" in told.out
    setting(tmp_path / "w", "[posts]", 'text = "said"', 'time = "when"', *KEPT)
    write(file, [*lines, "4,2014-08-04T09:00Z,Was not rejected,soon"])
    told = inside("-w", tmp_path / "w", "rejects", "replay", file)
    assert "posts.csv: of 3 rejected rows 2 are posts now; 1 are still rejected." in told.out
    assert status(tmp_path / "w")["posts_read"] == 2
    assert [line for line, _ in listed(tmp_path / "w")] == [4]


def test_a_row_that_has_no_text_after_all_leaves_the_list_as_skipped(
    new: Callable[[str], Path], tmp_path: Path
) -> None:
    new("w")
    file = write(tmp_path / "posts.jsonl", [row(0, "2014-08-04T09:00:00Z"), row(1, text=["no", "text"])])
    inside("-w", tmp_path / "w", "read", file)
    setting(tmp_path / "w", "[posts]", 'text = "said"')
    (one,) = inside("-w", tmp_path / "w", "rejects", "replay", file, "--json").json["files"]
    assert (one["listed"], one["posts"], one["skipped"]) == (1, 0, 1)
    after = status(tmp_path / "w")
    assert (after["posts_read"], after["posts_skipped"], after["posts_rejected"]) == (1, 1, 0)
    assert listed(tmp_path / "w") == []


def test_a_file_that_was_never_read_or_is_shorter_now_is_said(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    workspace, file = made
    other = write(tmp_path / "other.jsonl", LINES)
    assert (
        "no row of a file of this name was rejected"
        in inside("-w", workspace, "rejects", "replay", other).out
    )
    setting(workspace, *ZONE)
    write(file, LINES[:2])
    (one,) = inside("-w", workspace, "rejects", "replay", file, "--json").json["files"]
    assert (one["posts"], one["missing"]) == (1, 3)
    assert len(listed(workspace)) == 3


def test_a_post_that_came_in_another_way_is_not_counted_twice(made: tuple[Path, Path]) -> None:
    workspace, file = made
    setting(workspace, *ZONE)
    inside("-w", workspace, "read", file)
    before = status(workspace)
    (one,) = inside("-w", workspace, "rejects", "replay", file, "--json").json["files"]
    assert (one["posts"], one["skipped"], one["known"]) == (2, 0, 2)
    assert status(workspace)["posts_read"] == before["posts_read"]
    assert held(workspace)["signals"]


def test_an_erased_row_stays_away(made: tuple[Path, Path]) -> None:
    workspace, file = made
    inside("-w", workspace, "erase", "--author", "author-2", "--yes")  # of the row on line 3 alone
    setting(workspace, *ZONE, *KEPT)
    (one,) = inside("-w", workspace, "rejects", "replay", "--json").json["files"]
    assert one["missing"] == 1
    (one,) = inside("-w", workspace, "rejects", "replay", file, "--json").json["files"]
    assert (one["erased"], one["posts"]) == (1, 0)
    assert 3 in [line for line, _ in listed(workspace)]
    assert status(workspace)["posts_read"] == 3


def test_an_erasure_after_a_new_reason_keeps_the_row_away(new: Callable[[str], Path], tmp_path: Path) -> None:
    new("w")
    workspace, file = tmp_path / "w", write(tmp_path / "posts.jsonl", [row(6, lat=1.0)])
    setting(workspace, *KEPT)
    inside("-w", workspace, "read", file)
    setting(workspace, *ZONE, *KEPT)
    inside("-w", workspace, "rejects", "replay")
    assert listed(workspace) == [(1, "The row has only one of longitude and latitude.")]
    inside("-w", workspace, "erase", "--author", "author-0", "--yes")
    setting(workspace, *ZONE, 'lat = ""', *KEPT)
    (one,) = inside("-w", workspace, "rejects", "replay", file, "--json").json["files"]
    assert (one["erased"], one["posts"]) == (1, 0)


def test_the_ground_on_which_a_row_was_read_stays_with_it(made: tuple[Path, Path]) -> None:
    workspace, _ = made
    with sqlite3.connect(workspace / "desk.sqlite") as connection:
        connection.execute("UPDATE batches SET consent = 'public'")
    connection.close()
    setting(workspace, *ZONE, *KEPT)
    inside("-w", workspace, "rejects", "replay")
    with sqlite3.connect(workspace / "desk.sqlite") as connection:
        grounds = connection.execute("SELECT consent FROM batches").fetchall()
    connection.close()
    assert grounds == [("public",), ("public",)]


DIES = """
import os, signal, sys
from fanal.cli import main
from fanal.store.desk import Desk
from fanal.store.lake import Lake
from fanal.store.replay import Replay
from fanal.store.vault import Vault

owner, method, when, count = sys.argv[1].split()
of, left = {"Desk": Desk, "Lake": Lake, "Replay": Replay, "Vault": Vault}[owner], [int(count)]
whole = getattr(of, method)

def dying(*args, **named):
    left[0] -= 1
    if left[0] == 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    answer = whole(*args, **named)
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

setattr(of, method, dying)
sys.argv = ["fanal", *sys.argv[2:]]
main.run()
"""


@pytest.mark.parametrize(
    "where",
    [
        "Lake append after 2",
        "Vault write after 1",
        "Lake keep after 1",
        "Desk commit_batch before 2",
        "Replay settle after 1",
        "Desk commit_batch after 1",
        "Vault remove before 1",
    ],
)
def test_a_replay_that_is_killed_loses_and_doubles_nothing(
    new: Callable[[str], Path], made: tuple[Path, Path], where: str
) -> None:
    workspace, file = made
    setting(workspace, *ZONE, "batch_rows = 2", *KEPT)
    ended = subprocess.run(
        [sys.executable, "-c", DIES, where, "-w", workspace, "rejects", "replay", file],
        capture_output=True,
        timeout=300,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    inside("-w", workspace, "rejects", "replay", file)
    after = status(workspace)
    assert (after["posts_read"], after["posts_skipped"], after["posts_rejected"]) == (4, 1, 2)
    assert listed(workspace) == [(4, NOT_JSON), (6, OUT_OF_RANGE)]
    with sqlite3.connect(workspace / "desk.sqlite") as connection:
        (sums,) = connection.execute("SELECT sum(posts_read + posts_skipped + posts_rejected) FROM batches")
    connection.close()
    assert sums[0] == len(LINES)
    new("clean")
    setting(workspace.parent / "clean", *ZONE, *KEPT)
    inside("-w", workspace.parent / "clean", "read", file)
    clean, found = held(workspace.parent / "clean"), held(workspace)
    kept_on = [text for text in found["texts"] if text not in clean["texts"]]
    late = where.startswith("Vault remove") or where in {
        "Desk commit_batch after 1",
        "Desk commit_batch before 2",
    }
    assert {what for what, _, _ in kept_on} <= ({"REJECTED"} if late else set())  # until its day's key goes
    assert (found["signals"], found["mentions"]) == (clean["signals"], clean["mentions"])
