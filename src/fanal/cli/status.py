"""`fanal status`: say what the workspace holds, as a function of what is committed and nothing else."""

from dataclasses import asdict
from typing import Annotated

import typer

from fanal.cli.console import Json, answer, note, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.store.desk import Totals


def facts_of(totals: Totals) -> dict[str, int]:
    """Return the totals under the names that `--json` prints."""
    return asdict(totals)


def status(
    context: typer.Context,
    rejects: Annotated[bool, typer.Option(help="List every rejected row: file, line, reason.")] = False,
    json: Json = False,
) -> None:
    """Say what is committed: posts, signals, sealed texts, layers, releases.

    Example: [cyan]fanal -w w status --json[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        acting(workspace, *MAY["status"])
        totals = facts_of(workspace.desk.totals())
        layers = workspace.layers.listed()
        texts = workspace.vault.count(damaged=lambda error: note(f"fanal: {error}"))
        releases = len(workspace.ledger.all())
        refused = workspace.desk.rejects() if rejects else []
    for file, line, reason in refused:
        say(f"{file}, line {line}: {reason}")
    if json:
        answer({**totals, "texts": texts, "layers": len(layers), "releases": releases})
        return
    say(
        f"posts     {totals['posts_read']:,} read, {totals['posts_skipped']:,} skipped, "
        f"{totals['posts_rejected']:,} rejected, {totals['posts_located']:,} with a place"
    )
    say(f"signals   {totals['signals']:,}")
    say(f"texts     {texts:,} sealed in the vault")
    for name, kind, rows in layers:
        say(f"layer     {name} ({kind}): {rows:,} rows")
    say(f"releases  {releases:,}")
    if not totals["posts_read"] and not layers:
        say("Nothing is here yet. Next: fanal read FILE, or fanal layers add FILE --kind areas")
    elif not releases:
        say("Nothing was released yet. Next: fanal update")
