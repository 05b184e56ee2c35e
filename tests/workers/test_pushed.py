"""Streams that are pushed or brokered, followed into a real workspace: 202 means that the post is there."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from tests.sources.live import test_nats
from tests.sources.live.signing import URL, Signer
from tests.workers import test_follow
from tests.workers.test_follow import NOW, PACE

from fanal.model.consent import Consent
from fanal.model.stream import StreamState
from fanal.sources.live import LiveSource, Tools
from fanal.sources.mailbox import Mailbox
from fanal.sources.nats import NATS
from fanal.sources.webhook import WEBHOOK, Webhook, mailbox_of
from fanal.web.inbox import listening
from fanal.workers.follow import Follow, Followed
from fanal.workers.taker import Taker

judges, folder, taker = test_follow.judges, test_follow.folder, test_follow.taker
server = test_nats.server
NOTE = {
    "type": "Note",
    "to": "as:Public",
    "published": "2014-10-14T05:00:00Z",
    "content": "We need water here.",
}


def followed(
    taker: Taker, name: str, kind: LiveSource, options: Any, inbox: Mailbox | None = None
) -> Followed:
    """Return a stream as `fanal follow` begins it."""
    begun = taker.workspace.streams.begin(
        name, source=kind.name, consent=Consent.PLATFORM, terms="ours", now=NOW
    )
    return Followed(
        name=name,
        source=kind,
        options=options,
        consent=Consent.PLATFORM,
        timezone=None,
        tools=Tools(clock=lambda: NOW, sleep=asyncio.sleep, dice=lambda: 0.0, inbox=inbox),
        cursor=begun.cursor,
        rows=begun.rows,
    )


def made(taker: Taker, stream: Followed) -> Follow:
    """Return what follows one stream."""
    return Follow([stream], taker=taker, pace=PACE, clock=lambda: NOW, told=lambda _health: None)


def test_a_delivery_is_answered_once_it_is_committed(tmp_path: Path, taker: Callable[..., Taker]) -> None:
    signer = Signer(tmp_path, "ed25519")
    options = Webhook(url=URL, keys=(signer.told,))

    async def work() -> None:
        open_taker = taker()
        box = mailbox_of(options, secrets={}, clock=lambda: NOW, folder=tmp_path)
        running = made(open_taker, followed(open_taker, "partner", WEBHOOK, options, box))
        stop = asyncio.Event()
        async with listening({"partner": box}, host="127.0.0.1", port=0) as port:
            following = asyncio.create_task(running.run(stop))
            async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
                while running.healths["partner"].state is not StreamState.LIVE:
                    await asyncio.sleep(0)
                for number in range(3):
                    body = orjson.dumps({**NOTE, "id": f"https://a.example/{number // 2}"})
                    headers = signer.rfc9421(body, NOW + timedelta(seconds=number))
                    headers["content-type"] = "application/activity+json"
                    where = f"http://127.0.0.1:{port}/inbox"
                    answer = await client.post(where, content=body, headers=headers)
                    while (
                        answer.status_code == 503
                    ):  # the first commit compiles; a sender sends again as it was
                        answer = await client.post(where, content=body, headers=headers)
                    assert answer.status_code == 202
                    assert running.healths["partner"].posts == (1, 1, 2)[number]  # the second is known
            stop.set()
            await following

    asyncio.run(asyncio.wait_for(work(), 120))


@pytest.mark.skipif(
    test_nats.PROGRAM is None, reason="No nats-server was found (install the package nats-server)."
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_is_followed_from_the_cursor_of_the_workspace(
    server: test_nats.Server, taker: Callable[..., Taker]
) -> None:
    async def until(taker: Taker, rows: int) -> int:
        """Follow until so many rows were read since the stream was begun; return how many posts this run committed."""
        running = made(taker, followed(taker, "own", NATS, server.options("followed")))
        stop = asyncio.Event()
        following = asyncio.create_task(running.run(stop))
        while running._rows["own"] < rows:
            await asyncio.sleep(0)
        stop.set()
        await following
        return running.healths["own"].posts

    async def work() -> None:
        open_taker = taker()
        posts = [
            orjson.dumps({**NOTE, "id": n, "time": NOTE["published"], "text": "Water."}) for n in range(60)
        ]
        await server.send("followed", *posts[:40])
        assert await until(open_taker, 40) == 40
        await server.send("followed", *posts[40:])
        assert await until(open_taker, 60) == 20

    asyncio.run(asyncio.wait_for(work(), 120))
