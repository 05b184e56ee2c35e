"""Telegram's export: every form of a message since 2019 is read, together as well as one by one."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.sources import telegram
from fanal.sources.judge import judge
from fanal.sources.mapping import FieldMapping
from fanal.sources.parts import columns
from fanal.sources.telegram import Chat, chat_of, columns_of, message
from fanal.sources.walk import Lists, Place, Walk
from fanal.testing.check_source import rows_of

CHAT: dict[str, Any] = {"name": "Town", "type": "public_supergroup", "id": 7}
GOOD: dict[str, Any] = {
    "id": 1,
    "type": "message",
    "date": "2014-08-03T08:00:00",
    "date_unixtime": "1407042000",
    "from_id": "user5",
    "text": "The road is closed.",
}


def post_of(tmp_path: Path, more: dict[str, Any], **chat: Any) -> dict[str, Any]:
    """Return the one post of a chat with one message."""
    file = tmp_path / "result.json"
    file.write_text(json.dumps({**CHAT, **chat, "messages": [{**GOOD, **more}]}, indent=1), encoding="utf-8")
    (reading,) = telegram.read(file, mapping=FieldMapping())
    (post,) = reading.posts.to_pylist()
    alone, reason = message(
        json.dumps({**GOOD, **more}).encode(),
        chat_of(
            Place(
                name="messages", depth=0, before=json.dumps({**CHAT, **chat})[:-1].encode() + b',"messages":['
            )
        ),
    )
    assert reason is None
    assert (alone["id"], alone["author"], alone["text"]) == (post["id"], post["author"], post["text"])
    return post


@pytest.mark.parametrize(
    ("given_text", "text"),
    [
        ("plain", "plain"),
        (["one ", {"type": "link", "text": "https://a.example"}, " two"], "one https://a.example two"),
        ([{"type": "mention_name", "text": "a name", "user_id": 5}], "a name"),
        ([{"text": "x\ny", "type": "pre", "language": ""}, '"\\ é 😀'], 'x\ny"\\ é 😀'),
        ([{"type": "custom_emoji", "text": "🚌", "document_id": "(File not included.)"}, "!"], "🚌!"),
        ([{"type": "blockquote", "text": "quoted", "collapsed": True}], "quoted"),
    ],
)
def test_a_text_in_pieces_is_one(tmp_path: Path, given_text: object, text: str) -> None:
    assert post_of(tmp_path, {"text": given_text})["text"] == text


def test_an_edited_message_keeps_its_id_and_its_time(tmp_path: Path) -> None:
    first = post_of(tmp_path, {})
    edited = post_of(
        tmp_path, {"edited": "2014-08-04T08:00:00", "edited_unixtime": "1407128400", "text": "Open."}
    )
    assert (edited["id"], edited["time"], edited["author"]) == (first["id"], first["time"], first["author"])


def test_what_is_forwarded_is_a_post_of_who_forwards_it(tmp_path: Path) -> None:
    post = post_of(
        tmp_path, {"forwarded_from": "Someone else", "forwarded_from_id": "user9", "via_bot": "@b"}
    )
    assert (post["author"], post["text"]) == ("user5", "The road is closed.")


def test_question_and_answers_of_a_poll_are_text(tmp_path: Path) -> None:
    poll = {"question": "Which road?", "answers": [{"text": "North", "voters": 1}, {"text": ["So", "uth"]}]}
    assert post_of(tmp_path, {"text": "", "poll": poll})["text"] == "Which road?\nNorth\nSouth"
    poll = {"question": [{"type": "bold", "text": "Which"}, " road?"], "answers": []}
    assert post_of(tmp_path, {"poll": poll})["text"] == "The road is closed.\nWhich road?"


def test_a_place_is_text_and_coordinates(tmp_path: Path) -> None:
    venue = {
        "place_name": "School",
        "address": "",
        "location_information": {"latitude": 36, "longitude": 43.5},
    }
    post = post_of(tmp_path, {"text": "", **venue})
    assert (post["text"], post["lon"], post["lat"]) == ("School", 43.5, 36.0)
    live = {
        "location_information": {"latitude": 36.1, "longitude": 43.5},
        "live_location_period_seconds": 900,
    }
    assert post_of(tmp_path, live)["lat"] == 36.1
    assert post_of(tmp_path, {"location_information": None})["lat"] is None


@pytest.mark.parametrize(
    ("old", "new"),
    [(123, "user123"), ("user123", "user123"), ("channel9", "channel9"), (1 << 33, str(1 << 33))],
)
def test_authors_of_old_exports_are_those_of_new_ones(tmp_path: Path, old: object, new: str) -> None:
    assert post_of(tmp_path, {"from_id": old})["author"] == new


def test_chats_of_old_exports_are_those_of_new_ones(tmp_path: Path) -> None:
    assert post_of(tmp_path, {}, id=(1 << 33) + 7)["id"] == post_of(tmp_path, {})["id"] == "7/1"
    assert post_of(tmp_path, {}, id=(1 << 32) + 7, type="private_group")["id"] == "7/1"
    assert post_of(tmp_path, {}, id=(1 << 33) + 7, type="personal_chat")["id"] == f"{(1 << 33) + 7}/1"


def test_a_channel_speaks_where_nobody_is_named(tmp_path: Path) -> None:
    assert post_of(tmp_path, {"from_id": None}, type="public_channel")["author"] == "channel7"
    assert post_of(tmp_path, {"from_id": ""}, type="public_channel")["author"] == "channel7"
    assert post_of(tmp_path, {"from_id": None})["author"] is None


def test_entities_stand_for_a_text_that_is_not_there() -> None:
    raw = json.dumps(
        {"date_unixtime": "1407042000", "text_entities": [{"type": "plain", "text": "a"}]}
    ).encode()
    assert message(raw, Chat())[0]["text"] == "a"


TEXTS = st.text('ab"\\\n\té😀\u2028', max_size=6)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(
        [0, 1 << 31, 1 << 32, 1 << 70, 1e300, 0.5, 1407042000, "1407042000", "2014-08-03T08:00:00", ""]
    )
    | TEXTS
)
ENTITIES = TEXTS | st.dictionaries(
    st.sampled_from(["type", "text", "href", "user_id"]), SCALARS | TEXTS, max_size=3
)
VALUES = (
    SCALARS
    | st.lists(ENTITIES, max_size=4)
    | st.dictionaries(
        st.sampled_from(["latitude", "longitude", "question", "answers", "text"]),
        SCALARS | st.lists(ENTITIES | st.lists(ENTITIES, max_size=2), max_size=3),
        max_size=4,
    )
)
MESSAGES = st.dictionaries(
    st.sampled_from([*GOOD, "text_entities", "poll", "place_name", "address", "location_information", "x"]),
    VALUES,
    max_size=6,
).map(lambda odd: GOOD | odd)
LISTS = Lists(names=("messages",), what="a list", element="message", hint="None.")


@settings(deadline=None, max_examples=300)
@given(
    messages=st.lists(MESSAGES, min_size=1, max_size=6),
    escaped=st.booleans(),
    indent=st.sampled_from([None, 1]),
    cut=st.integers(0, 400),
    noise=st.sampled_from(["", "", "", ",", "}", '"', "\\", "1 2", "\\x0B", "\\ud800", "[", "e9"]),
)
def test_messages_together_and_one_by_one_agree(
    tmp_path_factory, messages: list, escaped: bool, indent: int | None, cut: int, noise: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "agree.json"
    text = json.dumps({**CHAT, "messages": messages}, ensure_ascii=escaped, indent=indent)
    at = min(len(text), text.index("messages") + 12 + cut)
    file.write_text(text[:at] + noise + text[at:], encoding="utf-8")
    for batch in Walk(file, LISTS, start=0, rows=100).batches():
        chat = chat_of(batch.stretches[0].place)
        alone = columns([message(batch.of(row)[0], chat) for row in range(batch.size)], batch.line)
        fast, slow = (judge(one, timezone=None, position=batch.last) for one in (columns_of(batch), alone))
        assert rows_of([fast]) == rows_of([slow])


def test_few_odd_messages_cost_only_themselves(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    rows = [{**GOOD, "id": n} for n in range(1000)]
    rows[100]["text"] = 5
    rows[900]["text"] = [{"type": "bold", "text": None}]
    file.write_text(json.dumps({**CHAT, "messages": rows}), encoding="utf-8")
    readings = list(telegram.read(file, mapping=FieldMapping(), rows=300))
    assert [len(reading.posts) for reading in readings] == [299, 300, 300, 99]
    lines = np.concatenate([reading.rejected["line"].to_numpy() for reading in readings])
    assert lines.tolist() == [101, 901]


@pytest.mark.parametrize(
    "chat",
    [
        '{"name": "A \\x0B friend", "type": "personal_chat", "id": 1, "messages": [%s]}',
        '{"name": "A friend", "id": 1, "messages": [%s], "type": "personal_chat"}',
        '{"name": "A friend", "id": 1, "messages": [%s]}',
        '{"name": "A friend", "type": "something_new", "id": 1, "messages": [%s]}',
    ],
)
def test_of_a_whole_account_only_what_is_known_to_be_shared_is_read(tmp_path: Path, chat: str) -> None:
    file = tmp_path / "result.json"
    shared = '{"name": "A \\x0B town", "type": "public_supergroup", "id": 2, "messages": [%s]}'
    talk = ", ".join(
        one % json.dumps({**GOOD, "text": said}) for one, said in ((chat, "For one."), (shared, "For all."))
    )
    file.write_text('{"chats": {"list": [' + talk + "]}}", encoding="utf-8")
    readings = list(telegram.read(file, mapping=FieldMapping()))
    assert [post["text"] for one in readings for post in one.posts.to_pylist()] == ["For all."]


def test_a_name_that_is_no_utf8_hides_no_private_talk(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    talk = b'{"name": "\xff", "type": "personal_chat", "id": 1, "messages": [%s]}' % json.dumps(GOOD).encode()
    file.write_bytes(b'{"chats": {"list": [' + talk + b"]}}")
    assert not any(len(one.posts) for one in telegram.read(file, mapping=FieldMapping()))
