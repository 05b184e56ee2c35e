"""`fanal locate`: show the places that a text names, what each may stand for, and how sure that is. Nothing is kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer
from rich.table import Table
from rich.text import Text

from fanal import pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.console import OUT, Json, answer, say
from fanal.cli.locator import gazetteer_of, shared
from fanal.cli.place_reader import File
from fanal.cli.post import Post, text_of
from fanal.cli.session import session
from fanal.facts import iraq
from fanal.places.entry import Kind
from fanal.places.file import Gazetteer, open_gazetteer
from fanal.places.found import Found, PlaceType
from fanal.places.locate import Locator, areas_named, make_locator
from fanal.settings_file import FILE_NAME as SETTINGS

SHOWN = 5
"""Places of one name that are shown."""


def locate(
    context: typer.Context,
    post: Post,
    gazetteer: File = None,
    home: Annotated[
        list[str] | None,
        typer.Option(help="Country that the stream is about (ISO 3166-1 alpha-2). May be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Show which places a text names, what else each name could mean, and with what probability.

    Below stand the areas that it would be counted in: those of the workspace, with its gazetteer and its home, where
    you name one with -w or stand in one; else the districts of Iraq. Nothing is kept. Give - and type the text, so that
    it does not stay in the history of the shell.

    Examples:
    [cyan]fanal locate "They took the road from Shingal to Duhok" --home IQ[/cyan]

    [cyan]fanal -w w locate "They took the road from Shingal to Duhok"[/cyan]
    """
    text = text_of(post)
    known, locator = _with_workspace(context, gazetteer, home) or _without(gazetteer, home)
    world = locator.reader.gazetteer
    found = locator.reader.read(pa.array([text], pa.large_string()), [None])
    told = [_mention(at, text, found, world) for at in range(len(found))]
    areas = _areas(found, locator, known)
    if json:
        answer({"mentions": told, "areas": areas})
        return
    _show(text.rstrip("\n"), found, told, areas)


NOWHERE = ("",)
"""No home: the areas of Iraq alone do not make a text one of Iraq."""


def _without(gazetteer: Path | None, home: Sequence[str] | None) -> tuple[pa.Table, Locator]:
    """Return the districts of Iraq and their locator."""
    world = shared() if gazetteer is None else open_gazetteer(gazetteer)
    districts = iraq.areas()
    return districts, make_locator(world, districts, home=tuple(home or ()) or NOWHERE)


def _with_workspace(
    context: typer.Context, gazetteer: Path | None, home: Sequence[str] | None
) -> tuple[pa.Table, Locator] | None:
    """Return the areas of the workspace and their locator, as `fanal read` makes it; None: there is no workspace.

    A folder that was named and is none is the user's mistake; one that was not named is just a folder.
    """
    chosen = session(context)
    source = None if context.parent is None else context.parent.get_parameter_source("workspace")
    named = source is not None and source.name in _NAMED
    if not named and not (chosen.folder / SETTINGS).is_file():
        return None
    with chosen.open(writing=False) as (workspace, settings):
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        world = gazetteer_of(workspace, settings) if gazetteer is None else open_gazetteer(gazetteer)
        return areas, make_locator(world, areas, home=tuple(home or ()) or settings.places.home)


_NAMED = ("COMMANDLINE", "ENVIRONMENT")
"""Where the workspace comes from when somebody named it (click's ParameterSource)."""


def _mention(at: int, text: str, found: Found, world: Gazetteer) -> dict[str, Any]:
    """Return one mention with its likeliest places."""
    begin, end = int(found.offsets[at]), int(found.offsets[at + 1])
    return {
        "start": int(found.start[at]),
        "end": int(found.end[at]),
        "name": text[found.start[at] : found.end[at]],
        "type": PlaceType(found.type[at]).name.lower(),
        "presence": round(float(found.presence[at]), 3),
        "places": [
            _place(int(entry), float(share), world)
            for entry, share in zip(
                found.entry[begin : min(end, begin + SHOWN)],
                found.probability[begin : min(end, begin + SHOWN)],
                strict=True,
            )
        ],
        "more": max(0, end - begin - SHOWN),
    }


def _place(entry: int, share: float, world: Gazetteer) -> dict[str, Any]:
    """Return one place: what it is, where, and how likely it is meant. A country or district, no coordinate."""
    holders, above = [], int(world.holder[entry])
    while above >= 0:
        if world.kind[above] != Kind.CONTINENT:
            holders.append(world.names[above].as_py())
        above = int(world.holder[above])
    return {
        "place": world.identifiers[entry].as_py(),
        "name": world.names[entry].as_py(),
        "kind": Kind(world.kind[entry]).name.lower(),
        "in": ", ".join(holders),
        "probability": round(share, 3),
    }


def _areas(found: Found, locator: Locator, known: pa.Table) -> list[dict[str, Any]]:
    """Return the areas that the text is about, likeliest first.

    Args:
        found: what was read.
        locator: of the areas.
        known: AREA_SCHEMA, for their names.
    """
    _, area, probability = areas_named(found, locator.ground)
    names = dict(zip(*(known[column].to_pylist() for column in ("area", "name")), strict=True))
    codes = [locator.ground.codes[int(row)].as_py() for row in area]
    rows = sorted(zip(codes, probability.tolist(), strict=True), key=lambda row: (-row[1], row[0]))
    return [{"area": code, "name": names[code], "probability": round(share, 3)} for code, share in rows]


def _show(text: str, found: Found, told: list[dict[str, Any]], areas: list[dict[str, Any]]) -> None:
    """Print the text with its places marked, a table of what each may be, and the areas."""
    marked = Text(text)
    for start, end in zip(found.start.tolist(), found.end.tolist(), strict=True):
        marked.stylize("bold cyan", start, end)
    OUT.print(marked, soft_wrap=True)
    if not told:
        say("This text names no place that is known. That does not mean that it is about none.")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("name", "is a place", "means", "kind", "in", "probability"):
        table.add_column(column, justify="right" if column in ("is a place", "probability") else "left")
    for one in told:
        named, sure = one["name"], f"{one['presence']:.2f}"
        for place in one["places"] or [
            {"name": "nothing known", "kind": one["type"], "in": "", "probability": None}
        ]:
            share = "" if place["probability"] is None else f"{place['probability']:.2f}"
            table.add_row(Text(named), sure, Text(place["name"]), place["kind"], Text(place["in"]), share)
            named = sure = ""
        if one["more"]:
            table.add_row("", "", f"and {one['more']} more", "", "", "")
    OUT.print(table)
    for area in areas:
        say(f"{area['area']} {area['name']}: {area['probability']:.2f}")
