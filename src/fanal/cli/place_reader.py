"""The reader of places that a verb works with, over the gazetteer that the user names or that of what is installed."""

from pathlib import Path
from typing import Annotated

import typer

from fanal.cli.locator import shared
from fanal.places.file import open_gazetteer
from fanal.places.found import PlaceReader
from fanal.places.reader import make_reader

File = Annotated[
    Path | None,
    typer.Option(
        "--gazetteer",
        help="A file of `fanal gazetteer build`. Default: that of what is installed, made once.",
    ),
]


def place_reader(file: Path | None) -> PlaceReader:
    """Return the reader.

    Raises:
        InputError: the file cannot be read.
    """
    return make_reader(shared() if file is None else open_gazetteer(file))
