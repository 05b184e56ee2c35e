"""Health: how each stream is, from what its connection tells and what arrives; what is dead says so until it lives."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fanal.model.stream import StreamState
from fanal.workers.latency import Latency

FLAPPING = 5
"""A server that was lost more often than this since its last row is not heard by answering alone."""

RATE_SECONDS = 60.0
"""The rate is that of the last minute."""


@dataclass(slots=True, kw_only=True)
class Health:
    """Follow how one stream is."""

    name: str
    source: str
    clock: Callable[[], datetime]
    state: StreamState = StreamState.CONNECTING
    detail: str = ""
    since: datetime = field(init=False)
    heard: datetime = field(init=False)  # when its server last said anything
    arrived_at: datetime | None = None
    posted_at: datetime | None = None  # of the newest post that is not of the future
    lost: int = 0
    rows: int = 0  # read by this run
    posts: int = 0
    signals: int = 0
    rejected: int = 0
    waiting: int = 0  # rows that arrived and are not committed
    latency: Latency = field(default_factory=Latency)
    _losses: int = 0  # connections that were lost since a row arrived
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.since = self.heard = self.clock()

    def told(self, state: StreamState, detail: str) -> bool:
        """Take what the connection tells; return whether the state changed.

        A stream that was found dead stays so until its server speaks again.
        """
        if state is StreamState.LIVE and self._losses <= FLAPPING:
            self.heard = self.clock()
        if state is StreamState.WAITING:
            self.lost += 1
            self._losses += 1
        if self.state is StreamState.DEAD and state in (StreamState.CONNECTING, StreamState.WAITING):
            self.detail = detail or self.detail
            return False
        changed = state is not self.state
        if changed:
            self.since = self.clock()
        self.state, self.detail = state, detail
        return changed

    def judge(self, *, dead_after: float) -> bool:
        """Find a stream dead whose server has said nothing for so many seconds; return whether it is newly so."""
        if self.state in (StreamState.DEAD, StreamState.STOPPED):
            return False
        if (self.clock() - self.heard).total_seconds() < dead_after:
            return False
        why = self.detail or "Its server says nothing."
        return self.told(StreamState.DEAD, why)

    def arrived(self, rows: int, *, at: float) -> None:
        """Count rows that arrived at a moment of a steady clock, in seconds."""
        if rows:
            self._losses = 0
            self.arrived_at = self.heard = self.clock()
            self.rows += rows
            self._recent.append((at, rows))
            while self._recent[0][0] < at - RATE_SECONDS:  # in the loop's thread alone
                self._recent.popleft()

    def rate(self, now: float) -> float:
        """Return rows a second over the last minute."""
        recent = tuple(self._recent)  # one step, as metrics ask from threads of their own
        return sum(rows for at, rows in recent if at >= now - RATE_SECONDS) / RATE_SECONDS

    def lag(self) -> float | None:
        """Return the seconds from the newest post's own time until now; None: there was none."""
        return None if self.posted_at is None else (self.clock() - self.posted_at).total_seconds()

    def facts(self, now: float) -> dict[str, Any]:
        """Return what the desk keeps of it."""
        return {
            "name": self.name,
            "state": self.state,
            "detail": self.detail,
            "since": self.since,
            "arrived_at": self.arrived_at,
            "posted_at": self.posted_at,
            "rate": self.rate(now),
            "lost": self.lost,
            "noted_at": self.clock(),
        }
