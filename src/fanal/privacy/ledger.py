"""The ledger, as the gate sees it: what was released, and which weeks' budgets are spent. The store keeps it."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from fanal.model.release import Release


class Ledger(Protocol):
    """Keep Releases; whatever is not in the ledger is no Release."""

    def find(self, week: date) -> list[Release]:
        """Return the Releases that were made from the posts of an ISO week; empty while its budget is whole."""
        ...

    def record(self, releases: Sequence[Release], *, week: date | None, epsilon: float) -> None:
        """Write Releases and debit their week, all or nothing.

        Raises:
            RefusedError: the week's budget is spent, or a ledger id is taken.
        """
        ...

    def replace(self, releases: Sequence[Release]) -> None:
        """Write Releases that cost no budget in place of older ones of the same ids."""
        ...

    def read(self, ledger_id: str) -> Release | None:
        """Return the Release of an id as it stands here; None: there is none."""
        ...

    def knows(self, release: Release) -> bool:
        """Say whether this very Release is here: same id, same digest."""
        ...
