"""A channel is bounded by rows and by bytes, and what was lost again and again is not taken for live."""

import asyncio
from datetime import UTC, datetime, timedelta

from fanal.model.stream import StreamState
from fanal.sources.live import Inflow
from fanal.workers.channel import MOST_BYTES, Channel
from fanal.workers.health import FLAPPING, Health


def test_large_rows_fill_a_channel_before_many_do() -> None:
    async def run() -> None:
        channel = Channel(most=1_000)
        large = bytes(MOST_BYTES // 2)
        await channel.put(Inflow(rows=[large]), at=0.0)
        assert not channel.full
        await channel.put(Inflow(rows=[large]), at=0.0)
        assert channel.full
        waiting = asyncio.ensure_future(channel.put(Inflow(rows=[b"more"]), at=0.0))
        await asyncio.sleep(0)
        assert not waiting.done()
        assert len(channel.take(1_000).rows) == 2
        await waiting
        assert channel.take(1_000).rows == [b"more"]
        assert not channel.full

    asyncio.run(run())


def test_a_server_that_answers_and_is_lost_again_and_again_is_dead() -> None:
    at = [datetime(2026, 3, 1, tzinfo=UTC)]
    health = Health(name="a", source="feed", clock=lambda: at[0])
    for _ in range(FLAPPING + 10):
        health.told(StreamState.LIVE, "")
        health.told(StreamState.WAITING, "Lost.")
        at[0] += timedelta(minutes=5)
    health.told(StreamState.LIVE, "")
    assert health.judge(dead_after=1800.0)
    assert health.state is StreamState.DEAD
    health.arrived(1, at=0.0)
    health.told(StreamState.LIVE, "")
    assert not health.judge(dead_after=1800.0)


def test_the_rate_is_that_of_the_last_minute() -> None:
    health = Health(name="a", source="feed", clock=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    for second in range(200):
        health.arrived(6, at=float(second))
    assert health.rate(199.0) == 6 * 61 / 60
    assert health.rate(10_000.0) == 0.0
