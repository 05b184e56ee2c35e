"""Follow: streams are listened to together; their rows are committed in small batches, each with its cursor."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from fanal.intake import Taken
from fanal.model.consent import Consent
from fanal.model.error import UserError
from fanal.model.stream import StreamState
from fanal.sources.live import LiveSource, Tools
from fanal.sources.reconnect import arrivals
from fanal.workers.channel import Channel, Gathered
from fanal.workers.health import Health

HELD_BATCHES = 2
"""So many batches of a stream wait in memory at most; then its connection is not read on."""

IDLE_MOVE_SECONDS = 30.0
"""A cursor that moves without rows is noted so often at most."""

NOTED_SECONDS = 5.0
"""The health of the streams is noted in the desk so often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Say what is followed, and from where on."""

    name: str
    source: LiveSource
    options: Any
    consent: Consent
    timezone: str | None
    tools: Tools
    cursor: str | None
    rows: int  # read by earlier runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Say how often rows are committed, and when a stream is dead."""

    commit_seconds: float
    commit_rows: int
    dead_after: float  # seconds


class Taker(Protocol):
    """Commit rows; called from one thread, a call at a time."""

    def commit(self, stream: Followed, gathered: Gathered, *, first: int, cursor: str | None) -> Taken:
        """Commit rows, of which the first is the stream's row number `first`, and the cursor behind them."""

    def note(self, healths: Sequence[dict[str, Any]]) -> None:
        """Keep how the streams are."""

    def rest(self) -> None:
        """Do what is due between two commits: let another command in, write small files into few."""


InTurn = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a piece of work between two commits, in their thread, and gives its answer."""

Beside = Callable[[InTurn], Coroutine[Any, Any, None]]
"""Runs beside the streams, as long as they do."""


class Follow:
    """Run streams until they are stopped."""

    def __init__(
        self,
        streams: Sequence[Followed],
        *,
        taker: Taker,
        pace: Pace,
        clock: Callable[[], datetime],
        told: Callable[[Health], None],
        beside: Beside | None = None,
    ) -> None:
        """Make ready.

        Args:
            streams: what is followed.
            taker: commits.
            pace: how often.
            clock: UTC.
            told: told of each change of a stream's state.
            beside: what else runs meanwhile.
        """
        self._beside = beside
        self._streams = streams
        self._taker = taker
        self._pace = pace
        self._told = told
        self._rows = {one.name: one.rows for one in streams}
        self._cursors = {one.name: one.cursor for one in streams}
        self._moved_at: dict[str, float] = {}
        self.healths = {
            one.name: Health(name=one.name, source=one.source.name, clock=clock) for one in streams
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop` is set, or until every stream has ended or was refused; what arrived is committed.

        Raises:
            UserError: a commit is impossible (a full disk). What is a bug keeps its traceback.
        """
        self._work, self._ending = asyncio.Event(), False
        self._channels = {
            one.name: Channel(most=HELD_BATCHES * self._pace.commit_rows) for one in self._streams
        }
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="fanal-commit") as pool:
            listeners = [loop.create_task(self._listen(one)) for one in self._streams]
            listening = loop.create_task(asyncio.wait(listeners, return_when=asyncio.FIRST_EXCEPTION))
            committing = loop.create_task(self._commit_all(loop, pool))
            stopping = loop.create_task(stop.wait())
            first = {listening, committing, stopping}
            others = (
                [loop.create_task(self._beside(partial(loop.run_in_executor, pool)))] if self._beside else []
            )
            await asyncio.wait({*first, *others}, return_when=asyncio.FIRST_COMPLETED)
            # A commit that has begun is waited for: a cancelled one would be counted neither as done nor as open.
            self._ending = True
            self._work.set()
            for task in (*listeners, *others, stopping):
                task.cancel()
            ended = await asyncio.gather(*listeners, *others, return_exceptions=True)
            await committing
            await self._commit_rest(loop, pool)
            for health in self.healths.values():
                if health.state is not StreamState.DEAD:
                    health.told(StreamState.STOPPED, health.detail)
            await loop.run_in_executor(pool, self._taker.note, self._facts(loop.time()))
        for error in ended:
            if isinstance(error, Exception):  # a bug of a source; the cancelled are no Exception
                raise error

    async def _listen(self, stream: Followed) -> None:
        """Put what arrives on a stream into its channel; a stream that is refused for good ends alone."""
        loop = asyncio.get_running_loop()
        health, channel = self.healths[stream.name], self._channels[stream.name]

        def told(state: StreamState, detail: str) -> None:
            if health.told(state, detail):
                self._told(health)

        coming = arrivals(stream.source, stream.options, cursor=stream.cursor, tools=stream.tools, told=told)
        try:
            async for one in coming:
                at = loop.time()
                health.arrived(len(one.rows), at=at)
                await channel.put(one, at=at)
                health.waiting = channel.rows
                self._work.set()
        except UserError:
            return  # the others go on; it was told as dead
        finally:
            await coming.aclose()  # type: ignore[attr-defined] # an async generator
        told(StreamState.STOPPED, "It has ended.")

    async def _commit_all(self, loop: asyncio.AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
        """Commit what is due, stream by stream, until the end."""
        noted = loop.time()
        while not self._ending:
            due = [one for one in self._streams if self._wait(one, loop.time()) <= 0]
            for stream in due:
                await self._commit(stream, loop, pool)
            if loop.time() - noted >= NOTED_SECONDS:
                noted = loop.time()
                for name, health in self.healths.items():
                    if not self._channels[name].full and health.judge(dead_after=self._pace.dead_after):
                        self._told(health)
                await loop.run_in_executor(pool, self._taker.note, self._facts(noted))
            await loop.run_in_executor(pool, self._taker.rest)
            if not self._ending:
                self._work.clear()
            waits = [self._wait(one, loop.time()) for one in self._streams]
            wait = min([*waits, noted + NOTED_SECONDS - loop.time()])
            if wait > 0:
                await self._pause(min(wait, self._pace.commit_seconds))

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until something arrives where nothing waited."""
        try:
            async with asyncio.timeout(seconds):
                await self._work.wait()
        except TimeoutError:
            return

    def _wait(self, stream: Followed, now: float) -> float:
        """Return the seconds until the rows of a stream are due."""
        channel = self._channels[stream.name]
        if channel.full or channel.rows >= self._pace.commit_rows:
            return 0.0
        if (oldest := channel.oldest) is not None:
            return oldest + self._pace.commit_seconds - now
        if channel.moved:
            return self._moved_at.get(stream.name, 0.0) + IDLE_MOVE_SECONDS - now
        return NOTED_SECONDS

    async def _commit(
        self, stream: Followed, loop: asyncio.AbstractEventLoop, pool: ThreadPoolExecutor
    ) -> None:
        """Commit the oldest rows of a stream, then tell its source."""
        health, channel = self.healths[stream.name], self._channels[stream.name]
        gathered = channel.take(self._pace.commit_rows)
        cursor = gathered.cursor if gathered.cursor is not None else self._cursors[stream.name]
        first = self._rows[stream.name] + 1
        taken = await loop.run_in_executor(
            pool, lambda: self._taker.commit(stream, gathered, first=first, cursor=cursor)
        )
        now = loop.time()
        self._rows[stream.name] += len(gathered.rows)
        self._cursors[stream.name] = cursor
        self._moved_at[stream.name] = now
        for at, rows in gathered.arrived:
            health.latency.add(now - at, rows=rows)
        health.posts += taken.posts
        health.signals += taken.signals
        health.rejected += taken.rejected
        health.posted_at = taken.newest or health.posted_at
        health.waiting = channel.rows
        for done in gathered.done:
            await done()

    async def _commit_rest(self, loop: asyncio.AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
        """Commit what had arrived when the streams were stopped."""
        for stream in self._streams:
            while self._channels[stream.name].moved:
                await self._commit(stream, loop, pool)

    def _facts(self, now: float) -> list[dict[str, Any]]:
        """Return how the streams are, for the desk."""
        return [one.facts(now) for one in self.healths.values()]
