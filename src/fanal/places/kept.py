"""Kept: the gazetteer of what is installed, built once for all workspaces and found again."""

from collections.abc import Callable
from pathlib import Path

from fanal.model.error import InputError
from fanal.places.build import build, digest
from fanal.places.file import Gazetteer, open_gazetteer

MOST = 3
"""Files that are kept: workspaces with other boundaries take turns without building anew."""

_DIGITS = 16


def kept(
    folder: Path,
    *,
    boundaries: Path | None = None,
    places: Path | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> Gazetteer:
    """Return the gazetteer of some inputs: the file that was kept for them, or one that is built now, in a minute.

    Of files of other inputs, such as other boundaries or an older Fanal, those written last stay, MOST in all.
    A folder that cannot be written to keeps nothing; the gazetteer is then built at each call.

    Args:
        folder: where such files are kept; made if it is not there.
        boundaries: Natural Earth's first-level areas.
        places: DTM's list of the places of Iraq.
        told: hears the name of each step of building.

    Raises:
        InputError: an input cannot be read.
    """
    name = digest([one for one in (boundaries, places) if one is not None])[:_DIGITS]
    file = folder / f"gazetteer-{name}.arrow"
    if file.is_file():
        try:
            return open_gazetteer(file)
        except InputError:  # cut short by a full disk, or damaged since: it is made anew
            file.unlink(missing_ok=True)
    made = build(boundaries=boundaries, places=places, told=told)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made.save(file)
    except OSError:
        return made
    others = sorted(folder.glob("gazetteer-*.arrow"), key=lambda one: one.stat().st_mtime_ns)
    for other in others[:-MOST]:
        other.unlink(missing_ok=True)
    return open_gazetteer(file)
