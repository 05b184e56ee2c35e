"""Reconnect: keep listening to a stream through lost connections, with longer and longer waits, from its cursor on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from fanal.model.error import UserError
from fanal.model.stream import StreamState
from fanal.sources.live import Inflow, LiveSource, LostError, Tools

FIRST_WAIT = 1.0
"""Seconds: the first wait lies between 0 and this."""

LONGEST_WAIT = 300.0
"""Seconds: no wait that the server did not ask for is longer."""

STEADY = 60.0
"""Seconds: a connection that brought no row counts as found only once it stood for so long; until then waits grow."""

LONGEST_ASKED = 6 * 3600.0
"""Seconds: a server that asks to wait longer is asked again then."""

Told = Callable[[StreamState, str], None]
"""Told of a stream's new state, with a sentence of what is wrong."""


def wait(tries: int, *, dice: Callable[[], float], asked: float | None = None) -> float:
    """Return the seconds until the next try: full jitter over a limit that doubles.

    Brooker (2015), "Exponential Backoff And Jitter". A server's own Retry-After is kept, with up to a tenth more, so
    that not all who were sent away come back at once.

    Args:
        tries: failed in a row, from 1.
        dice: uniform over [0, 1).
        asked: seconds, by the server.

    >>> wait(3, dice=lambda: 0.5), wait(50, dice=lambda: 0.5), wait(1, dice=lambda: 0.0, asked=30)
    (2.0, 150.0, 30.0)
    """
    if asked is not None:
        return min(max(asked, 0.0), LONGEST_ASKED) * (1 + 0.1 * dice())
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries - 1, 30)) * dice()


async def arrivals(
    source: LiveSource, options: Any, *, cursor: str | None, tools: Tools, told: Told
) -> AsyncIterator[Inflow]:
    """Yield what arrives on a stream, whatever happens to the connection, until cancelled or refused for good.

    After a loss the source listens again from the cursor of the last rows that were handed over. A connection that is
    silent for `idle_seconds` counts as lost.

    Raises:
        UserError: the source was refused for good; it was told as dead before.
    """
    tries = 0
    while True:
        told(StreamState.CONNECTING, "")
        began = tools.clock()
        listening = source.listen(options, cursor=cursor, tools=tools)
        try:
            while True:
                try:
                    async with asyncio.timeout(source.idle_seconds):
                        one = await anext(listening)
                except TimeoutError:
                    raise LostError(f"Nothing came for {source.idle_seconds:g} seconds.") from None
                if one.rows or (tools.clock() - began).total_seconds() >= STEADY:
                    tries = 0
                cursor = one.cursor if one.cursor is not None else cursor
                told(StreamState.LIVE, "")
                yield one
        except StopAsyncIteration:
            return
        except LostError as error:
            tries += 1
            seconds = wait(tries, dice=tools.dice, asked=error.after)
            told(StreamState.WAITING, error.sentence)
        except UserError as error:
            told(StreamState.DEAD, error.sentence)
            raise
        finally:
            close = getattr(listening, "aclose", None)
            if close is not None:
                await close()
        await tools.sleep(seconds)
