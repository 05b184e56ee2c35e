"""The manifest of the shipped data: for each file its publisher, licence, date, rows and what was left out."""

import tomllib
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

from fanal.model.layer import LayerKind

FOLDER = "data"
FILE_NAME = "manifest.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Say how many rows of the source do not ship, and why."""

    why: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Describe one shipped file."""

    kind: LayerKind
    file: str  # name in facts/data
    title: str
    publisher: str
    data_set: str
    licence: str
    terms: str  # how to name the publisher, what to keep in mind
    period: str  # days that the data speak of
    dated: date  # the last of them
    origin: str  # where the copy that was read comes from
    rows: int  # of the file
    notes: tuple[str, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def source(self) -> str:
        """Publisher and data set, as a page names them."""
        return f"{self.publisher}: {self.data_set}"


def read() -> tuple[Entry, ...]:
    """Return the entries of the shipped manifest, in its order.

    >>> [entry.kind.value for entry in read()]
    ['areas', 'events', 'displacement', 'population', 'services']
    """
    text = resources.files("fanal.facts").joinpath(FOLDER, FILE_NAME).read_text(encoding="utf-8")
    return parse(text)


def parse(text: str) -> tuple[Entry, ...]:
    """Return the entries of a manifest's text.

    Raises:
        KeyError: a part is missing. The shipped file is tested, so this is a bug.
    """
    return tuple(_entry(LayerKind(kind), part) for kind, part in tomllib.loads(text).items())


def _entry(kind: LayerKind, part: dict[str, Any]) -> Entry:
    return Entry(
        kind=kind,
        file=part["file"],
        title=part["title"],
        publisher=part["publisher"],
        data_set=part["data_set"],
        licence=part["licence"],
        terms=part["terms"],
        period=part["period"],
        dated=part["dated"],
        origin=part["origin"],
        rows=part["rows"],
        notes=tuple(part["notes"]),
        left_out=tuple(LeftOut(why=row["why"], rows=row["rows"]) for row in part.get("left_out", ())),
    )
