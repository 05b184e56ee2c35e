"""The desk's tables through time: an old desk is brought to today's tables, whole or not at all."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, select

from fanal.model.error import WorkspaceError
from fanal.store import desk as desk_file
from fanal.store import migrate
from fanal.store.desk import VERSION, Desk
from fanal.store.ledger import DeskLedger
from fanal.store.tables import FILES, SCHEMA

OLD = Path(__file__).parent / "old"
WITHOUT_A_NOTE = "desk-1.sql"


def old_desk(folder: Path, dump: str = WITHOUT_A_NOTE) -> Path:
    """Make a desk as an earlier Fanal left it."""
    path = folder / "desk.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript((OLD / dump).read_text(encoding="utf-8"))
    connection.close()
    return path


def content(path: Path, *, but: str = "alembic_version") -> list[str]:
    """Return all that a desk holds, as SQL, with its number."""
    connection = sqlite3.connect(path)
    number = connection.execute("PRAGMA user_version").fetchone()[0]
    lines = [line for line in connection.iterdump() if but not in line]
    connection.close()
    return [f"number {number}", *lines]


def noted(path: Path) -> list[str]:
    """Return the revisions that a desk says it has."""
    connection = sqlite3.connect(path)
    rows = [row[0] for row in connection.execute("SELECT version_num FROM alembic_version")]
    connection.close()
    return rows


@pytest.mark.parametrize("dump", sorted(path.name for path in OLD.glob("*.sql")))
def test_an_old_desk_keeps_its_rows(tmp_path: Path, dump: str) -> None:
    path = old_desk(tmp_path, dump)
    desk = Desk.open(path)
    totals = desk.totals()
    assert (totals.posts_read, totals.posts_skipped, totals.posts_rejected, totals.signals) == (79, 1, 1, 14)
    assert desk.rejects() == [("posts.jsonl", 3, "The line is not valid JSON.")]
    assert sorted(desk.batches()) == ["0f1e2d3c4b5a6978", "a1b2c3d4e5f60718"]
    ledger = DeskLedger(desk)
    (release,) = ledger.all()
    assert ledger.knows(release)
    assert ledger.spent().keys() == {date(2014, 8, 4)}
    desk.close()
    assert noted(path) == [f"{VERSION:04}"]


def test_the_first_revision_changes_nothing_of_a_desk_without_a_note(tmp_path: Path) -> None:
    path = old_desk(tmp_path)
    before = content(path)
    connection = create_engine(f"sqlite:///{path}").connect()
    with connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() is None
        migrate.migrate(connection, unstamped=True)
        connection.commit()
    connection.engine.dispose()
    after = content(path)
    kept = [line for line in before[1:] if "batches" not in line]  # to it a later revision adds a column
    assert [line for line in kept if line not in after] == []
    assert noted(path) == [f"{VERSION:04}"]


@pytest.mark.parametrize("make", [lambda folder: folder / "new.sqlite", old_desk])
def test_the_revisions_make_the_tables_that_the_code_knows(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path)
    Desk.open(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SCHEMA) == []
    engine.dispose()
    assert content(path)[0] == f"number {VERSION}"


def test_a_desk_of_today_is_opened_without_alembic(tmp_path: Path) -> None:
    Desk.open(tmp_path / "desk.sqlite").close()
    script = (
        "import sys; from pathlib import Path; from fanal.store.desk import Desk;"
        "Desk.open(Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    )
    for path, loaded in [(tmp_path / "desk.sqlite", "False"), (tmp_path / "new.sqlite", "True")]:
        ended = subprocess.run(
            [sys.executable, "-c", script, path], capture_output=True, text=True, check=True
        )
        assert ended.stdout.strip() == loaded


OPEN_TOGETHER = """
import sys
from pathlib import Path
from fanal.store import migrate
from fanal.store.desk import Desk
print("ready", flush=True)
sys.stdin.readline()
desk = Desk.open(Path(sys.argv[1]))
print(desk.totals().posts_read)
"""


@pytest.mark.parametrize("make", [lambda folder: folder / "desk.sqlite", old_desk])
def test_processes_that_open_a_desk_at_once_all_find_it(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    posts = "79" if path.exists() else "0"
    others = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_TOGETHER, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
    for other in others:
        assert other.stdin is not None
        other.stdin.write("go\n")
        other.stdin.flush()
    for other in others:
        out, err = other.communicate(timeout=300)
        assert (other.returncode, out.strip(), err) == (0, posts, "")
    assert noted(path) == [f"{VERSION:04}"]


LATER = '''
import os

import sqlalchemy as sa
from alembic import op

revision = "{number:04}"
down_revision = "{before:04}"


def upgrade() -> None:
    """Change a table by copying it, empty another, then do what the test asks."""
    with op.batch_alter_table("batches") as table:
        table.add_column(sa.Column("weather", sa.String()))
        table.drop_column("format")
    op.execute("DELETE FROM rejects")
    {then}
'''


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that makes the revisions of a later Fanal, whose last one does something at its end."""

    def make(then: str) -> Path:
        folder = tmp_path / "100% later"
        shutil.copytree(migrate.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
        text = LATER.format(number=VERSION + 1, before=VERSION, then=then)
        (folder / f"schema_{VERSION + 1:04}.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(migrate, "FOLDER", folder)
        monkeypatch.setattr(desk_file, "VERSION", VERSION + 1)
        return folder

    return make


def test_a_file_that_was_read_lives_from_its_newest_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, path = tmp_path / "earlier", old_desk(tmp_path)
    shutil.copytree(
        migrate.FOLDER,
        folder,
        ignore=shutil.ignore_patterns("__pycache__", "schema_0016.py", "schema_0017.py"),
    )
    with monkeypatch.context() as earlier:
        earlier.setattr(migrate, "FOLDER", folder)
        earlier.setattr(desk_file, "VERSION", 15)
        desk = Desk.open(path)
        with desk.transaction() as connection:
            connection.exec_driver_sql(
                "INSERT INTO files VALUES ('posts.jsonl', 'posts.jsonl', '{}'), ('b', 'b', '{}')"
            )
            connection.exec_driver_sql(
                "UPDATE batches SET committed_at = '2026-03-04 23:00:00.000000' WHERE posts_read = 39"
            )
            connection.exec_driver_sql("UPDATE batches SET file = 'c' WHERE posts_read = 39")
        desk.close()
    desk = Desk.open(path)
    with desk.transaction() as connection:
        kept = connection.execute(select(FILES.c.label, FILES.c.beginning, FILES.c.read_on)).all()
    desk.close()
    assert {label: read_on for label, beginning, read_on in kept if beginning == "{}"} == {
        "posts.jsonl": date(2026, 1, 1),  # the first of its two batches: the other is of c
        "b": date(2026, 3, 4),  # its rows came with those of another file
    }


def test_a_later_fanal_changes_tables_and_an_older_one_then_refuses(
    tmp_path: Path, later: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = old_desk(tmp_path)
    later("pass")
    desk = Desk.open(path)
    with desk.transaction() as connection:
        rows = connection.exec_driver_sql("SELECT posts_read, weather FROM batches ORDER BY 1").all()
    assert [tuple(row) for row in rows] == [(39, None), (40, None)]
    desk.close()
    monkeypatch.undo()
    with pytest.raises(WorkspaceError, match=rf"by a later Fanal \(schema {VERSION + 1}, here {VERSION}\)"):
        Desk.open(path)


def test_a_migration_that_fails_in_the_middle_changes_nothing(
    tmp_path: Path, later: Callable[[str], Path]
) -> None:
    path = old_desk(tmp_path)
    before = content(path, but="nothing")
    later('raise ValueError("a bug in the revision")')
    with pytest.raises(ValueError, match="a bug in the revision"):
        Desk.open(path)
    assert content(path, but="nothing") == before


def test_a_migration_that_is_killed_in_the_middle_changes_nothing(
    tmp_path: Path, later: Callable[[str], Path]
) -> None:
    path = old_desk(tmp_path)
    before = content(path, but="nothing")
    folder = later("os._exit(9)")
    script = (
        "import sys; from pathlib import Path; from fanal.store import desk, migrate;"
        "migrate.FOLDER = Path(sys.argv[2]); desk.VERSION += 1; desk.Desk.open(Path(sys.argv[1]))"
    )
    ended = subprocess.run([sys.executable, "-c", script, path, folder], check=False, env={**os.environ})
    assert ended.returncode == 9
    assert content(path, but="nothing") == before


def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    before = content(path)
    with pytest.raises(WorkspaceError, match="not a desk of Fanal"):
        Desk.open(path)
    assert content(path) == before
