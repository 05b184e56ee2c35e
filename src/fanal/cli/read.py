"""`fanal read`: read posts into the workspace; what shows no signal is forgotten after counting."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from fanal import pipeline
from fanal.cli.again import Again
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, bar, note, say
from fanal.cli.detector import detector
from fanal.cli.dice import batch_id
from fanal.cli.duties import MAY
from fanal.cli.fields import fields
from fanal.cli.harmless import harmless
from fanal.cli.locator import locator
from fanal.cli.person import acting
from fanal.cli.retention import tell_closed
from fanal.cli.session import session
from fanal.cli.status import facts_of
from fanal.cli.times import Dates, Timezone, named_zone, timed
from fanal.model.error import InputError
from fanal.replay import Replayed
from fanal.retention import close_weeks
from fanal.settings import Vault
from fanal.sources import catalogue
from fanal.sources.beginning import beginning
from fanal.sources.lines import Lines
from fanal.sources.mapping import FieldMapping
from fanal.sources.reason import Reason
from fanal.sources.zoneless import Zoneless
from fanal.store.choice import Choice
from fanal.store.files import File
from fanal.store.rejects import Which
from fanal.store.workspace import Workspace

SHOWN_REASONS = 5
EXIT_SOME_REFUSED = 1
"""As where the only file is refused."""

_WITHOUT_ZONE = Which(reason=Reason.TIME_WITHOUT_ZONE.value)
_MOST_FILES = 1_000_000


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
    timezone: Timezone = None,
    date_order: Dates = None,
    json: Json = False,
) -> None:
    """Read posts from files that were handed to you by someone entitled to them.

    The text of a post that shows a signal is kept, encrypted with a key of the day; of all other posts neither text
    nor author is. A row that cannot be used is counted and its file, line and reason kept; the run goes on. Reading
    the same file again changes nothing, and its times are read as they were; rows that were rejected for want of a
    zone are read once --timezone names one. Of several files one that is refused keeps no other from being read.

    Example: [cyan]fanal -w w read export/result.json --format telegram[/cyan]

    Example: [cyan]fanal -w w read _chat.txt --timezone Asia/Baghdad[/cyan]
    """
    zone = named_zone(timezone)
    chosen_form = catalogue.find(form) if form else None
    with session(context).open(writing=True) as (workspace, settings):
        person = acting(workspace, *MAY["read"])
        note("Taken as exports handed over by someone entitled to them.")
        posts = settings.posts
        found_with = detector(Path(chosen) if (chosen := settings.signals.classifier) else None)
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        closed = close_weeks(workspace, settings, areas=areas, who=person, now=now(), new_id=batch_id)
        found_where = locator(workspace, settings, areas)
        again = Again(workspace=workspace, settings=settings, detector=found_with, locator=found_where)
        waiting = (
            {one.file for one in workspace.rejects.groups(_WITHOUT_ZONE, most=_MOST_FILES)} if zone else ()
        )
        before = workspace.desk.totals()
        mark = workspace.desk.last_reject()
        repeated = 0
        mended: list[Replayed] = []
        lacking = Zoneless()
        refused = 0
        for file in files:
            try:
                source = chosen_form or catalogue.guess(file)
                known = taken(workspace, file)
                mapping = timed(fields(posts), known, timezone=zone, date_order=date_order)
                if known.label in waiting:
                    mended += _mended(again, file, known.label, source.name, mapping)
                size = file.stat().st_size if file.is_file() else None
                with bar(f"Reading {shown(file)}", size) as progress:
                    repeated += pipeline.read(
                        workspace,
                        lacking.counted(file, source.read(file, mapping=mapping, rows=posts.batch_rows)),
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
            except InputError as error:
                if len(files) == 1:
                    raise
                refused += 1  # the other files have nothing to do with it
                note(f"fanal: {error}")
        after = workspace.desk.totals()
        new = {name: value - facts_of(before)[name] for name, value in facts_of(after).items()}
        settled = sum(one.posts + one.skipped for one in mended)
        new["posts_rejected"] += settled  # they left the list
        repeated -= settled
        reasons = workspace.desk.reasons(after=mark)
    if json:
        if lacking.files:
            note(_to_type(lacking, session(context).folder, form))
        answer({**new, "rows_known_already": repeated})
        _end(refused)
        return
    say(
        f"{new['posts_read']:,} posts read, {new['posts_skipped']:,} skipped (no text, or private), "
        f"{new['posts_rejected']:,} rejected, {repeated:,} rows known already."
    )
    tell_closed(closed)
    say(f"{new['posts_located']:,} posts name a place; {new['signals']:,} signals.")
    if settled:
        say(f"{settled:,} of these rows had been rejected before, and left the list.")
    for reason, count in list(reasons.items())[:SHOWN_REASONS]:
        say(f"  rejected {count:,}: {reason}")
    if lacking.files:
        say(_to_type(lacking, session(context).folder, form))
    else:
        say("Next: fanal update")
    _end(refused)


def _end(refused: int) -> None:
    """End as a program wants it where files were refused; of each it was said why."""
    if refused:
        note(
            f"{refused:,} {'file was' if refused == 1 else 'files were'} refused, as said above; all others were read."
        )
        raise typer.Exit(EXIT_SOME_REFUSED)


def _to_type(lacking: Zoneless, folder: Path, form: str | None) -> str:
    """Return what there is to type where times have no zone, for a person in this workspace."""
    typed = ["fanal", "-w", str(folder), "read", *(harmless(str(file)) for file in lacking.files)]
    if form is not None:
        typed += ["--format", form]
    typed += ["--timezone", "Asia/Baghdad"]
    rows = sum(lacking.files.values())
    what = (
        f"{rows:,} {'row has a time' if rows == 1 else 'rows have times'} without a zone"
        if lacking.posts
        else "No post was read, since the times have no zone"
    )
    return f"{what}: name that of the place where they were written, such as {shlex.join(typed)}"


def _mended(again: Again, file: Path, label: str, form: str, mapping: FieldMapping) -> Sequence[Replayed]:
    """Read the rejected rows of a file again, now that a zone is named for its times."""
    rejects = again.workspace.rejects
    return [
        again.of_file(rejects.of_file(label, form, consent), file, mapping)
        for name, read_as, consent in rejects.files()
        if (name, read_as) == (label, form)
    ]


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
