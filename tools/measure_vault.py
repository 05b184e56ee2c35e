"""Measure the vault: how fast texts are sealed and found, and what share of `fanal read` all writing takes."""

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pyarrow as pa

from fanal import pipeline
from fanal.cli.clock import now
from fanal.cli.dice import batch_id, generator, secret
from fanal.cli.locator import shared
from fanal.facts import iraq
from fanal.places.locate import make_locator
from fanal.settings_file import template
from fanal.signals.detect import load_detector
from fanal.simulate.stream import simulate
from fanal.sources import jsonl
from fanal.sources.mapping import FieldMapping
from fanal.store import workspace as workspaces
from fanal.store.desk import Desk
from fanal.store.keyring import Keyring
from fanal.store.lake import Lake
from fanal.store.newcomers import Newcomers
from fanal.store.vault import Vault

SEED = 5
ROUNDS = 5
ROWS = 65_536
DAY = date(2026, 1, 1)
SEGMENTS, PER_SEGMENT = 3000, 3277
"""A month of 200 million posts, of which one in twenty shows a signal."""


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=300_000, help="of the stream that is read")
    parser.add_argument("--segments", type=int, default=SEGMENTS, help="of the vault that is searched")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fanal-vault-") as name:
        folder = Path(name)
        file = folder / "posts.jsonl"
        simulate(file, iraq.layers(), posts=chosen.posts, seed=SEED, rng=generator(SEED))
        posts = next(jsonl.read(file, mapping=FieldMapping(), rows=ROWS)).posts
        found = {
            **sealing(folder / "seal", posts),
            **finding(folder / "find", posts.slice(0, PER_SEGMENT), chosen.segments),
            **shares(folder / "read", file, chosen.posts),
        }
    print(json.dumps(found))


def _vault(folder: Path, batches: list[str]) -> Vault:
    folder.mkdir()
    return Vault(
        folder / "vault",
        Keyring(folder / "keys", dice=secret),
        counting=lambda: {one: one for one in batches},
        dice=secret,
    )


def _write(vault: Vault, batch: str, posts: pa.RecordBatch, *, day: date, first: int) -> None:
    hashes = np.arange(first, first + len(posts), dtype=np.uint64)
    rows = np.arange(len(posts))
    vault.write(batch, day=day, posts=posts, hashes=hashes, chosen=rows, form="jsonl", file="posts.jsonl")


def sealing(folder: Path, posts: pa.RecordBatch) -> dict[str, int]:
    """Return how many posts are sealed a second where all of a batch are, with the write and the fsync."""
    vault = _vault(folder, [])
    took, busy = [], []
    for number in range(ROUNDS):
        began, worked = perf_counter(), process_time()
        _write(vault, f"b{number}", posts, day=DAY, first=0)
        took.append(perf_counter() - began)
        busy.append(process_time() - worked)
    return {
        "sealed_per_s": round(len(posts) / median(took)),
        "sealed_per_s_of_the_processor": round(len(posts) / median(busy)),
    }


def finding(folder: Path, posts: pa.RecordBatch, segments: int) -> dict[str, Any]:
    """Return how long it takes to open one of the texts of a large vault by its hash."""
    batches = [f"b{number}" for number in range(segments)]
    vault = _vault(folder, batches)
    for number, batch in enumerate(batches):
        _write(vault, batch, posts, day=DAY + timedelta(days=number % 30), first=number * len(posts))
    wanted = np.linspace(0, segments * len(posts) - 1, 15).astype(np.int64).tolist()
    took, busy = [], []
    for post in wanted:
        began, worked = perf_counter(), process_time()
        vault.read(post)
        took.append(perf_counter() - began)
        busy.append(process_time() - worked)
    size = sum(path.stat().st_size for path in folder.rglob("*.seal"))
    return {
        "searched_segments": segments,
        "searched_rows": segments * len(posts),
        "bytes_a_row": round(size / (segments * len(posts))),
        "found_in_ms": round(median(took) * 1e3, 1),
        "found_in_ms_of_the_processor": round(median(busy) * 1e3, 1),
    }


@contextmanager
def timed(owner: type, name: str, spent: dict[str, float]) -> Iterator[None]:
    """Add up what a method takes while the block runs."""
    real: Callable[..., Any] = getattr(owner, name)

    def measured(*given: Any, **named: Any) -> Any:
        began = perf_counter()
        try:
            return real(*given, **named)
        finally:
            spent[f"{owner.__name__}.{name}"] = (
                spent.get(f"{owner.__name__}.{name}", 0.0) + perf_counter() - began
            )

    setattr(owner, name, measured)
    try:
        yield
    finally:
        setattr(owner, name, real)


def shares(folder: Path, file: Path, posts: int) -> dict[str, Any]:
    """Return the share of `fanal read`'s work that sealing takes, and all writing together."""
    folder.mkdir()
    detector, locator = load_detector(), make_locator(shared(), iraq.areas())
    rounds = []
    for number in range(ROUNDS):
        spent: dict[str, float] = {}
        workspaces.make(folder / f"w{number}", template())
        with workspaces.opened(folder / f"w{number}", dice=secret, writing=True) as workspace:
            with (
                timed(Vault, "write", spent),
                timed(Lake, "append", spent),
                timed(Desk, "commit_batch", spent),
                timed(Newcomers, "save", spent),
            ):
                began = perf_counter()
                pipeline.read(
                    workspace,
                    jsonl.read(file, mapping=FieldMapping(), rows=ROWS),
                    file=file.name,
                    form="jsonl",
                    detector=detector,
                    locator=locator,
                    new_batch=batch_id,
                    clock=now,
                    progress=lambda _: None,
                )
                seconds = perf_counter() - began
            sealed = workspace.vault.count()
        rounds.append((seconds, spent))
    rounds = rounds[1:]  # the first compiles
    return {
        "posts": posts,
        "texts": sealed,
        "posts_per_s": round(posts / median(seconds for seconds, _ in rounds)),
        "share_of_sealing": round(median(s["Vault.write"] / t for t, s in rounds), 4),
        "share_of_all_writing": round(median(sum(s.values()) / t for t, s in rounds), 4),
        "share_by_part": {
            name: round(median(s[name] / t for t, s in rounds), 4) for name in sorted(rounds[0][1])
        },
        "cores": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
