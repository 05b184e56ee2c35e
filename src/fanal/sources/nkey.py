"""The nkey: a key pair by which NATS knows a user, read from its seed, and what it signs a server's challenge with."""

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_USER = 20 << 3
"""First byte of a user's public key; base32 shows it as U."""

_SEED_OF_USER = bytes([(18 << 3) | (_USER >> 5), (_USER & 31) << 3])
"""First bytes of the seed of a user's key; base32 shows them as SU."""

_SEED_BYTES = 32
_CHECK_BYTES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Nkey:
    """Hold the key pair of a user of NATS; what is shown of it holds no secret.

    The seed is base32 of two bytes that say what it is, the 32 bytes of an Ed25519 key, and a CRC-16 of both
    (https://github.com/nats-io/nkeys).
    """

    public: str  # U and what follows, as a server lists it
    _private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, seed: str) -> "Nkey":
        """Return the key pair of a seed.

        Raises:
            ValueError: it is no seed of a user's key; the error's words hold nothing of it.

        >>> Nkey.of("SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y").public[0]
        'U'
        >>> Nkey.of("SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H7A6Y")
        Traceback (most recent call last):
        ValueError: The check of the seed is wrong.
        """
        given = seed.strip()
        try:
            raw = base64.b32decode(given.encode("ascii") + b"=" * (-len(given) % 8))
        except (ValueError, UnicodeEncodeError):
            raise ValueError("The seed is no base32.") from None
        body, check = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
        if body[:2] != _SEED_OF_USER or len(body) != 2 + _SEED_BYTES:
            raise ValueError("The seed is none of a user.")
        if _checked(body) != check:
            raise ValueError("The check of the seed is wrong.")
        private = Ed25519PrivateKey.from_private_bytes(body[2:])
        named = bytes([_USER]) + private.public_key().public_bytes_raw()
        return cls(public=base64.b32encode(named + _checked(named)).decode().rstrip("="), _private=private)

    def sign(self, challenge: str) -> bytes:
        """Return the signature of a server's challenge, as base64."""
        return base64.urlsafe_b64encode(self._private.sign(challenge.encode())).rstrip(b"=")


def _checked(data: bytes) -> bytes:
    """Return the CRC-16 (XMODEM) of bytes, the low byte first."""
    return binascii.crc_hqx(data, 0).to_bytes(_CHECK_BYTES, "little")
