"""Search every byte of a folder for what must not be there: raw, and in each column of each Parquet file."""

import io
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def forms(number: int) -> dict[str, bytes]:
    """Return the ways in which 64 bits may stand in a file: both orders, a varint, a zigzag varint, as text."""
    unsigned = number % 2**64
    signed = unsigned - 2**64 if unsigned >= 2**63 else unsigned
    return {
        "little": unsigned.to_bytes(8, "little"),
        "big": unsigned.to_bytes(8, "big"),
        "varint": _varint(unsigned),
        "zigzag": _varint((signed << 1) % 2**64 ^ (2**64 - 1 if signed < 0 else 0)),
        "signed": str(signed).encode(),
        "unsigned": str(unsigned).encode(),
        "hex": f"{unsigned:016x}".encode(),
    }


def _varint(number: int) -> bytes:
    """Return a number as LEB128."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def found(folder: Path, needles: Mapping[str, bytes]) -> list[str]:
    """Return which needles stand in which file, raw or behind the encodings of Parquet."""
    hits = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "cache" not in path.relative_to(folder).parts:
            content = path.read_bytes()
            parts = [content, *(_opened(content) if path.suffix == ".parquet" else [])]
            hits += [
                f"{name} in {path.name}"
                for name, needle in needles.items()
                if any(needle in part for part in parts)
            ]
    return hits


def _opened(content: bytes) -> list[bytes]:
    """Return the buffers of all columns of a Parquet file, decoded."""
    table = pq.read_table(io.BytesIO(content)).combine_chunks()
    buffers = []
    for column in table.columns:
        for chunk in column.chunks:
            buffers += [buffer.to_pybytes() for buffer in _buffers(chunk) if buffer is not None]
    return buffers


def _buffers(array: pa.Array) -> list[pa.Buffer | None]:
    """Return the buffers of an array, of nested ones too."""
    return list(array.buffers())
