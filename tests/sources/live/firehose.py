"""The AT Protocol's own stream, turned into Jetstream's events: `com.atproto.sync.subscribeRepos`, read in a test.

References: atproto.com/specs/event-stream (frames), atproto.com/specs/data-model (DAG-CBOR, JSON),
ipld.io/specs/transport/car (CARv1), RFC 8949 (CBOR). Only what a server writes is decoded; anything else raises.
"""

import base64
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

_CID_BYTES = 36  # version 1, codec, sha-256


def events(frame: bytes) -> list[dict[str, Any]]:
    """Return the events of a frame as Jetstream writes them; none for what Jetstream leaves out."""
    header, at = decode(frame, 0)
    body, _ = decode(frame, at)
    if header["op"] != 1:
        raise ValueError(f"the server says {body}")
    micros = _micros(body["time"])
    if header["t"] == "#commit":
        blocks = car(body["blocks"])
        return [_commit(body, operation, blocks, micros) for operation in body["ops"]]
    if header["t"] in ("#identity", "#account"):
        kind = header["t"][1:]
        return [{"did": body["did"], "time_us": micros, "kind": kind, kind: as_json(body)}]
    return []


def _commit(
    body: dict[str, Any], operation: dict[str, Any], blocks: dict[bytes, bytes], micros: int
) -> dict[str, Any]:
    collection, _, rkey = operation["path"].partition("/")
    commit = {
        "rev": body["rev"],
        "operation": operation["action"],
        "collection": collection,
        "rkey": rkey,
    }
    if operation["action"] != "delete":
        record, _ = decode(blocks[operation["cid"].cid], 0)
        commit |= {"record": as_json(record), "cid": str(operation["cid"])}
    return {"did": body["repo"], "time_us": micros, "kind": "commit", "commit": commit}


def _micros(time: str) -> int:
    return (datetime.fromisoformat(time) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


class Link:
    """Hold the hash by which a block is named."""

    def __init__(self, cid: bytes) -> None:
        self.cid = cid

    def __str__(self) -> str:
        """Write it as the protocol does: base 32, in small letters, behind a b."""
        return "b" + base64.b32encode(self.cid).decode().lower().rstrip("=")


def as_json(value: Any) -> Any:
    """Return a value in the JSON form of the protocol's data model."""
    if isinstance(value, Link):
        return {"$link": str(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    if isinstance(value, dict):
        return {name: as_json(one) for name, one in value.items()}
    return [as_json(one) for one in value] if isinstance(value, list) else value


def car(data: bytes) -> dict[bytes, bytes]:
    """Return the blocks of an archive by their hashes."""
    size, at = _varint(data, 0)
    at += size
    blocks = {}
    while at < len(data):
        size, at = _varint(data, at)
        blocks[data[at : at + _CID_BYTES]] = data[at + _CID_BYTES : at + size]
        at += size
    return blocks


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def decode(data: bytes, at: int) -> tuple[Any, int]:  # noqa: C901 - a case for each major type
    """Return the value of DAG-CBOR that begins at a byte, and the byte behind it."""
    major, minor = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        if minor == 27:
            return struct.unpack(">d", data[at : at + 8])[0], at + 8
        return {20: False, 21: True, 22: None}[minor], at
    if minor >= 24:
        width = 1 << (minor - 24)
        minor, at = int.from_bytes(data[at : at + width], "big"), at + width
    if major == 0:
        return minor, at
    if major == 1:
        return -1 - minor, at
    if major == 2:
        return data[at : at + minor], at + minor
    if major == 3:
        return data[at : at + minor].decode(), at + minor
    if major == 4:
        members = []
        for _ in range(minor):
            member, at = decode(data, at)
            members.append(member)
        return members, at
    if major == 5:
        entries = {}
        for _ in range(minor):
            name, at = decode(data, at)
            entries[name], at = decode(data, at)
        return entries, at
    if minor != 42:
        raise ValueError(f"tag {minor}")
    held, at = decode(data, at)
    return Link(held[1:]), at
