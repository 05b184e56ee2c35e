"""Each class of data has its clock: it is shown, and what is over goes and is written down."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert
from tests.retention.conftest import AREAS, FIRST, QUICK, WHO, Said, areas, at, held, put

from fanal.cli.dice import batch_id
from fanal.model.person import Deed
from fanal.retention import apply, kept
from fanal.store.clocks import Class
from fanal.store.tables import REJECTS
from fanal.store.vault import Vault
from fanal.store.workspace import Workspace

READ = at(0, 168)  # the first moment after the first week


def run(workspace: Workspace, now: datetime) -> dict[Class, int]:
    return apply(workspace, QUICK, areas=areas(), who=WHO, now=now, new_id=batch_id)[1]


def shown(workspace: Workspace, now: datetime) -> dict[Class, tuple[int, date | None, date | None, int]]:
    return {one.kind: (one.many, one.oldest, one.goes, one.due) for one in kept(workspace, QUICK, now=now)}


@pytest.fixture
def workspace(new_workspace: Callable[..., Path]) -> Any:
    """Return a workspace with one post and one rejected row, read when its week was over."""
    with held(new_workspace()) as one:
        batch = put(one, [Said("b", at(0), "need", ((AREAS[0], 1.0),))], read_at=READ)
        with one.desk.transaction() as connection:
            connection.execute(
                insert(REJECTS), [{"batch": batch, "file": "zebra", "line": 1, "reason": "broken"}]
            )
        yield one


def test_each_class_goes_when_its_time_is_over_and_not_before(workspace: Workspace) -> None:
    read = READ.date()
    assert set(shown(workspace, READ)) == set(Class)
    assert shown(workspace, READ)[Class.PSEUDONYMS] == (1, read, read + timedelta(7), 0)
    assert shown(workspace, READ)[Class.REJECTS] == (1, read, read + timedelta(90), 0)
    assert run(workspace, READ + timedelta(days=7, seconds=-1)) == {}
    assert workspace.keyring.weeks() == [FIRST]
    assert shown(workspace, READ + timedelta(days=7))[Class.PSEUDONYMS][3] == 1
    assert run(workspace, READ + timedelta(days=7)) == {}
    assert workspace.keyring.weeks() == []
    closed = READ.date() + timedelta(7)
    assert shown(workspace, READ)[Class.ROWS] == (2, read, read + timedelta(400), 0)
    assert shown(workspace, READ)[Class.COUNTS][:2] == (1, closed)
    steps = [
        (90, {Class.REJECTS: 1}),
        (400, {Class.ROWS: 2}),
        (1825, {Class.SEEN: 1}),
        (1832, {Class.COUNTS: 1}),
    ]
    for life, gone in steps:
        assert run(workspace, READ + timedelta(days=life - 1)) == {}
        before = shown(workspace, READ + timedelta(days=life))
        assert {kind: before[kind][3] for kind in gone} == gone
        assert run(workspace, READ + timedelta(days=life)) == gone
    after = shown(workspace, READ + timedelta(days=1832))
    assert {kind for kind, (many, *_) in after.items() if many} == {Class.RELEASES, Class.AUDIT}
    noted = [(one.about, one.who) for one in workspace.audit.all() if one.act is Deed.EXPIRED]
    assert noted == [(f"class:{name}", "amal") for name in ("rejects", "rows", "seen", "counts")]
    assert b"zebra" not in b"".join(path.read_bytes() for path in workspace.folder.glob("desk.sqlite*"))
    for name in ("signals", "mentions", "seen"):
        log = {entry["operation"] for entry in workspace.lake.table(name).history()}
        assert log <= {"VACUUM START", "VACUUM END"}  # nothing of what was deleted


def test_an_archive_lives_from_its_reading(new_workspace: Callable[..., Path]) -> None:
    with held(new_workspace()) as workspace:
        put(workspace, [Said("b", at(0), "need", ((AREAS[0], 1.0),))], read_at=at(500))
        assert run(workspace, at(500) + timedelta(days=6)) == {}
        assert workspace.keyring.weeks() == [FIRST]
        assert run(workspace, at(500) + timedelta(days=8)) == {}
        assert workspace.keyring.weeks() == []
        assert len(workspace.lake.read("mentions")) == 1


def test_counts_that_go_are_in_no_table(workspace: Workspace) -> None:
    run(workspace, at(5))
    workspace.lake.overwrite("counts", workspace.closings.cells())
    run(workspace, at(5) + timedelta(days=1825))
    assert len(workspace.lake.read("counts")) == 0
    assert workspace.closings.weeks() == set()


def test_a_day_of_the_vault_loses_its_key_before_its_rows(
    new_workspace: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = date(2014, 6, 1), date(2014, 6, 3)
    gone_first: list[list[date]] = []
    real = Vault.drop_day
    with held(new_workspace()) as workspace:

        def drop(vault: Vault, day: date) -> int:
            gone_first.append(workspace.keyring.gone())
            return real(vault, day)

        monkeypatch.setattr(Vault, "drop_day", drop)
        for number, day in enumerate((old, new)):
            one = [Said("b", at(0), "need", ((AREAS[0], 1.0),))]
            put(workspace, one, read_at=READ, first_id=number, sealed_on=day)
        assert workspace.vault.count() == 2
        now = datetime.combine(old + timedelta(90), datetime.min.time(), READ.tzinfo)
        assert run(workspace, now)[Class.TEXT] == 1
        assert gone_first == [[old]]
        assert workspace.vault.days() == [new]
        assert shown(workspace, now)[Class.TEXT][:3] == (1, new, new + timedelta(90))
        destroyed = [one.about for one in workspace.audit.all() if one.about.startswith("day:")]
        assert destroyed == [f"day:{old}"]


def test_rows_of_a_batch_that_was_read_late_stay(new_workspace: Callable[..., Path]) -> None:
    said = [Said("b", at(0), None, ((AREAS[0], 1.0),))]
    with held(new_workspace()) as workspace:
        put(workspace, said, read_at=at(1))
        run(workspace, at(3))
        put(workspace, said, read_at=at(60), first_id=5)
        assert run(workspace, at(62)) == {Class.ROWS: 1}  # of the batch that was read first
        left = workspace.lake.read("mentions")
        assert len(left) == 1
        assert np.unique(left["pseudonym"].to_numpy()).tolist() == [0]
