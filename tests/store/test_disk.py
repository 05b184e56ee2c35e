"""A disk that takes nothing more: one sentence, nothing lost, and the same command goes on once there is space."""

import errno
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from deltalake.exceptions import DeltaError

from fanal.model.error import WorkspaceError
from fanal.store.disk import sentence, told
from fanal.store.lake import RESERVE, Lake

KB = 1024
CACHE_ROOM = "64m"  # the names of places take 31 MB of it
FREE_KB = [0, 3_500]
"""What the disk has left: nothing, or enough for a part of a batch only, above the reserve."""


def mounted(folder: Path, size: str) -> None:
    """Mount a small disk of its own in memory, or skip."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("A small disk cannot be mounted here: this test needs the right to mount a tmpfs.")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk that holds a workspace and little else."""
    mounted(tmp_path / "disk", CACHE_ROOM)
    yield tmp_path / "disk"
    subprocess.run(["umount", "-l", tmp_path / "disk"], check=True)


@pytest.fixture
def little(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of 2 MB."""
    mounted(tmp_path / "little", "2m")
    yield tmp_path / "little"
    subprocess.run(["umount", "-l", tmp_path / "little"], check=True)


def fill(disk: Path, *, but_kb: int) -> Path:
    """Fill a disk up to so many kilobytes."""
    there = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(b"\0" * max(0, there.f_bavail * there.f_frsize - but_kb * KB))
    return filler


def head_of(stream: Path, path: Path, lines: int) -> Path:
    """Write the first lines of a file."""
    with stream.open(encoding="utf-8") as whole, path.open("w", encoding="utf-8") as some:
        some.writelines(line for line, _ in zip(whole, range(lines), strict=False))
    return path


def test_a_full_disk_is_one_sentence_and_the_command_goes_on(
    fanal: Any, stream: Path, disk: Path, new_workspace: Callable[[Path], Path], tmp_path: Path
) -> None:
    file = head_of(stream, tmp_path / "posts.jsonl", 150_000)
    undisturbed, workspace = new_workspace(tmp_path / "w"), new_workspace(disk / "w")
    assert fanal.run("-w", undisturbed, "read", file).returncode == 0
    for but_kb in FREE_KB:
        filler = fill(disk, but_kb=but_kb)
        ended = fanal.run("-w", workspace, "read", file)
        said = [line for line in ended.stderr.splitlines() if not line.startswith("Taken as exports")]
        full = f"fanal: The disk of the workspace {workspace} is full."
        assert said == [f"{full} What was committed is kept: make space, then run the command again."]
        assert ended.returncode == 1
        filler.unlink()
    assert fanal.run("-w", workspace, "read", file).returncode == 0
    assert fanal.state(workspace) == fanal.state(undisturbed)


def test_a_disk_that_fills_during_a_compaction_loses_nothing(
    fanal: Any, stream: Path, disk: Path, new_workspace: Callable[[Path], Path], tmp_path: Path
) -> None:
    workspace = new_workspace(disk / "w")
    settings = workspace / "fanal.toml"
    text, found = re.subn(r"# *batch_rows = \d+", "batch_rows = 1000", settings.read_text(encoding="utf-8"))
    assert found == 1
    settings.write_text(text, encoding="utf-8")
    assert (
        fanal.run("-w", workspace, "read", head_of(stream, tmp_path / "posts.jsonl", 12_000)).returncode == 0
    )
    before = fanal.state(workspace)
    for but_kb in FREE_KB:
        filler = fill(disk, but_kb=min(but_kb, RESERVE // KB + 50))
        ended = fanal.run("-w", workspace, "compact")
        assert ended.returncode == 1
        assert f"fanal: The disk of the workspace {workspace} is full." in ended.stderr
        assert "Traceback" not in ended.stderr
        filler.unlink()
        assert fanal.state(workspace) == before
    ended = fanal.run("-w", workspace, "compact", "--keep-hours", "0", "--json")
    assert ended.returncode == 0, ended.stderr
    facts = json.loads(ended.stdout.splitlines()[-1])
    assert facts["files_after"] < facts["files_before"]
    assert facts["files_removed"] >= facts["files_before"] - 4
    assert facts["bytes_freed"] > 0
    said = fanal.run("-w", workspace, "compact").stdout
    assert f"{facts['files_after']:,} files of the lake became {facts['files_after']:,}." in said
    assert fanal.run("-w", workspace, "status", "--json").returncode == 0


def test_a_read_only_workspace_can_be_looked_at_and_not_changed(
    fanal: Any, stream: Path, disk: Path, new_workspace: Callable[[Path], Path], tmp_path: Path
) -> None:
    file = head_of(stream, tmp_path / "posts.jsonl", 1_000)
    workspace = new_workspace(disk / "w")
    assert fanal.run("-w", workspace, "read", file).returncode == 0
    before = fanal.state(workspace)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    ended = fanal.run("-w", workspace, "read", file)
    assert ended.returncode == 1
    assert ended.stderr == (
        f"fanal: The workspace {workspace} cannot be written to (read-only file system). "
        "Use it where you may write, or copy the whole folder to such a place.\n"
    )
    assert fanal.state(workspace) == before


def test_a_write_that_would_not_fit_is_not_begun(little: Path) -> None:
    lake = Lake(little)
    rows = pa.table({"n": pa.array(range(100_000))})
    fill(little, but_kb=RESERVE // KB + 600)
    with pytest.raises(OSError, match="No space left"):
        lake.overwrite("numbers", rows)
    assert not (little / "numbers").exists()
    (little / "filler").unlink()
    assert lake.overwrite("numbers", rows) == 0


def test_a_disk_that_fills_while_delta_writes_is_told_too(little: Path) -> None:
    fill(little, but_kb=20)
    rows = pa.table({"n": pa.array(range(1_000_000))})
    with pytest.raises(WorkspaceError, match="is full"), told(little):
        write_deltalake(little / "numbers", rows)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x"), "The disk of the workspace w is full."),
        (OSError(errno.EDQUOT, "x", "w/lake"), "The disk of the workspace w is full."),
        (OSError(errno.ENOSPC, "x", "/elsewhere/open.csv"), "The disk of /elsewhere/open.csv is full."),
        (PermissionError(errno.EACCES, "x", "w/lock"), "The workspace w cannot be written to (permission denied)."),
        (DeltaError("Generic error: No space (os error 28)"), "The disk of the workspace w is full."),
        (DeltaError("Read-only (os error 30)"), "The workspace w cannot be written to (read-only file system)."),
    ],
)  # fmt: skip
def test_each_refusal_of_a_disk_has_its_sentence(error: Exception, said: str) -> None:
    found = sentence(error, Path("w"))
    assert found is not None
    assert found.sentence == said


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EACCES, "x", "/elsewhere/posts.jsonl"),
        OSError("no number"),
        FileNotFoundError(errno.ENOENT, "x", "w/lake"),
        DeltaError("a bug"),
    ],
)
def test_another_error_keeps_its_traceback(error: Exception) -> None:
    assert sentence(error, Path("w")) is None
    with pytest.raises(type(error)), told(Path("w")):
        raise error
