"""Leaving: who may let Releases out to a circle, to whom, and the row of the audit log that is written first."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.model.circle import Circle
from fanal.model.error import UserError
from fanal.model.person import Deed, Person
from fanal.model.release import Release
from fanal.settings import Settings
from fanal.store.audit import Plain
from fanal.store.workspace import Workspace

To = Annotated[
    str,
    typer.Option("--to", help="Partner who gets it: one of the setting privacy.partners. For partners only."),
]


def letting_out(
    workspace: Workspace, settings: Settings, command: str, circle: Circle, to: str
) -> tuple[Person, str]:
    """Return who lets Releases out with a command, and to whom.

    Raises:
        RefusedError: the person may not; to partners a reviewer lets out.
        UserError: those inside need no file, or the partner is not named, or is none.
    """
    if circle is Circle.INSIDE:
        raise UserError(
            f"`fanal {command}` is for the public or for partners.",
            hint="Use --circle public or partners; those inside have `fanal inside`.",
        )
    if circle is Circle.PUBLIC:
        if to:
            raise UserError(
                "--to names a partner, and this is for the public.", hint="Add --circle partners."
            )
        return acting(workspace, *MAY[command]), Circle.PUBLIC.value
    person = acting(workspace, *MAY[f"{command} --circle partners"])
    partners = settings.privacy.partners
    if to not in partners:
        raise UserError(
            f"{to} is no partner." if to else "Say which partner gets it with --to.",
            hint=f"The setting privacy.partners names {', '.join(partners) or 'nobody'}.",
        )
    return person, to


def note_written(
    workspace: Workspace, person: Person, releases: Sequence[Release], *, by: str, to: str, at: datetime
) -> None:
    """Write down that Releases leave, before a file is made: a row without files is possible, files without it not.

    The row holds the ledger id of each and one digest over ids and contents; not where the files lie.

    Args:
        workspace: whose audit log.
        person: who decides.
        releases: what leaves.
        by: the command.
        to: the partner's name, or public.
        at: when.
    """
    facts: dict[str, Plain] = {"to": to, **facts_of(releases)}
    workspace.audit.note(Deed.RELEASE_WRITTEN, who=person, at=at, about=by, facts=facts)


def facts_of(releases: Sequence[Release]) -> dict[str, Plain]:
    """Return what the audit log keeps of Releases: their ids, and one digest over ids and contents, each sorted."""
    lines = sorted({f"{one.ledger_id} {one.digest()}\n" for one in releases})
    return {
        "releases": len(lines),
        "digest": "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest(),
        "ids": " ".join(line.split(" ", 1)[0] for line in lines),
    }
