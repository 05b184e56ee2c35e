"""The integrity of the ledger: rows of `releases` and `budget` that do not fit together are refused, never mended."""

import json
from datetime import date

from sqlalchemy import Connection, select

from fanal.model.error import RefusedError
from fanal.model.release import Release
from fanal.store.tables import BUDGET, RELEASES

_HINT = (
    "It was changed outside Fanal, or the disk is damaged. Put back the desk from a copy of before; "
    "until then nothing leaves."
)


def check_budget(connection: Connection, week: date | None = None) -> None:
    """Refuse a ledger in which Releases and the budget of their week do not agree, in one week or in all.

    A week with Releases has a budget, and a spent budget has Releases; each of them states the epsilon that was spent.
    Rows of both tables that are removed together cannot be seen from the tables alone.

    Raises:
        RefusedError: names the week and what does not fit.
    """
    budget = select(BUDGET.c.week, BUDGET.c.epsilon)
    rows = select(RELEASES.c.week, RELEASES.c.ledger_id, RELEASES.c.statement)
    if week is None:
        rows = rows.where(RELEASES.c.week.is_not(None))
    else:
        budget, rows = budget.where(BUDGET.c.week == week), rows.where(RELEASES.c.week == week)
    spent = {row.week: row.epsilon for row in connection.execute(budget)}
    bare = set(spent)
    for day, name, statement in connection.execute(rows):
        bare.discard(day)
        if day not in spent:
            raise refusal(f"{name} was made from posts of the week of {day}, whose budget is not spent")
        stated = json.loads(statement).get("epsilon")
        if stated != spent[day]:
            raise refusal(f"{name} states an epsilon of {stated}, and {spent[day]} was spent for its week")
    if bare:
        raise refusal(f"the budget of the week of {min(bare)} is spent, and no Release of it is there")


def check_digest(release: Release, digest: str) -> None:
    """Refuse a Release that is not what was written down: its table, its statement or its circle was changed.

    Raises:
        RefusedError: names the Release.
    """
    if release.digest() != digest:
        raise refusal(f"{release.ledger_id} is not what was released: its digest does not match")


def refusal(what: str) -> RefusedError:
    """Return the error for rows that do not fit together."""
    return RefusedError(f"The ledger does not fit together: {what}.", hint=_HINT)
