"""Messages of brokers: every row of one is read or counted, whatever stands in it."""

import timeit

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fanal.sources.live import MAX_ROW_BYTES
from fanal.sources.message import FORMS, Carried, read_carried, rows_of

NOTE = {"type": "Note", "id": "https://a.example/1", "to": "as:Public", "published": "2014-08-03T05:00:00Z"}
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["type", "items", "object", "content", "to", "published", "id", "text", "time"]),
            st.one_of(inner, st.sampled_from(["Collection", "Create", "Delete", "Note", "as:Public"])),
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(st.one_of(st.binary(max_size=60), JSON.map(orjson.dumps)), st.sampled_from(FORMS))
@example(b"[" * 100_000, "activitystreams")
@example(b"\n" * 100_000, "jsonl")
@example(b'{"type": "Collection", "items": 7}', "activitystreams")
def test_whatever_a_message_holds_each_row_is_in_one_part(message: bytes, form: str) -> None:
    rows = list(rows_of(message, form))
    reading = read_carried(Carried(form=form), rows, first=1)
    lines = [*reading.posts["line"].to_pylist(), *reading.skipped.to_pylist()]
    assert sorted(lines + reading.rejected["line"].to_pylist()) == list(range(1, len(rows) + 1))
    assert all(b"\n" not in row for row in rows) or form != "jsonl"


@given(st.lists(JSON, max_size=6))
def test_lines_and_lists_hold_what_was_written(said: list[object]) -> None:
    lines = [orjson.dumps({"x": one}) for one in said]
    assert [row for row in rows_of(b"\r\n".join(lines) + b"\n", "jsonl") if row] == lines
    assert list(rows_of(orjson.dumps([{"x": one} for one in said]), "activitystreams")) == lines


@pytest.mark.parametrize(
    "kind", ["Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"]
)
def test_collections_are_taken_apart(kind: str) -> None:
    for name in ("items", "orderedItems"):
        assert list(rows_of(orjson.dumps({"type": kind, name: [{"a": 1}]}), "activitystreams")) == [
            b'{"a":1}'
        ]


def test_a_row_that_is_too_long_costs_only_itself() -> None:
    rows = [orjson.dumps({**NOTE, "content": "x" * size}) for size in (5, MAX_ROW_BYTES, 6)]
    reading = read_carried(Carried(form="activitystreams"), rows, first=1)
    assert reading.posts["line"].to_pylist() == [1, 3]
    assert reading.rejected["reason"].to_pylist() == ["The row of the stream is longer than 1 MB."]


def test_activities_are_read_fast_enough_for_any_inbox() -> None:
    rows = [
        orjson.dumps({**NOTE, "id": f"https://a.example/{n}", "content": "<p>Roads.</p>"})
        for n in range(4096)
    ]
    options = Carried(form="activitystreams")
    seconds = min(timeit.repeat(lambda: read_carried(options, rows, first=1), number=1, repeat=5))
    assert len(rows) / seconds > 8000  # four times a peak of 2,000 posts a second
