"""People: who works in a workspace, in which roles, told by a token that only they hold."""

import hashlib
import json
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from fanal.model.error import WorkspaceError
from fanal.model.person import Person, Role
from fanal.store.desk import Desk
from fanal.store.tables import PEOPLE

TOKEN_BYTES = 32
"""A token is random and this long, so that its plain hash cannot be guessed back."""


class People:
    """Keep people in the desk; a person who leaves is ended and never removed, as the audit log names them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self) -> list[Person]:
        """Return those whose token opens something, by name."""
        query = (
            select(PEOPLE.c.name, PEOPLE.c.roles).where(PEOPLE.c.ended_at.is_(None)).order_by(PEOPLE.c.name)
        )
        with self._desk.transaction() as connection:
            return [_person(name, roles) for name, roles in connection.execute(query)]

    def of_token(self, token: str) -> Person | None:
        """Return the person who holds a token; None: nobody does, or not any more."""
        query = select(PEOPLE.c.name, PEOPLE.c.roles).where(
            PEOPLE.c.token == _hash(token), PEOPLE.c.ended_at.is_(None)
        )
        with self._desk.transaction() as connection:
            found = connection.execute(query).one_or_none()
        return None if found is None else _person(found[0], found[1])

    def add(self, connection: Connection, person: Person, *, token: str, at: datetime, by: str) -> None:
        """Add a person within a transaction, so that the audit log's row and theirs are written together.

        Raises:
            WorkspaceError: the name is taken, also by somebody who left; the first person is no administrator.
        """
        names = set(connection.execute(select(PEOPLE.c.name)).scalars())
        if person.name in names:
            raise WorkspaceError(
                f"{person.name} is named here already.", hint="Each person has a name of their own, for good."
            )
        if not names and not person.may(Role.ADMINISTRATOR):
            raise WorkspaceError(
                "The first person must be an administrator.", hint="Nobody could name the next one otherwise."
            )
        row = {
            "name": person.name,
            "roles": json.dumps(sorted(person.roles)),
            "token": _hash(token),
            "added_at": at,
            "added_by": by,
        }
        connection.execute(insert(PEOPLE), [row])

    def end(self, connection: Connection, name: str, *, at: datetime) -> None:
        """Let a person's token open nothing from now on.

        Raises:
            WorkspaceError: there is no such person, or no administrator would be left.
        """
        there = PEOPLE.c.ended_at.is_(None)
        open_ones = {
            one: json.loads(roles)
            for one, roles in connection.execute(select(PEOPLE.c.name, PEOPLE.c.roles).where(there))
        }
        if name not in open_ones:
            raise WorkspaceError(f"Nobody is named {name} here.", hint="`fanal people` lists who is.")
        left = [roles for one, roles in open_ones.items() if one != name]
        if not any(Role.ADMINISTRATOR in roles for roles in left):
            raise WorkspaceError(f"{name} is the last administrator.", hint="Name another one first.")
        connection.execute(update(PEOPLE).where(PEOPLE.c.name == name).values(ended_at=at))

    def count(self) -> int:
        """Return how many people were ever named; 0: the workspace has an owner and nobody else."""
        with self._desk.transaction() as connection:
            return int(connection.execute(select(func.count()).select_from(PEOPLE)).scalar_one())


def _hash(token: str) -> str:
    """Return what the desk keeps of a token."""
    return "sha256:" + hashlib.sha256(token.encode()).hexdigest()


def _person(name: str, roles: str) -> Person:
    """Return a row as a person."""
    return Person(name=name, roles=frozenset(Role(role) for role in json.loads(roles)))
