"""`fanal retention`: say what is kept of each class of data and when it goes, and remove what is due."""

from typing import Annotated

import typer

from fanal import pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, note, say
from fanal.cli.dice import batch_id
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.retention import Closed, kept
from fanal.retention import apply as apply_now
from fanal.store.clocks import Class, Kept

_WHAT = {
    Class.PSEUDONYMS: "pseudonyms and their keys, by week",
    Class.SKETCHES: "sketches of recent authors, by week",
    Class.TEXT: "text in the vault, by day",
    Class.REJECTS: "rejected rows",
    Class.ROWS: "signals and mentions of closed weeks",
    Class.COUNTS: "exact counts of closed weeks, by week",
    Class.SEEN: "hashes of rows that were read",
    Class.BEGINNINGS: "keyed digests of how files begin, by file",
    Class.RELEASES: "Releases",
    Class.DELIVERIES: "deliveries of alerts",
    Class.AUDIT: "audit log",
}


def retention(
    context: typer.Context,
    apply: Annotated[
        bool, typer.Option("--apply", help="Close weeks and remove what is over. For an administrator.")
    ] = False,
    json: Json = False,
) -> None:
    """Say what is kept, how old the oldest is and when it goes; with --apply, remove what is due.

    `fanal update` does the same each time. A workspace that nobody updates keeps everything: run this each
    day from cron there.

    Example: [cyan]fanal -w w retention --apply[/cyan]
    """
    closed, gone = Closed(weeks=()), dict[Class, int]()
    with session(context).open(writing=apply) as (workspace, settings):
        person = acting(workspace, *MAY["retention --apply" if apply else "retention"])
        today = now()
        if apply:
            closed, gone = apply_now(
                workspace,
                settings,
                areas=pipeline.areas_of(workspace, natural_earth(settings.places.boundaries)),
                who=person,
                now=today,
                new_id=batch_id,
            )
        found = kept(workspace, settings, now=today)
        unfinished = workspace.erasures.unfinished()
    if json:
        answer(
            {
                "kept": [_plain(one) for one in found],
                "closed": [str(week) for week in closed.weeks],
                "waiting": {str(week): why for week, why in closed.waiting.items()},
                "removed": {kind.value: many for kind, many in gone.items()},
                "erasures_unfinished": len(unfinished),
            }
        )
        return
    for one in found:
        say(_line(one))
    tell_closed(closed)
    for kind, many in gone.items():
        say(f"Removed: {many:,} of {_WHAT[kind]}.")
    for name, at in unfinished:
        note(f"The erasure {name} of {at:%Y-%m-%d %H:%M} UTC did not end: ask for the same again.")
    if not apply and any(one.due for one in found):
        say("Next: fanal retention --apply")


def tell_closed(closed: Closed) -> None:
    """Say which weeks were closed, and which wait and why."""
    if closed.weeks:
        weeks = ", ".join(f"{week:%G-W%V}" for week in closed.weeks)
        say(f"Closed: {weeks}. Their pseudonyms and keys are gone; their counts stay.")
    for week, why in closed.waiting.items():
        note(f"The week {week:%G-W%V} cannot be closed before its Release is drawn: {why}")


def _line(one: Kept) -> str:
    """Return one class of data as a line."""
    life = "kept" if one.days is None else f"{one.days:,} days"
    if one.oldest is None:
        return f"{_WHAT[one.kind]}: none ({life})"
    goes = "" if one.goes is None else f", goes from {one.goes} on"
    due = f"; {one.due:,} due" if one.due else ""
    return f"{_WHAT[one.kind]}: {one.many:,}, oldest {one.oldest} ({life}{goes}){due}"


def _plain(one: Kept) -> dict[str, object]:
    """Return one class of data as plain values."""
    return {
        "class": one.kind.value,
        "days": one.days,
        "many": one.many,
        "oldest": str(one.oldest) if one.oldest else None,
        "goes": str(one.goes) if one.goes else None,
        "due": one.due,
    }
