"""Erasures: which posts were erased, so that they are not read in again, and the receipt of each erasure."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_new

from fanal.model.person import Person
from fanal.store.desk import Desk
from fanal.store.keyring import Keyring
from fanal.store.tables import ERASED, ERASURES
from fanal.text.siphash import hash_strings

_EPOCH = date(1970, 1, 1)


class Asked(StrEnum):
    """Name what is asked to be erased.

    >>> Asked("author").value
    'author'
    """

    AUTHOR = "author"
    POST = "post"
    BEFORE = "before"


class Erasures:
    """Keep the marks of erased posts, and the receipts.

    A mark is a keyed hash of a post's hash, with neither week nor batch. Whoever has the workspace's key and brings a
    post (its id, author and time) can ask whether it was erased; nobody can list what was.
    """

    def __init__(self, desk: Desk, keyring: Keyring) -> None:
        self._desk = desk
        self._keyring = keyring

    def allows(self, weeks: NDArray[np.int32], posts: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return which posts may be read in: not erased, and not of a week before which all was erased.

        Args:
            weeks: [n] Monday of each post, days since 1970-01-01.
            posts: [n] keyed hash of each post.
        """
        with self._desk.transaction() as connection:
            first = connection.execute(select(func.max(ERASURES.c.before))).scalar_one()
            marks = np.array(list(connection.execute(select(ERASED.c.mark)).scalars()), np.int64)
        allowed = np.ones(len(posts), np.bool_) if first is None else weeks >= (first - _EPOCH).days
        return allowed & ~np.isin(self._marks(posts), marks) if len(marks) else allowed

    def unmarked(self, rows: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return which rejected rows may be kept again: those that no erasure has marked, by their keyed hash, [n]."""
        with self._desk.transaction() as connection:
            marks = np.array(list(connection.execute(select(ERASED.c.mark)).scalars()), np.int64)
        return ~np.isin(self._marks(rows), marks) if len(marks) else np.ones(len(rows), np.bool_)

    def begin(
        self,
        erasure: str,
        *,
        asked: Asked,
        name: str,
        before: date | None,
        posts: NDArray[np.uint64],
        who: Person,
        at: datetime,
    ) -> None:
        """Write down that an erasure begins and mark its posts, so that nothing can bring them back meanwhile."""
        row = {
            "erasure": erasure,
            "kind": asked.value,
            "about": self._about(asked, name),
            "before": before,
            "who": who.name,
            "begun_at": at,
        }
        marks = [{"mark": mark} for mark in self._marks(posts).tolist()]
        with self._desk.transaction() as connection:
            connection.execute(insert(ERASURES), [row])
            if marks:
                connection.execute(insert_new(ERASED).on_conflict_do_nothing(), marks)

    def unfinished(self) -> list[tuple[str, datetime]]:
        """Return the erasures that were begun and not ended, with when: they must be asked for again."""
        query = select(ERASURES.c.erasure, ERASURES.c.begun_at).where(ERASURES.c.ended_at.is_(None))
        with self._desk.transaction() as connection:
            return [(name, at.replace(tzinfo=UTC)) for name, at in connection.execute(query)]

    def receipts(self) -> list[Mapping[str, Any]]:
        """Return the receipts of all erasures that ended, oldest first."""
        query = (
            select(ERASURES.c.receipt).where(ERASURES.c.receipt.is_not(None)).order_by(ERASURES.c.ended_at)
        )
        with self._desk.transaction() as connection:
            return [json.loads(one) for one in connection.execute(query).scalars()]

    def end(
        self,
        connection: Connection,
        erasure: str,
        *,
        asked: Asked,
        name: str,
        receipt: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """Keep the receipt of an erasure; earlier ones of the same that never ended are done with it."""
        same = ERASURES.c.about == self._about(asked, name)
        connection.execute(update(ERASURES).where(same).values(ended_at=at, about=None))
        one = ERASURES.c.erasure == erasure
        connection.execute(update(ERASURES).where(one).values(receipt=json.dumps(dict(receipt))))

    def _about(self, asked: Asked, name: str) -> str:
        """Return what tells that the same is asked again, and can be checked with the workspace's key alone."""
        words = pa.array([f"asked\x00{asked.value}\x00{name}"], pa.string())
        return f"siphash:{int(hash_strings(words, self._keyring.of_workspace())[0]):016x}"

    def _marks(self, posts: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the marks of posts."""
        named = pc.binary_join_element_wise(pa.scalar("erased"), pa.array(posts).cast(pa.string()), "\x00")
        return hash_strings(named, self._keyring.of_workspace()).view(np.int64)
