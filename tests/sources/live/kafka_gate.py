"""A gate before the mock cluster of librdkafka, which knows neither TLS nor SASL: it asks for both and lets on."""

import asyncio
import base64
import hashlib
import hmac
import ssl
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

API_VERSIONS, HANDSHAKE, AUTHENTICATE = 18, 17, 36
UNSUPPORTED_MECHANISM, UNSUPPORTED_VERSION, REFUSED = 33, 35, 58
ROUNDS = 4096
HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}


class RefusedError(Exception):
    """Say that a login is wrong."""


@dataclass
class Gate:
    """Hold what a gate lets in, and what it saw."""

    users: Mapping[str, str] = field(default_factory=dict)  # passwords by name
    tokens: frozenset[str] = frozenset()  # of OAUTHBEARER
    mechanisms: tuple[str, ...] = ()  # none: SASL is not asked for
    brokers: tuple[str, ...] = ()  # addresses of the gate, one for each broker of the cluster
    seen: list[str] = field(default_factory=list)  # by which mechanism somebody was let in
    refused: int = 0  # logins that were wrong


@asynccontextmanager
async def gated(gate: Gate, brokers: Sequence[str], *, trust: ssl.SSLContext | None) -> AsyncIterator[Gate]:
    """Stand before some brokers of this machine while the block runs.

    Args:
        gate: whom it lets in; its `brokers` are set.
        brokers: addresses of the cluster.
        trust: of its TLS; None: it speaks in clear.
    """
    swaps: list[tuple[bytes, bytes]] = []
    servers: list[asyncio.Server] = []
    for broker in brokers:
        host, _, port = broker.rpartition(":")

        async def serve(
            reader: asyncio.StreamReader,
            writer: asyncio.StreamWriter,
            host: str = host,
            port: int = int(port),
        ) -> None:
            there, other = await asyncio.open_connection(host, port)
            try:
                if await _asked(gate, reader, writer, there, other):
                    await asyncio.gather(_passed(reader, other, []), _passed(there, writer, swaps))
            except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                pass
            finally:
                writer.close()
                other.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=trust)
        mine = server.sockets[0].getsockname()[1]
        servers.append(server)
        swaps.append((host.encode() + struct.pack(">i", int(port)), host.encode() + struct.pack(">i", mine)))
        gate.brokers += (f"{host}:{mine}",)
    try:
        yield gate
    finally:
        for server in servers:
            server.close()


async def _asked(
    gate: Gate,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    there: asyncio.StreamReader,
    other: asyncio.StreamWriter,
) -> bool:
    """Ask who somebody is; return whether they are let on."""
    login: Login | None = None
    while True:
        frame = await _frame(reader)
        key, version, number = struct.unpack(">hhi", frame[:8])
        (named,) = struct.unpack(">h", frame[8:10])
        body = frame[10 + max(named, 0) :]
        if key == API_VERSIONS and version > 0:
            _answer(writer, number, struct.pack(">hi", UNSUPPORTED_VERSION, 0))
        elif key == API_VERSIONS:
            other.write(struct.pack(">i", len(frame)) + frame)
            known = await _frame(there)
            (count,) = struct.unpack(">i", known[6:10])
            more = struct.pack(">hhhhhh", HANDSHAKE, 1, 1, AUTHENTICATE, 0, 1)
            _answer(writer, number, known[4:6] + struct.pack(">i", count + 2) + known[10:] + more)
            if not gate.mechanisms:
                return True
        elif key == HANDSHAKE:
            mechanism = body[2:].decode()
            fits = mechanism in gate.mechanisms
            offered = b"".join(struct.pack(">h", len(one)) + one.encode() for one in gate.mechanisms)
            code = 0 if fits else UNSUPPORTED_MECHANISM
            _answer(writer, number, struct.pack(">hi", code, len(gate.mechanisms)) + offered)
            if not fits:
                return False
            login = Login(gate, mechanism)
        elif key == AUTHENTICATE and login is not None:
            try:
                said = login.step(body[4:])
            except RefusedError:
                gate.refused += 1
                _answer(writer, number, struct.pack(">hhi", REFUSED, -1, 0) + bytes(8 * version))
                await writer.drain()
                return False
            head = struct.pack(">hhi", 0, -1, len(said))
            _answer(writer, number, head + said + bytes(8 * version))
            if login.done:
                gate.seen.append(login.mechanism)
                return True
        else:
            return False  # it asks before it said who it is


class Login:
    """Follow one login: PLAIN (RFC 4616), SCRAM (RFC 5802) or OAUTHBEARER (RFC 7628)."""

    def __init__(self, gate: Gate, mechanism: str) -> None:
        self.gate, self.mechanism, self.done = gate, mechanism, False
        self.first: tuple[str, str, str] | None = None  # of SCRAM: user, what was said, what was answered

    def step(self, said: bytes) -> bytes:
        """Return what is answered to one word of a login.

        Raises:
            RefusedError: it is wrong.
        """
        if self.mechanism in HASHES:
            return self._scram(said.decode())
        if self.mechanism == "PLAIN":
            _, user, password = said.decode().split("\0")
            self.done = self.gate.users.get(user) == password
        else:
            token = said.decode().split("\x01auth=Bearer ")[-1].split("\x01")[0]
            self.done = token in self.gate.tokens
        if not self.done:
            raise RefusedError
        return b""

    def _scram(self, said: str) -> bytes:
        salt = b"of the tests"
        if self.first is None:
            bare = said.removeprefix("n,,")
            parts = dict(one.split("=", 1) for one in bare.split(","))
            answer = f"r={parts['r']}gate,s={base64.b64encode(salt).decode()},i={ROUNDS}"
            self.first = (parts["n"], bare, answer)
            return answer.encode()
        user, bare, answer = self.first
        kind = HASHES[self.mechanism]
        salted = hashlib.pbkdf2_hmac(kind, self.gate.users.get(user, "?").encode(), salt, ROUNDS)
        key = hmac.digest(salted, b"Client Key", kind)
        without, _, proof = said.rpartition(",p=")
        whole = f"{bare},{answer},{without}".encode()
        signed = hmac.digest(hashlib.new(kind, key).digest(), whole, kind)
        right = bytes(a ^ b for a, b in zip(key, signed, strict=True))
        if base64.b64decode(proof) != right or user not in self.gate.users:
            raise RefusedError
        self.done = True
        mine = hmac.digest(hmac.digest(salted, b"Server Key", kind), whole, kind)
        return b"v=" + base64.b64encode(mine)


async def _passed(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swaps: Sequence[tuple[bytes, bytes]]
) -> None:
    """Pass frames on; in answers the addresses of the brokers become those of the gate."""
    try:
        while True:
            frame = await _frame(reader)
            for old, new in swaps:
                frame = frame.replace(old, new)
            writer.write(struct.pack(">i", len(frame)) + frame)
            await writer.drain()
    finally:
        writer.close()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(size)


def _answer(writer: asyncio.StreamWriter, number: int, body: bytes) -> None:
    writer.write(struct.pack(">ii", len(body) + 4, number) + body)
