"""Posts from the IDRISI crisis tweets (Suwaileh et al. 2022/2023): JSON Lines without authors."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fanal.model.post import Reading
from fanal.sources import jsonl
from fanal.sources.mapping import FieldMapping

FIELDS = FieldMapping(
    id="id", author="", time="created_at", text="text", language="lang", lon="", lat="", timezone=None
)
"""Fields of a row: id, lang, event, created_at (as Twitter wrote it), text, info_class, location_mentions."""


def read(path: Path, *, mapping: FieldMapping, start: int = 0, rows: int = 65_536) -> Iterator[Reading]:
    """Yield the posts of an IDRISI file from a byte on; of the mapping only the time zone is used.

    Raises:
        InputError: the file is missing, of another kind, or breaks off (then after the rows before).
    """
    yield from jsonl.read(path, mapping=replace(FIELDS, timezone=mapping.timezone), start=start, rows=rows)


def read_again(rows: Sequence[bytes], *, mapping: FieldMapping) -> Reading:
    """Return what becomes of single lines, without their file; of the mapping only the time zone is used."""
    return jsonl.read_again(rows, mapping=replace(FIELDS, timezone=mapping.timezone))
