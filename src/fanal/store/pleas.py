"""Pleas in the workspace: posts that ask for help and still have a text, with what helpers noted of each."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select

from fanal.model.category import Category
from fanal.model.error import UserError, WorkspaceError
from fanal.model.person import Deed, Person
from fanal.model.plea import Ending, Mark, Plea, PleaState
from fanal.model.signal import FIRST_HAND, REPORT
from fanal.model.version import Version
from fanal.store.audit import Audit
from fanal.store.desk import Desk
from fanal.store.keyring import Keyring
from fanal.store.lake import Lake
from fanal.store.tables import PLEAS
from fanal.store.vault import Damaged, Vault
from fanal.store.versions import masked

SURE = 0.5
"""An area is told as the place of a plea if it is likelier than all others together."""

_MANY = 10_000  # numbers of one statement
_HASHES = 1 << 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

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

_EDITED = f"""
WITH plea AS (SELECT DISTINCT post, true AS asks FROM signals WHERE lower(category) = '{Category.PLEA}'),
told AS (
    SELECT DISTINCT post, first, written, edited, coalesce(asks, false) AS asks
    FROM versions LEFT JOIN plea USING (post)
),
several AS (
    SELECT first FROM told GROUP BY first
    HAVING bool_or(asks) AND bool_or(edited) AND sum(CASE WHEN edited THEN 0 ELSE 1 END) < 2
)
SELECT post, first, written, asks FROM told SEMI JOIN several USING (first)
"""  # noqa: S608 - a constant of ours stands in the text


class Pleas:
    """Know the pleas of a workspace. What is noted of one goes with its text; the audit log never names one."""

    def __init__(self, lake: Lake, desk: Desk, vault: Vault, keyring: Keyring, audit: Audit) -> None:
        self._lake = lake
        self._desk = desk
        self._vault = vault
        self._keyring = keyring
        self._audit = audit

    def all(self, *, damaged: Damaged | None = None) -> list[Plea]:
        """Return every plea of which a text can be read, each once with all its versions, in no order.

        No text is opened.

        Args:
            damaged: told of each segment of the vault that cannot be read; None: the first one is raised.
        """
        texts = self._texts(damaged)
        committed = self._desk.batches()
        found = self._lake.query(_QUERY, committed=committed).to_pylist()
        edited = self._lake.query(_EDITED, committed=committed)
        with self._desk.look() as connection:
            marks = {row.post % _HASHES: _mark(row) for row in connection.execute(select(PLEAS))}
        single = {
            post: Plea(
                post=post,
                week=row["week"],
                read_on=texts[post],
                language=row["language"],
                stance=FIRST_HAND if row["own"] else REPORT,
                area=row["area"],
                mark=marks.get(post, Mark()),
            )
            for row in found
            if (post := row["post"] % _HASHES) in texts
        }
        joined: list[Plea] = []
        for versions in self._versions(edited, single):
            own = [single.pop(one.post) for one in versions if one.text]
            if own:
                joined.append(_joined(own, versions))
        return [*single.values(), *joined]

    def one(self, post: int) -> Plea:
        """Return one plea, by any of its versions.

        Raises:
            UserError: there is none of this hash, or its text is gone.
        """
        every = self.all(damaged=_passed_over)
        found = next((one for one in every if post == one.post or post in _all_of(one)), None)
        if found is None:
            raise UserError(f"There is no plea {post:016x}.", hint="`fanal pleas list` shows them.")
        return found

    def change(self, post: int, move: Callable[[Mark], Mark], *, who: Person, at: datetime) -> Mark:
        """Change what is noted of a plea, in one transaction with its row in the audit log, and return what is new.

        It is noted of each version that can be read: the note stays while one of them does, and a later version is
        known by having none.

        Args:
            post: keyed hash of any version.
            move: from the mark as it is to the new one; what it raises changes nothing.
            who: the person.
            at: the time, UTC.

        Raises:
            UserError: there is no such plea.
        """
        bits = np.array(self.one(post).posts, np.uint64).view(np.int64).tolist()
        with self._desk.change() as connection:
            rows = connection.execute(select(PLEAS).where(PLEAS.c.post.in_(bits))).all()
            mark = move(_last([_mark(row) for row in rows]))
            _delete(connection, bits)
            if mark.state is not PleaState.OPEN:
                noted = {
                    "state": mark.state.value,
                    "who": mark.who,
                    "at": mark.at,
                    "ending": mark.ending.value if mark.ending else None,
                }
                connection.execute(insert(PLEAS), [{"post": one, **noted} for one in bits])
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
            gone = [one for one in noted if one in named or (not faults and one % _HASHES not in texts)]
            _delete(connection, gone)
        return len(gone)

    def _versions(self, edited: pa.Table, single: Collection[int]) -> Iterator[list[Version]]:
        """Give the versions of each post that was edited, oldest first."""
        if not len(edited):
            return
        key = self._keyring.of_workspace(make=False)
        posts, hidden = (edited[name].to_numpy() for name in ("post", "written"))
        times = masked(hidden, posts.view(np.uint64), key).tolist()
        groups: dict[int, list[Version]] = defaultdict(list)
        for row, at in zip(edited.to_pylist(), times, strict=True):
            post = row["post"] % _HASHES
            groups[row["first"]].append(
                Version(
                    post=post,
                    at=_EPOCH + timedelta(microseconds=at),
                    plea=row["asks"],
                    text=row["asks"] and post in single,
                )
            )
        yield from (sorted(group, key=lambda one: (one.at, one.post)) for group in groups.values())

    def _texts(self, damaged: Damaged | None) -> dict[int, date]:
        """Return the day of reading of each post whose text can be read."""
        gone = self._keyring.gone()
        listed = self._vault.listed(damaged)
        pairs = zip(listed["post"].to_pylist(), listed["day"].to_pylist(), strict=True)
        return {post: day for post, day in pairs if day not in gone}


def _joined(own: Sequence[Plea], versions: Sequence[Version]) -> Plea:
    """Return one plea of those that are its versions, oldest first."""
    oldest = min(own, key=lambda one: (one.week, one.read_on))
    mark = _last([one.mark for one in own])
    return replace(
        own[-1],
        week=oldest.week,
        read_on=oldest.read_on,
        mark=mark,
        versions=tuple(versions),
        changed=mark.state is not PleaState.OPEN and any(one.mark.state is PleaState.OPEN for one in own),
    )


def _last(marks: Sequence[Mark]) -> Mark:
    """Return what was noted last; nothing, where nothing was."""
    return max((one for one in marks if one.at), key=lambda one: one.at or _EPOCH, default=Mark())


def _all_of(plea: Plea) -> list[int]:
    """Return all versions of a plea that was edited, those that show none too."""
    return [one.post for one in plea.versions]


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
