"""`fanal evaluate`: measure signals, stance, language, places and scans on others' files, warnings, and the gate."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from fanal.cli.console import OUT, Json, answer
from fanal.cli.detector import Model, detector
from fanal.cli.place_reader import File as GazetteerFile
from fanal.cli.place_reader import place_reader
from fanal.cli.privacy import privacy
from fanal.cli.scan import scan
from fanal.cli.warning import warning
from fanal.evaluate import gold, labelled, placed, toponyms
from fanal.model.category import Category
from fanal.places.recognise import MARKED

evaluate = typer.Typer(
    name="evaluate",
    no_args_is_help=True,
    help="Measure signals, stance, language, places and scans on public files, warnings on history, and attack the "
    "gate. The last line is one JSON object.",
)

evaluate.command()(privacy)
evaluate.command()(scan)
evaluate.command()(warning)

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
    "ece_near": "of all within 161 km of it together",
    "ece_without_countries": "where it is no country",
    "ece_countries": "where it is a country, by its code",
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
