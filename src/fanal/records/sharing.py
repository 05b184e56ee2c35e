"""The sharing log: which Releases left, when, to whom, and by whose decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fanal.records.record import Record, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Hold one time at which something left."""

    row: int  # of the audit log
    at: datetime  # UTC
    who: str
    how: str  # release, brief, serve, or the message and its channel
    to: str  # a partner, the public, an address; where it is not known any more, its digest
    outcome: str  # written; for what was sent how the try ended
    releases: str  # ledger ids, with blanks between them
    digest: str  # over ids and contents; empty for a message, which names its Release alone


def sharing(shared: Sequence[Shared], *, made_at: datetime) -> Record:
    """Return the sharing log, oldest first."""
    return Record(
        name="sharing",
        title="Sharing log",
        about="What left, from the audit log. A row is written before the files are made or the message goes out: what "
        "left has a row; a row whose write failed afterwards stands here too. Who read the public page is not known.",
        made_at=made_at.isoformat(),
        sections=(
            Section(
                heading="What left",
                columns=("row", "at", "who", "how", "to", "outcome", "releases", "digest"),
                rows=tuple(
                    (
                        one.row,
                        one.at.isoformat(),
                        one.who,
                        one.how,
                        one.to,
                        one.outcome,
                        one.releases,
                        one.digest,
                    )
                    for one in shared
                ),
            ),
        ),
    )
