"""`fanal pleas`: cries for help for those who help: which wait, who sees to them. Nothing here sends anything."""

from datetime import datetime
from typing import Annotated

import pyarrow as pa
import typer

from fanal import pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, note, say
from fanal.cli.duties import MAY
from fanal.cli.harmless import harmless
from fanal.cli.person import acting
from fanal.cli.plea_show import Post, plea_facts, require, show, stands
from fanal.cli.session import session
from fanal.cli.text import post_number
from fanal.help.ground import Ground
from fanal.help.tongue import answers
from fanal.model.area import coded
from fanal.model.error import UserError
from fanal.model.person import Deed, Purpose
from fanal.model.plea import Ending, Mark
from fanal.review import pleas as rules

pleas = typer.Typer(
    name="pleas",
    no_args_is_help=True,
    help="See to cries for help: list them, find who can help, note who sees to each. Nothing is sent.",
    rich_markup_mode="rich",
)
pleas.command("show")(show)


@pleas.command("list")
def list_all(
    context: typer.Context,
    purpose: Annotated[Purpose, typer.Option(help="Why you look: outreach. It is kept with your name.")],
    language: Annotated[
        str,
        typer.Option(help="Those in one language, such as ckb; Kurdish of which nobody knows which, too."),
    ] = "",
    area: Annotated[
        str, typer.Option(help="Those that name an area or one inside it, such as pcode:IQG08.")
    ] = "",
    limit: Annotated[int, typer.Option(min=0, help="So many at most; 0: all.")] = 0,
    everything: Annotated[bool, typer.Option("--all", help="Those that are closed, too.")] = False,
    json: Json = False,
) -> None:
    """List the pleas that wait, the one that waits longest first; no text. Each look is logged.

    One that was edited is one plea: its newest words say where and in which language. One that was closed is listed
    again when it is edited after that.

    With --language or --area it is said how many more there are whose language or place nobody knows.

    Example: [cyan]fanal -w w pleas list --purpose outreach --language ckb --area pcode:IQG08[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        who = acting(workspace, *MAY["pleas list"])
        require(workspace, who, purpose)
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        within = _inside(areas, area) if area else None
        every = rules.ordered(
            workspace.pleas.all(damaged=lambda error: note(f"fanal: {error}")), closed=everything
        )
        spoken = frozenset().union(*answers(language)) if language else None
        found, unknown = rules.sought(every, languages=spoken, areas=within)
        shown = found[: limit or None]
        workspace.audit.note(
            Deed.PLEAS_LISTED, who=who, at=now(), about="pleas", purpose=purpose, facts={"pleas": len(shown)}
        )
    names = dict(zip(areas["area"].to_pylist(), areas["name"].to_pylist(), strict=True))
    if json:
        answer(
            {"pleas": [plea_facts(one) for one in shown], "more": len(found) - len(shown), "unknown": unknown}
        )
        return
    for one in shown:
        said = stands(one, names, when=f"week of {one.week}")
        say(f"{said}{harmless(_by(one.mark))}{', edited since' if one.changed else ''}")
    if not found:
        say("No such plea waits. That does not mean that nobody needs help.")
    if any(one.versions for one in shown):
        say(
            "One that was edited stands and counts once, with all its versions; `fanal pleas show` tells them."
        )
    if any(one.changed for one in shown):
        say("Edited since: what was noted is of earlier words. To see to it anew: `fanal pleas reopen`.")
    if len(shown) < len(found):
        say(f"{len(found) - len(shown):,} more wait.")
    if unknown:
        say(f"{unknown:,} more could be among them: their language or place is not known.")


@pleas.command("take")
def take_one(context: typer.Context, post: Post, json: Json = False) -> None:
    """Note that you see to a plea, so that others need not.

    Example: [cyan]fanal -w w pleas take 0f1e2d3c4b5a6978[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        who, at = acting(workspace, *MAY["pleas take"]), now()
        workspace.pleas.change(post_number(post), lambda mark: rules.taken(mark, who, at), who=who, at=at)
    _done(post, "taken", json=json)


@pleas.command("close")
def close_one(
    context: typer.Context,
    post: Post,
    ending: Annotated[Ending, typer.Option("--as", help="Why it is closed.")],
    json: Json = False,
) -> None:
    """Note that nothing more is to be done for a plea here, and why.

    Example: [cyan]fanal -w w pleas close 0f1e2d3c4b5a6978 --as answered[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        who, at = acting(workspace, *MAY["pleas close"]), now()

        def move(mark: Mark) -> Mark:
            return rules.closed(mark, ending, who, at)

        workspace.pleas.change(post_number(post), move, who=who, at=at)
    _done(post, "closed", json=json)


@pleas.command("reopen")
def reopen_one(context: typer.Context, post: Post, json: Json = False) -> None:
    """Note that a plea waits again: whoever took it cannot see to it, or it was closed too early.

    Example: [cyan]fanal -w w pleas reopen 0f1e2d3c4b5a6978[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        who = acting(workspace, *MAY["pleas reopen"])
        workspace.pleas.change(post_number(post), rules.reopened, who=who, at=now())
    _done(post, "open", json=json)


def _inside(areas: pa.Table, area: str) -> list[str]:
    """Return the codes of an area and of all inside it.

    Raises:
        UserError: there is no such area.
    """
    ground = Ground(areas)
    code = coded(area)
    if ground.number(code) < 0:
        raise UserError(
            f"There is no area {harmless(area)!r}.", hint="Codes stand in the layer of areas: pcode:IQG15Q02."
        )
    return ground.codes(ground.inside(code))


def _done(post: str, state: str, *, json: bool) -> None:
    """Say what is noted now."""
    if json:
        answer({"post": post.lower(), "state": state})
        return
    say(f"Noted: {post.lower()} is {state}.")


def _by(mark: Mark) -> str:
    """Return who noted how far a plea is, when and why; empty: it is open."""
    if not mark.who:
        return ""
    at: datetime | None = mark.at
    day = f", {at:%Y-%m-%d}" if at else ""
    why = f" ({mark.ending.value})" if mark.ending else ""
    return f"{why} by {mark.who}{day}"
