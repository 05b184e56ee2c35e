"""`fanal status`: say what the workspace holds, as a function of what is committed and nothing else."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from fanal.cli.clock import now
from fanal.cli.console import Json, answer, note, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.stream import Stream, StreamState
from fanal.store.desk import Totals

EXIT_DEAD = 1


def facts_of(totals: Totals) -> dict[str, int]:
    """Return the totals under the names that `--json` prints."""
    return asdict(totals)


def status(
    context: typer.Context,
    rejects: Annotated[bool, typer.Option(help="List every rejected row: file, line, reason.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="End with 1 where a stream is dead or not followed.")
    ] = False,
    json: Json = False,
) -> None:
    """Say what is committed: posts, signals, sealed texts, layers, releases; and how each stream is.

    Example: [cyan]fanal -w w status --json[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["status"])
        totals = facts_of(workspace.desk.totals())
        layers = workspace.layers.listed()
        texts = workspace.vault.count(damaged=lambda error: note(f"fanal: {error}"))
        releases = len(workspace.ledger.all())
        refused = workspace.desk.rejects() if rejects else []
        streams = [one for one in workspace.streams.all() if one.name in settings.streams]
        never = sorted(settings.streams.keys() - {one.name for one in streams})
    for file, line, reason in refused:
        say(f"{file}, line {line}: {reason}")
    if json:
        said = [
            {**asdict(one), "lag_seconds": _since(one.posted_at), "dead": one.is_dead(now())}
            for one in streams
        ]
        answer({**totals, "texts": texts, "layers": len(layers), "releases": releases, "streams": said})
        _end(streams, never, check=check)
        return
    say(
        f"posts     {totals['posts_read']:,} read, {totals['posts_skipped']:,} skipped, "
        f"{totals['posts_rejected']:,} rejected, {totals['posts_located']:,} with a place"
    )
    say(f"signals   {totals['signals']:,}")
    say(f"texts     {texts:,} sealed in the vault")
    for name, kind, rows in layers:
        say(f"layer     {name} ({kind}): {rows:,} rows")
    for one in streams:
        say(f"stream    {one.name} ({one.source}, {one.consent}): {_told(one)}")
    for name in never:
        say(f"stream    {name}: never followed")
    say(f"releases  {releases:,}")
    if not totals["posts_read"] and not layers:
        say("Nothing is here yet. Next: fanal read FILE, or fanal layers add FILE --kind areas")
    elif not releases:
        say("Nothing was released yet. Next: fanal update")
    _end(streams, never, check=check)


def _told(stream: Stream) -> str:
    """Return how a stream is, in words."""
    parts = [f"{stream.state}, {stream.posts:,} posts, {stream.rejected:,} rejected"]
    if (seconds := stream.unseen(now())) is not None:
        parts[0] = f"was {parts[0]}; nobody has followed it for {seconds:,.0f} s"
    elif stream.state in (StreamState.LIVE, StreamState.CONNECTING, StreamState.WAITING):
        parts.append(f"{stream.rate:,.1f} rows/s")
    if (lag := _since(stream.posted_at)) is not None:
        parts.append(f"newest post {lag:,.0f} s ago")
    if stream.detail:
        parts.append(stream.detail)
    return "; ".join(parts)


def _since(moment: datetime | None) -> float | None:
    """Return the seconds since a moment; None: there was none."""
    return None if moment is None else round((now() - moment).total_seconds(), 1)


def _end(streams: list[Stream], never: list[str], *, check: bool) -> None:
    """End as a monitor wants it."""
    if check and (never or any(one.is_dead(now()) or one.state is StreamState.STOPPED for one in streams)):
        raise typer.Exit(EXIT_DEAD)
