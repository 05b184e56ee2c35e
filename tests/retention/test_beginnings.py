"""How a file begins is known for as long as its rows are, and no longer; nothing is read twice meanwhile."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select
from tests.retention.conftest import WHO, areas, held

from fanal import pipeline
from fanal.cli.detector import detector
from fanal.cli.dice import batch_id, generator
from fanal.cli.locator import shared
from fanal.cli.read import taken
from fanal.erasure import Asked, Request, erase
from fanal.facts import iraq
from fanal.places.locate import make_locator
from fanal.retention import apply
from fanal.settings import Retention, Settings
from fanal.sources import catalogue
from fanal.sources.mapping import FieldMapping
from fanal.store.clocks import Class
from fanal.store.rejects import Which
from fanal.store.tables import FILES
from fanal.store.workspace import Workspace

MONDAY = datetime(2014, 8, 4, 6, tzinfo=UTC)
LIFE = timedelta(days=1825)
SETTINGS = Settings(retention=Retention(rejects_days=90))
LONG = Settings(retention=Retention(rejects_days=3650))


def rows(first: int, count: int, *, broken: bool = True) -> bytes:
    """Return lines of posts of our own of the Sunday before the Monday, and one that is no JSON."""
    posts = [
        {
            "id": str(n),
            "author": f"a{n}",
            "time": "2014-08-03T06:00:00Z",
            "text": f"We need water in Sinjar {n}.",
        }
        for n in range(first, first + count)
    ]
    return b"\n".join([*(orjson.dumps(post) for post in posts), *([b"{broken"] if broken else [])]) + b"\n"


def write(folder: Path, content: bytes) -> Path:
    """Write a file whose name is that of every other."""
    folder.mkdir(exist_ok=True)
    path = folder / "posts.jsonl"
    path.write_bytes(content)
    return path


@pytest.fixture(scope="module")
def read() -> Callable[[Workspace, Path, datetime], tuple[str, int]]:
    """Return a function that reads a file as `fanal read` does, and says its label and how many posts were new."""
    found_with, found_where = detector(None), make_locator(shared(), iraq.areas(), home=("IQ",))

    def reading(workspace: Workspace, path: Path, now: datetime) -> tuple[str, int]:
        before = workspace.desk.totals().posts_read
        known = taken(workspace, path)
        pipeline.read(
            workspace,
            catalogue.find("jsonl").read(path, mapping=FieldMapping(), rows=1000),
            file=known.label,
            form="jsonl",
            detector=found_with,
            locator=found_where,
            new_batch=batch_id,
            clock=lambda: now,
            progress=lambda _done: None,
            known=known,
        )
        return known.label, workspace.desk.totals().posts_read - before

    return reading


def expire(workspace: Workspace, now: datetime, settings: Settings = SETTINGS) -> dict[Class, int]:
    """Do what `fanal retention --apply` does."""
    return apply(workspace, settings, areas=areas(), who=WHO, now=now, new_id=batch_id)[1]


def marks(workspace: Workspace) -> dict[str, str | None]:
    """Return what is noted of each label."""
    with workspace.desk.transaction() as connection:
        rows = connection.execute(select(FILES.c.label, FILES.c.beginning)).all()
    return {row.label: row.beginning for row in rows}


def digests(workspace: Workspace) -> list[bytes]:
    """Return the digests that are noted, as they stand in the desk."""
    return [band.encode() for mark in marks(workspace).values() if mark for band in json.loads(mark)["bands"]]


def on_disk(workspace: Workspace) -> bytes:
    """Return every byte of the desk."""
    return b"".join(path.read_bytes() for path in sorted(workspace.folder.glob("desk.sqlite*")))


Read = Callable[[Workspace, Path, datetime], tuple[str, int]]
New = Callable[..., Path]


def test_they_end_with_the_hashes_of_the_rows_and_their_bytes_leave_the_desk(
    new_workspace: New, tmp_path: Path, read: Read
) -> None:
    files = [write(tmp_path / str(n), rows(100 * n, 3)) for n in (1, 2)]
    with held(new_workspace()) as workspace:
        first, second = (read(workspace, file, MONDAY)[0] for file in files)
        assert (first, second[:12]) == ("posts.jsonl", "posts.jsonl#")
        noted = digests(workspace)
        assert len(noted) == 8  # three posts and a broken line each
        assert expire(workspace, MONDAY + LIFE - timedelta(days=1))[Class.REJECTS] == 2
        assert all(one in on_disk(workspace) for one in noted)
        gone = expire(workspace, MONDAY + LIFE)
        assert (gone[Class.SEEN], gone[Class.BEGINNINGS]) == (8, 2)
        assert marks(workspace) == {}
        assert not any(one in on_disk(workspace) for one in noted)

        # Both are files that nobody has seen, once.
        again = [read(workspace, file, MONDAY + LIFE) for file in files]
        assert [posts for _, posts in again] == [3, 3]
        assert len({label for label, _ in again}) == 2
        assert [read(workspace, file, MONDAY + LIFE)[1] for file in files] == [0, 0]


def test_nothing_is_read_twice_where_a_row_is_known_for_longer_than_the_beginning(
    new_workspace: New, tmp_path: Path, read: Read
) -> None:
    file = write(
        tmp_path / "1", rows(0, 4).replace(b"2014-08-03", b"2014-08-04")
    )  # of the week of its reading
    with held(new_workspace()) as workspace:
        read(workspace, file, MONDAY)
        expire(workspace, MONDAY + LIFE)
        assert marks(workspace) == {}
        assert len(workspace.lake.read("seen")) == 4
        assert read(workspace, file, MONDAY + LIFE)[1] == 0


def test_a_file_that_grows_is_known_from_its_last_new_rows_on(
    new_workspace: New, tmp_path: Path, read: Read
) -> None:
    file = write(tmp_path / "1", rows(0, 4, broken=False))
    with held(new_workspace()) as workspace:
        label, _ = read(workspace, file, MONDAY)
        file.write_bytes(file.read_bytes() + rows(50, 2))
        later = MONDAY + timedelta(days=300)
        assert read(workspace, file, later) == (label, 2)
        read(workspace, file, MONDAY + timedelta(days=900))  # nothing new: that keeps nothing
        assert Class.BEGINNINGS not in expire(workspace, later + LIFE - timedelta(days=1))
        assert list(marks(workspace)) == [label]
        assert expire(workspace, later + LIFE)[Class.BEGINNINGS] == 1


def test_rejected_rows_that_live_longer_keep_their_label_to_themselves(
    new_workspace: New, tmp_path: Path, read: Read
) -> None:
    files = [write(tmp_path / str(n), rows(100 * n, 3)) for n in (1, 2, 3)]
    with held(new_workspace()) as workspace:
        labels = [read(workspace, file, MONDAY)[0] for file in files[:2]]
        noted = digests(workspace)
        assert expire(workspace, MONDAY + LIFE, LONG)[Class.BEGINNINGS] == 2
        assert marks(workspace) == dict.fromkeys(labels)
        assert not any(one in on_disk(workspace) for one in noted)
        assert workspace.files.labels("posts.jsonl") == tuple(sorted(labels))
        found = [read(workspace, file, MONDAY + LIFE) for file in files]
        assert [posts for _, posts in found] == [3, 3, 3]
        assert not {label for label, _ in found} & set(labels)
        groups = workspace.rejects.groups(Which(), most=9)
        assert {one.file: one.rows for one in groups} == dict.fromkeys(
            [*labels, *(label for label, _ in found)], 1
        )

        # The last of them frees it.
        expire(workspace, MONDAY + timedelta(days=3650), LONG)
        assert not set(labels) & set(marks(workspace))


def test_a_copy_knows_the_labels_that_ended_so_that_erased_rows_stay_away(
    new_workspace: New, tmp_path: Path, read: Read
) -> None:
    files = [write(tmp_path / str(n), rows(100 * n, 3)) for n in (1, 2)]
    with held(new_workspace()) as workspace:
        labels = [read(workspace, file, MONDAY)[0] for file in files]
        expire(workspace, MONDAY + LIFE)
        other = write(tmp_path / "x", rows(900, 3))
        assert set(taken(workspace, other).others) == {labels[1]}
        assert taken(workspace, other).label == labels[0]
        alike = tmp_path / "x" / "posts"  # a name that another begins with
        alike.write_bytes(rows(900, 3))
        assert taken(workspace, alike).others == ()


@pytest.mark.parametrize(("monday", "left"), [(date(2014, 8, 4), 1), (date(2014, 8, 11), 0)])
def test_erasing_a_past_takes_the_beginnings_of_its_readings(
    new_workspace: New, tmp_path: Path, read: Read, monday: date, left: int
) -> None:
    with held(new_workspace()) as workspace:
        read(workspace, write(tmp_path / "1", rows(0, 4)), MONDAY)
        noted = digests(workspace)
        told = erase(
            workspace,
            SETTINGS,
            Request(asked=Asked.BEFORE, name=str(monday)),
            posts=None,
            areas=areas(),
            who=WHO,
            clock=lambda: MONDAY + timedelta(days=8),
            new_id=batch_id,
            dice=generator,
        )
        assert told.removed["beginnings of files"] == 1 - left
        assert len(marks(workspace)) == left
        assert all(one in on_disk(workspace) for one in noted) is bool(left)
