"""`fanal services block`: areas and crossings that nobody is sent into, kept by staff."""

from datetime import datetime
from typing import Annotated

import typer

from fanal import pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.harmless import harmless
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.help.ground import Ground
from fanal.model.block import Block
from fanal.model.error import UserError

block = typer.Typer(
    name="block",
    no_args_is_help=True,
    help="Keep the list of areas and crossings that nobody is sent into.",
    rich_markup_mode="rich",
)


@block.command("add")
def add_one(
    context: typer.Context,
    area: Annotated[str, typer.Argument(help="Code of an area, with all areas inside it.")],
    reason: Annotated[str, typer.Option(help="Why; for staff alone.")],
    to: Annotated[
        str | None, typer.Option(help="Code of the other side: a crossing is closed, both ways.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day on which it holds.")
    ] = None,
    json: Json = False,
) -> None:
    """Note that an area is blocked, or a crossing between two closed: matching sends nobody there.

    Example: [cyan]fanal -w w services block add pcode:IQG15Q02 --reason "Fighting" --until 2026-02-01[/cyan]

    A crossing: [cyan]fanal -w w services block add pcode:IQG15 --to pcode:IQG08 --reason "Bridge closed"[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        who = acting(workspace, *MAY["services block add"])
        ground = Ground(pipeline.areas_of(workspace, natural_earth(settings.places.boundaries)))
        for code in (area, *((to,) if to else ())):
            if ground.number(code) < 0:
                raise UserError(
                    f"There is no area {harmless(code)!r}.",
                    hint="Codes stand in the layer of areas: pcode:IQG15Q02.",
                )
        if to and (to in ground.chain(area) or area in ground.chain(to)):
            raise UserError(
                "Of these two areas one holds the other: there is no crossing between them.",
                hint="Name two that lie side by side.",
            )
        day = until.date() if until else None
        if day and day < now().date():
            raise UserError(f"{day} is over: such a block would never hold.", hint="Name a later day.")
        number = workspace.blocks.add(area, to, reason=reason, until=day, who=who, at=now())
    if json:
        answer({"block": number})
        return
    say(f"Noted as number {number}. From now on nobody is sent there.")


@block.command("end")
def end_one(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="Number of the block.", min=1)],
    json: Json = False,
) -> None:
    """End a block: people may be sent there again.

    Example: [cyan]fanal -w w services block end 3[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        workspace.blocks.end(number, who=acting(workspace, *MAY["services block end"]), at=now())
    if json:
        answer({"block": number, "ended": True})
        return
    say(f"Block {number} is ended.")


@block.command("list")
def list_all(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="What is over, too.")] = False,
    json: Json = False,
) -> None:
    """List the blocks that hold today.

    Example: [cyan]fanal -w w services block list[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        acting(workspace, *MAY["services block list"])
        found = workspace.blocks.all()
    today = now().date()
    shown = [one for one in found if everything or one.holds(today)]
    if json:
        answer({"blocks": [{**_facts(one), "holds": one.holds(today)} for one in shown]})
        return
    for one in shown:
        where = f"{one.area} - {one.other}" if one.other else one.area
        until = f" until {one.until}" if one.until else ""
        over = "" if one.holds(today) else " (over)"
        say(f"{one.id:>3}  {where}{until}{over}, by {one.who}: {one.reason}")
    if not shown:
        say("No block holds. That does not mean that every way is safe.")


def _facts(one: Block) -> dict[str, object]:
    return {
        "id": one.id,
        "area": one.area,
        "other": one.other,
        "reason": one.reason,
        "who": one.who,
        "at": one.at.isoformat(),
        "until": one.until.isoformat() if one.until else None,
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
    }
