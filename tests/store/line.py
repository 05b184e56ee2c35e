"""Run a reading or a compaction again and again in children of a process that has loaded everything, and kill them."""

import mmap
import os
import signal
import struct
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from fanal import pipeline
from fanal.cli.detector import detector
from fanal.cli.locator import shared
from fanal.intake import Intake
from fanal.model.consent import Consent
from fanal.model.stream import Moved
from fanal.places.locate import locate, make_locator
from fanal.settings_file import template
from fanal.sources import catalogue
from fanal.sources.mapping import FieldMapping
from fanal.store import lake as lake_file
from fanal.store.compaction import compact_workspace
from fanal.store.desk import Desk
from fanal.store.history import History
from fanal.store.lake import BATCHED, Lake
from fanal.store.pseudonym import weeks_of
from fanal.store.seen import post_rows
from fanal.store.vault import Vault
from fanal.store.workspace import Workspace, make, opened
from fanal.text import words

NOW = datetime(2014, 10, 20, tzinfo=UTC)
ROWS = 400  # of a batch
LIVE, LIVE_ROWS = 6, 60  # batches of a stream, and rows of one
FULL = 3_000  # rows of a full file, for a compaction that has something to do
STAGES = [
    "opening",
    "cutting",
    "rolled back",
    *(f"{table} appended" for table in BATCHED),
    "kept",
    "committed",
    "replaced",
    "joined",
    "settled",
    "promised",
    "checkpoint",
    "swept",
]
"""What a process did last, in no order of its own."""


def dice(count: int) -> bytes:
    """Return the same bytes always, so that two workspaces have the same keys and can be compared."""
    return b"\x07" * count


class Line:
    """Hold what is slow to load: detector and locator. Loaded in the parent, used in its children."""

    def __init__(self) -> None:
        self.detector = detector(None)
        self.locator = make_locator(shared(), pipeline.areas_of(_NoLayers(), None), home=("IQ",))  # type: ignore[arg-type]
        self.marks = mmap.mmap(-1, 4 * (len(STAGES) + 1))

    def warm(self, file: Path) -> None:
        """Load what a reading compiles or loads at its first post. Nothing here may touch the lake or the desk.

        Delta's threads do not live on in a child, so only children may use it.
        """
        source = catalogue.find("jsonl")
        reading = next(iter(source.read(file, mapping=FieldMapping(), rows=100)))
        text = words.read(reading.posts["text"])
        self.detector.detect(reading.posts, text)
        locate(reading.posts, self.locator, text)
        post_rows(reading.posts, form="jsonl", key=(1, 2))
        weeks_of(reading.posts)

    def read(self, folder: Path, file: Path) -> int:
        """Read a file into a workspace; returns the number of rows that were known."""
        with opened(folder, dice=dice, writing=True) as workspace:
            return self.read_into(workspace, file)

    def read_into(self, workspace: Workspace, file: Path) -> int:
        """Read a file into an open workspace, then its first rows as a stream that begins anew each time."""
        self.mark("rolled back")
        source = catalogue.find("jsonl")
        known = pipeline.read(
            workspace,
            source.read(file, mapping=FieldMapping(), rows=ROWS),
            file=file.name,
            form="jsonl",
            detector=self.detector,
            locator=self.locator,
            new_batch=lambda: os.urandom(8).hex(),
            clock=lambda: NOW,
            progress=lambda _position: None,
        )
        intake = Intake(
            workspace,
            detector=self.detector,
            locator=self.locator,
            new_batch=lambda: os.urandom(8).hex(),
            clock=lambda: NOW,
        )
        workspace.streams.begin("live", source="live", consent=Consent.PUBLIC, terms="ours", now=NOW)
        readings = source.read(file, mapping=FieldMapping(), rows=LIVE_ROWS)
        for number, reading in enumerate(islice(readings, LIVE), 1):
            moved = Moved(stream="live", cursor=str(number), rows=number * LIVE_ROWS)
            intake.take(reading, file="live", form="live", consent=Consent.PUBLIC, moved=moved)
        return known

    def compact(self, folder: Path) -> None:
        """Compact a workspace as the command does, and let go of all that was replaced."""
        with opened(folder, dice=dice, writing=True) as workspace:
            self.mark("rolled back")
            compact_workspace(
                workspace,
                keep=timedelta(0),
                now=datetime.now(UTC),  # noqa: TID251 - Delta reads it too
                shown=lambda _what: nullcontext(lambda _done, _of: None),
                rows=FULL,
            )

    def mark(self, stage: str) -> None:
        """Note for the parent what was done last, and how often."""
        at = STAGES.index(stage)
        (count,) = struct.unpack_from("I", self.marks, 4 * at)
        struct.pack_into("I", self.marks, 4 * at, count + 1)
        struct.pack_into("I", self.marks, 4 * len(STAGES), at)

    def count(self, stage: str) -> int:
        """Return how often a child reached a stage."""
        return int(struct.unpack_from("I", self.marks, 4 * STAGES.index(stage))[0])

    def last(self) -> str:
        """Return what a child did last."""
        return STAGES[struct.unpack_from("I", self.marks, 4 * len(STAGES))[0]]

    def child(self, work: Callable[[], Any]) -> int:
        """Begin some work in a child and return its process; the child ends with 0, or 1 after a traceback."""
        self.marks[:] = bytes(len(self.marks))
        process = os.fork()
        if process:
            return process
        status = 1
        try:
            _watch(self)
            work()
            status = 0
        except BaseException:  # noqa: BLE001 - a child must never go on as its parent
            sys.excepthook(*sys.exc_info())
            sys.stderr.flush()
        os._exit(status)

    def run(self, work: Callable[[], Any]) -> None:
        """Run some work in a child to its end."""
        _, status = os.waitpid(self.child(work), 0)
        assert status == 0

    def kill(self, work: Callable[[], Any], *, stage: str, times: int, later: float) -> str | None:
        """Kill some work when it has reached a stage so often, and some seconds later.

        Returns:
            What it did last; None: it had ended before.
        """
        process = self.child(work)
        while self.count(stage) < times:
            if os.waitpid(process, os.WNOHANG)[0]:
                return None
            time.sleep(0.0002)
        time.sleep(later)
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        return self.last() if os.WIFSIGNALED(status) else None


class _NoLayers:
    """Stand for a workspace without layers where its areas are asked for."""

    class layers:  # noqa: N801 - an attribute of a workspace
        @staticmethod
        def all(_kind: object) -> list[object]:
            return []


def _watch(line: Line) -> None:
    """Mark what the store does, in this process alone."""

    def after(owner: type, method: str, stage: Callable[..., str]) -> None:
        whole = getattr(owner, method)

        def watched(self: Any, *args: Any, **named: Any) -> Any:
            answer = whole(self, *args, **named)
            line.mark(stage(*args))
            return answer

        setattr(owner, method, watched)

    line.mark("opening")
    swept = lake_file.sweep

    def sweep(table: Path, **named: Any) -> Any:
        answer = swept(table, **named)
        line.mark("swept")
        return answer

    lake_file.sweep = sweep
    whole = History.cut

    def cut(self: History, after: int, **named: Any) -> None:
        if self.newest > after:
            line.mark("cutting")
        whole(self, after, **named)

    History.cut = cut  # type: ignore[method-assign]
    after(Lake, "append", lambda name, *_: f"{name} appended")
    after(Lake, "keep", lambda: "kept")
    after(Lake, "replace", lambda *_: "replaced")
    after(Lake, "promise", lambda: "promised")
    after(Lake, "settled", lambda: "settled")
    after(Vault, "join", lambda *_: "joined")
    after(Lake, "checkpoint", lambda *_: "checkpoint")
    after(Desk, "commit_batch", lambda *_: "committed")


def new(folder: Path) -> Path:
    """Make a workspace."""
    make(folder, template())
    return folder


def content(folder: Path) -> dict[str, Any]:
    """Return what a workspace holds and what two readings of one stream have in common: rows without their batch.

    Every row must be of a batch that is committed.
    """
    with opened(folder, dice=dice, writing=True) as workspace:
        committed = set(workspace.desk.batches())
        found: dict[str, Any] = {
            "totals": workspace.desk.totals(),
            "rejects": sorted(workspace.desk.rejects()),
            "texts": sorted(
                (one.post, one.content.text)
                for day in workspace.vault.days()
                for one in workspace.vault.of_day(day)
            ),
            "streams": [(one.name, one.cursor, one.posts) for one in workspace.streams.all()],
        }
        for name in BATCHED:
            rows = workspace.lake.read(name)
            assert set(rows["batch"].unique().to_pylist()) <= committed
            rows = rows.drop_columns(["batch"])
            found[name] = rows.sort_by([(column, "ascending") for column in rows.column_names]).to_pydict()
            assert History(workspace.lake.root / name).newest >= 0
        return found
