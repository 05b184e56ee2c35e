"""Webhook: a notice as signed JSON to one address, after the Standard Webhooks scheme."""

import base64
import hashlib
import hmac
import math
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from fanal.model.error import RetryableError, SettingError
from fanal.model.release import Release
from fanal.outbox.atom import moment
from fanal.outbox.notice import Notice, checked
from fanal.outbox.provenance import NOT_SAFE
from fanal.text.host import is_local

TYPE = "fanal.alert"

Post = Callable[[Notice], None]
"""Sends a notice; raises RetryableError when it did not arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Say where a webhook goes and how it is signed."""

    url: str
    key: bytes  # of the HMAC; never printed: see __repr__
    timeout: float = 20.0  # seconds

    def __post_init__(self) -> None:
        """Refuse an address that others on the way could read.

        Raises:
            SettingError: neither https nor this machine; or with a user and password in it.
        """
        parts = urlsplit(self.url)
        local = parts.scheme == "http" and is_local(parts.hostname)
        if not parts.hostname or not (parts.scheme == "https" or local) or "@" in parts.netloc:
            raise SettingError(
                "The setting alerts.webhook_url must be an https address without a user in it.",
                hint="http is for this machine only.",
            )

    @property
    def target(self) -> str:
        """Return host and a short digest of the address, whose path may be a secret.

        >>> Hook(url="https://example.org/in", key=b"x" * 24).target
        'example.org#fcf7f409'
        """
        return f"{urlsplit(self.url).hostname}#{hashlib.sha256(self.url.encode()).hexdigest()[:8]}"

    def __repr__(self) -> str:
        """Return where it goes, without the key."""
        return f"Hook({self.target})"


def sign(secret: bytes, *, message: str, at: int, body: bytes) -> str:
    """Return the signature of a body (Standard Webhooks 1.0): HMAC-SHA256 over id, time and body.

    Args:
        secret: the key.
        message: id; the same at every try, so that a receiver knows what it has.
        at: seconds since 1970; a receiver refuses what is old, and so what is played again.
        body: as it is sent, byte for byte.
    """
    signed = f"{message}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()


@contextmanager
def connected(
    hook: Hook,
    *,
    context: ssl.SSLContext,
    clock: Callable[[], datetime],
    require: Callable[[Release], object],
) -> Iterator[Post]:
    """Give what sends a notice to the address. A redirect is not followed, nor a proxy asked.

    Args:
        hook: where, and the key.
        context: what is trusted.
        clock: gives the time of a try.
        require: raises for what may not leave.
    """
    with httpx.Client(
        timeout=hook.timeout, follow_redirects=False, trust_env=False, verify=context
    ) as client:

        def post(notice: Notice) -> None:
            body = to_json(checked(notice, require))
            at = int(clock().timestamp())
            headers = {
                "content-type": "application/json",
                "user-agent": "fanal",
                "webhook-id": notice.id,
                "webhook-timestamp": str(at),
                "webhook-signature": sign(hook.key, message=notice.id, at=at, body=body),
            }
            try:
                with client.stream("POST", hook.url, content=body, headers=headers) as answer:
                    status = answer.status_code
            except httpx.TimeoutException as error:
                raise RetryableError(
                    f"The webhook {hook.target}: no answer in {hook.timeout:g} s."
                ) from error
            except (httpx.HTTPError, OSError) as error:
                raise RetryableError(f"The webhook {hook.target}: {type(error).__name__}.") from error
            if not httpx.codes.is_success(status):
                raise RetryableError(f"The webhook {hook.target}: the server said {status}.")

        yield post


def to_json(notice: Notice) -> bytes:
    """Return a notice as the body of a webhook; the same notice gives the same bytes."""
    hotspot = notice.hotspot
    risk = hotspot["relative_risk"]
    data: dict[str, Any] = {
        "id": notice.id,
        "exercise": notice.exercise,
        "circle": notice.release.circle.value,
        "certainty": notice.certainty.lower(),
        "family": hotspot["family"],
        "areas": hotspot["areas"],
        "first_week": hotspot["start"],
        "last_week": hotspot["end"],
        "known": hotspot["as_of"],
        "observed": hotspot["observed"],
        "expected": hotspot["expected"],
        "relative_risk": risk if math.isfinite(risk) else None,  # null: all was inside
        "p_value": hotspot["p_value"],
        "recurrence_weeks": hotspot["recurrence_weeks"],
        "replaces": [one.id for one in notice.replaces],
        "release": {"id": notice.release.ledger_id, "digest": notice.release.digest()},
        "texts": [asdict(one) for one in notice.wordings],
        "about": NOT_SAFE,
    }
    return orjson.dumps({"type": TYPE, "timestamp": moment(notice.sent), "data": data})
