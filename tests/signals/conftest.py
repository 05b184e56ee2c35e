"""Make batches of posts for the tests of signals."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from fanal.model.post import POST_SCHEMA
from fanal.signals.detect import Detector, load_detector

WHEN = datetime(2020, 1, 6, tzinfo=UTC)


@pytest.fixture(scope="session")
def detector() -> Detector:
    """Return the detector that ships."""
    return load_detector()


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
