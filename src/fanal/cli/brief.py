"""`fanal brief`: write what changed in a week, where, how sure and what nobody knows, on one page."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from fanal import access, pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.dice import generator
from fanal.cli.kept import keep
from fanal.cli.leaving import To, letting_out, note_written
from fanal.cli.session import session
from fanal.cli.tongue import Tongue
from fanal.model.circle import Circle
from fanal.web.brief import compose
from fanal.web.brief_pdf import to_pdf
from fanal.web.brief_rendered import render


def brief(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="HTML file to write; an older one is replaced.")],
    pdf: Annotated[Path | None, typer.Option(help="PDF file to write too (needs the extra `pdf`).")] = None,
    circle: Annotated[Circle, typer.Option(help="Who it is for.")] = Circle.PUBLIC,
    to: To = "",
    language: Annotated[Tongue, typer.Option(help="Language.")] = Tongue.EN,
    week: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Any day of the week. Default: the last that is told of."),
    ] = None,
    json: Json = False,
) -> None:
    """Write the weekly brief on one page: from Releases alone, those that the gate lets out to a circle now.

    Example: [cyan]fanal -w w brief --out brief.html --pdf brief.pdf --language ar[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        today = now()
        person, recipient = letting_out(workspace, settings, "brief", circle, to)
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        held = access.narrowing(workspace, settings, areas=areas, now=today, dice=generator)
        made = compose(
            access.readable(workspace, circle, today, narrowing=held),
            circle=circle,
            week=None if week is None else week.date(),
            made_at=today,
            alert_weeks=settings.risk.alert_recurrence_weeks,
            require=access.requirement(workspace, circle, today, narrowing=held),
        )
        note_written(workspace, person, made.releases, by="brief", to=recipient, at=today)
    write = partial(render, made, areas=areas, code=language.value)
    files = {out: write().encode()}
    if pdf is not None:
        files[pdf] = to_pdf(lambda scale: write(scale=scale))
    for path, content in files.items():
        keep(path, content)
    if json:
        answer(
            {
                "week": made.week,
                "circle": circle.value,
                "language": language.value,
                "hotspots": None if made.hotspots is None else len(made.hotspots),
                "releases": len(made.releases),
                "files": list(files),
            }
        )
        return
    say(f"Wrote the brief of the week of {made.week} to {' and '.join(map(str, files))}.")
