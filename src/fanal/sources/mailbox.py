"""The mailbox: what was delivered to an inbox waits here, signed and within bounds, until it is committed."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from fanal.model.error import RetryableError, UserError
from fanal.sources import signed_cavage, signed_shared
from fanal.sources.activities import cut_activities
from fanal.sources.live import MAX_ROWS, Inflow
from fanal.sources.signed import Delivery, Key, Signed, UnsignedError

MAX_HELD_ROWS = 4 * MAX_ROWS
MAX_HELD_BYTES = 16 << 20
"""So much waits for its commit at most; more is sent away for a while."""

MAX_OF_ONE = 32
"""Deliveries of one key that wait at once, so that one sender leaves room for the others."""

MAX_MARKS = 200_000
"""Signatures that are remembered at once; more are sent away, since a forgotten one could come again."""

COMMIT_SECONDS = 30.0
"""A sender waits no longer for the commit."""

WORD_SECONDS = 15.0
"""With nothing delivered, so often it is said that the inbox is there."""


class BusyError(RetryableError):
    """Say that a delivery must be sent again, and after how many seconds.

    >>> BusyError("Too much waits.", after=5).after
    5
    """

    def __init__(self, sentence: str, *, after: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.after = after


class CrowdedError(BusyError):
    """Say that this sender has too much waiting."""


class ReplayedError(UserError):
    """Say that the same signed delivery was taken before."""


class TooManyError(UserError):
    """Say that a body holds more than can be taken at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Say under which signatures deliveries are taken."""

    url: str  # public address of the inbox
    keys: Mapping[str, Key]  # of senders, by id
    secret: bytes | None  # of Standard Webhooks; None: there is none
    window: timedelta  # how old a signature may be
    rfc9421: Callable[..., Signed] | None = None  # verifies HTTP Message Signatures; None: nobody signs so

    def verify(self, delivery: Delivery, *, now: datetime) -> Signed:
        """Return who signed a delivery. The scheme is chosen by its headers, once: there is no second try.

        Raises:
            UnsignedError: nobody who may, or not well enough.
        """
        where = {"url": self.url, "keys": self.keys}
        if delivery.every("signature-input"):
            if self.rfc9421 is None:
                raise UnsignedError("Nobody who may signs like this.")
            return self.rfc9421(delivery, now=now, window=self.window, **where)
        if delivery.every("signature"):
            return signed_cavage.verify(delivery, now=now, window=self.window, **where)  # type: ignore[arg-type]
        if self.secret is not None and delivery.every("webhook-signature"):
            return signed_shared.verify(delivery, key=self.secret, now=now, window=self.window)
        raise UnsignedError("The delivery is not signed.")


class _Letter:
    """Hold the rows of a delivery, and what is told when they are committed."""

    __slots__ = ("committed", "rows", "size")

    def __init__(self, rows: list[bytes], size: int) -> None:
        self.rows, self.size = rows, size
        self.committed = asyncio.get_running_loop().create_future()


class Mailbox:
    """Take deliveries on one side and give them as arrivals on the other; all in one event loop."""

    def __init__(self, checks: Checks, *, clock: Callable[[], datetime]) -> None:
        """Make an empty mailbox.

        Args:
            checks: signatures under which deliveries are taken.
            clock: UTC.
        """
        self._checks = checks
        self._clock = clock
        self._letters: deque[_Letter] = deque()
        self._held_rows = self._held_bytes = self._listeners = 0
        self._of_one: Counter[str] = Counter()
        self._marks: dict[
            bytes, datetime
        ] = {}  # of what was taken, and until when it is remembered, oldest first
        self._open: set[bytes] = set()  # marks of what waits for its commit
        self._arrived = asyncio.Event()

    async def take_in(self, delivery: Delivery) -> int:
        """Return once the rows of a delivery are committed, with their number.

        A signature is remembered once its rows are committed: a delivery that was sent away may come again as it was.

        Raises:
            UnsignedError: it is not signed as it must be.
            ReplayedError: it was taken before.
            TooManyError: it holds too many rows.
            BusyError: it must be sent again later; CrowdedError: because of this sender.
        """
        now = self._clock()
        signed = self._checks.verify(delivery, now=now)
        self._forget(now)
        if signed.mark in self._marks:
            raise ReplayedError("This signed delivery was taken before.")
        if signed.mark in self._open or len(self._marks) + len(self._open) >= MAX_MARKS:
            raise BusyError("The delivery waits already, or too many came.", after=5)
        if self._of_one[signed.key_id] >= MAX_OF_ONE:
            raise CrowdedError("Too many deliveries of this sender wait.", after=5)
        rows = list(islice(cut_activities(delivery.body), MAX_ROWS + 1))
        if len(rows) > MAX_ROWS:
            raise TooManyError(f"A delivery holds at most {MAX_ROWS:,} activities.")
        self._open.add(signed.mark)
        self._of_one[signed.key_id] += 1
        try:
            await self._put(rows, len(delivery.body))
        finally:
            self._open.discard(signed.mark)
            self._of_one[signed.key_id] -= 1
        self._marks[signed.mark] = max(now, signed.at) + 2 * self._checks.window
        return len(rows)

    async def arrivals(self) -> AsyncIterator[Inflow]:
        """Yield what was delivered, and now and then a word that the inbox is there."""
        self._listeners += 1
        try:
            yield Inflow()
            while True:
                if not self._letters:
                    self._arrived.clear()
                    try:
                        async with asyncio.timeout(WORD_SECONDS):
                            await self._arrived.wait()
                    except TimeoutError:
                        yield Inflow()
                        continue
                yield self._next()
        finally:
            self._listeners -= 1

    async def _put(self, rows: list[bytes], size: int) -> None:
        """Let rows wait until they are committed."""
        full = self._held_rows + len(rows) > MAX_HELD_ROWS or self._held_bytes + size > MAX_HELD_BYTES
        if full or not self._listeners:
            raise BusyError("Too much waits for its commit.", after=10)
        letter = _Letter(rows, size)
        self._letters.append(letter)
        self._held_rows += len(rows)
        self._held_bytes += size
        self._arrived.set()
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await asyncio.shield(letter.committed)
        except TimeoutError:
            raise BusyError("The commit takes too long.", after=30) from None
        finally:
            if letter in self._letters:  # nobody waits for it, and nobody took it
                self._letters.remove(letter)
                self._release(letter)

    def _next(self) -> Inflow:
        """Return the letters that came first, as many as go together."""
        taken: list[_Letter] = []
        rows: list[bytes] = []
        while self._letters and (not taken or len(rows) + len(self._letters[0].rows) <= MAX_ROWS):
            letter = self._letters.popleft()
            taken.append(letter)
            rows += letter.rows

        async def done() -> None:
            for letter in taken:
                if not letter.committed.done():
                    self._release(letter)
                    letter.committed.set_result(None)

        return Inflow(rows=rows, done=done)

    def _release(self, letter: _Letter) -> None:
        """Make room again."""
        self._held_rows -= len(letter.rows)
        self._held_bytes -= letter.size

    def _forget(self, now: datetime) -> None:
        """Forget signatures that are too old to be taken by now."""
        while self._marks:
            mark, until = next(iter(self._marks.items()))
            if until >= now:
                return
            del self._marks[mark]
