"""Mastodon: only what is public is read, each way gives the same posts, no loss leaves a gap, no person logs in."""

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mastodon as other_client
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.live.listening import follow, rows_of, run, take, tools
from tests.sources.live.mastodon_server import NOW, Mastodon, snowflake, status
from tests.sources.live.raw_server import HANDSHAKE, answering, page

from fanal.model.error import SettingError, UserError
from fanal.model.stream import StreamState
from fanal.sources.live import MAX_ROW_BYTES, LostError
from fanal.sources.mastodon import MastodonOptions
from fanal.sources.reason import REASONS, Reason
from fanal.sources.status import read, row
from fanal.sources.streams import live_source
from fanal.sources.timeline import LATE, LONGEST_WAIT, back, order

SOURCE = live_source("mastodon", stream="fediverse")
SAMPLE = (Path(__file__).parent / "samples" / "mastodon.rows").read_bytes().splitlines()
STREAMED = ("sse", "websocket")
OF_A_PROGRAM = {"token": "of-a-program"}
HERE = "here.example"


def texts_of(rows: list[bytes]) -> list[str]:
    return read(rows, first=1, timezone=None).posts["text"].to_pylist()


# Rows


def test_each_row_of_the_sample_is_told_apart() -> None:
    reading = read(SAMPLE, first=1, timezone=None)
    posts = {row["line"]: row for row in reading.posts.to_pylist()}
    assert sorted(posts) == [1, 2, 3, 4, 5, 6, 14]
    assert reading.skipped.to_pylist() == [*range(7, 14), 15]
    assert {one["line"]: one["reason"] for one in reading.rejected.to_pylist()} == {
        16: Reason.TEXT_NOT_TEXT.value,
        17: Reason.TIME_MISSING.value,
        18: Reason.NOT_JSON.value,
        19: Reason.NOT_OBJECT.value,
        20: Reason.NOT_OBJECT.value,
    }
    assert posts[1]["id"] == "https://here.example/users/road/statuses/1"
    assert posts[14]["id"] == posts[1]["id"] + "#edited-2014-08-03T05:45:00.000Z"
    assert posts[14]["text"] == "The bridge in the north is closed again. #road"
    assert posts[14]["time"] == NOW - timedelta(minutes=15)
    assert posts[2]["author"] == "https://there.example/users/road"
    assert posts[1]["text"] == "The bridge in the north is open again. #road"
    assert posts[3]["text"] == "Rê ji bo gund girtî ye.\nSibê vedibe."
    assert posts[4]["text"] == "Market\nWhich day?\nMonday\nFriday"
    assert posts[5]["time"] == NOW  # it says that it was made in 2031
    assert posts[6]["id"].endswith("/6")
    assert posts[6]["text"] == "Water at the clinic from noon."


@pytest.mark.parametrize("visibility", ["unlisted", "private", "direct", "limited", "", None, 7, ["public"]])
def test_what_is_not_public_is_left_alone(visibility: object) -> None:
    made = status(1, "Words.", visibility=visibility)
    reading = read([row("update", orjson.dumps(made), seen=NOW, server=HERE)], first=1, timezone=None)
    assert reading.skipped.to_pylist() == [1]


@pytest.mark.parametrize("whose", [0, 1])
def test_an_account_that_is_not_to_be_indexed_is_left_alone_when_it_is_passed_on_too(whose: int) -> None:
    written = status(2, "Words.", local=False)
    made = status(1, "", reblog=written)
    assert texts_of([row("update", orjson.dumps(made), seen=NOW, server=HERE)]) == ["Words."]
    (made, written)[whose]["account"]["noindex"] = True
    reading = read([row("update", orjson.dumps(made), seen=NOW, server=HERE)], first=1, timezone=None)
    assert reading.skipped.to_pylist() == [1]


def test_of_other_events_nothing_is_kept_but_their_kind() -> None:
    for kind in ("notification", "conversation", "delete", "announcement"):
        assert row(kind, b'{"content":"For one."}', seen=NOW, server=HERE) == orjson.dumps({"event": kind})
    assert row("For one: words.", b"{}", seen=NOW, server=HERE) == b'{"event":"unknown"}'


TIMES = st.integers(0, 90 * 365 * 86_400_000).map(
    lambda millis: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
)


@given(made=TIMES, seen=TIMES)
def test_no_post_was_made_after_it_arrived(made: datetime, seen: datetime) -> None:
    one = {**status(1, "Words."), "created_at": made.isoformat()}
    (time,) = (
        read([row("update", orjson.dumps(one), seen=seen, server=HERE)], first=1, timezone=None)
        .posts["time"]
        .to_pylist()
    )
    assert time == min(made, seen)


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=5), st.just("public")
)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)


@given(
    changes=st.dictionaries(
        st.sampled_from(
            [
                "uri",
                "content",
                "account",
                "reblog",
                "poll",
                "spoiler_text",
                "language",
                "created_at",
                "visibility",
            ]
        ),
        ANY,
    ),
    cut=st.integers(0, 5000),
    extra=st.binary(max_size=6),
)
def test_whatever_comes_is_in_one_part_and_costs_only_itself(
    changes: dict[str, Any], cut: int, extra: bytes
) -> None:
    kept = SAMPLE[0]
    odd = row(
        "update",
        json.dumps({**status(1, "Words."), **changes}).encode("utf-8", "replace"),
        seen=NOW,
        server=HERE,
    )
    rows = [kept, odd, kept, odd[:cut] + extra + odd[cut:], kept]
    reading = read(rows, first=1, timezone=None)
    lines = [
        *reading.posts["line"].to_pylist(),
        *reading.skipped.to_pylist(),
        *reading.rejected["line"].to_pylist(),
    ]
    assert sorted(lines) == [1, 2, 3, 4, 5]
    assert {1, 3, 5} <= set(reading.posts["line"].to_pylist())
    assert set(reading.rejected["reason"].to_pylist()) <= {reason.value for reason in REASONS}


# Ways


def options(url: str, **changed: Any) -> MastodonOptions:
    return MastodonOptions(base_url=url, **changed)


@pytest.mark.parametrize("way", ["rest", *STREAMED])
def test_each_way_gives_what_came_since_the_cursor(way: str) -> None:
    async def scenario() -> None:
        server = Mastodon()
        await server.post(*(status(n, f"Note {n}.") for n in range(0, 1000, 10)))
        cursor = server.statuses[19]["id"]
        async with server.served() as url:
            got = await take(SOURCE, options(url, way=way), 92, cursor=cursor, secrets=OF_A_PROGRAM)
        # Two minutes before the cursor are looked at again.
        assert texts_of(rows_of(got)) == [f"Note {n}." for n in range(80, 1000, 10)]
        assert got[-1].cursor == server.statuses[-1]["id"]
        assert any("a@example.org" in headers["user-agent"] for _, _, headers in server.asked)

    run(scenario())


@pytest.mark.parametrize("way", STREAMED)
def test_what_comes_while_a_stream_is_opened_is_not_missed(way: str) -> None:
    async def scenario() -> None:
        server = Mastodon()
        await server.post(status(1, "Before."))

        async def meanwhile() -> None:
            server.before_stream = None
            await server.post(status(2, "While it is opened."))

        server.before_stream = meanwhile
        async with server.served() as url:
            taking = asyncio.ensure_future(
                take(SOURCE, options(url, way=way), 3, cursor=server.statuses[0]["id"], secrets=OF_A_PROGRAM)
            )
            await server.listened()
            while len(server.asked) < 6:  # the token, the pages before, the stream, the pages after
                await asyncio.sleep(0)
            await server.post(status(3, "Afterwards."))
            got = await taking
        assert sorted(set(texts_of(rows_of(got)))) == ["Afterwards.", "Before.", "While it is opened."]

    run(scenario())


@pytest.mark.parametrize("way", STREAMED)
@pytest.mark.parametrize(
    ("stream", "hashtag", "seen"),
    [
        ("public", "", ["Here.", "There.", "Here #road."]),
        ("public:local", "", ["Here.", "Here #road."]),
        ("public:remote", "", ["There."]),
        ("hashtag", "Road", ["Here #road."]),
        ("hashtag:local", "#road", ["Here #road."]),
    ],
)
def test_each_stream_gives_its_part_by_stream_and_by_page(
    way: str, stream: str, hashtag: str, seen: list[str]
) -> None:
    async def scenario() -> None:
        server = Mastodon()
        tagged = status(3, "Here #road.", tags=[{"name": "road", "url": "https://here.example/tags/road"}])
        statuses = [status(1, "Here."), status(2, "There.", local=False), tagged]
        async with server.served() as url:
            chosen = {"stream": stream, "hashtag": hashtag}
            taking = asyncio.ensure_future(
                take(SOURCE, options(url, way=way, **chosen), len(seen), secrets=OF_A_PROGRAM)
            )
            await server.listened()
            await server.post(*statuses)
            assert texts_of(rows_of(await taking)) == seen
            asked = await take(SOURCE, options(url, **chosen), len(seen))
            assert texts_of(rows_of(asked)) == seen

    run(scenario())


@pytest.mark.parametrize("way", STREAMED)
def test_an_edit_is_a_post_and_a_deletion_names_one(way: str) -> None:
    async def scenario() -> None:
        server = Mastodon()
        async with server.served() as url:
            taking = asyncio.ensure_future(take(SOURCE, options(url, way=way), 5, secrets=OF_A_PROGRAM))
            await server.listened()
            first, other = status(1, "First words."), status(2, "Of another server.", local=False)
            await server.post(first, other)
            edited_at = "2014-08-03T05:50:00.000Z"
            edit = {**first, "content": "<p>Other words.</p>", "edited_at": edited_at}
            await server.event("status.update", json.dumps(edit))
            await server.event("delete", other["id"])
            await server.event("filters_changed", "undefined")
            got = await taking
            asked = await take(SOURCE, options(url), 2)
        reading = read(rows_of(got), first=1, timezone=None)
        assert reading.posts["text"].to_pylist() == ["First words.", "Of another server.", "Other words."]
        assert reading.posts["id"].to_pylist()[2] == f"{first['uri']}#edited-{edited_at}"
        assert reading.skipped.to_pylist() == [4, 5]
        assert got[-1].cursor == other["id"]
        host = url.removeprefix("http://")
        by_line = {1: f"{host}/{first['id']}", 2: f"{host}/{other['id']}"}
        assert reading.named == by_line | {3: by_line[1]}
        assert reading.withdrawn.to_pylist() == [reading.named[2]]
        assert other["id"] not in other["uri"]  # the number is that of the server that is asked
        assert read(rows_of(asked), first=1, timezone=None).named == by_line

    run(scenario())


@pytest.mark.parametrize(
    ("edited_at", "time"),
    [
        ("2014-08-03T05:00:00.000Z", NOW - timedelta(hours=1)),
        ("2031-01-01T00:00:00.000Z", NOW),  # nobody edits in the future
        ("2012-01-01T00:00:00.000Z", NOW),  # nor into weeks long closed
        ("no-time", NOW),
    ],
)
def test_an_edit_counts_when_it_was_made(edited_at: str, time: datetime) -> None:
    made = {**status(1, "Other words.", made=NOW - timedelta(days=40)), "edited_at": edited_at}
    reading = read([row("status.update", orjson.dumps(made), seen=NOW, server=HERE)], first=1, timezone=None)
    (post,) = reading.posts.to_pylist()
    assert (post["time"], post["id"]) == (time, f"{made['uri']}#edited-{edited_at}")


@pytest.mark.parametrize("edited_at", [None, "", "on Monday", 7.5, ["x"], "2" * 41])
def test_an_edit_that_says_no_time_is_the_post_that_is_known(edited_at: object) -> None:
    made = {**status(1, "Other words."), "edited_at": edited_at}
    rows = [row(kind, orjson.dumps(made), seen=NOW, server=HERE) for kind in ("update", "status.update")]
    first, edit = read(rows, first=1, timezone=None).posts.to_pylist()
    assert (first["id"], first["time"], first["author"]) == (edit["id"], edit["time"], edit["author"])


@pytest.mark.parametrize("visibility", ["unlisted", "private", "direct", None])
def test_an_edit_of_what_is_not_public_is_left_alone(visibility: object) -> None:
    made = {**status(1, "Other words.", visibility=visibility), "edited_at": "2014-08-03T05:00:00.000Z"}
    reading = read([row("status.update", orjson.dumps(made), seen=NOW, server=HERE)], first=1, timezone=None)
    assert reading.skipped.to_pylist() == [1]


@pytest.mark.parametrize("payload", [b"", b"{}", b"1 2", b"9" * 65, "١".encode(), b"null,"])
def test_a_deletion_that_names_no_number_is_no_more_than_its_kind(payload: bytes) -> None:
    assert row("delete", payload, seen=NOW, server=HERE) == b'{"event":"delete"}'
    assert row("delete", None, seen=NOW, server=HERE) == b'{"event":"delete"}'
    reading = read(
        [b'{"event":"delete","server":7,"id":"1"}', b'{"event":"delete","id":"1"}'], first=1, timezone=None
    )
    assert len(reading.withdrawn) == 0


@pytest.mark.parametrize("way", STREAMED)
@pytest.mark.parametrize("stop_after", [1, 3, 10])
def test_a_stream_that_is_lost_again_and_again_leaves_no_gap(way: str, stop_after: int) -> None:
    async def scenario() -> None:
        server = Mastodon(stop_after=stop_after)
        told: list[tuple[StreamState, str]] = []
        wanted = {f"Note {n}." for n in range(40)}
        got: list[bytes] = []

        async def write() -> None:
            await server.listened()
            for n in range(0, 40, 4):
                if n == 36:
                    await server.opened(2)  # the first was lost, and that was seen
                # Further apart than a look back goes; of another server's, so that ids are as they like.
                made = NOW - timedelta(hours=5) + n * LATE
                await server.post(
                    *(status(n + i, f"Note {n + i}.", made=made, local=False) for i in range(4))
                )
                await asyncio.sleep(0.01)  # a loss may lie between any two

        async with server.served() as url:
            await server.post(status(99, "Before.", made=NOW - timedelta(hours=6)))
            cursor = server.statuses[0]["id"]
            writing = asyncio.ensure_future(write())
            chosen = options(url, way=way)
            async for one in follow(SOURCE, chosen, cursor=cursor, told=told, secrets=OF_A_PROGRAM):
                got += one.rows
                if wanted <= set(texts_of(got)):
                    break
            await writing
        assert [state for state, _ in told].count(StreamState.WAITING) >= 1

    run(scenario())


def test_a_status_that_arrives_late_is_found_by_asking() -> None:
    async def scenario() -> None:
        server = Mastodon()
        await server.post(status(100, "On time."))
        got: list[bytes] = []
        async with server.served() as url:
            async for one in follow(SOURCE, options(url)):
                got += one.rows
                if len(got) == 1 == len(server.statuses):
                    await server.post(status(40, "A minute late.", local=False))
                if len(texts_of(got)) == 2:
                    break
        assert texts_of(got) == ["On time.", "A minute late."]

    run(scenario())


def test_what_was_given_is_not_given_again_by_asking() -> None:
    async def scenario() -> None:
        server = Mastodon()
        await server.post(*(status(n, f"Note {n}.") for n in range(5)))
        got: list[bytes] = []
        looks = 0
        async with server.served() as url:
            async for one in follow(SOURCE, options(url)):
                got += one.rows
                looks = sum(path.endswith("/public") for path, _, _ in server.asked)
                if looks > 8:
                    break
        assert texts_of(got) == [f"Note {n}." for n in range(5)]

    run(scenario())


def test_an_edit_of_what_was_read_a_moment_ago_is_seen_by_asking() -> None:
    async def scenario() -> None:
        server = Mastodon()
        first, other = status(1, "First words."), status(2, "Others.")
        await server.post(first, other)
        edits = ["2014-08-03T05:31:00.000Z", "2014-08-03T05:32:00.000Z"]
        got: list[bytes] = []
        looks = 0
        async with server.served() as url:
            async for one in follow(SOURCE, options(url)):
                got += one.rows
                if one.rows and edits:
                    words = {"content": f"<p>Words {len(edits)}.</p>", "edited_at": edits.pop(0)}
                    server.statuses[0] = {**server.statuses[0], **words}
                if len(got) == 4 and not looks:
                    looks = len(server.asked)
                if looks and len(server.asked) > looks + 4:
                    break
        reading = read(got, first=1, timezone=None)
        assert reading.posts["text"].to_pylist() == ["First words.", "Others.", "Words 2.", "Words 1."]
        assert reading.posts["id"].to_pylist()[2] == f"{first['uri']}#edited-2014-08-03T05:31:00.000Z"

    run(scenario())


@pytest.mark.parametrize("way", ["rest", *STREAMED])
def test_an_edit_during_a_loss_is_seen_where_it_is_of_a_moment_ago(way: str) -> None:
    """What came before the loss and was edited in it lies behind the cursor; what came in it has its newest words."""

    async def scenario() -> None:
        edited = {"edited_at": "2014-08-03T05:31:00.000Z"}
        first = status(1, "First words.")
        server = Mastodon()
        await server.post({**first, "content": "<p>Other words.</p>", **edited}, status(2, "Kept."))
        late = status(3, "In the loss, edited.", **edited)
        await server.post(late)
        async with server.served() as url:
            cursor = server.statuses[1]["id"]
            chosen = options(url, way=way)
            got = await take(SOURCE, chosen, 3, cursor=cursor, secrets=OF_A_PROGRAM)
        reading = read(rows_of(got), first=1, timezone=None)
        assert reading.posts["id"].to_pylist() == [
            f"{first['uri']}#edited-{edited['edited_at']}",
            server.statuses[1]["uri"],
            late["uri"],
        ]
        assert got[-1].cursor == late["id"]

    run(scenario())


@pytest.mark.parametrize("edited_at", [7, "", "x" * 65, [], None])
def test_an_edit_without_a_time_is_not_given_by_asking(edited_at: object) -> None:
    async def scenario() -> None:
        server = Mastodon()
        await server.post(status(1, "First words."))
        got: list[bytes] = []
        async with server.served() as url:
            async for one in follow(SOURCE, options(url)):
                got += one.rows
                server.statuses[0] = {
                    **server.statuses[0],
                    "content": "<p>Others.</p>",
                    "edited_at": edited_at,
                }
                if len(server.asked) > 5:
                    break
        assert texts_of(got) == ["First words."]

    run(scenario())


# Limits


def test_the_rate_limit_is_waited_for_and_then_all_is_read() -> None:
    async def scenario() -> None:
        server = Mastodon(limit=3)
        await server.post(*(status(n, f"Note {n}.") for n in range(400)))
        time = NOW
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            nonlocal time
            slept.append(seconds)
            time += timedelta(seconds=seconds)
            if time >= server.reset_at:
                server.used, server.reset_at = 0, server.reset_at + timedelta(minutes=5)

        async with server.served() as url:
            got = await take(
                SOURCE,
                options(url),
                400,
                cursor=snowflake(NOW - timedelta(hours=1)),
                sleep=sleep,
                clock=lambda: time,
            )
        assert texts_of(rows_of(got)) == [f"Note {n}." for n in range(400)]
        assert max(slept) <= 30
        assert sum(slept) == 900  # ten pages, three of them in five minutes
        assert all(code for code in server.asked)

    run(scenario())


def test_no_wait_between_two_pages_is_endless() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def scenario() -> None:
        first = page("200 OK", orjson.dumps([status(1, "A note.")]), Retry_After="999999")
        async with answering(first, page("404 Not Found")) as (port, _):
            with pytest.raises(UserError):
                await take(SOURCE, options(f"http://127.0.0.1:{port}"), 2, sleep=sleep)
        assert sum(slept) == 10 + LONGEST_WAIT

    run(scenario())


def test_a_status_that_is_nested_too_deep_costs_itself_alone() -> None:
    async def scenario() -> None:
        deep = b'{"id": "109348684737626800", "card": ' + b"[" * 300 + b"]" * 300 + b"}"
        body = b"[" + orjson.dumps(status(1, "A note.")) + b", " + deep + b"]"
        async with answering(page("200 OK", body)) as (port, _):
            got = rows_of(await take(SOURCE, options(f"http://127.0.0.1:{port}"), 2))
        reading = read(got, first=1, timezone=None)
        assert reading.posts["text"].to_pylist() == ["A note."]
        assert reading.rejected["reason"].to_pylist() == [Reason.NOT_OBJECT.value]

    run(scenario())


def test_too_many_requests_says_until_when() -> None:
    async def scenario() -> None:
        server = Mastodon(limit=0)
        async with server.served() as url:
            with pytest.raises(LostError, match="asks to wait") as told:
                await take(SOURCE, options(url), 1)
        assert told.value.after == 300.0

    run(scenario())


@pytest.mark.parametrize("way", STREAMED)
def test_an_event_that_is_too_long_costs_only_itself(way: str) -> None:
    async def scenario() -> None:
        server = Mastodon()
        async with server.served() as url:
            taking = asyncio.ensure_future(take(SOURCE, options(url, way=way), 3, secrets=OF_A_PROGRAM))
            await server.listened()
            await server.post(status(1, "Before."), status(2, "x" * (MAX_ROW_BYTES + 1)), status(3, "After."))
            got = rows_of(await taking)
        reading = read(got, first=1, timezone=None)
        assert reading.posts["text"].to_pylist() == ["Before.", "After."]
        assert reading.rejected["reason"].to_pylist() == [Reason.ROW_TOO_LONG.value]

    run(scenario())


def test_a_cursor_never_lies_ahead_of_now() -> None:
    async def scenario() -> None:
        server = Mastodon()
        await server.post(status(1, "Now."), status(2, "Ahead.", made=NOW + timedelta(days=400), local=False))
        async with server.served() as url:
            got = await take(SOURCE, options(url), 2)
        assert got[-1].cursor == snowflake(NOW)

    run(scenario())


@given(st.integers(0, 2**63 - 1).map(str) | st.text("0123456789abcXYZ", min_size=1, max_size=20))
def test_a_look_back_goes_back(number: str) -> None:
    assert order(back(number)) <= order(number)


# Who asks


@pytest.mark.parametrize(
    ("token", "way", "says"),
    [
        ("of-a-person", "sse", "logs in as no person"),
        ("of-a-person", "rest", "logs in as no person"),
        ("of-few-scopes", "sse", "does not say whose token"),
        ("unknown", "rest", "refuses (401)"),
        ("", "sse", "refuses (401)"),
        ("", "websocket", "refuses (401)"),
        ("of-an-application", "sse", "refuses (401)"),  # since 4.2 streams are for accounts
    ],
)
def test_no_person_logs_in(token: str, way: str, says: str) -> None:
    async def scenario() -> None:
        server = Mastodon()
        async with server.served() as url:
            with pytest.raises(UserError) as told:
                await take(SOURCE, options(url, way=way), 1, secrets={"token": token} if token else {})
            assert says in str(told.value)
            assert "of-a" not in str(told.value)
        assert not any("/timelines/" in path for path, _, _ in server.asked)

    run(scenario())


@pytest.mark.parametrize("token", ["", "of-an-application", "of-a-program"])
def test_pages_need_no_account(token: str) -> None:
    async def scenario() -> None:
        server = Mastodon(open_to_all=not token)
        await server.post(status(1, "A note."))
        async with server.served() as url:
            got = await take(SOURCE, options(url), 1, secrets={"token": token} if token else {})
        assert texts_of(rows_of(got)) == ["A note."]

    run(scenario())


def test_a_timeline_that_is_closed_is_refused_with_a_hint() -> None:
    async def scenario() -> None:
        server = Mastodon(open_to_all=False)
        async with server.served() as url:
            with pytest.raises(UserError, match="Look at `base_url` and `token`"):
                await take(SOURCE, options(url), 1)

    run(scenario())


# Servers that misbehave


@pytest.mark.parametrize("way", ["rest", *STREAMED])
@pytest.mark.parametrize(
    ("answer", "error", "after"),
    [
        (page("429 Too Many Requests", Retry_After="17"), LostError, 17.0),
        (page("503 Service Unavailable"), LostError, None),
        (page("500 Internal Server Error"), LostError, None),
        (page("200 OK"), LostError, None),
        (page("404 Not Found"), UserError, None),
        (page("403 Forbidden"), UserError, None),
        (page("301 Moved Permanently", Location="http://example.org/"), UserError, None),
        (b"no http at all\r\n\r\n", LostError, None),
        (b"", LostError, None),
    ],
)
def test_a_server_that_misbehaves_is_told_apart(
    way: str, answer: bytes, error: type[Exception], after: float | None
) -> None:
    async def scenario() -> None:
        async with answering(answer) as (port, _):
            with pytest.raises(error) as told:
                await take(SOURCE, options(f"http://127.0.0.1:{port}", way=way), 1)
        assert getattr(told.value, "after", None) == after
        assert "<html>" not in str(told.value)

    run(scenario())


OPENED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.mark.parametrize(
    "end",
    [b"", b"40\r\nevent: update\ndata: {", b"zz\r\n", b"0\r\n\r\n", chunk(b'event: update\ndata: {"id"')],
)
def test_what_came_before_a_stream_breaks_off_is_handed_over(end: bytes) -> None:
    async def scenario() -> None:
        payload = orjson.dumps(status(1, "A note."))
        answer = OPENED + chunk(b":)\n") + chunk(b"event: update\ndata: %s\n\n" % payload) + end
        async with answering(answer) as (port, _):
            got: list[bytes] = []
            with pytest.raises(LostError):  # noqa: PT012 - what came before the error is kept
                async for one in SOURCE.listen(
                    options(f"http://127.0.0.1:{port}", way="sse"), cursor=None, tools=tools()
                ):
                    got += one.rows
        assert texts_of(got) == ["A note."]

    run(scenario())


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from(SAMPLE).map(lambda row: b"event: update\ndata: " + row + b"\n\n"),
        st.sampled_from(
            [b":thump\n", b"event: delete\ndata: 7\n\n", b"data: 1\r\n\r\n", b"event: update\ndata: {}\n\n"]
        ),
    ),
    max_size=6,
)


@settings(max_examples=60)
@given(pieces=PIECES, broken=st.binary(max_size=5))
def test_whatever_a_stream_holds_ends_in_one_of_the_errors_that_are_meant(
    pieces: list[bytes], broken: bytes
) -> None:
    async def scenario() -> None:
        async with answering(OPENED + b"".join(chunk(piece) for piece in pieces if piece) + broken) as (
            port,
            _,
        ):
            with pytest.raises((LostError, UserError)):  # noqa: PT012 - what came before the error is read
                async for one in SOURCE.listen(
                    options(f"http://127.0.0.1:{port}", way="sse"), cursor=None, tools=tools()
                ):
                    read(one.rows, first=1, timezone=None)

    run(scenario())


STATUSES = st.fixed_dictionaries(
    {}, optional={"id": st.one_of(ANY, st.text("0123456789", max_size=30)), "content": ANY}
)


@settings(max_examples=60)
@given(
    pages=st.lists(
        st.one_of(
            st.binary(max_size=20), st.lists(STATUSES, max_size=4).map(orjson.dumps), ANY.map(orjson.dumps)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_pages_hold_they_are_read_or_refused(pages: list[bytes]) -> None:
    answers = [page("200 OK", body) for body in pages] + [page("404 Not Found")]

    async def scenario() -> None:
        async with answering(*answers) as (port, _):
            with pytest.raises((LostError, UserError)):  # noqa: PT012 - what came before the error is read
                async for one in SOURCE.listen(
                    options(f"http://127.0.0.1:{port}"), cursor="109348684737626801", tools=tools()
                ):
                    read(one.rows, first=1, timezone=None)

    run(scenario())


@pytest.mark.parametrize(
    "head",
    [
        OPENED.replace(b"text/event-stream", b"text/html"),
        OPENED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"),
    ],
)
def test_what_is_no_stream_of_events_is_left(head: bytes) -> None:
    async def scenario() -> None:
        async with answering(head + chunk(b":)\n"), hold=True) as (port, raw):
            with pytest.raises(LostError, match="no stream of events"):
                await take(SOURCE, options(f"http://127.0.0.1:{port}", way="sse"), 1)
            await raw.left.wait()

    run(scenario())


def test_comments_say_that_the_server_is_there_and_half_a_line_does_not() -> None:
    async def scenario() -> None:
        drops = [chunk(b"x") for _ in range(20)]
        answer = OPENED + chunk(b":)\n") + chunk(b":thump\n") + b"".join(drops)
        async with answering(answer) as (port, _):
            got = []
            with pytest.raises(LostError):  # noqa: PT012 - what came before the error is kept
                async for one in SOURCE.listen(
                    options(f"http://127.0.0.1:{port}", way="sse"), cursor=None, tools=tools()
                ):
                    got.append(one)  # noqa: PERF401
        assert 1 <= len(got) <= 2
        assert rows_of(got) == []

    run(scenario())


@pytest.mark.parametrize(
    ("said", "error", "says"),
    [
        (b'{"error":"Unknown stream type","status":400}', UserError, "refuses the stream"),
        (b'{"error":"Database is down","status":500}', LostError, "cannot give the stream"),
        (b'{"error":"Internal error"}', LostError, "cannot give the stream"),
        (b'{"error":"x","status":"400"}', LostError, "cannot give the stream"),
    ],
)
def test_an_error_inside_a_websocket_is_told_apart(said: bytes, error: type[Exception], says: str) -> None:
    async def scenario() -> None:
        from_server = b"\x81" + bytes([len(said)]) + said
        async with answering(HANDSHAKE + from_server) as (port, _):
            with pytest.raises(error, match=says):
                await take(SOURCE, options(f"http://127.0.0.1:{port}", way="websocket"), 1)

    run(scenario())


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"way": "mail"}, "way"),
        ({"stream": "user"}, "stream"),
        ({"stream": "direct"}, "stream"),
        ({"stream": "hashtag"}, "hashtag"),
        ({"stream": "hashtag", "hashtag": "#"}, "hashtag"),
        ({"stream": "hashtag", "hashtag": "x" * 500}, "hashtag"),
    ],
)
def test_options_that_no_server_knows_are_named(changed: dict[str, str], says: str) -> None:
    with pytest.raises(SettingError, match=f"The setting {says} "):
        run(take(SOURCE, options("http://127.0.0.1:1", **changed), 1))


# The server of these tests, as another client of Mastodon sees it


class Heard(other_client.StreamListener):
    """Keep what the other client hears."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.deleted: list[str] = []
        self.edited: list[str] = []
        self.beats = 0
        self.done = threading.Event()

    def on_update(self, status: Any) -> None:
        self.said.append(status["content"])

    def on_status_update(self, status: Any) -> None:
        self.edited.append(status["content"])

    def handle_heartbeat(self) -> None:
        self.beats += 1

    def on_delete(self, status_id: Any) -> None:
        self.deleted.append(str(status_id))
        self.done.set()


@pytest.fixture
def statuses() -> list[dict[str, Any]]:
    return [status(n, f"Note {n}.") for n in range(90)]


def test_another_client_pages_through_our_server(statuses: list[dict[str, Any]]) -> None:
    async def scenario() -> None:
        server = Mastodon(statuses=statuses)
        async with server.served() as url:

            def ask() -> list[str]:
                client = other_client.Mastodon(api_base_url=url, access_token="of-an-application")  # noqa: S106
                found: list[str] = []
                after = statuses[0]["id"]
                while page := client.timeline_public(min_id=after, limit=40):
                    found += [one["content"] for one in page[::-1]]
                    after = page[0]["id"]
                assert client.ratelimit_remaining < 300
                return found

            assert await asyncio.to_thread(ask) == [f"<p>Note {n}.</p>" for n in range(1, 90)]

    run(scenario())


@pytest.mark.parametrize("way", STREAMED)
def test_another_client_hears_our_server(way: str) -> None:
    async def scenario() -> None:
        server = Mastodon()
        heard = Heard()
        async with server.served() as url:

            def listen() -> Any:
                client = other_client.Mastodon(api_base_url=url, access_token="of-a-program")  # noqa: S106
                if way == "sse":
                    return client.stream_public(heard, run_async=True)
                opened = client.stream_open_websocket(listener=heard)
                opened.subscribe("public")
                return opened

            handle = await asyncio.to_thread(listen)
            await server.listened()
            first = status(1, "First words.")
            await server.post(first)
            await server.event("status.update", json.dumps({**first, "content": "<p>Other words.</p>"}))
            if way == "sse":
                await server.event("thump", "")
            await server.event("delete", first["id"])
            assert await asyncio.to_thread(heard.done.wait, 10)
            if way == "sse":
                server.hang_up()  # closing it while it reads would wait for more
                await asyncio.to_thread(handle._thread.join, 10)
            await asyncio.to_thread(handle.close)
        assert (heard.said, heard.edited) == (["<p>First words.</p>"], ["<p>Other words.</p>"])
        assert heard.deleted == [first["id"]]
        assert way == "websocket" or heard.beats >= 2

    run(scenario())
