"""The detector that a verb works with: the one that ships, or one with a classifier that the user trained."""

from pathlib import Path
from typing import Annotated

import typer

from fanal.model.error import InputError
from fanal.signals import classifier
from fanal.signals.detect import Detector, load_detector

Model = Annotated[
    Path | None,
    typer.Option("--model", help="A classifier that `fanal train` made. Default: the one that ships."),
]


def detector(model: Path | None) -> Detector:
    """Return the detector.

    Raises:
        InputError: the file cannot be read or is no classifier of this version.
    """
    if model is None:
        return load_detector()
    try:
        return load_detector(classifier.load(model))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error).rstrip(".")
        raise InputError(f"{model} cannot be used: {why}.", hint="Train it again: fanal train.") from error
