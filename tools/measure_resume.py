"""Measure how long a writer needs to open a workspace after a crash, with the table history of 100 million signals.

    python tools/measure_resume.py --batches 30000

What is simulated: every batched table (signals, mentions, newcomers, seen) has one version for each batch, as
`fanal read` would leave it, with one file of rows for each version. The entries of the logs are as Delta writes them,
with the statistics that are read; each names a file that is there. The files are one small Parquet file of rows,
linked under each name: opening looks at names and sizes, never into files. 30,000 batches are 2 billion posts at
65,536 a batch, of which one in twenty bears a signal: 98 million signals. The desk has a row for each batch. The
last versions of each table are of a batch that was not committed, and the last entry is of no bytes, as lost power
leaves it. "Not compacted": a checkpoint, 99 entries after it as `fanal read` lets them grow, and all entries before
it still there. "Compacted": one file in three hundred is left, and the entries before the checkpoint are gone.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake.transaction import RemoveAction
from sqlalchemy import insert

from fanal import settings_file
from fanal.store.batch import Batch
from fanal.store.checkpoint import checkpoint
from fanal.store.history import History
from fanal.store.lake import BATCHED
from fanal.store.tables import BATCHES
from fanal.store.workspace import Workspace, make, opened

GOAL_S = 2.0
MONDAY = 16_286
SIGNALS_A_BATCH = 65_536 // 20
ROW = {
    "file": "posts.jsonl",
    "format": "jsonl",
    "position": 1,
    "posts_read": 1,
    "posts_skipped": 0,
    "posts_rejected": 0,
    "posts_located": 1,
    "posts_without_author": 0,
    "signals": 1,
    "committed_at": datetime(2026, 1, 1, tzinfo=UTC),
}
STAGES: dict[str, dict[str, list[Any]]] = {
    "signals": {"category": ["need"], "score": [1.0], "stance": ["first_hand"], "language": ["en"]},
    "mentions": {"area": ["pcode:A"], "probability": [1.0], "basis": ["name"]},
    "newcomers": {"new": [True]},
}


def main() -> None:
    """Build such a workspace, open it with each kind of history, and print the seconds as JSON."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--batches", type=int, default=30_000)
    batches = options.parse_args().batches
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "w"
        make(workspace, settings_file.template())
        ids = [f"{number:016x}" for number in range(batches)]
        with opened(workspace, dice=os.urandom, writing=True) as one:
            write(one, ids[0])
        history(workspace, ids)
        found: dict[str, Any] = {
            "batches": batches,
            "signals": batches * SIGNALS_A_BATCH,
            "goal_seconds": GOAL_S,
        }
        for name in BATCHED:
            checkpoint(workspace / "lake" / name)
        after_a_checkpoint(workspace, 99)
        orphan(workspace)
        found["not_compacted"] = seconds(lambda: open_only(workspace))
        print(json.dumps(found), file=sys.stderr, flush=True)
        with opened(workspace, dice=os.urandom, writing=True) as one:
            found["first_commit"] = seconds(lambda: write(one, "f" * 15 + "a"))
            found["next_commit"] = seconds(lambda: write(one, "f" * 15 + "b"))
        compacted(workspace)
        orphan(workspace)
        found["compacted"] = seconds(lambda: open_only(workspace))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def seconds(work: Callable[[], Any]) -> dict[str, float]:
    """Return how long some work takes, and how much of a processor it needs, which a busy machine does not change."""
    began, used = perf_counter(), process_time()
    work()
    return {"seconds": round(perf_counter() - began, 2), "cpu_seconds": round(process_time() - used, 2)}


def open_only(folder: Path) -> None:
    """Open a workspace as a writer does, and close it."""
    with opened(folder, dice=os.urandom, writing=True):
        pass


def write(workspace: Workspace, name: str) -> None:
    """Write one batch of one post as a reading does, and commit it."""
    one = np.array([int(name, 16)], np.uint64)
    batch = Batch(id=name, weeks=np.array([MONDAY], np.int32), posts=one, pseudonyms=one)
    for table, columns in STAGES.items():
        rows = pa.record_batch(
            {"row": pa.array([0]), **{key: pa.array(value) for key, value in columns.items()}}
        )
        joined = batch.join(rows, list(columns))
        workspace.lake.append(table, joined.drop_columns(["post"]) if table == "newcomers" else joined)
    workspace.lake.append("seen", batch.seen(np.empty(0, np.uint64)))
    workspace.desk.commit_batch({**ROW, "batch": name}, [], lake=workspace.lake.keep())


def history(folder: Path, ids: list[str]) -> None:
    """Write an entry and a link to a file for each batch but the first, and its row in the desk."""
    for name in BATCHED:
        table = History(folder / "lake" / name)
        first = table.entry(0)
        if first is None:
            raise RuntimeError(name)
        for version, batch in enumerate(ids[1:], start=1):
            path = f"part-{version:08}.parquet"
            os.link(table.table / first.added[0].path, table.table / path)
            table.path(version).write_text(
                entry(path, first.added[0].size, batch, MONDAY + 7 * (version // 300)), encoding="utf-8"
            )
    with (
        opened(folder, dice=os.urandom, writing=False) as workspace,
        workspace.desk.transaction() as connection,
    ):
        connection.execute(insert(BATCHES), [{**ROW, "batch": batch} for batch in ids[1:]])
    with opened(folder, dice=os.urandom, writing=False) as workspace:
        workspace.desk.promise(dict.fromkeys(BATCHED, len(ids) - 1))


def entry(path: str, size: int, batch: str, week: int) -> str:
    """Return an entry that adds one file of one batch and week."""
    monday = str(datetime(1970, 1, 1, tzinfo=UTC).date() + timedelta(days=week))
    ends = {"batch": batch, "week": monday}
    stats = {"numRecords": 1, "minValues": ends, "maxValues": ends, "nullCount": {"batch": 0, "week": 0}}
    about = {"timestamp": 1_780_000_000_000, "operation": "WRITE", "operationParameters": {"mode": "Append"}}
    added = {
        "path": path,
        "partitionValues": {},
        "size": size,
        "modificationTime": 1_780_000_000_000,
        "dataChange": True,
        "stats": json.dumps(stats),
    }
    return json.dumps({"commitInfo": about}) + "\n" + json.dumps({"add": added})


def after_a_checkpoint(folder: Path, count: int) -> None:
    """Commit some batches more, so that as many entries as ever stand after the checkpoint."""
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        for number in range(count):
            write(workspace, f"e{number:015x}")


def orphan(folder: Path) -> None:
    """Write a batch that is not committed, and cut the newest entry of each table."""
    for name in BATCHED:
        table = History(folder / "lake" / name)
        at = table.newest + 1
        table.path(at).write_text(entry("part-x.parquet", 1, "x" * 16, MONDAY), encoding="utf-8")
        table.path(at + 1).write_text("", encoding="utf-8")


def compacted(folder: Path) -> None:
    """Bring each table to what a compaction of such a history leaves: a file for each 300 batches, and a checkpoint."""
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        lake = workspace.lake
        for name in BATCHED:
            parts = lake.parts(name)
            gone = [part for number, part in enumerate(parts) if number % 300]
            removes = [RemoveAction(part.path, False, 0, part.bytes, {}) for part in gone]
            lake.replace(name, [], removes, why="as compacted")
        lake.promise()
        for name in BATCHED:
            lake.checkpoint(name)
            for path in History(lake.root / name).spared():
                path.unlink()


if __name__ == "__main__":
    main()
