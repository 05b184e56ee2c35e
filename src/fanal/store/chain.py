"""The chain of the audit log: what the digest of a row covers, and the rows at which a chain does not hold."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SCHEME = "hmac-sha256:"
NOTHING = SCHEME + "0" * 64
"""What stands before the first row."""

COLUMNS = ("id", "at", "who", "act", "purpose", "about", "facts", "previous")
"""What a row's digest covers, in this order."""

_NUMBER, _PREVIOUS = COLUMNS.index("id"), COLUMNS.index("previous")


def digest(key: bytes, row: Sequence[object]) -> str:
    """Return the digest of a row: HMAC-SHA256 (RFC 2104) under the key over the JSON of its columns.

    Args:
        key: of the audit log.
        row: values of COLUMNS as they stand in the desk: numbers, texts and nulls; the time is UTC to the microsecond.

    Raises:
        TypeError: a value that the desk never writes, such as bytes.

    >>> digest(b"key", [1, "2026-11-28 20:00:00.000000", "amal", "sent", None, "a", "{}", NOTHING])[:20]
    'hmac-sha256:b4569a81'
    """
    written = json.dumps(list(row)).encode()
    return SCHEME + hmac.digest(key, written, hashlib.sha256).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Name a row at which the chain does not hold."""

    row: int  # its number; that of the row that should stand there
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Hold what was found of a chain."""

    rows: int
    last: tuple[int, str]  # number and digest of the newest row; 0 and NOTHING for an empty log
    flaws: tuple[Flaw, ...]  # the first few, in the order of the rows
    more: int  # flaws that are not listed

    @property
    def holds(self) -> bool:
        """Say whether nothing was found."""
        return not self.flaws


LISTED = 20
"""Flaws that are kept one by one; a log of a million broken rows is told with their number."""


def examine(rows: Iterable[Sequence[object]], key: bytes, anchors: Mapping[int, str]) -> Verdict:
    """Go through a chain once, row by row, and name the rows at which it does not hold.

    Found is any row that was changed, removed, put in, moved or put back by somebody without the key. Rows cut off at
    the end are found only where an anchor is among them: an anchor says which digest a row had at some time.

    Args:
        rows: of COLUMNS and then the digest, as they stand, oldest first.
        key: of the audit log.
        anchors: digest of a row by its number.
    """
    found: list[Flaw] = []
    count = flaws = 0
    expected, previous = 1, NOTHING
    left = {number: mark for number, mark in anchors.items() if number}

    def say(row: int, why: str) -> None:
        nonlocal flaws
        flaws += 1
        if len(found) < LISTED:
            found.append(Flaw(row=row, why=why))

    for row in rows:
        count += 1
        *covered, mark = row
        number = covered[_NUMBER]
        if not isinstance(number, int) or number < expected:
            say(expected, "something else stands in its place")
            continue
        if number > expected:
            say(
                expected,
                "it is missing" if number == expected + 1 else f"it is missing, up to row {number - 1}",
            )
        elif not _holds(key, covered, mark):
            say(number, "it was changed, or written without the log's key")
        elif covered[_PREVIOUS] != previous:
            say(number, "it does not follow the row before it")
        elif left.get(number, mark) != mark:
            say(number, "it is not the row that was anchored")
        left.pop(number, None)
        expected, previous = number + 1, str(mark)
    for number in sorted(left):
        say(number, "it is missing: the log was cut off before it")
    return Verdict(
        rows=count,
        last=(expected - 1, previous),
        flaws=tuple(sorted(found, key=lambda flaw: flaw.row)),
        more=flaws - len(found),
    )


def _holds(key: bytes, covered: Sequence[object], mark: object) -> bool:
    """Say whether a row has the digest that its columns make."""
    try:
        made = digest(key, covered)
    except TypeError:  # bytes, which only somebody else can have written
        return False
    return isinstance(mark, str) and mark.isascii() and hmac.compare_digest(made, mark)
