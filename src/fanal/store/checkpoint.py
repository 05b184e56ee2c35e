"""The checkpoint of a table: one file that stands for all entries of its log up to a version."""

import os
import shutil
from pathlib import Path

from deltalake import DeltaTable

from fanal.store.durable import sync, sync_folder
from fanal.store.history import LAST_CHECKPOINT, LOG, History

WORKSHOP = "_checkpoint.draft"
"""Delta leaves folders alone whose name begins so."""


def checkpoint(table: Path) -> int:
    """Make a checkpoint of a table at its newest version; it is whole and on the disk before anybody can see it.

    Delta writes a checkpoint into the log and syncs nothing: without power it could be torn, and a torn checkpoint
    hides the whole entries beside it. So it is made in a folder of links to the log, and moved when it is on the disk.
    The version must be promised: a checkpoint cannot be taken back.

    Returns:
        The version.
    """
    history = History(table)
    if history.checkpoint == history.newest:
        return history.newest
    workshop = table / WORKSHOP
    shutil.rmtree(workshop, ignore_errors=True)
    (workshop / LOG).mkdir(parents=True)
    try:
        for name in history.needed():
            os.link(table / LOG / name, workshop / LOG / name)
        made = DeltaTable(workshop)
        made.create_checkpoint()
        name = f"{made.version():020}.checkpoint.parquet"
        sync([workshop / LOG / name, workshop / LOG / LAST_CHECKPOINT], up_to=workshop / LOG)
        (workshop / LOG / name).replace(table / LOG / name)
        sync_folder(table / LOG)
        # The hint comes after the file that it names.
        (workshop / LOG / LAST_CHECKPOINT).replace(table / LOG / LAST_CHECKPOINT)
        sync_folder(table / LOG)
        return int(made.version())
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
