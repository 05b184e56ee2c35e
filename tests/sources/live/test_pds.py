"""Posts made through a real AT Protocol server come out of jetstream: its firehose, the wire, what Fanal reads."""

import asyncio
import importlib.util
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from tests.sources.live import firehose
from tests.sources.live.jetstream_server import Jetstream
from tests.sources.live.listening import rows_of, run, take
from tests.sources.live.test_jetstream import dictionary

from fanal.sources.jetstream import POSTS, JetstreamOptions, read
from fanal.sources.streams import live_source

CHECKOUT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).parent / "pds" / "serve.js"
SOURCE = live_source("jetstream", stream="sky")
LIKES = "app.bsky.feed.like"


def now() -> datetime:
    """Return the machine's time: the real server stamps by it."""
    return datetime.now(UTC)  # noqa: TID251


@pytest.fixture(scope="module")
def modules() -> Path:
    """Return the folder with the server, or skip and say how it is installed."""
    spec = importlib.util.spec_from_file_location("install_pds", CHECKOUT / "tools" / "install_pds.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    folder: Path | None = tool.find()
    if folder is None or shutil.which("node") is None:
        pytest.skip("The AT Protocol server is not installed: run .venv/bin/python tools/install_pds.py.")
    return folder / "node_modules"


@asynccontextmanager
async def serving(modules: Path, folder: Path) -> AsyncIterator[str]:
    """Run the server, and give its address."""
    process = await asyncio.create_subprocess_exec(
        "node",
        str(SCRIPT),
        str(folder),
        env={**os.environ, "NODE_PATH": str(modules), "LOG_ENABLED": "0"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        said = await process.stdout.readline()
        assert said, (await process.stderr.read()).decode()
        yield f"127.0.0.1:{json.loads(said)['port']}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


class Account:
    """Post in somebody's name, through the server's own API."""

    def __init__(self, client: httpx.AsyncClient, did: str, token: str) -> None:
        self.client, self.did = client, did
        self._headers = {"authorization": f"Bearer {token}"}

    @classmethod
    async def made(cls, client: httpx.AsyncClient, name: str) -> "Account":
        said = {"email": f"{name}@example.org", "handle": f"{name}.test", "password": "of-a-test"}
        answer = await client.post("/xrpc/com.atproto.server.createAccount", json=said)
        made = answer.raise_for_status().json()
        return cls(client, made["did"], made["accessJwt"])

    async def call(self, method: str, **said: Any) -> Any:
        answer = await self.client.post(
            f"/xrpc/com.atproto.repo.{method}", json={"repo": self.did, **said}, headers=self._headers
        )
        return answer.raise_for_status().json()

    async def post(self, text: str, *langs: str, at: datetime | None = None) -> str:
        record = {"$type": POSTS, "text": text, "createdAt": (at or now()).isoformat()}
        said = await self.call(
            "createRecord", collection=POSTS, record={**record, **({"langs": langs} if langs else {})}
        )
        uri: str = said["uri"]
        return uri


async def bridged(address: str, server: Jetstream, count: int) -> None:
    """Hand the firehose's events to a Jetstream until it has so many."""
    newest = 0
    async with websockets.connect(f"ws://{address}/xrpc/com.atproto.sync.subscribeRepos?cursor=0") as stream:
        while len(server.log) < count:
            for event in firehose.events(await stream.recv(decode=False)):
                newest = max(newest + 1, event["time_us"])
                await server.put({**event, "time_us": newest})


def test_what_is_posted_comes_out(modules: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        made = dictionary()
        file = tmp_path / "dictionary"
        file.write_bytes(made)
        async with (
            serving(modules, tmp_path) as address,
            httpx.AsyncClient(base_url=f"http://{address}") as client,
        ):
            one, other = await Account.made(client, "road"), await Account.made(client, "market")
            began = now()
            uris = [
                await one.post("The bridge in the north is open again.", "en"),
                await other.post("الطريق إلى المدينة مغلق اليوم.", "ar", "en"),
                await one.post("Rê ji bo gund girtî ye."),
                await other.post("Brought over from elsewhere.", "en", at=datetime(2012, 5, 1, tzinfo=UTC)),
                await other.post("This clock runs ahead.", "en", at=began + timedelta(days=400)),
            ]
            subject = {"uri": uris[1], "cid": "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"}
            await one.call(
                "createRecord",
                collection=LIKES,
                record={"$type": LIKES, "subject": subject, "createdAt": now().isoformat()},
            )
            edited = {"$type": POSTS, "text": "The bridge is closed again.", "createdAt": now().isoformat()}
            await one.call("putRecord", collection=POSTS, rkey=uris[0].rsplit("/", 1)[1], record=edited)
            await one.call("deleteRecord", collection=POSTS, rkey=uris[2].rsplit("/", 1)[1])
            server = Jetstream(dictionary=made)
            # Of each account an identity and a notice; five posts, a like, an edit, a deletion.
            await bridged(address, server, 4 + 8)
        ended = now()
        begin = str(server.log[0]["time_us"])
        async with server.served() as stream:
            plain = await take(SOURCE, JetstreamOptions(hosts=(stream,)), 11, cursor=begin, clock=now)
            chosen = JetstreamOptions(hosts=(stream,), dictionary=str(file))
            packed = await take(SOURCE, chosen, 11, cursor=begin, clock=now)
        assert rows_of(packed) == rows_of(plain)
        reading = read(rows_of(plain), first=1, timezone=None)
        posts = reading.posts.to_pylist()
        *posts, edit = posts
        assert [row["id"] for row in posts] == uris
        assert edit["id"].startswith(f"{uris[0]}#edited-3")
        assert (edit["author"], edit["text"]) == (one.did, "The bridge is closed again.")
        assert [row["author"] for row in posts] == [one.did, other.did, one.did, other.did, other.did]
        assert posts[1]["text"] == "الطريق إلى المدينة مغلق اليوم."
        assert [row["language"] for row in posts] == ["en", "ar", None, "en", "en"]
        assert all(began - timedelta(seconds=1) <= row["time"] <= ended for row in [*posts, edit])
        assert len(reading.skipped) == 5  # two identities, two accounts, a deletion
        assert len(reading.rejected) == 0
        assert reading.withdrawn.to_pylist() == [uris[2]]

    run(scenario())
