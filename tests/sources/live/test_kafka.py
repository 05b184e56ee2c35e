"""Kafka: nothing is lost between cursor, group and followers that come and go.

The counterpart is the mock cluster that librdkafka holds (`test.mock.num.brokers`): the real protocol over real
sockets. It keeps only the newest messages of a partition, knows neither SASL nor TLS, and hears that a follower left
only when its session ends, so these are tests of the protocol and none of endurance.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator

import confluent_kafka as ck
import orjson
import pytest
from tests.sources.live.web import Time, run, take

from fanal.model.error import SettingError, UserError
from fanal.sources.kafka import KAFKA, Kafka, listen, offsets_of, settings_of
from fanal.sources.kafka_member import REFUSALS, Member
from fanal.sources.live import MAX_ROWS, Inflow, LostError
from fanal.sources.option import options_of

PARTITIONS = 4  # of a topic of the mock


class Cluster:
    """Hold a mock cluster and a producer in it."""

    def __init__(self) -> None:
        self.producer = ck.Producer({"bootstrap.servers": "x", "test.mock.num.brokers": 2, "log_level": 0})
        brokers = self.producer.list_topics(timeout=10).brokers.values()
        self.brokers = tuple(f"{one.host}:{one.port}" for one in brokers)

    def send(self, topic: str, *messages: bytes | None, partition: int = 0) -> None:
        """Write messages, and wait until they are there."""
        wrong: list[object] = []
        for message in messages:
            self.producer.produce(
                topic, message, partition=partition, on_delivery=lambda error, _: wrong.append(error)
            )
        assert self.producer.flush(20) == 0
        assert set(wrong) <= {None}

    def spread(self, topic: str, *, first: int, last: int) -> None:
        """Write numbered posts over all partitions."""
        for partition in range(PARTITIONS):
            rows = [post(number) for number in range(first, last + 1) if number % PARTITIONS == partition]
            self.send(topic, *rows, partition=partition)

    def options(self, topic: str, **more: object) -> Kafka:
        """Return options for a topic."""
        return Kafka(brokers=self.brokers, topic=topic, group=f"of-{topic}", security="plaintext", **more)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def short_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a follower that left be forgotten soon."""
    monkeypatch.setattr("fanal.sources.kafka.SESSION_SECONDS", 6)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Return a running mock cluster."""
    made = Cluster()
    yield made
    made.producer.flush(1)


def post(number: int) -> bytes:
    return orjson.dumps({"id": number, "time": "2014-08-03T05:00:00Z", "text": "Roads are closed."})


def ids(arrivals: list[Inflow]) -> list[int]:
    return [orjson.loads(row)["id"] for one in arrivals for row in one.rows]


def follow(options: Kafka, cursor: str | None = None) -> AsyncIterator[Inflow]:
    return listen(options, cursor=cursor, tools=Time().tools())


async def some(options: Kafka, rows: int, cursor: str | None = None) -> tuple[list[Inflow], str | None]:
    """Return arrivals until so many rows came, and the last cursor."""
    got = await take(follow(options, cursor), rows=rows, commit=False)
    return got, next((one.cursor for one in reversed(got) if one.cursor), None)


def test_the_cursor_goes_on_without_a_gap_and_before_the_group(cluster: Cluster) -> None:
    async def work() -> None:
        cluster.spread("resumed", first=1, last=40)
        options = cluster.options("resumed")
        got, cursor = await some(options, 40)
        assert sorted(ids(got)) == list(range(1, 41))
        assert offsets_of(cursor) == dict.fromkeys(range(PARTITIONS), 10)
        cluster.spread("resumed", first=41, last=48)
        got, cursor = await some(options, 8, cursor)
        assert sorted(ids(got)) == list(range(41, 49))
        # The group was never told: it would begin at the start. Nor does a group that is ahead count.
        got, _ = await some(options, 48)
        assert sorted(ids(got)) == list(range(1, 49))
        got, _ = await some(options, 12, '{"0": 9, "1": 9, "2": 9, "3": 9}')
        assert sorted(ids(got)) == list(range(37, 49))

    run(work())


def test_the_group_is_told_after_the_commit_and_counts_without_a_cursor(cluster: Cluster) -> None:
    async def work() -> None:
        cluster.spread("told", first=1, last=20)
        options = cluster.options("told")
        listening = follow(options)
        seen = 0
        async for one in listening:
            seen += len(one.rows)
            if one.done is not None:
                await one.done()
            if seen == 20:
                break
        await listening.aclose()  # type: ignore[attr-defined]
        if one.done is not None:
            await one.done()  # once more, too late: nothing happens
        cluster.spread("told", first=21, last=24)
        got, cursor = await some(options, 4)
        assert sorted(ids(got)) == [21, 22, 23, 24]
        assert offsets_of(cursor) == dict.fromkeys(range(PARTITIONS), 6)

    run(work())


def test_followers_share_the_partitions_and_each_cursor_holds_its_own(cluster: Cluster) -> None:
    """A second follower joins, both read on, the first leaves: every post is seen, also those between."""

    async def work() -> None:
        options = cluster.options("shared")
        cluster.spread("shared", first=1, last=16)
        seen: list[set[int]] = [set(), set()]
        parts: list[set[int]] = [set(), set()]
        changed = asyncio.Event()

        async def member(which: int) -> None:
            listening = follow(options)
            try:
                async for one in listening:
                    seen[which].update(ids([one]))
                    if one.cursor is not None:
                        parts[which] = set(offsets_of(one.cursor))
                    if one.done is not None:
                        await one.done()
                    changed.set()
            finally:
                await listening.aclose()  # type: ignore[attr-defined]

        async def until(what) -> None:
            while not what():
                changed.clear()
                await changed.wait()

        first = asyncio.create_task(member(0))
        await until(lambda: seen[0] == set(range(1, 17)))
        second = asyncio.create_task(member(1))
        sent = 16
        while not (parts[1] and len(parts[0]) == len(parts[1]) == PARTITIONS // 2):
            cluster.spread("shared", first=sent + 1, last=sent + 4)
            sent += 4
            changed.clear()
            await changed.wait()
        await until(lambda: seen[0] | seen[1] == set(range(1, sent + 1)))
        assert not parts[0] & parts[1]
        first.cancel()
        await asyncio.wait([first])
        cluster.spread("shared", first=sent + 1, last=sent + 8)
        await until(lambda: set(range(sent + 1, sent + 9)) <= seen[1])
        second.cancel()
        await asyncio.wait([second])

    run(work())


def test_messages_hold_one_or_many_posts(cluster: Cluster) -> None:
    async def work() -> None:
        lines = b"\n".join(post(number) for number in range(MAX_ROWS + 10)) + b"\n\n"
        cluster.send("cut", None, b"", b'{\n "id": 7\n}', lines, b"<html>")
        got, cursor = await some(cluster.options("cut"), MAX_ROWS + 14)
        rows = [row for one in got for row in one.rows]
        assert rows[:3] == [b"", b"", b'{  "id": 7 }']
        assert (rows[3], rows[-2], rows[-1]) == (post(0), post(MAX_ROWS + 9), b"<html>")
        assert max(len(one.rows) for one in got) <= MAX_ROWS
        assert offsets_of(cursor) == {0: 5}
        assert len([one for one in got if one.rows and one.cursor is None]) == 1  # in the midst of a message

    run(work())


def test_latest_begins_with_what_comes_next(cluster: Cluster) -> None:
    async def work() -> None:
        cluster.send("late", post(1))
        listening = follow(cluster.options("late", start="latest"))
        seen: list[int] = []
        number = 1
        async for one in listening:
            seen += ids([one])
            if seen:
                break
            number += 1
            cluster.send("late", post(number))
        await listening.aclose()  # type: ignore[attr-defined]
        assert seen
        assert 1 not in seen

    run(work())


def test_an_offset_that_is_gone_is_read_from_the_start(cluster: Cluster) -> None:
    async def work() -> None:
        cluster.send("made-anew", post(1), post(2))
        got, _ = await some(cluster.options("made-anew"), 2, '{"0": 500}')
        assert ids(got) == [1, 2]

    run(work())


def test_a_topic_that_is_not_there_is_refused(cluster: Cluster) -> None:
    with pytest.raises(UserError, match="refuses the topic 'nowhere': UNKNOWN_TOPIC_OR_PART"):
        run(take(follow(cluster.options("nowhere")), words=1))


def test_no_broker_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanal.sources.kafka_member.CONTACT_SECONDS", 1.0)
    options = Kafka(brokers=("127.0.0.1:9",), topic="posts", security="plaintext")
    with pytest.raises(LostError, match="Kafka: "):
        run(take(follow(options), words=1))


def test_a_server_that_is_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanal.sources.kafka_member.CONTACT_SECONDS", 1.0)

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n<html></html>")
        writer.close()

    async def work() -> None:
        server = await asyncio.start_server(page, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        options = Kafka(brokers=(f"127.0.0.1:{port}",), topic="posts", security="plaintext")
        with pytest.raises(LostError):
            await take(follow(options), words=1)
        server.close()

    run(work())


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_refusals_are_for_good_and_the_rest_is_tried_again(name: str) -> None:
    member = Member(
        settings_of(Kafka(brokers=("localhost:9",), topic="posts", security="plaintext"), {}),
        topic="posts",
        wanted={},
        from_start=True,
    )
    try:
        code = getattr(ck.KafkaError, name)
        assert isinstance(member._said(ck.KafkaError(code)), UserError)
        for again in ("_TRANSPORT", "_MAX_POLL_EXCEEDED", "REBALANCE_IN_PROGRESS", "_TIMED_OUT"):
            assert isinstance(member._said(ck.KafkaError(getattr(ck.KafkaError, again))), LostError)
        member._noted(ck.KafkaError(code))
        assert isinstance(member._said(ck.KafkaError(ck.KafkaError._TRANSPORT)), UserError)
    finally:
        member.leave()


@pytest.mark.parametrize("cursor", ["", "7", "[]", '{"a": 1}', '{"0": -4}', '{"0": "1"}', '{"0": true}', "{"])
def test_a_cursor_of_another_source_is_refused(cursor: str) -> None:
    if cursor:
        with pytest.raises(UserError, match="none of Kafka"):
            offsets_of(cursor)
    assert offsets_of(None) == {}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"brokers": []}, "brokers"),
        ({"brokers": ["broker.example.org"]}, "brokers"),
        ({"security": "none"}, "security"),
        ({"security": "plaintext"}, "this machine only"),
        ({"security": "sasl_plaintext"}, "this machine only"),
        ({"start": "yesterday"}, "start"),
        ({"form": "xml"}, "form"),
        ({"topic": 7}, "topic"),
    ],
)
def test_options_that_cannot_be_are_refused(change: dict[str, object], sentence: str) -> None:
    values: dict[str, object] = {"brokers": ["broker.example.org:9093"], "topic": "posts"}
    assert options_of(Kafka, values, stream="own").security == "ssl"
    with pytest.raises(SettingError, match=sentence):
        options_of(Kafka, {**values, **change}, stream="own")


def test_secrets_go_to_the_library_alone_and_tls_is_verified() -> None:
    options = Kafka(
        brokers=("b.example.org:9093",), topic="posts", security="sasl_ssl", user="fanal", ca_file="ca.pem"
    )
    said = settings_of(options, {"password": "correct horse"})
    assert (said["sasl.password"], said["sasl.username"]) == ("correct horse", "fanal")
    assert said["ssl.ca.location"] == "ca.pem"
    assert "enable.ssl.certificate.verification" not in said  # verified unless somebody says otherwise
    assert "correct horse" not in repr(options)


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    options = Kafka(brokers=("localhost:9",), topic="posts", security="plaintext")
    with pytest.raises(UserError, match=r"needs the package confluent-kafka\. .*fanal\[live\]"):
        run(take(follow(options), words=1))


def test_options_name_the_fields() -> None:
    row = b'{"nr": 7, "time": "2014-08-03T05:00:00Z", "text": "Roads are closed."}'
    options = Kafka(brokers=("localhost:9",), topic="posts", security="plaintext", id="nr")
    assert KAFKA.reader(options)([row], first=1, timezone=None).posts["id"].to_pylist() == ["7"]
    assert KAFKA.read([row], first=1, timezone=None).posts["id"].to_pylist() == [None]
