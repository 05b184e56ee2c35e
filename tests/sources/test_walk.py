"""The walk finds the elements that a whole parse finds, however the bytes come in, and holds few of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.error import InputError
from fanal.sources import walk as walk_file
from fanal.sources.walk import Lists, Walk

NAMES = ("messages", "posts_v2")
LISTS = Lists(names=NAMES, top=True, what="a list", element="entry", elements="entries", hint="None.")
FILE = Path("export.json")
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.text('ab"\\[]{},:é', max_size=5) | st.sampled_from(NAMES)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*NAMES, "messages_", "a", "\\", '"']), inner, max_size=4)
    ),
    max_leaves=20,
)
WHOLES = st.lists(VALUES, max_size=4) | st.dictionaries(
    st.sampled_from([*NAMES, "a", "id"]), VALUES, max_size=5
)


def expected(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the elements of the lists that a parsed file has, each with its list's name."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in NAMES and isinstance(inner, list):
                yield from ((name, element) for element in inner)
            else:
                yield from expected(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from expected(inner)


def in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Yield bytes a few at a time."""
    for at in range(0, len(data), size):
        yield data[at : at + size]


@settings(deadline=None, max_examples=300)
@given(
    whole=WHOLES,
    size=st.integers(1, 40),
    rows=st.integers(1, 5),
    start=st.integers(0, 4),
    indent=st.sampled_from([None, 2]),
    escaped=st.booleans(),
)
def test_elements_are_those_of_a_whole_parse(
    whole: Any, size: int, rows: int, start: int, indent: int | None, escaped: bool
) -> None:
    data = json.dumps(whole, indent=indent, ensure_ascii=escaped).encode()
    due = [("", one) for one in whole] if isinstance(whole, list) else list(expected(whole))
    walk = Walk(FILE, LISTS, start=start, rows=rows, source=lambda: in_pieces(data, size))
    found = []
    for batch in walk.batches():
        assert 0 < batch.size <= rows
        assert batch.line.tolist() == list(range(batch.last - batch.size + 1, batch.last + 1))
        assert [batch.of(row) for row in range(batch.size)] == list(batch.elements())
        found += [(place.name, json.loads(raw)) for raw, place in batch.elements()]
    assert found == due[start:]
    if len(due) >= start and (due or isinstance(whole, list)):
        walk.close()


def test_what_stands_before_a_list_is_told() -> None:
    data = b'{"about": 1, "chats": {"list": [{"id": 7, "name": "{[", "messages": [1, 2]}]}, "messages": [3]}'
    walk = Walk(FILE, LISTS, start=0, rows=9, source=lambda: in_pieces(data, 7))
    (batch,) = walk.batches()
    places = [stretch.place for stretch in batch.stretches]
    assert {place.depth for place in places} == {0, 3}
    assert {place.before for place in places if place.depth} == {b'{"id": 7, "name": "{[", "messages": ['}


@pytest.mark.parametrize(
    "data", [b'{"messages": [1, 2', b'{"messages": [1, 2]', b"[1, 2", b'{"messages": [1, 2], "a": "']
)
def test_a_file_that_breaks_off_is_told_after_its_elements(data: bytes) -> None:
    walk = Walk(FILE, LISTS, start=0, rows=9, source=lambda: in_pieces(data, 3))
    assert sum(batch.size for batch in walk.batches()) >= 1
    with pytest.raises(InputError, match="breaks off after entry"):
        walk.close()


def test_a_file_without_a_list_is_refused() -> None:
    walk = Walk(FILE, LISTS, start=0, rows=9, source=lambda: iter([b'{"a": []}']))
    assert not list(walk.batches())
    with pytest.raises(InputError, match="it has no list of entries"):
        walk.close()


def test_a_file_that_is_shorter_than_before_is_refused() -> None:
    walk = Walk(FILE, LISTS, start=5, rows=9, source=lambda: iter([b"[1, 2]"]))
    assert not list(walk.batches())
    with pytest.raises(InputError, match="ends at entry 2, before entry 5"):
        walk.close()


def test_an_element_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk_file, "MAX_ELEMENT_BYTES", 1000)
    read = 0

    def source() -> Iterator[bytes]:
        nonlocal read
        yield b'[1, "'
        for _ in range(10_000):
            read += 1
            yield b"x" * 100

    walk = Walk(FILE, LISTS, start=0, rows=9, source=source)
    assert [batch.size for batch in walk.batches()] == [1]
    assert read < 20
    with pytest.raises(InputError, match="entry 2 does not end within 16 MB"):
        walk.close()


def test_a_batch_holds_few_bytes_however_far_apart_its_elements_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk_file, "BATCH_BYTES", 5000)
    monkeypatch.setattr(walk_file, "BEFORE_BYTES", 100)
    data = b'{"a": ["' + b'", {"messages": [1]}, "'.join([b"y" * 2000] * 50) + b'"]}'
    walk = Walk(FILE, LISTS, start=0, rows=1000, source=lambda: in_pieces(data, 1000))
    batches = list(walk.batches())
    assert sum(batch.size for batch in batches) == 49
    assert max(batch.held for batch in batches) < 5000 + 1000 + 100
