"""Compaction of a workspace: fewer batches, segments and files, and each reader is told what it was told before."""

import copy
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from tests.store.streamed import DAY, dice, hash_of, kept_row, more, new, put, told

from fanal.store.compaction import Fewer, compact_workspace
from fanal.store.joint import joint_of
from fanal.store.rejects import Which
from fanal.store.seen import Seen
from fanal.store.workspace import Workspace, opened

LATER = DAY + timedelta(days=3)


def compacted(workspace: Workspace, **how: object) -> Fewer:
    """Compact as `fanal compact` does."""
    return compact_workspace(
        workspace,
        keep=timedelta(hours=1),
        now=LATER,
        shown=lambda _what: nullcontext(lambda _done, _of: None),
        **how,  # type: ignore[arg-type]
    )


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
