"""`fanal update`: from signals and layers to counts, hotspots, index and Releases."""

import pyarrow as pa
import pyarrow.compute as pc
import typer

from fanal import access, pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, bar, say
from fanal.cli.dice import batch_id, generator
from fanal.cli.duties import MAY
from fanal.cli.leaving import facts_of
from fanal.cli.person import acting
from fanal.cli.retention import tell_closed
from fanal.cli.session import session
from fanal.model.circle import Circle
from fanal.model.person import Deed
from fanal.model.release import ReleaseKind
from fanal.model.silence import Voice
from fanal.retention import apply


def update(context: typer.Context, json: Json = False) -> None:
    """Count, scan, weigh, and make the Releases that the gate lets out.

    A week whose privacy budget is spent keeps the Release that it has; nothing leaves this machine. First, weeks
    are closed and data goes whose time is over, as `fanal retention --apply` does.

    Example: [cyan]fanal -w w update[/cyan]
    """
    with session(context).open(writing=True) as (workspace, settings):
        today = now()
        person = acting(workspace, *MAY["update"])
        before = {one.ledger_id: one.digest() for one in workspace.ledger.all()}
        workspace.audit.note(Deed.RELEASE_MADE, who=person, at=today, about="update", facts={"begun": True})
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        with bar("Closing weeks", None):
            closed, gone = apply(workspace, settings, areas=areas, who=person, now=today, new_id=batch_id)
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
        from_layers = pipeline.release_findings(
            workspace, settings, findings, areas=areas, now=today, dice=generator
        )
        made = [one for one in workspace.ledger.all() if before.get(one.ledger_id) != one.digest()]
        workspace.audit.note(Deed.RELEASE_MADE, who=person, at=now(), about="update", facts=facts_of(made))
        inside = workspace.lake.read("hotspots")
        quiet = workspace.lake.read("silence")
        counted = pc.sum(workspace.lake.read("counts")["author_weeks"]).as_py() or 0
        held = access.narrowing(workspace, settings, areas=areas, now=today, dice=generator)
        public = access.readable(workspace, Circle.PUBLIC, today, narrowing=held)
        shown = sum(
            len(one.table) - one.table["author_weeks"].null_count
            for one in public
            if one.kind is ReleaseKind.COUNTS
        )
    facts = {
        "author_weeks": counted,
        "weeks_closed": len(closed.weeks),
        "weeks_waiting": len(closed.waiting),
        "expired": sum(gone.values()),
        "hotspots_inside": len(inside),
        "hotspots_possible_flood": pc.sum(inside["flood"]).as_py() or 0,
        **_silence(quiet),
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
    tell_closed(closed)
    if gone:
        say(f"{facts['expired']:,} rows, keys and counts went as their time was over: `fanal retention`.")
    if facts["hotspots_possible_flood"]:
        say(
            f"{facts['hotspots_possible_flood']:,} of these may be floods: most of their authors are new. Look at them."
        )
    if facts["stream_silent"]:
        say("The whole stream fell below its band in the last week: no area is as usual.")
    say(
        f"{facts['areas_silent']:,} areas fell silent in the last week, {facts['areas_as_usual']:,} are as usual, of "
        f"{facts['areas_cannot_tell']:,} it cannot be told; for those inside. None of it means safe."
    )
    say(
        f"{len(from_posts):,} Releases from posts and {len(from_layers):,} from layers, {len(public):,} public now."
    )
    say(f"{shown:,} public counts are above the threshold; a count that is not shown is not zero.")
    say("Next: fanal alerts, fanal brief --out FILE, fanal serve, or fanal release --out DIR")


def _silence(quiet: pa.Table) -> dict[str, int | bool]:
    """Return what is known of the volume of the areas, and of the stream, in the last week that is over."""
    last = quiet.filter(pc.equal(quiet["week"], pc.max(quiet["week"])))
    areas = last.filter(pc.is_valid(last["area"]))["state"].to_pylist()
    stream = last.filter(pc.is_null(last["area"]))["state"].to_pylist()
    return {
        **{f"areas_{voice.value}": areas.count(voice.value) for voice in Voice},
        "stream_silent": Voice.SILENT.value in stream,
    }
