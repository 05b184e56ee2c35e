"""`fanal evaluate`: measure signals, stance and language on labelled files that nobody here wrote."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from fanal.cli.console import OUT, Json, answer
from fanal.cli.detector import Model, detector
from fanal.evaluate import gold, labelled
from fanal.model.category import Category

evaluate = typer.Typer(
    name="evaluate",
    no_args_is_help=True,
    help="Measure signals, stance and language on labelled files. The last line is one JSON object.",
)

WIDTH = 140
"""Columns that the table needs; a narrower terminal wraps its lines."""

NOT_MEASURED = "not measured"
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
