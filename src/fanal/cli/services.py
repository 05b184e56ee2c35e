"""`fanal services`: the directory of services, and the help page."""

import typer

from fanal.cli.services_page import page

services = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help="Services: the help page.")
services.command("page")(page)


@services.callback()
def options() -> None:
    """Show services to those who need them."""
