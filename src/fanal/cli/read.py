"""`fanal read`: read posts into the workspace; text and authors are dropped after counting."""

import os
from pathlib import Path
from typing import Annotated

import typer

from fanal import pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, bar, note, say
from fanal.cli.detector import detector
from fanal.cli.dice import batch_id
from fanal.cli.duties import MAY
from fanal.cli.fields import fields
from fanal.cli.locator import locator
from fanal.cli.person import acting
from fanal.cli.retention import tell_closed
from fanal.cli.session import session
from fanal.cli.status import facts_of
from fanal.retention import close_weeks
from fanal.sources import catalogue

SHOWN_REASONS = 5


def read(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Files of posts.", metavar="FILE...")],
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help=f"One of {', '.join(s.name for s in catalogue.POST_SOURCES)}. Default: told by the file.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Read posts from files that were handed to you by someone entitled to them.

    A row that cannot be used is counted and its file, line and reason kept, not its text; the run goes
    on. Reading the same file again changes nothing.

    Example: [cyan]fanal -w w read export/result.json --format telegram[/cyan]
    """
    with session(context).open(writing=True) as (workspace, settings):
        person = acting(workspace, *MAY["read"])
        note("Taken as exports handed over by someone entitled to them.")
        posts = settings.posts
        mapping = fields(posts)
        found_with = detector(Path(chosen) if (chosen := settings.signals.classifier) else None)
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        closed = close_weeks(workspace, settings, areas=areas, who=person, now=now(), new_id=batch_id)
        found_where = locator(workspace, settings, areas)
        before = workspace.desk.totals()
        mark = workspace.desk.last_reject()
        repeated = 0
        for file in files:
            source = catalogue.find(form) if form else catalogue.guess(file)
            size = file.stat().st_size if file.is_file() else None
            with bar(f"Reading {_shown(file)}", size) as progress:
                repeated += pipeline.read(
                    workspace,
                    source.read(file, mapping=mapping, rows=posts.batch_rows),
                    file=_shown(file),
                    form=source.name,
                    detector=found_with,
                    locator=found_where,
                    new_batch=batch_id,
                    clock=now,
                    progress=progress.to,
                )
        after = workspace.desk.totals()
        new = {name: value - facts_of(before)[name] for name, value in facts_of(after).items()}
        reasons = workspace.desk.reasons(after=mark)
    if json:
        answer({**new, "rows_known_already": repeated})
        return
    say(
        f"{new['posts_read']:,} posts read, {new['posts_skipped']:,} skipped (no text), "
        f"{new['posts_rejected']:,} rejected, {repeated:,} rows known already."
    )
    tell_closed(closed)
    say(f"{new['posts_located']:,} posts name a place; {new['signals']:,} signals.")
    for reason, count in list(reasons.items())[:SHOWN_REASONS]:
        say(f"  rejected {count:,}: {reason}")
    say("Next: fanal update")


def _shown(file: Path) -> str:
    """Return a file's name as text; bytes of it that are not UTF-8 become U+FFFD, so that it can be kept and shown."""
    return os.fsencode(file.name).decode("utf-8", "replace")
