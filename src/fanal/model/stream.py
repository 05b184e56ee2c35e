"""The stream: a live source under the name that its workspace gives it, how far it was read, and how it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fanal.model.consent import Consent


class StreamState(StrEnum):
    """Name how a stream is.

    >>> StreamState("live").value
    'live'
    """

    STOPPED = "stopped"  # nobody follows it now
    CONNECTING = "connecting"  # a try is under way
    LIVE = "live"  # the server answers, whether or not there is a post
    WAITING = "waiting"  # lost or told to wait; a try follows
    DEAD = "dead"  # refused for good, or silent or lost for longer than `follow.dead_after_minutes`


UNSEEN_SECONDS = 60.0
"""A follower says every few seconds how its streams are; after so long it is gone, or another command has its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Say how far a stream was read with a batch; kept in one transaction with it."""

    stream: str  # its name in the workspace
    cursor: str | None  # where to go on, in the source's own words; None: it has none
    rows: int  # read since the stream was first followed


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Hold a stream as the desk keeps it."""

    name: str  # in the settings
    source: str  # of the catalogue
    consent: Consent
    terms: str  # what its operator noted of the terms
    cursor: str | None
    rows: int  # read since the stream was first followed
    posts: int  # of these, committed as posts
    rejected: int
    state: StreamState
    detail: str  # one sentence, none of a post's text; empty: nothing is wrong
    since: datetime  # UTC, of the state
    arrived_at: datetime | None  # UTC, of the newest row; None: none yet
    posted_at: datetime | None  # UTC, as the newest post says
    committed_at: datetime | None  # UTC, of the newest commit
    rate: float  # rows a second over the last minute
    lost: int  # connections, in the last run
    noted_at: datetime  # UTC, when its follower last said how it is

    def unseen(self, now: datetime) -> float | None:
        """Return for how many seconds nobody has said how the stream is, where somebody should; None: it is known.

        A run that was killed leaves the state as it was.
        """
        seconds = (now - self.noted_at).total_seconds()
        gone = self.state not in (StreamState.STOPPED, StreamState.DEAD) and seconds > UNSEEN_SECONDS
        return seconds if gone else None

    def is_dead(self, now: datetime) -> bool:
        """Say whether the stream brings nothing and somebody should look: dead, or its follower is gone."""
        return self.state is StreamState.DEAD or self.unseen(now) is not None
