"""Live sources: what listens to a stream and hands over rows with a cursor, and what each of them promises."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from fanal.model.consent import Consent
from fanal.model.error import RetryableError
from fanal.model.post import Reading

MAX_ROW_BYTES = 1 << 20
"""A longer row of a stream is cut to nothing and rejected: no network of short messages sends one."""

MAX_ROWS = 4096
"""Rows that a source hands over at once, at most."""

USER_AGENT = "fanal (reads public streams; see the operator's address in its settings)"


class LostError(RetryableError):
    """Say that the connection is lost, or that the server asks to wait; the stream goes on from its cursor.

    >>> LostError("The server asks to wait.", after=30.0).after
    30.0
    """

    def __init__(self, sentence: str, *, after: float | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.after = after  # seconds, as the server asks (Retry-After); None: it does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflow:
    """Hold what came in at once; without rows it says that the server is there."""

    rows: Sequence[bytes] = ()  # as the server sent them, one event each
    cursor: str | None = None  # where to go on behind these rows, in the source's own words; None: as before
    done: Callable[[], Awaitable[None]] | None = None
    """Called once the rows are committed, where the server wants to be told; it is told at least once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Hold what a source may use of the world outside."""

    clock: Callable[[], datetime]  # UTC
    sleep: Callable[[float], Awaitable[None]]  # seconds
    dice: Callable[[], float]  # uniform over [0, 1)
    secrets: Mapping[str, str] = field(default_factory=dict)  # by the names that the source lists
    contact: str = ""  # address of whoever runs this, told to servers that ask for it
    inbox: Any = (
        None  # of a stream that is pushed to: its `fanal.sources.mailbox.Mailbox`; None: nothing is pushed
    )


class Listen(Protocol):
    """Listen to a stream from a cursor on, until cancelled."""

    def __call__(self, options: Any, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
        """Yield what arrives, and at least every `idle_seconds` something, if only an empty Inflow.

        A finite source (a file list that was read to its end) may return.

        Raises:
            LostError: the connection is lost, or a try later is worth it.
            UserError: it is refused for good (a wrong address or secret).
        """


class OpenInbox(Protocol):
    """Open the inbox of a stream to which its senders push."""

    def __call__(
        self, options: Any, *, secrets: Mapping[str, str], clock: Callable[[], datetime], folder: Path
    ) -> Any:
        """Return a `fanal.sources.mailbox.Mailbox`; paths in the options begin in the folder.

        Raises:
            UserError: nothing could be taken with these options and secrets.
        """


class ReadBy(Protocol):
    """Read rows of a stream whose options say what its rows mean."""

    def __call__(self, options: Any, rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
        """Return what became of each row, as `ReadRows` does."""


class ReadRows(Protocol):
    """Read rows of a stream into posts, skipped and rejected ones."""

    def __call__(self, rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
        """Return what became of each row; `line` counts from `first`, `position` is that of the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSource:
    """Describe a kind of stream."""

    name: str  # as `source` in the settings takes it
    what_for: str  # one line
    reference: str  # where its protocol is published
    terms: str  # whose terms apply, and what they ask
    consents: frozenset[Consent]  # grounds on which it can be followed
    options: type  # a frozen dataclass of `option`s
    secrets: tuple[str, ...] = ()  # names of what is read from a file or the environment, never from settings
    listen: Listen
    read: ReadRows
    read_by: ReadBy | None = None  # None: what a row means does not hang on the options
    inbox: OpenInbox | None = None  # None: nothing is pushed to it
    idle_seconds: float = 120.0  # without a word for so long, the connection is taken for lost

    def reader(self, options: Any) -> ReadRows:
        """Return how the rows of a stream with these options are read."""
        return self.read if self.read_by is None else partial(self.read_by, options)
