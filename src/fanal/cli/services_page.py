"""`fanal services page`: serve the help page out of the directory or a list, or write its plain files."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from fanal import directories, pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import note, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.help.confidential import cleared
from fanal.help.ground import Ground
from fanal.model.service import Need, Service
from fanal.sources import service_list
from fanal.web.app import listen
from fanal.web.help.app import app
from fanal.web.help.copies import write
from fanal.web.help.found import finder
from fanal.web.help.listed import listed
from fanal.web.help.shown import Find, Place, Shown
from fanal.web.help.site import Site

PORT = 8453  # beside the page of `fanal serve` and the API of `fanal services serve`

Exit = Annotated[
    str,
    typer.Option(
        "--exit", help="Where the exit leads: an https address; default: a plain calendar of its own."
    ),
]


def page(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="A list in TOML; default: the workspace's directory.", metavar="[LIST]"),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port, 0 to 65535; 0: any free one.", min=0, max=65535)] = PORT,
    path: Annotated[
        str, typer.Option(help="Where it answers; a neutral word leaves a neutral trace.")
    ] = "/help",
    way_out: Exit = "/",
    language: Annotated[
        str, typer.Option(help="Language where the browser names none of the page's.")
    ] = "en",
    out: Annotated[
        Path | None, typer.Option(help="Write a plain file for each place and language; no serving.")
    ] = None,
) -> None:
    """Serve the help page: no script needed, no cookie, no other host, and nothing kept of who asked for what.

    An entry is shown as long as somebody's verification of it counts. Starting it is a person's decision.

    Example: [cyan]fanal -w w services page[/cyan]

    Without a workspace: [cyan]fanal services page help.toml[/cyan]

    For memory sticks: [cyan]fanal -w w services page --out copies[/cyan]
    """
    places, find, emergency = _of_directory(context) if file is None else _of_list(file)
    site = Site(path=path, exit=way_out, language=language, places=places, find=find, emergency=emergency)
    if out is not None:
        say(f"{write(site, out, now().date()):,} files were written to {out}.")
        return
    application = app(site, today=lambda: now().date())
    note("Press Ctrl-C to end.")
    listen(application, what="The help page", host=host, port=port, asked_by="--port", path=path)


def _of_list(file: Path) -> tuple[tuple[Place, ...], Find, tuple[Service, ...]]:
    """Return places, what finds entries and whom to call at once, out of a list."""
    read = service_list.read(file)
    places = tuple(
        Place(code=one.code, name=one.name, parent=one.parent, names=one.names) for one in read.places
    )
    return places, finder(read.services, places), read.emergency


def _of_directory(context: typer.Context) -> tuple[tuple[Place, ...], Find, tuple[Service, ...]]:
    """Return the same out of the workspace's directory, which is read again each day."""
    here = session(context)
    today = now().date()
    with here.open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["services page"])
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        ground = Ground(areas)
        services = _cleared(directories.records(workspace), ground)
        places = listed(areas, services)
    known: list[tuple[date, Find]] = [(today, finder(services, places))]

    def find(*, need: Need | None, area: str | None, language: str | None, today: date) -> Sequence[Shown]:
        if known[0][0] != today:
            with here.open(writing=False) as (one, _):
                known[:] = [(today, finder(_cleared(directories.records(one), ground), places))]
        return known[0][1](need=need, area=area, language=language, today=today)

    return places, find, ()


def _cleared(services: Iterable[Service], ground: Ground) -> list[Service]:
    """Return services as they may be found: of a confidential one the region alone, else a search would place it."""
    return [cleared(one, ground) for one in services]
