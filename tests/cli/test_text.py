"""`fanal text` as a user runs it: who sees what, what is logged before, and that no text stays anywhere."""

import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import traceback
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy.exc import IntegrityError
from tests.cli.conftest import COMMAND
from tests.cli.inside import inside

from fanal import access
from fanal.cli import main
from fanal.cli.dice import secret
from fanal.cli.harmless import harmless
from fanal.model.person import Deed, Person, Purpose, Role
from fanal.store.desk import Desk
from fanal.store.durable import put
from fanal.store.workspace import opened

NEED = "We need water and food in Sinjar, says the well keeper of lane nine"
PLEA = "Please help me find my sister, she is missing, the family of lane nine asks"
FLED = "Families fled from Sinjar, by the road of lane nine"
QUIET = "A quiet evening by the river, and nothing else to tell of lane nine"
STEERS = "We need water and food in Sinjar\x1b[2J\u202e today\x9b31m"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def write(path: Path, texts: list[str]) -> Path:
    rows = [
        {"id": f"own-id-{n}", "author": f"author-by-name-{n}", "time": "2014-08-04T09:00:00Z", "text": text}
        for n, text in enumerate(texts)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace that has read five posts, four with a signal, through the command itself."""
    folder = tmp_path_factory.mktemp("made")
    inside("init", folder / "w")
    inside("-w", folder / "w", "read", write(folder / "posts.jsonl", [NEED, PLEA, QUIET, STEERS, FLED]))
    return folder / "w"


@pytest.fixture
def read(made: Path, tmp_path: Path) -> Path:
    """Return a copy of that workspace."""
    return Path(shutil.copytree(made, tmp_path / "w"))


def posts_of(workspace: Path) -> dict[str, str]:
    """Return the posts that have a text, by what they show."""
    listed = inside("-w", workspace, "text", "--json").json["texts"]
    return {"+".join(row["shows"]): row["post"] for row in listed}


def log(workspace: Path) -> list[tuple[str, str, str, str]]:
    with sqlite3.connect(workspace / "desk.sqlite") as connection:
        rows = connection.execute("SELECT who, act, purpose, about FROM audit ORDER BY id").fetchall()
    connection.close()
    return rows


def name(workspace: Path, who: str, *roles: Role) -> Path:
    """Name a person in a workspace, and return the file with their token."""
    token = workspace.parent / f"{who}.token"
    put(token, f"token of {who}, long enough".encode())
    with (
        opened(workspace, dice=secret, writing=True) as there,
        there.desk.transaction() as connection,
    ):
        person = Person(name=who, roles=frozenset(roles))
        there.people.add(connection, person, token=token.read_text(), at=NOW, by="owner")
    return token


def test_a_text_is_shown_once_it_is_logged_and_stands_nowhere(
    read: Path,
) -> None:
    post = posts_of(read)["plea"]
    assert log(read) == []
    ended = inside("-w", read, "text", post, "--purpose", "outreach")
    assert PLEA in ended.out
    assert "author-by-name-1" in ended.out
    ((who, act, purpose, about),) = log(read)
    assert who.startswith("owner:")
    assert (act, purpose, about) == ("text_read", "outreach", post)
    inside("-w", read, "update")
    kept = {path: path.read_bytes() for path in read.rglob("*") if path.is_file()}
    assert any(path.suffix == ".seal" for path in kept)
    for word in ("lane nine", "keeper of lane", "author-by-name", "own-id-"):
        for form in (word.encode(), word.encode("utf-16-le"), word[1:].encode()):
            assert not [path for path, content in kept.items() if form in content], word
    for path in read.rglob("*.parquet"):  # what is compressed is looked at opened
        opened_up = str(pq.read_table(path).to_pydict())
        assert "lane nine" not in opened_up
        assert "author-by-name" not in opened_up


def test_nothing_is_left_in_temporary_files_while_a_text_is_read(read: Path, tmp_path: Path) -> None:
    post = posts_of(read)["plea"]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    traced = subprocess.run(
        [COMMAND, "-w", read, "text", post, "--purpose", "review"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TMPDIR": str(scratch), "NO_COLOR": "1"},
    )
    assert PLEA in traced.stdout
    assert list(scratch.rglob("*")) == []


def test_a_log_that_cannot_be_written_shows_no_text(read: Path) -> None:
    post = posts_of(read)["plea"]
    with sqlite3.connect(read / "desk.sqlite") as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END")
    connection.close()
    out = io.StringIO()
    with redirect_stdout(out), pytest.raises(IntegrityError) as failed:
        inside("-w", read, "text", post, "--purpose", "review")
    told = out.getvalue() + "".join(traceback.format_exception(failed.value))
    assert PLEA not in told
    assert "author-by-name" not in told


def test_a_text_that_cannot_be_opened_leaves_no_entry(read: Path) -> None:
    post = posts_of(read)["plea"]
    (key,) = (read / "keys").glob("day-*.key")
    key.unlink()
    ended = inside("-w", read, "text", post, "--purpose", "review", code=1)
    assert "is not there" in ended.err
    assert log(read) == []


def test_roles_and_purposes_are_asked_before_anything_is_looked_up(read: Path) -> None:
    posts = posts_of(read)
    tokens = {
        "admin": name(read, "admin", Role.ADMINISTRATOR),
        "analyst": name(read, "analyst", Role.ANALYST),
        "outreach": name(read, "outreach", Role.OUTREACH),
        "investigator": name(read, "investigator", Role.INVESTIGATOR),
        "reviewer": name(read, "reviewer", Role.REVIEWER),
    }
    need = posts["flight"]

    def ask(who: str, *arguments: str) -> tuple[int, str]:
        ended = inside("-w", read, "text", *arguments, code=None, FANAL_TOKEN_FILE=tokens[who])
        return ended.code, ended.out + ended.err

    assert ask("reviewer", need, "--purpose", "review")[0] == 0
    assert ask("reviewer", posts["plea"], "--purpose", "quality")[0] == 0
    assert ask("outreach", posts["plea"], "--purpose", "outreach")[0] == 0
    assert ask("investigator", need, "--purpose", "evidence")[0] == 0
    refused = [
        ("outreach", need, "outreach"),
        ("outreach", posts["plea"], "review"),
        ("investigator", posts["plea"], "evidence"),
        ("investigator", need, "review"),
        ("analyst", need, "review"),
        ("admin", need, "erasure"),
        ("reviewer", need, "analysis"),
    ]
    for who, post, purpose in refused:
        code, said = ask(who, post, "--purpose", purpose)
        assert code == 4, (who, post, purpose, said)
        assert "lane nine" not in said
    for who in ("outreach", "investigator", "analyst", "admin"):
        assert ask(who)[0] == 4  # the list is the reviewers'
    assert sum(act == "text_read" for _, act, _, _ in log(read)) == 4
    unknown = "f" * 16
    for who, purpose, closed in [("outreach", "outreach", need), ("investigator", "evidence", posts["plea"])]:
        absent = ask(who, unknown, "--purpose", purpose)
        there = ask(who, closed, "--purpose", purpose)
        assert absent == (there[0], there[1].replace(closed, unknown))


def test_what_would_steer_a_terminal_is_written_out(read: Path) -> None:
    listed = [row["post"] for row in inside("-w", read, "text", "--json").json["texts"]]
    said = [inside("-w", read, "text", post, "--purpose", "review").out for post in listed]
    (steering,) = [text for text in said if "today" in text]
    assert "Sinjar<U+001B>[2J<U+202E> today<U+009B>31m" in steering
    for text in said:
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    whole = [inside("-w", read, "text", post, "--purpose", "review", "--json") for post in listed]
    assert STEERS in [one.json["text"] for one in whole]
    assert all(one.out.isascii() for one in whole)


def test_scripts_that_need_no_signs_of_direction_are_left_alone() -> None:
    for text in ("نحتاج ماء", "می‌خواهم", "مەکتەب", "שלום", "\U0001f468\u200d\U0001f469", "a\tb\nc"):
        assert harmless(text) == text


@pytest.mark.parametrize("wrong", ["12", "g" * 16, "0x" + "1" * 14, "1" * 17, "١" * 16, "\x1b[2J"])
def test_what_is_no_post_is_said(tmp_path: Path, wrong: str) -> None:
    inside("init", tmp_path / "w")
    assert "is no post" in inside("-w", tmp_path / "w", "text", wrong, "--purpose", "review", code=1).err


def test_a_text_needs_a_purpose(tmp_path: Path) -> None:
    inside("init", tmp_path / "w")
    assert "none was given" in inside("-w", tmp_path / "w", "text", "1" * 16, code=1).err
    inside("-w", tmp_path / "w", "text", "1" * 16, "--purpose", "curiosity", code=2)


def test_without_the_setting_no_text_is_kept(tmp_path: Path) -> None:
    inside("init", tmp_path / "w")
    (tmp_path / "w" / "fanal.toml").write_text("[vault]\nsignals = false\n", encoding="utf-8")
    inside("-w", tmp_path / "w", "read", write(tmp_path / "posts.jsonl", [NEED, PLEA]))
    assert "The vault holds no text yet" in inside("-w", tmp_path / "w", "text").out
    assert not (tmp_path / "w" / "vault").exists()


def test_rejected_rows_and_a_sample_are_kept_where_that_is_set(tmp_path: Path) -> None:
    inside("init", tmp_path / "w")
    (tmp_path / "w" / "fanal.toml").write_text(
        "[vault]\nsample = 1000\nrejects = true\n[posts]\nbatch_rows = 2\n", encoding="utf-8"
    )
    file = write(tmp_path / "posts.jsonl", [QUIET, QUIET, QUIET])
    file.write_text(file.read_text() + '{"broken zebra\n' + json.dumps({"text": "no time zebra"}) + "\n")
    inside("-w", tmp_path / "w", "read", file)
    assert len(posts_of(tmp_path / "w")) == 1  # all show nothing
    with opened(tmp_path / "w", dice=secret, writing=False) as workspace:
        rows = [one.content for day in workspace.vault.days() for one in workspace.vault.of_day(day)]
    kept = {one.line: one.text for one in rows}
    assert kept[4] == b'{"broken zebra'
    assert kept[5] == b'{"text": "no time zebra"}'
    assert [kept[n].decode() for n in (1, 2, 3)] == [QUIET] * 3


def test_the_log_is_written_before_the_text_is_given(read: Path) -> None:
    with opened(read, dice=secret, writing=False) as workspace:
        (post, *_) = workspace.vault.listed()["post"].to_pylist()
        owner = Person(name="owner", roles=frozenset(Role))
        access.read_text(workspace, post, purpose=Purpose.REVIEW, who=owner, clock=lambda: NOW)
        (entry,) = workspace.audit.all()
    assert (entry.act, entry.about, entry.purpose) == (Deed.TEXT_READ, f"{post:016x}", Purpose.REVIEW)
    assert entry.facts == {}


def test_a_run_that_dies_before_its_batch_is_committed_leaves_no_text(
    tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside("init", tmp_path / "w")

    def die(*_: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Desk, "commit_batch", die)
    monkeypatch.setattr(main, "_end_interrupted", die)  # it would end this process
    with pytest.raises(KeyboardInterrupt):
        inside("-w", tmp_path / "w", "read", made.parent / "posts.jsonl")
    monkeypatch.undo()
    left = list((tmp_path / "w" / "vault").glob("*/*"))
    assert len(left) == 1
    assert posts_of(tmp_path / "w") == {}
    inside("-w", tmp_path / "w", "read", made.parent / "posts.jsonl")
    assert not left[0].exists()
    assert len(posts_of(tmp_path / "w")) == len(posts_of(made)) > 2
    with opened(tmp_path / "w", dice=secret, writing=False) as workspace:
        assert workspace.vault.verify().faults == ()
