"""Shared secret: the signature of Standard Webhooks 1.0, an HMAC that sender and receiver both can make."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

from fanal.sources.signed import Delivery, Signed, UnsignedError, check_fresh, mark_of

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
