"""Measure how long it takes to close a week and to erase an author, in a workspace of simulated size."""

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from fanal import settings_file
from fanal.cli.dice import batch_id, generator, secret
from fanal.erasure import Request, erase
from fanal.facts import world
from fanal.model.person import Person, Role
from fanal.model.post import POST_SCHEMA
from fanal.retention import close_weeks
from fanal.settings import Settings
from fanal.store.batch import Batch
from fanal.store.erasures import Asked
from fanal.store.pseudonym import pseudonyms, weeks_of
from fanal.store.seen import post_rows
from fanal.store.workspace import Workspace, make, opened

FIRST = datetime(2025, 1, 6, tzinfo=UTC)
ROWS = 65_536
WHO = Person(name="measure", roles=frozenset(Role))


def put(
    workspace: Workspace, number: int, time_of: np.ndarray, dice: np.random.Generator, areas: list[str]
) -> None:
    """Put one batch into a workspace: one post in two has a place, one in ten a signal."""
    count = len(time_of)
    posts = pa.record_batch(
        {
            "line": pa.array(np.arange(count), pa.int64()),
            "id": pa.array(np.arange(number * ROWS, number * ROWS + count)).cast(pa.string()),
            "author": pa.array([f"a{n}" for n in dice.integers(0, 200_000, count)]),
            "time": pa.array(time_of, pa.timestamp("us", tz="UTC")),
            "text": pa.array(["x"] * count, pa.large_string()),
            "language": pa.nulls(count, pa.string()),
            "lon": pa.nulls(count, pa.float64()),
            "lat": pa.nulls(count, pa.float64()),
        },
        schema=POST_SCHEMA,
    )
    keys = workspace.keyring
    weeks, rows = weeks_of(posts), post_rows(posts, form="jsonl", key=keys.of_workspace())
    batch = Batch(id=batch_id(), weeks=weeks, posts=rows, pseudonyms=pseudonyms(posts, weeks, rows, keys))
    places, shown = np.arange(0, count, 2), np.arange(0, count, 10)
    mentions = {
        "row": places,
        "area": [areas[n] for n in dice.integers(0, len(areas), len(places))],
        "probability": pa.array(np.ones(len(places)), pa.float32()),
        "basis": ["name"] * len(places),
    }
    signals = {
        "row": shown,
        "category": ["need"] * len(shown),
        "score": pa.array(np.ones(len(shown)), pa.float32()),
        "stance": ["first_hand"] * len(shown),
        "language": ["en"] * len(shown),
    }
    for name, columns in (("signals", signals), ("mentions", mentions)):
        workspace.lake.append(name, batch.join(pa.record_batch(columns), list(columns)[1:]))
    workspace.lake.append("seen", batch.seen(np.zeros(0, np.uint64)))
    zeros = ("position", "posts_read", "posts_skipped", "posts_rejected", "posts_located", "signals")
    row = dict.fromkeys((*zeros, "posts_without_author"), 0)
    workspace.desk.commit_batch(
        {
            **row,
            "batch": batch.id,
            "file": "f",
            "format": "jsonl",
            "committed_at": time_of.max().astype(datetime),
        },
        [],
        lake=workspace.lake.keep(),
    )


def main() -> None:
    """Fill a workspace week by week, close the oldest week, then erase an author."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=10)
    parser.add_argument("--batches", type=int, default=4, help="of 65,536 posts, in each week")
    chosen = parser.parse_args()
    dice, areas = generator(1), world.areas(None)
    codes = areas["area"].to_pylist()[:300]
    day = timedelta(weeks=1) / chosen.batches
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "w", settings_file.template())
        with opened(Path(folder) / "w", dice=secret, writing=True) as workspace:
            for number in range(chosen.weeks * chosen.batches):
                start = np.datetime64((FIRST + number * day).replace(tzinfo=None), "us")
                spread = dice.integers(0, int(day / timedelta(microseconds=1)), ROWS)
                put(workspace, number, np.sort(start + spread), dice, codes)
            facts = {"areas": areas, "who": WHO, "new_id": batch_id}
            for weeks, what in ((2, "first week"), (chosen.weeks, "all but the last two weeks")):
                began = time.process_time()
                closed = close_weeks(
                    workspace, Settings(), now=FIRST + timedelta(weeks=weeks, days=1), **facts
                )
                print(
                    f"closing {what}: {len(closed.weeks)} weeks in {time.process_time() - began:.1f} s of a processor",
                    flush=True,
                )
            began = time.process_time()
            receipt = erase(
                workspace,
                Settings(),
                Request(asked=Asked.AUTHOR, name="a77"),
                posts=None,
                clock=lambda: FIRST + timedelta(weeks=chosen.weeks, days=1),
                dice=generator,
                **facts,
            )
            print(
                f"erasing an author: {receipt.posts} posts in {time.process_time() - began:.1f} s of a processor",
                flush=True,
            )


if __name__ == "__main__":
    main()
