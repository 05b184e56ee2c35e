"""Signed: what a sender's signature over a delivery says, and the keys under which it must hold."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from fanal.model.error import SettingError, UserError

LEAST_RSA_BITS = 2048
"""A shorter RSA key can be broken (NIST SP 800-131A)."""

METHOD = "POST"

Key = RSAPublicKey | Ed25519PublicKey | EllipticCurvePublicKey


class UnsignedError(UserError):
    """Say why a delivery is not taken for its sender's; none of its text is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Hold what was sent to an inbox, as it came."""

    headers: Sequence[tuple[str, str]]  # names in small letters, each line by itself
    body: bytes

    def one(self, name: str) -> str:
        """Return the value of a header that must stand there once.

        Raises:
            UnsignedError: it is missing, or stands there twice.

        >>> Delivery(headers=[("date", "x")], body=b"").one("date")
        'x'
        """
        values = self.every(name)
        if len(values) != 1:
            raise UnsignedError(f"The header {name} must stand there once.")
        return values[0]

    def every(self, name: str) -> list[str]:
        """Return the values of a header, without the blanks around them."""
        return [value.strip(" \t") for known, value in self.headers if known == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Say who signed a delivery and when."""

    key_id: str
    mark: bytes  # digest of all that was signed: the same again is a replay
    at: datetime  # UTC, as the sender says


def mark_of(scheme: str, key_id: str, base: bytes) -> bytes:
    """Return the digest of what was signed. It is not that of the signature, which may be written in several ways."""
    return hashlib.sha256(f"{scheme}\n{key_id}\n".encode() + base).digest()


def check_fresh(at: datetime, *, now: datetime, window: timedelta) -> None:
    """Refuse what was signed too long ago, or lies as far ahead.

    Raises:
        UnsignedError: it does.
    """
    if abs(now - at) > window:
        raise UnsignedError("The signature is too old, or a clock is wrong.")


def keys_of(told: Sequence[str], *, folder: Path) -> Mapping[str, Key]:
    """Return the public keys of senders, by key id.

    Args:
        told: each the key's id, a blank, and its PEM file.
        folder: where the path of a file begins.

    Raises:
        SettingError: a file cannot be read, or its key not be used.
    """
    keys: dict[str, Key] = {}
    for one in told:
        key_id, _, file = one.strip().partition(" ")
        if not file.strip() or key_id in keys:
            raise _wrong(f"{one!r} is no id of a key with its file, or the id is there twice")
        try:
            key = load_pem_public_key((folder / file.strip()).read_bytes())
        except OSError as error:
            raise _wrong(f"{file.strip()!r} cannot be read") from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise _wrong(f"{file.strip()!r} is no public key in PEM") from error
        short = isinstance(key, RSAPublicKey) and key.key_size < LEAST_RSA_BITS
        other = isinstance(key, EllipticCurvePublicKey) and not isinstance(key.curve, SECP256R1)
        if short or other or not isinstance(key, Key):
            raise _wrong(f"the key in {file.strip()!r} cannot be used")
        keys[key_id] = key
    return keys


def _wrong(sentence: str) -> SettingError:
    """Return the error for one key."""
    return SettingError(
        f"The option `keys` of a stream: {sentence}.",
        hint="A key is Ed25519, P-256, or RSA of 2,048 bits or more; see docs/sources/webhook.md.",
    )
