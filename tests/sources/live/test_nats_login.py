"""Who a follower of NATS is, and whom it trusts, against a real server: let in, or refused with one sentence."""

import asyncio
import base64
import binascii
import gc
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from tests.sources.live.nats_server import PROGRAM, Server
from tests.sources.live.papers import Papers
from tests.sources.live.web import Time, run, take

from fanal.model.error import SettingError, UserError
from fanal.sources.live import Inflow, LostError
from fanal.sources.nats import NATS, Nats, listen
from fanal.sources.nats_login import login_of
from fanal.sources.nkey import Nkey

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="No nats-server was found (install the package nats-server)."),
    # The client leaves the socket of a connection that failed to Python.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ADMIN = {"user": "admin", "password": "of the tests"}
ADMIN_LINE = '{user: "admin", password: "of the tests"}'
USER, ACCOUNT, OPERATOR = 20, 0, 14
RIGHT, TOKEN = {"password": "right one"}, {"token": "right one"}
POST = orjson.dumps({"id": 1, "time": "2014-08-03T05:00:00Z", "text": "Roads are closed."})


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Let sockets that were left go with the test that left them."""
    yield
    gc.collect()


class Pair:
    """Hold a key pair as NATS writes it, made here by its published form and not by the code that is tested."""

    def __init__(self, kind: int, number: int) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        first = kind << 3
        self.seed = checked(bytes([144 | first >> 5, (first & 31) << 3]) + bytes([number]) * 32)
        self.public = checked(bytes([first]) + self.private.public_key().public_bytes_raw())

    def sign(self, subject: str, claims: dict[str, Any], **more: object) -> str:
        """Return a JSON Web Token of NATS about a subject."""
        head = {"typ": "JWT", "alg": "ed25519-nkey"}
        body = {"jti": "x", "iat": 1, "iss": self.public, "sub": subject, "name": "x", **more}
        parts = [unpadded(json.dumps(one).encode()) for one in (head, {**body, "nats": claims})]
        return ".".join([*parts, unpadded(self.private.sign(".".join(parts).encode()))])


def checked(data: bytes) -> str:
    whole = data + binascii.crc_hqx(data, 0).to_bytes(2, "little")
    return base64.b32encode(whole).decode().rstrip("=")


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def follow(options: Nats, **secrets: str) -> AsyncIterator[Inflow]:
    return listen(options, cursor=None, tools=Time().tools(**secrets))


def reads(server: Server, options: Nats, **secrets: str) -> None:
    """Check that a post is read."""

    async def work() -> None:
        await server.send("posts", POST)
        (row,) = [row for one in await take(follow(options, **secrets), rows=1) for row in one.rows]
        assert row == POST

    run(work())


def refused(options: Nats, sentence: str, **secrets: str) -> None:
    """Check that the stream is refused for good, and that nothing that is said of it holds a secret."""
    with pytest.raises(UserError, match=sentence) as told:
        run(take(follow(options, **secrets), words=1))
    assert not any(secret in str(told.value) for secret in secrets.values() if secret)


@pytest.mark.parametrize(
    ("line", "given", "secrets", "wrong"),
    [
        ('token: "right one"', {}, {"token": "right one"}, {"token": "wrong one"}),
        (
            f'users = [ {{user: "fanal", password: "right one"}}, {ADMIN_LINE} ]',
            {"user": "fanal"},
            {"password": "right one"},
            {"password": "wrong one"},
        ),
        (
            f"users = [ {{nkey: {Pair(USER, 1).public}}}, {ADMIN_LINE} ]",
            {},
            {"seed": Pair(USER, 1).seed},
            {"seed": Pair(USER, 2).seed},
        ),
    ],
    ids=["token", "password", "seed"],
)
def test_the_right_secret_is_let_in_and_the_wrong_one_refused_for_good(
    tmp_path: Path, line: str, given: dict[str, str], secrets: dict[str, str], wrong: dict[str, str]
) -> None:
    admin = secrets if "token" in secrets else ADMIN
    server = Server(tmp_path, f"authorization {{ {line} }}", **admin)
    (name,) = secrets
    try:
        reads(server, server.options(**given), **secrets)
        refused(server.options(**given), f"NATS refuses us by .*`{name}`", **wrong)
        refused(server.options(), "NATS refuses us by no secret")
    finally:
        server.stop()


@pytest.fixture(scope="module")
def decentral(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server whose users show credentials that their account signed (its JetStream is on)."""
    operator, system, account = Pair(OPERATOR, 3), Pair(ACCOUNT, 4), Pair(ACCOUNT, 5)
    unbound = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1)
    stored = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1, "wildcards": True}
    facts = {"type": "account", "version": 2}
    signed = {
        system.public: operator.sign(system.public, {**facts, "limits": {**unbound, "wildcards": True}}),
        account.public: operator.sign(account.public, {**facts, "limits": {**unbound, **stored}}),
    }
    lines = [
        f"operator: {operator.sign(operator.public, {'type': 'operator', 'version': 2})}",
        f"system_account: {system.public}",
        "resolver: MEMORY",
        "resolver_preload: {",
        *(f"{name}: {jwt}" for name, jwt in signed.items()),
        "}",
    ]
    made = Server(tmp_path_factory.mktemp("nats"), "\n".join(lines))
    yield made
    made.stop()


def credentials(account: Pair, user: Pair, **more: object) -> str:
    """Return what stands in a .creds file."""
    limits = {"subs": -1, "data": -1, "payload": -1}
    jwt = account.sign(user.public, {"type": "user", "version": 2, **limits}, **more)
    return (
        f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
        "************************* IMPORTANT *************************\nNKEY Seed printed below.\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n\n"
    )


def test_credentials_of_the_account_are_let_in_and_others_refused(decentral: Server) -> None:
    account, other, user = Pair(ACCOUNT, 5), Pair(ACCOUNT, 6), Pair(USER, 7)
    options = decentral.options()
    # A stream that is not there is told to those alone who were let in and may use JetStream.
    refused(options, "NATS has no stream 'posts'", credentials=credentials(account, user))
    refused(options, "NATS refuses us by `credentials`", credentials=credentials(other, user))
    stolen = credentials(account, user).replace(user.seed, Pair(USER, 8).seed)
    refused(options, "NATS refuses us by `credentials`", credentials=stolen)
    ended = credentials(account, user, exp=int(datetime(2014, 8, 2, tzinfo=UTC).timestamp()))
    refused(options, "NATS refuses us by `credentials`, whose time is over", credentials=ended)
    refused(options, "NATS refuses us by no secret")


@pytest.mark.parametrize(
    ("user", "secrets", "sentence"),
    [
        ("", {"token": "a", "password": "b"}, "cannot have `token` and `password` together"),
        ("fanal", {"token": "a"}, "cannot have `user` and `token` together"),
        ("", {"seed": Pair(USER, 1).seed, "credentials": "b"}, "`seed` and `credentials` together"),
        ("", {"password": "b"}, "a `password` and no `user`"),
        ("", {"seed": "correct horse"}, "`seed` of a stream holds no seed"),
        ("", {"seed": Pair(ACCOUNT, 1).seed}, "none of a user"),
        ("", {"seed": Pair(USER, 1).public}, "none of a user"),
        ("", {"seed": Pair(USER, 1).seed.replace("AE", "AF", 1)}, "check of the seed is wrong"),
        ("", {"seed": "S\u00dc"}, "no base32"),
        ("", {"credentials": "correct horse"}, r"is no \.creds file"),
        ("", {"credentials": credentials(Pair(0, 1), Pair(0, 2))}, "`credentials` of a stream holds no seed"),
    ],
)
def test_a_login_that_cannot_be_is_one_sentence(user: str, secrets: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence) as told:
        login_of(user=user, secrets=secrets)
    assert not any(secret in str(told.value) for secret in secrets.values() if len(secret) > 1)


@pytest.mark.parametrize(
    "body", ["", "e30", "bnVsbA", "W10", "eyJleHAiOiJ4In0", "?", unpadded(b"[" * 99_999)]
)
def test_an_end_that_cannot_be_read_is_left_to_the_server(body: str) -> None:
    user = Pair(USER, 7)
    whole = credentials(Pair(ACCOUNT, 5), user)
    jwt = whole.split("\n")[1]
    login = login_of(user="", secrets={"credentials": whole.replace(jwt, f"x.{body}.x")})
    assert login.ends is None
    assert not login.ended(datetime(2114, 8, 3, tzinfo=UTC))


def test_what_is_shown_of_a_login_holds_no_secret() -> None:
    user = Pair(USER, 7)
    whole = credentials(Pair(ACCOUNT, 5), user)
    for secrets in ({"token": "horse"}, {"seed": user.seed}, {"credentials": whole}):
        login = login_of(user="", secrets=secrets)
        assert not any(secret in f"{login}{login!r}" for secret in (*secrets.values(), user.seed))
    assert user.seed not in repr(Nkey.of(user.seed))


class Servers(Papers):
    """Hold what servers show, and what their settings say of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.write("server", self.authority.issue_cert("localhost"))

    def tls(self, server: str = "server", more: str = "") -> str:
        """Return the configuration of a server."""
        at = self.folder
        return f'tls {{ cert_file: "{at}/{server}.pem", key_file: "{at}/{server}.key", timeout: 5\n{more} }}'

    def options(self, server: Server, ca: str = "ca.pem", shown: str = "", host: str = "localhost") -> Nats:
        """Return options for a server."""
        return Nats(
            url=f"tls://{host}:{server.port}",
            stream="posts",
            ca_file=str(self.folder / ca) if ca else "",
            certificate_file=str(self.folder / shown) if shown else "",
        )


@pytest.fixture
def papers(tmp_path: Path) -> Servers:
    """Return an authority of ours."""
    return Servers(tmp_path)


def test_the_server_s_certificate_is_verified(tmp_path: Path, papers: Servers) -> None:
    server = Server(tmp_path, papers.tls())
    try:
        refused(papers.options(server), "NATS has no stream 'posts'")  # it was trusted, and asked
        for ca in ("", "other.pem"):
            refused(papers.options(server, ca), "certificate of NATS is not trusted: .*`ca_file`")
        refused(papers.options(server, host="127.0.0.1"), "not trusted: .*not valid for '127.0.0.1'")
    finally:
        server.stop()


def test_a_server_s_certificate_that_is_over_is_refused(tmp_path: Path, papers: Servers) -> None:
    over = datetime(2014, 8, 3, tzinfo=UTC)
    papers.write("old", papers.authority.issue_cert("localhost", not_after=over))
    server = Server(tmp_path, papers.tls("old"))
    try:
        refused(papers.options(server), "not trusted: certificate has expired")
    finally:
        server.stop()


def test_a_server_that_wants_a_certificate_is_shown_one(tmp_path: Path, papers: Servers) -> None:
    papers.write("ours", papers.authority.issue_cert("fanal.example.org"))
    papers.write("foreign", papers.other.issue_cert("fanal.example.org"))
    server = Server(tmp_path, papers.tls(more=f'ca_file: "{tmp_path}/ca.pem", verify: true'))
    try:
        refused(papers.options(server, shown="ours.pem"), "has no stream 'posts'", key=papers.key("ours"))
        refused(papers.options(server), "NATS asks for a `certificate_file`")
        refused(
            papers.options(server, shown="foreign.pem"),
            "NATS does not accept `certificate_file`",
            key=papers.key("foreign"),
        )
    finally:
        server.stop()


def test_a_certificate_and_a_key_that_do_not_belong_together_are_one_sentence(
    tmp_path: Path, papers: Servers
) -> None:
    papers.write("ours", papers.authority.issue_cert("fanal.example.org"))
    papers.write("another", papers.authority.issue_cert("fanal.example.org"))
    locked = (
        load_pem_private_key(papers.key("ours").encode(), None)
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a passphrase"))
        .decode()
    )
    options = Nats(url="tls://localhost:9", stream="posts", certificate_file=str(tmp_path / "ours.pem"))
    for key in (papers.key("another"), "correct horse", locked):
        refused(options, "`certificate_file` .* and the secret `key` does not open it", key=key)
    refused(options, "`certificate_file` and the secret `key` together")
    refused(Nats(url="tls://localhost:9", stream="posts"), "together, or neither", key=papers.key("ours"))
    gone = Nats(url="tls://localhost:9", stream="posts", ca_file=str(tmp_path / "gone.pem"))
    refused(gone, "`ca_file` of a stream names .*gone.pem")


def test_nothing_is_shown_to_a_server_without_tls_where_the_address_says_tls() -> None:
    """The greeting is in clear: who stands between could write it, and would be given the password."""
    said: list[bytes] = []
    ended = asyncio.Event()

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b'INFO {"server_id":"x","version":"2.9.10","max_payload":1048576,"auth_required":true}\r\n'
        )
        await writer.drain()
        said.append(await reader.read())
        writer.close()
        ended.set()

    async def work() -> None:
        server = await asyncio.start_server(between, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        options = Nats(url=f"tls://localhost:{port}", stream="posts", user="fanal")
        with pytest.raises(UserError, match="NATS offers no TLS"):
            await take(follow(options, **RIGHT), words=1)
        await ended.wait()
        server.close()

    run(work())
    assert said == [b""]


def test_a_real_server_without_tls_is_refused_too(tmp_path: Path, papers: Servers) -> None:
    server = Server(tmp_path)
    try:
        refused(papers.options(server), "NATS offers no TLS")
    finally:
        server.stop()


NEEDED = (
    "$JS.API.STREAM.INFO.posts",
    "$JS.API.CONSUMER.CREATE.posts",
    "$JS.API.CONSUMER.INFO.posts.*",
    "$JS.API.CONSUMER.MSG.NEXT.posts.*",
    "$JS.API.CONSUMER.DELETE.posts.*",
)
NEEDED_OF_QUEUES = (*NEEDED, "$JS.API.CONSUMER.DURABLE.CREATE.posts.fanal", "$JS.ACK.posts.>")


@pytest.mark.parametrize(
    ("retention", "needed"), [("limits", NEEDED), ("workqueue", NEEDED_OF_QUEUES)], ids=["limits", "queue"]
)
def test_the_permissions_of_the_page_are_enough_and_fewer_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, retention: str, needed: tuple[str, ...]
) -> None:
    monkeypatch.setattr("fanal.sources.nats.CONTACT_SECONDS", 3)
    allowed = f'publish: {json.dumps(needed)}, subscribe: ["_INBOX.>"]'
    users = [
        f'{{user: "fanal", password: "right one", permissions: {{ {allowed} }} }}',
        '{user: "narrow", password: "right one", permissions: { publish: ["none"], subscribe: ["_INBOX.>"] } }',
        ADMIN_LINE,
    ]
    server = Server(tmp_path, f"authorization {{ users = [ {', '.join(users)} ] }}", **ADMIN)

    async def work() -> None:
        await server.send("posts", POST, retention=retention)
        assert len(await take(follow(server.options(user="fanal"), **RIGHT), rows=1)) >= 1
        await server.emptied("posts", unless=retention == "limits")

    try:
        run(work())
        narrow = server.options(user="narrow")
        refused(narrow, "lets us in by `user` and `password`, but not read", **RIGHT)
    finally:
        server.stop()


def test_a_server_that_did_not_hear_the_login_in_time_is_lost() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","max_payload":1048576,"auth_required":true}\r\n')
        await reader.readline()
        writer.write(b"-ERR 'Authentication Timeout'\r\n")
        await writer.drain()
        writer.close()

    async def work() -> None:
        server = await asyncio.start_server(slow, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(LostError, match="NATS: "):
            await take(follow(Nats(url=f"nats://127.0.0.1:{port}", stream="posts"), **TOKEN), words=1)
        server.close()

    run(work())


def test_the_page_of_nats_tells_the_permissions() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sources" / "nats.md").read_text("utf-8")
    said = [one.replace("posts", "STREAM").replace("fanal", "CONSUMER") for one in NEEDED_OF_QUEUES]
    assert not [one for one in said if f"`{one}`" not in page]
    assert NATS.secrets == ("token", "password", "seed", "credentials", "key")
