"""Compaction: few files, the same rows, no file of two weeks; what no reader needs leaves the disk."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from deltalake.transaction import AddAction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.store.test_workspace import batch, write

from fanal import settings_file
from fanal.store.batch import Batch
from fanal.store.compact import compact
from fanal.store.history import History
from fanal.store.lake import CHECKPOINT_EVERY, Lake
from fanal.store.removal import Removal
from fanal.store.seen import Seen
from fanal.store.workspace import make, opened

MONDAY = 16_286  # 2014-08-04 as days since 1970-01-01
NOW = datetime.now(UTC)  # noqa: TID251 - Delta's own clock is the machine's


ROW = st.tuples(st.integers(0, 3), st.integers(0, 10**6))
"""Week and number of a row."""


def quiet(_done: int, _total: int) -> None:
    """Show nothing."""


def lake_of(folder: Path, batches: list[list[tuple[int, int]]]) -> Lake:
    """Write batches of rows, each with its week."""
    lake = Lake(folder)
    for number, rows in enumerate(batches):
        hashes = np.array([row for _, row in rows], np.uint64)
        weeks = np.array([MONDAY + 7 * week for week, _ in rows], np.int32)
        one = Batch(id=f"{number:016x}", weeks=weeks, posts=hashes, pseudonyms=hashes)
        lake.append("seen", one.seen(np.empty(0, np.uint64)))
    lake.keep()
    return lake


@hypothesis_settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(ROW, min_size=1, max_size=9), min_size=1, max_size=9), st.sampled_from([4, 10, 1000])
)
def test_rows_are_the_same_and_no_file_that_was_made_holds_two_weeks(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, int]]], rows: int
) -> None:
    lake = lake_of(tmp_path_factory.mktemp("lake"), batches)
    before, parts = lake.read("seen"), lake.parts("seen")
    found = compact(lake, "seen", progress=quiet, rows=rows)
    order = [(name, "ascending") for name in before.column_names]
    assert lake.read("seen").sort_by(order) == before.sort_by(order)
    after = lake.parts("seen")
    assert (found.files_before, found.files_after, found.rows) == (len(parts), len(after), len(before))
    kept = {part.path for part in parts}
    for part in after:
        assert part.path in kept or part.first == part.last
        there = pq.read_table(lake.root / "seen" / part.path)
        assert len(there) == part.rows
        assert {day.toordinal() for day in (there["week"][0].as_py(), there["week"][-1].as_py())} == {
            part.first + 719_163,
            part.last + 719_163,
        } or part.first != part.last
        assert (part.batch is None) == (len(there["batch"].unique()) > 1)
    files = compact(lake, "seen", progress=quiet, rows=rows)
    assert files.files_after == files.files_before == len(after), "a second compaction finds nothing to do"


def test_many_batches_of_two_weeks_become_a_file_for_each_week(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, [[(0, 2 * n), (1, 2 * n + 1)] for n in range(12)])
    told: list[tuple[int, int]] = []
    found = compact(lake, "seen", progress=lambda *at: told.append(at))
    assert (found.files_before, found.files_after) == (12, 2)
    assert told == sorted(told)
    assert told[-1][0] <= told[-1][1]


def test_compacted_rows_are_known_and_what_comes_later_is_found_beside_them(tmp_path: Path) -> None:
    rows = [[(0, 10 * n), (1, 10 * n + 1)] for n in range(6)]
    lake = lake_of(tmp_path, rows)
    compact(lake, "seen", progress=quiet)
    weeks, hashes = np.full(7, MONDAY, np.int32), np.array([*range(0, 60, 10), 999], np.uint64)
    ids = [f"{n:016x}" for n in range(6)]
    assert Seen(lake, ids).fresh(weeks, hashes).tolist() == [False] * 6 + [True]


def test_a_workspace_compacts_and_forgets_what_was_replaced(tmp_path: Path) -> None:
    make(tmp_path / "w", settings_file.template())
    count = CHECKPOINT_EVERY + 3
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        for number in range(count):
            write(workspace, batch(f"{number:016x}", [number]), commit=True)
            workspace.lake.spare()
    table = tmp_path / "w" / "lake" / "mentions"
    assert History(table).checkpoint == CHECKPOINT_EVERY
    (table / "part-1.parquet#1").touch()
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        lake = workspace.lake
        compact(lake, "mentions", progress=quiet)
        lake.promise()
        swept = lake.vacuum("mentions", keep=timedelta(hours=1), now=NOW)
        assert swept.files == 0, "a reader may be at work"
        assert len(list(table.glob("*.parquet"))) == count + 1
        swept = lake.vacuum("mentions", keep=timedelta(0), now=NOW + timedelta(hours=1))
        assert swept.files == count + 1
        assert swept.entries >= count
        assert swept.bytes > 0
        assert len(list(table.glob("*.parquet*"))) == 1
        assert all(path.stat().st_size for path in (table / "_delta_log").iterdir())
        assert not History(table).spared()
        write(workspace, batch("f" * 16, [999]), commit=True)
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        assert len(workspace.lake.read("mentions")) == count + 1
        assert workspace.lake.vacuum("mentions", keep=timedelta(0), now=NOW + timedelta(hours=1)).files == 0


def compact_and_stop(folder: Path) -> None:
    """Compact, and end as Ctrl-C does before anything is promised."""
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        compact(workspace.lake, "seen", progress=quiet)
        raise KeyboardInterrupt


def test_what_was_rewritten_and_not_promised_is_rolled_back(tmp_path: Path) -> None:
    make(tmp_path / "w", settings_file.template())
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        for number in range(5):
            write(workspace, batch(f"{number:016x}", [number]), commit=True)
    with pytest.raises(KeyboardInterrupt):
        compact_and_stop(tmp_path / "w")
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        assert len(workspace.lake.parts("seen")) == 5
        assert len(workspace.lake.read("seen")) == 5
        compact(workspace.lake, "seen", progress=quiet)
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        assert len(workspace.lake.parts("seen")) == 1, "a block that ends well is promised"


def test_rows_of_an_open_batch_are_never_promised_alone(tmp_path: Path) -> None:
    make(tmp_path / "w", settings_file.template())
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        write(workspace, batch("a" * 16, [1]), commit=False)
        with pytest.raises(RuntimeError, match="open batch"):
            workspace.lake.vacuum("seen", keep=timedelta(0), now=NOW)


def test_rows_that_delta_itself_removed_stay_removed_once_the_block_ends_well(tmp_path: Path) -> None:
    make(tmp_path / "w", settings_file.template())
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        for number in range(3):
            write(workspace, batch(f"{number:016x}", [number]), commit=True)
        workspace.lake.table("seen").delete(f"batch = '{1:016x}'")
        assert len(workspace.lake.parts("seen")) == 2
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        assert len(workspace.lake.read("seen")) == 2
        assert workspace.desk.promised() == {"mentions": 2, "seen": 3}


def test_a_reader_sees_the_moment_at_which_it_asked_what_is_committed(tmp_path: Path) -> None:
    make(tmp_path / "w", settings_file.template())
    query = "SELECT (SELECT count(*) FROM seen), (SELECT count(*) FROM mentions)"
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        for number in range(4):
            write(workspace, batch(f"{number:016x}", [number]), commit=True)
        for table in ("seen", "mentions"):  # as if nothing had happened for hours
            for path in (workspace.lake.root / table / "_delta_log").iterdir():
                os.utime(path, (0, 0))
        with opened(tmp_path / "w", dice=os.urandom, writing=False) as reader:
            before = reader.desk.batches()
            write(workspace, batch("f" * 16, [999]), commit=True)
            for table in ("seen", "mentions"):
                compact(workspace.lake, table, progress=quiet)
            workspace.lake.promise()
            for table in ("seen", "mentions"):
                workspace.lake.vacuum(table, keep=timedelta(hours=1), now=NOW)
            known = [*before, "f" * 16]  # as if its ids were a moment younger than its tables
            assert list(reader.lake.query(query, committed=known).to_pylist()[0].values()) == [5, 5]
            assert list(reader.lake.query(query, committed=before).to_pylist()[0].values()) == [4, 4]
            assert len(reader.lake.dataset("seen", before.lake["seen"]).files) == 4
            for table in ("seen", "mentions"):
                workspace.lake.vacuum(table, keep=timedelta(0), now=NOW + timedelta(hours=1))
            assert list(reader.lake.query(query, committed=before).to_pylist()[0].values()) == [5, 5], (
                "what was swept is looked at as it is now, with what is committed now"
            )


def as_an_earlier_fanal_left_it(lake: Lake, name: str) -> None:
    """Take the ends of all columns but two out of what the log tells of the files of a table."""
    parts = lake.parts(name)
    adds = []
    for part in parts:
        week = str(date(1970, 1, 1) + timedelta(days=part.first))
        ends = {"batch": part.batch or "0" * 16, "week": week}
        adds.append(
            AddAction(
                path=part.path,
                size=part.bytes,
                partition_values={},
                modification_time=0,
                data_change=False,
                stats=json.dumps(
                    {
                        "numRecords": part.rows,
                        "minValues": ends,
                        "maxValues": {**ends, "batch": "f" * 16},
                        "nullCount": {"batch": 0, "week": 0},
                    }
                ),
            )
        )
    lake.replace(name, adds, [], why="as it was")
    lake.promise()


@pytest.mark.parametrize("earlier", [False, True])
def test_whoever_asks_for_some_rows_finds_them_in_files_that_were_compacted(
    tmp_path: Path, earlier: bool
) -> None:
    make(tmp_path / "w", settings_file.template())
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        for number in range(5):
            write(workspace, batch(f"{number:016x}", [number + 1, 2**63 + number + 1]), commit=True)
        lake = workspace.lake
        for name in ("mentions", "seen"):
            compact(lake, name, progress=quiet)
            lake.promise()
            if earlier:
                as_an_earlier_fanal_left_it(lake, name)
        committed = workspace.desk.batches()
        for name in ("mentions", "seen"):
            for row in lake.read(name).to_pylist():
                for column, value in row.items():
                    asked = str(value) if isinstance(value, int | float) else f"'{value}'"
                    sql = f"SELECT count(*) AS n FROM {name} WHERE {column} = {asked}"  # noqa: S608 - of ours
                    expected = sum(one[column] == value for one in lake.read(name).to_pylist())
                    (found,) = lake.query(sql, committed=committed)["n"].to_pylist()
                    assert found == expected, sql
        assert Removal(lake).remove("seen", "row IN (3, 4)") == 2
        assert Removal(lake).wipe("mentions", [date(2014, 8, 4)]) == 10
        assert len(lake.read("seen")) == 8
