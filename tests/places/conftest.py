"""Gazetteers, made once: Iraq's own, and the world's where Natural Earth's areas are there."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from fanal.places.gazetteer import Gazetteer

from fanal.facts import iraq, world
from fanal.model.post import POST_SCHEMA
from fanal.places import gazetteer
from fanal.places.locate import locate

Read = Callable[..., list[dict[str, float]]]


def posts(rows: Sequence[str | dict[str, Any]]) -> pa.RecordBatch:
    """Return posts of texts, or of columns."""
    full = [
        {"line": line, "time": 0, **({"text": row} if isinstance(row, str) else row)}
        for line, row in enumerate(rows, 1)
    ]
    return pa.RecordBatch.from_pylist(full, schema=POST_SCHEMA)


def by_row(mentions: pa.RecordBatch, rows: int) -> list[dict[str, float]]:
    """Return areas with their probabilities for each post."""
    found: list[dict[str, float]] = [{} for _ in range(rows)]
    for one in mentions.to_pylist():
        found[one["row"]][one["area"]] = one["probability"]
    return found


@pytest.fixture(scope="session")
def of_iraq() -> Gazetteer:
    return gazetteer.build(iraq.areas(), world.places(), home=["IQ"])


@pytest.fixture(scope="session")
def of_world(shared_data: Path) -> Gazetteer:
    boundaries = shared_data / "natural_earth_admin1" / "admin1_priority_countries.geojson.gz"
    return gazetteer.build(world.areas(boundaries), world.places(), home=[])


@pytest.fixture(scope="session")
def read(of_iraq: Gazetteer) -> Read:
    """Return a function from texts to the areas of Iraq that they are about."""

    def found(*texts: str) -> list[dict[str, float]]:
        return by_row(locate(posts(texts), of_iraq), len(texts))

    return found
