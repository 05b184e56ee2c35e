"""The person at the command line: told by their token, and refused where they have not the role."""

import getpass
import os
from pathlib import Path

from fanal.cli.clock import now
from fanal.cli.credentials import credential
from fanal.model.error import RefusedError
from fanal.model.person import Deed, Person, Role
from fanal.store.workspace import Workspace

TOKEN = "FANAL_TOKEN"  # noqa: S105 - the name of a variable
TOKEN_FILE = "FANAL_TOKEN_FILE"  # noqa: S105 - the name of a variable


def acting(workspace: Workspace, *roles: Role) -> Person:
    """Return who gives the command, if they have one of the roles; a refusal is written into the audit log.

    Where nobody is named, it is the owner by the system's login name, in every role. Where people are named,
    it is who holds the token in FANAL_TOKEN or in the file that FANAL_TOKEN_FILE names.

    Raises:
        RefusedError: no token, one that nobody holds, or a person without these roles.
        WorkspaceError: people were named, and none is in the desk any more.
    """
    if not workspace.people.count():
        return owner()
    token = credential(TOKEN, _file(), setting=TOKEN_FILE)
    person = workspace.people.of_token(token) if token else None
    if person is None:
        raise RefusedError(
            "This workspace has people, and nobody holds the token that was given."
            if token
            else "This workspace has people, and no token was given.",
            hint=f"Put your token into a file that only you can read, and name it in {TOKEN_FILE}.",
        )
    if not person.may(*roles):
        needed = " or ".join(sorted(roles))
        workspace.audit.note(Deed.REFUSED, who=person, at=now(), about="a command", facts={"needs": needed})
        raise RefusedError(
            f"{person.name} may not do this: it needs the role {needed}.",
            hint="An administrator names roles: `fanal people`.",
        )
    return person


def owner() -> Person:
    """Return the account of the system that gives the command, as a person in every role."""
    return Person(name=f"owner:{getpass.getuser()}", roles=frozenset(Role))


def _file() -> str:
    """Return the file that holds the token: the one that is named, else the usual one if it is there."""
    if named := os.environ.get(TOKEN_FILE, ""):
        return named
    usual = Path.home() / ".config" / "fanal" / "token"
    return str(usual) if usual.is_file() else ""
