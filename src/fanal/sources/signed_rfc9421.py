"""RFC 9421: HTTP Message Signatures over a delivery, with the digest of its body (RFC 9530)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
    VerifyResult,
)
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519, RSA_PSS_SHA512, RSA_V1_5_SHA256

from fanal.sources.signed import METHOD, Delivery, Key, Signed, UnsignedError, check_fresh, mark_of

ALGORITHMS: tuple[type[HTTPSignatureAlgorithm], ...] = (
    ED25519,
    RSA_PSS_SHA512,
    RSA_V1_5_SHA256,
    ECDSA_P256_SHA256,
)
"""Each takes keys of one kind alone, so that none can be used for another."""

ALWAYS = ("@method", "content-digest")
"""What a signature must cover (RFC 9421, 7.2.1), beside where the delivery was sent."""


class _Message:
    """Be a request as the library reads it."""

    def __init__(self, delivery: Delivery, url: str) -> None:
        self.method, self.url, self.headers = METHOD, url, _Headers(delivery)


class _Headers:
    """Be the headers of a request as the library reads them: each line by itself."""

    def __init__(self, delivery: Delivery) -> None:
        self._lines = delivery.headers

    def items(self) -> list[tuple[str, str]]:
        """Return all lines."""
        return list(self._lines)


class _Keys(HTTPSignatureKeyResolver):
    """Give the operator's keys; none is ever fetched."""

    def __init__(self, keys: Mapping[str, Key]) -> None:
        self._keys = keys

    def resolve_public_key(self, key_id: str) -> Any:
        """Return a key, or None."""
        return self._keys.get(key_id)


class _Verifier(HTTPMessageVerifier):  # type: ignore[misc,unused-ignore]
    """Leave times to whoever has the clock."""

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Say nothing here: see `verify`."""


def verify(
    delivery: Delivery, *, url: str, keys: Mapping[str, Key], now: datetime, window: timedelta
) -> Signed:
    """Return who signed a delivery.

    The signature must cover the method, the digest of the body, and where it was sent: `@target-uri`, or `@authority`
    with `@path` or `@request-target`. Where it was sent is what the operator says, not what the request says.

    Args:
        delivery: as it came.
        url: public address of the inbox.
        keys: of senders.
        now: UTC.
        window: how old a signature may be.

    Raises:
        UnsignedError: it does not hold, covers too little, or is too old.
    """
    message = _Message(delivery, url)
    for algorithm in ALGORITHMS:
        verifier = _Verifier(signature_algorithm=algorithm, key_resolver=_Keys(keys))
        try:
            (found,) = verifier.verify(message, max_age=None, require_components=ALWAYS, body=delivery.body)
        except (HTTPMessageSignaturesException, ValueError):
            continue
        return _checked(found, now=now, window=window)
    raise UnsignedError("The signature does not hold, is of no known key, or covers too little.")


def _checked(found: VerifyResult, *, now: datetime, window: timedelta) -> Signed:
    """Check what a signature that holds covers, and when it was made."""
    covered = found.covered_components
    there = '"@authority"' in covered and ('"@path"' in covered or '"@request-target"' in covered)
    if not there and '"@target-uri"' not in covered:
        raise UnsignedError("The signature does not cover where it was sent.")
    created, expires = found.parameters.get("created"), found.parameters.get("expires")
    if type(created) is not int:
        raise UnsignedError("The signature does not say when it was made.")
    try:
        at = datetime.fromtimestamp(created, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise UnsignedError("The signature says no time.") from error
    check_fresh(at, now=now, window=window)
    if type(expires) is int and expires < now.timestamp():
        raise UnsignedError("The signature has expired.")
    base = "\n".join(f"{name}: {value}" for name, value in covered.items())
    key_id = str(found.parameters["keyid"])
    return Signed(key_id=key_id, mark=mark_of("rfc9421", key_id, base.encode()), at=at)
