"""Parts: what a source that reads message by message says of each, put together as columns to be judged."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.sources.fields import BROKEN, strictly
from fanal.sources.judge import Columns
from fanal.sources.reason import FINE, Reason

Parts = dict[str, Any]
"""Of one message `id`, `author`, `time`, `text`, `language` (text), `lon`, `lat` (degrees); none: it is no post.

A `time` may be a number, of seconds since 1970; a part that is missing or None is not given."""

SKIP: tuple[Parts, Reason | None] = ({}, None)
"""What is said of a message that is no post."""


def columns(rows: Sequence[tuple[Parts, Reason | None]], line: NDArray[np.int64]) -> Columns:
    """Return the columns of some messages, one for each line.

    >>> made = columns([({"text": "a", "time": 1407042000}, None), SKIP], np.array([7, 8]))
    >>> made.text.to_pylist(), made.time_number.to_pylist()
    (['a', None], [1407042000.0, None])
    """
    times = [parts.get("time") for parts, _ in rows]

    def column(part: str, kind: pa.DataType) -> pa.Array:
        return pa.array([parts.get(part) for parts, _ in rows], kind)

    return Columns(
        line=line,
        fault=np.array([FINE if reason is None else reason.code for _, reason in rows], np.int8),
        id=column("id", pa.string()),
        author=column("author", pa.string()),
        time_text=pa.array([time if isinstance(time, str) else None for time in times], pa.string()),
        time_number=pa.array(
            [None if isinstance(time, str) else degree(time) for time in times], pa.float64()
        ),
        text=column("text", pa.large_string()),
        language=column("language", pa.string()),
        lon=column("lon", pa.float64()),
        lat=column("lat", pa.float64()),
    )


def scalar(value: object) -> str | None:
    """Return a text or a whole number as text; None: it is neither.

    >>> scalar(7), scalar("7"), scalar(True), scalar(7.5)
    ('7', '7', None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value)


def degree(value: object) -> float | None:
    """Return a coordinate; NaN when it is not a number.

    >>> degree(43), degree("43.1"), degree("east"), degree(None)
    (43.0, 43.1, nan, None)
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return float("nan")
    try:
        return float(value)
    except (ValueError, OverflowError):
        return float("nan")


def json_of(raw: bytes | str) -> Any:
    """Return what JSON says, as `strictly` reads it; None: it is none, or says null.

    >>> json_of(b'{"a": 1}'), json_of("[1"), json_of("")
    ({'a': 1}, None, None)
    """
    found = strictly(raw)
    return None if found is BROKEN else found


def element(raw: bytes) -> dict[str, Any] | Reason:
    """Return what one object of a file says, or why it says nothing.

    >>> element(b'{"a": 1}'), element(b"[1]").name
    ({'a': 1}, 'NOT_OBJECT')
    """
    found = strictly(raw)
    if found is BROKEN:
        return Reason.NOT_JSON if _is_utf8(raw) else Reason.INVALID_UTF8
    return found if isinstance(found, dict) else Reason.NOT_OBJECT


def _is_utf8(raw: bytes) -> bool:
    """Tell whether bytes are UTF-8."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
