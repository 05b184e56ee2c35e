"""Shared secret: the signature of Standard Webhooks 1.0, an HMAC that sender and receiver both can make."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta

from fanal.model.error import SettingError
from fanal.sources.signed import Delivery, Signed, UnsignedError, check_fresh, mark_of

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64  # of a secret, as Standard Webhooks has it
KEY_ID = "secret"
_DIGITS = 12  # of a time in seconds


def verify(delivery: Delivery, *, key: bytes, now: datetime, window: timedelta) -> Signed:
    """Return that the holder of the secret signed a delivery.

    The signature covers id, time and body, and not where it was sent: a secret must belong to one inbox alone.

    Args:
        delivery: as it came.
        key: the secret's bytes.
        now: UTC.
        window: how old a signature may be.

    Raises:
        UnsignedError: it does not hold, or is too old.
    """
    message, time = delivery.one("webhook-id"), delivery.one("webhook-timestamp")
    base = f"{message}.{time}.".encode("latin-1", "replace") + delivery.body
    right = b"v1," + base64.b64encode(hmac.digest(key, base, "sha256"))
    given = delivery.one("webhook-signature").encode("latin-1", "replace").split(b" ")
    if not any(hmac.compare_digest(right, one) for one in given):
        raise UnsignedError("The signature does not hold.")
    if not (time.isascii() and time.isdigit() and len(time) <= _DIGITS):
        raise UnsignedError("The time of the signature is no number.")
    at = datetime.fromtimestamp(int(time), UTC)
    check_fresh(at, now=now, window=window)
    return Signed(key_id=KEY_ID, mark=mark_of("standard", KEY_ID, base), at=at)


def key_of(secret: str) -> bytes:
    """Return the key in a secret: `whsec_` and base64 of 24 to 64 bytes.

    Raises:
        SettingError: it is none; the secret is not repeated.

    >>> len(key_of("whsec_" + base64.b64encode(bytes(24)).decode()))
    24
    """
    try:
        found = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not secret.strip().startswith(PREFIX) or not LEAST_BYTES <= len(found) <= MOST_BYTES:
        raise SettingError(
            "The secret of the stream cannot be used.",
            hint=f"It is {PREFIX} and {LEAST_BYTES} to {MOST_BYTES} random bytes in base64.",
        )
    return found
