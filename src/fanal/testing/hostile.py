"""Hostile input: run `fanal` on what fights back, and tell what a user sees and what stays in the workspace."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from fanal.model.error import WorkspaceError
from fanal.store.desk import Desk

COMMAND = Path(sys.executable).with_name("fanal")

TIMEOUT_S = 300
_WORKSPACE = "w"


class CannotRunError(Exception):
    """Say why a case cannot be tried here, such as for lack of a right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Describe one hostile input and how it is put before Fanal."""

    name: str  # unique; as the table shows it
    make: Callable[[Path], Path]  # makes the input in an empty folder and returns its path
    verb: tuple[str, ...] = ("read", "FILE")  # FILE stands for the input
    during: Callable[[Path, Path], AbstractContextManager[object]] = lambda _file, _workspace: nullcontext()
    """Entered before the command and left after it: given the input and the workspace."""
    again: bool = False  # the command is run once more, when `during` is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Hold what came of a case."""

    code: int  # exit code
    sentence: str  # what the user is told, with neutral names; empty where there is nothing to tell
    posts: int  # that are in the workspace
    rejected: tuple[tuple[int, str], ...]  # line and reason
    traceback: bool

    def row(self, case: Case) -> str:
        """Return the case's row in docs/input.md.

        >>> made = Case(name="Nothing", make=lambda folder: folder / "x")
        >>> Outcome(code=1, sentence="x is empty.", posts=0, rejected=(), traceback=False).row(made)
        '| Nothing | `read` | 1 | 0 | 0 | x is empty. |'
        """
        verb = " ".join(word for word in case.verb if word != "FILE")
        reasons = list(dict.fromkeys(reason for _, reason in self.rejected))
        told = " ".join([self.sentence, *(f"*Rejected:* {reason}" for reason in reasons)]).strip()
        cell = told.replace("|", "\\|") or "read like any other"
        return f"| {case.name} | `{verb}` | {self.code} | {self.posts:,} | {len(self.rejected):,} | {cell} |"


def template(folder: Path) -> Path:
    """Make a workspace over Iraq with its names of places ready, to be copied for each case."""
    workspace = folder / _WORKSPACE
    subprocess.run([COMMAND, "init", workspace, "--facts", "iraq"], check=True, capture_output=True)  # noqa: S603
    file = folder / "one.jsonl"
    file.write_text('{"id": "0", "time": "2014-08-03T05:00:00Z", "text": "Hello."}\n', encoding="utf-8")
    other = folder / "other"
    shutil.copytree(workspace, other)
    subprocess.run([COMMAND, "-w", other, "read", file], check=True, capture_output=True)  # noqa: S603
    shutil.copytree(other / "cache", workspace / "cache", dirs_exist_ok=True)
    shutil.rmtree(other)
    return workspace


def run(case: Case, workspace: Path, folder: Path) -> Outcome:
    """Run one case on a copy of a workspace.

    Args:
        case: what to try.
        workspace: from `template`.
        folder: an empty one, for the input and the copy.

    Raises:
        CannotRunError: from the case.
    """
    (folder / "in").mkdir()
    file = case.make(folder / "in")
    copy = folder / _WORKSPACE
    shutil.copytree(workspace, copy)
    with case.during(file, copy):
        ended = _fanal(copy, case.verb, file)
    if case.again:
        ended = _fanal(copy, case.verb, file)
    posts, rejected = _state(copy)
    return Outcome(
        code=ended.returncode,
        sentence=_neutral(" ".join([*_told(ended.stderr), *_of_rows(ended.stdout)]), folder, file),
        posts=posts,
        rejected=rejected,
        traceback="Traceback" in ended.stderr + ended.stdout,
    )


def _fanal(workspace: Path, verb: tuple[str, ...], file: Path) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    plain = {**os.environ, "NO_COLOR": "1", "COLUMNS": "400"}
    words = [os.fsencode(file) if word == "FILE" else word for word in verb]
    return subprocess.run(  # noqa: S603 - our own command
        [COMMAND, "-w", workspace, *words],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=TIMEOUT_S,
        check=False,
        env=plain,
    )


def _told(err: str) -> Iterator[str]:
    """Yield the lines that tell what went wrong."""
    for line in err.splitlines():
        if line.startswith("fanal: "):
            yield line.removeprefix("fanal: ")


def _of_rows(out: str) -> Iterator[str]:
    """Yield what is said of a layer's rows that cannot be used."""
    for line in out.splitlines():
        if re.match(r"  line \d+: ", line) or line.startswith("hostile: "):
            yield line.strip()


def _neutral(told: str, folder: Path, file: Path) -> str:
    """Return a sentence without what differs from run to run."""
    told = told.replace(f"{folder}/in/", "").replace(str(folder / _WORKSPACE), _WORKSPACE)
    told = told.replace(str(folder), "")
    told = re.sub(
        r"process \d+ on \S+ since [\d-]+ [\d:]+ UTC \(`[^`]*`\)",
        "process 4711 on HOST since … (`fanal …`)",
        told,
    )
    return told.replace(
        os.fsencode(file.name).decode("utf-8", "replace"), file.name.encode("utf-8", "replace").decode()
    )


def _state(workspace: Path) -> tuple[int, tuple[tuple[int, str], ...]]:
    """Return the posts of a workspace and its rejected rows; a desk that cannot be opened holds none."""
    try:
        desk = Desk.open(workspace / "desk.sqlite")
    except WorkspaceError:
        return 0, ()
    try:
        return desk.totals().posts_read, tuple((line, reason) for _, line, reason in desk.rejects())
    finally:
        desk.close()
