"""The channel: rows of one stream that arrived and wait for their commit, never more than a bounded number."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fanal.sources.live import Inflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Hold rows of one stream that are committed together."""

    rows: list[bytes]
    cursor: str | None  # behind the last of them
    arrived: list[tuple[float, int]]  # moment on the loop's clock, and how many rows came then
    done: list[Callable[[], Awaitable[None]]]  # to be told once they are committed


MOST_BYTES = 64 << 20
"""Of the rows of one stream that wait, whatever their number."""


class Channel:
    """Keep what arrived in its order; who puts waits while it is full, and so the connection is not read on.

    >>> async def example() -> tuple[list[bytes], str | None]:
    ...     channel = Channel(most=2)
    ...     await channel.put(Inflow(rows=[b"1", b"2"], cursor="2"), at=0.0)
    ...     found = channel.take(10)
    ...     return found.rows, found.cursor
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> ThreadPoolExecutor().submit(asyncio.run, example()).result()
    ([b'1', b'2'], '2')
    """

    def __init__(self, *, most: int) -> None:
        """Make an empty channel that takes nothing more once it holds `most` rows."""
        self._most = most
        self._waiting: deque[tuple[Inflow, float]] = deque()
        self._space = asyncio.Event()
        self._space.set()
        self.rows = 0
        self._bytes = 0

    @property
    def oldest(self) -> float | None:
        """Return when the oldest row arrived, on the loop's clock; None: no row waits."""
        return next((at for one, at in self._waiting if one.rows), None)

    @property
    def full(self) -> bool:
        """Say whether the stream waits for commits."""
        return self.rows >= self._most or self._bytes >= MOST_BYTES

    @property
    def moved(self) -> bool:
        """Say whether anything waits, if only a cursor."""
        return bool(self._waiting)

    async def put(self, arrivals: Inflow, *, at: float) -> None:
        """Add what arrived, once there is space; a word that holds nothing is no matter for a commit."""
        if not arrivals.rows and arrivals.cursor is None and arrivals.done is None:
            return
        await self._space.wait()
        self._waiting.append((arrivals, at))
        self.rows += len(arrivals.rows)
        self._bytes += sum(map(len, arrivals.rows))
        if self.full:
            self._space.clear()

    def take(self, most: int) -> Gathered:
        """Remove and return the oldest arrivals: at most so many rows and MOST_BYTES, or one arrival that has more."""
        rows: list[bytes] = []
        cursor: str | None = None
        arrived: list[tuple[float, int]] = []
        done: list[Callable[[], Awaitable[None]]] = []
        size = 0
        while self._waiting and (
            not rows or (len(rows) + len(self._waiting[0][0].rows) <= most and size < MOST_BYTES)
        ):
            one, at = self._waiting.popleft()
            rows += one.rows
            size += sum(map(len, one.rows))
            cursor = one.cursor if one.cursor is not None else cursor
            if one.rows:
                arrived.append((at, len(one.rows)))
            if one.done is not None:
                done.append(one.done)
        self.rows -= len(rows)
        self._bytes -= size
        if not self.full:
            self._space.set()
        return Gathered(rows=rows, cursor=cursor, arrived=arrived, done=done)
