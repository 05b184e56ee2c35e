"""Messages: what one that a broker carries may hold, how it is cut into rows, and how these are read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import orjson

from fanal.model.error import SettingError
from fanal.model.post import Reading
from fanal.sources.activities import cut_activities, read_activities
from fanal.sources.mapped import read_mapped
from fanal.sources.mapping import FieldMapping
from fanal.sources.option import option

JSONL, ACTIVITYSTREAMS = FORMS = ("jsonl", "activitystreams")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Say what messages hold; the names of fields are those of `[posts]`, for this stream alone.

    Raises:
        SettingError: there is no such form.
    """

    form: str = option("jsonl", "what a message holds: jsonl (one object, or one a line) or activitystreams")
    id: str = option("id", "jsonl: field with the post's id")
    author: str = option("author", "jsonl: field with the author")
    time: str = option("time", "jsonl: field with the time of posting")
    text: str = option("text", "jsonl: field with the text")
    language: str = option("lang", "jsonl: field with the stream's own word for the language")
    lon: str = option("lon", "jsonl: field with the longitude, degrees")
    lat: str = option("lat", "jsonl: field with the latitude, degrees")

    def __post_init__(self) -> None:
        """Refuse a form that there is not."""
        if self.form not in FORMS:
            raise SettingError(
                f"The option `form` of a stream cannot be {self.form!r}.", hint=f"It is {' or '.join(FORMS)}."
            )


def rows_of(message: bytes | None, form: str) -> Iterator[bytes]:
    r"""Yield the rows of a message; an empty one is one empty row, so that it is counted.

    Args:
        message: as the broker has it; None: a key was deleted.
        form: one of FORMS.

    >>> list(rows_of(b'{"a": 1}\n{"a": 2}\n', "jsonl")), list(rows_of(None, "jsonl"))
    ([b'{"a": 1}', b'{"a": 2}'], [b''])
    >>> list(rows_of(b'{\n"a": 1\n}', "jsonl"))
    [b'{ "a": 1 }']
    """
    whole = (message or b"").strip()
    if not whole:
        yield b""
    elif form == ACTIVITYSTREAMS:
        yield from cut_activities(whole)
    elif b"\n" not in whole:
        yield whole
    elif _is_one(whole):
        yield whole.replace(b"\n", b" ")  # between names and values; inside a text no line end can stand
    else:
        yield from _lines(whole)


def read_carried(
    options: Carried, rows: Sequence[bytes], *, first: int, timezone: str | None = None
) -> Reading:
    """Read rows of messages by the options of their stream.

    >>> row = b'{"nr": 7, "time": "2014-08-03T05:00:00Z", "text": "Roads are closed."}'
    >>> read_carried(Carried(id="nr"), [row], first=1).posts["id"].to_pylist()
    ['7']
    """
    if options.form == ACTIVITYSTREAMS:
        return read_activities(rows, first=first, timezone=timezone)
    return read_mapped(rows, mapping=_mapping(options), first=first, timezone=timezone)


def read(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    """Read rows of messages where nothing is known of the options: as JSON Lines with the usual names."""
    return read_carried(_USUAL, rows, first=first, timezone=timezone)


def _is_one(message: bytes) -> bool:
    """Tell whether a message of several lines is one value."""
    try:
        orjson.loads(message)
    except orjson.JSONDecodeError:
        return False
    return True


def _lines(message: bytes) -> Iterator[bytes]:
    """Yield the lines of a message that are not blank, one at a time: there may be millions."""
    at = 0
    while at < len(message):
        end = message.find(b"\n", at)
        end = len(message) if end < 0 else end
        if line := message[at:end].strip():
            yield line
        at = end + 1


@lru_cache(maxsize=64)
def _mapping(options: Carried) -> FieldMapping:
    """Return the names of fields that some options give."""
    return FieldMapping(
        id=options.id,
        author=options.author,
        time=options.time,
        text=options.text,
        language=options.language,
        lon=options.lon,
        lat=options.lat,
    )


_USUAL = Carried()
