"""A lake that lost what was committed is refused in a sentence; what never counted is gone past in silence."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.store.test_workspace import batch, write

from fanal import settings_file
from fanal.model.error import WorkspaceError
from fanal.store.history import History
from fanal.store.lake import CHECKPOINT_EVERY
from fanal.store.workspace import make, opened

BATCHES = 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a workspace with some batches, each a version of two tables."""
    make(tmp_path / "w", settings_file.template())
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        for number in range(BATCHES):
            write(workspace, batch(f"{number:016x}", [number]), commit=True)
    return tmp_path / "w"


def entry(folder: Path, version: int) -> Path:
    return History(folder / "lake" / "seen").path(version)


def part(folder: Path, version: int = 1) -> Path:
    found = History(folder / "lake" / "seen").entry(version)
    assert found is not None
    return folder / "lake" / "seen" / found.added[0].path


def lines(path: Path, count: int) -> None:
    path.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[:count]), encoding="utf-8")


DAMAGES: list[tuple[str, Callable[[Path], object], str]] = [
    ("a version in the middle is missing", lambda w: entry(w, 1).unlink(), "The log of the lake is missing"),
    ("the first version is missing", lambda w: entry(w, 0).unlink(), "The log of the lake is missing"),
    ("the last version is missing", lambda w: entry(w, BATCHES - 1).unlink(), "The lake lost commits"),
    ("an entry is empty", lambda w: os.truncate(entry(w, 1), 0), "The log of the lake is damaged"),
    ("the last entry is empty", lambda w: os.truncate(entry(w, BATCHES - 1), 0), "The log of the lake is damaged"),
    ("an entry is cut", lambda w: os.truncate(entry(w, 1), 90), "The log of the lake is damaged"),
    ("an entry is cut between lines", lambda w: lines(entry(w, 1), 1), "The log of the lake is damaged"),
    ("a file of rows is missing", lambda w: part(w).unlink(), "A file of the lake is missing"),
    ("a file of rows is cut", lambda w: os.truncate(part(w), 20), "A file of the lake is damaged"),
    ("a file of rows is empty", lambda w: os.truncate(part(w), 0), "A file of the lake is damaged"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "said"), [one[1:] for one in DAMAGES], ids=[one[0] for one in DAMAGES])
def test_what_was_committed_and_is_damaged_is_refused_and_nothing_is_changed(
    folder: Path, damage: Callable[[Path], object], said: str
) -> None:
    damage(folder)
    before = sorted((path, path.read_bytes()) for path in (folder / "lake").rglob("*") if path.is_file())
    for _ in range(2):
        with (
            pytest.raises(WorkspaceError, match=said) as refused,
            opened(folder, dice=os.urandom, writing=True),
        ):
            pass
        assert "seen" in refused.value.sentence
        assert "Put back a copy" in str(refused.value)
    assert before == sorted(
        (path, path.read_bytes()) for path in (folder / "lake").rglob("*") if path.is_file()
    )


def test_a_reader_is_told_of_a_damaged_file_too(folder: Path) -> None:
    part(folder).unlink()
    with opened(folder, dice=os.urandom, writing=False) as workspace:
        assert workspace.desk.totals().posts_read == BATCHES
        with pytest.raises(WorkspaceError, match="A file of the lake is missing"):
            workspace.lake.query("SELECT * FROM seen", committed=workspace.desk.batches())


@pytest.mark.parametrize("version", [1, BATCHES - 1])
def test_a_reader_is_told_of_an_entry_of_no_bytes_which_delta_would_pass_over(
    folder: Path, version: int
) -> None:
    os.truncate(entry(folder, version), 0)
    with opened(folder, dice=os.urandom, writing=False) as workspace:
        assert workspace.lake.table("seen").count() == BATCHES - 1, "Delta opens it without a word"
        with pytest.raises(WorkspaceError, match="The log of the lake is damaged"):
            workspace.lake.dataset("seen")


def test_a_reader_after_lost_power_is_told_to_let_a_writer_open_it(folder: Path) -> None:
    entry(folder, BATCHES).write_text('{"commitInfo":{"time', encoding="utf-8")
    with (
        opened(folder, dice=os.urandom, writing=False) as workspace,
        pytest.raises(WorkspaceError, match="Run a command that writes"),
    ):
        workspace.lake.dataset("seen")
    with opened(folder, dice=os.urandom, writing=True):
        pass
    with opened(folder, dice=os.urandom, writing=False) as workspace:
        assert workspace.lake.dataset("seen").count_rows() == BATCHES


def test_flipped_bytes_in_a_file_of_rows_are_told(folder: Path) -> None:
    path = part(folder)
    path.write_bytes(bytes(len(path.read_bytes())))
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        (found,) = [one for one in workspace.lake.parts("seen") if one.path == path.name]
        with pytest.raises(WorkspaceError, match="A file of the lake is damaged"):
            workspace.lake.read_part("seen", found, "row")


@pytest.mark.parametrize(
    "tear",
    [
        lambda path: path.write_bytes(b""),
        lambda path: os.truncate(path, 40),
        lambda path: lines(path, 1),
        lambda path: path.unlink(),
        lambda _path: None,
    ],
    ids=["empty", "cut", "cut between lines", "missing before a later one", "whole"],
)
def test_a_torn_entry_of_a_batch_that_was_not_committed_is_gone_past(
    folder: Path, tear: Callable[[Path], object]
) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        for name in ("x", "y"):  # as a run that dies before its commit; two versions of each table
            write(workspace, batch(name * 16, [9]), commit=False)
    tear(entry(folder, BATCHES))
    for path in (folder / "lake" / "seen").glob("*.parquet"):
        if path not in {part(folder, version) for version in range(BATCHES)}:
            os.truncate(path, 7)
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        found = sorted(workspace.lake.read("seen")["batch"].to_pylist())
        assert found == [f"{number:016x}" for number in range(BATCHES)]
        write(workspace, batch("z" * 16, [9]), commit=True)
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        assert len(workspace.lake.read("seen")) == BATCHES + 1


def test_the_lake_of_an_older_copy_and_the_desk_of_an_older_copy_are_refused(folder: Path) -> None:
    desk = (folder / "desk.sqlite").read_bytes()
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        for number in range(BATCHES, BATCHES + CHECKPOINT_EVERY):
            write(workspace, batch(f"{number:016x}", [number]), commit=True)
            workspace.lake.spare()
    seen = History(folder / "lake" / "seen")
    assert seen.checkpoint > BATCHES
    for path in seen.spared():
        path.unlink()
    (folder / "desk.sqlite").write_bytes(desk)
    for path in folder.glob("desk.sqlite-*"):
        path.unlink()
    with (
        pytest.raises(WorkspaceError, match=r"is missing|is older"),
        opened(folder, dice=os.urandom, writing=True),
    ):
        pass


def test_a_damaged_checkpoint_is_refused(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        workspace.lake.checkpoint("seen")
    checkpoint = folder / "lake" / "seen" / "_delta_log" / f"{BATCHES - 1:020}.checkpoint.parquet"
    assert not list((folder / "lake" / "seen").glob("_checkpoint*"))
    os.truncate(checkpoint, 100)
    with pytest.raises(WorkspaceError, match="damaged"), opened(folder, dice=os.urandom, writing=True):
        pass


def test_a_workspace_of_an_earlier_fanal_loses_its_orphans_and_keeps_its_rows(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        write(workspace, batch("x" * 16, [9]), commit=False)
        with workspace.desk.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM promised")
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        assert workspace.desk.promised() is None
        assert len(workspace.lake.read("seen")) == BATCHES
        write(workspace, batch("z" * 16, [9]), commit=True)
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        assert workspace.desk.promised() == {"mentions": BATCHES + 2, "seen": BATCHES + 2}
        assert len(workspace.lake.read("seen")) == BATCHES + 1


def test_a_torn_table_that_an_update_makes_again_is_dropped(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        rows = workspace.lake.read("seen")
        assert workspace.lake.overwrite("counts", rows) == 0
        assert workspace.lake.overwrite("counts", rows.slice(1)) == 1
    newest = History(folder / "lake" / "counts").path(1)
    os.truncate(newest, 50)
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        assert len(workspace.lake.read("counts")) == BATCHES
