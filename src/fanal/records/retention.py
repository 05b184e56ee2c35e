"""The retention schedule: how long each group of data is kept, what ends it, and the settings that say so."""

from collections.abc import Sequence
from datetime import datetime

from fanal.records.inventory import groups
from fanal.records.record import BLANK, Record, Section


def retention(settings: Sequence[tuple[str, str, str]], *, made_at: datetime) -> Record:
    """Return the retention schedule.

    Args:
        settings: name, value and meaning of each setting that says how long something is kept or held back.
        made_at: when.
    """
    return Record(
        name="retention",
        title="Retention schedule",
        about="How long data are kept and what ends them. What is kept with the workspace is kept until somebody "
        "deletes the workspace: its owner has to say when.",
        made_at=made_at.isoformat(),
        sections=(
            Section(
                heading="By data",
                columns=("part", "data", "holds", "class", "kept"),
                rows=tuple(
                    (one.part.value, one.name, one.holds, one.sensitivity.value, one.kept) for one in groups()
                ),
            ),
            Section(heading="Settings", columns=("setting", "value", "meaning"), rows=tuple(settings)),
            Section(
                heading="The end of the workspace",
                columns=("question", "answer"),
                rows=(
                    ("When is the workspace deleted, with every copy?", f"{BLANK} the head of the mission"),
                    ("Where do copies lie, and who deletes them?", f"{BLANK} whoever keeps the machines"),
                    ("Who looks at this schedule again, and when?", f"{BLANK} the data protection officer"),
                ),
            ),
        ),
    )
