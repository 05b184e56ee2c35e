"""The workspace's own sensitive list in the desk: steps that are added and never changed, as a keyed chain."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, insert, select

from fanal.model.error import RefusedError
from fanal.model.person import Deed, Person
from fanal.model.sensitive import RuleStep, SensitiveRule, Step, Treatment
from fanal.store.audit import Audit
from fanal.store.chain import NOTHING
from fanal.store.desk import Desk
from fanal.store.tables import AUDIT, SENSITIVE

ABOUT = "sensitive:"
"""What the audit log has before the number of a step."""

DEEDS = {Step.PROPOSE: Deed.RULE_PROPOSED, Step.HOLD: Deed.RULE_PROPOSED, Step.END: Deed.RULE_PROPOSED}
"""What the audit log calls a step; the others answer one of these, and are Deed.RULE_DECIDED."""


class DeskSensitive:
    """Add to the steps of the list, and read them, each time with a look at whether they are as they were written.

    A row's digest is an HMAC-SHA256 (RFC 2104) under the audit log's key over its columns and the digest of the row
    before. The audit log holds each digest too, so that rows cannot be taken off the end without taking them off there.
    """

    def __init__(self, desk: Desk, key: Callable[[], bytes], audit: Audit) -> None:
        self._desk = desk
        self._key = key
        self._audit = audit

    def steps(self) -> list[RuleStep]:
        """Return every step, oldest first.

        Raises:
            RefusedError: a row was changed, removed or moved, or the key is another: nobody knows what is held back.
        """
        with self._desk.look() as connection:
            rows = connection.execute(select(SENSITIVE).order_by(SENSITIVE.c.id)).mappings().all()
            noted = _noted(connection)
        previous = NOTHING
        for number, row in enumerate(rows, start=1):
            plain = _plain(row)
            whole = row["id"] == number and row["previous"] == previous
            if not whole or not hmac.compare_digest(row["digest"], self._digest(plain)):
                raise _changed(f"number {number} is not as it was written")
            previous = row["digest"]
        if noted != [(f"{ABOUT}{row['id']}", row["digest"]) for row in rows]:
            raise _changed(f"the audit log has {len(noted)} steps of it, and here are {len(rows)}")
        return [_step(row) for row in rows]

    def add(self, step: RuleStep, who: Person) -> None:
        """Add a step and write it into the audit log, both or neither; whether it may be added was asked before.

        The audit log gets the number, what kind of step it is and the digest, and neither area nor group nor reason.

        Raises:
            RefusedError: it is another person's, or another step took its number meanwhile.
        """
        if step.who != who.name:
            raise RefusedError(f"{who.name} cannot make a step in the name of {step.who}.")
        with self._desk.change() as connection:
            digest = self._insert(connection, step)
            self._audit.note(
                DEEDS.get(step.step, Deed.RULE_DECIDED),
                who=who,
                at=step.at,
                about=f"{ABOUT}{step.id}",
                facts={"step": step.step.value, "of": step.of, "digest": digest},
                within=connection,
            )

    def _insert(self, connection: Connection, step: RuleStep) -> str:
        """Write the row of a step, and return its digest."""
        last = connection.execute(
            select(SENSITIVE.c.id, SENSITIVE.c.digest).order_by(SENSITIVE.c.id.desc()).limit(1)
        ).one_or_none()
        number, previous = (1, NOTHING) if last is None else (int(last[0]) + 1, str(last[1]))
        if step.id != number:
            raise RefusedError("The sensitive list was changed meanwhile.", hint="Look at it and try again.")
        rule = step.rule
        row: dict[str, object] = {
            "id": step.id,
            "at": step.at.astimezone(UTC),
            "who": step.who,
            "step": step.step.value,
            "of": step.of,
            "area": rule.area if rule else None,
            "group": rule.group if rule else None,
            "rule": rule.rule.value if rule else None,
            "days": rule.days if rule else None,
            "reason": rule.reason if rule else step.reason,
            "expires": rule.expires if rule else None,
            "previous": previous,
        }
        digest = self._digest(row)
        connection.execute(insert(SENSITIVE), [{**row, "digest": digest}])
        return digest

    def _digest(self, row: dict[str, object]) -> str:
        """Return the digest of a row: over the JSON of its columns in their order, days and times as ISO 8601."""
        written = json.dumps(
            [row[column.name] for column in SENSITIVE.columns if column.name != "digest"],
            default=lambda when: when.isoformat(),
        )
        return "hmac-sha256:" + hmac.new(self._key(), written.encode(), hashlib.sha256).hexdigest()


def _noted(connection: Connection) -> list[tuple[str, str]]:
    """Return what the audit log says of the steps: which, and the digest of each."""
    acts = [Deed.RULE_PROPOSED.value, Deed.RULE_DECIDED.value]
    mine = AUDIT.c.act.in_(acts) & AUDIT.c.about.startswith(ABOUT)
    query = select(AUDIT.c.about, AUDIT.c.facts).where(mine).order_by(AUDIT.c.id)
    return [(about, json.loads(facts).get("digest")) for about, facts in connection.execute(query)]


def _plain(row: RowMapping) -> dict[str, object]:
    """Return the columns of a row as they were written: SQLite keeps no zone."""
    at: datetime = row["at"]
    return {**row, "at": at.replace(tzinfo=UTC)}


def _step(row: RowMapping) -> RuleStep:
    """Return a row as a step."""
    rule = None
    if row["rule"] is not None:
        rule = SensitiveRule(
            area=row["area"],
            group=row["group"],
            rule=Treatment(row["rule"]),
            days=row["days"],
            reason=row["reason"],
            expires=row["expires"],
        )
    return RuleStep(
        id=row["id"],
        at=row["at"].replace(tzinfo=UTC),
        who=row["who"],
        step=Step(row["step"]),
        of=row["of"],
        rule=rule,
        reason="" if rule else row["reason"],
    )


def _changed(what: str) -> RefusedError:
    """Return the sentence for a list that is not as people left it."""
    return RefusedError(
        f"The sensitive list of this workspace was changed by hand: {what}. Nothing leaves.",
        hint="Put back a copy of the desk and of the folder keys, both of the same day.",
    )
