"""The clock: the one place where the command line asks for the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present time, UTC.

    >>> now().tzinfo is UTC
    True
    """
    return datetime.now(UTC)  # noqa: TID251 - the face's own clock
