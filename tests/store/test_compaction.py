"""Compaction of a workspace: fewer batches, segments and files, and each reader is told what it was told before."""

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.store.streamed import DAY, contents, dice, kept_row, more, new, put, told

from fanal.model.error import KeyGoneError
from fanal.model.estimate import ANSWER_SCHEMA, CELL_SCHEMA
from fanal.model.person import Person, Role
from fanal.store import erased_rows
from fanal.store.clocks import Class, expire
from fanal.store.compact import compact
from fanal.store.compaction import Bound, Fewer, compact_workspace
from fanal.store.joint import joint_of
from fanal.store.lake import BATCHED
from fanal.store.located import located
from fanal.store.rejects import Which
from fanal.store.seen import Seen
from fanal.store.workspace import Workspace, opened

CHECKOUT = Path(__file__).resolve().parents[2]
LATER = DAY + timedelta(days=3)
STEP = Bound(posts=20, rows=20, bytes=1 << 12)


def compacted(workspace: Workspace, **how: object) -> Fewer:
    """Compact as `fanal compact` does."""
    return compact_workspace(
        workspace,
        keep=timedelta(hours=1),
        now=LATER,
        shown=lambda _what: nullcontext(lambda _done, _of: None),
        **how,  # type: ignore[arg-type]
    )


def compacted_before(workspace: Workspace) -> None:
    """Compact as an earlier Fanal did: files, and no batches."""
    for name in BATCHED:
        compact(workspace.lake, name, progress=lambda _done, _of: None, rows=20)
    workspace.lake.promise()


def test_a_day_of_a_stream_becomes_one_row_and_each_reader_is_told_the_same(tmp_path: Path) -> None:
    folder = new(tmp_path / "w")
    with opened(folder, dice=dice, writing=True) as workspace:
        before, batches = told(workspace), list(workspace.desk.batches())
        done = compacted(workspace)
        assert (done.batches_joined, done.segments_damaged) == (12, 0)
        assert len(workspace.desk.batches()) == 5, "two streams, two days, one file"
        assert set(workspace.desk.batches()) <= set(batches)
        assert told(workspace) == before
        assert len(list((folder / "vault").glob("*/*"))) == 9, "the first of each group stays by itself"
        assert not len(joint_of(workspace.desk))
    with opened(folder, dice=dice, writing=True) as workspace:
        assert told(workspace) == before
        assert workspace.vault.verify().faults == ()
        ids = set(workspace.desk.batches())
        for part in workspace.lake.parts("seen"):
            assert set(workspace.lake.read_part("seen", part, "batch").to_pylist()) <= ids
        again = compacted(workspace)
        assert (again.batches_joined, again.segments_joined) == (0, 0)
        assert told(workspace) == before


def test_step_by_step_each_reader_is_told_the_same_and_the_end_is_the_same(tmp_path: Path) -> None:
    whole, folder = new(tmp_path / "whole"), new(tmp_path / "w")
    with opened(whole, dice=dice, writing=True) as workspace:
        joined = compacted(workspace).batches_joined
        left = len(workspace.desk.batches())
    known: dict[tuple[str, str], pa.ChunkedArray] = {}
    with opened(folder, dice=dice, writing=True) as workspace:
        before, steps = told(workspace), [0]
        waiting = len(joint_of(workspace.desk))
        done = compacted(workspace, bound=STEP, known=known)
        while True:
            assert told(workspace) == before
            steps.append(done.batches_joined)
            assert len(joint_of(workspace.desk)) == waiting - sum(steps)
            if not done.more:
                break
            done = compacted(workspace, bound=STEP, known=known)
        assert sum(steps) == joined
        assert steps == [0, 5, 5, 2]
        assert len(workspace.desk.batches()) == left
        assert workspace.vault.verify().faults == ()
        more(workspace, range(8, 11))
        after = told(workspace)
        while compacted(workspace, bound=STEP, known=known).more:
            assert told(workspace) == after
        assert told(workspace) == after
    with opened(folder, dice=dice, writing=True) as workspace:
        assert told(workspace) == after
        assert compacted(workspace).batches_joined == 0


def test_a_step_that_can_join_nothing_is_the_last(tmp_path: Path) -> None:
    folder = new(tmp_path / "w", commits=6)
    with opened(folder, dice=dice, writing=True) as workspace:
        before = told(workspace)
        compacted_before(workspace)
        done = compacted(workspace, bound=STEP)
        assert (done.batches_joined, done.more) == (0, False)
        assert told(workspace) == before


@pytest.mark.parametrize("how", [[], ["steps"]], ids=["whole", "steps"])
def test_wherever_a_compaction_dies_each_reader_is_told_the_same_before_and_after(
    tmp_path: Path, how: list[str]
) -> None:
    seed = time.time_ns() % 2**32
    print("seed", seed)  # noqa: T201 - shown when the test fails
    ended = subprocess.run(
        [sys.executable, "-m", "tests.store.die_compacting", tmp_path, "8", str(seed), *how],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
        cwd=CHECKOUT,
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["bad"] == [], ended.stderr
    assert found["calls"] > 100
    assert (found["looks"], found["deaths"]) == (8, 8)


def test_a_segment_that_is_damaged_stays_with_its_batch_and_all_else_is_joined(tmp_path: Path) -> None:
    folder = new(tmp_path / "w", commits=6)
    with opened(folder, dice=dice, writing=True) as workspace:
        going = joint_of(workspace.desk).pairs()
        broken = next(iter(going))
        (path,) = (folder / "vault").glob(f"*/{broken}.seal")
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        done = compacted(workspace)
        assert (done.batches_joined, done.segments_damaged) == (len(going) - 1, 1)
        assert broken in workspace.desk.batches()
    path.write_bytes(whole)
    with opened(folder, dice=dice, writing=True) as workspace:
        texts = told(workspace)["texts"]
        assert len(texts) == len(set(texts))
        assert compacted(workspace).batches_joined == 1
        assert broken not in workspace.desk.batches()
        assert kept_row(workspace, going[broken], hash_line(workspace, going[broken]))


def test_texts_are_joined_under_the_key_of_their_day_alone_and_die_with_it(tmp_path: Path) -> None:
    folder = new(tmp_path / "w", commits=6)
    with opened(folder, dice=dice, writing=True) as workspace:
        compacted(workspace)
        days = workspace.vault.days()
        assert len(days) == 2
        workspace.keyring.destroy_day(days[0])
        listed = workspace.vault.listed()
        of_day = listed.filter(pc.equal(listed["day"], days[0]))["post"].to_pylist()
        for post in of_day:
            with pytest.raises(KeyGoneError):
                workspace.vault.read(post)
        assert len(of_day) + sum(1 for _ in workspace.vault.of_day(days[1])) == len(listed)
        put(workspace, 7, file="one", at=DAY + timedelta(days=1, seconds=7))
        assert compacted(workspace).batches_joined == 1, "the other day goes on"


def test_a_day_whose_key_is_gone_is_left_alone(tmp_path: Path) -> None:
    folder = new(tmp_path / "w", commits=6)
    with opened(folder, dice=dice, writing=True) as workspace:
        first = workspace.vault.days()[0]
        workspace.keyring.destroy_day(first)
        before = set((folder / "vault" / first.isoformat()).iterdir())
        compacted(workspace)
        assert set((folder / "vault" / first.isoformat()).iterdir()) == before
        workspace.vault.drop_day(first)
        compacted(workspace)
        assert len(workspace.desk.batches()) == 5


def test_rows_that_are_removed_after_a_compaction_are_gone_and_the_others_stay(tmp_path: Path) -> None:
    folder = new(tmp_path / "w", commits=6)
    with opened(folder, dice=dice, writing=True) as workspace:
        compacted(workspace)
        before = contents(workspace)
        gone = [post for _, post, _ in before[::3]]
        removed = erased_rows.remove(workspace, [], np.array(sorted(gone), np.uint64))
        assert removed["vault"] == removed["signals"] == removed["mentions"] == removed["seen"] == len(gone)
        assert contents(workspace) == [one for one in before if one[1] not in gone]
        days = {Class.SEEN: 30, Class.ROWS: 30, Class.REJECTS: 5, Class.TEXT: 5, Class.COUNTS: 30}
        who = Person(name="amal", roles=frozenset(Role))
        went = expire(workspace, days, who=who, now=DAY + timedelta(days=5, hours=1))
        assert went == {Class.TEXT: 1, Class.REJECTS: 7}, "the first of two days, and the file"
        assert {day for day, _, _ in contents(workspace)} == {(DAY + timedelta(days=1)).date()}


def test_a_week_closes_after_a_compaction_as_it_would_without_one(tmp_path: Path) -> None:
    found = []
    for name in ("plain", "compacted"):
        folder = new(tmp_path / name, commits=6)
        with opened(folder, dice=dice, writing=True) as workspace:
            if name == "compacted":
                compacted(workspace)
            at = DAY + timedelta(days=60)
            weeks = workspace.closings.due(at)
            rows = located(workspace.lake, committed=workspace.desk.batches(), volume="volume", weeks=weeks)
            assert len(rows)
            who = Person(name="amal", roles=frozenset(Role))
            cells, answers = CELL_SCHEMA.empty_table(), ANSWER_SCHEMA.empty_table()
            workspace.closings.begin(weeks, closing="c", cells=cells, answers=answers, who=who, at=at)
            assert workspace.closings.finish(at) == weeks
            left = told(workspace)
            assert left["located"]["week"] == left["newcomers"]["week"] == []
            found.append(left)
    assert found[0] == found[1]


def test_what_was_read_stays_known_and_a_stream_goes_on(tmp_path: Path) -> None:
    folder = new(tmp_path / "w", commits=6)
    with opened(folder, dice=dice, writing=True) as workspace:
        compacted(workspace)
        rows = workspace.lake.read("seen")
        known = Seen(workspace.lake, workspace.desk.batches())
        hashes = rows["row"].to_numpy().view(np.uint64)
        weeks = rows["week"].cast(pa.int32()).to_numpy()
        assert not known.fresh(weeks, hashes).any()
        more(workspace, range(8, 11))
        cursors = {one.name: one.cursor for one in workspace.streams.all()}
        compacted(workspace)
        assert {one.name: one.cursor for one in workspace.streams.all()} == cursors
        assert len(workspace.desk.batches()) == 5
        for one in workspace.rejects.page(Which(), most=100):
            assert kept_row(workspace, one.batch, one.line)


def test_rows_that_were_renamed_count_with_the_desk_alone(tmp_path: Path) -> None:
    folder = new(tmp_path / "w", commits=6)
    with opened(folder, dice=dice, writing=True) as workspace:
        before, joint = told(workspace), joint_of(workspace.desk)
        compact(workspace.lake, "seen", progress=lambda _done, _of: None, joint=joint)
        with pytest.raises(RuntimeError, match="renamed"):
            workspace.lake.promise()
        with pytest.raises(RuntimeError, match="renamed"):
            more(workspace, [9])
    with opened(folder, dice=dice, writing=True) as workspace:
        assert told(workspace) == before
        assert len(joint_of(workspace.desk)) == len(joint)


def test_large_files_that_name_many_batches_are_left_to_the_command(tmp_path: Path) -> None:
    folder = new(tmp_path / "w", commits=6)
    with opened(folder, dice=dice, writing=True) as workspace:
        before = told(workspace)
        compacted_before(workspace)
        assert compacted(workspace, bound=replace(STEP, posts=1_000)).batches_joined == 0
        assert told(workspace) == before
        assert compacted(workspace, rows=20).batches_joined == len(before["streams"]) * 4
        assert told(workspace) == before


def test_a_desk_of_an_earlier_fanal_knows_its_streams_from_its_files(tmp_path: Path) -> None:
    folder = new(tmp_path / "w", commits=3)
    with sqlite3.connect(folder / "desk.sqlite") as connection:
        connection.executescript(
            "ALTER TABLE batches DROP COLUMN commits; DROP TABLE segments;"
            "UPDATE alembic_version SET version_num = '0016'; PRAGMA user_version = 16;"
        )
    connection.close()
    with opened(folder, dice=dice, writing=True) as workspace:
        before = told(workspace)
        assert compacted(workspace).batches_joined == 2
        assert told(workspace) == before


def hash_line(workspace: Workspace, batch: str) -> int:
    """Return the line of a rejected row of a batch."""
    return next(one.line for one in workspace.rejects.page(Which(), most=100) if one.batch == batch)
