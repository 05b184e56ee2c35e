"""`fanal erase`: remove what an author, a post or a past left here, and write a receipt of it."""

import json as json_text
import os
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from fanal import pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, bar, note, say
from fanal.cli.dice import batch_id, generator
from fanal.cli.duties import MAY
from fanal.cli.fields import fields
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.cli.times import Dates, Timezone, named_zone, timed
from fanal.erasure import Receipt, Request, posts_in
from fanal.erasure import erase as erase_now
from fanal.model.error import UserError
from fanal.model.week import week_of
from fanal.settings import Settings
from fanal.sources import catalogue
from fanal.sources.beginning import beginning
from fanal.sources.date_order import DateOrder
from fanal.store.erasures import Asked
from fanal.store.workspace import Workspace

RECEIPTS = "receipts"
"""The folder of the workspace in which receipts are written."""


def erase(
    context: typer.Context,
    author: Annotated[
        str | None,
        typer.Option(help="The author as the stream names them; - reads the name from standard input."),
    ] = None,
    post: Annotated[
        str | None, typer.Option(help="The post's id in its stream; - reads it from standard input.")
    ] = None,
    before: Annotated[
        str | None, typer.Option(help="A Monday: all of the weeks before it.", metavar="YYYY-MM-DD")
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option("--in", help="An export that holds the posts, under the name it was read by."),
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="Format of the export. Default: told by the file.")
    ] = None,
    timezone: Timezone = None,
    date_order: Dates = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Remove what an author, a post or a past left in this workspace. For an administrator; there is no way back.

    A name on the command line may stand in the shell's history and in the list of processes: `--author -`
    keeps it out of both.

    Example: [cyan]fanal -w w erase --author - --in export/result.json[/cyan]

    Example: [cyan]fanal -w w erase --before 2025-01-06 --yes[/cyan]
    """
    request = _request(author, post, before, form)
    zone = named_zone(timezone)
    if files and request.asked is Asked.BEFORE:
        raise UserError("--before needs no export.", hint="Leave --in away.")
    with session(context).open(writing=True) as (workspace, settings):
        who = acting(workspace, *MAY["erase"])
        if not yes:
            _ask(request)
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        posts = (
            _named(workspace, settings, files, request, zone=zone, date_order=date_order) if files else None
        )
        with bar("Erasing", None):
            receipt = erase_now(
                workspace,
                settings,
                request,
                posts=posts,
                areas=areas,
                who=who,
                clock=now,
                new_id=batch_id,
                dice=generator,
            )
        path = _written(workspace.folder / RECEIPTS, receipt)
    if json:
        answer({**receipt.facts(), "receipt": str(path)})
        return
    say(receipt.told())
    say(f"The receipt is {path} and, for programs, {path.with_suffix('.json').name} beside it.")


def _request(author: str | None, post: str | None, before: str | None, form: str | None) -> Request:
    """Return what is asked, from the one option that says it."""
    given = {Asked.AUTHOR: author, Asked.POST: post, Asked.BEFORE: before}
    named = [(asked, name) for asked, name in given.items() if name is not None]
    if len(named) != 1:
        raise UserError("Say what to erase.", hint="Give one of --author, --post and --before.")
    asked, name = named[0]
    if name == "-" and asked is not Asked.BEFORE:
        name = sys.stdin.readline().rstrip("\n")
    if not name:
        raise UserError(f"The {asked.value} has no name.", hint="Give it as the stream writes it.")
    if asked is Asked.BEFORE:
        name = str(_monday(name))
    return Request(asked=asked, name=name, form=form)


def _monday(text: str) -> date:
    """Return a Monday that was given; rows know their ISO week and no day."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{text!r} is no date.", hint="Write it as 2025-01-06.") from error
    if day.weekday():
        monday = week_of(day)
        raise UserError(
            f"{day} is no Monday, and a row knows its ISO week alone.",
            hint=f"Give {monday} to keep that week, or {monday + timedelta(weeks=1)} to erase it too.",
        )
    if day > now().date():
        raise UserError(f"{day} is still to come.", hint="Give the Monday of this week, or an earlier one.")
    return day


def _ask(request: Request) -> None:
    """Ask for a yes; anything else ends the command."""
    what = f"all weeks before {request.name}" if request.asked is Asked.BEFORE else f"one {request.asked}"
    note(f"This erases {what} from this workspace. There is no way back. Write yes to go on:")
    if sys.stdin.readline().strip() != "yes":
        raise UserError("Nothing was erased.", hint="Write yes, or give --yes.")


def _named(
    workspace: Workspace,
    settings: Settings,
    files: Sequence[Path],
    request: Request,
    *,
    zone: str | None,
    date_order: DateOrder | None,
) -> NDArray[np.uint64]:
    """Return the hashes of the posts in exports that the request is about, with their times as they were read."""
    found = [np.zeros(0, np.uint64)]
    for file in files:
        source = catalogue.find(request.form) if request.form else catalogue.guess(file)
        name = os.fsencode(file.name).decode("utf-8", "replace")
        key = workspace.keyring.of_workspace()
        known = workspace.files.take(name, beginning(file), key=key)
        mapping = timed(fields(settings.posts), known, timezone=zone, date_order=date_order)
        readings = source.read(file, mapping=mapping, rows=settings.posts.batch_rows)
        with bar(f"Looking into {name}", None):
            found.append(posts_in(workspace, readings, request, file=name, form=source.name))
    return np.unique(np.concatenate(found))


def _written(folder: Path, receipt: Receipt) -> Path:
    """Write a receipt as text and as JSON, for the owner alone; returns the path of the text."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"erasure-{receipt.erasure}.txt"
    for name, text in (
        (path, receipt.told()),
        (path.with_suffix(".json"), json_text.dumps(receipt.facts(), indent=2) + "\n"),
    ):
        name.touch(mode=0o600)
        name.write_text(text, encoding="utf-8")
    return path
