"""Power that is lost at any moment takes nothing that was committed: told on the disk as it would then be."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.store.recorded import STRACE, Disk

MOMENTS = 25
HERE = Path(__file__).parent


def recorded(folder: Path, how: str) -> None:
    """Record what a reading and a compaction do, or skip."""
    if shutil.which("strace") is None:
        pytest.skip("This test needs strace, to see what a process does to the disk.")
    folder.mkdir()
    ended = subprocess.run(
        [*STRACE, "-o", folder / "trace", sys.executable, HERE / "lose_power.py", how, folder],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if "PTRACE" in ended.stderr:
        pytest.skip("This test needs the right to trace a process.")
    assert ended.returncode == 0, ended.stderr


def resumed(folder: Path, moments: int) -> dict[str, Any]:
    """Let the power go at some random moments, go on each time, and return what came of it."""
    seed = time.time_ns() % 2**32
    print("seed", seed)  # noqa: T201 - shown when the test fails
    ended = subprocess.run(
        [sys.executable, HERE / "lose_power.py", "resume", folder, str(moments), str(seed)],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_lost_power_takes_nothing_that_was_committed(tmp_path: Path) -> None:
    recorded(tmp_path / "run", "record")
    found = resumed(tmp_path / "run", MOMENTS)
    assert sum(found["moments"].values()) > MOMENTS
    assert found["failed"] == []


def test_without_syncing_the_same_would_be_lost_and_is_refused(tmp_path: Path) -> None:
    recorded(tmp_path / "run", "record-unsynced")
    found = resumed(tmp_path / "run", 4)
    assert found["failed"]
    lake = ("The lake lost commits", "The log of the lake", "A file of the lake")
    keys = ("The keys of this workspace", "The master key")  # while it was made
    named = {said: said.partition("refused: ")[2].startswith((*lake, *keys)) for said in found["failed"]}
    assert all(named.values()), [said for said, one in named.items() if not one]
    assert any(f"refused: {one}" in said for said in found["failed"] for one in lake), found["failed"]


@pytest.mark.parametrize("synced", [False, True])
def test_the_recorder_knows_what_is_on_the_disk(tmp_path: Path, synced: bool) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    program = (
        "import os, sys\n"
        "file = os.path.join(sys.argv[1], 'file')\n"
        "for name in ('old', 'new'):\n"
        "    handle = os.open(file + name, os.O_RDWR | os.O_CREAT)\n"
        "    os.write(handle, name.encode())\n"
        "    if name == 'old' or sys.argv[2] == 'True':\n"
        "        os.fsync(handle)\n"
        "    os.rename(file + name, file)\n"
        "    if name == 'old' or sys.argv[2] == 'True':\n"
        "        os.fsync(os.open(sys.argv[1], os.O_RDONLY))\n"
    )
    ended = subprocess.run(
        [*STRACE, "-o", tmp_path / "trace", sys.executable, "-c", program, folder, str(synced)], check=False
    )
    if ended.returncode:
        pytest.skip("This test needs strace.")
    dice = np.random.default_rng(7)  # noqa: TID251 - a test makes its dice
    disk, found = Disk(folder), set()
    assert list(disk.replay(tmp_path / "trace"))
    for number in range(60):
        (tmp_path / str(number)).mkdir()
        disk.rebuild(tmp_path / str(number), dice, everything_lost=False)
        found.add(tuple(sorted((p.name, p.read_text()) for p in (tmp_path / str(number)).iterdir())))
    certain = {(("file", "new"),)}
    assert found == certain if synced else found > {(("file", "old"),)} | certain
