"""A ledger in memory, for tests: the same promises as the store's, and nothing on disk."""

from collections.abc import Sequence
from datetime import date

from fanal.model.error import RefusedError
from fanal.model.release import Release


class MemoryLedger:
    """Keep Releases in memory.

    >>> MemoryLedger().find(date(2014, 8, 4))
    []
    """

    def __init__(self) -> None:
        self._releases: dict[str, tuple[str, Release]] = {}
        self._of_week: dict[date, list[str]] = {}
        self.budget: dict[date, float] = {}

    def find(self, week: date) -> list[Release]:
        """Return the Releases that were made from the posts of a week."""
        return [self._releases[name][1] for name in self._of_week.get(week, [])]

    def record(self, releases: Sequence[Release], *, week: date | None, epsilon: float) -> None:
        """Write Releases and debit their week, all or nothing.

        Raises:
            RefusedError: the week's budget is spent, or a ledger id is taken.
        """
        taken = [release.ledger_id for release in releases if release.ledger_id in self._releases]
        if taken or (week is not None and epsilon > 0 and week in self.budget):
            raise RefusedError(f"The privacy budget of {week or taken[0]} is spent: a Release of it exists.")
        self._write(releases)
        if week is not None:
            self._of_week[week] = [release.ledger_id for release in releases]
            self.budget[week] = epsilon

    def replace(self, releases: Sequence[Release]) -> None:
        """Write Releases that cost no budget in place of older ones of the same ids."""
        counted = {name for names in self._of_week.values() for name in names}
        for release in releases:
            if release.ledger_id in counted:
                raise RefusedError(f"{release.ledger_id} was paid for with a privacy budget: it stays.")
        self._write(releases)

    def read(self, ledger_id: str) -> Release | None:
        """Return the Release of an id; None: there is none."""
        kept = self._releases.get(ledger_id)
        return None if kept is None else kept[1]

    def spent(self) -> dict[date, float]:
        """Return the epsilon that was spent of each week."""
        return dict(self.budget)

    def knows(self, release: Release) -> bool:
        """Say whether this very Release is here."""
        kept = self._releases.get(release.ledger_id)
        return kept is not None and kept[0] == release.digest()

    def _write(self, releases: Sequence[Release]) -> None:
        """Keep Releases with the digest that they have now."""
        self._releases.update({release.ledger_id: (release.digest(), release) for release in releases})
