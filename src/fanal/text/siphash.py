"""SipHash: a keyed hash of strings, read from Arrow's buffers without making Python strings."""

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

NULL_BYTES = b"\xff\x00null"
"""What a null is hashed as; no valid UTF-8 begins with 0xff, so that no string hashes the same by intent."""

_U64 = np.uint64


def hash_strings(values: pa.Array | pa.ChunkedArray, key: tuple[int, int]) -> NDArray[np.uint64]:
    """Return SipHash-2-4 of the UTF-8 bytes of each value (Aumasson and Bernstein 2012, sec. 2).

    Args:
        values: string or large_string, n; slices and nulls are allowed.
        key: two numbers from 0 to 2**64 - 1, the key's bytes read as little endian.

    Returns:
        n hashes; a null has the hash of NULL_BYTES.

    >>> key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    >>> hex(int(hash_strings(pa.array([""]), key)[0]))
    '0x726fdb47dd0e0e31'
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    filled = values.cast(pa.large_string())
    _, offsets, data = filled.buffers()
    starts = np.frombuffer(offsets, np.int64)[filled.offset : filled.offset + len(filled) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    low, high = _U64(key[0]), _U64(key[1])
    hashes = _hash_all(content, starts, low, high) if len(filled) else np.zeros(0, np.uint64)
    if filled.null_count:
        null = np.frombuffer(NULL_BYTES, np.uint8)
        ends = np.array([0, len(null)], np.int64)
        hashes[filled.is_null().to_numpy(zero_copy_only=False)] = _hash_all(null, ends, low, high)[0]
    return hashes


@njit(cache=True, nogil=True)
def _hash_all(
    content: NDArray[np.uint8], starts: NDArray[np.int64], low: np.uint64, high: np.uint64
) -> NDArray[np.uint64]:
    """Hash every stretch between two starts."""
    hashes = np.empty(len(starts) - 1, dtype=np.uint64)
    for row in range(len(hashes)):
        hashes[row] = _hash(content, starts[row], starts[row + 1], low, high)
    return hashes


@njit(cache=True, nogil=True)
def _hash(content: NDArray[np.uint8], start: int, end: int, low: np.uint64, high: np.uint64) -> np.uint64:
    """Hash the bytes from `start` to `end`."""
    v0 = low ^ np.uint64(0x736F6D6570736575)
    v1 = high ^ np.uint64(0x646F72616E646F6D)
    v2 = low ^ np.uint64(0x6C7967656E657261)
    v3 = high ^ np.uint64(0x7465646279746573)
    length = end - start
    for at in range(start, start + length // 8 * 8, 8):
        word = np.uint64(0)
        for byte in range(8):
            word |= np.uint64(content[at + byte]) << np.uint64(8 * byte)
        v3 ^= word
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= word
    word = np.uint64(length & 255) << np.uint64(56)
    for byte in range(length % 8):
        word |= np.uint64(content[start + length // 8 * 8 + byte]) << np.uint64(8 * byte)
    v3 ^= word
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0 ^= word
    v2 ^= np.uint64(0xFF)
    for _ in range(4):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@njit(cache=True, nogil=True)
def _turn(value: np.uint64, bits: int) -> np.uint64:
    """Rotate to the left."""
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


@njit(cache=True, nogil=True)
def _round(
    v0: np.uint64, v1: np.uint64, v2: np.uint64, v3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Do one SipRound."""
    v0 += v1
    v1 = _turn(v1, 13) ^ v0
    v0 = _turn(v0, 32)
    v2 += v3
    v3 = _turn(v3, 16) ^ v2
    v0 += v3
    v3 = _turn(v3, 21) ^ v0
    v2 += v1
    v1 = _turn(v1, 17) ^ v2
    v2 = _turn(v2, 32)
    return v0, v1, v2, v3
