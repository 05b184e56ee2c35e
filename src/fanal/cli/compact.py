"""`fanal compact`: write many small files and rows into few, and let go of what no reader needs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer

from fanal.cli.clock import now
from fanal.cli.console import Json, answer, bar, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.store.compaction import compact_workspace

MB = 1_000_000


def compact(
    context: typer.Context,
    keep_hours: Annotated[
        int,
        typer.Option(min=0, help="Hours for which commands that are reading may go on with older files."),
    ] = 1,
    json: Json = False,
) -> None:
    """Write many small files of the lake and the vault into few, and what a stream committed on a day into one row.

    Posts, counts and texts stay as they are. Files of the lake that were replaced stay for an hour, for commands
    that are reading them; the next compaction removes them. It may be stopped at any moment.

    Example: [cyan]fanal -w w compact[/cyan]
    """
    with session(context).open(writing=True) as (workspace, _):
        acting(workspace, *MAY["compact"])
        found = compact_workspace(workspace, keep=timedelta(hours=keep_hours), now=now(), shown=_shown)
        if found.batches_joined:
            with bar("Writing the desk anew", None):
                workspace.desk.shrink()
    swept = found.swept
    facts = {
        "files_before": found.files_before,
        "files_after": found.files_after,
        "batches_joined": found.batches_joined,
        "segments_joined": found.segments_joined,
        "segments_damaged": found.segments_damaged,
        "files_removed": swept.files,
        "log_entries_removed": swept.entries,
        "bytes_freed": swept.bytes,
    }
    if json:
        answer(facts)
        return
    say(f"{found.files_before:,} files of the lake became {found.files_after:,}.")
    say(
        f"{found.batches_joined:,} batches of streams went into others, "
        f"and {found.segments_joined:,} segments of the vault."
    )
    if found.segments_damaged:
        say(
            f"{found.segments_damaged:,} segments could not be opened and stay as they are, with their batches."
        )
    say(
        f"{swept.files:,} files and {swept.entries:,} entries of the logs were removed, "
        f"{swept.bytes / MB:,.1f} MB freed."
    )
    if found.files_after < found.files_before and keep_hours:
        say(f"What was replaced now goes with the next compaction after {keep_hours} h.")


@contextmanager
def _shown(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar while a block runs."""
    with bar(what, None) as progress:
        yield progress.of
