"""Forms: short names, abbreviations, demonyms, and names with and without the word for their kind."""

import tomllib
from importlib.resources import files
from typing import Any

from fanal.places.draft import Draft
from fanal.places.entry import Kind, Relation
from fanal.places.names import FILE as OTHER_NAMES


def add(draft: Draft, source: int) -> None:
    """Add the names that are made by hand and by rule."""
    other = tomllib.loads(files("fanal.places").joinpath(OTHER_NAMES).read_text(encoding="utf-8"))
    for code, names in other["countries"].items():
        if (row := draft.row.get(f"country:{code}")) is not None:
            draft.call(row, names)
    for code, names in other["areas"].items():
        if (row := draft.row.get(code)) is not None:
            draft.call(row, names)
