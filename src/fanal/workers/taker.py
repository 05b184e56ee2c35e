"""The taker: commits rows of streams into a workspace, lets other commands in between, and keeps its files few."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from fanal.intake import Intake, Taken, by_content
from fanal.model.stream import Moved
from fanal.store.choice import Choice
from fanal.store.compact import Known
from fanal.store.compaction import Bound, compact_workspace
from fanal.store.workspace import Workspace
from fanal.workers.channel import Gathered
from fanal.workers.follow import Followed

KEPT = timedelta(hours=1)
"""Files that were replaced stay so long for commands that are reading them."""

STEP = Bound(posts=8_192, rows=1 << 17, bytes=4 << 20)
"""What is compacted between two commits: so little that rows which arrive meanwhile wait no second longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Say which texts of streams are kept in the vault; rejected rows always are, as they cannot be read again."""

    signals: bool
    sample: int  # of 1,000 posts


class Taker:
    """Hold a workspace for writing while nobody else waits for it.

    All calls come from one thread at a time.
    """

    _workspace: Workspace
    _intake: Intake
    _day: date

    def __init__(
        self,
        open_workspace: Callable[[], AbstractContextManager[Workspace]],
        *,
        intake: Callable[[Workspace], Intake],
        keep: Keep,
        compact_batches: int,
        clock: Callable[[], datetime],
    ) -> None:
        """Make ready; `with` opens the workspace.

        Args:
            open_workspace: opens it for writing, as a writer that yields.
            intake: makes what posts are taken in with; called at each opening.
            keep: which texts are kept.
            compact_batches: after so many batches the lake is compacted; 0: never.
            clock: UTC.
        """
        self._open = open_workspace
        self._new_intake = intake
        self._keep = keep
        self._compact_batches = compact_batches
        self._clock = clock
        self._batches = 0  # since the last compaction
        self._compacting = False  # it goes on between the next commits
        self._known: Known = {}
        self._stale = False
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def workspace(self) -> Workspace:
        """Return the open workspace."""
        return self._workspace

    def commit(self, stream: Followed, gathered: Gathered, *, first: int, cursor: str | None) -> Taken:
        """Commit rows and the cursor behind them, all or nothing."""
        moved = Moved(stream=stream.name, cursor=cursor, rows=first + len(gathered.rows) - 1)
        if not gathered.rows:
            self._workspace.streams.move(moved)
            return Taken(posts=0, signals=0, rejected=0, repeated=0, newest=None)
        raw = gathered.rows
        reading = stream.source.reader(stream.options)(raw, first=first, timezone=stream.timezone)
        taken = self._intake.take(
            reading,
            file=stream.name,
            form=stream.source.name,
            choice=Choice(
                signals=self._keep.signals,
                sample=self._keep.sample,
                lines=lambda lines: {line: raw[line - first] for line in lines},
            ),
            consent=stream.consent,
            moved=moved,
            name=by_content(raw, first=first),
        )
        self._batches += 1
        return taken

    def renew(self) -> None:
        """Say that areas have changed: what posts are taken in with is made anew before the next commit."""
        self._stale = True

    def note(self, healths: Sequence[dict[str, Any]]) -> None:
        """Keep how the streams are."""
        for facts in healths:
            self._workspace.streams.note(**facts)

    def rest(self) -> None:
        """Let another command in that waits; open anew each day; write small files and rows into few."""
        if self._stale:
            self._stale = False
            del self._intake  # its memory goes before the next one's comes
            self._intake = self._new_intake(self._workspace)
        if (
            self._workspace.wanted() or self._clock().date() != self._day
        ):  # weeks that are over close at opening
            del self._intake  # as above
            self._stack.close()
            self._enter()
        elif self._compacting or (self._compact_batches and self._batches >= self._compact_batches):
            self._batches = 0
            self._compact()

    def _enter(self) -> None:
        """Open the workspace, once nobody else waits for it."""
        self._known.clear()  # another command may have compacted
        self._workspace = self._stack.enter_context(self._open())
        self._intake = self._new_intake(self._workspace)
        self._day = self._clock().date()

    def _compact(self) -> None:
        """Write some small files and rows into few; large files that an earlier Fanal left are for `fanal compact`."""
        known, self._known = self._known, {}  # where it fails, files of the same names may be others
        done = compact_workspace(
            self._workspace,
            keep=KEPT,
            now=self._clock(),
            shown=lambda _what: nullcontext(lambda _done, _of: None),
            bound=STEP,
            known=known,
        )
        self._known, self._compacting = known, done.more
