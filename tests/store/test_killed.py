"""kill -9 at two hundred random moments, of every stage of a reading and a compaction, changes nothing in the end."""

import json
import subprocess
import sys
import time
from pathlib import Path

KILLS = 200
STAGES = 16  # of line.py
HERE = Path(__file__).parent


def test_two_hundred_kills_leave_the_lake_of_an_undisturbed_run(tmp_path: Path) -> None:
    seed = time.time_ns() % 2**32
    print("seed", seed)  # noqa: T201 - shown when the test fails
    ended = subprocess.run(
        [sys.executable, HERE / "kill_often.py", tmp_path, str(KILLS), str(seed)],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    print(found)  # noqa: T201
    assert found["kills"] >= KILLS
    assert len(found["after"]) == STAGES, "some stage was never killed after"
