"""`fanal read` needs no more memory for more posts."""

import json
import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools" / "measure_memory.py"

GROWTH = 1.10
"""From 500,000 posts, when each part has worked a few times, to twice as many; 5 million: docs/workspace.md."""


def test_a_stream_twice_as_long_needs_no_more_memory() -> None:
    command = [sys.executable, TOOL, "500000", "1000000"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert told["growth"] < GROWTH, told
