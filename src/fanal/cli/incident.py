"""`fanal incident`: note what went wrong and what was done, and list it."""

from typing import Annotated

import typer

from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.incident import Incident, IncidentKind
from fanal.model.sensitivity import Sensitivity

incident = typer.Typer(
    name="incident",
    no_args_is_help=True,
    help="Note what went wrong and what was done, and list it.",
    rich_markup_mode="rich",
)


@incident.command("note")
def note_one(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="What happened, without names of those affected.")],
    kind: Annotated[IncidentKind, typer.Option(help="What kind of thing went wrong.")],
    severity: Annotated[Sensitivity, typer.Option(help="How much harm it can do.")],
    done: Annotated[str, typer.Option(help="What was done about it.")] = "",
    follows: Annotated[
        int | None, typer.Option(min=1, help="Number of the incident that this adds to.")
    ] = None,
    json: Json = False,
) -> None:
    """Note an incident, or what was done about an earlier one. Nothing that was noted can be changed.

    Example: [cyan]fanal -w w incident note "A laptop with a copy is lost" --kind loss --severity high[/cyan]

    Later: [cyan]fanal -w w incident note "Found" --kind loss --severity low --follows 1 --done "Keys destroyed"[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        number = workspace.incidents.note(
            what,
            kind=kind,
            severity=severity,
            done=done,
            follows=follows,
            who=acting(workspace, *MAY["incident note"]),
            at=now(),
        )
    if json:
        answer({"incident": number, "follows": follows})
        return
    say(f"Noted as number {number}.")
    if severity in (Sensitivity.HIGH, Sensitivity.SEVERE) and follows is None:
        say(
            "Tell whoever decides for your organisation now; a law may set a time in which others must be told."
        )


@incident.command("list")
def list_all(context: typer.Context, json: Json = False) -> None:
    """List the incidents, each with what was added to it.

    Example: [cyan]fanal -w w incident list[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        acting(workspace, *MAY["incident list"])
        found = workspace.incidents.all()
    if json:
        answer({"incidents": [facts_of(one) for one in found]})
        return
    for one in sorted(found, key=lambda one: (one.follows or one.id, one.id)):
        done = f" Done: {one.done}" if one.done else ""
        indent = "      " if one.follows else ""
        say(
            f"{indent}{one.id}  {one.at:%Y-%m-%d %H:%M}  {one.kind}, {one.severity}, by {one.who}: {one.what}{done}"
        )
    if not found:
        say("No incident was noted. That does not mean that there was none.")


def facts_of(one: Incident) -> dict[str, object]:
    """Return an entry as `--json` prints it."""
    return {
        "id": one.id,
        "follows": one.follows,
        "at": one.at.isoformat(),
        "who": one.who,
        "kind": one.kind.value,
        "severity": one.severity.value,
        "what": one.what,
        "done": one.done,
    }
