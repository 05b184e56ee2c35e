"""Posts from the Meta Content Library as CSV: public posts of Facebook, Instagram and Threads, for research."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from fanal.model.post import Reading
from fanal.sources import delimited
from fanal.sources.mapping import FieldMapping

FIELDS = FieldMapping(
    id="id",
    author="post_owner.id",
    time="creation_time",
    text="text",
    language="lang",
    lon="",
    lat="",
    timezone=None,
)
"""Columns that are read, as Meta's data dictionary names them; no other column of a file is looked at."""

TOLD_BY = frozenset({"id", "text", "creation_time", "post_owner.id"})
"""Columns by which a file is told."""


def read(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
    """Yield the posts of a file from a byte on; of the mapping only the time zone is used.

    Raises:
        InputError: the file is missing, of another kind, or breaks off (then after the rows before).
    """
    fields = replace(FIELDS, timezone=mapping.timezone)
    yield from delimited.read(path, mapping=fields, start=start, rows=rows)


def is_content_library(names: tuple[str, ...]) -> bool:
    """Tell by the names of its columns whether a table is of the Content Library.

    >>> is_content_library(("id", "text", "creation_time", "lang", "post_owner.id", "post_owner.name"))
    True
    """
    return {name.casefold() for name in names} >= TOLD_BY
