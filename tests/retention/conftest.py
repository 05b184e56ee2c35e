"""A workspace of a few areas, and posts that are put into it as `fanal read` does, with known signals and places."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from fanal import settings_file
from fanal.cli.dice import batch_id, secret
from fanal.model.area import AREA_SCHEMA
from fanal.model.person import Person, Role
from fanal.model.post import POST_SCHEMA
from fanal.settings import Retention, Risk, Settings
from fanal.store import versions
from fanal.store.batch import Batch
from fanal.store.pseudonym import pseudonyms, weeks_of
from fanal.store.seen import post_rows
from fanal.store.workspace import Workspace, make, opened

FIRST = date(2014, 6, 2)
WHO = Person(name="amal", roles=frozenset(Role))
QUICK = Settings(
    risk=Risk(baseline_weeks=4, window_weeks=3, replicates=99), retention=Retention(rows_days=400)
)
AREAS = [f"pcode:T{n}{side}" for n in range(4) for side in "AB"]


class Said(NamedTuple):
    """Hold one post of a test: who, when, what it shows, and where."""

    author: str | None
    time: datetime
    category: str | None = None
    places: tuple[tuple[str, float], ...] = ()
    stance: str = "first_hand"


def at(week: int, hour: int = 12) -> datetime:
    """Return a moment of a week of the stream, from 0."""
    return datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(weeks=week, hours=hour)


def areas() -> pa.Table:
    """Return governorates with two districts each, in a row."""
    rows = [{"area": f"pcode:T{n}", "parent": None, "level": 1, "name": f"T{n}"} for n in range(4)]
    rows += [{"area": code, "parent": code[:-1], "level": 2, "name": code[-2:]} for code in AREAS]
    places = {"lon": 40.0, "lat": 30.0}
    rows = [{**row, **places, "lon": 40.0 + number, "country": "IQ"} for number, row in enumerate(rows)]
    return pa.Table.from_pylist(rows, schema=AREA_SCHEMA)


def put(
    workspace: Workspace,
    said: Sequence[Said],
    *,
    read_at: datetime,
    first_id: int = 0,
    sealed_on: date | None = None,
) -> str:
    """Put posts into a workspace as one batch, as `pipeline.read` does; returns the batch's id."""
    count = len(said)
    posts = pa.record_batch(
        {
            "line": pa.array(range(1, count + 1), pa.int64()),
            "id": [str(first_id + number) for number in range(count)],
            "author": pa.array([one.author for one in said], pa.string()),
            "time": pa.array([one.time for one in said], pa.timestamp("us", tz="UTC")),
            "text": pa.array(["x"] * count, pa.large_string()),
            "language": pa.nulls(count, pa.string()),
            "lon": pa.nulls(count, pa.float64()),
            "lat": pa.nulls(count, pa.float64()),
        },
        schema=POST_SCHEMA,
    )
    keys = workspace.keyring
    weeks, rows = weeks_of(posts), post_rows(posts, form="jsonl", key=keys.of_workspace())
    fresh = workspace.erasures.allows(weeks, rows)
    posts, weeks, rows = posts.filter(pa.array(fresh)), weeks[fresh], rows[fresh]
    said = [one for one, new in zip(said, fresh.tolist(), strict=True) if new]
    batch = Batch(id=batch_id(), weeks=weeks, posts=rows, pseudonyms=pseudonyms(posts, weeks, rows, keys))
    shown = [(n, one.category, one.stance) for n, one in enumerate(said) if one.category]
    places = [(n, area, p) for n, one in enumerate(said) for area, p in one.places]
    signals = pa.record_batch(
        {
            "row": pa.array([n for n, _, _ in shown], pa.int64()),
            "category": pa.array([c for _, c, _ in shown], pa.string()),
            "score": pa.array([1.0] * len(shown), pa.float32()),
            "stance": pa.array([stance for _, _, stance in shown], pa.string()),
            "language": pa.array(["en"] * len(shown), pa.string()),
        }
    )
    mentions = pa.record_batch(
        {
            "row": pa.array([n for n, _, _ in places], pa.int64()),
            "area": pa.array([a for _, a, _ in places], pa.string()),
            "probability": pa.array([p for _, _, p in places], pa.float32()),
            "basis": pa.array(["name"] * len(places), pa.string()),
        }
    )
    recent = workspace.newcomers(read_at.date())
    located = np.unique(mentions["row"].to_numpy()).astype(np.int64)
    told = recent.told(posts["author"], weeks, located)
    if sealed_on:
        workspace.vault.write(
            batch.id,
            day=sealed_on,
            posts=posts,
            hashes=rows,
            chosen=np.arange(len(rows), dtype=np.int64),
            form="jsonl",
            file="f",
        )
    lake = workspace.lake
    lake.append("signals", batch.join(signals, ["category", "score", "stance", "language"]))
    lake.append("mentions", batch.join(mentions, ["area", "probability", "basis"]))
    lake.append("newcomers", batch.join(told, ["new"]).drop_columns(["post"]))
    pleas = np.array([n for n, category, _ in shown if category == "plea"], np.int64)
    lake.append("versions", versions.rows(posts, pleas, batch=batch, form="jsonl", key=keys.of_workspace()))
    recent.prepare(batch.id)
    lake.append("seen", batch.seen(np.zeros(0, np.uint64)))
    row = {
        "batch": batch.id,
        "file": "f",
        "format": "jsonl",
        "position": 0,
        "posts_read": len(said),
        "posts_skipped": 0,
        "posts_rejected": 0,
        "posts_located": len(located),
        "posts_without_author": posts["author"].null_count,
        "signals": len(shown),
        "committed_at": read_at,
    }
    workspace.desk.commit_batch(row, [], lake=lake.keep())
    recent.save()
    lake.spare()
    return batch.id


def stream(dice: np.random.Generator, *, weeks: int, authors: int = 40, burst: int = 60) -> list[Said]:
    """Return random posts of some weeks, in the last two of which many accounts write of one area."""
    said = []
    for week in range(weeks):
        for author in range(authors):
            for _ in range(int(dice.integers(0, 3))):
                chosen = dice.choice(AREAS, size=int(dice.integers(1, 3)), replace=False).tolist()
                places = tuple((area, float(dice.choice([0.25, 0.5, 1.0]))) for area in chosen)
                category = dice.choice(["need", "offer", ""], p=[0.2, 0.1, 0.7])
                said.append(
                    Said(f"a{author}", at(week, int(dice.integers(0, 168))), str(category) or None, places)
                )
        if week >= weeks - 2:
            said += [Said(f"new {week} {n}", at(week, n), "need", ((AREAS[3], 1.0),)) for n in range(burst)]
    return said


Opened = Callable[[], "contextmanager[Workspace]"]


@pytest.fixture
def new_workspace(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that makes an empty workspace."""

    def new(name: str = "w") -> Path:
        make(tmp_path / name, settings_file.template())
        return tmp_path / name

    return new


@contextmanager
def held(folder: Path, *, writing: bool = True) -> Iterator[Workspace]:
    """Open a workspace as a command does."""
    with opened(folder, dice=secret, writing=writing) as workspace:
        yield workspace
