"""Kill readings and compactions at random moments of every stage, and compare what is left with an undisturbed run.

Run by `test_killed.py`: FOLDER KILLS SEED. Prints one JSON object: how often a process was killed after each stage.
"""

import json
import shutil
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
from line import STAGES, Line, content, new
from posts import write_posts

POSTS = 4_000
MOST_ROUNDS = 60
IN_A_ROW = 12  # kills of one workspace, until it may come to its end
LATER_S = 0.01  # at most, after a stage was reached: so a kill also falls into what follows it
COMPACTING = ["replaced", "joined", "settled", "promised", "checkpoint", "swept"]
READING = [stage for stage in STAGES if stage not in COMPACTING]


def same(workspace: Path, expected: str, number: int) -> None:
    """Compare what a workspace holds with what an undisturbed one does."""
    assert repr(content(workspace)) == expected, f"round {number}: the lake differs"


def main(folder: Path, kills: int, seed: int) -> None:
    """Kill so often, and end with an error where a workspace differs from one that nobody disturbed."""
    dice = np.random.default_rng(seed)  # noqa: TID251 - a test makes its dice
    file = write_posts(folder / "posts.jsonl", POSTS)
    line = Line()
    line.warm(file)
    clean = new(folder / "clean")
    line.run(lambda: line.read(clean, file))
    line.run(lambda: (folder / "expected").write_text(repr(content(clean)), encoding="utf-8"))
    expected = (folder / "expected").read_text(encoding="utf-8")

    hit: Counter[str] = Counter()
    rounds = 0
    while (hit.total() < kills or not set(STAGES) <= set(hit)) and rounds < MOST_ROUNDS:
        rounds += 1
        workspace = new(folder / f"w{rounds}")
        read, compact = partial(line.read, workspace, file), partial(line.compact, workspace)
        for work, stages in ((read, READING), (compact, COMPACTING)):
            for _ in range(IN_A_ROW):
                missing = [one for one in stages if one not in hit]
                stage = str(dice.choice(missing if missing and dice.integers(2) else stages))
                later = float(dice.uniform(0, LATER_S)) * float(dice.choice([0.1, 1.0]))
                last = line.kill(work, stage=stage, times=int(dice.integers(1, 3)), later=later)
                if last is None:
                    break
                hit[last] += 1
            line.run(work)
            line.run(partial(same, workspace, expected, rounds))
        shutil.rmtree(workspace)
        print(rounds, dict(hit), file=sys.stderr, flush=True)  # noqa: T201 - shown when it fails
    json.dump({"rounds": rounds, "kills": hit.total(), "after": dict(sorted(hit.items()))}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
