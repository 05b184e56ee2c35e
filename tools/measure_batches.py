"""Measure what the rows of batches that streams leave cost whoever opens a workspace or asks what it holds.

    python tools/measure_batches.py --batches 1000000 --segments 10000

What is simulated: a desk with a row for each batch of one stream, and a vault with one segment of a text for each of
the first of them. The lake is empty: what its files cost is measured by tools/measure_resume.py. Then all of it is
compacted, as `fanal compact` does.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import insert

from fanal import settings_file
from fanal.model.post import POST_SCHEMA
from fanal.store.compaction import compact_workspace
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
    "commits": 1,
}
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
        found["desk_mb"] = megabytes(folder)
        found["compacting"] = seconds(lambda: look(folder, compacted, writing=True))
        found["compacted"] = costs(folder)
        found["compacted_desk_mb"] = megabytes(folder)
        found["compacted_segments"] = sum(1 for _ in (folder / "vault").glob(f"*/*{SUFFIX}"))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def megabytes(folder: Path) -> float:
    """Return the size of the desk."""
    return round((folder / "desk.sqlite").stat().st_size / 1e6, 1)


def compacted(workspace: Workspace) -> None:
    """Compact, and write the desk anew."""
    compact_workspace(
        workspace,
        keep=timedelta(hours=1),
        now=BEGAN,
        shown=lambda _what: nullcontext(lambda _done, _of: None),
    )
    workspace.desk.shrink()


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
    """Write a text of one post for each of the first batches, on the day of its commit."""
    one = {"line": 1, "id": "1", "author": "a", "time": BEGAN, "text": "A quiet evening in Basrah."}
    posts = pa.RecordBatch.from_pylist([one], schema=POST_SCHEMA)
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        for at in range(count):
            workspace.vault.write(
                f"{at:016x}",
                day=(BEGAN + timedelta(seconds=at)).date(),
                posts=posts,
                hashes=np.array([at], np.uint64),
                chosen=np.zeros(1, np.int64),
                form="jsonl",
                file="partner",
            )


if __name__ == "__main__":
    main()
