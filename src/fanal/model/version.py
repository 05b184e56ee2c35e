"""The Version: a post that was edited is a post of its own, whose id begins with that of the first."""

import re
from dataclasses import dataclass
from datetime import datetime

EDITED = "#edited-"
"""Stands between the id of the first version and what tells this one from others: when it was made, or its revision."""

_TOLD = re.compile(r"[0-9A-Za-z:.+-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Hold what is known of one version of a post without its text."""

    post: int  # keyed hash of the version, 0 to 2**64 - 1
    at: datetime  # UTC, when it was written
    plea: bool  # it shows a plea
    text: bool  # it shows a plea, and its text can be read


def version_of(post: str, told: object) -> str | None:
    """Return the id of a version; None: what tells it is nothing that can.

    Args:
        post: id of the first version.
        told: as the stream gives it: a time as text or number, a revision.

    >>> version_of("https://a.example/1", "2014-08-03T05:00:00.000Z"), version_of("1234/5", 1407050000)
    ('https://a.example/1#edited-2014-08-03T05:00:00.000Z', '1234/5#edited-1407050000')
    >>> version_of("1234/5", None) is version_of("1234/5", "on Monday") is None
    True
    """
    told = str(told) if type(told) is int else told
    return f"{post}{EDITED}{told}" if isinstance(told, str) and _TOLD.fullmatch(told) else None


def first_of(post: str) -> str:
    """Return the id of the first version of a post.

    >>> first_of("1234/5#edited-1407050000"), first_of("1234/5")
    ('1234/5', '1234/5')
    """
    return post.partition(EDITED)[0]
