"""`fanal compact`: write the lake's many small files into few, and let go of what no reader needs."""

from datetime import timedelta
from typing import Annotated

import typer

from fanal.cli.clock import now
from fanal.cli.console import Json, answer, bar, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.store.compact import compact as rewrite
from fanal.store.lake import BATCHED, DERIVED
from fanal.store.sweep import Swept

MB = 1_000_000


def compact(
    context: typer.Context,
    keep_hours: Annotated[
        int,
        typer.Option(min=0, help="Hours for which commands that are reading may go on with older files."),
    ] = 1,
    json: Json = False,
) -> None:
    """Write the lake's many small files into few, each of one week, and remove what no reader needs.

    Rows, counts and batches stay as they are. Files that were replaced stay for an hour, for commands that are
    reading them; the next compaction removes them.

    Example: [cyan]fanal -w w compact[/cyan]
    """
    swept, before, after = Swept(files=0, entries=0, bytes=0), 0, 0
    with session(context).open(writing=True) as (workspace, _):
        acting(workspace, *MAY["compact"])
        lake = workspace.lake
        for name in BATCHED:
            if not lake.exists(name):
                continue
            with bar(f"Compacting {name}", None) as progress:
                found = rewrite(lake, name, progress=progress.of)
            lake.promise()
            before, after = before + found.files_before, after + found.files_after
        for name in (*BATCHED, *DERIVED):
            if lake.exists(name):
                with bar(f"Sweeping {name}", None):
                    swept += lake.vacuum(name, keep=timedelta(hours=keep_hours), now=now())
    facts = {
        "files_before": before,
        "files_after": after,
        "files_removed": swept.files,
        "log_entries_removed": swept.entries,
        "bytes_freed": swept.bytes,
    }
    if json:
        answer(facts)
        return
    say(f"{before:,} files became {after:,}.")
    say(
        f"{swept.files:,} files and {swept.entries:,} entries of the logs were removed, "
        f"{swept.bytes / MB:,.1f} MB freed."
    )
    if after < before and keep_hours:
        say(f"What was replaced now goes with the next compaction after {keep_hours} h.")
