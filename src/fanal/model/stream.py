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
    lost: int  # connections, since the stream was first followed
