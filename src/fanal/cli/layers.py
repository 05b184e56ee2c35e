"""`fanal layers`: add and list the geodata of a country, and write hexagons where there are no boundaries."""

import hashlib
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import shapely
import typer

from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.layer_fetch import fetch
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.geo import hexagons
from fanal.model.error import UserError
from fanal.model.layer import LayerKind, LayerVersion
from fanal.sources import catalogue

layers = typer.Typer(
    name="layers", no_args_is_help=True, help="Add and list geodata: areas, events, displacement, ..."
)

SHOWN = 10


@layers.command()
def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage or CSV.")],
    kind: Annotated[LayerKind, typer.Option(help="What the file counts or draws.")],
    name: Annotated[str, typer.Option(help="Name of the layer. Default: its kind.")] = "",
    source: Annotated[str, typer.Option(help="Who published it, and as what.")] = "not stated",
    licence: Annotated[str, typer.Option(help="Its licence or terms.")] = "not stated",
    public: Annotated[
        bool,
        typer.Option("--public", help="Its owner has published it at this level; only then it may leave."),
    ] = False,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="Column of the file: date=DATUM. May be repeated.")
    ] = None,
    json: Json = False,
) -> None:
    """Add a layer, and say what of it matched the areas and what did not.

    Add the areas first. Examples:

    [cyan]fanal -w w layers add districts.geojson --kind areas --public[/cyan]

    [cyan]fanal -w w layers add ged.csv --kind events --source "UCDP GED" --licence "CC BY 4.0" --public[/cyan]
    """
    chosen = dict(_pair(text) for text in mapping or [])
    called = name or kind.value
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", called):
        raise UserError(f"{called!r} cannot name a layer.", hint="Use letters, digits, - and _.")
    with session(context).open(writing=True) as (workspace, _):
        acting(workspace, *MAY["layers add"])
        areas = workspace.layers.all(LayerKind.AREAS)
        layer, report = catalogue.layer_source(kind).read(
            file,
            areas=areas[0].table if areas else None,
            mapping=chosen,
            name=called,
            source=source,
            licence=licence,
            public=public,
        )
        workspace.layers.add(layer, known_at=now(), sha256=_digest(file))
    if json:
        answer(
            {
                "layer": called,
                "rows": report.rows,
                "matched": report.matched,
                "unmatched": dict(report.unmatched),
                "rejected": len(report.rejected),
                "kept": len(report.kept),
                "remarks": dict(report.remarks),
            }
        )
        return
    say(f"{called}: {report.rows:,} rows, {report.matched:,} matched, {len(report.rejected):,} rejected.")
    for written, rows in report.unmatched[:SHOWN]:
        say(f"  no area for {written!r}: {rows:,} rows")
    for line, reason in report.rejected[:SHOWN]:
        say(f"  line {line}: {reason}")
    for line, what in report.kept[:SHOWN]:
        say(f"  line {line}: {what}")
    for what, rows in report.remarks:
        say(f"  {rows:,} rows: {what}")


@layers.command("hexagons")
def write_hexagons(
    out: Annotated[Path, typer.Argument(help="GeoJSON file to write.")],
    box: Annotated[str, typer.Option(help="West,south,east,north in degrees, with commas and no blanks.")],
    resolution: Annotated[
        int, typer.Option(min=0, max=hexagons.FINEST, help="Of H3; 4: 1,770 km2 a cell, 5: 253 km2.")
    ] = hexagons.RESOLUTION,
) -> None:
    """Write H3 cells as boundaries, for where no boundaries exist.

    Example: [cyan]fanal layers hexagons cells.geojson --box 38.7,29.0,48.6,37.4[/cyan]

    Then: [cyan]fanal -w w layers add cells.geojson --kind areas --licence CC0[/cyan]
    """
    try:
        west, south, east, north = map(float, box.split(","))
        cells = hexagons.areas(hexagons.covering(west, south, east, north, resolution))
    except ValueError as error:
        raise UserError(
            f"--box {box} is no box of west, south, east and north in degrees.",
            hint="Such as --box 38.7,29.0,48.6,37.4; west below east, south below north.",
        ) from error
    features = [
        {
            "type": "Feature",
            "properties": {"name": cell["name"], "pcode": cell["area"], "shapeType": f"ADM{cell['level']}"},
            "geometry": shapely.geometry.mapping(shapely.from_wkb(cell["geometry"])),
        }
        for cell in cells.to_pylist()
    ]
    out.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))
    say(f"{out}: {len(features):,} cells of resolution {resolution}.")
    say(f"Next: fanal -w WORKSPACE layers add {out} --kind areas --licence CC0")


layers.command()(fetch)


@layers.command("list")
def list_all(
    context: typer.Context,
    versions: Annotated[
        bool, typer.Option("--versions", help="Every version, with the day on which it became known.")
    ] = False,
    json: Json = False,
) -> None:
    """List the layers with their rows.

    Example: [cyan]fanal -w w layers list --versions[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        acting(workspace, *MAY["layers list"])
        found = workspace.layers.listed()
        every = workspace.layers.every_version()
        looks = workspace.layer_looks.all()
    if versions:
        _say_versions(every, json=json)
        return
    if json:
        answer({"layers": [{"name": name, "kind": kind, "rows": rows} for name, kind, rows in found]})
        return
    for name, kind, rows in found:
        say(f"{name} ({kind}): {rows:,} rows")
        if (seen := looks.get(name)) is not None:
            wrong = f": {seen.failed}" if seen.failed else ""
            say(f"  fetched from {seen.address}, last looked at {seen.looked_at:%Y-%m-%d %H:%M} UTC{wrong}")
    if not found:
        say("No layers yet. Next: fanal layers add FILE --kind areas")


def _say_versions(every: list[LayerVersion], *, json: bool) -> None:
    """Tell every version of every layer."""
    if json:
        answer({"versions": [{**asdict(one), "kind": one.kind.value} for one in every]})
        return
    for one in every:
        since = f"known since {one.known_at:%Y-%m-%d %H:%M} UTC" if one.known_at else "known always"
        say(
            f"{one.name} {one.version} ({one.kind.value}): {one.rows:,} rows, {since}. {one.source}. {one.licence}"
        )
        origin = [one.address, one.published and f"changed {one.published}", one.sha256]
        if any(origin):
            say(f"  {', '.join(part for part in origin if part)}")


def _digest(file: Path) -> str:
    """Return the SHA-256 of a file that was read, with its scheme."""
    with file.open("rb") as data:
        return f"sha256:{hashlib.file_digest(data, 'sha256').hexdigest()}"


def _pair(text: str) -> tuple[str, str]:
    """Return the two halves of `ours=theirs`."""
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and theirs):
        raise UserError(f"--map {text} is not of the form OURS=THEIRS.", hint="Such as --map date=DATUM.")
    return ours, theirs
