"""`fanal update`: from signals and layers to counts, hotspots, index and Releases."""

import typer

from fanal import pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, bar, say
from fanal.cli.dice import generator
from fanal.cli.session import session
from fanal.model.circle import Circle
from fanal.model.release import ReleaseKind


def update(context: typer.Context, json: Json = False) -> None:
    """Count, scan, weigh, and make the Releases that the gate lets out.

    A week whose privacy budget is spent keeps the Release that it has; nothing leaves this machine.

    Example: [cyan]fanal -w w update[/cyan]
    """
    with session(context).open(writing=True) as (workspace, settings):
        today = now()
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        with bar("Counting posts", None):
            contributions = pipeline.from_posts(workspace, settings, areas=areas, now=today, dice=generator)
        with bar("Weeks through the gate", None) as progress:
            from_posts = pipeline.release_posts(
                workspace,
                settings,
                contributions,
                areas=areas,
                now=today,
                dice=generator,
                progress=progress.of,
            )
        with bar("Weeks of the layers", None) as progress:
            findings = pipeline.from_layers(
                workspace, settings, areas=areas, first=None, dice=generator, progress=progress.of
            )
        from_layers = pipeline.release_findings(workspace, settings, findings, areas=areas, now=today)
        inside = workspace.lake.read("hotspots")
        public = pipeline.readable(workspace, Circle.PUBLIC, today)
        shown = sum(
            len(one.table) - one.table["author_weeks"].null_count
            for one in public
            if one.kind is ReleaseKind.COUNTS
        )
    facts = {
        "author_weeks": len(contributions),
        "hotspots_inside": len(inside),
        "releases_from_posts": len(from_posts),
        "releases_from_layers": len(from_layers),
        "public_now": len(public),
        "public_counts_shown": shown,
    }
    if json:
        answer(facts)
        return
    say(
        f"{facts['author_weeks']:,} located author-weeks by category; {len(inside):,} hotspots now, for those inside."
    )
    say(
        f"{len(from_posts):,} Releases from posts and {len(from_layers):,} from layers, {len(public):,} public now."
    )
    say(f"{shown:,} public counts are above the threshold; a count that is not shown is not zero.")
    say("Next: fanal alerts, fanal brief --out FILE, fanal serve, or fanal release --out DIR")
