"""The incident log: what went wrong, how bad it was, and what was done, each with what was added later."""

from collections.abc import Sequence
from datetime import datetime

from fanal.model.incident import Incident
from fanal.records.record import Record, Section


def incidents(found: Sequence[Incident], *, made_at: datetime) -> Record:
    """Return the incident log: each incident, and under it what was added to it."""
    ordered = sorted(found, key=lambda one: (one.follows or one.id, one.id))
    closed = {one.follows for one in found if one.follows is not None and one.done}
    still = [one.id for one in found if one.follows is None and not one.done and one.id not in closed]
    return Record(
        name="incidents",
        title="Incident log",
        about="What went wrong with data or with the system, as people noted it. An empty log does not mean "
        "that nothing went wrong.",
        made_at=made_at.isoformat(),
        sections=(
            Section(
                heading="Incidents",
                columns=(
                    "number",
                    "adds to",
                    "at",
                    "who",
                    "kind",
                    "severity",
                    "what happened",
                    "what was done",
                ),
                rows=tuple(
                    (
                        one.id,
                        one.follows,
                        one.at.isoformat(),
                        one.who,
                        one.kind.value,
                        one.severity.value,
                        one.what,
                        one.done or "nothing yet",
                    )
                    for one in ordered
                ),
            ),
            Section(
                heading="Nothing was done yet",
                columns=("number",),
                rows=tuple((number,) for number in still),
            ),
        ),
    )
