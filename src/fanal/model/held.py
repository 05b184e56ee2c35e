"""What a workspace holds, as it is found there: tables with their columns, and files."""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """Name where something is held.

    >>> Part("desk").value
    'desk'
    """

    DESK = "desk"
    LAKE = "lake"
    FILES = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Hold one table, or one file, as it was found."""

    part: Part
    name: str  # of a table; of a file its path in the workspace
    kind: str  # what the inventory calls it: the name, or "layer of events" for a layer's table
    columns: tuple[str, ...]  # none for a file
    public: bool | None = None  # of a layer: published by its owner; None: no layer
