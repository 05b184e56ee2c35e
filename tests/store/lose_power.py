"""Let the power go at random moments of a reading and a compaction, and go on with the disk that is left.

Run by `test_lost_power.py`: `record FOLDER` (or `record-unsynced FOLDER`, where Fanal syncs nothing) under strace, then
`resume FOLDER MOMENTS SEED`. Prints one JSON object.
"""

import json
import shutil
import sys
from collections import Counter
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from line import NOW, Line, content, dice, new
from posts import write_posts
from recorded import Disk

from fanal.model.error import WorkspaceError
from fanal.store import durable
from fanal.store.lake import BATCHED
from fanal.store.workspace import opened

POSTS = 4_000


def record(folder: Path) -> None:
    """Make a workspace, read, compact, and say so by folders that the trace shows."""
    line, file = Line(), write_posts(folder / "posts.jsonl", POSTS)
    workspace = new(folder / "w")
    (folder / "made").mkdir()
    line.read(workspace, file)
    (folder / "read").mkdir()
    line.compact(workspace)


def resume(folder: Path, moments: int, seed: int) -> None:
    """Rebuild the disk as it may be at each of some moments, read again, and compare with what was left undisturbed."""
    generator = np.random.default_rng(seed)  # noqa: TID251 - a test makes its dice
    line, file = Line(), folder / "posts.jsonl"
    line.warm(file)
    line.run(lambda: (folder / "expected").write_text(repr(content(folder / "w")), encoding="utf-8"))
    expected = (folder / "expected").read_text(encoding="utf-8")
    steps = list(Disk(folder / "w").replay(folder / "trace"))
    first = steps.index(f"mkdir {folder / 'made'}") + 1
    chosen = generator.choice(np.arange(first, len(steps) - 1), moments, replace=False)
    wanted = set(chosen.tolist()) | {len(steps) - 1}
    disk, failed, told = Disk(folder / "w"), [], Counter[str]()
    for number, step in enumerate(disk.replay(folder / "trace")):
        if number not in wanted:
            continue
        lost = bool(generator.integers(3) == 0)
        again = folder / "again"
        shutil.rmtree(again, ignore_errors=True)
        again.mkdir()
        disk.rebuild(again, generator, everything_lost=lost)
        (folder / "said").unlink(missing_ok=True)
        line.run(partial(go_on, line, again, file, folder / "said", expected))
        said = (folder / "said").read_text(encoding="utf-8")
        told["while reading" if number < steps.index(f"mkdir {folder / 'read'}") else "while compacting"] += 1
        if said != "the same":
            failed.append(f"after call {number} ({step}, {'all lost' if lost else 'torn'}): {said}")
            shutil.copytree(again, folder / f"failed-{number}", dirs_exist_ok=True)
    json.dump({"calls": len(steps), "moments": dict(told), "failed": failed}, sys.stdout)


def go_on(line: Line, folder: Path, file: Path, said: Path, expected: str) -> None:
    """Open what is left, read the stream again, and say how it differs from an undisturbed run."""
    try:
        with opened(folder, dice=dice, writing=True) as workspace:
            known = workspace.desk.batches()
            weeks = {
                week
                for name in BATCHED
                for week in workspace.lake.dataset(name).to_table(["week"])["week"].to_pylist()
            }
            missing = (
                [name for name in keys(weeks) if not (folder / "keys" / name).is_file()] if known else []
            )
            line.read_into(workspace, file)
    except WorkspaceError as error:
        said.write_text(f"refused: {error.sentence}", encoding="utf-8")
        return
    same = repr(content(folder)) == expected
    if missing:
        said.write_text(f"keys are gone: {missing}", encoding="utf-8")
    else:
        said.write_text("the same" if same else "the lake differs", encoding="utf-8")


def keys(weeks: set[date]) -> list[str]:
    """Return the files of the keys that posts of some weeks were made with; all are older than the reading."""
    read = NOW.date()  # the week under which a stream's other rows are kept, which name nobody
    ages = [week.isocalendar() for week in weeks if date(1970, 1, 1) + timedelta(weeks=1) < week < read]
    return ["posts.key", *(f"week-{year}-W{week:02}.key" for year, week, _ in ages)]


if __name__ == "__main__":
    if sys.argv[1].startswith("record"):
        if sys.argv[1] == "record-unsynced":
            durable._sync = lambda _path: None
        record(Path(sys.argv[2]))
    else:
        resume(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
