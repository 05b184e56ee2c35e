"""`fanal evaluate scan`: scan anybody's data set for clusters, as SaTScan does."""

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.console import JustifyMethod
from rich.table import Table

from fanal.cli.console import OUT, Json, answer, bar, say
from fanal.cli.dice import generator
from fanal.evaluate.cases import read as read_cases
from fanal.evaluate.scanned import Distance, How, ScanModel
from fanal.evaluate.scanned import scan as scan_cases


def scan(
    cases: Annotated[Path, typer.Option(help="CSV: area, cases, and perhaps a date and a population.")],
    areas: Annotated[Path, typer.Option(help="CSV: area, lon and lat or x and y, and perhaps a population.")],
    model: Annotated[ScanModel, typer.Option(help="What counts are compared with.")] = ScanModel.POISSON,
    distance: Annotated[
        Distance, typer.Option(help="How far areas are apart: on a plane, or on the Earth.")
    ] = Distance.GREAT_CIRCLE,
    max_population: Annotated[
        float,
        typer.Option(
            min=1e-6, max=1, help="Largest zone, as a share of all people (permutation: of all cases)."
        ),
    ] = 0.5,
    max_areas: Annotated[int | None, typer.Option(min=1, help="Most areas of a zone.")] = None,
    time_column: Annotated[
        str | None, typer.Option(help="Column of dates; without one the scan is purely spatial.")
    ] = None,
    max_days: Annotated[
        int | None, typer.Option(min=1, help="Longest window in days; without it half of the study.")
    ] = None,
    prospective: Annotated[
        bool, typer.Option("--prospective", help="Only windows that end with the last date.")
    ] = False,
    earlier: Annotated[
        int,
        typer.Option(min=0, help="Analyses before this one, a step apart, that p-values are adjusted for."),
    ] = 0,
    weekdays: Annotated[
        bool,
        typer.Option(
            "--weekdays", help="Poisson, by the day: expect what the day of the week has on average."
        ),
    ] = False,
    replicates: Annotated[int, typer.Option(min=1, max=99_999, help="Monte Carlo replicates.")] = 999,
    stop_after: Annotated[
        int,
        typer.Option(min=0, help="Stop once so many replicates are as high (Besag and Clifford); 0: never."),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the replicates.")] = 1,
    json: Json = False,
) -> None:
    """Scan any data set for clusters, as SaTScan does: Poisson, binomial or space-time permutation.

    Example: [cyan]fanal evaluate scan --cases cases.csv --areas areas.csv --distance euclidean[/cyan]

    Example: [cyan]fanal evaluate scan --cases cases.csv --areas areas.csv --model permutation --time-column date
    --max-days 30 --prospective[/cyan]
    """
    started = perf_counter()
    how = How(
        model=model,
        distance=distance,
        max_population=max_population,
        max_areas=max_areas,
        max_days=max_days,
        prospective=prospective,
        earlier=earlier,
        weekdays=weekdays,
        replicates=replicates,
        stop_after=stop_after,
    )
    given = read_cases(
        cases,
        areas,
        time=time_column,
        degrees=distance is Distance.GREAT_CIRCLE,
        populated=model is not ScanModel.PERMUTATION,
    )
    with bar("Replicates", replicates) as progress:
        found = scan_cases(given, cases, how, rng=generator(seed), progress=progress.to)
    if not json:
        _show_clusters(found)
    answer(
        {
            "clusters": found,
            "areas": len(given.areas),
            "periods": len(given.periods),
            "cases": int(given.counts.sum()),
            "model": model.value,
            "replicates": replicates,
            "seed": seed,
            "seconds": round(perf_counter() - started, 3),
        }
    )


def _show_clusters(found: list[dict[str, Any]]) -> None:
    """Print the clusters for a person."""
    if not found:
        say("No zone has more than is expected.")
        return
    rows = [
        (
            "rank",
            "areas",
            "window",
            "observed",
            "expected",
            "relative risk",
            "log-likelihood ratio",
            "p-value",
        ),
        *(_cluster_row(rank, one) for rank, one in enumerate(found, start=1)),
    ]
    table = Table(box=None)
    for column in zip(*rows, strict=True):
        side: JustifyMethod = "left" if column[0] in ("areas", "window") else "right"
        table.add_column(column[0], justify=side, min_width=max(map(len, column)))
    for row in rows[1:]:
        table.add_row(*row)
    OUT.print(table, crop=False)


def _cluster_row(rank: int, one: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is shown of a cluster."""
    more = len(one["areas"]) - 1
    return (
        str(rank),
        f"{one['centre']} and {more} around" if more else one["centre"],
        f"{one['first']} to {one['last']}" if "first" in one else "",
        f"{one['observed']:,}",
        f"{one['expected']:,.2f}",
        "" if one["relative_risk"] is None else f"{one['relative_risk']:.2f}",
        f"{one['llr']:.6f}",
        f"{one['p_value']:.3f}",
    )
