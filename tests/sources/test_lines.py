"""Lines of a file by their numbers are those that a plain reading gives, however they are asked for."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.sources import lines as lines_file
from fanal.sources import opening
from fanal.sources.lines import Lines


@given(
    content=st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"")), max_size=12),
    asked=st.lists(st.sets(st.integers(1, 14), min_size=1), max_size=3),
    ended=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_lines_are_those_of_a_plain_reading(
    tmp_path_factory: pytest.TempPathFactory, content: list[bytes], asked: list[set[int]], ended: bool
) -> None:
    path = tmp_path_factory.mktemp("lines") / "posts.jsonl"
    path.write_bytes(b"\n".join(content) + (b"\n" if ended else b""))
    plain = path.read_bytes().split(b"\n")
    if plain[-1] == b"":
        plain.pop()
    found, last = Lines(path), 0
    for numbers in asked:
        rising = sorted(n for n in numbers if n > last)
        if not rising:
            continue
        last = rising[-1]
        assert found.of(rising) == {n: plain[n - 1].removesuffix(b"\r") for n in rising if n <= len(plain)}


def test_a_gzipped_file_gives_the_same(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(gzip.compress(b"one\ntwo\nthree"))
    found = Lines(path)
    assert (found.of([2]), found.of([3])) == ({2: b"two"}, {3: b"three"})


def test_a_line_longer_than_a_row_may_be_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_file, "MAX_ROW_BYTES", 10)
    monkeypatch.setattr(opening, "CHUNK_BYTES", 4)
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"short\n" + b"x" * 11 + b"\nsame\n" + b"y" * 10 + b"\n" + b"z" * 99)
    assert Lines(path).of([1, 2, 3, 4, 5]) == {1: b"short", 3: b"same", 4: b"y" * 10}
