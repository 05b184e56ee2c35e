"""The ledger: a Release and its debit are one transaction; a week pays once; what was changed is not known."""

import dataclasses
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from fanal import settings_file
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
    make(tmp_path / "w", settings_file.template())
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
    assert ledger.spent() == {WEEK: 1.0}
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


CHANGES = {
    "budget gone": "DELETE FROM budget",
    "releases gone": "DELETE FROM releases",
    "epsilon changed": "UPDATE budget SET epsilon = 0.1",
    "statement changed": "UPDATE releases SET statement = replace(statement, '35', '1')",
    "circle changed": "UPDATE releases SET circle = 'partners'",
    "digest changed": "UPDATE releases SET digest = 'sha256:0'",
    "made earlier": "UPDATE releases SET made_at = '2025-01-01 12:00:00.000000'",
    "moved to another week": "UPDATE releases SET week = '2014-08-11'",
}


AGAINST_BUDGET = {"budget gone", "releases gone", "epsilon changed", "moved to another week"}


@pytest.mark.parametrize("change", CHANGES)
def test_a_ledger_that_was_edited_by_hand_is_refused(tmp_path: Path, change: str) -> None:
    make(tmp_path / "w", settings_file.template())
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        workspace.ledger.record([release("a")], week=WEEK, epsilon=1.0)
    with closing(sqlite3.connect(tmp_path / "w" / "desk.sqlite")) as desk:
        guards = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('budget', 'releases')"
        )
        for (name,) in desk.execute(guards).fetchall():  # who wants to change it takes these away first
            desk.execute(f"DROP TRIGGER {name}")
        desk.execute(CHANGES[change])
        desk.commit()
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        for ask in (workspace.ledger.all, partial(workspace.ledger.find, WEEK)):
            with pytest.raises(RefusedError, match=r"does not fit together.*[Pp]ut back the desk"):
                ask()
        if change in AGAINST_BUDGET:
            with pytest.raises(RefusedError, match="does not fit together"):
                workspace.ledger.record([release("b")], week=date(2014, 8, 18), epsilon=1.0)
        if change in AGAINST_BUDGET - {"releases gone"}:
            with pytest.raises(RefusedError, match="does not fit together"):
                workspace.ledger.knows(release("a"))
    with closing(sqlite3.connect(tmp_path / "w" / "desk.sqlite")) as desk:  # and nothing was mended or added
        assert desk.execute("SELECT count(*) FROM releases WHERE ledger_id = 'b'").fetchone() == (0,)
        after = desk.execute("SELECT week, epsilon FROM budget").fetchall()
    assert after == ([] if change == "budget gone" else [("2014-08-04", 0.1 if "epsilon" in change else 1.0)])


def test_a_ledger_that_fits_is_read(ledger: DeskLedger) -> None:
    later = date(2014, 8, 11)
    ledger.record([release("a"), release("a:later")], week=WEEK, epsilon=1.0)
    ledger.record([release("b")], week=later, epsilon=1.0)
    ledger.replace([release("layers")])
    assert len(ledger.all()) == 4
    assert ledger.spent() == {WEEK: 1.0, later: 1.0}
