"""`fanal train`: make a classifier of labelled posts, and say how well it does on posts that it did not see."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.table import Table

from fanal.cli.console import OUT, Json, answer, bar, say
from fanal.evaluate import gold
from fanal.evaluate.held_out import figures
from fanal.model.error import InputError
from fanal.signals.detect import make_detector
from fanal.signals.lexicon import load_lexicon

NEEDS = ("sklearn", "scipy")
_SHOWN = {
    "average_precision": "average precision",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "recall_at_1_percent": "recall at 1 % false alarms",
    "recall_at_5_percent": "at 5 %",
    "calibration_error": "calibration error",
}
WIDTH = 140


def train(
    out: Annotated[Path, typer.Argument(help="File of the classifier to write.", metavar="OUT")],
    files: Annotated[list[Path], typer.Argument(help="Labelled posts, JSON Lines.", metavar="FILE...")],
    name: Annotated[str, typer.Option(help="What each Signal says that it was found with.")] = "own-1",
    data: Annotated[
        str, typer.Option(help="What the labels are and under which licence: for the model card.")
    ] = "",
    json: Json = False,
) -> None:
    """Train a classifier on labelled posts in the form that `fanal evaluate` reads.

    A line may also say "judged" (the categories that somebody looked at), "event" (what must not be split), "soft"
    (what a teacher said) and "weight": docs/signals.md. Figures are of posts that the model did not see, a third of
    the events or groups each time; the same files give the same bytes. Use it with the setting signals.classifier or
    with --model.

    Example: [cyan]fanal train ours.model gold.jsonl --data "our own labels, 2026"[/cyan]
    """
    if missing := [one for one in NEEDS if find_spec(one) is None]:
        raise InputError(
            f"Training needs {missing[0]}, which is not installed.",
            hint='Install it in your checkout of Fanal: .venv/bin/pip install ".[train]"',
        )
    stems = [file.stem for file in files]
    if twice := next((stem for stem in stems if stems.count(stem) > 1), None):
        raise InputError(
            f"Two files are named {twice}, and a collection is known by its file's name.",
            hint="Rename one of them, or put their lines into one file.",
        )
    # scikit-learn takes a second to load and only this verb needs it.
    training: Any = import_module("fanal.signals.classifier_training")
    examples = [example for file in files for example in gold.examples(file)]
    sources = {stem: sum(example.source == stem for example in examples) for stem in sorted(stems)}
    with bar("Training", None) as progress:
        steps = 0

        def told(_: str) -> None:
            nonlocal steps
            steps += 1
            progress.to(steps)

        try:
            model, held = training.train_classifier(
                examples,
                name=name,
                detector=make_detector(load_lexicon()),
                card={"data": data, "posts": sources},
                progress=told,
            )
        except ValueError as error:
            raise InputError(
                f"Nothing can be learned: {error}", hint='See "judged" in docs/signals.md.'
            ) from error
    try:
        model.save(out)
    except OSError as error:
        raise InputError(
            f"{out} cannot be written: {error.strerror}.", hint="Choose another place."
        ) from error
    found = {
        output.name: figures(
            held.probability[:, place],
            held.judged[:, place],
            held.language,
            np.array([example.source for example in examples]),
            threshold=output.threshold,
        )
        for place, output in enumerate(model.outputs)
    }
    if not json:
        _show(found)
        say(f"Written to {out}. Figures are of posts that the model did not see.")
    answer({"name": name, "file": str(out), "posts": len(examples), "outputs": found})


def _show(found: dict[str, dict[str, Any]]) -> None:
    """Print a table: each output, overall, by language and by source."""
    table = Table("output", "of", "posts", "positives", *_SHOWN.values(), box=None)
    for output, every in found.items():
        rows = [("all", every), *every["by_language"].items(), *every["by_source"].items()]
        for of, row in rows:
            shown = ["not measured" if row[key] is None else f"{row[key]:.3f}" for key in _SHOWN]
            table.add_row(output, of, f"{row['posts']:,}", f"{row['positives']:,}", *shown)
    OUT.print(table, width=max(OUT.width, WIDTH), crop=False)
