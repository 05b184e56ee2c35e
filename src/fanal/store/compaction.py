"""The compaction of a workspace: many small files of the lake and the vault, and many rows of the desk, become few."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from fanal.store.compact import TARGET_ROWS, Known, compact
from fanal.store.joining import FULL_BYTES
from fanal.store.joint import joint_of, settle
from fanal.store.lake import BATCHED, DERIVED
from fanal.store.sweep import Swept
from fanal.store.workspace import Workspace

Shown = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
"""Says what is done while a block runs, and gives what is told how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fewer:
    """Say what a compaction did."""

    files_before: int  # of rows, in the lake
    files_after: int
    batches_joined: int  # that went into another one
    segments_joined: int  # of the vault, that went into others
    segments_damaged: int  # whose batches stay as they are
    swept: Swept
    more: bool  # batches that could be joined wait for the next one


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Say how much one compaction does at most."""

    posts: int  # of the batches that go, together; one batch may have more
    rows: int  # of a full file of the lake
    bytes: int  # of a full segment of the vault


def compact_workspace(
    workspace: Workspace,
    *,
    keep: timedelta,
    now: datetime,
    shown: Shown,
    rows: int = TARGET_ROWS,
    bound: Bound | None = None,
    known: Known | None = None,
) -> Fewer:
    """Compact all of a workspace, so that what is read of it stays the same. It may be stopped at any moment.

    Until the transaction of step 4, nothing that is written counts: readers look at the versions of the lake and the
    segments that the desk names, and the next writer goes back to these. After it, all of it counts.

    Args:
        workspace: held for writing, without a batch at work.
        keep: how long readers may go on with older files of the lake; whole hours.
        now: the time.
        shown: tells a person what is done.
        rows: of a full file of the lake.
        bound: do no more than this of the oldest batches of streams, in place of `rows`; nothing of files of other
            batches, and nothing of large files, in which only an earlier Fanal left many. None: do all.
        known: kept from one compaction to the next, so that files of several batches are read once.
    """
    # 1. Put sketches into place whose batch a run that died had committed: afterwards nobody knows its id.
    workspace.newcomers(now.date())

    # 2. Write the rows of small files of the lake into few, each under the batch that its own goes into.
    joint = joint_of(workspace.desk, posts=bound.posts if bound else None)
    rows = bound.rows if bound else rows
    before = after = 0
    left: set[str] = set()
    for name in BATCHED:
        if workspace.lake.exists(name):
            with shown(f"Compacting {name}") as progress:
                found = compact(
                    workspace.lake,
                    name,
                    progress=progress,
                    rows=rows,
                    joint=joint,
                    bounded=bound is not None,
                    known=known,
                )
            before, after = before + found.files_before, after + found.files_after
            left |= found.left

    # 3. Write the texts of these batches into few segments.
    joint = joint.without(left)
    with shown("Joining texts") as progress:
        full = bound.bytes if bound else FULL_BYTES
        texts = workspace.vault.join(joint, progress=progress, full=full)
    joint = joint.without(texts.left)

    # 4. Let the desk know, all at once.
    settle(workspace.desk, joint, texts.segments, lake=workspace.lake.keep())
    workspace.lake.settled()

    # 5. Remove what was replaced; of the lake once all batches have gone, since it looks through all of it.
    workspace.vault.remove_orphans()
    swept = Swept(files=0, entries=0, bytes=0)
    more = joint.more and len(joint) > 0  # where none could go, the next one could do no more
    for name in (*BATCHED, *DERIVED):
        if workspace.lake.exists(name) and not more:
            with shown(f"Sweeping {name}"):
                swept += workspace.lake.vacuum(name, keep=keep, now=now)
    return Fewer(
        files_before=before,
        files_after=after,
        batches_joined=len(joint),
        segments_joined=sum(len(one.instead) for one in texts.segments),
        segments_damaged=len(texts.left),
        swept=swept,
        more=more,
    )
