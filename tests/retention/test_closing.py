"""Closing a week takes its pseudonyms and its key, and changes no count, no hotspot, no silence and no Release."""

import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest
from tests.retention.conftest import AREAS, FIRST, QUICK, WHO, Said, areas, at, held, put, stream

from fanal import pipeline
from fanal.cli.dice import batch_id, generator
from fanal.model.error import RefusedError
from fanal.model.person import Deed
from fanal.retention import Closed, close_weeks, days
from fanal.store.clocks import Class, expire, kept
from fanal.store.closings import about
from fanal.store.desk import Desk
from fanal.store.keyring import Keyring
from fanal.store.lake import BATCHED, Lake
from fanal.store.removal import Removal
from fanal.store.workspace import Workspace

WEEKS = 8
NOW = at(WEEKS, 24)  # the last week has been over for a day


def update(workspace: Workspace, now: datetime = NOW) -> dict[str, Any]:
    """Count and release as an update does, and return what it made."""
    contributions = pipeline.from_posts(workspace, QUICK, areas=areas(), now=now, dice=generator)
    pipeline.release_posts(
        workspace,
        QUICK,
        contributions,
        areas=areas(),
        now=now,
        dice=generator,
        progress=lambda _done, _total: None,
    )
    rows = {name: workspace.lake.read(name).to_pylist() for name in ("counts", "hotspots", "silence")}
    made = {name: sorted(some, key=repr) for name, some in rows.items()}  # files of a table have no order
    return {**made, "releases": [one.digest() for one in workspace.ledger.all() if one.kind == "counts"]}


def close(workspace: Workspace, now: datetime = NOW) -> Closed:
    return close_weeks(workspace, QUICK, areas=areas(), who=WHO, now=now, new_id=batch_id)


def week(number: int) -> Any:
    return FIRST + timedelta(weeks=number)


def named(workspace: Workspace) -> set[Any]:
    """Return the weeks of which a pseudonym stands in the lake."""
    found: set[Any] = set()
    for name in ("signals", "mentions", "newcomers"):
        rows = workspace.lake.read(name)
        found |= set(rows.filter(pc.not_equal(rows["pseudonym"], 0))["week"].to_pylist())
    return found


@pytest.fixture
def filled(new_workspace: Callable[..., Path]) -> Path:
    """Return a workspace with a random stream, read in two parts that overlap in a week."""
    seed = time.time_ns() % 2**32
    print("seed", seed)  # noqa: T201 - shown when the test fails
    said = sorted(stream(generator(seed), weeks=WEEKS), key=lambda one: one.time)
    early = [one for one in said if one.time < at(WEEKS - 2, 100)]
    folder = new_workspace()
    with held(folder) as workspace:
        put(workspace, early, read_at=NOW - timedelta(days=8))
        put(workspace, said[len(early) :], read_at=NOW - timedelta(hours=1), first_id=len(early))
    return folder


def test_no_number_changes(filled: Path) -> None:
    with held(filled) as workspace:
        before = update(workspace)
        assert before["hotspots"]
        assert any(row["new_share"] is not None for row in before["hotspots"])
        closed = close(workspace)
        assert list(closed.weeks) == [week(n) for n in range(WEEKS - 2)]  # the last but one was read today
        assert named(workspace) == {week(WEEKS - 2), week(WEEKS - 1)}
        assert workspace.keyring.weeks() == [week(WEEKS - 2), week(WEEKS - 1)]
        assert update(workspace) == before
        later = NOW + timedelta(days=8)
        open_before = update(workspace, later)
        assert len(close(workspace, later).weeks) == 2
        assert named(workspace) == set()
        assert update(workspace, later) == open_before


def test_a_week_without_a_release_is_drawn_before_its_pseudonyms_go(filled: Path) -> None:
    with held(filled) as workspace:
        closed = set(close(workspace).weeks)
        assert closed <= set(workspace.ledger.spent())
        drawn = {one.ledger_id: one.digest() for one in workspace.ledger.all()}
        update(workspace)
        assert set(workspace.ledger.spent()) == {week(n) for n in range(WEEKS)}
        now = {one.ledger_id: one.digest() for one in workspace.ledger.all()}
        assert drawn.items() <= now.items()


def test_where_the_gate_refuses_the_week_waits(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, week: Any, **__: Any) -> None:
        if week == FIRST:
            raise RefusedError("no noise")

    monkeypatch.setattr(pipeline, "release_week", refuse)
    with held(filled) as workspace:
        closed = close(workspace)
        assert closed.waiting == {FIRST: "no noise"}
        assert FIRST in named(workspace)
        assert week(1) in closed.weeks


class Killed(BaseException):
    """Be a process that ends here: nothing in Fanal catches it."""


STEPS = [
    (Lake, "overwrite"),
    (Removal, "wipe"),
    (Removal, "remove"),
    (Removal, "forget"),
    (Keyring, "destroy_week"),
    (Desk, "transaction"),
]


def dying(patch: pytest.MonkeyPatch, after: int | None) -> list[str]:
    """Let the process die before the step of a number; returns the names of the steps that were begun."""
    begun: list[str] = []
    for owner, name in STEPS:
        real = getattr(owner, name)

        def step(self: Any, *given: Any, _real: Any = real, _name: str = name, **more: Any) -> Any:
            if after is not None and len(begun) >= after:
                raise Killed(_name)
            begun.append(_name)
            return _real(self, *given, **more)

        patch.setattr(owner, name, step)
    return begun


def test_a_crash_before_any_step_ends_the_same(new_workspace: Callable[..., Path], tmp_path: Path) -> None:
    said = stream(generator(3), weeks=2, authors=6, burst=12)
    folder, now = new_workspace("whole"), at(4)
    with held(folder) as workspace:
        put(workspace, said, read_at=at(2))
        drawn = update(workspace, now)["releases"]
    shutil.copytree(folder, tmp_path / "clean")
    with pytest.MonkeyPatch.context() as patch, held(tmp_path / "clean") as workspace:
        begun = dying(patch, None)
        close(workspace, now)
        total = len(begun)
        end = update(workspace, now)
    assert {"wipe", "forget", "destroy_week"} <= set(begun)
    for number in range(total):
        copy = tmp_path / f"killed-{number}"
        shutil.copytree(folder, copy)
        with pytest.MonkeyPatch.context() as patch:
            dying(patch, number)
            with pytest.raises(Killed), held(copy) as workspace:
                close(workspace, now)
        with held(copy) as workspace:
            if number % 2:  # an update that comes first must not count a week twice
                assert update(workspace, now)["counts"] == end["counts"]
            close(workspace, now)
            assert named(workspace) == set()
            assert workspace.keyring.weeks() == []
            assert update(workspace, now) == end
            assert workspace.closings.finish(now) == []
            noted = [one.about for one in workspace.audit.all() if one.act is Deed.KEY_DESTROYED]
            assert noted == [about(week(n)) for n in range(2)]
        shutil.rmtree(copy)
    assert end["releases"] == drawn


def test_posts_that_come_in_later_are_counted_again_under_a_new_key(
    new_workspace: Callable[..., Path],
) -> None:
    one = [Said("b", at(0), "need", ((AREAS[0], 1.0),))]
    with held(new_workspace()) as workspace:
        put(workspace, one, read_at=at(0, 20))
        key = workspace.keyring.of_week(FIRST)
        close(workspace, at(3))
        put(workspace, one, read_at=at(3), first_id=7)
        assert workspace.keyring.of_week(FIRST) != key
        counts = update(workspace, at(3))["counts"]
        assert [row["author_weeks"] for row in counts] == [2, 2]  # need and volume: one author, twice
        assert close(workspace, at(3, 100)).weeks == ()
        assert close(workspace, at(5)).weeks == (FIRST,)
        assert update(workspace, at(5))["counts"] == counts
        assert set(workspace.ledger.spent()) == {FIRST}


def test_a_post_with_a_wrong_clock_lives_no_longer_for_that(new_workspace: Callable[..., Path]) -> None:
    with held(new_workspace()) as workspace:
        put(workspace, [Said("a", at(4000), "need", ((AREAS[0], 1.0),))], read_at=at(0))
        update(workspace, at(1))
        (open_week,) = workspace.closings.since()
        assert workspace.closings.due(at(2, 11)) == []
        assert workspace.keyring.weeks() == [open_week]
        assert close(workspace, at(2)).weeks == (open_week,)
        assert (named(workspace), workspace.keyring.weeks()) == (set(), [])
        assert workspace.ledger.all() == []  # the gate draws no week that is still to come
        over = {one.kind: one.due for one in kept(workspace, days(QUICK), at(54))}
        assert (over[Class.ROWS], over[Class.SEEN]) == (0, 0)
        assert expire(workspace, days(QUICK), who=WHO, now=at(59))[Class.ROWS] == 2
        assert workspace.lake.read("signals").num_rows == 0


def test_only_files_of_closed_weeks_are_written_anew(new_workspace: Callable[..., Path]) -> None:
    with held(new_workspace()) as workspace:
        old = put(workspace, [Said("b", at(0), "need", ((AREAS[0], 1.0),))], read_at=at(0, 20))
        new = put(workspace, [Said("b", at(4), "need", ((AREAS[0], 1.0),))], read_at=at(4, 20), first_id=7)
        files = {name: {p.batch: p.path for p in workspace.lake.parts(name)} for name in BATCHED}
        close(workspace, at(5))
        after = {name: {p.batch: p.path for p in workspace.lake.parts(name)} for name in BATCHED}
        for name in ("signals", "mentions"):
            assert after[name][new] == files[name][new]
            assert after[name][old] != files[name][old]
        assert after["seen"] == files["seen"]


def test_workspaces_cannot_be_joined(new_workspace: Callable[..., Path]) -> None:
    said = stream(generator(5), weeks=2)
    found = []
    for name in ("one", "two"):
        with held(new_workspace(name)) as workspace:
            put(workspace, said, read_at=at(2))
            tables = [workspace.lake.read(table) for table in BATCHED]
        columns = [t[c] for t in tables for c in ("pseudonym", "post", "first", "row") if c in t.column_names]
        found.append(np.unique(np.concatenate([column.to_numpy() for column in columns])))
    assert len(found[0]) > 50
    assert not len(np.intersect1d(*found))


def test_rows_know_an_area_and_no_point_no_name_and_no_text() -> None:
    kept = {name: set(schema.names) for name, schema in BATCHED.items()}
    assert kept == {
        "signals": {"batch", "week", "post", "pseudonym", "category", "score", "stance", "language"},
        "mentions": {"batch", "week", "post", "pseudonym", "area", "probability", "basis"},
        "newcomers": {"batch", "week", "pseudonym", "new"},
        "versions": {"batch", "week", "post", "first", "written", "edited"},
        "seen": {"batch", "week", "row"},
    }
