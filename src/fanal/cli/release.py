"""`fanal release`: write the Releases of a circle to a folder, after a person's decision."""

from pathlib import Path
from typing import Annotated

import typer

from fanal import access, pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.dice import generator
from fanal.cli.leaving import To, letting_out, note_written
from fanal.cli.session import session
from fanal.model.circle import Circle
from fanal.outbox import open_data


def release(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder to write; it must be new, empty, or an older release.")],
    circle: Annotated[Circle, typer.Option(help="Who it is for.")] = Circle.PUBLIC,
    to: To = "",
    json: Json = False,
) -> None:
    """Write what may leave: CSV with HXL hashtags, GeoJSON, Parquet, and where each number comes from.

    Giving this command is the decision that these numbers may leave, and is kept in the audit log; nothing is sent.

    Example: [cyan]fanal -w w release --out open-data[/cyan]

    For a partner: [cyan]fanal -w w release --out for-them --circle partners --to "A partner"[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        today = now()
        person, recipient = letting_out(workspace, settings, "release", circle, to)
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        held = access.narrowing(workspace, settings, areas=areas, now=today, dice=generator)
        releases = access.readable(workspace, circle, today, narrowing=held)
        note_written(workspace, person, releases, by="release", to=recipient, at=today)
        files = open_data.write(
            releases,
            out,
            areas=areas,
            require=access.requirement(workspace, circle, today, narrowing=held),
        )
    if json:
        answer(
            {
                "releases": len(releases),
                "files": [file.name for file in files],
                "circle": circle.value,
                "to": recipient,
            }
        )
        return
    say(f"Wrote {len(files)} files to {out}.")
