"""Withdrawn posts: a text whose author deleted it on the platform goes from the vault with the next retention."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from fanal.model.version import first_of
from fanal.store.desk import Desk
from fanal.store.keyring import Keyring
from fanal.store.sealed import What
from fanal.store.tables import WITHDRAWN
from fanal.store.vault import Damaged, Vault
from fanal.text.siphash import hash_strings

KEPT = timedelta(days=7)
"""A mark is kept so long after it was made: a server may give a post again after its deletion."""

_MOST = 10_000  # marks of one statement


class Withdrawn:
    """Know which posts were withdrawn, by keyed hashes, and remove their texts.

    What was counted stays: a row of `signals` or `mentions` holds no text and, once its week is closed, nobody.
    """

    def __init__(self, desk: Desk, vault: Vault, keyring: Keyring) -> None:
        self._desk = desk
        self._vault = vault
        self._keyring = keyring

    def marks(self, ids: pa.Array, *, form: str) -> NDArray[np.uint64]:
        """Return the hashes by which withdrawn posts are known.

        Args:
            ids: of the posts, in their stream, or the other names that it has for them.
            form: of the stream, as a post's is.
        """
        parts = [pa.scalar("withdrawn"), pa.scalar(form), pc.fill_null(ids.cast(pa.string()), ""), "\x00"]
        return hash_strings(pc.binary_join_element_wise(*parts), self._keyring.of_workspace(make=False))

    def waiting(self) -> int:
        """Return how many marks are kept."""
        with self._desk.look() as connection:
            return int(connection.execute(select(func.count()).select_from(WITHDRAWN)).scalar_one())

    def texts(self, *, damaged: Damaged) -> list[int]:
        """Return which texts of the vault are of withdrawn posts, as keyed hashes; each text is opened and forgotten.

        Args:
            damaged: told of each segment that cannot be read; the others are looked at.
        """
        with self._desk.look() as connection:
            kept = list(connection.execute(select(WITHDRAWN.c.mark)).scalars())
        if not kept:
            return []
        wanted = np.array(kept, np.int64).view(np.uint64)
        found: list[int] = []
        gone_days = self._keyring.gone()
        for day in self._vault.days():
            if day in gone_days:  # nobody can read them any more
                continue
            rows = [
                (row.post, row.content.form, first_of(name))
                for row in self._vault.of_day(day, damaged)
                if row.content.what is What.POST
                for name in (row.content.id, row.content.named)
                if name is not None
            ]
            for form in {form for _, form, _ in rows}:
                own = [row for row in rows if row[1] == form]
                there = np.isin(self.marks(pa.array([name for _, _, name in own]), form=form), wanted)
                found += [post for (post, _, _), gone in zip(own, there.tolist(), strict=True) if gone]
        return sorted(set(found))

    def forget(self, now: datetime) -> None:
        """Forget the marks whose time is over, once the texts that they found are gone."""
        with self._desk.transaction() as connection:
            connection.execute(delete(WITHDRAWN).where(WITHDRAWN.c.at < now.astimezone(UTC) - KEPT))


def mark(connection: Connection, marks: NDArray[np.uint64], *, now: datetime) -> None:
    """Note withdrawn posts in the transaction that commits the rows which say so."""
    rows = [{"mark": int(one), "at": now} for one in np.unique(marks).view(np.int64)]
    for start in range(0, len(rows), _MOST):
        connection.execute(insert(WITHDRAWN).on_conflict_do_nothing(), rows[start : start + _MOST])
