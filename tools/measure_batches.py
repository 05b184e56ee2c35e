"""Measure what the rows of batches that streams leave cost whoever opens a workspace or asks what it holds.

    python tools/measure_batches.py --batches 1000000 --segments 10000

What is simulated: a desk with a row for each batch of one stream, and a vault with one segment of a text for each of
the first of them. A segment is a small file of noise: the looks that are measured do not open one. The lake is empty,
as if it was compacted: its few files are left out.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import insert

from fanal import settings_file
from fanal.store.seen import Seen
from fanal.store.segment import SUFFIX
from fanal.store.tables import BATCHES
from fanal.store.workspace import Workspace, make, opened

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ROW = {
    "file": "partner",
    "format": "jsonl",
    "position": 1,
    "posts_read": 1,
    "posts_skipped": 0,
    "posts_rejected": 0,
    "posts_located": 1,
    "posts_without_author": 0,
    "signals": 1,
    "consent": "platform",
}
A_DAY = 86_400
AT_ONCE = 100_000


def main() -> None:
    """Build such a workspace step by step, and print seconds and megabytes as JSON."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--batches", type=int, default=1_000_000)
    options.add_argument("--segments", type=int, default=10_000)
    asked = options.parse_args()
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "w"
        make(folder, settings_file.template())
        with opened(folder, dice=os.urandom, writing=True):
            pass
        found["empty"] = costs(folder)
        rows(folder, asked.batches)
        found[f"{asked.batches} batches"] = costs(folder)
        segments(folder, asked.segments)
        found[f"and {asked.segments} segments"] = costs(folder)
        found["desk_mb"] = round((folder / "desk.sqlite").stat().st_size / 1e6, 1)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def costs(folder: Path) -> dict[str, dict[str, float]]:
    """Return what it costs to open a workspace, and to begin to read or to count."""
    return {
        "open_to_look": seconds(lambda: look(folder, lambda _: None)),
        "open_to_write": seconds(lambda: look(folder, lambda _: None, writing=True)),
        "status": seconds(lambda: look(folder, lambda one: one.desk.totals())),
        "begin_to_read": seconds(lambda: look(folder, lambda one: Seen(one.lake, one.desk.batches()))),
        "days_of_texts": seconds(lambda: look(folder, lambda one: one.vault.days())),
    }


def look(folder: Path, work: Callable[[Workspace], object], *, writing: bool = False) -> None:
    """Open a workspace and do one thing in it."""
    with opened(folder, dice=os.urandom, writing=writing) as workspace:
        work(workspace)


def seconds(work: Callable[[], Any]) -> dict[str, float]:
    """Return the time on the clock and of a processor, and the most memory that this process had until then."""
    began, used = perf_counter(), process_time()
    work()
    return {
        "seconds": round(perf_counter() - began, 2),
        "cpu_seconds": round(process_time() - used, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def rows(folder: Path, count: int) -> None:
    """Write a row of the desk for each batch, one a second."""
    with opened(folder, dice=os.urandom, writing=False) as workspace:
        for first in range(0, count, AT_ONCE):
            many = range(first, min(count, first + AT_ONCE))
            kept = [
                {**ROW, "batch": f"{at:016x}", "committed_at": BEGAN + timedelta(seconds=at)} for at in many
            ]
            with workspace.desk.transaction() as connection:
                connection.execute(insert(BATCHES), kept)


def segments(folder: Path, count: int) -> None:
    """Write small files as the segments of the first batches, in the folders of their days."""
    content = os.urandom(300)
    for at in range(count):
        day = folder / "vault" / f"{BEGAN.date() + timedelta(days=at // A_DAY)}"
        if at % A_DAY == 0:
            day.mkdir(parents=True)
        (day / f"{at:016x}{SUFFIX}").write_bytes(content)


if __name__ == "__main__":
    main()
