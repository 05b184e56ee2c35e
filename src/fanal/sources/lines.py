"""Lines of a file as they stand there, by their numbers: what a rejected row was, for whoever wants it back."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from fanal.sources.opening import chunks
from fanal.sources.rows import MAX_ROW_BYTES


class Lines:
    r"""Give lines by ascending numbers, in one pass over the file, plain or gzipped.

    A line ends at LF. A row of CSV that goes over several lines is given with its first line alone. A line that
    is longer than any row may be is passed over without being held.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "posts.jsonl"
    ...     _ = file.write_bytes(b"{\n{}\r\nlast")
    ...     lines = Lines(file)
    ...     lines.of([1]), lines.of([2, 3, 9])
    ({1: b'{'}, {2: b'{}', 3: b'last'})
    """

    def __init__(self, path: Path) -> None:
        """Take a file; nothing is read before a line is asked for."""
        self._lines = _numbered(path)
        self._next: tuple[int, bytes | None] | None = None

    def of(self, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """Return lines by their numbers, those that are there.

        Args:
            numbers: from 1, ascending, above those that were asked for before.
        """
        found: dict[int, bytes] = {}
        wanted = iter(numbers)
        number = next(wanted, None)
        ahead = iter(()) if self._next is None else iter((self._next,))
        for at, line in chain(ahead, self._lines):
            self._next = (at, line)
            while number is not None and number < at:
                number = next(wanted, None)
            if number is None:
                break
            if number == at:
                if line is not None:
                    found[at] = line
                number = next(wanted, None)
                if number is None:
                    break
        return found


def _numbered(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line with its number, without its end; None: it is too long to be held."""
    number, size = 1, 0
    kept: list[bytes] = []
    for chunk in chunks(path):
        parts = chunk.split(b"\n")
        for part in parts[:-1]:
            whole = b"".join([*kept, part]) if size + len(part) <= MAX_ROW_BYTES else None
            yield number, None if whole is None else whole.removesuffix(b"\r")
            number, kept, size = number + 1, [], 0
        size += len(parts[-1])
        kept = [*kept, parts[-1]] if size <= MAX_ROW_BYTES else []
    if size:
        yield number, b"".join(kept) if size <= MAX_ROW_BYTES else None
