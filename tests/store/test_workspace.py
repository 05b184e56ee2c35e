"""The workspace: made once, held by one writer, cleaned of what a dead run left."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fanal import settings_file
from fanal.model.error import WorkspaceError
from fanal.store.batch import Batch
from fanal.store.workspace import Workspace, make, opened

MONDAY = 16_286  # 2014-08-04 as days since 1970-01-01


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path / "w", settings_file.template())
    return tmp_path / "w"


def batch(name: str, posts: list[int]) -> Batch:
    return Batch(
        id=name,
        weeks=np.full(len(posts), MONDAY, np.int32),
        posts=np.array(posts, np.uint64),
        pseudonyms=np.array(posts, np.uint64) + np.uint64(2**63),
    )


def write(workspace: Workspace, one: Batch, *, commit: bool) -> None:
    rows = pa.record_batch(
        {
            "row": pa.array(range(len(one.posts)), pa.int32()),
            "area": ["pcode:A"] * len(one.posts),
            "probability": pa.array([1.0] * len(one.posts), pa.float32()),
            "basis": ["name"] * len(one.posts),
        }
    )
    workspace.lake.append("mentions", one.join(rows, ["area", "probability", "basis"]))
    workspace.lake.append("seen", one.seen(np.empty(0, np.uint64)))
    if commit:
        counts = dict.fromkeys(
            ["posts_skipped", "posts_rejected", "posts_located", "posts_without_author", "signals"], 0
        )
        workspace.desk.commit_batch(
            {
                "batch": one.id,
                "file": "f",
                "format": "jsonl",
                "position": 1,
                "posts_read": len(one.posts),
                "committed_at": datetime(2026, 1, 1, tzinfo=UTC),
                **counts,
            },
            [(3, "not JSON")],
            lake=workspace.lake.keep(),
        )


def test_a_workspace_is_made_once_and_only_in_an_empty_place(tmp_path: Path) -> None:
    make(tmp_path / "w", settings_file.template())
    with pytest.raises(WorkspaceError, match="is a workspace already"):
        make(tmp_path / "w", settings_file.template())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").touch()
    with pytest.raises(WorkspaceError, match="not an empty folder"):
        make(tmp_path / "other", settings_file.template())


def test_what_is_no_workspace_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="fanal init"), opened(tmp_path, dice=os.urandom, writing=False):
        pass


def test_readers_see_committed_batches_alone(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        write(workspace, batch("a", [1, 2]), commit=True)
        write(workspace, batch("b", [3]), commit=False)
        seen = workspace.lake.query("SELECT post FROM mentions", committed=workspace.desk.batches())
        assert sorted(seen["post"].to_pylist()) == [1, 2]


def test_orphans_are_removed_when_a_writer_opens(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        write(workspace, batch("a", [1, 2]), commit=True)
        write(workspace, batch("b", [3]), commit=False)
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        assert workspace.lake.read("mentions")["batch"].unique().to_pylist() == ["a"]
        assert workspace.lake.read("seen")["batch"].unique().to_pylist() == ["a"]
        assert workspace.desk.totals().posts_read == 2


def test_a_pseudonym_above_63_bits_survives_the_lake(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        write(workspace, batch("a", [1]), commit=True)
        kept = workspace.lake.read("mentions")["pseudonym"].to_numpy().view(np.uint64)
        assert kept.tolist() == [2**63 + 1]


HOLD = """
import os, sys
from pathlib import Path
from fanal.store.workspace import opened
with opened(Path(sys.argv[1]), dice=os.urandom, writing=True):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_told_who_holds_the_workspace(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), "two\nwords"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(WorkspaceError) as refused,
            opened(folder, dice=os.urandom, writing=True),
        ):
            pass
        host = re.escape(os.uname().nodename)
        assert re.fullmatch(
            rf"The workspace {folder} is in use by process {other.pid} on {host} "
            rf"since \d{{4}}-\d\d-\d\d \d\d:\d\d UTC \(`-c {folder} two words`\)\.",
            refused.value.sentence,
        )
        with opened(folder, dice=os.urandom, writing=False) as workspace:
            assert workspace.desk.totals().posts_read == 0
        other.communicate(timeout=300)
    with opened(folder, dice=os.urandom, writing=True):
        pass


def test_a_lock_names_no_author_and_no_post(folder: Path) -> None:
    command = ["erase", "--author", "zebra", "--post=zebra", "--in", "export.jsonl"]
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        said = (folder / "lock").read_text(encoding="utf-8")
        other.communicate(timeout=300)
    assert "erase --author --post=... --in" in said  # a long path leaves less room for what follows
    assert "zebra" not in said


@pytest.mark.parametrize("left", [b"", b"process 1 on h\nfanal " + b"x" * 9999, b"\x1b[2J\xff\n\x1b]0;t\x07"])
def test_what_stands_in_a_lock_is_shown_without_harm(folder: Path, left: bytes) -> None:
    with opened(folder, dice=os.urandom, writing=True):
        (folder / "lock").write_bytes(left)
        with (
            pytest.raises(WorkspaceError, match="in use by") as refused,
            opened(folder, dice=os.urandom, writing=True),
        ):
            pass
        assert refused.value.sentence.isprintable()
        assert len(refused.value.sentence) < 5_000
    with opened(folder, dice=os.urandom, writing=True):
        pass


def test_the_name_of_a_killed_holder_does_not_hold(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        other.kill()
        other.communicate(timeout=300)
    assert f"process {other.pid}" in (folder / "lock").read_text(encoding="utf-8")
    with opened(folder, dice=os.urandom, writing=True):
        assert f"process {os.getpid()} " in (folder / "lock").read_text(encoding="utf-8")


def test_reasons_are_counted_after_a_mark(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        assert workspace.desk.last_reject() == 0
        write(workspace, batch("a", [1]), commit=True)
        mark = workspace.desk.last_reject()
        assert workspace.desk.reasons(after=0) == {"not JSON": 1}
        assert workspace.desk.reasons(after=mark) == {}
        write(workspace, batch("b", [2]), commit=True)
        assert workspace.desk.reasons(after=mark) == {"not JSON": 1}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda path: path.write_bytes(b"this is no database at all, not even a little one" * 99),
            "cannot be read",
        ),
        (lambda path: os.truncate(path, 100), "cannot be read"),
    ],
)
def test_a_damaged_desk_is_refused(folder: Path, spoil: Callable[[Path], None], said: str) -> None:
    with opened(folder, dice=os.urandom, writing=True):
        pass
    for rest in folder.glob("desk.sqlite-*"):
        rest.unlink()
    spoil(folder / "desk.sqlite")
    with pytest.raises(WorkspaceError, match=said), opened(folder, dice=os.urandom, writing=False):
        pass


def test_keys_are_the_owners_alone_and_differ_by_week(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        monday = datetime(2014, 8, 4, tzinfo=UTC).date()
        next_monday = datetime(2014, 8, 11, tzinfo=UTC).date()
        first = workspace.keyring.of_week(monday)
        assert first == workspace.keyring.of_week(monday)
        assert first != workspace.keyring.of_week(next_monday)
        path = folder / "keys" / "week-2014-W32.key"
        assert path.stat().st_mode & 0o777 == 0o600
        path.chmod(0o644)
        with pytest.raises(WorkspaceError, match="chmod 600"):
            workspace.keyring.of_week(monday)
        path.chmod(0o600)
        path.write_bytes(b"short")
        with pytest.raises(WorkspaceError, match="damaged: 5 bytes"):
            workspace.keyring.of_week(monday)


def test_two_workspaces_never_share_a_key(tmp_path: Path) -> None:
    keys = []
    for name in ("a", "b"):
        make(tmp_path / name, settings_file.template())
        with opened(tmp_path / name, dice=os.urandom, writing=True) as workspace:
            keys.append(workspace.keyring.of_workspace())
    assert keys[0] != keys[1]
