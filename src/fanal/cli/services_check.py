"""`fanal services check`: the worklist, which is what is due to be verified, and whom to ask how much there is."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from fanal import directories
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.help.counted import Counted
from fanal.model.verified import Freshness

SHOWN = 20
"""Problems and entries that are printed; `--json` has all of them."""


def check(
    context: typer.Context,
    within: Annotated[
        int | None, typer.Option(min=0, max=730, help="Days; default: the setting services.soon_days.")
    ] = None,
    source: Annotated[str, typer.Option(help="Of this directory alone.")] = "",
    json: Json = False,
) -> None:
    """List what is due to be verified: the worklist. It ends with 1 where an entry is not fresh.

    Whom to ask how much there is stands below: counts older than the setting services.capacity_days, and shelters
    that say nothing of it. An old count ends nothing.

    Example: [cyan]fanal -w w services check --within 30[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["services check"])
        today = now().date()
        soon = timedelta(days=settings.services.soon_days if within is None else within)
        every = directories.overview(workspace, today, soon=soon)
        days = settings.services.capacity_days
        counts = directories.counts(workspace, today, old=timedelta(days=days))
    work = [
        one
        for one in every
        if one["freshness"] not in (Freshness.FRESH, Freshness.GONE) and source in ("", one["source"])
    ]
    gone = {(one["source"], one["id"]) for one in every if one["freshness"] == Freshness.GONE}
    counts = [
        one for one in counts if (one["source"], one["id"]) not in gone and source in ("", one["source"])
    ]
    late = sum(one["freshness"] != Freshness.ENDING for one in work)
    if json:
        answer({"due": work, "late": late, "entries": len(every), "counts": counts})
    else:
        _tell([(one, one["freshness"]) for one in work])
        say(f"{late:,} of {len(every):,} entries are not fresh and so not public.")
        _tell([(one, f"counted {one['last'] or one['counted']}") for one in counts])
        old = sum(one["counted"] == Counted.OLD for one in counts)
        if counts:
            say(
                f"Of {old:,} how much there is was counted more than {days} days ago, or nobody knows when; "
                f"{len(counts) - old:,} for shelter say nothing of it."
            )
    if late:
        raise typer.Exit(1)


def _tell(found: list[tuple[dict[str, Any], str]]) -> None:
    """Print entries, each with why it is named."""
    for one, why in found[:SHOWN]:
        say(f"{one['id']}  {why:<10}  {one['name']} ({one['source']})")
    if len(found) > SHOWN:
        say(f"... and {len(found) - SHOWN:,} more; --json has all of them.")
