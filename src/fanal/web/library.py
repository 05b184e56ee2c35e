"""MapLibre GL JS, found in the installed package `maplibre` without importing it."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from fanal.model.error import UserError

PACKAGE = "maplibre"
FILES = ("maplibre-gl.js", "maplibre-gl.css")
_WHERE = "maplibre/srcjs/"
_LICENCE = "3-Clause BSD"  # stands in the head of the script; anything else was not cleared


def files() -> dict[str, bytes]:
    """Return the script and the style sheet of MapLibre GL JS.

    Raises:
        UserError: the package is missing, or holds another thing than was cleared.

    >>> sorted(files())
    ['maplibre-gl.css', 'maplibre-gl.js']
    """
    try:
        installed = distribution(PACKAGE)
    except PackageNotFoundError as error:
        raise UserError("The package maplibre is not installed.", hint="Run `make setup`.") from error
    found = {}
    for name in FILES:
        path = Path(str(installed.locate_file(_WHERE + name)))
        if not path.is_file():
            raise UserError(
                f"The package maplibre holds no {name}.", hint="Install the version in the locks."
            )
        found[name] = path.read_bytes()
    if _LICENCE.encode() not in found["maplibre-gl.js"][:500]:
        raise UserError(
            "The script in the package maplibre does not state the licence that was cleared.",
            hint="Install the version in the locks.",
        )
    return found
