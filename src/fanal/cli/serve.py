"""`fanal serve`: serve the page of what may be public, on this machine."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from fanal import access, pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import note
from fanal.cli.dice import generator
from fanal.cli.leaving import letting_out, note_written
from fanal.cli.session import session
from fanal.model.circle import Circle
from fanal.model.error import WorkspaceError
from fanal.web import app, bundle
from fanal.web.page import compose


def serve(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Write the page to this folder and do not serve.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; default: the setting page.port.")] = None,
) -> None:
    """Serve the page: Releases of the public circle, in English, French and Arabic.

    Starting it is a person's decision; who reads the page then needs no token and leaves no trace.

    Example: [cyan]fanal -w w serve[/cyan]
    """
    with tempfile.TemporaryDirectory(prefix="fanal-page-") as scratch:
        folder = out or Path(scratch) / "page"
        with session(context).open(writing=False) as (workspace, settings):
            today = now()
            person, recipient = letting_out(workspace, settings, "serve", Circle.PUBLIC, "")
            areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
            held = access.narrowing(workspace, settings, areas=areas, now=today, dice=generator)
            releases = access.readable(workspace, Circle.PUBLIC, today, narrowing=held)
            if not releases:
                raise WorkspaceError(
                    "There is nothing to show: no Release may be public yet.",
                    hint="Run `fanal update` first.",
                )
            page = compose(
                releases,
                areas=areas,
                title=settings.page.title,
                lead=None,
                made_at=today,
                require=access.requirement(workspace, Circle.PUBLIC, today, narrowing=held),
            )
            note_written(workspace, person, releases, by="serve", to=recipient, at=today)
            bundle.write(page, folder)
        if out is None:
            show(folder, settings.page.host, settings.page.port if port is None else port)


def show(folder: Path, host: str, port: int) -> None:
    """Serve a page's folder until Ctrl-C."""
    note("Press Ctrl-C to end.")
    app.serve(folder, host=host, port=port)
