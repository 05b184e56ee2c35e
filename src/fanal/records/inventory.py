"""The data inventory: every table, group of columns and kind of file of a workspace, with its class of sensitivity."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from fanal.model.held import Held, Part
from fanal.model.sensitivity import Sensitivity
from fanal.records.record import Record, Section

FILE = Path(__file__).with_name("inventory.toml")

NOT_CLASSED = "not classed: treat it as severe"
"""What is said of something that lies in the workspace and stands in no group."""

_RANK = list(Sensitivity)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataGroup:
    """Hold columns of a table, or a kind of file, that are alike in what they tell and how long they are kept."""

    part: Part
    name: str  # kind of a table; pattern of a file's path
    columns: tuple[str, ...]  # none for files
    holds: str
    about: str  # whom it tells of
    sensitivity: Sensitivity
    kept: str  # how long, and what ends it

    def covers(self, held: Held, column: str | None) -> bool:
        """Say whether a column of what is held, or a file, stands in this group."""
        if held.part is not self.part:
            return False
        if column is None:
            return fnmatchcase(held.kind, self.name)
        return held.kind == self.name and column in self.columns


def groups() -> tuple[DataGroup, ...]:
    """Return the groups of `inventory.toml`, in its order.

    >>> any(one.name == "people" for one in groups())
    True
    """
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["group"]
    return tuple(
        DataGroup(
            part=Part(row["part"]),
            name=row["name"],
            columns=tuple(row.get("columns", ())),
            holds=row["holds"],
            about=row["about"],
            sensitivity=Sensitivity(row["class"]),
            kept=row["kept"],
        )
        for row in rows
    )


def unclassed(held: Iterable[Held], known: Sequence[DataGroup]) -> list[tuple[Held, str | None]]:
    """Return each column, and each file (with None), that stands in no group."""
    cells = [(one, column) for one in held for column in (one.columns or (None,))]
    return [(one, column) for one, column in cells if not any(group.covers(one, column) for group in known)]


def sensitivity_of(group: DataGroup, held: Held) -> Sensitivity:
    """Return the class of a group in a workspace: a layer that its owner did not publish is high at least."""
    if held.public is False:
        return max(group.sensitivity, Sensitivity.HIGH, key=_RANK.index)
    return group.sensitivity


def inventory(held: Sequence[Held], *, made_at: datetime) -> Record:
    """Return the inventory of what a workspace holds."""
    known = groups()
    tables: list[tuple[str, ...]] = []
    files: dict[DataGroup, int] = {}
    for one in held:
        for group in known:
            if one.columns and group.part is one.part and group.name == one.kind:
                columns = [column for column in one.columns if column in group.columns]
                if columns:
                    row = (one.part.value, one.name, ", ".join(columns), group.holds, group.about)
                    tables.append((*row, sensitivity_of(group, one).value, group.kept))
            elif not one.columns and group.covers(one, None):
                files[group] = files.get(group, 0) + 1
    for one, column in unclassed(held, known):
        if column is not None:
            tables.append(
                (one.part.value, one.name, column, "not known", "not known", NOT_CLASSED, "not known")
            )
    strange = [one for one, column in unclassed(held, known) if column is None]
    order = [*(level.value for level in reversed(_RANK))]
    tables.sort(key=lambda row: (order.index(row[5]) if row[5] in order else -1, row[0], row[1]))
    return Record(
        name="inventory",
        title="Data inventory",
        about="What this workspace holds, whom it tells of, how sensitive it is and how long it is kept. The classes "
        "are low, moderate, high and severe, after the IASC Operational Guidance on Data Responsibility in "
        "Humanitarian Action (2023); the country's own information-sharing protocol goes before them.",
        made_at=made_at.isoformat(),
        sections=(
            Section(
                heading="Tables",
                columns=("part", "table", "columns", "holds", "about", "class", "kept"),
                rows=tuple(tables),
            ),
            Section(
                heading="Files",
                columns=("files", "there", "holds", "about", "class", "kept"),
                rows=(
                    *(
                        (group.name, count, group.holds, group.about, group.sensitivity.value, group.kept)
                        for group, count in files.items()
                    ),
                    *((one.name, 1, "not known", "not known", NOT_CLASSED, "not known") for one in strange),
                ),
            ),
        ),
    )
