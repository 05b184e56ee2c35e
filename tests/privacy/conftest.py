"""What the tests of the gate share: a small country, its people, contributions, a ledger and a week's Releases."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from fanal.model.area import AREA_SCHEMA
from fanal.model.estimate import CONTRIBUTION_SCHEMA
from fanal.model.layer import POPULATION_SCHEMA
from fanal.model.release import Release
from fanal.privacy.gate import ONE_AUTHOR, release_counts
from fanal.privacy.policy import Policy
from fanal.privacy.sensitive import load
from fanal.testing.ledger import MemoryLedger

WEEK = date(2014, 7, 28)
OVER = datetime(2014, 8, 4, tzinfo=UTC)

_ROWS = [("IQ", None, 0), ("G1", "IQ", 1), ("D1", "G1", 2), ("D2", "G1", 2), ("S1", "D1", 3), ("G2", "IQ", 1)]


@pytest.fixture(scope="session")
def areas() -> pa.Table:
    """Return a country: governorate G1 with districts D1 (with sub-district S1) and D2; governorate G2 without."""
    rows = [
        {"area": code, "parent": parent, "level": level, "name": code, "lon": 43.0 + n, "lat": 36.0}
        for n, (code, parent, level) in enumerate(_ROWS)
    ]
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)


@pytest.fixture(scope="session")
def people() -> Callable[..., pa.Table]:
    """Return a function from residents by area to a layer of population."""

    def made(**residents: int) -> pa.Table:
        rows = [{"area": a, "group": "residents", "year": 2014, "people": n} for a, n in residents.items()]
        return pa.Table.from_pylist(rows, schema=POPULATION_SCHEMA)

    return made


@pytest.fixture(scope="session")
def contributions() -> Callable[..., pa.Table]:
    """Return a function from (pseudonym, area, category) to contributions of a week."""

    def made(rows: Iterable[tuple[int, str, str]], week: date = WEEK) -> pa.Table:
        columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
        return pa.table([[week] * len(columns[0]), *columns], schema=CONTRIBUTION_SCHEMA)

    return made


@pytest.fixture(scope="session")
def crowd(contributions: Callable[..., pa.Table]) -> Callable[..., pa.Table]:
    """Return a function from a number of authors to contributions of them all to one cell."""

    def made(authors: int, area: str = "D1", category: str = "flight", week: date = WEEK) -> pa.Table:
        return contributions(((author, area, category) for author in range(1, authors + 1)), week)

    return made


@pytest.fixture
def ledger() -> MemoryLedger:
    """Return an empty ledger."""
    return MemoryLedger()


@pytest.fixture
def release(areas: pa.Table, ledger: MemoryLedger) -> Callable[..., list[Release]]:
    """Return the gate for one week with defaults that a test may change."""

    def made(rows: pa.Table, **changed: object) -> list[Release]:
        given = {
            "areas": areas,
            "week": WEEK,
            "policy": Policy(),
            "rules": load(),
            "ledger": ledger,
            "now": OVER,
            "seed": 1,
            "unit": ONE_AUTHOR,
            "sources": ("a test",),
        }
        return release_counts(rows, **(given | changed))  # type: ignore[arg-type]

    return made
