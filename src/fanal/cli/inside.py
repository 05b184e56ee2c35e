"""`fanal inside`: show exact counts, hotspots and silences to those inside, under a purpose, each look logged."""

from datetime import date, datetime
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import typer

from fanal import pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.error import UserError
from fanal.model.person import Deed, Purpose
from fanal.model.silence import Voice
from fanal.model.week import week_of
from fanal.privacy.inside import FEWEST, hidden, veiled


def inside(
    context: typer.Context,
    purpose: Annotated[
        Purpose, typer.Option(help="Why you look; it is kept with your name.")
    ] = Purpose.ANALYSIS,
    week: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="A day of the week. Default: the last one that was counted.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show a week's exact counts by area and category, today's hotspots, and who fell silent. None of it may leave.

    Cells of fewer than 10 authors are hidden here too. Each look is a row of the audit log.

    Example: [cyan]fanal -w w inside --purpose analysis --week 2014-08-04[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        person = acting(workspace, *MAY["inside"])
        if not all(workspace.lake.exists(name) for name in ("counts", "hotspots", "silence")):
            raise UserError("Nothing was counted yet.", hint="Run `fanal update` first.")
        counts = workspace.lake.read("counts")
        chosen = _chosen(counts, week)
        workspace.audit.note(
            Deed.NUMBERS_READ,
            who=person,
            at=now(),
            about="inside",
            purpose=purpose,
            facts={"week": chosen.isoformat()},
        )
        hotspots = veiled(workspace.lake.read("hotspots"), counts).to_pylist()
        quiet = _of_week(workspace.lake.read("silence"), chosen)
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
    cells = hidden(_of_week(counts, chosen)).sort_by([("area", "ascending"), ("category", "ascending")])
    silent = quiet.filter(pc.equal(quiet["state"], Voice.SILENT.value))["area"].to_pylist()
    if json:
        answer(
            {
                "week": chosen,
                "purpose": purpose.value,
                "counts": cells.to_pylist(),
                "hidden_below": FEWEST,
                "hotspots": hotspots,
                "silent": silent,
            }
        )
        return
    _show(
        chosen,
        cells,
        hotspots,
        silent,
        dict(zip(areas["area"].to_pylist(), areas["name"].to_pylist(), strict=True)),
    )


def _chosen(counts: pa.Table, day: datetime | None) -> date:
    """Return the Monday of the week that is shown."""
    weeks = sorted(set(counts["week"].to_pylist()))
    if not weeks:
        raise UserError("No post with a place was counted.", hint="Read posts, then run `fanal update`.")
    chosen: date = week_of(day.date()) if day else weeks[-1]
    if chosen not in weeks:
        raise UserError(
            f"Nothing was counted in the week of {chosen}.",
            hint=f"There are weeks from {weeks[0]} to {weeks[-1]}.",
        )
    return chosen


def _of_week(table: pa.Table, week: date) -> pa.Table:
    """Return the rows of one week."""
    return table.filter(pc.equal(table["week"], pa.scalar(week, pa.date32())))


def _show(
    week: date,
    cells: pa.Table,
    hotspots: list[dict[str, Any]],
    silent: list[str | None],
    names: dict[str, str],
) -> None:
    """Print what those inside see, for a person."""
    say(
        f"Week of {week}, author-weeks after the draw of a place; * is 1 to {FEWEST - 1}. For those inside alone."
    )
    for row in cells.to_pylist():
        count = "*" if row["author_weeks"] is None else f"{row['author_weeks']:,}"
        say(f"  {names.get(row['area'], row['area'])} ({row['area']})  {row['category']}  {count}")
    for row in hotspots:
        where = ", ".join(names.get(area, area) for area in row["areas"])
        observed = "*" if row["observed"] is None else f"{row['observed']:,}"
        flood = "; most authors are new: perhaps a flood" if row["flood"] else ""
        say(
            f"Hotspot {row['family']}, weeks of {row['start']} to {row['end']}: {observed} where "
            f"{row['expected']:.1f} are expected, by chance once in {row['recurrence_weeks']:,.0f} weeks: "
            f"{where}{flood}"
        )
    for area in silent:
        say(f"Silent: {names.get(area, area) if area else 'the whole stream'}. This does not mean safe.")
    if not hotspots:
        say("No hotspot now. That does not mean that any area is safe.")
