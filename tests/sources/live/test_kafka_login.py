"""Who a follower of Kafka is, and whom it trusts: TLS and SASL on the wire, before the mock cluster of librdkafka."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from tests.sources.live.kafka_gate import Gate, gated
from tests.sources.live.papers import Papers
from tests.sources.live.test_kafka import Cluster, ids, post
from tests.sources.live.web import Time, run, take

from fanal.model.error import SettingError, UserError
from fanal.sources.kafka import MECHANISMS, Kafka, listen
from fanal.sources.live import LostError

RIGHT = {"password": "right one"}


class Brokers(Papers):
    """Hold what followers show, and the TLS of brokers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for name, authority in (
            ("ours", self.authority),
            ("another", self.authority),
            ("foreign", self.other),
        ):
            self.write(name, authority.issue_cert("fanal.example.org"))

    def trust(self, host: str = "127.0.0.1", *, asks: bool = False) -> ssl.SSLContext:
        """Return the TLS of a broker, which may ask for a certificate."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(host).configure_cert(made)
        if asks:
            made.verify_mode = ssl.CERT_REQUIRED
            made.load_verify_locations(str(self.folder / "ca.pem"))
        return made


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Brokers:
    """Return certificates."""
    return Brokers(tmp_path_factory.mktemp("papers"))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Return a running mock cluster with two posts."""
    made = Cluster()
    made.send("posts", post(1), post(2))
    yield made
    made.producer.flush(1)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait long."""
    monkeypatch.setattr("fanal.sources.kafka.SESSION_SECONDS", 6)
    monkeypatch.setattr("fanal.sources.kafka_member.CONTACT_SECONDS", 4.0)


class Way:
    """Hold one way to the posts: a gate, and what the settings say."""

    def __init__(self, cluster: Cluster, papers: Brokers) -> None:
        self.cluster, self.papers = cluster, papers

    async def follow(
        self, gate: Gate, trust: ssl.SSLContext | None, secrets: dict[str, str], **options: object
    ) -> list[int]:
        """Return the ids of the posts that came."""
        named = {"ca_file": str(self.papers.folder / "ca.pem"), **options}
        async with gated(gate, self.cluster.brokers, trust=trust) as stands:
            made = Kafka(brokers=stands.brokers, topic="posts", group=f"g{id(gate)}", **named)  # type: ignore[arg-type]
            coming = listen(made, cursor=None, tools=Time().tools(**secrets))
            return ids(await take(coming, rows=2, commit=False))

    def reads(self, gate: Gate, trust: ssl.SSLContext, secrets: dict[str, str], **options: object) -> None:
        """Check that the posts come."""
        assert run(self.follow(gate, trust, secrets, **options)) == [1, 2]

    def refused(
        self,
        gate: Gate,
        trust: ssl.SSLContext | None,
        secrets: dict[str, str],
        sentence: str,
        **options: object,
    ) -> None:
        """Check that the stream is refused for good, with one sentence that holds no secret."""
        with pytest.raises(UserError, match=sentence) as told:
            run(self.follow(gate, trust, secrets, **options))
        assert not any(secret in str(told.value) for secret in secrets.values())


@pytest.fixture
def way(cluster: Cluster, papers: Brokers) -> Way:
    """Return the way to the mock cluster."""
    return Way(cluster, papers)


def test_a_broker_s_certificate_is_verified(way: Way) -> None:
    at = way.papers.folder
    way.reads(Gate(), way.papers.trust(), {})
    not_ours = "The certificate of a Kafka broker is not trusted. `ca_file`"
    way.refused(Gate(), way.papers.trust(), {}, not_ours, ca_file="")
    way.refused(Gate(), way.papers.trust(), {}, not_ours, ca_file=str(at / "other.pem"))
    way.refused(Gate(), way.papers.trust("other.example.org"), {}, not_ours)


def test_a_broker_that_asks_for_a_certificate_is_shown_one(way: Way) -> None:
    at, key = way.papers.folder, way.papers.key
    asks = way.papers.trust(asks=True)
    way.reads(Gate(), asks, {"key": key("ours")}, certificate_file=str(at / "ours.pem"))
    for secrets, shown in (({}, ""), ({"key": key("foreign")}, str(at / "foreign.pem"))):
        # Some brokers say why, and then it is for good; others hang up without a word.
        with pytest.raises((LostError, UserError), match="certificate"):
            run(way.follow(Gate(), asks, secrets, certificate_file=shown))


def test_a_broker_that_speaks_in_clear_is_lost(way: Way) -> None:
    with pytest.raises(LostError, match="speak otherwise than `security` says"):
        run(way.follow(Gate(), None, {}))
    with pytest.raises(LostError, match="speak otherwise than `security` says"):
        run(way.follow(Gate(), way.papers.trust(), {}, security="plaintext"))


def test_files_and_keys_that_cannot_be_used_name_the_option(way: Way) -> None:
    at, key = way.papers.folder, way.papers.key
    ours = str(at / "ours.pem")
    locked = (
        load_pem_private_key(key("ours").encode(), None)
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a passphrase"))
        .decode()
    )
    gate, trust = Gate(), None
    way.refused(gate, trust, {}, "cannot use `ca_file`", ca_file=str(at / "gone.pem"))
    way.refused(gate, trust, {"key": "horse"}, "cannot use the secret `key`", certificate_file=ours)
    way.refused(gate, trust, {"key": locked}, "cannot use the secret `key`", certificate_file=ours)
    way.refused(gate, trust, {"key": key("another")}, "`certificate_file` and .*`key`", certificate_file=ours)
    gone = str(at / "gone.pem")
    way.refused(gate, trust, {"key": key("ours")}, "cannot use `certificate_file`", certificate_file=gone)
    way.refused(gate, trust, {}, "together, or neither", certificate_file=ours)
    way.refused(gate, trust, {"key": key("ours")}, "together, or neither")


@pytest.mark.parametrize("mechanism", [one for one in MECHANISMS if one != "OAUTHBEARER"])
def test_the_right_password_is_let_in_and_the_wrong_one_refused_for_good(way: Way, mechanism: str) -> None:
    gate = Gate(users={"fanal": "right one"}, mechanisms=(mechanism,))
    said = {"security": "sasl_ssl", "mechanism": mechanism}
    way.reads(gate, way.papers.trust(), RIGHT, user="fanal", **said)
    assert set(gate.seen) == {mechanism}
    for user, password in (("fanal", "wrong one"), ("another", "right one")):
        gate = Gate(users={"fanal": "right one"}, mechanisms=(mechanism,))
        told = "Kafka refuses us by `user` and `password`"
        way.refused(gate, way.papers.trust(), {"password": password}, told, user=user, **said)
        assert not gate.seen


def test_a_refused_password_is_shown_a_few_times_and_not_hundreds(way: Way) -> None:
    """A broker may lock an account whose password is wrong too often."""
    gate = Gate(users={"fanal": "right one"}, mechanisms=("PLAIN",))
    told = "Kafka refuses us"
    said = {"security": "sasl_ssl", "mechanism": "PLAIN", "user": "fanal"}
    way.refused(gate, way.papers.trust(), {"password": "wrong one"}, told, **said)
    assert 1 <= gate.refused <= 8


def test_a_mechanism_that_the_brokers_do_not_know_is_one_sentence(way: Way) -> None:
    gate = Gate(users={"fanal": "right one"}, mechanisms=("PLAIN",))
    told = "do not know the `mechanism`"
    way.refused(gate, way.papers.trust(), RIGHT, told, security="sasl_ssl", user="fanal")


def token(*, sub: str, ends: float) -> str:
    """Return a JSON Web Token that nobody signed; the gate knows it by its text."""
    parts = ({"alg": "none"}, {"sub": sub, "iat": int(ends) - 600, "exp": int(ends)})
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts)
        + ".x"
    )


@asynccontextmanager
async def giving(text: str, asked: list[dict[str, list[str]]], *, status: int = 200) -> AsyncIterator[str]:
    """Give a token to whoever shows the right client and secret; yield the address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            size = int(head.split("content-length: ")[1].split("\r\n")[0])
            asked.append(parse_qs((await reader.readexactly(size)).decode()))
            who = head.split("authorization: basic ")[1].split("\r\n")[0]
            assert who == base64.b64encode(b"fanal:right one").decode().lower()
            body = json.dumps({"access_token": text, "token_type": "Bearer", "expires_in": 600}).encode()
            writer.write(
                f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/token"
    server.close()


def test_a_token_is_fetched_and_shown(way: Way) -> None:
    fresh = token(sub="fanal", ends=4e9)  # the library reads the machine's own clock
    asked: list[dict[str, list[str]]] = []
    gate = Gate(tokens=frozenset({fresh}), mechanisms=("OAUTHBEARER",))

    async def work() -> None:
        async with giving(fresh, asked) as address:
            said = {"security": "sasl_ssl", "mechanism": "OAUTHBEARER", "user": "fanal", "scope": "posts"}
            assert await way.follow(gate, way.papers.trust(), RIGHT, token_url=address, **said) == [1, 2]

    run(work())
    assert set(gate.seen) == {"OAUTHBEARER"}
    assert asked[0] == {"grant_type": ["client_credentials"], "scope": ["posts"]}


def test_a_server_that_gives_no_token_is_tried_again(way: Way) -> None:
    gate = Gate(tokens=frozenset({"x"}), mechanisms=("OAUTHBEARER",))

    async def work() -> None:
        async with giving("", [], status=401) as address:
            said = {"security": "sasl_ssl", "mechanism": "OAUTHBEARER", "user": "fanal"}
            with pytest.raises(LostError, match="no token comes from `token_url`"):
                await way.follow(gate, way.papers.trust(), RIGHT, token_url=address, **said)

    run(work())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mechanism": "GSSAPI"}, "`mechanism` of a stream cannot be 'GSSAPI'"),
        ({"user": ""}, "`user` of a stream is missing"),
        ({"mechanism": "OAUTHBEARER"}, "`token_url` of a stream is missing"),
    ],
)
def test_a_login_that_cannot_be_is_one_sentence(change: dict[str, str], sentence: str) -> None:
    values = {"security": "sasl_ssl", "user": "fanal", **change}
    with pytest.raises(SettingError, match=sentence):
        Kafka(brokers=("b.example.org:9093",), topic="posts", **values)  # type: ignore[arg-type]


def test_a_password_that_is_missing_is_one_sentence(way: Way) -> None:
    way.refused(
        Gate(), None, {}, "secret `password` of a stream is missing", security="sasl_ssl", user="fanal"
    )
