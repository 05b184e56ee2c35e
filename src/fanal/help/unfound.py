"""What of a directory nobody who looks for help would find: no mistake, and often one of whoever wrote it."""

from dataclasses import dataclass

from fanal.help import entry
from fanal.help.ground import Ground
from fanal.model.area import coded
from fanal.model.directory import Directory
from fanal.model.hsds import LIST_COLUMN


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfound:
    """Hold what may be missed."""

    columns: tuple[str, ...]  # of a list, that have no meaning here; they are kept as they are
    services: int  # of which no need is known
    areas: tuple[str, ...]  # P-codes that no layer knows


def unfound(directory: Directory, ground: Ground) -> Unfound:
    """Return what of a directory may be missed.

    Args:
        directory: all rows of one source.
        ground: the areas that are known.
    """
    services = directory.rows("service")
    columns = {name for row in services for name in row.body if name.startswith(LIST_COLUMN)}
    areas = {
        str(row.body["extent"])
        for row in directory.rows("service_area")
        if row.body.get("extent_type") == "pcode" and row.body.get("extent")
    }
    return Unfound(
        columns=tuple(sorted(name.removeprefix(LIST_COLUMN) for name in columns)),
        services=sum(not entry.needs(directory, row) for row in services),
        areas=tuple(sorted(code for code in areas if ground.number(coded(code)) < 0)),
    )
