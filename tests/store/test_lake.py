"""The lake is read by Arrow alone: a short command that ends while Python's objects are held elsewhere aborts."""

from datetime import date
from pathlib import Path

import pyarrow as pa
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

from fanal.store.lake import BATCHED, Lake
from fanal.store.rows import SEEN

ROWS = pa.table({"batch": ["a", "a"], "week": [date(2014, 8, 4)] * 2, "row": [1, 2]})


def test_tables_are_read_through_arrows_own_file_system(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append("seen", ROWS.cast(SEEN))
    files = lake.dataset("seen").filesystem
    assert isinstance(files, SubTreeFileSystem)
    assert isinstance(files.base_fs, LocalFileSystem)
    assert lake.read("seen").num_rows == len(ROWS)
    assert set(lake.dataset("seen").schema.names) == set(BATCHED["seen"].names)
