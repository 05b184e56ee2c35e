"""`fanal people`: name who works in a workspace, in which roles, and end it when they leave."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from fanal.cli.clock import now
from fanal.cli.console import Json, answer, note, say
from fanal.cli.dice import secret
from fanal.cli.duties import MAY
from fanal.cli.person import TOKEN_FILE, acting, owner
from fanal.cli.session import session
from fanal.model.duty import name_of
from fanal.model.error import RefusedError, UserError
from fanal.model.person import Person, Role
from fanal.store.people import TOKEN_BYTES

people = typer.Typer(
    name="people",
    help="Name who works in a workspace, in which roles, and end it when they leave.",
    rich_markup_mode="rich",
)

Name = Annotated[str, typer.Argument(help="The person's name; it stands in the audit log for good.")]
Roles = Annotated[list[Role], typer.Option("--role", help="May be repeated.")]
TokenFile = Annotated[
    Path | None, typer.Option(help="New file for the token, readable by its owner alone. Default: print it.")
]


@people.callback(invoke_without_command=True)
def list_all(context: typer.Context, json: Json = False) -> None:
    """List who works here and in which roles, those who left too. Without a command, `fanal people` lists.

    Example: [cyan]fanal -w w people[/cyan]

    The first person: [cyan]fanal -w w people add "Amal A." --role administrator --token-file amal.token[/cyan]
    """
    if context.invoked_subcommand is not None:
        return
    with session(context).open(writing=False) as (workspace, _):
        acting(workspace, *MAY["people"])
        named = workspace.people.named()
    if json:
        answer(
            {
                "people": [
                    {
                        "name": one.person.name,
                        "roles": sorted(one.person.roles),
                        "added_at": one.added_at.isoformat(),
                        "added_by": one.added_by,
                        "ended_at": one.ended_at and one.ended_at.isoformat(),
                    }
                    for one in named
                ]
            }
        )
        return
    for one in named:
        until = f", ended {one.ended_at:%Y-%m-%d}" if one.ended_at else ""
        say(
            f"{one.person.name}: {', '.join(sorted(one.person.roles))} "
            f"(added {one.added_at:%Y-%m-%d} by {one.added_by}{until})"
        )
    if not named:
        say("Nobody is named: whoever can open this folder acts in every role. Next: fanal people add NAME")


@people.command()
def add(
    context: typer.Context, name: Name, role: Roles, token_file: TokenFile = None, json: Json = False
) -> None:
    """Add a person and hand out their token, once. The first one is named by the owner, as administrator.

    From then on every command that opens the workspace asks for a token.

    Example: [cyan]fanal -w w people add "Amal A." --role reviewer --token-file amal.token[/cyan]
    """
    token = _token()
    with session(context).open(writing=False) as (workspace, _):
        by = acting(workspace, *MAY["people add"])
        person = Person(name=name_of(name), roles=frozenset(role))
        with _handed_out(token, token_file), workspace.desk.change() as connection:
            workspace.people.add(connection, person, token=token, at=now(), by=by.name)
    _tell({"name": person.name, "roles": sorted(person.roles)}, token, token_file, json=json)


@people.command()
def end(context: typer.Context, name: Name, json: Json = False) -> None:
    """End a person's work here: their token opens nothing any more. Their name stays, as the audit log names it.

    Example: [cyan]fanal -w w people end "Amal A."[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        by = acting(workspace, *MAY["people end"])
        with workspace.desk.change() as connection:
            workspace.people.end(connection, name_of(name), at=now(), by=by.name)
    if json:
        answer({"name": name_of(name), "ended": True})
        return
    say(f"{name_of(name)} works here no longer.")


@people.command()
def roles(context: typer.Context, name: Name, role: Roles, json: Json = False) -> None:
    """Give a person these roles in place of those they had. Nobody changes their own.

    Example: [cyan]fanal -w w people roles "Amal A." --role analyst --role reviewer[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        by = acting(workspace, *MAY["people roles"])
        with workspace.desk.change() as connection:
            workspace.people.set_roles(connection, name_of(name), frozenset(role), at=now(), by=by.name)
    if json:
        answer({"name": name_of(name), "roles": sorted(set(role))})
        return
    say(f"{name_of(name)}: {', '.join(sorted(set(role)))}.")


@people.command()
def renew(
    context: typer.Context,
    name: Name,
    token_file: TokenFile = None,
    recover: Annotated[
        bool,
        typer.Option(
            "--recover",
            help="As owner of the folder, for an administrator, when no administrator has a token.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Give a person a new token; the old one, lost or seen by others, opens nothing any more.

    Example: [cyan]fanal -w w people renew "Amal A." --token-file amal.token[/cyan]
    """
    token = _token()
    with session(context).open(writing=False) as (workspace, _):
        by = _owner_of(workspace.folder) if recover else acting(workspace, *MAY["people renew"])
        if recover and not any(
            one.name == name_of(name) and one.may(Role.ADMINISTRATOR) for one in workspace.people.all()
        ):
            raise UserError(
                f"{name_of(name)} is no administrator here.",
                hint="--recover is for administrators alone; they renew the tokens of others.",
            )
        with _handed_out(token, token_file), workspace.desk.change() as connection:
            workspace.people.renew(connection, name_of(name), token=token, at=now(), by=by.name)
    _tell({"name": name_of(name)}, token, token_file, json=json)


def _owner_of(folder: Path) -> Person:
    """Return the account that gives the command, if the folder is its own."""
    if os.geteuid() not in (0, folder.stat().st_uid):
        raise RefusedError(f"{folder} belongs to another account.", hint="Its owner can use --recover.")
    return owner()


def _token() -> str:
    """Return a new token: what tells programs that search for secrets that it is one, then its random bytes."""
    return "fanal_" + base64.urlsafe_b64encode(secret(TOKEN_BYTES)).decode().rstrip("=")


@contextmanager
def _handed_out(token: str, file: Path | None) -> Iterator[None]:
    """Write a token to a new file before the block, and take it away if the block fails."""
    if file is None:
        yield
        return
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UserError(
            f"{file} cannot be made: {error.strerror}.", hint="Name a new file where you may write."
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(token + "\n")
            out.flush()
            os.fsync(out.fileno())
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _tell(facts: dict[str, object], token: str, file: Path | None, *, json: bool) -> None:
    """Say who holds a new token, and the token itself if no file has it."""
    given = {"token_file": str(file)} if file else {"token": token}
    if json:
        answer({**facts, **given})
        return
    say(f"{facts['name']} has a new token.")
    if file is None:
        say(token)
        note(f"It is shown this once. Keep it in a file that only its owner can read; {TOKEN_FILE} names it.")
        return
    say(f"It stands in {file} alone: hand it over on a way that nobody reads.")
