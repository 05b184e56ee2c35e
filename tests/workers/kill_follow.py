"""Kill a follower at random moments between arrival and commit, and compare what is left with an undisturbed run.

Run by `test_killed_follow.py`: FOLDER KILLS SEED. Prints one JSON object: how often it was killed after each stage.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from tests.store.line import NOW, Line, content, dice, new
from tests.store.posts import write_posts
from tests.workers.scripted import LOST, Script, source

from fanal.intake import Intake
from fanal.model.consent import Consent
from fanal.sources.live import Tools
from fanal.store.workspace import opened
from fanal.workers.follow import Follow, Followed, Pace
from fanal.workers.taker import Keep, Taker

POSTS = 1_500
STREAM = "one"
REACHED = [
    "rolled back",
    "signals appended",
    "seen appended",
    "kept",
    "committed",
    "replaced",
    "joined",
    "settled",
]
LATER_S = 0.02


def follow(line: Line, folder: Path, rows: list[bytes]) -> None:
    """Follow a stream from where the workspace says, to its end; what is cut off sends some rows twice."""
    line.mark("rolled back")
    taker = Taker(
        lambda: opened(folder, dice=dice, writing=True, yields=True),
        intake=lambda workspace: Intake(
            workspace,
            detector=line.detector,
            locator=line.locator,
            new_batch=lambda: os.urandom(8).hex(),
            clock=lambda: NOW,
        ),
        keep=Keep(signals=True, sample=0),
        compact_batches=6,
        clock=lambda: NOW,
    )
    with taker:
        begun = taker.workspace.streams.begin(
            STREAM, source="scripted", consent=Consent.PUBLIC, terms="ours", now=NOW
        )
        again = max(0, int(begun.cursor or 0) - 30)  # as a server that only knows about where it was
        script = Script(rows=rows, together=40, ends=True, faults={again + 200: LOST})
        one = Followed(
            name=STREAM,
            source=source(),
            options=script,
            consent=Consent.PUBLIC,
            timezone=None,
            tools=Tools(clock=lambda: NOW, sleep=lambda _seconds: asyncio.sleep(0), dice=lambda: 0.5),
            cursor=str(again),
            rows=begun.rows,
        )
        pace = Pace(commit_seconds=0.005, commit_rows=100, dead_after=3600.0)
        running = Follow([one], taker=taker, pace=pace, clock=lambda: NOW, told=lambda _health: None)
        asyncio.run(running.run(asyncio.Event()))
        assert taker.workspace.streams.all()[0].cursor == str(len(rows))


def counted(folder: Path) -> str:
    """Return what two runs have in common: all but the numbers of rejected rows, which a repeat moves."""
    found = content(folder)
    found["rejects"] = sorted(reason for _, _, reason in found["rejects"])
    return repr(found)


def main(folder: Path, kills: int, seed: int) -> None:
    """Kill so often, and end with an error where a workspace differs from one that nobody disturbed."""
    chance = np.random.default_rng(seed)  # noqa: TID251 - a test makes its dice
    rows = write_posts(folder / "posts.jsonl", POSTS).read_bytes().splitlines()
    line = Line()
    line.warm(folder / "posts.jsonl")
    clean = new(folder / "clean")
    line.run(lambda: follow(line, clean, rows))
    line.run(lambda: (folder / "expected").write_text(counted(clean), encoding="utf-8"))
    expected = (folder / "expected").read_text(encoding="utf-8")

    hit: Counter[str] = Counter()
    rounds = 0
    while hit.total() < kills:
        rounds += 1
        workspace = new(folder / f"w{rounds}")
        for _ in range(8):
            last = line.kill(
                lambda: follow(line, workspace, rows),  # noqa: B023 - run at once, in a child
                stage=str(chance.choice(REACHED)),
                times=int(chance.integers(1, 6)),
                later=float(chance.uniform(0, LATER_S)),
            )
            if last is None:
                break
            hit[last] += 1
        line.run(lambda: follow(line, workspace, rows))  # noqa: B023 - run at once
        line.run(lambda: _same(workspace, expected, rounds))  # noqa: B023 - run at once
    json.dump({"rounds": rounds, "kills": hit.total(), "after": dict(sorted(hit.items()))}, sys.stdout)


def _same(workspace: Path, expected: str, number: int) -> None:
    assert counted(workspace) == expected, f"round {number}: the lake differs"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
