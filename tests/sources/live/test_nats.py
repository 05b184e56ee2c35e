"""NATS JetStream against a real server of its own: no gap and no loss, whatever becomes of server and connection."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import nats
import orjson
import pytest
from tests.sources.live.nats_server import PROGRAM, Server
from tests.sources.live.web import Time, run, take

from fanal.model.error import SettingError, UserError
from fanal.sources.live import MAX_ROWS, Inflow, LostError
from fanal.sources.nats import NATS, Nats, Place, listen
from fanal.sources.option import options_of

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="No nats-server was found (install the package nats-server)."),
    # The client leaves the socket of a connection that failed to Python.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Let sockets that were left go with the test that left them."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a running server."""
    made = Server(tmp_path_factory.mktemp("nats"))
    yield made
    made.stop()


def post(number: int) -> bytes:
    return orjson.dumps({"id": number, "time": "2014-08-03T05:00:00Z", "text": "Roads are closed."})


def ids(arrivals: list[Inflow]) -> list[int]:
    return [orjson.loads(row)["id"] for one in arrivals for row in one.rows]


def follow(options: Nats, cursor: str | None = None, **secrets: str) -> AsyncIterator[Inflow]:
    return listen(options, cursor=cursor, tools=Time().tools(**secrets))


def last(arrivals: list[Inflow]) -> str | None:
    return next((one.cursor for one in reversed(arrivals) if one.cursor), None)


def test_the_cursor_goes_on_without_a_gap(server: Server) -> None:
    async def work() -> None:
        await server.send("plain", *(post(number) for number in range(1, 801)))
        got = await take(follow(server.options("plain")), rows=800)
        assert ids(got) == list(range(1, 801))
        cursor = last(got)
        assert Place.of(cursor).sequence == 800
        await server.send("plain", post(801), post(802))
        again = await take(follow(server.options("plain"), cursor), rows=2)
        assert ids(again) == [801, 802]
        made = Place.of(cursor).made
        middle = await take(follow(server.options("plain"), str(Place(sequence=400, made=made))), rows=402)
        assert ids(middle) == list(range(401, 803))

    run(work())


def test_messages_that_come_while_it_listens_are_read_and_an_empty_word_says_that_the_server_is_there(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fanal.sources.nats.WAIT_SECONDS", 0.2)

    async def work() -> None:
        await server.send("coming")
        listening = follow(server.options("coming"))
        first, second = await anext(listening), await anext(listening)
        assert (first.rows, second.rows) == ((), [])
        await server.send("coming", post(1))
        got: list[int] = []
        while not got:
            got = ids([await anext(listening)])
        assert got == [1]
        await listening.aclose()  # type: ignore[attr-defined]

    run(work())


def test_a_server_that_goes_away_is_lost_and_nothing_is_missed(tmp_path: Path) -> None:
    server = Server(tmp_path)

    async def work() -> None:
        await server.send("posts", *(post(number) for number in range(1, 11)))
        listening = follow(server.options())
        got: list[Inflow] = []
        while sum(len(one.rows) for one in got) < 10:
            got.append(await anext(listening))
        server.stop()
        with pytest.raises(LostError):
            await take(listening, rows=1)
        with pytest.raises(LostError):
            await take(follow(server.options(), last(got)), words=1)
        server.start()
        await server.send("posts", post(11))
        assert ids(await take(follow(server.options(), last(got)), rows=1)) == [11]

    try:
        run(work())
    finally:
        server.stop()


def test_a_stream_that_was_made_anew_is_read_from_its_start(server: Server) -> None:
    async def work() -> None:
        await server.send("anew", post(1), post(2))
        cursor = last(await take(follow(server.options("anew")), rows=2))
        client = await nats.connect(f"nats://127.0.0.1:{server.port}")
        await client.jetstream().delete_stream("anew")
        await client.close()
        await server.send("anew", *(post(number) for number in range(3, 8)))
        assert ids(await take(follow(server.options("anew"), cursor), rows=5)) == [3, 4, 5, 6, 7]

    run(work())


def test_latest_begins_with_what_comes_next_and_keeps_that_place(server: Server) -> None:
    async def work() -> None:
        await server.send("late", post(1))
        (word,) = await take(follow(server.options("late", start="latest")), words=1)
        assert Place.of(word.cursor).sequence == 1
        await server.send("late", post(2))
        assert ids(await take(follow(server.options("late", start="latest"), word.cursor), rows=1)) == [2]

    run(work())


def test_a_work_queue_is_acknowledged_after_the_commit_alone(server: Server) -> None:
    async def work() -> None:
        await server.send("queue", *(post(n) for n in range(1, 6)), retention="workqueue")
        listening = follow(server.options("queue"))
        got = await take(listening, rows=5, commit=False)
        assert last(got) is None
        client = await nats.connect(f"nats://127.0.0.1:{server.port}")
        jetstream = client.jetstream()
        assert (await jetstream.stream_info("queue")).state.messages == 5
        await jetstream.delete_consumer("queue", "fanal")  # as if the time to acknowledge were over
        listening = follow(server.options("queue"))
        one = await anext(listening)
        while not one.rows:
            one = await anext(listening)
        assert ids([one]) == [1, 2, 3, 4, 5]
        assert one.done is not None
        await one.done()
        await client.flush()
        while (await jetstream.stream_info("queue")).state.messages:
            await asyncio.sleep(0)
        await listening.aclose()  # type: ignore[attr-defined]
        await one.done()  # once more, too late: nothing happens
        await client.close()

    run(work())


def test_messages_hold_one_or_many_posts_and_subjects_are_chosen(server: Server) -> None:
    async def work() -> None:
        lines = b"\n".join(post(number) for number in range(MAX_ROWS + 10))
        await server.send("cut", b"", b'{\n "id": 7\n}', lines, b"<html>")
        got = await take(follow(server.options("cut")), rows=MAX_ROWS + 13)
        rows = [row for one in got for row in one.rows]
        assert (rows[0], rows[1], rows[2], rows[-1]) == (b"", b'{  "id": 7 }', post(0), b"<html>")
        assert max(len(one.rows) for one in got) <= MAX_ROWS
        client = await nats.connect(f"nats://127.0.0.1:{server.port}")
        await client.jetstream().publish("cut.other", post(99))
        await client.close()
        assert ids(await take(follow(server.options("cut", subject="cut.other")), rows=1)) == [99]

    run(work())


def test_a_stream_that_is_not_there_is_refused(server: Server) -> None:
    with pytest.raises(UserError, match="has no stream 'nowhere'"):
        run(take(follow(server.options("nowhere")), words=1))


def test_a_consumer_that_is_gone_is_a_loss(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanal.sources.nats.WAIT_SECONDS", 0.2)

    async def work() -> None:
        await server.send("gone", post(1))
        listening = follow(server.options("gone"))
        while not (one := await anext(listening)).rows:
            pass
        client = await nats.connect(f"nats://127.0.0.1:{server.port}")
        jetstream = client.jetstream()
        (consumer,) = await jetstream.consumers_info("gone")
        await jetstream.delete_consumer("gone", consumer.name)
        with pytest.raises(LostError):
            await take(listening, words=20)
        await jetstream.publish("gone.new", post(2))
        await client.close()
        assert ids(await take(follow(server.options("gone"), one.cursor), rows=1)) == [2]

    run(work())


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n<html></html>", b'INFO {"a"', b"INFO {}\r\n-ERR 'x'\r\n"]
)
def test_a_server_that_is_none_is_lost(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanal.sources.nats.CONTACT_SECONDS", 1)

    async def other(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        writer.close()

    async def work() -> None:
        server = await asyncio.start_server(other, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(LostError, match="NATS: "):
            await take(follow(Nats(url=f"nats://127.0.0.1:{port}", stream="posts")), words=1)
        server.close()

    run(work())


@pytest.mark.parametrize("cursor", ["", "7", "@x", "a@x", "-1@x", '{"0": 1}', "9" * 30 + "@x"])
def test_a_cursor_of_another_source_is_refused(cursor: str) -> None:
    with pytest.raises(UserError, match="none of NATS"):
        Place.of(cursor)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"url": "nats://nats.example.org"}, "tls://"),
        ({"url": "tls://me:pw@nats.example.org"}, "password"),
        ({"stream": "a.b"}, "stream"),
        ({"consumer": "a b"}, "consumer"),
        ({"start": "yesterday"}, "start"),
        ({"form": "xml"}, "form"),
    ],
)
def test_options_that_cannot_be_are_refused(change: dict[str, object], sentence: str) -> None:
    values: dict[str, object] = {"url": "tls://nats.example.org:4222", "stream": "posts"}
    assert options_of(Nats, values, stream="own").subject == ">"
    with pytest.raises(SettingError, match=sentence):
        options_of(Nats, {**values, **change}, stream="own")


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nats", None)
    with pytest.raises(UserError, match=r"needs the package nats-py\. .*fanal\[live\]"):
        run(take(follow(Nats(url="nats://127.0.0.1", stream="posts")), words=1))


def test_options_name_the_fields() -> None:
    row = b'{"nr": 7, "time": "2014-08-03T05:00:00Z", "text": "Roads are closed."}'
    options = Nats(url="nats://127.0.0.1", stream="posts", id="nr")
    assert NATS.reader(options)([row], first=1, timezone=None).posts["id"].to_pylist() == ["7"]
