"""SipHash: the published vectors, and the same as a slow Python reading of the paper."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.text.siphash import NULL_BYTES, hash_strings

KEY = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
# Appendix A of the paper (15 bytes) and the first of the authors' reference vectors: input 00, 01, 02, ...
VECTORS = {
    0: 0x726FDB47DD0E0E31,
    1: 0x74F839C593DC67FD,
    2: 0x0D6C8009D9A94F5A,
    3: 0x85676696D7FB7E2D,
    4: 0xCF2794E0277187B7,
    5: 0x18765564CD99A68D,
    15: 0xA129CA6149BE45E5,
}
MASK = 2**64 - 1
keys = st.tuples(st.integers(0, MASK), st.integers(0, MASK))
texts = st.lists(st.one_of(st.none(), st.text(max_size=40)), max_size=8)


def slow(data: bytes, key: tuple[int, int]) -> int:
    """Return SipHash-2-4 as the paper writes it, section 2, in whole numbers."""

    def turn(value, bits):
        return (value << bits | value >> (64 - bits)) & MASK

    def rounds(state, count):
        a, b, c, d = state
        for _ in range(count):
            a, c = (a + b) & MASK, (c + d) & MASK
            b, d = turn(b, 13) ^ a, turn(d, 16) ^ c
            a = turn(a, 32)
            c, a = (c + b) & MASK, (a + d) & MASK
            b, d = turn(b, 17) ^ c, turn(d, 21) ^ a
            c = turn(c, 32)
        return a, b, c, d

    low, high = key
    state = (
        low ^ 0x736F6D6570736575,
        high ^ 0x646F72616E646F6D,
        low ^ 0x6C7967656E657261,
        high ^ 0x7465646279746573,
    )
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) % 256])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        a, b, c, d = rounds((*state[:3], state[3] ^ word), 2)
        state = (a ^ word, b, c, d)
    a, b, c, d = rounds((*state[:2], state[2] ^ 0xFF, state[3]), 4)
    return a ^ b ^ c ^ d


@pytest.mark.parametrize("length", VECTORS)
def test_published_vectors(length):
    data = bytes(range(length))
    assert slow(data, KEY) == VECTORS[length]
    assert hash_strings(pa.array([data.decode()]), KEY).tolist() == [VECTORS[length]]


def reference(values, key):
    """Return the slow hash of each value."""
    return [slow(NULL_BYTES if value is None else value.encode(), key) for value in values]


@given(texts, keys, st.sampled_from([pa.string(), pa.large_string()]), st.integers(0, 3), st.integers(0, 8))
def test_hashes_are_those_of_the_slow_reading_also_in_a_slice(values, key, kind, start, length):
    array = pa.array(values, kind).slice(min(start, len(values)), length)
    assert hash_strings(array, key).tolist() == reference(values[start:][:length], key)


@given(st.lists(texts, max_size=3), keys)
def test_chunks_are_read_as_one(chunks, key):
    joined = [value for chunk in chunks for value in chunk]
    assert hash_strings(pa.chunked_array(chunks, type=pa.string()), key).tolist() == reference(joined, key)


def test_null_is_not_the_empty_string():
    null, empty = hash_strings(pa.array([None, ""]), KEY)
    assert null != empty


def test_long_values_keep_their_length_in_the_last_byte_only():
    values = ["x" * n for n in (255, 256, 257, 70_000)]
    assert hash_strings(pa.array(values), KEY).tolist() == reference(values, KEY)


@pytest.mark.parametrize("key", [(-1, 0), (0, 2**64)])
def test_a_key_out_of_range_is_refused(key):
    with pytest.raises(OverflowError):
        hash_strings(pa.array(["a"]), key)
