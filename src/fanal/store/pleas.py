"""Pleas in the workspace: posts that ask for help and still have a text, with what helpers noted of each."""

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select

from fanal.model.category import Category
from fanal.model.error import UserError, WorkspaceError
from fanal.model.person import Deed, Person
from fanal.model.plea import Ending, Mark, Plea, PleaState
from fanal.model.signal import FIRST_HAND, REPORT
from fanal.store.audit import Audit
from fanal.store.desk import Desk
from fanal.store.keyring import Keyring
from fanal.store.lake import Lake
from fanal.store.tables import PLEAS
from fanal.store.vault import Damaged, Vault

SURE = 0.5
"""An area is told as the place of a plea if it is likelier than all others together."""

_MANY = 10_000  # numbers of one statement

# Of a table that Delta wrote anew, DuckDB hands a comparison of strings to Arrow in a type that Arrow cannot compare;
# `lower` keeps the comparison in DuckDB.
_QUERY = f"""
WITH plea AS (
    SELECT post, min(week) AS week, min(language) AS language, bool_or(stance = '{FIRST_HAND}') AS own
    FROM signals WHERE lower(category) = '{Category.PLEA}' GROUP BY post
),
placed AS (
    SELECT post, area, sum(probability) AS weight FROM mentions SEMI JOIN plea USING (post) GROUP BY post, area
),
likeliest AS (
    SELECT post, arg_max(area, weight) AS area, max(weight) / greatest(1, sum(weight)) AS probability
    FROM placed GROUP BY post
)
SELECT post, week, language, own, CASE WHEN probability > {SURE} THEN area END AS area
FROM plea LEFT JOIN likeliest USING (post)
"""  # noqa: S608 - constants of ours stand in the text


class Pleas:
    """Know the pleas of a workspace. What is noted of one goes with its text; the audit log never names one."""

    def __init__(self, lake: Lake, desk: Desk, vault: Vault, keyring: Keyring, audit: Audit) -> None:
        self._lake = lake
        self._desk = desk
        self._vault = vault
        self._keyring = keyring
        self._audit = audit

    def all(self, *, damaged: Damaged | None = None) -> list[Plea]:
        """Return every plea whose text can be read, each post once, in no order. No text is opened.

        Args:
            damaged: told of each segment of the vault that cannot be read; None: the first one is raised.
        """
        texts = self._texts(damaged)
        found = self._lake.query(_QUERY, committed=self._desk.batches()).to_pylist()
        with self._desk.look() as connection:
            marks = {row.post: _mark(row) for row in connection.execute(select(PLEAS))}
        return [
            Plea(
                post=post,
                week=row["week"],
                read_on=texts[post],
                language=row["language"],
                stance=FIRST_HAND if row["own"] else REPORT,
                area=row["area"],
                mark=marks.get(row["post"], Mark()),
            )
            for row in found
            if (post := row["post"] % (1 << 64)) in texts
        ]

    def one(self, post: int) -> Plea:
        """Return one plea.

        Raises:
            UserError: there is none of this hash, or its text is gone.
        """
        found = next((one for one in self.all(damaged=_passed_over) if one.post == post), None)
        if found is None:
            raise UserError(f"There is no plea {post:016x}.", hint="`fanal pleas list` shows them.")
        return found

    def change(self, post: int, move: Callable[[Mark], Mark], *, who: Person, at: datetime) -> Mark:
        """Change what is noted of a plea, in one transaction with its row in the audit log, and return what is new.

        Args:
            post: keyed hash.
            move: from the mark as it is to the new one; what it raises changes nothing.
            who: the person.
            at: the time, UTC.

        Raises:
            UserError: there is no such plea.
        """
        self.one(post)
        bits = int(np.uint64(post).view(np.int64))
        with self._desk.change() as connection:
            row = connection.execute(select(PLEAS).where(PLEAS.c.post == bits)).one_or_none()
            mark = move(_mark(row) if row else Mark())
            connection.execute(delete(PLEAS).where(PLEAS.c.post == bits))
            if mark.state is not PleaState.OPEN:
                connection.execute(
                    insert(PLEAS),
                    [
                        {
                            "post": bits,
                            "state": mark.state.value,
                            "who": mark.who,
                            "at": mark.at,
                            "ending": mark.ending.value if mark.ending else None,
                        }
                    ],
                )
            self._audit.note(
                Deed.PLEA_MARKED,
                who=who,
                at=at,
                about="pleas",
                facts={"state": mark.state.value},
                within=connection,
            )
        return mark

    def forget(self, posts: NDArray[np.uint64]) -> int:
        """Forget what was noted of some posts, and of all whose text is gone; returns how many. Shrink the desk after.

        Where a segment is damaged nobody knows whose text is gone: then only what is named goes.
        """
        faults: list[WorkspaceError] = []
        texts = self._texts(faults.append)
        with self._desk.change() as connection:
            noted = list(connection.execute(select(PLEAS.c.post)).scalars())
            named = set(posts.view(np.int64).tolist())
            gone = [one for one in noted if one in named or (not faults and one % (1 << 64) not in texts)]
            _delete(connection, gone)
        return len(gone)

    def _texts(self, damaged: Damaged | None) -> dict[int, date]:
        """Return the day of reading of each post whose text can be read."""
        gone = self._keyring.gone()
        listed = self._vault.listed(damaged)
        pairs = zip(listed["post"].to_pylist(), listed["day"].to_pylist(), strict=True)
        return {post: day for post, day in pairs if day not in gone}


def _delete(connection: Connection, gone: Collection[int]) -> None:
    numbers = sorted(gone)
    for start in range(0, len(numbers), _MANY):
        connection.execute(delete(PLEAS).where(PLEAS.c.post.in_(numbers[start : start + _MANY])))


def _mark(row: Any) -> Mark:
    return Mark(
        state=PleaState(row.state),
        who=row.who,
        at=row.at.replace(tzinfo=UTC),  # SQLite keeps no zone; it was written in UTC
        ending=Ending(row.ending) if row.ending else None,
    )


def _passed_over(_: WorkspaceError) -> None:
    """Pass over a segment that is damaged: the plea that is asked for may lie in another one."""
