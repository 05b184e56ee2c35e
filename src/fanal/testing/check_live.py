"""What every live source must pass: tests run it on all members of the catalogue, and extensions on theirs."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from fanal.model.consent import Consent
from fanal.model.post import POST_SCHEMA, REJECT_SCHEMA, Reading
from fanal.sources.live import MAX_ROW_BYTES, LiveSource
from fanal.sources.reason import REASONS

Part = tuple[str, object]
"""What became of a row: the part that it is in, and what was made of it but for its line."""

FEW = 3
"""Rows that are read at once in a small reading."""

CUTS = 12
"""So often each row of a sample is cut off, evenly."""

HOSTILE: Mapping[str, bytes] = {
    "nothing": b"",
    "blanks": b" \t\r\n",
    "no UTF-8": b'{"a": "\xff\xfe\xc0\x80"}',
    "half a surrogate pair": b'{"a": "\\ud800"}',
    "a page of HTML": b"<!DOCTYPE html><html><body>Bad gateway</body></html>",
    "null": b"null",
    "a list": b"[1, 2]",
    "a text": b'"text"',
    "an empty object": b"{}",
    "NaN": b'{"a": NaN, "b": Infinity, "c": 1e999}',
    "a number beyond any type": b'{"a": ' + b"9" * 5_000 + b"}",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "NUL bytes": b"\0" * 64,
    "two objects": b"{}{}",
    "too long": b'{"a": "' + b"x" * MAX_ROW_BYTES + b'"}',
}
"""Rows that no server should send, by what they are."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ROW_OF_TABLE = re.compile(r"^\| `([a-z0-9_]+)` \| ([^|]*) \|", re.MULTILINE)
_TOLD = "must be given"


def check_live(source: LiveSource, sample: Sequence[bytes], *, timezone: str | None = "UTC") -> None:
    """Check that a live source reads its rows as live sources promise, on a small sample of them.

    Readings have the declared schemas; every row is in exactly one part under its own line, and what becomes of it
    hangs on that row alone: not on how rows are grouped, on their order, on what was read before, nor on hostile rows
    beside it.

    Args:
        source: whose `read` is checked; nothing is listened to.
        sample: rows as its server sends them; there must be a post among them.
        timezone: as a workspace may set it.

    Raises:
        AssertionError: says which promise is broken.
    """
    _check_described(source)
    each = [_parts(source, [row], first=1, timezone=timezone) for row in sample]
    alone = [parts[0] for parts in each]
    _hold(any(part == "post" for part, _ in alone), f"{source.name}: the sample has no post")
    for first in (1, 1_000_000):
        together = _parts(source, sample, first=first, timezone=timezone)
        _hold(together == alone, f"{source.name}: what becomes of a row depends on the rows beside it")
    for size in (2, FEW):
        grouped: list[Part] = []
        for at in range(0, len(sample), size):
            grouped += _parts(source, sample[at : at + size], first=at + 1, timezone=timezone)
        _hold(grouped == alone, f"{source.name}: what becomes of a row depends on how rows are grouped")
    turned = _parts(source, [*sample[::-1], *sample], first=1, timezone=timezone)
    _hold(turned == alone[::-1] + alone, f"{source.name}: rows that come again or in another order are lost")
    _hold(_parts(source, [], first=1, timezone=timezone) == [], f"{source.name}: no rows give rows")
    _check_hostile(source, sample, alone, timezone)


def check_rows(source: LiveSource, rows: Sequence[bytes], beside: bytes) -> None:
    """Check that any rows at all are read as `check_live` says, and that a row between them is as it is alone.

    Args:
        source: whose `read` is checked.
        rows: whatever a server may send.
        beside: a row that is a post.

    Raises:
        AssertionError: says which promise is broken.
    """
    made = [_parts(source, [row], first=1, timezone="UTC")[0] for row in rows]
    (alone,) = _parts(source, [beside], first=1, timezone="UTC")
    mixed = [one for row in rows for one in (row, beside)]
    parts = _parts(source, mixed, first=1, timezone="UTC")
    _hold(parts[::2] == made, f"{source.name}: what becomes of a row depends on the rows beside it")
    _hold(parts[1::2] == [alone] * len(rows), f"{source.name}: a hostile row costs the rows beside it")


def check_page(source: LiveSource, page: str) -> None:
    """Check that the page of a live source tells every option with its default, every secret and every ground.

    Options stand as rows of a table: the name in backticks, the default as `fanal.toml` writes it or `must be given`.

    Raises:
        AssertionError: says what is missing.
    """
    _hold(page.startswith(f"# {source.name}: "), f"{source.name}: the page does not begin with its name")
    told = {name: default.strip().strip("`") for name, default in _ROW_OF_TABLE.findall(page)}
    there = {one.name: _default(one.default) for one in fields(source.options)}
    for name, default in there.items():
        _hold(name in told, f"{source.name}: the option {name} is not on its page")
        _hold(told[name] == default, f"{source.name}: the page says of {name} {told[name]}, not {default}")
    for name in (*source.secrets, *(consent.value for consent in source.consents)):
        _hold(f"`{name}`" in page, f"{source.name}: `{name}` is not on its page")
    _hold(set(told) <= set(there), f"{source.name}: the page has options that there are not")


def _check_described(source: LiveSource) -> None:
    """Check that a source says what it is, whose terms apply, and what its settings may be."""
    _hold(bool(_NAME.fullmatch(source.name)), f"{source.name!r} is no name for the settings")
    _hold(source.what_for.endswith("."), f"{source.name}: what_for is no sentence")
    _hold(bool(source.reference.strip()), f"{source.name}: no reference")
    _hold(bool(source.terms.strip()), f"{source.name}: no terms")
    grounds = bool(source.consents) and all(isinstance(one, Consent) for one in source.consents)
    _hold(grounds, f"{source.name}: no ground on which it can be followed")
    _hold(source.idle_seconds > 0, f"{source.name}: idle_seconds is not above 0")
    frozen = getattr(getattr(source.options, "__dataclass_params__", None), "frozen", False)
    _hold(frozen, f"{source.name}: options are no frozen dataclass")
    for one in fields(source.options):
        _hold(bool(one.metadata.get("what")), f"{source.name}: the option {one.name} says nothing of itself")


def _check_hostile(
    source: LiveSource, sample: Sequence[bytes], alone: Sequence[Part], timezone: str | None
) -> None:
    """Check that hostile rows, and rows that were cut off, cost nothing but themselves."""
    hostile = dict(HOSTILE)
    for place, row in enumerate(sample):
        for cut in range(CUTS):
            hostile[f"row {place + 1} cut off, {cut}"] = row[: len(row) * cut // CUTS]
        hostile[f"row {place + 1} with a byte that is no UTF-8"] = (
            row[: len(row) // 2] + b"\xff" + row[len(row) // 2 :]
        )
    for what, row in hostile.items():
        (made,) = _parts(source, [row], first=1, timezone=timezone)
        mixed = [one for kept in sample for one in (row, kept)]
        parts = _parts(source, mixed, first=1, timezone=timezone)
        _hold(parts[1::2] == list(alone), f"{source.name}: {what} costs the rows beside it")
        _hold(parts[::2] == [made] * len(sample), f"{source.name}: {what} is not read the same each time")
        _hold(
            what != "too long" or made[0] == "rejected",
            f"{source.name}: a row that is too long is not rejected",
        )
    mixed = [*hostile.values(), *sample, *hostile.values()]
    parts = _parts(source, mixed, first=1, timezone=timezone)
    _hold(
        parts[len(hostile) : len(hostile) + len(sample)] == list(alone),
        f"{source.name}: hostile rows together cost the rows beside them",
    )


def _parts(source: LiveSource, rows: Sequence[bytes], *, first: int, timezone: str | None) -> list[Part]:
    """Return what became of each row, in their order; the reading is checked by itself."""
    reading = source.read(rows, first=first, timezone=timezone)
    _check_reading(source, reading)
    _hold(
        reading.position == first + len(rows) - 1, f"{source.name}: the position is not that of the last row"
    )
    found: dict[int, Part] = {}
    given: list[int] = []
    for post in reading.posts.to_pylist():
        given.append(post["line"])
        found[post.pop("line")] = ("post", post)
    for line in reading.skipped.to_pylist():
        given.append(line)
        found[line] = ("skipped", None)
    for row in reading.rejected.to_pylist():
        given.append(row["line"])
        found[row["line"]] = ("rejected", row["reason"])
    _hold(
        sorted(given) == list(range(first, first + len(rows))),
        f"{source.name}: a row is in no part, in two, or under another's line",
    )
    return [found[line] for line in sorted(found)]


def _check_reading(source: LiveSource, reading: Reading) -> None:
    """Check one reading by itself."""
    _hold(reading.posts.schema.equals(POST_SCHEMA), f"{source.name}: posts are not of POST_SCHEMA")
    _hold(reading.rejected.schema.equals(REJECT_SCHEMA), f"{source.name}: rejects are not of REJECT_SCHEMA")
    reading.posts.validate(full=True)
    known = {reason.value for reason in REASONS}
    _hold(
        set(reading.rejected["reason"].to_pylist()) <= known,
        f"{source.name}: a reason is no Reason, so it might hold a row's text",
    )
    for name in ("line", "time", "text"):
        _hold(reading.posts[name].null_count == 0, f"{source.name}: {name} is null in a post")
    _hold(all(text.strip() for text in reading.posts["text"].to_pylist()), f"{source.name}: an empty post")


def _default(value: Any) -> str:
    """Return a default as `fanal.toml` writes it.

    >>> _default(("en", "fr")), _default(True), _default("x"), _default(2.5), _default(MISSING)
    ('["en", "fr"]', 'true', '"x"', '2.5', 'must be given')
    """
    if value is MISSING:
        return _TOLD
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _hold(kept: bool, promise: str) -> None:
    """Raise for a promise that is not kept."""
    if not kept:
        raise AssertionError(promise)
