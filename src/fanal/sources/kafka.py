"""Kafka: a topic followed as a member of a consumer group, from the offsets of each partition that were committed."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fanal.model.consent import Consent
from fanal.model.error import SettingError, UserError
from fanal.sources.kafka_member import HELD_BYTES, HINT, Member
from fanal.sources.live import MAX_ROW_BYTES, MAX_ROWS, Inflow, LiveSource, Tools
from fanal.sources.message import Carried, read, read_carried, rows_of
from fanal.sources.option import option
from fanal.text.host import is_local

QUEUED_KILOBYTES = 16 << 10
"""Messages that are read ahead stop at so many."""

MEMBER_SECONDS = 1800
"""A follower that takes nothing for so long leaves its partitions to others."""

SESSION_SECONDS = 45
"""A follower that is not heard of for so long is out of its group."""

PAUSE_MILLISECONDS = 1000
"""A broker that is lost or refuses is left alone for so long at least, with jitter, and up to ten times that."""

OAUTHBEARER = "OAUTHBEARER"
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", OAUTHBEARER)
SECURITIES = ("ssl", "sasl_ssl", "plaintext", "sasl_plaintext")
_OPEN = ("plaintext", "sasl_plaintext")  # others on the way can read along
EARLIEST, LATEST = "earliest", "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kafka(Carried):
    """Say which topic is followed, as whom, and what its messages hold.

    Raises:
        SettingError: one of the options cannot be.
    """

    brokers: tuple[str, ...] = option(..., 'brokers that are asked first, as in ["broker.example.org:9093"]')
    topic: str = option(..., "topic that is followed")
    group: str = option("fanal", "consumer group; followers in one group share the partitions")
    start: str = option("earliest", "where to begin when nothing was read yet: earliest or latest")
    security: str = option("ssl", "ssl or sasl_ssl; plaintext and sasl_plaintext for this machine only")
    mechanism: str = option("SCRAM-SHA-512", "of SASL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER")
    user: str = option("", "name for SASL, that of a program; of OAUTHBEARER the client's")
    token_url: str = option(
        "",
        "of OAUTHBEARER: address that gives a token for `user` and `password` (OpenID Connect)",
        schemes=("https", "http"),
    )
    scope: str = option("", "of OAUTHBEARER: scope that is asked for; empty: none")
    ca_file: str = option(
        "", "PEM file of the authority that signed the brokers' certificates; empty: the system's"
    )
    certificate_file: str = option("", "PEM file of the certificate that this follower shows; empty: none")

    def __post_init__(self) -> None:
        """Refuse what cannot be followed, or would be read on the way."""
        super(Kafka, self).__post_init__()
        wrong = ""
        if not self.brokers or not all(
            name and port.isdigit() for name, _, port in map(_parted, self.brokers)
        ):
            wrong = 'The option `brokers` of a stream must be a list such as ["broker.example.org:9093"].'
        elif self.security not in SECURITIES:
            wrong = f"The option `security` of a stream cannot be {self.security!r}."
        elif self.start not in (EARLIEST, LATEST):
            wrong = f"The option `start` of a stream cannot be {self.start!r}."
        elif self.security in _OPEN and not all(is_local(_parted(one)[0]) for one in self.brokers):
            wrong = (
                f"The option `security` of a stream can be {self.security} for brokers of this machine only."
            )
        elif self.mechanism not in MECHANISMS:
            wrong = f"The option `mechanism` of a stream cannot be {self.mechanism!r}."
        elif self.security.startswith("sasl") and not self.user:
            wrong = "The option `user` of a stream is missing, which SASL needs."
        elif self.mechanism == OAUTHBEARER and not self.token_url:
            wrong = "The option `token_url` of a stream is missing, which OAUTHBEARER needs."
        if wrong:
            raise SettingError(wrong, hint=HINT)


def _parted(address: str) -> tuple[str, str, str]:
    """Return name, colon and port."""
    return address.rpartition(":")


async def listen(options: Kafka, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
    """Yield the rows of a topic's messages.

    The cursor holds for each partition that this follower has the offset that comes next. Where a partition is given to
    this follower at the start, the cursor counts and not what the group remembers; when it comes from another
    follower, the group's offset counts. The group is told after the commit, and only of partitions that are still
    this follower's.

    Raises:
        LostError: no broker answers.
        UserError: the topic is not there, the brokers refuse, or the cursor is none.
    """
    member = Member(
        settings_of(options, tools.secrets),
        topic=options.topic,
        wanted=offsets_of(cursor),
        from_start=options.start == EARLIEST,
    )
    try:
        await asyncio.to_thread(member.join)
        yield Inflow()
        while True:
            messages = await asyncio.to_thread(member.take)
            for one in _handed(messages, options.form, member):
                yield one
    finally:
        await asyncio.to_thread(member.leave)


def _handed(messages: Sequence[Any], form: str, member: Member) -> Iterator[Inflow]:
    """Yield messages as rows, at most so many at a time; the cursor comes with the last."""
    rows: list[bytes] = []
    for message in messages:
        for row in rows_of(message.value(), form):
            if len(rows) == MAX_ROWS:
                yield Inflow(rows=rows)
                rows = []
            rows.append(row)
    if not messages:
        yield Inflow()
        return
    reached = dict(member.reached)
    yield Inflow(rows=rows, cursor=_cursor(reached), done=partial(asyncio.to_thread, member.tell, reached))


def offsets_of(cursor: str | None) -> dict[int, int]:
    """Return the offsets that a cursor holds, by partition.

    Raises:
        UserError: it is none.

    >>> offsets_of('{"0": 120, "7": 88}')
    {0: 120, 7: 88}
    """
    try:
        found = {int(name): offset for name, offset in json.loads(cursor or "{}").items()}
    except (ValueError, AttributeError):
        found = {-1: -1}
    if not all(type(offset) is int and min(part, offset) >= 0 for part, offset in found.items()):
        raise UserError(
            "The cursor of the stream is none of Kafka.",
            hint="Another source was followed under this name before; give the stream a new name.",
        )
    return found


def _cursor(reached: Mapping[int, int]) -> str:
    """Return offsets as a cursor.

    >>> _cursor({7: 88, 0: 120})
    '{"0": 120, "7": 88}'
    """
    return json.dumps({str(part): reached[part] for part in sorted(reached)})


def settings_of(options: Kafka, secrets: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of librdkafka.

    Raises:
        SettingError: a secret is missing, or there is one that belongs to nothing.

    >>> settings_of(Kafka(brokers=("b.example.org:9093",), topic="posts"), {})["enable.auto.commit"]
    False
    """
    settings: dict[str, Any] = {
        "bootstrap.servers": ",".join(options.brokers),
        "client.id": "fanal",
        "group.id": options.group,
        "security.protocol": options.security,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",  # of an offset that is gone: rather twice than never
        "allow.auto.create.topics": False,
        "partition.assignment.strategy": "range,roundrobin",
        "session.timeout.ms": SESSION_SECONDS * 1000,
        "max.poll.interval.ms": MEMBER_SECONDS * 1000,
        "queued.max.messages.kbytes": QUEUED_KILOBYTES,
        "fetch.message.max.bytes": MAX_ROW_BYTES,
        "fetch.max.bytes": HELD_BYTES,
        "receive.message.max.bytes": 4 * HELD_BYTES,
        "reconnect.backoff.ms": PAUSE_MILLISECONDS,
        "log_level": 0,
    }
    if options.ca_file:
        settings["ssl.ca.location"] = options.ca_file
    if bool(options.certificate_file) != ("key" in secrets):
        raise SettingError(
            "A stream of Kafka needs `certificate_file` and the secret `key` together, or neither.", hint=HINT
        )
    if options.certificate_file:
        settings["ssl.certificate.location"] = options.certificate_file
    if "key" in secrets:
        settings["ssl.key.pem"] = secrets["key"]
    if options.security.startswith("sasl"):
        password = secrets.get("password", "")
        if not password:
            raise SettingError("The secret `password` of a stream is missing, which SASL needs.", hint=HINT)
        settings["sasl.mechanism"] = options.mechanism
        if options.mechanism == OAUTHBEARER:
            settings |= {
                "sasl.oauthbearer.method": "oidc",
                "sasl.oauthbearer.client.id": options.user,
                "sasl.oauthbearer.client.secret": password,
                "sasl.oauthbearer.token.endpoint.url": options.token_url,
            }
            if options.scope:
                settings["sasl.oauthbearer.scope"] = options.scope
        else:
            settings |= {"sasl.username": options.user, "sasl.password": password}
    return settings


KAFKA = LiveSource(
    name="kafka",
    what_for="A topic of Kafka with posts as JSON Lines or ActivityStreams, as a member of a consumer group.",
    reference="https://kafka.apache.org/protocol; https://github.com/confluentinc/librdkafka",
    terms="Those between you and whoever runs the brokers, who must be entitled to hand the posts over.",
    consents=frozenset({Consent.PLATFORM, Consent.EXPORT}),
    options=Kafka,
    secrets=("password", "key"),
    listen=listen,
    read=read,
    read_by=read_carried,
)
