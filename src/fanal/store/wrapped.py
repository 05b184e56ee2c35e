"""A wrapped key: one key under another by AES-256-GCM, bound to what it is for."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD = NONCE_BYTES + TAG_BYTES
"""Bytes that a wrapped key is longer than the key."""


def wrap(key: bytes, *, under: bytes, purpose: bytes, nonce: bytes) -> bytes:
    """Return a key under another (NIST SP 800-38D, GCM with a random nonce of 96 bits).

    Args:
        key: what is wrapped.
        under: 32 bytes.
        purpose: what it is for; it opens for nothing else.
        nonce: 12 random bytes, never the same twice under one key.

    >>> found = wrap(b"k" * 16, under=bytes(32), purpose=b"a day", nonce=bytes(12))
    >>> unwrap(found, under=bytes(32), purpose=b"a day") == b"k" * 16
    True
    >>> unwrap(found, under=bytes(32), purpose=b"another day") is None
    True
    """
    return nonce + AESGCM(under).encrypt(nonce, key, purpose)


def unwrap(wrapped: bytes, *, under: bytes, purpose: bytes) -> bytes | None:
    """Return the key; None: the other key is not the right one, or a byte was changed."""
    if len(wrapped) < OVERHEAD:
        return None
    try:
        return AESGCM(under).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], purpose)
    except InvalidTag:
        return None
