"""`fanal services page`: serve the help page out of a list of services, or write its plain files."""

from pathlib import Path
from typing import Annotated

import typer

from fanal.cli.clock import now
from fanal.cli.console import note, say
from fanal.sources import service_list
from fanal.web.help.app import app
from fanal.web.help.copies import write
from fanal.web.help.found import finder
from fanal.web.help.shown import Place
from fanal.web.help.site import Site
from fanal.web.listening import listen

PORT = 8452  # beside the page of `fanal serve`


def page(
    file: Annotated[Path, typer.Argument(help="List of services and places in TOML.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port, 0 to 65535; 0: any free one.", min=0, max=65535)] = PORT,
    path: Annotated[
        str, typer.Option(help="Where it answers; a neutral word leaves a neutral trace.")
    ] = "/help",
    exit: Annotated[  # noqa: A002 - the option's own name
        str,
        typer.Option(help="Where the exit leads: an https address; default: a plain calendar of its own."),
    ] = "/",
    language: Annotated[
        str, typer.Option(help="Language where the browser names none of the page's.")
    ] = "en",
    out: Annotated[
        Path | None, typer.Option(help="Write a plain file for each place and language; no serving.")
    ] = None,
) -> None:
    """Serve the help page: no script needed, no cookie, no other host, and nothing kept of who asked for what.

    An entry is shown as long as its check counts. The list is read once, at the start.

    Example: [cyan]fanal services page help.toml[/cyan]

    For memory sticks: [cyan]fanal services page help.toml --out copies[/cyan]
    """
    listed = service_list.read(file)
    places = tuple(
        Place(code=one.code, name=one.name, parent=one.parent, names=one.names) for one in listed.places
    )
    site = Site(
        path=path,
        exit=exit,
        language=language,
        places=places,
        find=finder(listed.services, places),
        emergency=listed.emergency,
    )
    if out is not None:
        say(f"{write(site, out, now().date()):,} files were written to {out}.")
        return
    application = app(site, today=lambda: now().date())
    note("Press Ctrl-C to end.")
    listen(application, host=host, port=port, path=path)
