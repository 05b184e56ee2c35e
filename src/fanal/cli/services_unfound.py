"""What of a directory nobody who looks for help would find, told when it is imported."""

from fanal import pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.console import say
from fanal.cli.harmless import harmless
from fanal.help.ground import Ground
from fanal.help.unfound import Unfound, unfound
from fanal.model.directory import Directory
from fanal.settings import Settings
from fanal.store.workspace import Workspace

_SHOWN = 20


def unfound_in(workspace: Workspace, settings: Settings, directory: Directory) -> Unfound:
    """Return what of a directory may be missed, by the areas of a workspace."""
    return unfound(directory, Ground(pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))))


def tell_unfound(lost: Unfound) -> None:
    """Say it."""
    if lost.columns:
        say(f"Kept, but without a meaning here: {_some(lost.columns)}. If one has one: --map PART=COLUMN.")
    if lost.services:
        say(f"{lost.services:,} name no need that is known here: whoever asks for a need does not find them.")
    if lost.areas:
        say(f"In no layer of areas: {_some(lost.areas)}. Whoever names an area does not find these services.")


def _some(names: tuple[str, ...]) -> str:
    """Return names for the terminal, not too many."""
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(harmless(name[:40]) for name in names[:_SHOWN]) + more
