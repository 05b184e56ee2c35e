"""`fanal evaluate warning`: replay history with what was known each week, and say what was warned of."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
import typer
from rich.console import Console
from rich.table import Table

from fanal.cli.console import OUT, Json, answer, bar, say
from fanal.cli.dice import generator
from fanal.evaluate import onsets
from fanal.evaluate import warning as backtest
from fanal.facts import iraq
from fanal.model.error import InputError, UserError
from fanal.model.layer import EVENTS_SCHEMA, LayerKind
from fanal.settings import Risk
from fanal.sources import events as source

FIRST, LAST = "2013-12-30", "2016-01-03"
"""The ISO years 2014 and 2015."""

WIDTH = 150
"""Columns that the tables need; a narrower terminal wraps their lines."""

NONE = "none"
OWN_BEST = "_own_best"
"""Ending of the baselines whose level keeps to no budget; they have no column among the onsets."""
LATE_DAYS = 28
"""An alarm that came so many days after the onset, or fewer, is told; a later one has nothing to do with it."""

Day = datetime


def warning(
    events: Annotated[
        Path | None,
        typer.Option(
            help="Conflict events of Iraq to replay instead of those that ship: the Parquet of "
            "tools/ucdp_events.py, or a CSV as `fanal layers add --kind events` reads it."
        ),
    ] = None,
    first: Annotated[
        Day, typer.Option("--from", formats=["%Y-%m-%d"], help="First day that is judged.")
    ] = FIRST,  # type: ignore[assignment]
    last: Annotated[
        Day, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; nothing later is known.")
    ] = LAST,  # type: ignore[assignment]
    json: Json = False,
) -> None:
    """Replay Iraq week by week, and print each onset's lead, the false alarms a month and plain baselines.

    Real layers only, each week with what was known by then; what every word means stands in docs/backtest.md.

    Example: [cyan]fanal evaluate warning[/cyan]
    """
    if last.date() <= first.date():
        raise UserError(
            f"--to {last.date()} does not lie after --from {first.date()}.", hint="Give the first day first."
        )
    layers = {layer.kind: layer.table for layer in iraq.layers()}
    areas = layers[LayerKind.AREAS]
    with bar("Scanning week by week", None) as progress:
        found = backtest.measure(
            backtest.Layers(
                areas=areas,
                events=_events(events, areas) if events else layers[LayerKind.EVENTS],
                displacement=_until(layers[LayerKind.DISPLACEMENT], last.date()),
                population=layers[LayerKind.POPULATION],
            ),
            onsets=onsets.read(),
            first=first.date(),
            last=last.date(),
            risk=Risk(),
            dice=generator,
            progress=progress.of,
        )
    if not json:
        _show(found)
    answer(found)


def _until(rounds: pa.Table, last: date) -> pa.Table | None:
    """Return the rounds up to a day, or None where there is none."""
    kept = rounds.filter(pa.compute.field("date") <= last)
    return kept if len(kept) else None


def _events(path: Path, areas: pa.Table) -> pa.Table:
    """Return the events of a file.

    Raises:
        InputError: the file is missing, or is not what it is said to be.
    """
    if path.suffix != ".parquet":
        layer, _ = source.read(
            path, areas=areas, mapping={}, name="events", source="", licence="", public=False
        )
        return layer.table
    try:
        return pq.read_table(path).cast(EVENTS_SCHEMA)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(
            f"{path} is no table of conflict events: {str(error).splitlines()[0]}.",
            hint="Make it with tools/ucdp_events.py.",
        ) from error


def _show(found: Mapping[str, Any]) -> None:
    """Print the onsets one by one, then the figures of each method."""
    wide = Console(highlight=False, width=max(OUT.width, WIDTH))
    methods = list(found["methods"])
    say(f"{found['weeks']} weeks, {found['districts']} districts; days from the first alarm to the onset.")
    if found["onsets"]:
        shown = [name for name in methods if not name.endswith(OWN_BEST)]
        table = _table("onset", "day", *shown)
        for onset in found["onsets"]:
            table.add_row(onset["name"], str(onset["date"]), *(_lead(onset, name) for name in shown))
        wide.print(table)
    for outcome, described in found["outcomes"].items():
        say(
            f"\nOutcome by {outcome}: {described['weeks']} weeks, of all districts and weeks "
            f"{_shown(described['base_rate'])} have one."
        )
        table = _table("method", "precision", "recall", "false alarms a month", "coverage", "warnings")
        for name in methods:
            figures = found["methods"][name][outcome]
            table.add_row(
                name,
                f"{_shown(figures['precision'])} {_within(figures['precision_95'])}",
                f"{_shown(figures['recall'])} {_within(figures['recall_95'])}",
                _shown(figures["false_alarms_a_month"]),
                _shown(figures["coverage"]),
                f"{figures['warnings']:,}",
            )
        wide.print(table)
    say("\nOne onset proves nothing about others. No warning is no safety.")


def _table(*heads: str) -> Table:
    """Return a table whose cells are never cut into two lines."""
    table = Table(box=None)
    for head in heads:
        table.add_column(head, no_wrap=True)
    return table


def _lead(onset: Mapping[str, Any], name: str) -> str:
    """Return the days of a lead, or why there is none."""
    days, since, after = onset["lead_days"][name], onset["standing_since"][name], onset["first_after"][name]
    if days is not None:
        return f"{days}"
    if since is not None:
        return "over 90"
    late = None if after is None else (after - onset["date"]).days
    return NONE if late is None or late > LATE_DAYS else f"{NONE} ({late} late)"


def _shown(value: float | None) -> str:
    """Return a figure, or that there is none."""
    return "not measured" if value is None else f"{value:.3f}"


def _within(ends: tuple[float, float] | None) -> str:
    """Return the ends of an interval."""
    return "" if ends is None else f"({ends[0]:.3f}-{ends[1]:.3f})"
