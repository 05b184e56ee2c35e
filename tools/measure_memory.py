"""Measure whether `fanal read` needs more memory for more posts: its peak over streams of several lengths."""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from fanal.bench.process import cost_of
from fanal.cli.dice import generator
from fanal.facts import iraq
from fanal.simulate.stream import simulate

SEED = 5


def main() -> None:
    """Print one JSON object: posts, and for each number of them the peak of resident memory and the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("posts", nargs="*", type=int, default=[100_000, 500_000, 5_000_000])
    command = str(Path(sys.executable).with_name("fanal"))
    found = []
    for posts in parser.parse_args().posts:
        with tempfile.TemporaryDirectory(prefix="fanal-memory-") as folder:
            file, workspace = Path(folder) / "posts.jsonl", str(Path(folder) / "w")
            simulate(file, iraq.layers(), posts=posts, seed=SEED, rng=generator(SEED))
            cost_of([command, "init", workspace, "--facts", "iraq"], clock=perf_counter)
            cost = cost_of([command, "-w", workspace, "read", str(file)], clock=perf_counter)
        found.append(
            {"posts": posts, "peak_rss_mb": round(cost.peak_rss_mb), "seconds": round(cost.seconds, 1)}
        )
        print(json.dumps(found[-1]), file=sys.stderr)
    print(json.dumps({"read": found, "growth": round(found[-1]["peak_rss_mb"] / found[0]["peak_rss_mb"], 3)}))


if __name__ == "__main__":
    main()
