"""Cavage: the HTTP signatures of the Fediverse (draft-cavage-http-signatures-12), with `digest`, `host` and `date`."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from fanal.sources.signed import METHOD, Delivery, Key, Signed, UnsignedError, check_fresh, mark_of

ALWAYS = ("(request-target)", "host", "date", "digest")
"""What a signature must cover."""

_PART = re.compile(r'([A-Za-z]{1,16})="([^"]{0,2048})"')
_RSA, _ED25519, _ANY = "rsa-sha256", "ed25519", "hs2019"
_DIGESTS = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


def verify(
    delivery: Delivery, *, url: str, keys: Mapping[str, Key], now: datetime, window: timedelta
) -> Signed:
    """Return who signed a delivery.

    Host and path are those of the inbox's public address: what was signed for another inbox does not hold here.

    Args:
        delivery: as it came.
        url: public address of the inbox.
        keys: of senders.
        now: UTC.
        window: how old a signature may be.

    Raises:
        UnsignedError: it does not hold, covers too little, or is too old.
    """
    said = _parts(delivery.one("signature"))
    names = said.get("headers", "").split(" ")
    if not set(ALWAYS) <= set(names) or len(set(names)) != len(names):
        raise UnsignedError("The signature covers too little.")
    _check_digest(delivery)
    target = urlsplit(url)
    known = {"(request-target)": f"{METHOD.lower()} {target.path or '/'}", "host": target.netloc.lower()}
    lines = [f"{name}: {known.get(name) or ', '.join(_all(delivery, name))}" for name in names]
    base = "\n".join(lines).encode()
    key = keys.get(said.get("keyId", ""))
    try:
        signature = base64.b64decode(said.get("signature", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnsignedError("The signature is no base64.") from error
    if key is None or not _holds(key, said.get("algorithm", _ANY), signature, base):
        raise UnsignedError("The signature does not hold, or is of no known key.")
    try:
        at = parsedate_to_datetime(delivery.one("date"))
    except (ValueError, OverflowError) as error:
        raise UnsignedError("The header date is no date.") from error
    if at.tzinfo is None:
        raise UnsignedError("The header date has no zone.")
    check_fresh(at, now=now, window=window)
    return Signed(key_id=said["keyId"], mark=mark_of("cavage", said["keyId"], base), at=at.astimezone(UTC))


def _all(delivery: Delivery, name: str) -> list[str]:
    """Return the values of a header that is signed."""
    values = delivery.every(name)
    if not values:
        raise UnsignedError("A header that was signed is missing.")
    return values


def _parts(value: str) -> dict[str, str]:
    """Return the parts of the header Signature.

    >>> _parts('keyId="a",headers="date"')
    {'keyId': 'a', 'headers': 'date'}
    """
    parts: dict[str, str] = {}
    at = 0
    while (found := _PART.match(value, at)) is not None:
        name, said = found.groups()
        if name in parts:
            raise UnsignedError("The header signature says something twice.")
        parts[name] = said
        at = found.end()
        if at == len(value):
            return parts
        if value[at] != ",":
            break
        at += 1
    raise UnsignedError("The header signature cannot be read.")


def _check_digest(delivery: Delivery) -> None:
    """Refuse a body that is not the one whose digest was signed (RFC 3230)."""
    known = 0
    for one in delivery.one("digest").split(","):
        name, _, value = one.strip().partition("=")
        digest = _DIGESTS.get(name.lower())
        if digest is None:
            continue
        known += 1
        right = base64.b64encode(digest(delivery.body).digest())
        if not hmac.compare_digest(right, value.encode("latin-1", "replace")):
            raise UnsignedError("The body is not the one that was signed.")
    if not known:
        raise UnsignedError("The digest of the body is of no known kind.")


def _holds(key: Key, algorithm: str, signature: bytes, base: bytes) -> bool:
    """Tell whether a signature holds; the kind of the key decides how, and what is said must agree."""
    try:
        if isinstance(key, RSAPublicKey) and algorithm in (_RSA, _ANY):
            key.verify(signature, base, PKCS1v15(), SHA256())
        elif isinstance(key, Ed25519PublicKey) and algorithm in (_ED25519, _ANY):
            key.verify(signature, base)
        else:
            return False
    except InvalidSignature:
        return False
    return True
