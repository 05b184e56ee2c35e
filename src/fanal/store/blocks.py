"""Blocks in the desk: areas and crossings that nobody is sent into, noted and ended by staff, each a row of the log."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from fanal.model.block import Block
from fanal.model.error import UserError
from fanal.model.person import Deed, Person
from fanal.store.audit import Audit
from fanal.store.desk import Desk
from fanal.store.tables import BLOCKS

MOST_LETTERS = 500
"""Letters of a reason."""


class Blocks:
    """Keep blocks in the desk; they are ended and never removed. The audit log has the number of one and no area."""

    def __init__(self, desk: Desk, audit: Audit) -> None:
        self._desk = desk
        self._audit = audit

    def add(
        self, area: str, other: str | None, *, reason: str, until: date | None, who: Person, at: datetime
    ) -> int:
        """Note a block, and return its number.

        Raises:
            UserError: a reason that is empty, too long or does not show; a crossing from an area to itself.
        """
        kept = " ".join(reason.split())
        if not 1 <= len(kept) <= MOST_LETTERS or not kept.isprintable():
            raise UserError(f"A reason is 1 to {MOST_LETTERS} letters, all of which show.")
        if area == other:
            raise UserError(
                "A crossing lies between two areas.", hint="Leave --to out to block the area itself."
            )
        with self._desk.change() as connection:
            newest = connection.execute(select(func.coalesce(func.max(BLOCKS.c.id), 0))).scalar_one()
            number = 1 + int(newest)
            row = {"id": number, "area": area, "other": other, "reason": kept, "who": who.name, "at": at}
            connection.execute(insert(BLOCKS), [{**row, "until": until}])
            self._audit.note(Deed.BLOCK_ADDED, who=who, at=at, about=f"block:{number}", within=connection)
        return number

    def end(self, number: int, *, who: Person, at: datetime) -> None:
        """End a block.

        Raises:
            UserError: there is none of this number, or it was ended before.
        """
        open_one = (BLOCKS.c.id == number) & BLOCKS.c.ended_at.is_(None)
        with self._desk.change() as connection:
            if not connection.execute(
                update(BLOCKS).where(open_one).values(ended_at=at, ended_by=who.name)
            ).rowcount:
                raise UserError(
                    f"There is no block {number} that could be ended.",
                    hint="`fanal services block list` shows them.",
                )
            self._audit.note(Deed.BLOCK_ENDED, who=who, at=at, about=f"block:{number}", within=connection)

    def all(self) -> list[Block]:
        """Return every block, also what is over, in the order of noting."""
        with self._desk.transaction() as connection:
            rows = connection.execute(select(BLOCKS).order_by(BLOCKS.c.id)).mappings().all()
        return [_block(row) for row in rows]


def _block(row: Mapping[Any, Any]) -> Block:
    ended = row["ended_at"]
    return Block(
        id=row["id"],
        area=row["area"],
        other=row["other"],
        reason=row["reason"],
        who=row["who"],
        at=row["at"].replace(tzinfo=UTC),  # SQLite keeps no zone; it was written in UTC
        until=row["until"],
        ended_at=ended.replace(tzinfo=UTC) if ended else None,
        ended_by=row["ended_by"] or "",
    )
