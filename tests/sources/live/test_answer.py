"""A web server's answer is read with a bound on everything, whatever the server does."""

import asyncio
import gzip
import logging
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.live.web import Handler, Reply, packed, run, web

from fanal.model.error import UserError
from fanal.sources.answer import Answer, TooLargeError, ask, client, refuse
from fanal.sources.live import LostError
from fanal.sources.refusal import asked

NOW = datetime(2014, 8, 3, tzinfo=UTC)


def got(handler: Handler, *, most: int = 1000, seconds: float = 20.0, path: str = "/") -> Answer:
    async def work() -> Answer:
        async with web(handler) as server, client() as requests:
            return await ask(requests, server.url + path, what="It", most=most, seconds=seconds)

    return run(work())


def test_an_answer_comes_as_it_is_and_unpacked() -> None:
    assert got(lambda _: Reply(body=b"abc")).body == b"abc"
    assert got(lambda _: packed(b"abc" * 100)).body == b"abc" * 100
    assert got(lambda _: Reply(status=404, body=b"no")).status == 404


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"x" * 1001),
        packed(b"x" * 1001),
        packed(bytes(50_000_000)),
        Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n" + b"x" * 100_000),
    ],
    ids=["long", "long when unpacked", "a bomb", "longer than said"],
)
def test_an_answer_that_is_too_long_is_left(reply: Reply) -> None:
    with pytest.raises(TooLargeError, match="longer than 1,000 bytes"):
        got(lambda _: reply)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(raw=b""),
        Reply(raw=b"nothing that HTTP knows\r\n\r\n"),
        Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf"),
        Reply(body=b"not packed", headers={"content-encoding": "gzip"}),
        Reply(body=gzip.compress(b"x" * 500)[:-9], headers={"content-encoding": "gzip"}),
        Reply(body=b"x", headers={"content-encoding": "br"}),
        Reply(raw=b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1_000_000 + b"\r\n\r\n"),
    ],
    ids=["closed", "noise", "half", "falsely packed", "packed half", "another packing", "a long head"],
)
def test_what_is_no_whole_answer_is_a_loss(reply: Reply) -> None:
    with pytest.raises(LostError, match=r"^It: "):
        got(lambda _: reply)


def test_a_server_that_never_ends_is_left_in_time() -> None:
    async def never(_: object) -> Reply:
        await asyncio.Event().wait()
        return Reply()

    with pytest.raises(LostError, match=r"no whole answer in 0\.2 s"):
        got(never, seconds=0.2)


def test_a_server_that_is_not_there_is_a_loss() -> None:
    async def work() -> None:
        async with web(lambda _: Reply()) as server:
            url = server.url
        async with client() as requests:
            await ask(requests, f"{url}/secret", what="It", most=10, seconds=20)

    with pytest.raises(LostError, match=r"^It: ConnectError") as told:
        run(work())
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__


def test_a_redirect_leads_within_the_host_alone() -> None:
    moved = {"/a": Reply(status=302, headers={"location": "/b"}), "/b": Reply(body=b"here")}
    assert got(lambda asked: moved[asked.path], path="/a").body == b"here"
    for status, kind in (
        (301, UserError),
        (308, UserError),
        (302, LostError),
        (303, LostError),
        (307, LostError),
    ):
        for location in (
            "https://other.example/",
            "http://10.0.0.1/",
            "file:///etc/passwd",
            "//other.example/x",
        ):
            away = Reply(status=status, headers={"location": location})
            with pytest.raises(kind, match="which is not followed"):
                got(lambda _, away=away: away)
        with pytest.raises(kind, match="no address"):
            got(lambda _, status=status: Reply(status=status, headers={"location": "http://["}))
    with pytest.raises(UserError, match="without an end"):
        got(lambda _: Reply(status=307, headers={"location": "/"}))


def test_a_refusal_says_whether_a_later_try_is_worth_it() -> None:
    def said(status: int, **headers: str) -> None:
        answer = Answer(status=status, headers=headers, body=b"", address="")
        refuse(answer, what="It", now=NOW, hint="Look.")

    said(200)
    said(206)
    said(304)
    for status in (408, 425, 429, 500, 502, 503, 504):
        with pytest.raises(LostError, match=str(status)) as lost:
            said(status, **{"retry-after": "90"})
        assert lost.value.after == 90.0
    for status in (300, 400, 401, 403, 404, 410):
        with pytest.raises(UserError, match=str(status)):
            said(status)


@given(st.text(max_size=40))
def test_any_retry_after_is_seconds_or_nothing(said: str) -> None:
    found = asked({"retry-after": said}, now=NOW)
    assert found is None or 0 <= found < 1e12


def test_no_address_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    got(lambda _: Reply(body=b"x"), path="/bot-secret")
    assert "bot-secret" not in caplog.text
