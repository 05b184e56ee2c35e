"""Webhook: a real server verifies the signature with the library of the scheme; whatever goes wrong is told."""

import base64
import json
import ssl
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from tests.outbox import servers
from tests.outbox.notices import Asked, notice, release

from fanal.model.error import RefusedError, RetryableError, SettingError
from fanal.model.secret import PREFIX, key_of
from fanal.outbox.notice import Notice
from fanal.outbox.webhook import Hook, connected, sign, to_json

SECRET = PREFIX + base64.b64encode(bytes(range(32))).decode()


def now() -> datetime:
    """Return the machine's time: the library of the scheme asks its clock, and takes five minutes for too long."""
    return datetime.now(UTC)  # noqa: TID251 - as above


def send(
    port: int, *notices: Notice, scheme: str = "http", context: ssl.SSLContext | None = None, **changed: Any
) -> None:
    hook = Hook(
        url=f"{scheme}://localhost:{port}/in",
        key=key_of(SECRET, whose="webhook"),
        timeout=changed.pop("timeout", 60.0),
    )
    told: dict[str, Any] = {"clock": now, "require": Asked(), **changed}
    with connected(hook, context=context or ssl.create_default_context(), **told) as post:
        for one in notices or (notice(),):
            post(one)


def test_a_receiver_verifies_it() -> None:
    with servers.http(lambda _: 204) as (port, asked):
        send(port)
    (one,) = asked
    told = Webhook(SECRET).verify(one.body, one.headers)
    assert told == json.loads(one.body)
    assert told["type"] == "fanal.alert"
    assert told["data"]["areas"] == release().table["areas"][0].as_py()
    assert told["data"]["relative_risk"] is None  # infinite, as JSON has no such number
    assert told["data"]["release"]["digest"] == release().digest()
    assert one.headers["webhook-id"] == "0a1b2c3d4e.1"


def test_what_was_changed_or_is_played_again_later_is_refused() -> None:
    with servers.http(lambda _: 200) as (port, asked):
        send(port)
        send(port, clock=lambda: now() - timedelta(minutes=10))
    new, old = asked
    receiver = Webhook(SECRET)
    for body, headers in (
        (new.body.replace(b"conflict", b"distress"), new.headers),
        (new.body, {**new.headers, "webhook-id": "another"}),
        (new.body, {**new.headers, "webhook-timestamp": str(int(new.headers["webhook-timestamp"]) + 1)}),
        (old.body, old.headers),  # its time is signed, and too long ago
    ):
        with pytest.raises(WebhookVerificationError):
            receiver.verify(body, headers)
    assert (new.body, new.headers["webhook-id"]) == (old.body, old.headers["webhook-id"])


@given(
    st.binary(min_size=24, max_size=64),
    st.text(st.characters(codec="ascii", exclude_characters=".")),
    st.text(),
)
def test_signatures_are_those_of_the_library(secret: bytes, message: str, body: str) -> None:
    at = now()
    theirs = Webhook(base64.b64encode(secret).decode()).sign(message, at, body)
    assert sign(secret, message=message, at=int(at.timestamp()), body=body.encode()) == theirs


@pytest.mark.parametrize("status", [301, 307, 308, 400, 410, 429, 500, 503])
def test_any_answer_but_yes_is_a_failure_and_no_redirect_is_followed(status: int) -> None:
    with (
        servers.http(lambda _: status) as (port, asked),
        pytest.raises(RetryableError, match=f"the server said {status}"),
    ):
        send(port)
    assert [one.path for one in asked] == ["/in"]


def test_a_server_that_is_silent_has_failed() -> None:
    done = Event()

    def wait(_: servers.Asked) -> int:
        done.wait(60)
        return 200

    with servers.http(wait) as (port, _):
        with pytest.raises(RetryableError, match=r"no answer in 0\.2 s"):
            send(port, timeout=0.2)
        done.set()


def test_a_server_that_hangs_up_or_is_not_there_has_failed() -> None:
    with servers.http(lambda _: -1) as (port, _), pytest.raises(RetryableError, match="RemoteProtocolError"):
        send(port)
    with pytest.raises(RetryableError, match="ConnectError"):
        send(port)


def test_tls_is_verified() -> None:
    keys = servers.Keys()
    with servers.http(lambda _: 200, tls=keys.server) as (port, asked):
        send(port, scheme="https", context=keys.client)
        assert len(asked) == 1
        with pytest.raises(RetryableError, match="ConnectError"):
            send(port, scheme="https")
    assert len(asked) == 1


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.http(lambda _: 200) as (port, asked):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        send(port)
    assert len(asked) == 1


def test_nothing_is_sent_that_may_not_leave() -> None:
    def refuse(_: object) -> None:
        raise RefusedError("Too early.")

    with servers.http(lambda _: 200) as (port, asked), pytest.raises(RefusedError):
        send(port, require=refuse)
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "http://example.org/in",
        "ftp://example.org",
        "https://",
        "https://me:pw@example.org/in",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_others_could_read_is_refused(url: str) -> None:
    with pytest.raises(SettingError, match="webhook_url") as refused:
        Hook(url=url, key=bytes(24))
    assert "me:pw" not in str(refused.value)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64!", base64.b64encode(bytes(32)).decode()]
)
def test_a_secret_that_cannot_be_used_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(SettingError) as refused:
        key_of(secret, whose="webhook")
    assert not secret or secret not in str(refused.value).replace(PREFIX, "") or secret == PREFIX


def test_neither_key_nor_path_is_shown() -> None:
    hook = Hook(url="https://example.org/T0K3N", key=key_of(SECRET, whose="webhook"))
    for text in (repr(hook), str(hook), hook.target):
        assert "T0K3N" not in text
        assert "x00" not in text
    assert hook.target != Hook(url="https://example.org/other", key=key_of(SECRET, whose="webhook")).target


def test_the_same_notice_gives_the_same_body() -> None:
    assert to_json(notice()) == to_json(notice())
