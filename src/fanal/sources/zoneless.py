"""Zoneless: rows whose time has no zone, where none was named, counted while the Readings of files pass by."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc

from fanal.model.post import Reading
from fanal.sources.reason import Reason


class Zoneless:
    """Count such rows file by file; a file without any is not there.

    >>> Zoneless().files
    {}
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.files: dict[Path, int] = {}  # with how many such rows
        self.posts = 0  # of all files, whether they are known or not

    def counted(self, file: Path, readings: Iterator[Reading]) -> Iterator[Reading]:
        """Yield the Readings of a file as they are."""
        for reading in readings:
            self.posts += len(reading.posts)
            without = pc.equal(reading.rejected["reason"], Reason.TIME_WITHOUT_ZONE.value)
            if rows := pc.sum(without).as_py():
                self.files[file] = self.files.get(file, 0) + rows
            yield reading
