"""Die before each call of a compaction that reaches the disk or the desk, or look at the workspace there as a reader.

Run by `test_compaction.py`: FOLDER MOST SEED [steps]. With `steps` it is compacted step by step, as between commits.
At most so many calls of each kind are chosen, by a seed; 0 takes all. Prints one JSON object: how many calls there
are, and at which of them something was told that was not told before.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tests.store.streamed import DAY, contents, dice, more, new, told

from fanal.store.compaction import Bound, compact_workspace
from fanal.store.workspace import opened

REACHING = {
    "commit",
    "create_checkpoint",
    "create_write_transaction",
    "execute",
    "executemany",
    "fsync",
    "link",
    "mkdir",
    "open",
    "pwrite",
    "rename",
    "replace",
    "rmdir",
    "unlink",
    "vacuum",
    "write",
}
"""Names of functions in C that change something on the disk, or may."""

DIED = 9
FULL = 20  # rows of a full file, so that some are large
STEP = Bound(posts=10, rows=FULL, bytes=1 << 12)
STEPS = sys.argv[4:] == ["steps"]


def compact(folder: Path) -> None:
    """Compact a workspace as the command does; old files of the lake go at once."""
    with opened(folder, dice=dice, writing=True) as workspace:
        while compact_workspace(
            workspace,
            keep=timedelta(hours=1),
            now=DAY + timedelta(days=3),
            shown=lambda _what: nullcontext(lambda _done, _of: None),
            rows=FULL,
            bound=STEP if STEPS else None,
        ).more:
            pass


def seen(folder: Path, *, writing: bool) -> str:
    """Return all that a reader, or a writer, is told."""
    with opened(folder, dice=dice, writing=writing) as workspace:
        if writing:
            assert workspace.vault.verify().faults == ()
        return repr(told(workspace)) + repr(contents(workspace))


@contextmanager
def reached(at: Callable[[int, str], None]) -> Iterator[None]:
    """Call a function before each call that reaches the disk, with its number and name."""
    number = 0

    def profile(_frame: Any, event: str, arg: Any) -> None:
        nonlocal number
        if event == "c_call" and arg.__name__ in REACHING:
            sys.setprofile(None)
            at(number, arg.__name__)
            number += 1
            sys.setprofile(profile)

    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(None)


def child(work: Callable[[], None]) -> int:
    """Run some work in a child, as Delta's threads do not live on in one, and return its exit code."""
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - a child must never go on as its parent
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    os._exit(code)


class Undisturbed:
    """Hold a workspace that is ready to be compacted, what is told of it, and the calls that compacting it makes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = folder / "made"
        assert child(self._make) == 0
        self.expected = (folder / "told").read_text(encoding="utf-8")
        assert child(self._count) == 0
        self.calls: list[str] = json.loads((folder / "calls").read_text(encoding="utf-8"))

    def copy(self, name: str) -> Path:
        """Return a copy of the workspace."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return Path(shutil.copytree(self.made, self.folder / name))

    def _make(self) -> None:
        new(self.made, commits=4)
        compact(self.made)
        with opened(self.made, dice=dice, writing=True) as workspace:
            more(workspace, range(4, 7))
        (self.folder / "told").write_text(seen(self.made, writing=False), encoding="utf-8")

    def _count(self) -> None:
        calls: list[str] = []
        copy = self.copy("counted")
        with reached(lambda _number, name: calls.append(name)):
            compact(copy)
        (self.folder / "calls").write_text(json.dumps(calls), encoding="utf-8")


def look(run: Undisturbed, chosen: list[int]) -> None:
    """Compact, and look as a reader before some calls and at the end; write down where something else was seen."""
    copy, bad = run.copy("looked"), list[str]()

    def at(number: int, name: str) -> None:
        if number in chosen and seen(copy, writing=False) != run.expected:
            bad.append(f"a reader before call {number}, {name}")

    with reached(at):
        compact(copy)
    if seen(copy, writing=False) != run.expected:
        bad.append("a reader at the end")
    (run.folder / "bad").write_text(json.dumps(bad), encoding="utf-8")


def die(folder: Path, when: int) -> None:
    """Compact, and die before a call."""

    def at(number: int, _name: str) -> None:
        if number == when:
            os._exit(DIED)

    with reached(at):
        compact(folder)


def go_on(folder: Path, expected: str) -> None:
    """Look at what a compaction left that died, go on, and look again."""
    assert seen(folder, writing=False) == expected, "a reader sees something else"
    assert seen(folder, writing=True) == expected, "the next writer sees something else"
    compact(folder)
    assert seen(folder, writing=False) == expected, "the compaction that goes on changes something"
    with opened(folder, dice=dice, writing=False) as workspace:
        assert len(workspace.desk.batches()) == 5
        on_disk = {path.stem for path in (folder / "vault").glob("*/*")}
        assert on_disk <= set(workspace.desk.segments())


def main(folder: Path, most: int, seed: int) -> None:
    """Look and die, and print what was found."""
    run = Undisturbed(folder)
    many = len(run.calls)
    generator = np.random.default_rng(seed)  # noqa: TID251 - a test makes its dice
    looks, deaths = (
        sorted(generator.choice(np.arange(many), min(most or many, many), replace=False).tolist())
        for _ in range(2)
    )
    assert child(partial(look, run, looks)) == 0
    bad = json.loads((folder / "bad").read_text(encoding="utf-8"))
    for one in deaths:
        again = run.copy("again")
        assert child(partial(die, again, one)) == DIED
        if child(partial(go_on, again, run.expected)):
            bad.append(f"death before call {one}, {run.calls[one]}")
            shutil.copytree(again, folder / f"failed-{one}")
    json.dump({"calls": many, "looks": len(looks), "deaths": len(deaths), "bad": bad}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
