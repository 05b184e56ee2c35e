"""NATS: a stream of JetStream pulled message by message, from the sequence that was committed last."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from fanal.model.consent import Consent
from fanal.model.error import MissingPackageError, SettingError, UserError
from fanal.sources.live import MAX_ROWS, Inflow, LiveSource, LostError, Tools
from fanal.sources.message import Carried, read, read_carried, rows_of
from fanal.sources.nats_login import Login, client_of, error_of, login_of, trust_of
from fanal.sources.option import option

CONTACT_SECONDS = 15
"""So long a server may take to answer."""

CLOSING_SECONDS = 2.0
"""So long a connection may take to be closed."""

WAIT_SECONDS = 2.0
"""So long is waited for a message before the server is asked whether it still knows us."""

FETCHED = 512
"""Messages that are asked for at once at most."""

HELD_BYTES = 64 << 20
"""Bytes that these messages may have together, each as large as the server lets one be."""

IDLE_SECONDS = 3600.0
"""A consumer of ours that asks for nothing for so long is forgotten by the server."""

UNSAID_SECONDS = 600.0
"""A message whose commit is not told for so long is given again, where the server waits to be told."""

EARLIEST, LATEST = "earliest", "latest"
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nats(Carried):
    """Say which stream is followed, as whom, and what its messages hold.

    Raises:
        SettingError: one of the options cannot be.
    """

    url: str = option(..., "address of the server; nats:// is for this machine only", schemes=("tls", "nats"))
    stream: str = option(..., "stream of JetStream that is followed")
    subject: str = option(">", "subjects that are read; > stands for all")
    start: str = option("earliest", "where to begin when nothing was read yet: earliest or latest")
    consumer: str = option("fanal", "durable consumer, where the stream drops what was acknowledged")
    user: str = option("", "name of a program that the server knows; with the secret `password`")
    ca_file: str = option(
        "", "PEM file of the authority that signed the server's certificate; empty: the system's"
    )
    certificate_file: str = option(
        "", "PEM file of the certificate that this follower shows; with the secret `key`; empty: none"
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be followed."""
        super(Nats, self).__post_init__()
        if self.start not in (EARLIEST, LATEST):
            raise _wrong("start", self.start)
        for name, value in (("stream", self.stream), ("consumer", self.consumer)):
            if not value or not set(value) <= _NAME:
                raise _wrong(name, value)


def _wrong(name: str, value: str) -> SettingError:
    """Return the error for one option."""
    return SettingError(
        f"The option `{name}` of a stream cannot be {value!r}.", hint="See docs/sources/nats.md."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Say how far a stream was read, and which stream of its name that was.

    >>> Place.of("512@2014-08-03T05:00:00+00:00").sequence, str(Place(sequence=7, made="x"))
    (512, '7@x')
    """

    sequence: int  # of the message that was committed last; 0: none
    made: str  # when the stream was made; a new one of the same name counts from 1 again

    @classmethod
    def of(cls, cursor: str | None) -> "Place":
        """Return the place that a cursor holds.

        Raises:
            UserError: it is none.
        """
        if cursor is None:
            return cls(sequence=0, made="")
        sequence, at, made = cursor.partition("@")
        if not at or not (sequence.isascii() and sequence.isdigit()) or len(sequence) > 20:
            raise UserError(
                "The cursor of the stream is none of NATS.",
                hint="Another source was followed under this name before; give the stream a new name.",
            )
        return cls(sequence=int(sequence), made=made)

    def __str__(self) -> str:
        return f"{self.sequence}@{self.made}"


async def listen(options: Nats, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
    """Yield the rows of a stream's messages.

    The cursor is the sequence of the last message; the server is asked for those after it and is told nothing, so that
    what was read hangs on our commit alone. Where the stream drops messages once they are acknowledged (retention by
    interest or as a work queue), a durable consumer is used instead and each message is acknowledged after its commit.

    Raises:
        LostError: the connection is lost, or messages were.
        UserError: the stream is not there, the server refuses, or the cursor is none.
    """
    nats = _library()
    place = Place.of(cursor)
    login = login_of(user=options.user, secrets=tools.secrets)
    wrong: list[Exception] = []

    def said(error: Exception) -> Exception:
        return error_of(nats, [*wrong, error], login=login, shown=options.certificate_file, now=tools.clock())

    client = await _connected(nats, options, login, tools.secrets.get("key", ""), wrong, said)
    try:
        async for one in _pulled(nats, client, options, cursor=place if cursor is not None else None):
            yield one
    except (nats.errors.Error, TimeoutError, OSError) as error:
        raise said(error) from error
    finally:
        await _closed(nats, client)


async def _pulled(
    nats: ModuleType, client: Any, options: Nats, *, cursor: Place | None
) -> AsyncIterator[Inflow]:
    """Yield what a connected client pulls."""
    stream = client.jetstream(timeout=CONTACT_SECONDS)
    found = await _found(nats, stream, options.stream)
    made = found.created.isoformat() if found.created else ""
    last, api = found.state.last_seq, nats.js.api
    if cursor is None:
        reached = last if options.start == LATEST else 0
    else:
        reached = cursor.sequence if cursor.made == made and cursor.sequence <= last else 0
    keeps = found.config.retention in (None, api.RetentionPolicy.LIMITS)
    if keeps:
        config = api.ConsumerConfig(
            ack_policy=api.AckPolicy.NONE,
            deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=reached + 1,
            filter_subject=options.subject,
            inactive_threshold=IDLE_SECONDS,
        )
    else:
        config = api.ConsumerConfig(
            durable_name=options.consumer,
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=UNSAID_SECONDS,
            filter_subject=options.subject,
            max_ack_pending=100_000,
        )
    consumer = (await stream.add_consumer(options.stream, config)).name
    messages = await stream.pull_subscribe_bind(
        consumer=consumer, stream=options.stream, pending_bytes_limit=2 * HELD_BYTES
    )
    number = 0  # of the last message, as this consumer counts
    many = max(2, min(FETCHED, HELD_BYTES // client.max_payload))
    try:
        yield Inflow(cursor=str(Place(sequence=reached, made=made)) if keeps else None)
        while True:
            try:
                got = await messages.fetch(many, timeout=WAIT_SECONDS)
            except TimeoutError:
                got = []
            if not got:
                await messages.consumer_info()
            if keeps and got:
                counts = [one.metadata.sequence.consumer for one in got]
                if counts != list(range(number + 1, number + 1 + len(got))):
                    raise LostError("NATS: messages were lost on the way.")
                number = counts[-1]
                reached = got[-1].metadata.sequence.stream
            place = Place(sequence=reached, made=made)
            for one in _handed(nats, got, options.form, place if keeps else None):
                yield one
    finally:
        if keeps and client.is_connected:
            await _forgotten(nats, stream, options.stream, consumer)


async def _found(nats: ModuleType, stream: Any, name: str) -> Any:
    """Return what the server says of a stream.

    Raises:
        UserError: there is none. (A consumer of ours that is gone is a loss, and is made again.)
    """
    try:
        return await stream.stream_info(name)
    except nats.js.errors.NotFoundError as error:
        raise UserError(f"NATS has no stream {name!r}.", hint="See docs/sources/nats.md.") from error


def _handed(nats: ModuleType, messages: Sequence[Any], form: str, place: Place | None) -> list[Inflow]:
    """Return messages as rows, at most so many at a time; the cursor, or what acknowledges, comes with the last."""
    rows = [row for one in messages for row in rows_of(one.data, form)]
    cut = [rows[at : at + MAX_ROWS] for at in range(0, len(rows), MAX_ROWS)] or [[]]
    done: Callable[[], Awaitable[None]] | None = None
    if messages and place is None:

        async def done() -> None:
            try:
                for one in messages:
                    await one.ack()
            except nats.errors.Error:
                return  # not told: they are given again, and are known

    last = Inflow(rows=cut[-1], cursor=str(place) if messages and place is not None else None, done=done)
    return [*(Inflow(rows=part) for part in cut[:-1]), last]


async def _connected(
    nats: ModuleType,
    options: Nats,
    login: Login,
    key: str,
    wrong: list[Exception],
    said: Callable[[Exception], Exception],
) -> Any:
    """Return a client that is connected, and never connects again by itself."""
    encrypted = urlsplit(options.url).scheme == "tls"
    given: dict[str, Any] = dict(login.given)
    if encrypted:
        given["tls"] = trust_of(ca_file=options.ca_file, certificate_file=options.certificate_file, key=key)
    client = client_of(nats, login, encrypted=encrypted)

    async def noted(error: Exception) -> None:
        wrong.append(error)

    try:
        async with asyncio.timeout(3 * CONTACT_SECONDS):
            await client.connect(
                options.url,
                name="fanal",
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=CONTACT_SECONDS,
                ping_interval=20,
                max_outstanding_pings=2,
                error_cb=noted,
                **given,
            )
    except UserError:
        await _closed(nats, client)
        raise
    except (nats.errors.Error, TimeoutError, OSError, ValueError) as error:
        await _closed(nats, client)
        raise said(error) from error
    return client


async def _closed(nats: ModuleType, client: Any) -> None:
    """Close a client; one that never was connected may wait for ever for a task of its own."""
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            await client.close()
    except (nats.errors.Error, TimeoutError, OSError):
        return  # it was lost already


async def _forgotten(nats: ModuleType, stream: Any, name: str, consumer: str) -> None:
    """Let the server forget a consumer; otherwise it does so by itself after a while."""
    try:
        await stream.delete_consumer(name, consumer)
    except (nats.errors.Error, TimeoutError):
        return


def _library() -> ModuleType:
    """Return the client library; it is optional, since few workspaces read from a broker."""
    try:
        import nats  # noqa: PLC0415
        import nats.js.api  # noqa: PLC0415
        import nats.js.errors  # noqa: PLC0415
    except ImportError as error:
        raise MissingPackageError("A stream from NATS needs the package nats-py.", extra="live") from error
    return nats


NATS = LiveSource(
    name="nats",
    what_for="A stream of NATS JetStream with posts as JSON Lines or ActivityStreams.",
    reference="https://docs.nats.io/reference/reference-protocols/nats_api_reference",
    terms="Those between you and whoever runs the server, who must be entitled to hand the posts over.",
    consents=frozenset({Consent.PLATFORM, Consent.EXPORT}),
    options=Nats,
    secrets=("token", "password", "seed", "credentials", "key"),
    listen=listen,
    read=read,
    read_by=read_carried,
)
