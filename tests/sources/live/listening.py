"""What the tests of live sources share: tools without a clock of their own, and a bound on how long anything takes."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, TypeVar

from fanal.model.stream import StreamState
from fanal.sources.live import Inflow, LiveSource, Tools
from fanal.sources.reconnect import arrivals

T = TypeVar("T")

NOW = datetime(2014, 8, 3, 6, tzinfo=UTC)
BOUND = 60.0
"""Seconds: what takes longer hangs."""


async def at_once(seconds: float) -> None:
    """Wait for nothing, but let others work."""
    assert seconds >= 0
    await asyncio.sleep(0)


def tools(**changed: Any) -> Tools:
    """Return tools whose clock stands still, whose waits are none and whose dice show 0."""
    made: dict[str, Any] = {
        "clock": lambda: NOW,
        "sleep": at_once,
        "dice": lambda: 0.0,
        "contact": "a@example.org",
    }
    return Tools(**{**made, **changed})


def run(scenario: Coroutine[Any, Any, T]) -> T:
    """Run a scenario, and fail where it takes too long."""

    async def bounded() -> T:
        async with asyncio.timeout(BOUND):
            return await scenario

    return asyncio.run(bounded())


async def take(
    source: LiveSource, options: Any, rows: int, *, cursor: str | None = None, **changed: Any
) -> list[Inflow]:
    """Return what a source hands over until so many rows have come."""
    got: list[Inflow] = []
    listening: Any = source.listen(options, cursor=cursor, tools=tools(**changed))
    async with aclosing(listening):
        async for one in listening:
            got.append(one)
            if sum(len(arrived.rows) for arrived in got) >= rows:
                break
    return got


async def follow(
    source: LiveSource,
    options: Any,
    *,
    cursor: str | None = None,
    told: list[tuple[StreamState, str]] | None = None,
    **changed: Any,
) -> AsyncIterator[Inflow]:
    """Yield what arrives, through lost connections."""
    said = [] if told is None else told
    following: Any = arrivals(
        source,
        options,
        cursor=cursor,
        tools=tools(**changed),
        told=lambda state, why: said.append((state, why)),
    )
    async with aclosing(following):
        async for one in following:
            yield one


def rows_of(got: list[Inflow]) -> list[bytes]:
    """Return the rows of some arrivals."""
    return [row for one in got for row in one.rows]
