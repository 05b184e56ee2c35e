"""Measure what committing costs of `fanal read`: writing, syncing and the desk, against the whole of reading.

    python tools/measure_commit.py --posts 1000000

Simulated posts are read by the command's own code in this process. Time of the caller is taken, around each call that
makes a batch last. What else the machine does at the time slows both sides; the share is what is to be looked at.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from fanal.cli.main import app
from fanal.pipeline import read as whole_read  # noqa: F401 - what is measured is loaded before the clock runs
from fanal.store.desk import Desk
from fanal.store.lake import Lake
from fanal.store.newcomers import Newcomers
from fanal.store.vault import Vault

GOAL = 0.10
COMMITTING: dict[str, tuple[type, str]] = {
    "write the lake": (Lake, "append"),
    "sync the lake": (Lake, "keep"),
    "checkpoints": (Lake, "spare"),
    "seal texts": (Vault, "write"),
    "sketches, before": (Newcomers, "prepare"),
    "sketches, after": (Newcomers, "save"),
    "commit in the desk": (Desk, "commit_batch"),
}


def fanal(*arguments: object) -> float:
    """Run a command of Fanal here; returns its seconds."""
    began = perf_counter()
    app([str(one) for one in arguments], standalone_mode=False)
    return perf_counter() - began


def main() -> None:
    """Read, and print seconds and shares as JSON."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--posts", type=int, default=1_000_000)
    posts = options.parse_args().posts
    seconds: Counter[str] = Counter()
    for what, (owner, method) in COMMITTING.items():
        setattr(owner, method, timed(getattr(owner, method), what, seconds))
    with tempfile.TemporaryDirectory() as folder:
        file, workspace = Path(folder) / "posts.jsonl", Path(folder) / "w"
        fanal("simulate", "--posts", posts, "--seed", 7, "--out", file)
        fanal("init", workspace)
        fanal("-w", workspace, "read", write_few(file))  # what is compiled and loaded once
        seconds.clear()
        whole = fanal("-w", workspace, "read", file)
        batches = len(Desk.open(workspace / "desk.sqlite").batches())
    committing = sum(seconds.values())
    found = {
        "posts": posts,
        "batches": batches,
        "seconds": round(whole, 2),
        "posts_a_second": round(posts / whole),
        **{what: round(taken, 3) for what, taken in seconds.items()},
        "committing": round(committing, 2),
        "share": round(committing / whole, 4),
        "goal": GOAL,
    }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def timed(call: Callable[..., Any], what: str, seconds: "Counter[str]") -> Callable[..., Any]:
    """Return a call whose seconds are added up under a name."""

    def inner(*arguments: Any, **named: Any) -> Any:
        began = perf_counter()
        try:
            return call(*arguments, **named)
        finally:
            seconds[what] += perf_counter() - began  # type: ignore[assignment] # a Counter of floats

    return inner


def write_few(file: Path) -> Path:
    """Write the first lines of a file beside it."""
    few = file.with_name("few.jsonl")
    with file.open(encoding="utf-8") as lines:
        few.write_text("".join(line for line, _ in zip(lines, range(100), strict=False)), encoding="utf-8")
    return few


if __name__ == "__main__":
    main()
