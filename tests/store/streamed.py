"""A workspace that two streams and a file wrote in many small batches, and all that those who read it are told."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fanal import settings_file
from fanal.model.consent import Consent
from fanal.model.post import POST_SCHEMA
from fanal.model.stream import Moved
from fanal.store.batch import Batch
from fanal.store.clocks import Class, kept
from fanal.store.lake import BATCHED
from fanal.store.located import located
from fanal.store.newcomers import newcomers
from fanal.store.pseudonym import pseudonyms, weeks_of
from fanal.store.rejects import Which
from fanal.store.seen import post_rows
from fanal.store.shown import categories
from fanal.store.streams import move
from fanal.store.vault import Rejected
from fanal.store.workspace import Workspace, make, opened

DAY = datetime(2026, 3, 2, 6, tzinfo=UTC)
STREAMS = ("one", "two")


def dice(count: int) -> bytes:
    """Return the same bytes always."""
    return b"\x07" * count


def put(
    workspace: Workspace, number: int, *, file: str, at: datetime, stream: bool = True, posts: int = 3
) -> str:
    """Commit one batch as a stream does: posts of two weeks, a signal, places, texts, and a rejected row."""
    rows = [
        {
            "line": 10 * number + n + 1,
            "id": f"{file} {number} {n}",
            "author": f"a{n}",
            "time": at - timedelta(days=7 * (n % 2)),
            "text": f"text {number} {n}",
        }
        for n in range(posts)
    ]
    table = pa.RecordBatch.from_pylist(rows, schema=POST_SCHEMA)
    weeks, hashes = weeks_of(table), post_rows(table, form="jsonl", key=workspace.keyring.of_workspace())
    name = f"{np.random.default_rng([number, len(file), ord(file[0])]).integers(2**63):016x}"  # noqa: TID251
    batch = Batch(
        id=name, weeks=weeks, posts=hashes, pseudonyms=pseudonyms(table, weeks, hashes, workspace.keyring)
    )
    at_rows = pa.array(range(posts), pa.int64())
    signals = {
        "row": at_rows,
        "category": ["need"] * posts,
        "score": pa.array([0.5] * posts, pa.float32()),
        "stance": ["first_hand"] * posts,
        "language": ["en"] * posts,
    }
    mentions = {
        "row": at_rows,
        "area": ["pcode:T0A"] * posts,
        "probability": pa.array([0.5] * posts, pa.float32()),
        "basis": ["name"] * posts,
    }
    told = pa.record_batch({"row": at_rows, "new": [True] * posts})
    lake = workspace.lake
    lake.append("signals", batch.join(pa.record_batch(signals), ["category", "score", "stance", "language"]))
    lake.append("mentions", batch.join(pa.record_batch(mentions), ["area", "probability", "basis"]))
    lake.append("newcomers", batch.join(told, ["new"]).drop_columns(["post"]))
    line = 10 * number + posts + 1
    workspace.vault.write(
        name,
        day=at.date(),
        posts=table,
        hashes=hashes,
        chosen=np.arange(posts),
        form="jsonl",
        file=file,
        rejected=[Rejected(row=hash_of(name), line=line, raw=f"row {number}".encode())],
    )
    lake.append("seen", batch.seen(np.array([hash_of(name)], np.uint64)))
    row = {
        "batch": name,
        "file": file,
        "format": "jsonl",
        "position": line,
        "posts_read": posts,
        "posts_skipped": 0,
        "posts_rejected": 1,
        "posts_located": posts,
        "posts_without_author": 0,
        "signals": posts,
        "committed_at": at,
        "consent": Consent.PUBLIC.value,
        "commits": 1 if stream else None,
    }
    beside = [partial(move, moved=Moved(stream=file, cursor=str(line), rows=line), row=row)] if stream else []
    workspace.desk.commit_batch(row, [(line, "not JSON")], lake=lake.keep(), beside=beside)
    lake.spare()
    return name


def hash_of(name: str) -> int:
    """Return the hash of a rejected row of a batch."""
    return int(name, 16) ^ 1


def new(folder: Path, *, commits: int = 8) -> Path:
    """Make a workspace with so many commits of each stream, on two days, and one reading of a file."""
    make(folder, settings_file.template())
    with opened(folder, dice=dice, writing=True) as workspace:
        for name in STREAMS:
            workspace.streams.begin(name, source="jsonl", consent=Consent.PUBLIC, terms="ours", now=DAY)
        put(workspace, 0, file="file.jsonl", at=DAY, stream=False)
        more(workspace, range(commits))
    return folder


def more(workspace: Workspace, numbers: Sequence[int]) -> None:
    """Commit batches of both streams, the first half a day before the others."""
    for number in numbers:
        for name in STREAMS:
            put(workspace, number, file=name, at=DAY + timedelta(days=number % 2, seconds=number))


def told(workspace: Workspace) -> dict[str, Any]:
    """Return what each reader of a workspace is told, but for ids of batches."""
    desk, lake, vault = workspace.desk, workspace.lake, workspace.vault
    found: dict[str, Any] = {
        "totals": desk.totals(),
        "formats": desk.formats(),
        "rejects": desk.rejects(),
        "streams": [(one.name, one.cursor, one.rows, one.posts) for one in workspace.streams.all()],
    }
    for name in BATCHED:
        columns = ", ".join(one for one in BATCHED[name].names if one != "batch")
        found[name] = lake.query(
            f"SELECT {columns} FROM {name} ORDER BY ALL",  # noqa: S608 - names of ours
            committed=desk.batches(),
        ).to_pydict()
    found["located"] = located(lake, committed=desk.batches(), volume="volume").to_pydict()
    found["newcomers"] = newcomers(lake, committed=desk.batches()).to_pydict()
    found["categories"] = sorted(categories(lake, committed=desk.batches()).items())
    found["since"] = {week: at.date() for week, at in workspace.closings.since().items()}
    days = {Class.SEEN: 30, Class.ROWS: 30, Class.REJECTS: 30, Class.TEXT: 30, Class.COUNTS: 30}
    found["kept"] = [
        one for one in kept(workspace, days, DAY + timedelta(days=9)) if one.kind is not Class.SKETCHES
    ]
    listed = vault.listed()
    texts = sorted(zip(listed["day"].to_pylist(), listed["post"].to_pylist(), strict=True))
    found["texts"] = texts
    found["count"] = vault.count()
    rejects = workspace.rejects.page(Which(), most=10_000)
    found["groups"] = workspace.rejects.groups(Which(), most=10)
    found["files"] = workspace.rejects.files()
    found["open"] = [workspace.rejects.of_file(*one).lines.tolist() for one in workspace.rejects.files()]
    found["rows"] = sorted(
        (one.file, one.line, one.form, one.read_at.date(), kept_row(workspace, one.batch, one.line))
        for one in rejects
    )
    return found


def kept_row(workspace: Workspace, batch: str, line: int) -> bytes:
    """Return the rejected row that the vault keeps of a line of a batch; it must be there once."""
    (found,) = [one.content.text for one in workspace.vault.rejected(batch) if one.content.line == line]
    return found


def contents(workspace: Workspace) -> list[tuple[date, int, str]]:
    """Return every text of the vault, opened by its hash."""
    rejects = workspace.rejects.page(Which(), most=10_000)
    other = {row.post for batch in {one.batch for one in rejects} for row in workspace.vault.rejected(batch)}
    posts = set(workspace.vault.listed()["post"].to_pylist()) - other
    found = [(post, workspace.vault.read(post)) for post in posts]
    return sorted((one.day, post, one.content.text.decode()) for post, one in found)
