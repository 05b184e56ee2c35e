"""The inbox: signatures of others hold, whatever was changed does not, and 202 means committed."""

import asyncio
import base64
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import orjson
import pytest
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook as Standard
from tests.sources.live.signing import KEY_ID, URL, Signer
from tests.sources.live.web import Time, run

from fanal.model.error import SettingError, UserError
from fanal.sources import mailbox as mailbox_module
from fanal.sources.activities import cut_activities, read_activities
from fanal.sources.live import MAX_ROWS
from fanal.sources.mailbox import Mailbox, ReplayedError
from fanal.sources.option import options_of
from fanal.sources.reason import Reason
from fanal.sources.signed import Delivery, UnsignedError
from fanal.sources.webhook import Webhook, listen, mailbox_of
from fanal.web.inbox import MAX_BODY_BYTES, listening

NOW = datetime(2014, 8, 3, 5, tzinfo=UTC)
NOTE = {"type": "Note", "id": "https://a.example/1", "to": "as:Public", "published": "2014-08-03T05:00:00Z"}
BODY = orjson.dumps({**NOTE, "content": "Roads are closed."})
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
ACTIVITY = {"content-type": "application/activity+json"}


@pytest.fixture(scope="module")
def signers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Signer]:
    """Return keys of every kind."""
    folder = tmp_path_factory.mktemp("keys")
    return {kind: Signer(folder, kind) for kind in ("ed25519", "rsa", "ec", "short")}


def made(signer: Signer | None, *, now: datetime = NOW, secret: str = "") -> Mailbox:
    options = Webhook(url=URL, keys=() if signer is None else (signer.told,))
    folder = Path() if signer is None else signer.folder
    secrets = {"secret": secret} if secret else {}
    return mailbox_of(options, secrets=secrets, clock=lambda: now, folder=folder)


def check(box: Mailbox, headers: dict[str, str], body: bytes = BODY, now: datetime = NOW) -> str:
    return box._checks.verify(Delivery(headers=list(headers.items()), body=body), now=now).key_id


WAYS = [("ed25519", ""), ("rsa", ""), ("rsa", "pss")]


@pytest.mark.parametrize(("kind", "how"), WAYS)
@pytest.mark.parametrize("where", [("@target-uri",), ("@authority", "@path")])
def test_a_signature_of_openssl_by_rfc_9421_holds(
    signers, kind: str, how: str, where: tuple[str, ...]
) -> None:
    headers = signers[kind].rfc9421(BODY, NOW, names=("@method", *where, "content-digest"), how=how)
    assert check(made(signers[kind]), headers) == KEY_ID


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
@pytest.mark.parametrize("said", [{}, {"algorithm": "hs2019"}])
def test_a_signature_of_openssl_as_in_the_fediverse_holds(signers, kind: str, said: dict[str, str]) -> None:
    assert check(made(signers[kind]), signers[kind].cavage(BODY, NOW, **said)) == KEY_ID


@pytest.mark.parametrize(("kind", "algorithm"), [("ed25519", ED25519), ("ec", ECDSA_P256_SHA256)])
def test_a_signature_of_another_library_holds(signers, kind: str, algorithm: type) -> None:
    class Keys(HTTPSignatureKeyResolver):
        def resolve_private_key(self, _: str) -> bytes:
            return signers[kind].private.read_bytes()

    request = httpx.Request("POST", URL, content=BODY)

    class Message:
        method, url, headers = "POST", URL, dict(request.headers)

    signer = HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=Keys())
    signer.sign(
        Message, key_id=KEY_ID, created=NOW, covered_component_ids=("@method", "@target-uri"), body=BODY
    )
    assert (
        check(made(signers[kind]), {name.lower(): value for name, value in Message.headers.items()}) == KEY_ID
    )


def test_a_standard_webhook_holds(signers) -> None:
    signature = Standard(SECRET).sign("msg_1", NOW, BODY.decode())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": f"v1,AAAA {signature}",
    }
    box = made(None, secret=SECRET)
    assert check(box, headers) == "secret"
    for change in ({"webhook-id": "msg_2"}, {"webhook-timestamp": "1"}, {"webhook-signature": "v1,AAAA"}):
        with pytest.raises(UnsignedError):
            check(box, {**headers, **change})
    with pytest.raises(UnsignedError):
        check(box, headers, BODY + b" ")
    with pytest.raises(UnsignedError):
        check(box, headers, now=NOW + timedelta(minutes=6))
    with pytest.raises(UnsignedError, match="not signed"):
        check(made(signers["rsa"]), headers)


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_whatever_was_changed_does_not_hold(signers, scheme: str, kind: str) -> None:
    signer, box = signers[kind], made(signers[kind])
    sign = getattr(signer, scheme)
    good = sign(BODY, NOW)
    with pytest.raises(UnsignedError):
        check(box, good, BODY + b" ")
    for minutes in (-6, 6):
        with pytest.raises(UnsignedError, match="too old"):
            check(box, good, now=NOW + timedelta(minutes=minutes))
    with pytest.raises(UnsignedError):  # signed for another inbox
        check(box, sign(BODY, NOW, url="https://other.example/inbox"))
    other = signers["rsa" if kind == "ed25519" else "ed25519"]
    with pytest.raises(UnsignedError):  # of another key
        check(box, getattr(other, scheme)(BODY, NOW))
    other_body = orjson.dumps({**NOTE, "content": "Other."})
    digest = {"digest", "content-digest"} & set(good)
    with pytest.raises(UnsignedError):  # the digest of another body, which is not signed
        check(box, {**good, **{name: sign(other_body, NOW)[name] for name in digest}}, other_body)
    for name in set(good) - {"host"}:  # what counts is where the operator says that the inbox is
        with pytest.raises(UnsignedError):
            check(box, {other: value for other, value in good.items() if other != name})
        for value in ("", "?", good[name][:-3], good[name] + "x", good[name] * 2):
            with pytest.raises(UnsignedError):
                check(box, {**good, name: value})


def test_too_little_is_not_enough(signers) -> None:
    signer = signers["ed25519"]
    box = made(signer)
    for names in (
        "(request-target) host date",
        "host date digest",
        "(request-target) date digest",
        "date date",
    ):
        with pytest.raises(UnsignedError, match="too little"):
            check(box, signer.cavage(BODY, NOW, names=names))
    few = [("@method", "@target-uri"), ("@target-uri", "content-digest"), ("@method", "content-digest")]
    for covered in (*few, ("@method", "@path", "content-digest")):
        with pytest.raises(UnsignedError):
            check(box, signer.rfc9421(BODY, NOW, names=covered))
    with pytest.raises(UnsignedError, match="expired"):
        check(box, signer.rfc9421(BODY, NOW, more=f";expires={int(NOW.timestamp()) - 9}"))
    with pytest.raises(UnsignedError):
        check(box, signer.rfc9421(BODY, NOW, more=';alg="rsa-pss-sha512"'))
    with pytest.raises(UnsignedError):
        check(box, signer.cavage(BODY, NOW, algorithm="rsa-sha256"))
    with pytest.raises(UnsignedError):  # RFC 9421 was chosen; the other signature beside it does not help
        check(box, {**signer.cavage(BODY, NOW), "signature-input": "sig1=()"})


@given(
    st.dictionaries(
        st.sampled_from(["signature", "signature-input", "digest", "content-digest", "date", "host"]),
        st.one_of(
            st.text(st.characters(max_codepoint=255), max_size=60),
            st.sampled_from(
                ['keyId="a"', "sig1=()", "sig1=:AAAA:", 'sig1=("@method");created=9999999999999999']
            ),
        ),
    )
)
@settings(max_examples=200, deadline=None)
def test_hostile_headers_are_refused_and_nothing_worse(headers: dict[str, str]) -> None:
    box = made(None, secret=SECRET)
    with pytest.raises(UnsignedError):
        check(box, headers)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (["only-an-id"], "no id of a key with its file"),
        ([f"{KEY_ID} nowhere.pem"], "cannot be read"),
        ([f"{KEY_ID} rsa.key"], "no public key"),
        ([f"{KEY_ID} short.pem"], "cannot be used"),
        ([f"{KEY_ID} rsa.pem", f"{KEY_ID} ed25519.pem"], "there twice"),
        ([], "would take nothing"),
    ],
)
def test_keys_that_cannot_be_used_are_named(signers, keys: list[str], sentence: str) -> None:
    options = options_of(Webhook, {"url": URL, "keys": keys}, stream="partner")
    with pytest.raises(SettingError, match=sentence):
        mailbox_of(options, secrets={}, clock=lambda: NOW, folder=signers["rsa"].folder)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "x"])
def test_a_secret_that_cannot_be_used_is_not_repeated(secret: str) -> None:
    with pytest.raises(SettingError) as told:
        mailbox_of(Webhook(url=URL), secrets={"secret": secret}, clock=lambda: NOW, folder=Path())
    assert "c2hvcnQ" not in str(told.value)
    with pytest.raises(SettingError, match=r"no \? or #"):
        mailbox_of(Webhook(url=URL + "?a"), secrets={}, clock=lambda: NOW, folder=Path())


class Follower:
    """Listen as `fanal follow` does, and commit when a test says so."""

    def __init__(self, box: Mailbox) -> None:
        self.box = box
        self.rows: list[bytes] = []
        self.waiting: list = []
        self.came = asyncio.Event()
        self.commits = True

    async def run(self) -> None:
        tools = Time().tools()
        listening_to = listen(
            Webhook(url=URL),
            cursor=None,
            tools=type(tools)(clock=tools.clock, sleep=tools.sleep, dice=tools.dice, inbox=self.box),
        )
        async for one in listening_to:
            self.rows += one.rows
            if one.done is not None and self.commits:
                await one.done()
            elif one.done is not None:
                self.waiting.append(one.done)
            self.came.set()

    async def until(self, what) -> None:
        while not what():
            self.came.clear()
            await self.came.wait()


@asynccontextmanager
async def inbox(box: Mailbox) -> AsyncIterator[tuple[httpx.AsyncClient, Follower]]:
    """Serve an inbox with a follower behind it."""
    follower = Follower(box)
    following = asyncio.create_task(follower.run())
    await follower.came.wait()
    try:
        async with (
            listening({"partner": box}, host="127.0.0.1", port=0) as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client,
        ):
            yield client, follower
    finally:
        following.cancel()
        await asyncio.wait([following])


def test_202_means_committed_and_a_replay_is_refused(signers) -> None:
    async def work() -> None:
        box = made(signers["rsa"])
        headers = {**ACTIVITY, **signers["rsa"].cavage(BODY, NOW)}
        async with inbox(box) as (client, follower):
            follower.commits = False
            sending = asyncio.create_task(client.post("/inbox/partner", content=BODY, headers=headers))
            await follower.until(lambda: follower.waiting)
            assert follower.rows == [BODY]
            assert not sending.done()
            twice = await client.post("/inbox/partner", content=BODY, headers=headers)
            assert (twice.status_code, twice.headers["retry-after"]) == (503, "5")
            await follower.waiting[0]()
            await follower.waiting[0]()  # it may be told twice
            answer = await sending
            assert (answer.status_code, answer.json()) == (202, {"detail": "Committed."})
            assert "server" not in answer.headers
            again = await client.post("/inbox/partner", content=BODY, headers=headers)
            assert again.status_code == 409
            assert follower.rows == [BODY]
            follower.commits = True
            later = signers["rsa"].cavage(BODY, NOW + timedelta(seconds=1))
            assert (
                await client.post("/inbox", content=BODY, headers={**ACTIVITY, **later})
            ).status_code == 202
            assert (await client.get("/health")).json() == {"status": "ok"}

    run(work())


def test_a_delivery_that_was_sent_away_may_come_again_as_it_was(
    signers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox_module, "COMMIT_SECONDS", 0.1)

    async def work() -> None:
        headers = {**ACTIVITY, **signers["ed25519"].rfc9421(BODY, NOW)}
        async with inbox(made(signers["ed25519"])) as (client, follower):
            follower.commits = False
            slow = await client.post("/inbox/partner", content=BODY, headers=headers)
            assert (slow.status_code, slow.headers["retry-after"]) == (503, "30")
            follower.commits = True
            assert (await client.post("/inbox/partner", content=BODY, headers=headers)).status_code == 202

    run(work())


def test_many_activities_come_in_one_body(signers) -> None:
    async def work() -> None:
        signer = signers["ed25519"]
        notes = [{**NOTE, "id": f"https://a.example/{number}", "content": "Roads."} for number in range(50)]
        body = orjson.dumps({"type": "OrderedCollection", "orderedItems": notes})
        async with inbox(made(signer)) as (client, follower):
            answer = await client.post(
                "/inbox/partner", content=body, headers={**ACTIVITY, **signer.rfc9421(body, NOW)}
            )
            assert answer.status_code == 202
            assert [orjson.loads(row) for row in follower.rows] == notes
            body = b"[" + b",".join([b"{}"] * (MAX_ROWS + 1)) + b"]"
            answer = await client.post(
                "/inbox/partner", content=body, headers={**ACTIVITY, **signer.rfc9421(body, NOW)}
            )
            assert answer.status_code == 413

    run(work())


def test_what_is_wrong_with_a_delivery_is_said(signers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanal.web.inbox.BODY_SECONDS", 0.2)

    async def slowly(port: int) -> bytes:
        """Begin a body and never end it; return what is answered."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (
            "POST /inbox HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"
        )
        writer.write(head.encode())
        answer = await reader.readline()
        writer.close()
        return answer

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    async def work() -> None:
        async with inbox(made(signers["rsa"])) as (client, follower):

            async def said(
                headers: dict[str, str] = ACTIVITY, path: str = "/inbox/partner", content=BODY
            ) -> int:
                return (await client.post(path, content=content, headers=headers)).status_code

            assert await said() == 401
            assert await said({"content-type": "text/html"}) == 415
            assert await said({**ACTIVITY, "content-encoding": "gzip"}) == 415
            assert await said(path="/inbox/partner?a=1") == 400
            assert await said(path="/inbox/other") == 404
            assert await said(content=b" " * (MAX_BODY_BYTES + 1)) == 413
            assert await said(content=endless()) == 413
            assert client.base_url.port is not None
            assert b" 408 " in await slowly(client.base_url.port)
            assert (await client.get("/inbox/partner")).status_code == 405
            assert (await client.get("/")).status_code == 404
            assert follower.rows == []

    run(work())


def test_a_full_mailbox_and_a_sender_with_too_much_waiting_send_away(
    signers, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = signers["ed25519"]

    async def work() -> None:
        box = made(signer)
        async with inbox(box) as (client, follower):
            follower.commits = False

            def send(second: int) -> asyncio.Task[httpx.Response]:
                headers = {**ACTIVITY, **signer.rfc9421(BODY, NOW + timedelta(seconds=second))}
                return asyncio.create_task(client.post("/inbox/partner", content=BODY, headers=headers))

            first = send(0)
            await follower.until(lambda: follower.waiting)
            monkeypatch.setattr(mailbox_module, "MAX_OF_ONE", 1)
            assert (await send(1)).status_code == 429
            monkeypatch.setattr(mailbox_module, "MAX_OF_ONE", 9)
            monkeypatch.setattr(mailbox_module, "MAX_HELD_ROWS", 1)
            assert (await send(2)).status_code == 503
            monkeypatch.setattr(mailbox_module, "MAX_MARKS", 1)
            assert (await send(3)).status_code == 503
            await follower.waiting[0]()
            assert (await first).status_code == 202
        lonely = {**ACTIVITY, **signer.rfc9421(BODY, NOW)}
        async with (
            listening({"partner": made(signer)}, host="127.0.0.1", port=0) as port,
            httpx.AsyncClient(trust_env=False) as client,
        ):  # nobody follows the stream
            answer = await client.post(f"http://127.0.0.1:{port}/inbox", content=BODY, headers=lonely)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")

    run(work())


def test_signatures_are_forgotten_once_they_are_too_old(signers) -> None:
    async def work() -> None:
        clock = [NOW]
        signer = signers["ed25519"]
        box = mailbox_of(
            Webhook(url=URL, keys=(signer.told,)), secrets={}, clock=lambda: clock[0], folder=signer.folder
        )
        follower = Follower(box)
        following = asyncio.create_task(follower.run())
        await follower.came.wait()
        for minute in range(30):
            clock[0] = NOW + timedelta(minutes=minute)
            headers = list(signer.rfc9421(BODY, clock[0]).items())
            assert await box.take_in(Delivery(headers=headers, body=BODY)) == 1
            with pytest.raises(ReplayedError):
                await box.take_in(Delivery(headers=headers, body=BODY))
            assert len(box._marks) <= 12
        assert (box._held_rows, box._held_bytes) == (0, 0)
        following.cancel()
        await asyncio.wait([following])

    run(work())


def test_a_deletion_withdraws_a_post_of_its_own_host_alone() -> None:
    rows = [
        b'{"type": "Delete", "actor": "https://a.example/u", "object": "https://a.example/1"}',
        b'{"type": "Delete", "actor": {"id": "https://a.example/u"}, "object": {"id": "https://a.example/2"}}',
        b'{"type": "Delete", "actor": "https://b.example/u", "object": "https://a.example/3"}',
        b'{"type": "Delete", "actor": "https://[", "object": "https://["}',
        b'{"type": "Delete", "actor": "u", "object": "u"}',
        b'{"type": "Delete", "object": [1]}',
    ]
    reading = read_activities(rows, first=1, timezone=None)
    assert reading.withdrawn.to_pylist() == ["https://a.example/1", "https://a.example/2"]
    assert len(reading.skipped) == len(rows)


def test_a_member_that_is_nested_too_deep_costs_itself_alone() -> None:
    deep = b'{"type": "Note", "tag": ' + b"[" * 300 + b"]" * 300 + b"}"
    rows = list(cut_activities(b"[" + deep + b", " + orjson.dumps({**NOTE, "content": "Roads."}) + b"]"))
    reading = read_activities(rows, first=1, timezone=None)
    assert reading.rejected.to_pylist() == [{"line": 1, "reason": Reason.NOT_JSON.value}]
    assert reading.posts["line"].to_pylist() == [2]


def test_without_an_inbox_the_stream_is_refused() -> None:
    with pytest.raises(UserError, match="no inbox is open"):
        run(anext(listen(Webhook(url=URL), cursor=None, tools=Time().tools())))  # type: ignore[arg-type]


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # uvicorn leaves its socket open
def test_a_port_in_use_is_one_sentence(signers) -> None:
    async def work() -> None:
        box = made(signers["rsa"])
        async with listening({"a": box, "b": box}, host="127.0.0.1", port=0) as port:
            with pytest.raises(UserError, match="No inbox can be opened"):
                await listening({"a": box}, host="127.0.0.1", port=port).__aenter__()

    run(work())
    gc.collect()
