"""The removal: pseudonyms and rows that leave the tables of the lake, and every older version with them."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta

from fanal.store.lake import Lake
from fanal.store.sweep import NO_HOOKS

NOBODY = 0
"""What stands for the pseudonym where a week was closed; as a hash it comes once in 2**64."""

_WHENEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""A time after that of every file, so that no clock keeps one alive."""


class Removal:
    """Take rows, or whom they are of, out of a lake. What is rewritten is promised at once, so that it stays."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def wipe(self, name: str, weeks: Collection[date]) -> int:
        """Put 0 in place of the pseudonyms of some weeks, on the disk when this returns; returns how many rows.

        Only files that hold such rows are written anew, perhaps several as one. The old ones go with `forget`.
        """
        if not self._lake.exists(name) or not weeks:
            return 0
        done = self._lake.table(name).update(
            predicate=f"{one_of(weeks)} AND pseudonym != {NOBODY}",
            updates={"pseudonym": str(NOBODY)},
            post_commithook_properties=NO_HOOKS,
        )
        self._lake.rewritten(name)
        return int(done["num_updated_rows"])

    def remove(self, name: str, which: str) -> int:
        """Delete the rows for which a condition of SQL holds, on the disk when this returns; returns how many.

        The old files go with `forget`.
        """
        if not self._lake.exists(name):
            return 0
        done = self._lake.table(name).delete(which, post_commithook_properties=NO_HOOKS)
        self._lake.rewritten(name)
        return int(done["num_deleted_rows"] or 0)

    def forget(self, names: Iterable[str]) -> None:
        """Remove every file of tables that their newest version does not name, and all their history, at once.

        Delta's log holds the least and the greatest pseudonym of each file, and conditions of deletions in full: what
        was removed is gone only when the log before the newest version is gone too. Whoever reads an older version at
        that moment meets a file that is gone or empty.
        """
        for name in names:
            if self._lake.exists(name):
                self._lake.vacuum(name, keep=timedelta(0), now=_WHENEVER)


def one_of(weeks: Collection[date]) -> str:
    """Return the condition of SQL that a row is of one of some weeks.

    >>> one_of([date(2014, 8, 4)])
    "week IN (DATE '2014-08-04')"
    """
    days = ", ".join(f"DATE '{week}'" for week in sorted(weeks))
    return f"week IN ({days})" if days else "FALSE"
