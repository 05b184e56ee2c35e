"""Mail: against a real SMTP server with STARTTLS, TLS, a log-in, a refusal, a break, and an unknown authority."""

import ssl
from dataclasses import replace
from typing import Any

import pytest
from tests.outbox.notices import HOSTILE, SENT, Asked, country, notice, wording
from tests.outbox.servers import PASSWORD, REFUSED, USER, Keys, Post, smtp

from fanal.model.error import RefusedError, RetryableError, SettingError
from fanal.outbox.mail import Mailbox, Tls, compose, connected
from fanal.outbox.notice import Notice, Reference

ONE, TWO = "one@example.org", "two@example.org"


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys()


def box(port: int, tls: Tls = Tls.STARTTLS, **changed: Any) -> Mailbox:
    made: dict[str, Any] = {
        "host": "localhost",
        "port": port,
        "tls": tls,
        "sender": "alerts@example.org",
        "timeout": 60.0,
    }
    return Mailbox(**{**made, **changed})


def send(mailbox: Mailbox, context: ssl.SSLContext, *to: str, one: Notice | None = None) -> None:
    with connected(mailbox, context=context, areas=country(), require=Asked()) as post:
        for address in to:
            post(one or notice(), address)


def test_each_recipient_gets_a_message_of_its_own_over_starttls(keys: Keys) -> None:
    post = Post()
    with smtp(post, starttls=keys.server) as port:
        send(box(port), keys.client, ONE, TWO)
    assert [to for to, _ in post.got] == [ONE, TWO]
    for to, message in post.got:
        assert (message["to"], message["from"]) == (to, "alerts@example.org")
        assert message["message-id"] == "<0a1b2c3d4e.1@example.org>"
        assert message["subject"] == wording("en").headline
        assert message["auto-submitted"] == "auto-generated"


def test_it_says_the_same_in_each_language_and_has_cap_with_it(keys: Keys) -> None:
    post = Post()
    with smtp(post, tls=keys.server) as port:
        send(box(port, Tls.TLS), keys.client, ONE)
    ((_, message),) = post.got
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    for text in (plain.get_content(), html.get_content()):
        assert "From 28 July 2014 to 10 August 2014, 10 were counted there." in text
        assert "أكثر من المتوقَّع" in text
    assert '<section lang="ar" dir="rtl">' in html.get_content()
    (document,) = message.iter_attachments()
    assert document.get_content_type() == "application/cap+xml"
    assert document.get_filename() == "0a1b2c3d4e.1.xml"
    assert document.get_content().startswith(b"<?xml")


def test_a_refused_recipient_does_not_hold_back_the_next(keys: Keys) -> None:
    post = Post()
    with (
        smtp(post, starttls=keys.server) as port,
        connected(box(port), context=keys.client, areas=country(), require=Asked()) as to,
    ):
        with pytest.raises(RetryableError, match=r"refused \(550 5\.1\.1 No such\[31m person\)\.$"):
            to(notice(), REFUSED)
        to(notice(), ONE)
    assert [address for address, _ in post.got] == [ONE]


def test_a_message_that_the_server_will_not_take_is_told(keys: Keys) -> None:
    post = Post()
    post.says = "451 4.3.0 Try later"
    with (
        smtp(post, starttls=keys.server) as port,
        pytest.raises(RetryableError, match=r"451 4\.3\.0 Try later"),
    ):
        send(box(port), keys.client, ONE)


def test_a_log_in_is_made_only_over_tls_and_a_wrong_one_is_told_without_the_password(keys: Keys) -> None:
    post = Post()
    with smtp(post, starttls=keys.server, log_in=True) as port:
        send(box(port, user=USER, password=PASSWORD), keys.client, ONE)
        with pytest.raises(RetryableError, match="the server said 535") as failed:
            send(box(port, user=USER, password="wrong horse"), keys.client, ONE)  # noqa: S106
    assert len(post.got) == 1
    assert "wrong horse" not in str(failed.value)
    assert PASSWORD not in repr(box(1, user=USER, password=PASSWORD))


def test_a_server_without_starttls_gets_nothing() -> None:
    post = Post()
    with smtp(post) as port, pytest.raises(RetryableError, match="STARTTLS"):
        send(box(port), ssl.create_default_context(), ONE)
    assert post.got == []


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
def test_a_server_of_an_unknown_authority_gets_nothing(keys: Keys, tls: Tls) -> None:
    post = Post()
    told = {"starttls": keys.server} if tls is Tls.STARTTLS else {"tls": keys.server}
    with smtp(post, **told) as port, pytest.raises(RetryableError, match="certificate verify failed"):
        send(box(port, tls), ssl.create_default_context(), ONE)
    assert post.got == []


def test_nobody_there_is_one_sentence() -> None:
    with smtp(Post()) as port:
        pass
    with pytest.raises(RetryableError, match=rf"The mail server localhost, port {port}: .*refused"):
        send(box(port), ssl.create_default_context(), ONE)


def test_this_machine_may_go_without_tls_and_no_other() -> None:
    post = Post()
    with smtp(post) as port:
        send(box(port, Tls.NONE), ssl.create_default_context(), ONE)
    assert len(post.got) == 1
    with pytest.raises(SettingError, match="unencrypted"):
        box(25, Tls.NONE, host="mail.example.org")
    with pytest.raises(SettingError, match="unencrypted"):
        box(25, Tls.NONE, user=USER, password=PASSWORD)


def test_a_hostile_name_is_no_header_and_no_markup() -> None:
    named = (replace(wording("en"), headline=f"{HOSTILE}\r\nBcc: all@example.org"),)
    message = compose(
        notice(wordings=named, replaces=(Reference(id="aa.1", sent=SENT),)),
        sender="alerts@example.org",
        to=ONE,
        areas=country(),
        require=Asked(),
    )
    assert message["bcc"] is None
    assert message["references"] == "<aa.1@example.org>"
    html = message.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()


def test_nothing_is_sent_that_may_not_leave(keys: Keys) -> None:
    def refuse(_: object) -> None:
        raise RefusedError("Too early.")

    post = Post()
    with (
        smtp(post, starttls=keys.server) as port,
        connected(box(port), context=keys.client, areas=country(), require=refuse) as to,
        pytest.raises(RefusedError),
    ):
        to(notice(), ONE)
    assert post.got == []
