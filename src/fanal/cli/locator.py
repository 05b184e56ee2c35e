"""The locator of a workspace: which gazetteer it reads places with, over which areas."""

import os
from pathlib import Path

import pyarrow as pa

from fanal.cli.boundaries import CHECKOUT, natural_earth
from fanal.cli.console import bar
from fanal.model.error import SettingError
from fanal.places import build as building
from fanal.places.file import Gazetteer, open_gazetteer
from fanal.places.kept import kept
from fanal.places.locate import Locator, make_locator
from fanal.settings import Settings
from fanal.store.workspace import Workspace

FILE_NAME = "gazetteer.arrow"
"""In the cache of a workspace: what `fanal gazetteer build` writes there."""

VILLAGES_BESIDE = Path("shared/data/iraq_dtm_idp/iraq_places_gazetteer.csv")
"""DTM's villages, where they lie beside the checkout."""


def locator(workspace: Workspace, settings: Settings, areas: pa.Table) -> Locator:
    """Return what reads places for a workspace.

    Raises:
        InputError: the gazetteer cannot be read.
        SettingError: the setting names no file.
    """
    return make_locator(gazetteer_of(workspace, settings), areas, home=settings.places.home)


def gazetteer_of(workspace: Workspace, settings: Settings) -> Gazetteer:
    """Return the gazetteer that the settings name, else that in the workspace's cache, else that of all workspaces."""
    if named := settings.places.gazetteer:
        if not Path(named).is_file():
            raise SettingError(
                f"The setting places.gazetteer names {named}, which is no file.",
                hint="Mend it, or make the file with `fanal gazetteer build --out`.",
            )
        return open_gazetteer(Path(named))
    own = workspace.cache / FILE_NAME
    return open_gazetteer(own) if own.is_file() else shared(settings.places.boundaries)


def shared(boundaries: str = "") -> Gazetteer:
    """Return the gazetteer of what is installed, which all workspaces of this user share; public data alone."""
    beside = CHECKOUT.parent / VILLAGES_BESIDE
    steps = list(building.STEPS)
    with bar("Gazetteer", len(steps)) as progress:
        return kept(
            cache(),
            boundaries=natural_earth(boundaries),
            places=beside if beside.is_file() else None,
            told=lambda step: progress.to(steps.index(step)),
        )


def cache() -> Path:
    """Return the folder for what can be made again, by the XDG Base Directory Specification."""
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".cache") / "fanal"
