"""Verbs: what `fanal` can be told to do, each loaded when it is called."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

VERBS = (
    "demo",
    "init",
    "layers",
    "gazetteer",
    "read",
    "follow",
    "update",
    "status",
    "rejects",
    "retention",
    "erase",
    "compact",
    "index",
    "inside",
    "release",
    "ledger",
    "serve",
    "services",
    "pleas",
    "text",
    "keys",
    "alerts",
    "brief",
    "people",
    "audit",
    "incident",
    "records",
    "sensitive",
    "simulate",
    "explain",
    "locate",
    "bench",
    "evaluate",
    "train",
)
"""In the order that the help shows. Each is the function, or the group of functions, of its name in the file of its
name."""


class Verbs(TyperGroup):
    """Load the file of a verb when it is called: together they take seconds to load, and most need little of it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": dict.fromkeys(VERBS)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a verb as Typer's command; None: there is no such verb."""
        _ = ctx
        return load(cmd_name) if cmd_name in VERBS else None


def load(verb: str) -> Any:
    """Return one of VERBS as Typer's command.

    >>> load("explain").name, sorted(load("evaluate").commands)[0]
    ('explain', 'language')
    """
    found = getattr(import_module(f"fanal.cli.{verb}"), verb)
    if isinstance(found, typer.Typer):
        return typer.main.get_group(found)
    alone = typer.Typer(add_completion=False, rich_markup_mode="rich")
    alone.command(verb)(found)
    return typer.main.get_command(alone)
