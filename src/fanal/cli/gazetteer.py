"""`fanal gazetteer`: build the gazetteer of the world, and show what is in it."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from fanal.cli.boundaries import natural_earth
from fanal.cli.console import OUT, Json, answer, bar, note, say
from fanal.cli.locator import FILE_NAME
from fanal.cli.session import session
from fanal.model.error import InputError
from fanal.places import build as building
from fanal.places.entry import Kind, Relation
from fanal.places.file import Gazetteer, open_gazetteer
from fanal.places.own import Unused
from fanal.settings import Settings

gazetteer = typer.Typer(
    name="gazetteer",
    no_args_is_help=True,
    help="Build the gazetteer of the world, and show what is in it.",
)

SHOWN = 20
"""Rows that are not used, and files, that are named one by one."""


@gazetteer.command()
def build(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(help="File to write. Default: in the cache of the workspace.")
    ] = None,
    add: Annotated[
        list[Path] | None,
        typer.Option(help="CSV or GeoJSON of your own places. May be repeated."),
    ] = None,
    villages: Annotated[
        Path | None, typer.Option(help="DTM's list of the places of Iraq (place_id, name_en, name_ar, ...).")
    ] = None,
    boundaries: Annotated[
        Path | None,
        typer.Option("--natural-earth", help="Natural Earth's first-level areas, gzipped GeoJSON."),
    ] = None,
    json: Json = False,
) -> None:
    """Build the gazetteer from what is installed and from your own files. Takes half a minute.

    Own places: a CSV file with the columns name, lat, lon and, if you like, kind, population, country, region, aliases
    (a|b) and id, or a GeoJSON file of points. A row without a name, at 0, 0, out of range or with latitude and
    longitude swapped is named with its line and not used.

    Examples:
    [cyan]fanal -w w gazetteer build --add villages.csv[/cyan]

    [cyan]fanal gazetteer build --out world.arrow --natural-earth admin1_priority_countries.geojson.gz[/cyan]
    """
    if out is None:
        with session(context).open(writing=False) as (workspace, chosen):
            out, named = workspace.cache / FILE_NAME, chosen.places.boundaries
    else:
        named = Settings().places.boundaries
    unused: list[Unused] = []
    steps = list(building.STEPS)
    with bar("Gazetteer", len(steps)) as progress:
        made = building.build(
            boundaries=boundaries or natural_earth(named),
            places=villages,
            own=add or (),
            told=lambda step: progress.to(steps.index(step)),
            unused=unused.append,
        )
    try:
        made.save(out)
    except OSError as error:
        raise InputError(
            f"{out} cannot be written: {error.strerror}.", hint="Choose another place with --out."
        ) from error
    for row in unused[:SHOWN]:
        note(str(row))
    if len(unused) > SHOWN:
        note(f"... and {len(unused) - SHOWN:,} more rows that are not used.")
    found = _facts(made, out)
    why = Counter(row.why for row in unused)
    if not json:
        say(f"{out}: {len(made):,} places under {found['names']:,} names, {found['bytes'] / 1e6:.0f} MB.")
        if unused:
            told = ", ".join(f"{reason}: {count:,}" for reason, count in why.most_common())
            say(f"{len(unused):,} rows of your own files are not used ({told}).")
    answer({**found, "unused": len(unused), "unused_why": dict(why)})


@gazetteer.command()
def show(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="The file. Default: that in the cache of the workspace.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the sources and licences of a gazetteer, what is in it, and whether the file is whole.

    Example: [cyan]fanal -w w gazetteer show[/cyan]
    """
    if file is None:
        with session(context).open(writing=False) as (workspace, _):
            file = workspace.cache / FILE_NAME
    found = open_gazetteer(file)
    if not found.verify():
        raise InputError(
            f"The gazetteer {file} is damaged.", hint="Make it anew with `fanal gazetteer build`."
        )
    facts = _facts(found, file)
    if not json:
        sources = Table("source", "version", "licence", "places", "", box=None)
        for source in facts["sources"]:
            shipped = "" if source["shipped"] else "compiled here"
            sources.add_row(
                source["name"], source["version"], source["licence"], f"{source['places']:,}", shipped
            )
        OUT.print(sources)
        for head in ("kinds", "relations"):
            counts = Table(head, "", box=None)
            for name, count in facts[head].items():
                counts.add_row(name, f"{count:,}")
            OUT.print(counts)
        say(f"{facts['places']:,} places, {facts['names']:,} names, {facts['bytes'] / 1e6:.0f} MB, whole.")
    answer(facts)


def _facts(found: Gazetteer, file: Path) -> dict[str, Any]:
    """Return what is in a gazetteer."""
    of = np.bincount(found.source, minlength=len(found.sources))
    return {
        "file": str(file),
        "bytes": file.stat().st_size,
        "inputs": found.inputs,
        "places": len(found),
        "names": len(found.phrases),
        "kinds": {kind.name.lower(): int((found.kind == kind).sum()) for kind in Kind},
        "relations": {one.name.lower(): int((found.relation == one).sum()) for one in Relation},
        "sources": [
            {
                "name": source.name,
                "version": source.version,
                "licence": source.licence,
                "shipped": source.shipped,
                "places": int(count),
            }
            for source, count in zip(found.sources, of, strict=True)
        ],
    }
