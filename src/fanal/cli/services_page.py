"""`fanal services page`: serve the help page out of the directory or a list, or write its plain files."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from fanal import directories, pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import note, say
from fanal.cli.duties import MAY
from fanal.cli.known_of_directory import KnownOfDirectory
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.cli.zone import zone_of
from fanal.help.confidential import cleared
from fanal.help.ground import Ground
from fanal.sources import service_list
from fanal.web.app import listen
from fanal.web.help.app import app
from fanal.web.help.copies import write
from fanal.web.help.known import Known
from fanal.web.help.listed import listed
from fanal.web.help.shown import Place
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
    zone: Annotated[
        str,
        typer.Option(help="Zone of opening hours that say none, such as Asia/Baghdad; default: the list's."),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Write a plain file for each place and language; no serving.")
    ] = None,
) -> None:
    """Serve the help page: no script needed, no cookie, no other host, and nothing kept of who asked for what.

    Matching finds entries past blocked ways and public hotspots; each is shown as long as somebody's verification of
    it counts. Starting it is a person's decision.

    Example: [cyan]fanal -w w services page[/cyan]

    Without a workspace: [cyan]fanal services page help.toml[/cyan]

    For memory sticks: [cyan]fanal -w w services page --out copies[/cyan]
    """
    site = _of_directory(context, zone) if file is None else _of_list(file, zone)
    site = replace(site, path=path, exit=way_out, language=language)
    if out is not None:
        say(f"{write(site, out, now()):,} files were written to {out}.")
        return
    application = app(site, now=now)
    note("Press Ctrl-C to end.")
    listen(application, what="The help page", host=host, port=port, asked_by="--port", path=path)


def _of_list(file: Path, zone: str) -> Site:
    """Return the page of a list, which has no blocks and no hotspots."""
    read = service_list.read(file)
    places = (Place(code=one.code, name=one.name, parent=one.parent, names=one.names) for one in read.places)
    known = Known(doors=directories.of_list(read))
    clock = zone_of(zone or read.zone) if zone or read.zone else None
    return Site(places=tuple(places), known=lambda _: known, zone=clock, emergency=read.emergency)


def _of_directory(context: typer.Context, zone: str) -> Site:
    """Return the page of the workspace's directory."""
    here = session(context)
    clock = zone_of(zone) if zone else None
    with here.open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["services page"])
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        ground = Ground(areas)
        places = listed(areas, [cleared(one, ground) for one in directories.records(workspace)])
    return Site(places=places, known=KnownOfDirectory(here, clock or UTC), zone=clock)
