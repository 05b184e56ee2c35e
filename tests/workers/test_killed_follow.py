"""A follower that is killed at any moment loses no row and counts none twice."""

import json
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
KILLS = 30


def test_kills_at_any_moment_change_nothing(tmp_path: Path) -> None:
    seed = time.time_ns() % 2**32
    print("seed", seed)  # noqa: T201 - shown when the test fails
    ended = subprocess.run(
        [sys.executable, "-m", "tests.workers.kill_follow", tmp_path, str(KILLS), str(seed)],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        cwd=CHECKOUT,
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["kills"] >= KILLS
    assert len(told["after"]) >= 4, told
