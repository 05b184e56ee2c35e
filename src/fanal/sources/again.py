"""Rows once more: what reads kept rows of a form without the file or the stream that they came from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from fanal.model.post import Reading
from fanal.sources.catalogue import POST_SOURCES, ReadAgain
from fanal.sources.live import LiveSource
from fanal.sources.mapping import FieldMapping
from fanal.sources.streams import LIVE_SOURCES


def reads_again(form: str) -> ReadAgain | None:
    """Return what reads kept rows of a form, of a file's or of a stream's; None: nothing can.

    >>> reads_again("csv") is None
    True
    """
    for source in POST_SOURCES:
        if source.name == form:
            return source.read_again
    for live in LIVE_SOURCES:
        if live.name == form:
            return partial(_live, live, None)
    return None


def stream_reads_again(source: LiveSource, options: Any) -> ReadAgain:
    """Return what reads kept rows of a stream with its options."""
    return partial(_live, source, options)


def _live(source: LiveSource, options: Any, rows: Sequence[bytes], *, mapping: FieldMapping) -> Reading:
    """Read rows of a stream as they were kept; without options, as its source does by itself."""
    read = source.read if options is None else source.reader(options)
    return read(rows, first=1, timezone=mapping.timezone)
