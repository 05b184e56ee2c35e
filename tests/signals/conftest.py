"""Make batches of posts, detectors and small classifiers for the tests of signals."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from fanal.model.post import POST_SCHEMA
from fanal.signals.classifier import ANY, SIGNS, Calibration, Classifier, Output
from fanal.signals.detect import Detector, load_detector, make_detector
from fanal.signals.lexicon import load_lexicon
from fanal.text.weights import CLASSIFIER_WIDTH, Weights

WHEN = datetime(2020, 1, 6, tzinfo=UTC)


@pytest.fixture(scope="session")
def detector() -> Detector:
    """Return the detector that ships."""
    return load_detector()


@pytest.fixture(scope="session")
def by_rules() -> Detector:
    """Return the indicators that ship and the rule of stance, without a classifier."""
    return make_detector(load_lexicon())


@pytest.fixture(scope="session")
def classify() -> Callable[..., Classifier]:
    """Return a function that makes a small classifier of which each number is known.

    What an output says hangs on signs, by name; on grams it hangs with any numbers, or not at all.
    """

    def make(
        signs: Mapping[str, Mapping[str, float]],
        *,
        bias: float = 0.0,
        threshold: float = 0.5,
        covers: Mapping[str, tuple[float, float]] | None = None,
        cap: int = 1000,
        dice: np.random.Generator | None = None,
    ) -> Classifier:
        shape = (1 << 10, CLASSIFIER_WIDTH)
        table = np.zeros(shape) if dice is None else dice.integers(-127, 128, shape)
        own = {ANY: (1.0, 0.0), **(covers or {})}
        calibrations = {
            code: Calibration(slope=slope, offset=offset) for code, (slope, offset) in own.items()
        }
        return Classifier(
            name="small",
            outputs=tuple(
                Output(name=name, threshold=threshold, false_alarms=0.0, calibrations=calibrations)
                for name in signs
            ),
            weights=Weights(table=table.astype(np.int8), bits=10, cap=cap),
            scale=np.linspace(0.01, 0.02, len(signs)),
            signs=np.array([[one.get(sign, 0.0) for one in signs.values()] for sign in SIGNS]),
            bias=np.full(len(signs), bias),
            card={"posts": {}},
        )

    return make


@pytest.fixture(scope="session")
def posts() -> Callable[[Sequence[str]], pa.RecordBatch]:
    """Return a function that makes a batch of texts."""

    def make(texts: Sequence[str]) -> pa.RecordBatch:
        rows = [
            {
                "line": line,
                "id": None,
                "author": "a",
                "time": WHEN,
                "text": text,
                "language": None,
                "lon": None,
                "lat": None,
            }
            for line, text in enumerate(texts, start=1)
        ]
        return pa.RecordBatch.from_pylist(rows, schema=POST_SCHEMA)

    return make
