"""Gazetteers, made once: Iraq's own, and the world's where Natural Earth's areas are there."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fanal.cli.locator import shared
from fanal.facts import iraq, world
from fanal.model.post import POST_SCHEMA
from fanal.places.file import Gazetteer
from fanal.places.locate import Locator, locate, make_locator

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
def world_of_places() -> Gazetteer:
    return shared()


@pytest.fixture(scope="session")
def of_iraq(world_of_places: Gazetteer) -> Locator:
    return make_locator(world_of_places, iraq.areas())


@pytest.fixture(scope="session")
def of_world(world_of_places: Gazetteer, shared_data: Path) -> Locator:
    boundaries = shared_data / "natural_earth_admin1" / "admin1_priority_countries.geojson.gz"
    return make_locator(world_of_places, world.areas(boundaries))


@pytest.fixture(scope="session")
def read(of_iraq: Locator) -> Read:
    """Return a function from texts to the areas of Iraq that they are about."""

    def found(*texts: str) -> list[dict[str, float]]:
        return by_row(locate(posts(texts), of_iraq), len(texts))

    return found
