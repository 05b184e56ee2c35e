"""The classifier: what posts show beyond the indicators, by a linear model over hashed grams, calibrated."""

import json
import os
from dataclasses import dataclass
from functools import cache
from operator import index
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.model.category import Category
from fanal.model.signal import FIRST_HAND
from fanal.text.capitals import STEPS as CAPITALS
from fanal.text.marks import MARKS
from fanal.text.marks import STEPS as LENGTHS
from fanal.text.weights import CLASSIFIER_WIDTH, MOST_BITS, Weights

MAGIC = b"fanal classifier 1\n"
FILE = Path(__file__).with_name("classifier.model")

CATEGORIES = (Category.NEED, Category.PLEA, Category.FLIGHT, Category.ATTACK, Category.LURE)
OUTPUTS: tuple[str, ...] = (*(category.value for category in CATEGORIES), FIRST_HAND)
"""What a classifier may tell, in the order of its outputs."""

RULE = "report"
"""The sign that a mark of reporting stands in the text (`stance.reports`)."""

SIGNS: tuple[str, ...] = (
    *MARKS[:-1],
    *(f"{MARKS[-1]} {step}" for step in range(LENGTHS)),
    *(f"capitals {step}" for step in range(CAPITALS)),
    RULE,
    *(f"indicator {category.value}" for category in CATEGORIES),
)
"""What is read beside grams: marks and the step of capitals (there or not), the rule of stance, and the score of each
category's indicators."""

ANY = "*"
"""Stands for every language that has no calibration of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Hold how a logit becomes a probability: 1 / (1 + exp(-(slope × logit + offset))) (Platt 1999)."""

    slope: float
    offset: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Hold how one output is read."""

    name: str  # one of OUTPUTS
    threshold: float  # of the probability; from here on it counts
    false_alarms: float  # share of the posts without it that reached the threshold when it was chosen
    calibrations: dict[str, Calibration]  # by language; those that labels cover, and ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """Hold a linear model: for each output a weight of each gram and sign."""

    name: str  # a result records it
    outputs: tuple[Output, ...]
    weights: Weights  # column i is output i's; CLASSIFIER_WIDTH columns
    scale: NDArray[
        np.float64
    ]  # outputs; a sum times this, over the square root of the number of grams, is a part of a logit
    signs: NDArray[np.float64]  # SIGNS × outputs
    bias: NDArray[np.float64]  # outputs
    card: dict[str, Any]  # what it was trained on, by whom and how; for people

    def logits(
        self, sums: NDArray[np.int32], grams: NDArray[np.int32], signs: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Return the logits, n × outputs, not calibrated.

        Args:
            sums: n × CLASSIFIER_WIDTH, of `weights.weigh` with this model's weights.
            grams: n; how many rows were added.
            signs: n × SIGNS.
        """
        return _logits(sums, grams, signs, self.scale, self.signs, self.bias)

    def probabilities(
        self, logits: NDArray[np.float64], language: NDArray[np.int8], languages: tuple[str, ...]
    ) -> NDArray[np.float64]:
        """Return calibrated probabilities, n × outputs.

        Args:
            logits: n × outputs.
            language: n; each post's language, a place in `languages`.
            languages: codes.
        """
        result = np.empty_like(logits)
        for place, output in enumerate(self.outputs):
            own = [output.calibrations.get(code, output.calibrations[ANY]) for code in languages]
            slope = np.array([one.slope for one in own])[language]
            offset = np.array([one.offset for one in own])[language]
            result[:, place] = 1 / (1 + np.exp(-np.clip(slope * logits[:, place] + offset, -50, 50)))
        return result

    def covers(self, place: int, languages: tuple[str, ...]) -> NDArray[np.bool_]:
        """Say of each language whether labels of an output covered it."""
        return np.array([code in self.outputs[place].calibrations for code in languages])

    def save(self, path: Path) -> None:
        """Write the model to a file: a line of its name, a line of JSON, the table.

        The file is there whole or not at all; who has mapped the one that it replaces keeps that one.

        Raises:
            OSError: it cannot be written.
        """
        header = {
            "name": self.name,
            "bits": self.weights.bits,
            "cap": self.weights.cap,
            "signs": SIGNS,
            "outputs": [
                {
                    "name": output.name,
                    "threshold": output.threshold,
                    "false_alarms": output.false_alarms,
                    "scale": float(self.scale[place]),
                    "bias": float(self.bias[place]),
                    "signs": [float(one) for one in self.signs[:, place]],
                    "calibrations": {
                        code: [one.slope, one.offset] for code, one in sorted(output.calibrations.items())
                    },
                }
                for place, output in enumerate(self.outputs)
            ],
            "card": self.card,
        }
        line = json.dumps(header, ensure_ascii=True, sort_keys=True).encode() + b"\n"
        content = MAGIC + line + self.weights.table.tobytes()
        if path.exists() and not path.is_file():  # a device such as /dev/null is written to, never replaced
            path.write_bytes(content)
            return
        part = path.parent / f".{path.name}.{os.getpid()}.part"
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def load(path: Path) -> Classifier:
    """Read a model; its table is mapped into memory, not copied.

    Raises:
        ValueError: the file is no such model, it was cut, or it reads signs that this version does not have.
    """
    with path.open("rb") as file:
        if file.readline(len(MAGIC)) != MAGIC:
            raise ValueError(f"{path.name} is no classifier of this version.")
        try:
            header = json.loads(file.readline())
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path.name} was cut: its header is no JSON.") from error
        begins = file.tell()
    senseless = f"{path.name} has a header that makes no sense; train it again."
    try:
        signs, count = tuple(header["signs"]), len(header["outputs"])
        bits, cap = index(header["bits"]), index(header["cap"])
    except (LookupError, TypeError) as error:
        raise ValueError(senseless) from error
    if signs != SIGNS or count > CLASSIFIER_WIDTH:
        raise ValueError(f"{path.name} reads other signs than this version; train it again.")
    shape = (1 << min(max(bits, 0), MOST_BITS), CLASSIFIER_WIDTH)
    if path.stat().st_size != begins + shape[0] * shape[1]:
        raise ValueError(f"{path.name} was cut: its table is not {CLASSIFIER_WIDTH} × 2**bits bytes.")
    table = np.asarray(np.memmap(path, np.int8, "r", offset=begins, shape=shape))
    try:
        model = _of(header, Weights(table=table, bits=bits, cap=cap))
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(senseless) from error
    if not _sound(model):
        raise ValueError(senseless)
    return model


def _of(header: dict[str, Any], weights: Weights) -> Classifier:
    """Return the model of a header and a table."""
    outputs = header["outputs"]
    return Classifier(
        name=header["name"],
        outputs=tuple(
            Output(
                name=one["name"],
                threshold=float(one["threshold"]),
                false_alarms=float(one["false_alarms"]),
                calibrations={
                    code: Calibration(slope=float(pair[0]), offset=float(pair[1]))
                    for code, pair in one["calibrations"].items()
                },
            )
            for one in outputs
        ),
        weights=weights,
        scale=np.array([one["scale"] for one in outputs], np.float64),
        signs=np.array([one["signs"] for one in outputs], np.float64).T.copy(),
        bias=np.array([one["bias"] for one in outputs], np.float64),
        card=header["card"],
    )


def _sound(model: Classifier) -> bool:
    """Say whether a model's outputs are known, each once, and its numbers are finite."""
    names = [output.name for output in model.outputs]
    numbers = [
        number
        for output in model.outputs
        for one in output.calibrations.values()
        for number in (output.threshold, one.slope, one.offset)
    ]
    return (
        isinstance(model.name, str)
        and isinstance(model.card, dict)
        and 0 < len(names) == len(set(names))
        and set(names) <= set(OUTPUTS)
        and all(ANY in output.calibrations for output in model.outputs)
        and model.signs.shape == (len(SIGNS), len(names))
        and all(np.isfinite(part).all() for part in (model.scale, model.signs, model.bias, np.array(numbers)))
    )


@cache
def load_classifier() -> Classifier:
    """Return the classifier that ships with Fanal.

    >>> [output.name for output in load_classifier().outputs]
    ['need', 'plea', 'flight', 'attack', 'first_hand']
    """
    return load(FILE)


def signs_of(
    marks: NDArray[np.uint32],
    capitals: NDArray[np.uint8],
    reported: NDArray[np.bool_],
    indicated: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return the signs of each text: n × SIGNS.

    Args:
        marks: n; of `marks.marks`.
        capitals: n; of `capitals.capitals`.
        reported: n; of `stance.reports`.
        indicated: n × CATEGORIES; the scores of the indicators.
    """
    signs = np.zeros((len(marks), len(SIGNS)), np.float32)
    _write_signs(marks, capitals, reported, indicated, len(MARKS) - 1, signs)
    return signs


@njit(cache=True, nogil=True)
def _write_signs(
    marks: NDArray[np.uint32],
    capitals: NDArray[np.uint8],
    reported: NDArray[np.bool_],
    indicated: NDArray[np.float64],
    last: int,
    signs: NDArray[np.float32],
) -> None:
    """Write down the signs of each text in the order of SIGNS; `last` is the place of the length among the marks."""
    for row in range(len(marks)):
        bits = int(marks[row])
        for place in range(last):
            signs[row, place] = (bits >> place) & 1
        signs[row, last + (bits >> last)] = 1
        signs[row, last + LENGTHS + int(capitals[row])] = 1
        signs[row, last + LENGTHS + CAPITALS] = reported[row]
        for place in range(indicated.shape[1]):
            signs[row, last + LENGTHS + CAPITALS + 1 + place] = indicated[row, place]


@njit(cache=True, nogil=True)
def _logits(
    sums: NDArray[np.int32],
    grams: NDArray[np.int32],
    signs: NDArray[np.float32],
    scale: NDArray[np.float64],
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Add up the parts of each logit."""
    logits = np.empty((len(sums), len(bias)), dtype=np.float64)
    for row in range(len(sums)):
        factor = 1 / np.sqrt(max(1, grams[row]))
        for output in range(len(bias)):
            logits[row, output] = bias[output] + sums[row, output] * scale[output] * factor
        for sign in range(signs.shape[1]):
            if signs[row, sign]:
                for output in range(len(bias)):
                    logits[row, output] += signs[row, sign] * weights[sign, output]
    return logits
