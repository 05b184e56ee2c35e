"""`fanal read`: read posts into the workspace; what shows no signal is forgotten after counting."""

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
from fanal.settings import Vault
from fanal.sources import catalogue
from fanal.sources.beginning import beginning
from fanal.sources.lines import Lines
from fanal.store.choice import Choice
from fanal.store.files import File
from fanal.store.workspace import Workspace

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

    The text of a post that shows a signal is kept, encrypted with a key of the day; of all other posts neither text
    nor author is. A row that cannot be used is counted and its file, line and reason kept; the run goes on. Reading
    the same file again changes nothing.

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
            known = taken(workspace, file)
            size = file.stat().st_size if file.is_file() else None
            with bar(f"Reading {shown(file)}", size) as progress:
                repeated += pipeline.read(
                    workspace,
                    source.read(file, mapping=mapping, rows=posts.batch_rows),
                    file=known.label,
                    form=source.name,
                    detector=found_with,
                    locator=found_where,
                    new_batch=batch_id,
                    clock=now,
                    progress=progress.to,
                    choice=choice_of(settings.vault, file, source.name),
                    known=known,
                )
        after = workspace.desk.totals()
        new = {name: value - facts_of(before)[name] for name, value in facts_of(after).items()}
        reasons = workspace.desk.reasons(after=mark)
    if json:
        answer({**new, "rows_known_already": repeated})
        return
    say(
        f"{new['posts_read']:,} posts read, {new['posts_skipped']:,} skipped (no text, or private), "
        f"{new['posts_rejected']:,} rejected, {repeated:,} rows known already."
    )
    tell_closed(closed)
    say(f"{new['posts_located']:,} posts name a place; {new['signals']:,} signals.")
    for reason, count in list(reasons.items())[:SHOWN_REASONS]:
        say(f"  rejected {count:,}: {reason}")
    say("Next: fanal update")


def taken(workspace: Workspace, file: Path) -> File:
    """Return a file under its label: its name, unless another file that was read has it."""
    key = workspace.keyring.of_workspace(make=not workspace.desk.begun())
    return workspace.files.take(shown(file), beginning(file), key=key)


def choice_of(vault: Vault, file: Path, form: str) -> Choice:
    """Return which texts of a file are kept; rejected rows only of forms in which a row is a line."""
    lines = Lines(file).of if vault.rejects and form in catalogue.LINE_FORMS else None
    return Choice(signals=vault.signals, sample=vault.sample, lines=lines)


def shown(file: Path) -> str:
    """Return a file's name as text; bytes of it that are not UTF-8 become U+FFFD, so that it can be kept and shown."""
    return os.fsencode(file.name).decode("utf-8", "replace")
