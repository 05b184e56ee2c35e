"""The reader of places that a verb works with, over the gazetteer that the user names or one made on the spot."""

from pathlib import Path
from typing import Annotated

import typer

from fanal.cli.console import note
from fanal.places.baseline import Baseline
from fanal.places.build import build
from fanal.places.file import open_gazetteer
from fanal.places.found import PlaceReader

File = Annotated[
    Path | None,
    typer.Option(
        "--gazetteer", help="A file of `fanal gazetteer build`. Default: one is made anew, in a minute."
    ),
]


def place_reader(file: Path | None) -> PlaceReader:
    """Return the reader.

    Raises:
        InputError: the file cannot be read.
    """
    if file is None:
        note("Making the gazetteer; `fanal gazetteer build` would keep it.")
    gazetteer = build() if file is None else open_gazetteer(file)
    return Baseline(gazetteer)
