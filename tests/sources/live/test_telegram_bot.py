"""Telegram's Bot API against a server that keeps to its protocol: offsets, long polling, conflicts, limits, secrets."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.live.web import Reply, Request, Time, run, take, web

from fanal.model.error import UserError
from fanal.sources.catalogue import find
from fanal.sources.live import Inflow, LostError
from fanal.sources.mapping import FieldMapping
from fanal.sources.option import options_of
from fanal.sources.reason import Reason
from fanal.sources.telegram_bot import TELEGRAM_BOT, WANTED, TelegramBot, listen, read

TOKEN = "123456:Made-For-A-Test-00000000000"  # noqa: S105 - made up, and of the form that tokens have


def update(number: int, **message: Any) -> dict[str, Any]:
    chat = message.pop("chat", {"id": -1000000000077, "type": "channel"})
    kind = message.pop("kind", "channel_post")
    return {
        "update_id": number,
        kind: {"message_id": number, "date": 1407042000 + number, "chat": chat, **message},
    }


class BotApi:
    """Keep a queue as the Bot API does: an offset confirms what is below it, a poll waits for what comes."""

    def __init__(self, *updates: dict[str, Any]) -> None:
        self.queue = list(updates)
        self.came = asyncio.Condition()
        self.polls = 0

    async def __call__(self, request: Request) -> Reply:
        if request.path != f"/bot{TOKEN}/getUpdates":
            return said(401, description=f"Unauthorized {TOKEN}")
        if self.polls:
            return said(409, description="Conflict: terminated by other getUpdates request")
        self.polls += 1
        try:
            offset = int(request.query.get("offset", "0"))
            limit = int(request.query["limit"])
            self.queue = [one for one in self.queue if one["update_id"] >= offset]
            async with self.came:
                await self.came.wait_for(lambda: self.queue)
            return Reply(body=orjson.dumps({"ok": True, "result": self.queue[:limit]}))
        finally:
            self.polls -= 1

    async def put(self, one: dict[str, Any]) -> None:
        async with self.came:
            self.queue.append(one)
            self.came.notify_all()


def said(code: int, **more: Any) -> Reply:
    return Reply(status=code, body=orjson.dumps({"ok": False, "error_code": code, **more}))


def options(url: str) -> TelegramBot:
    made = options_of(TelegramBot, {"base_url": url, "poll_seconds": 1}, stream="bot")
    assert isinstance(made, TelegramBot)
    return made


def test_updates_come_once_and_in_order_and_go_on_from_the_cursor() -> None:
    async def work() -> None:
        api = BotApi(*(update(n, text=f"Post {n}.") for n in range(10, 260)))
        async with web(api) as server:
            tools = Time().tools(token=TOKEN)
            taken = await take(listen(options(server.url), cursor=None, tools=tools), rows=100)
            assert [len(one.rows) for one in taken] == [100]
            assert taken[-1].cursor == "110"
            # What was handed over and not taken further is still there: nothing was confirmed yet.
            assert api.queue[0]["update_id"] == 10
            rest = await take(listen(options(server.url), cursor="110", tools=tools), rows=150)
            numbers = [orjson.loads(row)["update_id"] for one in rest for row in one.rows]
            assert numbers == list(range(110, 260))
            assert server.asked[0].query["allowed_updates"] == orjson.dumps(WANTED).decode()

    run(work())


def test_a_poll_waits_for_what_comes() -> None:
    async def work() -> None:
        api = BotApi()
        async with web(api) as server:
            listening = listen(options(server.url), cursor=None, tools=Time().tools(token=TOKEN))
            waiting = asyncio.ensure_future(take(listening, rows=1))
            while not server.asked:
                await asyncio.sleep(0)
            await api.put(update(5, text="The road is open."))
            assert (await waiting)[-1].cursor == "6"

    run(work())


def test_the_server_is_not_asked_for_more_before_what_it_gave_is_committed() -> None:
    async def work() -> None:
        api = BotApi(*(update(n, text="x") for n in range(1, 500)))
        async with web(api) as server:
            listening = listen(options(server.url), cursor=None, tools=Time().tools(token=TOKEN))
            taken = await take(listening, words=20, commit=False)
            assert [len(one.rows) for one in taken] == [100] + [0] * 19
            assert len(server.asked) == 1
            assert api.queue[0]["update_id"] == 1, "a crash before the commit would lose it"
            listening = listen(options(server.url), cursor=None, tools=Time().tools(token=TOKEN))
            first = await anext(listening)
            assert first.done is not None
            await first.done()
            second = await take(listening, rows=100, commit=False)
            assert second[-1].cursor == "201"
            assert api.queue[0]["update_id"] == 101

    run(work())


def test_an_update_that_is_nested_too_deep_costs_itself_alone() -> None:
    deep = b'{"update_id": 6, "channel_post": ' + b"[" * 300 + b"]" * 300 + b"}"
    body = (
        b'{"ok": true, "result": [' + deep + b", " + orjson.dumps(update(5, text="The road is open.")) + b"]}"
    )

    async def work() -> list[Inflow]:
        async with web(lambda _: Reply(body=body)) as server:
            tools = Time().tools(token=TOKEN)
            return await take(listen(options(server.url), cursor=None, tools=tools), rows=2)

    (one,) = run(work())
    reading = read(one.rows, first=1, timezone=None)
    assert one.cursor == "7"
    assert reading.rejected.to_pylist() == [{"line": 1, "reason": Reason.NOT_JSON.value}]
    assert reading.posts["line"].to_pylist() == [2]


def lost(reply: Reply, *, token: str = TOKEN) -> LostError | UserError:
    async def work() -> list[Inflow]:
        async with web(lambda _: reply) as server:
            return await take(
                listen(options(server.url), cursor=None, tools=Time().tools(token=token)), words=1
            )

    with pytest.raises((LostError, UserError)) as told:
        run(work())
    assert token not in str(told.value) or not token
    return told.value


@pytest.mark.parametrize(
    ("reply", "kind", "words", "after"),
    [
        (said(401, description="Unauthorized"), UserError, "does not know the bot", None),
        (said(404, description=f"Not Found {TOKEN}"), UserError, "does not know the bot", None),
        (said(409, description="Conflict: can't use getUpdates"), LostError, "another program", None),
        (said(429, parameters={"retry_after": 17}), LostError, "429", 17.0),
        (said(429, parameters={"retry_after": -1}), LostError, "429", None),
        (said(500, description="x"), LostError, "500", None),
        (Reply(status=502, body=b"<html>Bad gateway</html>"), LostError, "502", None),
        (Reply(body=b"<html>Log in</html>"), LostError, "no answer of the Bot API", None),
        (Reply(body=b'{"ok": true, "result": {"a": 1}}'), LostError, "no answer", None),
        (Reply(body=b"[" * 100_000), LostError, "no answer", None),
        (Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"), LostError, "Telegram", None),
        (Reply(status=302, headers={"location": "https://a.example/"}), LostError, "not followed", None),
        (Reply(status=301, headers={"location": "https://a.example/"}), UserError, "not followed", None),
    ],
)
def test_what_a_server_may_answer(reply: Reply, kind: type, words: str, after: float | None) -> None:
    error = lost(reply)
    assert isinstance(error, kind)
    assert words in str(error)
    assert getattr(error, "after", None) == after


@pytest.mark.parametrize(
    "token", ["", "short", "with a blank 000000000000000", "../../../../etc/passwd000", "\n" * 30]
)
def test_a_token_that_could_be_none_is_never_sent(token: str) -> None:
    assert "no token" in str(lost(Reply(body=b'{"ok": true, "result": []}'), token=token))


def test_messages_of_groups_and_channels_are_posts_and_private_ones_are_not() -> None:
    group = {"id": -44, "type": "group"}
    person = {"id": 9, "type": "private"}
    rows = [
        update(1, text="The bridge is open."),
        update(
            2, kind="message", chat=group, text="Roads are closed.", **{"from": {"id": 5, "is_bot": False}}
        ),
        update(3, kind="message", chat=person, text="For the bot alone."),
        update(4, caption="A photo of the bridge.", photo=[{"file_id": "x"}]),
        update(5, poll={"question": "Is the road open?", "options": [{"text": "Yes"}, {"text": "No"}]}),
        update(6, text="Here.", location={"longitude": 43.1, "latitude": 36.3}),
        update(7, venue={"location": {"longitude": 1, "latitude": 2}, "title": "Square"}),
        update(8, new_chat_title="Another"),
        update(9, kind="edited_channel_post", text="The bridge is closed again.", edit_date=1407050000),
        update(10, text={"a": 1}),
        {"update_id": 11, "my_chat_member": {}},
    ]
    reading = read([orjson.dumps(one) for one in rows], first=1, timezone=None)
    posts = {post["line"]: post for post in reading.posts.to_pylist()}
    assert sorted(posts) == [1, 2, 4, 5, 6, 7, 9]
    assert reading.skipped.to_pylist() == [3, 8, 11]
    assert reading.rejected.to_pylist() == [{"line": 10, "reason": Reason.TEXT_NOT_TEXT.value}]
    assert (posts[1]["id"], posts[1]["author"]) == ("77/1", "channel77")
    assert (posts[2]["id"], posts[2]["author"]) == ("44/2", "user5")
    assert posts[4]["text"] == "A photo of the bridge."
    assert (posts[9]["id"], posts[9]["author"]) == ("77/9#edited-1407050000", "channel77")
    assert posts[9]["time"] == datetime(2014, 8, 3, 7, 13, 20, tzinfo=UTC)
    assert posts[5]["text"] == "Is the road open?\nYes\nNo"
    assert (posts[6]["lon"], posts[6]["lat"]) == (43.1, 36.3)
    assert (posts[7]["text"], posts[7]["lon"]) == ("Square", 1)


EXPORT = """{"name": "x", "type": "public_channel", "id": 77, "messages": [
{"id": 1, "type": "message", "date_unixtime": "1407042001", "from_id": "channel77", "text": "The bridge is open."},
{"id": 2, "type": "message", "date_unixtime": "1407042002", "from_id": "channel77", "text": "",
 "place_name": "Square", "address": "Main street", "location_information": {"longitude": 43.1, "latitude": 36.3}},
{"id": 3, "type": "message", "date_unixtime": "1407042003", "from_id": "channel77", "text": "",
 "poll": {"question": "Is the road open?", "answers": [{"text": "Yes"}, {"text": "No"}]}}]}"""


def test_a_message_is_the_post_that_an_export_has(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(EXPORT, encoding="utf-8")
    (reading,) = find("telegram").read(file, mapping=FieldMapping())
    venue = {"location": {"longitude": 43.1, "latitude": 36.3}, "title": "Square", "address": "Main street"}
    poll = {"question": "Is the road open?", "options": [{"text": "Yes"}, {"text": "No"}]}
    updates = [update(1, text="The bridge is open."), update(2, venue=venue), update(3, poll=poll)]
    bot = read([orjson.dumps(one) for one in updates], first=1, timezone=None)
    assert reading.posts.to_pylist() == bot.posts.to_pylist()


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
FIELDS = st.sampled_from(
    ["message_id", "date", "chat", "text", "caption", "poll", "location", "venue", "from", "sender_chat"]
)
MESSAGES = st.dictionaries(FIELDS, JSON, max_size=6)


@given(st.lists(st.tuples(st.sampled_from(WANTED), MESSAGES | JSON), max_size=5))
def test_any_update_is_a_post_or_skipped_or_rejected(updates: list[tuple[str, Any]]) -> None:
    rows = [
        orjson.dumps({"update_id": 1, kind: message}, option=orjson.OPT_PASSTHROUGH_SUBCLASS)
        for kind, message in updates
        if _fits(message)
    ]
    rows += [orjson.dumps(update(1, text="The bridge is open."))]
    reading = read(rows, first=1, timezone=None)
    assert len(reading.posts) + len(reading.skipped) + len(reading.rejected) == len(rows)
    assert reading.posts["text"].to_pylist()[-1] == "The bridge is open."


def _fits(value: Any) -> bool:
    """Tell whether orjson writes a value: no number beyond 64 bits, no lone surrogate."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return True


def test_the_source_says_what_it_asks_for() -> None:
    assert TELEGRAM_BOT.secrets == ("token",)


def test_a_type_of_chat_that_is_no_text_is_no_chat() -> None:
    row = b'{"message":{"message_id":1,"date":1407042000,"text":"a","chat":{"id":5,"type":[]}}}'
    assert read([row], first=1, timezone=None).skipped.to_pylist() == [1]
