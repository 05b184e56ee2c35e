"""People: who works in a workspace, in which roles, told by a token that only they hold."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select, update

from fanal.model.duty import alike, compatible, name_of
from fanal.model.error import WorkspaceError
from fanal.model.person import Deed, Person, Role
from fanal.store.audit import Audit
from fanal.store.desk import Desk, hold
from fanal.store.tables import AUDIT, PEOPLE

TOKEN_BYTES = 32
"""A token is random and this long, so that its plain hash cannot be guessed back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Hold a person as the desk names them, those who left too."""

    person: Person
    added_at: datetime  # UTC
    added_by: str
    ended_at: datetime | None  # UTC; None: their token opens


class People:
    """Keep people in the desk; a person who leaves is ended and never removed, as the audit log names them.

    Every change is a row of the audit log in the same transaction.
    """

    def __init__(self, desk: Desk, audit: Audit) -> None:
        self._desk = desk
        self._audit = audit

    def all(self) -> list[Person]:
        """Return those whose token opens something, by name."""
        return [one.person for one in self.named() if one.ended_at is None]

    def named(self) -> list[Named]:
        """Return everybody who was ever named, by name."""
        with self._desk.transaction() as connection:
            rows = connection.execute(select(PEOPLE).order_by(PEOPLE.c.name)).mappings().all()
        return [
            Named(
                person=_person(row["name"], row["roles"]),
                added_at=row["added_at"].replace(tzinfo=UTC),
                added_by=row["added_by"],
                ended_at=row["ended_at"] and row["ended_at"].replace(tzinfo=UTC),
            )
            for row in rows
        ]

    def of_token(self, token: str) -> Person | None:
        """Return the person who holds a token; None: nobody does, or not any more.

        Raises:
            WorkspaceError: the desk says of them what no row of the audit log with its key's digest says.
        """
        query = select(PEOPLE.c.name, PEOPLE.c.roles).where(
            PEOPLE.c.token == _hash(token), PEOPLE.c.ended_at.is_(None)
        )
        with self._desk.transaction() as connection:
            found = connection.execute(query).one_or_none()
        if found is None:
            return None
        if found[0] in self.unlike_the_log():
            raise WorkspaceError(
                f"The audit log does not know {found[0]} as the desk has them: it was changed by other means.",
                hint="An auditor can run `fanal audit verify`; where the log's key was lost, see docs/people.md.",
            )
        return _person(found[0], found[1])

    def add(self, connection: Connection, person: Person, *, token: str, at: datetime, by: str) -> None:
        """Add a person within a transaction.

        Raises:
            UserError: the name cannot be used, or the roles must not lie in one hand.
            WorkspaceError: the name is taken, also by somebody who left; the first person is no administrator.
        """
        hold(connection)
        name, roles = name_of(person.name), compatible(person.roles)
        names = list(connection.execute(select(PEOPLE.c.name)).scalars())
        if taken := [one for one in names if alike(one) == alike(name)]:
            raise WorkspaceError(
                f"{taken[0]} is named here already.", hint="Each person has a name of their own, for good."
            )
        if not names and Role.ADMINISTRATOR not in roles:
            raise WorkspaceError(
                "The first person must be an administrator.", hint="Nobody could name the next one otherwise."
            )
        row = {
            "name": name,
            "roles": _written(roles),
            "token": _hash(token),
            "added_at": at,
            "added_by": by,
        }
        connection.execute(insert(PEOPLE), [row])
        facts = {"roles": _written(roles), "token": _hash(token)}
        self._note(connection, Deed.PERSON_ADDED, name, at=at, by=by, facts=facts)

    def end(self, connection: Connection, name: str, *, at: datetime, by: str) -> None:
        """Let a person's token open nothing from now on.

        Raises:
            WorkspaceError: there is no such person, or no administrator would be left.
        """
        self._leaves_an_administrator(connection, name, roles=frozenset())
        connection.execute(update(PEOPLE).where(PEOPLE.c.name == name).values(ended_at=at))
        self._note(connection, Deed.PERSON_ENDED, name, at=at, by=by, facts={})

    def set_roles(
        self, connection: Connection, name: str, roles: frozenset[Role], *, at: datetime, by: str
    ) -> None:
        """Give a person other roles than they had.

        Raises:
            UserError: the roles must not lie in one hand.
            WorkspaceError: there is no such person, no administrator would be left, or somebody gives roles to
                themselves.
        """
        if name == by:
            raise WorkspaceError("Nobody changes their own roles.", hint="Ask another administrator.")
        self._leaves_an_administrator(connection, name, roles=compatible(roles))
        written = _written(roles)
        connection.execute(update(PEOPLE).where(PEOPLE.c.name == name).values(roles=written))
        self._note(connection, Deed.ROLES_CHANGED, name, at=at, by=by, facts={"roles": written})

    def renew(self, connection: Connection, name: str, *, token: str, at: datetime, by: str) -> None:
        """Give a person a new token; the old one opens nothing from now on.

        Raises:
            WorkspaceError: there is no such person.
        """
        roles = _open_ones(connection, name)[name]
        connection.execute(update(PEOPLE).where(PEOPLE.c.name == name).values(token=_hash(token)))
        # With the roles, so that a person is known again where the log's key was lost with the rows before.
        facts = {"token": _hash(token), "roles": _written(roles)}
        self._note(connection, Deed.TOKEN_RENEWED, name, at=at, by=by, facts=facts)

    def count(self) -> int:
        """Return how many people were ever named; 0: the workspace has an owner and nobody else.

        Raises:
            WorkspaceError: nobody is left of those whom the audit log names.
        """
        with self._desk.transaction() as connection:
            named = int(connection.execute(select(func.count()).select_from(PEOPLE)).scalar_one())
            added = select(AUDIT.c.id).where(AUDIT.c.act == Deed.PERSON_ADDED.value).limit(1)
            if not named and connection.execute(added).first():
                raise WorkspaceError(
                    "The people of this workspace were taken out of its desk by other means.",
                    hint="Put back a copy of the desk, and note an incident.",
                )
        return named

    def unlike_the_log(self) -> list[str]:
        """Return the names of those whom the desk does not hold as the audit log says: somebody changed the desk."""
        said: dict[str, dict[str, object]] = {}
        deeds = (Deed.PERSON_ADDED, Deed.ROLES_CHANGED, Deed.TOKEN_RENEWED, Deed.PERSON_ENDED)
        for entry in self._audit.entries(acts=deeds, sealed=True):
            facts: dict[str, object] = (
                {"ended": True} if entry.act is Deed.PERSON_ENDED else dict(entry.facts)
            )
            said.setdefault(entry.about, {"ended": False}).update(facts)
        with self._desk.transaction() as connection:
            held = {
                row["name"]: {
                    "roles": row["roles"],
                    "token": row["token"],
                    "ended": row["ended_at"] is not None,
                }
                for row in connection.execute(select(PEOPLE)).mappings()
            }
        return sorted(name for name in said.keys() | held.keys() if said.get(name) != held.get(name))

    def _leaves_an_administrator(self, connection: Connection, name: str, *, roles: frozenset[Role]) -> None:
        """Refuse what leaves a workspace without an administrator."""
        there = _open_ones(connection, name)
        if not any(Role.ADMINISTRATOR in had for had in {**there, name: roles}.values()):
            raise WorkspaceError(f"{name} is the last administrator.", hint="Name another one first.")

    def _note(
        self,
        connection: Connection,
        act: Deed,
        name: str,
        *,
        at: datetime,
        by: str,
        facts: Mapping[str, str],
    ) -> None:
        """Write a change into the audit log."""
        who = Person(name=by, roles=frozenset())
        self._audit.note(act, who=who, at=at, about=name, facts=facts, within=connection)


def _open_ones(connection: Connection, name: str) -> dict[str, frozenset[Role]]:
    """Return the roles of everybody whose token opens, one name being among them; the desk is held from then on."""
    hold(connection)
    query = select(PEOPLE.c.name, PEOPLE.c.roles).where(PEOPLE.c.ended_at.is_(None))
    there = {one: _person(one, roles).roles for one, roles in connection.execute(query)}
    if name not in there:
        raise WorkspaceError(f"Nobody is named {name} here.", hint="`fanal people` lists who is.")
    return there


def _hash(token: str) -> str:
    """Return what the desk keeps of a token."""
    return "sha256:" + hashlib.sha256(token.encode()).hexdigest()


def _written(roles: frozenset[Role]) -> str:
    """Return roles as the desk keeps them."""
    return json.dumps(sorted(role.value for role in roles))


def _person(name: str, roles: str) -> Person:
    """Return a row as a person."""
    return Person(name=name, roles=frozenset(Role(role) for role in json.loads(roles)))
