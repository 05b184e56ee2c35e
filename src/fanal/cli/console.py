"""The console: results on standard output, progress and errors on standard error, colour only on a terminal."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on the last line.")]


class Bar:
    """Move one progress bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def to(self, done: int) -> None:
        """Set how much is done."""
        self._progress.update(self._task, completed=done)

    def of(self, done: int, total: int) -> None:
        """Set how much is done, and of how much."""
        self._progress.update(self._task, completed=done, total=total)


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Bar]:
    """Show a progress bar on standard error while the block runs; nothing where that is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as progress:
        yield Bar(progress, progress.add_task(what, total=total))


def say(text: str) -> None:
    """Print a line for a person, on standard output."""
    OUT.print(text, markup=False, soft_wrap=True)


def note(text: str) -> None:
    """Print a line for a person, on standard error."""
    ERR.print(text, markup=False, soft_wrap=True)


def answer(facts: Mapping[str, object]) -> None:
    """Print the answer for a program: one JSON object on the last line of standard output."""
    sys.stdout.write(json.dumps(facts, ensure_ascii=False, default=str) + "\n")
