"""The zone: by what clock opening hours are meant, where they say none."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fanal.cli.harmless import harmless
from fanal.model.error import InputError


def zone_of(name: str) -> ZoneInfo:
    """Return a zone by its name.

    Raises:
        InputError: there is none.

    >>> zone_of("Asia/Baghdad").key
    'Asia/Baghdad'
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"{harmless(name)!r} is no time zone.", hint="Name one such as Asia/Baghdad."
        ) from error
