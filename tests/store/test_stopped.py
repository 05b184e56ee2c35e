"""A reading that is interrupted or killed leaves a workspace that goes on: nothing lost, nothing twice."""

import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

KILLS = 4  # of the whole command; two hundred of its parts: test_killed.py
LANES = 2  # workspaces that are killed side by side, one for each core
AT_MOST_S = 1.0  # from Ctrl-C to the end
LATEST_S = 2.5  # after the workspace is held; a clean reading takes about 4 s from there


def wait_until_held(workspace: Path, process: "subprocess.Popen[str]") -> None:
    """Wait until a process holds the workspace, or is over."""
    lock = workspace / "lock"
    while process.poll() is None:
        if lock.exists() and lock.read_text(encoding="utf-8").startswith(f"process {process.pid} "):
            return
        time.sleep(0.01)


def test_ctrl_c_ends_within_a_second_and_the_command_goes_on(
    fanal: Any, stream: Path, clean: dict[str, object], new_workspace: Callable[[Path], Path], tmp_path: Path
) -> None:
    workspace = new_workspace(tmp_path / "w")
    process = fanal.begin("-w", workspace, "read", stream)
    while not (workspace / "lake" / "seen").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=300)
    took = time.monotonic() - began
    assert process.returncode == 130, err
    said = [line for line in err.splitlines() if line.startswith("fanal:")]
    assert said == ["fanal: interrupted; what was committed is kept, run the same command to go on."]
    assert "Traceback" not in out + err
    assert took < AT_MOST_S
    assert fanal.run("-w", workspace, "read", stream).returncode == 0
    assert fanal.state(workspace) == clean


def killed_often(fanal: Any, workspace: Path, stream: Path, moments: list[float]) -> list[int]:
    """Kill a reading at each of some moments after it began, and return how each ended."""
    ends = []
    for moment in moments:
        process = fanal.begin("-w", workspace, "read", stream)
        wait_until_held(workspace, process)
        time.sleep(moment)
        process.kill()
        process.communicate(timeout=300)
        ends.append(process.returncode)
    assert fanal.run("-w", workspace, "read", stream).returncode == 0
    return ends


def test_kill_9_at_any_moment_loses_nothing_and_counts_nothing_twice(
    fanal: Any, stream: Path, clean: dict[str, object], new_workspace: Callable[[Path], Path], tmp_path: Path
) -> None:
    seed = time.time_ns() % 2**32
    print("seed", seed)  # noqa: T201 - shown when the test fails
    dice = np.random.default_rng(seed)  # noqa: TID251 - a test makes its dice
    moments = dice.uniform(0, LATEST_S, KILLS).reshape(LANES, -1)
    workspaces = [new_workspace(tmp_path / f"w{lane}") for lane in range(LANES)]
    with ThreadPoolExecutor(LANES) as lanes:
        ends = list(lanes.map(killed_often, [fanal] * LANES, workspaces, [stream] * LANES, moments.tolist()))
    assert sum(end == -signal.SIGKILL for lane in ends for end in lane) >= KILLS // 2
    for workspace in workspaces:
        assert fanal.state(workspace) == clean
