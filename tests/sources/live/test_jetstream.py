"""Jetstream: events are told apart, times are held to what was seen, a cursor leaves no gap, servers may misbehave."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import ascii_letters, digits
from typing import Any

import orjson
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.live.jetstream_server import FIRST, Jetstream, post
from tests.sources.live.listening import NOW, follow, rows_of, run, take, tools
from tests.sources.live.raw_server import HANDSHAKE, answering, page

from fanal.model.error import SettingError, UserError
from fanal.sources import websocket
from fanal.sources.dictionary import unpacker
from fanal.sources.jetstream import OLDEST_CLAIM, POSTS, REWIND, JetstreamOptions, read
from fanal.sources.live import MAX_ROW_BYTES, LostError
from fanal.sources.option import options_of
from fanal.sources.reason import REASONS, Reason
from fanal.sources.streams import live_source

SOURCE = live_source("jetstream", stream="sky")
SAMPLE = (Path(__file__).parent / "samples" / "jetstream.rows").read_bytes().splitlines()
SEEN = datetime.fromtimestamp(FIRST / 1e6, UTC)


def texts_of(rows: list[bytes]) -> list[str]:
    return read(rows, first=1, timezone=None).posts["text"].to_pylist()


def test_each_row_of_the_sample_is_told_apart() -> None:
    reading = read(SAMPLE, first=1, timezone=None)
    posts = {row["line"]: row for row in reading.posts.to_pylist()}
    assert sorted(posts) == [1, 2, 3, 4, 5, 6, 7, 10, 16]
    assert reading.skipped.to_pylist() == [8, 9, 11, 12, 13]
    assert {row["line"]: row["reason"] for row in reading.rejected.to_pylist()} == {
        14: Reason.TEXT_NOT_TEXT.value,
        15: Reason.TIME_MISSING.value,
        17: Reason.NOT_OBJECT.value,
        18: Reason.NOT_JSON.value,
    }
    assert posts[1]["id"] == "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3kaaaaaaaaaa1"
    assert posts[1]["author"] == "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
    assert posts[10]["id"] == posts[1]["id"] + "#edited-3l3qo2vutsw2b"
    assert posts[10]["text"] == "The bridge in the north is closed again."
    assert posts[10]["time"] == SEEN + timedelta(seconds=10)  # its record says when the first was made
    assert [posts[line]["language"] for line in (1, 2, 3, 4)] == ["en", "ar", "ku-TR", None]
    assert posts[16]["id"] is None
    assert posts[16]["author"] is None


def test_a_claimed_time_counts_within_the_day_before_it_was_seen() -> None:
    posts = {row["line"]: row for row in read(SAMPLE, first=1, timezone=None).posts.to_pylist()}
    assert posts[1]["time"] == datetime(2014, 8, 3, 4, 59, 58, 757_000, UTC)  # its own
    assert posts[2]["time"] == datetime(2014, 8, 3, 5, 0, 1, tzinfo=UTC)  # its own, from +03:00
    for line in (5, 6, 7):  # years ago, years ahead, without a zone
        assert posts[line]["time"] == SEEN + timedelta(seconds=line)


TIMES = st.datetimes(datetime(1980, 1, 1), datetime(2110, 1, 1)).map(lambda time: time.replace(tzinfo=UTC))  # noqa: DTZ001


@given(
    seen=TIMES.filter(lambda time: 2002 <= time.year <= 2100),
    shift=st.integers(-200_000, 200_000),
    far=TIMES,
    near=st.booleans(),
)
def test_no_claim_moves_a_post_out_of_the_day_before_it_was_seen(
    seen: datetime, shift: int, far: datetime, near: bool
) -> None:
    claim = seen + timedelta(seconds=shift) if near else far
    event = {**post(1, "Roads are closed."), "time_us": micros_of(seen)}
    event["commit"]["record"]["createdAt"] = claim.isoformat()
    (time,) = read([orjson.dumps(event)], first=1, timezone=None).posts["time"].to_pylist()
    assert seen - OLDEST_CLAIM <= time <= seen
    assert time == (claim if seen - OLDEST_CLAIM <= claim <= seen else seen)


def micros_of(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.just(POSTS),
    st.just("create"),
)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)


def mostly(usual: Any, unusual: st.SearchStrategy[Any] = ANY) -> st.SearchStrategy[Any]:
    return st.one_of(*(usual if isinstance(usual, list) else [usual]), unusual)


EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "did": mostly(st.just("did:plc:a")),
        "time_us": mostly(st.integers(FIRST, FIRST + 10**12)),
        "kind": mostly(st.just("commit")),
        "commit": mostly(
            st.fixed_dictionaries(
                {
                    "operation": mostly(st.sampled_from(["create", "update"])),
                    "collection": mostly(st.just(POSTS)),
                },
                optional={
                    "rev": mostly(st.just("3l3qo2vutsw2b")),
                    "rkey": mostly(st.just("3k")),
                    "record": mostly(
                        st.fixed_dictionaries(
                            {"text": mostly(st.text(max_size=20))},
                            optional={
                                "createdAt": mostly(st.just("2014-08-03T04:59:59Z")),
                                "langs": mostly(st.lists(mostly(st.sampled_from(["en", "ar"])), max_size=2)),
                            },
                        )
                    ),
                },
            )
        ),
    },
)


def version_slowly(commit: dict[str, Any]) -> str | None:
    """Return what tells the version that an event brings; None: it brings none."""
    if commit.get("operation") != "update":
        return "" if commit.get("operation") == "create" else None
    rev = str(commit.get("rev")) if type(commit.get("rev")) in (int, str) else ""
    known = 0 < len(rev) <= 40 and not set(rev) - set(ascii_letters + digits + ":.+-")
    return f"#edited-{rev}" if known else None


def slowly(row: bytes) -> tuple[str, object]:
    """Say what becomes of a row, step by step and by the standard library."""
    try:
        event = json.loads(row)
    except (ValueError, RecursionError):
        return "rejected", None
    if not isinstance(event, dict):
        return "rejected", None
    commit = event.get("commit")
    if not isinstance(commit, dict) or commit.get("collection") != POSTS:
        return "skipped", None
    version = version_slowly(commit)
    if version is None:
        return "skipped", None
    record = commit.get("record")
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        return "rejected", None
    if not record["text"].strip():
        return "skipped", None
    seen = event.get("time_us")
    if not isinstance(seen, int) or not 10**15 <= seen < 4_133_980_800 * 10**6:
        return "rejected", None
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=seen)
    if record.get("createdAt") == "2014-08-03T04:59:59Z" and not version:
        claim = datetime(2014, 8, 3, 4, 59, 59, tzinfo=UTC)
        time = claim if time - timedelta(days=1) <= claim <= time else time
    did, key, languages = event.get("did"), commit.get("rkey"), record.get("langs")
    known = isinstance(did, str) and isinstance(key, str)
    language = languages[0] if isinstance(languages, list) and languages else None
    return "post", (
        f"at://{did}/{POSTS}/{key}{version}" if known else None,
        did if isinstance(did, str) and did else None,
        time,
        record["text"],
        language if isinstance(language, str) and language else None,
    )


@given(st.lists(EVENTS, max_size=6))
def test_events_are_read_as_the_slow_reading_says(events: list[dict[str, Any]]) -> None:
    rows = [json.dumps(event).encode("utf-8", "surrogatepass") for event in events]
    rows = [row for row in rows if b"NaN" not in row and b"Infinity" not in row and b"\\ud" not in row]
    reading = read(rows, first=1, timezone=None)
    got: dict[int, tuple[str, object]] = dict.fromkeys(reading.skipped.to_pylist(), ("skipped", None))
    got |= {row["line"]: ("rejected", None) for row in reading.rejected.to_pylist()}
    names = ("id", "author", "time", "text", "language")
    got |= {row["line"]: ("post", tuple(row[name] for name in names)) for row in reading.posts.to_pylist()}
    assert [got[line] for line in range(1, len(rows) + 1)] == [slowly(row) for row in rows]


@given(data=st.data())
def test_whatever_comes_is_in_one_part_and_costs_only_itself(data: st.DataObject) -> None:
    kept = data.draw(st.sampled_from(SAMPLE[:7]))
    row = bytearray(data.draw(st.sampled_from(SAMPLE)))
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(row)))
        row[place : place + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=6))
    reading = read([kept, bytes(row), kept], first=10, timezone=None)
    lines = [
        *reading.posts["line"].to_pylist(),
        *reading.skipped.to_pylist(),
        *reading.rejected["line"].to_pylist(),
    ]
    assert sorted(lines) == [10, 11, 12]
    assert {10, 12} <= set(reading.posts["line"].to_pylist())
    assert set(reading.rejected["reason"].to_pylist()) <= {reason.value for reason in REASONS}


# The stream


def options(*hosts: str, **changed: Any) -> JetstreamOptions:
    return JetstreamOptions(hosts=hosts, **changed)


def test_posts_arrive_as_the_server_sent_them_and_the_last_is_the_cursor() -> None:
    async def scenario() -> None:
        server = Jetstream()
        await server.put(*(post(n, f"Note {n}.") for n in range(5)))
        async with server.served() as address:
            got = await take(SOURCE, options(address), 5, cursor=str(FIRST))
        assert texts_of(rows_of(got)) == [f"Note {n}." for n in range(5)]
        assert got[-1].cursor == str(server.log[-1]["time_us"])
        (asked,) = server.asked
        assert asked["wantedCollections"] == [POSTS]
        assert asked["maxMessageSizeBytes"] == [str(MAX_ROW_BYTES)]
        assert "a@example.org" in server.agents[0]

    run(scenario())


def test_without_a_cursor_only_what_is_new_arrives() -> None:
    async def scenario() -> None:
        server = Jetstream()
        await server.put(post(1, "Before."))
        async with server.served() as address:
            taking = asyncio.ensure_future(take(SOURCE, options(address), 1))
            await server.begun.wait()
            await server.put(post(2, "After."))
            assert texts_of(rows_of(await taking)) == ["After."]
        assert "cursor" not in server.asked[0]

    run(scenario())


def test_accounts_and_likes_are_no_posts_and_move_the_cursor() -> None:
    async def scenario() -> None:
        server = Jetstream()
        like = post(1, "x")
        like["commit"]["collection"] = "app.bsky.feed.like"
        gone = {"did": "did:plc:a", "kind": "account", "account": {"active": False, "status": "deleted"}}
        await server.put(post(2, "A post."), like, gone)
        async with server.served() as address:
            got = await take(SOURCE, options(address), 2, cursor=str(FIRST))
        assert len(rows_of(got)) == 2  # the like was not asked for
        assert read(rows_of(got), first=1, timezone=None).skipped.to_pylist() == [2]
        assert got[-1].cursor == str(server.log[-1]["time_us"])

    run(scenario())


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "zstd"])
@pytest.mark.parametrize("stop_after", [1, 7, 40])
def test_a_connection_that_is_lost_again_and_again_leaves_no_gap(
    packed: bool, stop_after: int, tmp_path: Path
) -> None:
    async def scenario() -> None:
        made = dictionary() if packed else None
        server = Jetstream(dictionary=made)
        # Events lie so far apart that each connection begins with a few that are known.
        spread = REWIND // timedelta(microseconds=3)
        await server.put(*({**post(n, f"Note {n}."), "time_us": FIRST + n * spread} for n in range(100)))
        server.stop_after = stop_after if stop_after > 4 else 5
        file = tmp_path / "dictionary"
        file.write_bytes(made or b"")
        async with server.served() as address:
            got: list[bytes] = []
            chosen = options(address, dictionary=str(file) if packed else "")
            async for one in follow(SOURCE, chosen, cursor=str(FIRST)):
                got += one.rows
                if len(set(got)) == 100:
                    break
        assert list(dict.fromkeys(texts_of(got))) == [f"Note {n}." for n in range(100)]
        assert len(server.asked) > 100 // server.stop_after
        assert all(("compress" in asked) == packed for asked in server.asked)

    run(scenario())


def dictionary() -> bytes:
    """Return a dictionary that is trained on notes of our own."""
    words = "road bridge market clinic water north south open closed today school town".split()  # noqa: SIM905
    notes = [
        orjson.dumps(
            {**post(n, " ".join(words[(n * k) % len(words)] for k in range(1, 9))), "time_us": FIRST + n}
        )
        for n in range(2000)
    ]
    return zstandard.train_dictionary(4096, notes).as_bytes()


def test_a_cursor_goes_back_a_little_and_never_lies_ahead() -> None:
    async def scenario() -> None:
        server = Jetstream()
        ahead = int(NOW.timestamp() * 1e6) + 10**9
        await server.put(post(1, "Now."), {**post(2, "Stamped ahead."), "time_us": ahead})
        async with server.served() as address:
            got = await take(SOURCE, options(address), 2, cursor=str(FIRST + 10**7 + 5))
        assert server.asked[0]["cursor"] == [str(FIRST + 10**7 + 5 - REWIND // timedelta(microseconds=1))]
        assert got[-1].cursor == str(int(NOW.timestamp() * 1e6))

    run(scenario())


def test_a_time_inside_a_record_is_no_cursor() -> None:
    async def scenario() -> None:
        server = Jetstream()
        await server.put(post(1, "A record may hold anything.", time_us=9 * 10**15))
        async with server.served() as address:
            got = await take(SOURCE, options(address), 1, cursor=str(FIRST))
        assert got[-1].cursor == str(server.log[-1]["time_us"])

    run(scenario())


def test_languages_keep_posts_that_say_them_or_say_none() -> None:
    said = (["en"], ["ar-IQ"], ["fr", "AR"], [], "ar", None, [7], ["ar"])
    rows = [
        orjson.dumps({**post(n, f"Note {n}.", langs=langs), "time_us": FIRST}) for n, langs in enumerate(said)
    ]
    reading = SOURCE.reader(options("", languages=("ar",)))(rows, first=0, timezone=None)
    assert reading.skipped.to_pylist() == [0, 6]
    assert len(reading.posts) == len(said) - 2
    assert len(read(rows, first=0, timezone=None).posts) == len(said)


def test_a_dictionary_of_another_server_is_refused_with_both_numbers(tmp_path: Path) -> None:
    async def scenario() -> None:
        server = Jetstream(dictionary=dictionary())
        other = zstandard.train_dictionary(
            2048, [bytes([n % 250, n % 7]) * 40 for n in range(3000)], dict_id=5
        )
        file = tmp_path / "dictionary"
        file.write_bytes(other.as_bytes())
        await server.put(post(1, "Packed."))
        async with server.served() as address:
            with pytest.raises(UserError, match="has the number 5, and the server packs with"):
                await take(SOURCE, options(address, dictionary=str(file)), 1, cursor=str(FIRST))

    run(scenario())


def test_packed_messages_are_bounded(tmp_path: Path) -> None:
    made = dictionary()
    file = tmp_path / "dictionary"
    file.write_bytes(made)
    unpack = unpacker(file)
    held = zstandard.ZstdCompressionDict(made)
    for told in (True, False):
        pack = zstandard.ZstdCompressor(dict_data=held, write_content_size=told)
        assert unpack(pack.compress(b'{"a": 1}')) == b'{"a": 1}'
        bomb = pack.compress(b"x" * (MAX_ROW_BYTES + 1))
        assert len(unpack(bomb)) <= MAX_ROW_BYTES
        broken = pack.compress(b"y" * 500 + bytes(range(250)))[:-3]
        (reason,) = read([unpack(broken)], first=1, timezone=None).rejected["reason"].to_pylist()
        assert reason in {Reason.NOT_JSON.value, Reason.INVALID_UTF8.value}
    assert unpack(b'{"plain": 1}') == b'{"plain": 1}'


@pytest.mark.parametrize("held", [None, b"", b"no dictionary", b"\x37\xa4\x30\xec" + b"\xff" * 40])
def test_a_file_that_is_no_dictionary_is_named(held: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "dictionary"
    if held is not None:
        file.write_bytes(held)
    with pytest.raises(SettingError, match="dictionary"):
        unpacker(file)


def test_a_message_that_is_too_long_costs_only_itself() -> None:
    async def scenario() -> None:
        server = Jetstream()
        long = post(2, "x" * (MAX_ROW_BYTES + 1))
        await server.put(post(1, "Before."), long, post(3, "After."))
        async with server.served() as address:
            # The server is not asked to leave it out, as one that does not know of the option would not.
            got = await take(SOURCE, options(address + "?maxMessageSizeBytes=0"), 3, cursor=str(FIRST))
        rows = rows_of(got)
        assert rows[1] == b""
        reading = read(rows, first=1, timezone=None)
        assert reading.posts["text"].to_pylist() == ["Before.", "After."]
        assert reading.rejected["reason"].to_pylist() == [Reason.ROW_TOO_LONG.value]

    run(scenario())


def test_nobody_reads_ahead_for_long() -> None:
    async def scenario() -> None:
        server = Jetstream()
        await server.put(*(post(n, "x" * 20_000) for n in range(3000)))  # 60 MB
        async with server.served() as address:
            listening = SOURCE.listen(options(address), cursor=str(FIRST), tools=tools())
            first = await anext(listening)
            sent = -1
            while sent != server.sent:  # until the server cannot send any more
                sent = server.sent
                await asyncio.sleep(0.2)
            assert sent - len(first.rows) < 1500
            await listening.aclose()

    run(scenario())


# Servers that misbehave


FRAMES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from(SAMPLE).map(lambda row: b"\x81\x7e" + len(row).to_bytes(2, "big") + row),
        st.sampled_from(
            [b"\x89\x00", b"\x8a\x00", b"\x88\x02\x03\xe8", b"\x01\x03abc", b"\x80\x03def", b"\x82\x00"]
        ),
    ),
    max_size=6,
).map(b"".join)


@settings(max_examples=60)
@given(frames=FRAMES)
def test_whatever_a_server_sends_ends_in_one_of_the_errors_that_are_meant(frames: bytes) -> None:
    async def scenario() -> None:
        async with answering(HANDSHAKE + frames) as (port, _):
            with pytest.raises((LostError, UserError)):  # noqa: PT012 - what came before the error is read
                async for one in SOURCE.listen(
                    options(f"ws://127.0.0.1:{port}/"), cursor=None, tools=tools()
                ):
                    read(one.rows, first=1, timezone=None)

    run(scenario())


def test_the_next_host_is_asked_when_one_does_not_answer() -> None:
    async def scenario() -> None:
        server = Jetstream()
        await server.put(post(1, "From the second host."))
        async with server.served() as address, answering(page("503 Service Unavailable")) as (port, raw):
            hosts = (f"ws://127.0.0.1:{port}/subscribe", "ws://127.0.0.1:1/subscribe", address)
            got = await take(SOURCE, options(*hosts), 1, cursor=str(FIRST))
        assert texts_of(rows_of(got)) == ["From the second host."]
        assert len(raw.heads) == 1

    run(scenario())


def test_the_first_host_is_drawn() -> None:
    async def scenario() -> None:
        servers = [Jetstream(), Jetstream()]
        async with servers[0].served() as one, servers[1].served() as other:
            for number, server in enumerate(servers):
                await server.put(post(number, f"From {number}."))
                got = await take(
                    SOURCE, options(one, other), 1, cursor=str(FIRST), dice=lambda n=number: n * 0.5
                )
                assert texts_of(rows_of(got)) == [f"From {number}."]

    run(scenario())


@pytest.mark.parametrize(
    ("answer", "error", "after", "says"),
    [
        (page("429 Too Many Requests", Retry_After="17"), LostError, 17.0, "asks to wait"),
        (
            page("429 Too Many Requests", Retry_After="Sun, 03 Aug 2014 06:01:00 GMT"),
            LostError,
            60.0,
            "asks to wait",
        ),
        (page("503 Service Unavailable"), LostError, None, "asks to wait"),
        (page("502 Bad Gateway"), LostError, None, "no stream"),
        (page("200 OK"), LostError, None, "no stream"),
        (page("302 Found", Location="http://127.0.0.1:1/"), LostError, None, "no stream"),
        (
            page("301 Moved Permanently", Location="ws://127.0.0.1:1/"),
            UserError,
            None,
            "redirects are not followed",
        ),
        (page("401 Unauthorized"), UserError, None, "refuses"),
        (page("403 Forbidden"), UserError, None, "refuses"),
        (page("404 Not Found"), UserError, None, "refuses"),
        (b"HTTP/1.1 200 OK\r\n", LostError, None, "cannot be read"),
        (b"\x16\x03\x01 no http at all\r\n\r\n", LostError, None, "cannot be read"),
        (HANDSHAKE, LostError, None, "closed"),
        (HANDSHAKE + b"\x82\x7e\x10\x00only the beginning", LostError, None, "closed"),
        (HANDSHAKE + b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", LostError, None, "closed"),
        (HANDSHAKE + b"\x81\x7f\x00\x00\x00\x00\x40\x00\x00\x00" + b"x" * 1000, LostError, None, "closed"),
        (HANDSHAKE + b"\xff\xff\xff", LostError, None, "closed"),
    ],
)
def test_a_server_that_misbehaves_is_told_apart(
    answer: bytes, error: type[Exception], after: float | None, says: str
) -> None:
    async def scenario() -> None:
        async with answering(answer) as (port, _):
            with pytest.raises(error, match=says) as told:
                await take(SOURCE, options(f"ws://127.0.0.1:{port}/subscribe"), 1)
        assert getattr(told.value, "after", None) == after

    run(scenario())


def test_what_came_before_a_message_that_breaks_off_is_handed_over() -> None:
    async def scenario() -> None:
        row = SAMPLE[0]
        whole = b"\x81\x7e" + len(row).to_bytes(2, "big") + row
        async with answering(HANDSHAKE + whole + whole[: len(whole) // 2]) as (port, _):
            got: list[bytes] = []
            with pytest.raises(LostError):  # noqa: PT012 - what came before the error is kept
                async for one in SOURCE.listen(
                    options(f"ws://127.0.0.1:{port}/"), cursor=None, tools=tools()
                ):
                    got += one.rows
        assert got == [row]

    run(scenario())


@pytest.mark.parametrize("answer", [HANDSHAKE * 50, page("200 OK", b"x" * 3000)])
def test_a_server_that_answers_slowly_for_ever_is_left(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "OPEN_SECONDS", 0.3)

    async def scenario() -> None:
        async with answering(b"HTTP/1.1 101 Switching\r\nX: " + answer, drip=0.05) as (port, _):
            with pytest.raises(LostError, match="TimeoutError"):
                await take(SOURCE, options(f"ws://127.0.0.1:{port}/subscribe"), 1)

    run(scenario())


def test_a_silent_server_gives_a_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "BEAT_SECONDS", 0.05)

    async def scenario() -> None:
        server = Jetstream()
        async with server.served() as address:
            listening = SOURCE.listen(options(address), cursor=None, tools=tools())
            one = await anext(listening)
            assert one.rows == []
            assert one.cursor is None
            await listening.aclose()

    run(scenario())


def test_all_refusals_together_are_one() -> None:
    async def scenario() -> None:
        async with answering(page("404 Not Found")) as (port, _):
            hosts = tuple(f"ws://127.0.0.1:{port}/{n}" for n in range(3))
            with pytest.raises(UserError, match="404"):
                await take(SOURCE, options(*hosts), 1)
            with pytest.raises(LostError):  # one of them may come back
                await take(SOURCE, options(*hosts, "ws://127.0.0.1:1/"), 1)

    run(scenario())


def test_hosts_are_addresses() -> None:
    with pytest.raises(SettingError, match="begins with wss"):
        options_of(JetstreamOptions, {"hosts": ["wss://a.example/", "https://b.example/"]}, stream="sky")
    with pytest.raises(SettingError, match="for this machine only"):
        options_of(JetstreamOptions, {"hosts": ["ws://a.example/"]}, stream="sky")
    with pytest.raises(SettingError, match="is empty"):
        run(take(SOURCE, options(), 1))
