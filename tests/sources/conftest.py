"""What the tests of sources share: a way to write bytes into a file and read them back as rows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fanal.sources.catalogue import find
from fanal.sources.mapping import FieldMapping
from fanal.testing.check_source import Row, rows_of

ReadRows = Callable[..., list[Row]]


@pytest.fixture(scope="session")
def read_rows(tmp_path_factory: pytest.TempPathFactory) -> ReadRows:
    """Return a function that reads bytes as a form of posts and returns the rows."""
    file: Path = tmp_path_factory.mktemp("rows") / "posts"

    def read(form: str, data: bytes, *, rows: int = 65_536, **fields: str) -> list[Row]:
        file.write_bytes(data)
        return rows_of(list(find(form).read(file, mapping=FieldMapping(**fields), rows=rows)))

    return read
