"""`fanal evaluate`: measure signals, stance, language, places and scans on files that nobody here wrote."""

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.console import JustifyMethod
from rich.table import Table

from fanal.cli.console import OUT, Json, answer, bar, say
from fanal.cli.detector import Model, detector
from fanal.cli.dice import generator
from fanal.cli.place_reader import File as GazetteerFile
from fanal.cli.place_reader import place_reader
from fanal.evaluate import gold, labelled, placed, toponyms
from fanal.evaluate.cases import read as read_cases
from fanal.evaluate.scanned import Distance, How, ScanModel
from fanal.evaluate.scanned import scan as scan_cases
from fanal.model.category import Category
from fanal.places.recognise import MARKED

evaluate = typer.Typer(
    name="evaluate",
    no_args_is_help=True,
    help="Measure signals, stance, language, places and scans on public files. The last line is one JSON object.",
)

WIDTH = 140
"""Columns that the table needs; a narrower terminal wraps its lines."""

NOT_MEASURED = "not measured"

_PLACES = {
    "texts": "texts",
    "mentions": "mentions marked",
    "recognition_precision": "recognition: precision",
    "recognition_recall": "recall",
    "recognition_f1": "F1",
    "recognition_overlap_f1": "F1 where spans overlap",
    "mentions_with_point": "mentions with a point",
    "acc161_gold_mentions": "placed within 161 km, of marked mentions",
    "acc161_oracle": "the same by the best candidate",
    "acc161_given_candidate": "where a right candidate exists",
    "acc161_end_to_end": "found and placed within 161 km",
    "mean_km": "mean error, km",
    "median_km": "median error, km",
    "auc": "area under the error curve",
    "country_accuracy": "country right",
    "region_accuracy": "first-level area right",
    "ece": "calibration error of the likeliest",
    "ece_with_candidate": "the same where there is one",
    "coverage_90": "right one in the 0.9 set",
    "set_size_90": "candidates in that set",
    "presence_ece": "calibration error of the presence",
}
"""Rows of the table of places."""
_HEADS = {
    "average_precision": "average precision",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "recall_at_1_percent": "recall at 1 % false alarms",
    "recall_at_5_percent": "at 5 %",
    "flagged": "flagged",
    "calibration_error": "calibration error",
    "accuracy": "accuracy",
    "und": "und",
}

File = Annotated[Path, typer.Argument(help="JSON Lines with id, text, lang and the label.")]


@evaluate.command()
def signals(
    file: File,
    category: Annotated[Category, typer.Option(help="The category to measure.")],
    model: Model = None,
    json: Json = False,
) -> None:
    """Measure one category on lines of {"id", "text", "lang" or null, "labels": [category, ...]}.

    Example: [cyan]fanal evaluate signals gold.jsonl --category need[/cyan]
    """
    _tell(labelled.signals(gold.signals(file), category, detector(model)), json=json)


@evaluate.command()
def stance(file: File, model: Model = None, json: Json = False) -> None:
    """Measure first-hand against report on lines of {"id", "text", "lang" or null, "stance"}.

    Example: [cyan]fanal evaluate stance gold.jsonl[/cyan]
    """
    _tell(labelled.stance(gold.stances(file), detector(model)), json=json)


@evaluate.command()
def language(
    file: Annotated[Path, typer.Argument(help="A table with the header lang<TAB>text.")], json: Json = False
) -> None:
    """Measure the language of sentences; und counts as wrong.

    Example: [cyan]fanal evaluate language sentences.tsv[/cyan]
    """
    _tell(labelled.language(gold.languages(file)), json=json)


@evaluate.command()
def places(
    file: Annotated[Path, typer.Argument(help="JSON Lines with id, text, lang and mentions.")],
    gazetteer: GazetteerFile = None,
    presence: Annotated[
        float, typer.Option(min=0, max=1, help="What is less likely a place does not count as recognised.")
    ] = MARKED,
    json: Json = False,
) -> None:
    """Measure places on lines of {"id", "text", "lang" or null, "mentions": [{"start", "end", "name", "lat", "lon"}]}.

    Example: [cyan]fanal evaluate places gold.jsonl --gazetteer world.gazetteer[/cyan]
    """
    marked = toponyms.read(file)
    found = placed.places(marked, place_reader(gazetteer), least=presence)
    if not json:
        _show_places(found)
    answer(found)


@evaluate.command()
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
        replicates=replicates,
        stop_after=stop_after,
    )
    given = read_cases(cases, areas, time=time_column, degrees=distance is Distance.GREAT_CIRCLE)
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


def _show_places(found: Mapping[str, Any]) -> None:
    """Print the figures of places: a column for all and one for each language; then F1 by type."""
    columns = [("all", found), *found["by_language"].items()]
    table = Table("places", box=None)
    for code, _ in columns:
        table.add_column(code, justify="right", min_width=len(NOT_MEASURED))
    for name, head in _PLACES.items():
        table.add_row(head, *(_counted(one[name]) for _, one in columns))
    for name in found["recognition_f1_by_type"]:
        values = [one["recognition_f1_by_type"].get(name) for _, one in columns]
        table.add_row(f"F1 of {name.replace('_', ' ')}", *map(_counted, values))
    OUT.print(table, width=max(OUT.width, WIDTH), crop=False)


def _counted(value: float | None) -> str:
    """Return a count or a figure, or that there is none."""
    return f"{value:,}" if isinstance(value, int) else _shown(value)


def _tell(found: Mapping[str, Any], *, json: bool) -> None:
    """Print a table for a person, unless only JSON is wanted, and the figures as JSON on the last line."""
    if not json:
        figures = [name for name in _HEADS if name in found]
        table = Table("language", "posts", *([] if "positives" not in found else ["labelled"]), box=None)
        for name in figures:
            table.add_column(_HEADS[name], justify="right", min_width=len(NOT_MEASURED))
        for code, row in [("all", found), *found["by_language"].items()]:
            counts = [f"{row['posts']:,}", *([f"{row['positives']:,}"] if "positives" in row else [])]
            table.add_row(code, *counts, *(_shown(row.get(name)) for name in figures))
        OUT.print(table, width=max(OUT.width, WIDTH), crop=False)
    answer(found)


def _shown(value: float | None) -> str:
    """Return a figure, or that there is none."""
    return NOT_MEASURED if value is None else f"{value:.3f}"
