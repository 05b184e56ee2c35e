"""`fanal layers fetch`: look at the addresses of layers, and keep what changed as a new version."""

import asyncio
from typing import Annotated, Any

import typer

from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.error import UserError
from fanal.sources.live import LostError
from fanal.workers.layer_fetch import Fetched, Outcome, failed, look, take, turns


def fetch(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Sections [layer_sources.NAME]. Default: all.")
    ] = None,
    only_due: Annotated[
        bool, typer.Option("--due", help="Only those whose hours between two looks are over.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Read a file that did not change too, as after new boundaries.")
    ] = False,
    json: Json = False,
) -> None:
    """Look at the addresses of layers; a file that changed becomes a new version, known from now on.

    Nothing is sent but the request. What is refused or cannot be read leaves the version that is here in its place.

    Example: [cyan]fanal -w w layers fetch dtm[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["layers fetch"])
        wanted = turns(workspace, settings, now=now(), names=names or (), waiting=only_due, again=again)
        contact = settings.follow.contact
        configured = len(settings.layer_sources)
    told: list[dict[str, Any]] = []
    for one in wanted:
        name, wrong, got = one.address.name, "", None
        try:
            # The workspace is not held while a server takes its time.
            found = asyncio.run(look(one, now=now(), contact=contact))
            with session(context).open(writing=True) as (workspace, _):
                got = take(workspace, one, found, now=now())
        except (LostError, UserError) as error:
            wrong = error.sentence
            with session(context).open(writing=True) as (workspace, _):
                failed(workspace, one, wrong, now=now())
            if not json:
                say(f"{name}: {error} The version that is here stays.")
        if got is not None and not json:
            _say(got)
        told.append({"layer": name, "failed": wrong, **_facts(got)})
    if json:
        answer({"looked_at": told})
    elif not wanted:
        say(
            "It is the turn of none."
            if configured
            else "No layer has an address: see [layer_sources.NAME] in docs/layers.md."
        )
    if any(one["failed"] for one in told):
        raise typer.Exit(1)


def _facts(got: Fetched | None) -> dict[str, Any]:
    """Return what a look brought, for a program."""
    if got is None or got.report is None:
        return {"outcome": got and got.outcome.value}
    report = got.report
    return {
        "outcome": got.outcome.value,
        "rows": report.rows,
        "matched": report.matched,
        "unmatched": sum(rows for _, rows in report.unmatched),
        "rejected": len(report.rejected),
    }


def _say(got: Fetched) -> None:
    """Tell a person what a look brought."""
    if got.outcome is Outcome.SAME or got.report is None:
        say(f"{got.name}: the same as before.")
        return
    report = got.report
    missed = sum(rows for _, rows in report.unmatched)
    say(
        f"{got.name}: a new version. {report.rows:,} rows, {report.matched:,} matched, {missed:,} in no area, "
        f"{len(report.rejected):,} rejected."
    )
    if got.rows_before is not None and report.matched * 2 < got.rows_before:
        say(f"  The version before had {got.rows_before:,} rows: look at what is missing before you update.")
