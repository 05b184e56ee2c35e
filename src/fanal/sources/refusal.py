"""The Refusal: what a web server's refusal means for a stream, a later try or none, and how long it asks to wait."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from fanal.model.error import UserError
from fanal.sources.live import LostError

_LATER = frozenset({408, 421, 425, 429})
_MOVED_FOR_GOOD = frozenset({300, 301, 308})


def passes(status: int) -> bool:
    """Tell whether a later try is worth it after a status (RFC 9110, section 15) that is not what was asked for.

    A redirect for now may lead to the page of a captive portal: it passes.

    >>> [status for status in (300, 301, 302, 404, 408, 429, 500, 503) if passes(status)]
    [302, 408, 429, 500, 503]
    """
    return status in _LATER or not (status in _MOVED_FOR_GOOD or 400 <= status < 500)


def refusal(
    status: int, headers: Mapping[str, str], *, what: str, now: datetime, hint: str
) -> LostError | UserError:
    """Return the error for an answer that is not the stream: a try later is worth it, or it is refused for good.

    What the server says in words is not repeated: it could be anything.

    Args:
        status: of HTTP (RFC 9110, section 15).
        headers: of the answer.
        what: what refused, as a sentence begins with it.
        now: UTC.
        hint: what to do where it is refused for good.

    >>> now = datetime(2014, 8, 3, tzinfo=UTC)
    >>> late = refusal(429, {"Retry-After": "30"}, what="The server", now=now, hint="")
    >>> late.after, str(late)
    (30.0, 'The server asks to wait (429).')
    >>> str(refusal(404, {}, what="The server", now=now, hint="Look at `url`."))
    'The server refuses (404). Look at `url`.'
    """
    if status in _LATER or status == 503:
        return LostError(f"{what} asks to wait ({status}).", after=wait_asked(headers, now=now))
    if status in _MOVED_FOR_GOOD:
        return UserError(f"{what} has moved ({status}); redirects are not followed.", hint=hint)
    if not passes(status):
        return UserError(f"{what} refuses ({status}).", hint=hint)
    # A page where a stream should be may be a captive portal or a notice of maintenance: it passes.
    return LostError(f"{what} answers with no stream ({status}).", after=wait_asked(headers, now=now))


def wait_asked(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return the seconds that a server asks to wait, or None: it does not say, or nothing that can be read.

    Retry-After is a number or a date (RFC 9110, section 10.2.3). Without it X-RateLimit-Reset counts where nothing
    remains, as a date of ISO 8601 (Mastodon) or seconds since 1970.

    >>> now = datetime(2014, 8, 3, tzinfo=UTC)
    >>> wait_asked({"Retry-After": "Sun, 03 Aug 2014 00:01:00 GMT"}, now=now)
    60.0
    >>> wait_asked({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2014-08-03T00:05:00.000Z"}, now=now)
    300.0
    """
    said = {name.lower(): value.strip() for name, value in headers.items()}
    if (seconds := asked(said, now=now)) is not None:
        return seconds
    if said.get("x-ratelimit-remaining") == "0":
        return _until(said.get("x-ratelimit-reset", ""), now)
    return None


def asked(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return the seconds that a server asks to wait (RFC 9110, 10.2.3: seconds or a date), or None.

    >>> asked({"retry-after": "120"}, now=datetime(2014, 8, 3, tzinfo=UTC))
    120.0
    >>> asked({"retry-after": "Sun, 03 Aug 2014 00:01:00 GMT"}, now=datetime(2014, 8, 3, tzinfo=UTC))
    60.0
    """
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:10])
    try:
        until = parsedate_to_datetime(said)
        seconds = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return max(seconds.total_seconds(), 0.0) if math.isfinite(seconds.total_seconds()) else None


def _until(text: str, now: datetime) -> float | None:
    """Return the seconds until a moment, 0 where it is past; None where the text is none."""
    try:
        counted = text.isascii() and text.isdigit()
        moment = datetime.fromtimestamp(int(text), UTC) if counted else datetime.fromisoformat(text)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
    except (ValueError, TypeError, OverflowError, OSError):
        return None
