"""The ledger: a Release and its debit are one transaction; a week pays once; what was changed is not known."""

import dataclasses
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from fanal import settings
from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.release import RELEASED_COUNT_SCHEMA, Basis, Release, ReleaseKind, Statement
from fanal.store.ledger import DeskLedger
from fanal.store.workspace import make, opened

WEEK = date(2014, 8, 4)
STATEMENT = Statement(
    mechanism="none: a test",
    unit="one author in one ISO week",
    epsilon=1.0,
    scale=4.0,
    threshold=35,
    max_cells=2,
    delay_days=28,
    sources=("ours",),
)


def release(name: str, count: int | None = 40) -> Release:
    rows = [
        {
            "area": "pcode:A",
            "week": WEEK,
            "signal": "distress",
            "author_weeks": count,
            "low": None,
            "high": None,
        }
    ]
    return Release(
        ledger_id=name,
        kind=ReleaseKind.COUNTS,
        basis=Basis.POSTS,
        circle=Circle.PUBLIC,
        table=pa.Table.from_pylist(rows, schema=RELEASED_COUNT_SCHEMA),
        statement=STATEMENT,
        made_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[DeskLedger]:
    make(tmp_path / "w", settings.template())
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        yield workspace.ledger


def test_a_release_is_read_back_as_it_was_written(ledger: DeskLedger) -> None:
    ledger.record([release("a")], week=WEEK, epsilon=1.0)
    (found,) = ledger.find(WEEK)
    assert found == release("a")
    assert found.digest() == release("a").digest()
    assert ledger.knows(found)


def test_a_week_pays_once(ledger: DeskLedger) -> None:
    ledger.record([release("a")], week=WEEK, epsilon=1.0)
    with pytest.raises(RefusedError, match="is spent"):
        ledger.record([release("b")], week=WEEK, epsilon=1.0)
    assert [r.ledger_id for r in ledger.all()] == ["a"]


def test_a_taken_id_writes_neither_release_nor_debit(ledger: DeskLedger) -> None:
    ledger.record([release("a")], week=WEEK, epsilon=1.0)
    later = date(2014, 8, 11)
    with pytest.raises(RefusedError):
        ledger.record([release("b"), release("a")], week=later, epsilon=1.0)
    assert ledger.weeks() == {WEEK}
    assert ledger.find(later) == []


def test_what_was_changed_is_not_known(ledger: DeskLedger) -> None:
    ledger.record([release("a")], week=WEEK, epsilon=1.0)
    assert not ledger.knows(release("a", count=41))
    assert not ledger.knows(dataclasses.replace(release("a"), circle=Circle.PARTNERS))
    later = dataclasses.replace(STATEMENT, delay_days=0)
    assert not ledger.knows(dataclasses.replace(release("a"), statement=later))
    assert not ledger.knows(release("z"))


def test_what_costs_nothing_may_be_made_again(ledger: DeskLedger) -> None:
    ledger.replace([release("index", 1)])
    ledger.replace([release("index", 2)])
    (found,) = ledger.all()
    assert ledger.knows(release("index", 2))
    assert not ledger.knows(release("index", 1))
    assert found.table["author_weeks"].to_pylist() == [2]


def test_what_was_paid_for_is_never_replaced(ledger: DeskLedger) -> None:
    ledger.record([release("a")], week=WEEK, epsilon=1.0)
    with pytest.raises(RefusedError, match="never replaced"):
        ledger.replace([release("b"), release("a", count=41)])
    (found,) = ledger.all()
    assert found == release("a")
