"""The secret that both ends of a webhook hold, as Standard Webhooks 1.0 writes it."""

import base64
import binascii

from fanal.model.error import SettingError

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64


def key_of(secret: str, *, whose: str) -> bytes:
    """Return the key in a secret: `whsec_` and base64 of 24 to 64 bytes.

    Args:
        secret: as it was handed out.
        whose: it is, for the sentence when it cannot be used.

    Raises:
        SettingError: it is none; the secret is not repeated.

    >>> len(key_of("whsec_" + base64.b64encode(bytes(24)).decode(), whose="webhook"))
    24
    """
    try:
        found = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not secret.strip().startswith(PREFIX) or not LEAST_BYTES <= len(found) <= MOST_BYTES:
        raise SettingError(
            f"The secret of the {whose} cannot be used.",
            hint=f"It is {PREFIX} and {LEAST_BYTES} to {MOST_BYTES} random bytes in base64.",
        )
    return found
