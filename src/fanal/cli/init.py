"""`fanal init`: make a workspace."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fanal import settings_file
from fanal.cli.console import say
from fanal.cli.dice import secret
from fanal.facts import iraq
from fanal.store.workspace import make, opened


class Facts(StrEnum):
    """Name a country whose layers ship with Fanal."""

    IRAQ = "iraq"


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must be new or empty.")],
    facts: Annotated[
        Facts | None, typer.Option(help="Start with the layers that ship with Fanal for this country.")
    ] = None,
) -> None:
    """Make a workspace: a folder with its settings, its lake and its desk.

    Example: [cyan]fanal init w --facts iraq[/cyan]
    """
    chosen = {"places": {"home": ("IQ",)}} if facts is Facts.IRAQ else {}
    make(folder, settings_file.template(**chosen))
    with opened(folder, dice=secret, writing=True) as workspace:
        for layer in iraq.layers() if facts is Facts.IRAQ else ():
            workspace.layers.add(layer)
            say(f"layer {layer.name}: {len(layer.table):,} rows, {layer.source}")
    say(f"Made {folder}. Settings: {folder / settings_file.FILE_NAME}")
    say(f"Next: fanal -w {folder} read FILE")
