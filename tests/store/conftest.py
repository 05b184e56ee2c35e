"""Run `fanal read` as a user does, on a long stream of neutral posts, and know what a clean run leaves."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fanal.store.desk import Desk
from fanal.store.lake import BATCHED, Lake
from fanal.store.tables import BATCHES

collect_ignore = ["die_compacting.py", "kill_often.py", "lose_power.py"]
"""Programs that tests run in a process of their own; they import what lies beside them."""

COMMAND = Path(sys.executable).with_name("fanal")
PLAIN = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
POSTS = 500_000

TEXTS = [
    "A quiet evening in Basrah",
    "We need water and food in Sinjar",
    "The market in Erbil is open",
    "نحتاج ماء و طعام في سنجار",
    "The road to Duhok is closed",
    "Families fled from Sinjar",
]


def write_posts(path: Path, count: int) -> Path:
    """Write posts over 20 weeks, every 1000th line broken and every 1500th empty."""
    start, step = datetime(2014, 6, 2, tzinfo=UTC), timedelta(weeks=20) / count
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            if n % 1000 == 999:
                file.write("{broken\n")
                continue
            text = "" if n % 1500 == 700 else f"{TEXTS[n % len(TEXTS)]}, note {n}"
            time = (start + n * step).isoformat()
            file.write(f'{{"id":"{n}","author":"a{n % 9973}","time":"{time}","text":"{text}"}}\n')
    return path


class Fanal:
    """Run the command `fanal` in its own process, and look at what it left."""

    @staticmethod
    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        """Run `fanal` to its end."""
        return subprocess.run(
            [COMMAND, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=PLAIN,
        )

    @staticmethod
    def begin(*arguments: object) -> "subprocess.Popen[str]":
        """Begin `fanal` and do not wait."""
        return subprocess.Popen(
            [COMMAND, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=PLAIN,
        )

    @staticmethod
    def state(workspace: Path) -> dict[str, object]:
        """Return what a workspace holds: its status, and the rows of each table of the lake, orphans refused."""
        ended = Fanal.run("-w", workspace, "status", "--json")
        assert ended.returncode == 0, ended.stderr
        desk, lake = Desk.open(workspace / "desk.sqlite"), Lake(workspace / "lake")
        with desk.transaction() as connection:
            batches = {row.batch: row for row in connection.execute(BATCHES.select())}
        desk.close()
        found: dict[str, object] = dict(json.loads(ended.stdout.splitlines()[-1]))
        for table in BATCHED:
            by_batch: dict[str, int] = {}
            for part in lake.parts(table):
                for count in lake.read_part(table, part, "batch").value_counts().to_pylist():
                    by_batch[count["values"]] = by_batch.get(count["values"], 0) + count["counts"]
            assert set(by_batch) <= set(batches), f"{table} holds rows that nobody committed"
            found[table] = sum(by_batch.values())
            for batch, row in batches.items():
                if table == "seen":
                    expected = row.posts_read + row.posts_skipped + row.posts_rejected
                    assert by_batch.get(batch, 0) == expected
                if table == "signals":
                    assert by_batch.get(batch, 0) == row.signals
        sealed = {path.stem for path in (workspace / "vault").glob("*/*")}
        assert sealed <= set(batches), "the vault holds segments that nobody committed"
        return found


@pytest.fixture(scope="session")
def fanal() -> Fanal:
    """Return what runs the command."""
    return Fanal()


@pytest.fixture(scope="session")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace's cache with the names of places, which take some seconds to make."""
    folder = tmp_path_factory.mktemp("names")
    Fanal.run("init", folder / "w")
    ended = Fanal.run("-w", folder / "w", "read", write_posts(folder / "few.jsonl", 3))
    assert ended.returncode == 0, ended.stderr
    return folder / "w" / "cache"


@pytest.fixture(scope="session")
def new_workspace(names: Path) -> Callable[[Path], Path]:
    """Return a function that makes a workspace whose cache is filled."""

    def make(folder: Path) -> Path:
        ended = Fanal.run("init", folder)
        assert ended.returncode == 0, ended.stderr
        shutil.copytree(names, folder / "cache", dirs_exist_ok=True)
        return folder

    return make


@pytest.fixture(scope="session")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a long file of posts."""
    return write_posts(tmp_path_factory.mktemp("stream") / "posts.jsonl", POSTS)


@pytest.fixture(scope="session")
def clean(
    stream: Path, new_workspace: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """Return the state that reading the long file leaves when nothing disturbs it."""
    workspace = new_workspace(tmp_path_factory.mktemp("clean") / "w")
    ended = Fanal.run("-w", workspace, "read", stream)
    assert ended.returncode == 0, ended.stderr
    return Fanal.state(workspace)
