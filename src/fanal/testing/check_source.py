"""What every source of posts must pass: tests run it on all members of the catalogue, and extensions on theirs."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from fanal.model.error import InputError
from fanal.model.post import POST_SCHEMA, REJECT_SCHEMA, Reading
from fanal.sources.catalogue import PostSource
from fanal.sources.mapping import FieldMapping
from fanal.sources.reason import REASONS

Row = tuple[int, str, object]
"""A row as a source saw it: its line, the part that it is in, and what was made of it."""

FEW = 3
"""Rows in a small reading, so that even a short sample has several."""

MOST_CUTS = 400
"""A longer sample is cut at every so many bytes only."""


def check_source(source: PostSource, sample: Path, mapping: FieldMapping | None = None) -> None:
    """Check that a source keeps what sources promise, on a small sample of its form.

    Readings have the declared schemas; every row is in exactly one part, and the parts do not depend on how
    many rows are read at once; reading on from any position gives the same rows; a file that was cut off
    anywhere gives the rows before the cut, and nothing worse than an InputError.

    Raises:
        AssertionError: says which promise is broken.
    """
    mapping = mapping or FieldMapping()
    readings = list(source.read(sample, mapping=mapping))
    for reading in readings:
        _check_reading(source, reading)
    rows = rows_of(readings)
    _hold(bool(rows), f"{source.name}: the sample has no rows")
    lines = [line for line, _, _ in rows]
    _hold(len(set(lines)) == len(lines), f"{source.name}: a row is in two parts")
    small = list(source.read(sample, mapping=mapping, rows=FEW))
    _hold(rows_of(small) == rows, f"{source.name}: the rows depend on how many are read at once")
    _hold(all(_size(reading) <= FEW for reading in small), f"{source.name}: a reading holds more than `rows`")
    _check_positions(source, sample, mapping, small)
    _check_cuts(source, sample, mapping, rows)


def check_file(source: PostSource, file: Path, mapping: FieldMapping | None = None) -> None:
    """Check that a source reads any file at all into readings as `check_source` says, or ends with an InputError.

    Raises:
        AssertionError: says which promise is broken.
    """
    mapping = mapping or FieldMapping()
    found = [_until_error(source, file, mapping, rows) for rows in (FEW, 1_000)]
    for readings in found:
        for reading in readings:
            _check_reading(source, reading)
        lines = [line for line, _, _ in rows_of(readings)]
        _hold(len(set(lines)) == len(lines), f"{source.name}: a row is in two parts")
    pairs = zip(
        *(rows_of(readings) for readings in found), strict=False
    )  # an error may come within a reading
    _hold(
        all(one == other for one, other in pairs),
        f"{source.name}: the rows depend on how many are read at once",
    )


def _until_error(source: PostSource, file: Path, mapping: FieldMapping, rows: int) -> list[Reading]:
    """Return the readings before the end or an InputError, which must have a sentence."""
    readings: list[Reading] = []
    try:
        for reading in source.read(file, mapping=mapping, rows=rows):
            readings.append(reading)  # noqa: PERF402 - what came before an error is kept
    except InputError as error:
        _hold(bool(error.sentence), f"{source.name}: an error without a sentence")
    return readings


def rows_of(readings: Sequence[Reading]) -> list[Row]:
    """Return the rows of some readings, in the order of their lines."""
    rows: list[Row] = []
    for reading in readings:
        rows += [(post["line"], "post", tuple(post.items())) for post in reading.posts.to_pylist()]
        rows += [(line, "skipped", None) for line in reading.skipped.to_pylist()]
        rows += [(row["line"], "rejected", row["reason"]) for row in reading.rejected.to_pylist()]
    return sorted(rows, key=lambda row: row[0])


def _check_reading(source: PostSource, reading: Reading) -> None:
    """Check one reading by itself."""
    _hold(reading.posts.schema.equals(POST_SCHEMA), f"{source.name}: posts are not of POST_SCHEMA")
    _hold(reading.rejected.schema.equals(REJECT_SCHEMA), f"{source.name}: rejects are not of REJECT_SCHEMA")
    reading.posts.validate(full=True)
    known = {reason.value for reason in REASONS}
    _hold(
        set(reading.rejected["reason"].to_pylist()) <= known,
        f"{source.name}: a reason is no Reason, so it might hold a row's text",
    )
    for name in ("line", "time", "text"):
        _hold(reading.posts[name].null_count == 0, f"{source.name}: {name} is null in a post")
    _hold(all(text.strip() for text in reading.posts["text"].to_pylist()), f"{source.name}: an empty post")


def _check_positions(
    source: PostSource, sample: Path, mapping: FieldMapping, readings: Sequence[Reading]
) -> None:
    """Check that reading can go on behind every reading."""
    positions = [reading.position for reading in readings]
    _hold(positions == sorted(set(positions)), f"{source.name}: positions do not grow")
    for done, position in enumerate(positions, start=1):
        rest = list(source.read(sample, mapping=mapping, start=position))
        _hold(
            rows_of(rest) == rows_of(readings[done:]),
            f"{source.name}: reading on from {position} gives other rows",
        )


def _check_cuts(source: PostSource, sample: Path, mapping: FieldMapping, rows: Sequence[Row]) -> None:
    """Check that a file that breaks off anywhere still gives all rows that were complete before."""
    whole = sample.read_bytes()
    begun = _begins(whole, rows)
    step = max(1, len(whole) // MOST_CUTS)
    with TemporaryDirectory() as folder:
        for cut in range(0, len(whole), step):
            file = Path(folder) / sample.name
            file.write_bytes(whole[:cut])
            readings: list[Reading] = []
            try:
                for reading in source.read(file, mapping=mapping):
                    readings.append(reading)  # noqa: PERF402 - what came before an error is kept
            except InputError as error:
                _hold(bool(error.sentence), f"{source.name}: an error without a sentence")
            same = 0
            for one, other in zip(rows_of(readings), rows, strict=False):
                if one != other:
                    break
                same += 1
            due = max((row for offset, row in begun if offset < cut), default=0)
            _hold(same >= due, f"{source.name}: cut off at byte {cut}, row {same + 1} of {due} is lost")


def _begins(whole: bytes, rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Return where the text of a post begins in the file, and how many rows stand before it."""
    begun: list[tuple[int, int]] = []
    at = 0
    for before, (_, part, made) in enumerate(rows):
        if part == "post" and isinstance(made, tuple):
            found = whole.find(dict(made)["text"].encode(), at)
            if found >= 0:
                begun.append((found, before))
                at = found + 1
    return begun


def _size(reading: Reading) -> int:
    """Return the number of rows of a reading."""
    return len(reading.posts) + len(reading.skipped) + len(reading.rejected)


def _hold(kept: bool, promise: str) -> None:
    """Raise for a promise that is not kept."""
    if not kept:
        raise AssertionError(promise)
