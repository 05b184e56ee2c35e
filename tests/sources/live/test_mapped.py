"""Rows of JSON objects are read together as each of them alone, whatever stands beside it, and fast."""

import timeit
from collections.abc import Sequence
from typing import Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanal.model.post import Reading
from fanal.sources import mapped
from fanal.sources.live import MAX_ROW_BYTES
from fanal.sources.mapped import TOGETHER, read_mapped
from fanal.sources.mapping import FALLBACKS, FieldMapping

PLAIN = FieldMapping()
NAMES = sorted({name for names in FALLBACKS.values() for name in names})
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2**70),
    st.floats(-200, 200),
    st.sampled_from(["", " ", "2014-08-03T05:00:00Z", "43.1", "The road is open.", "1407042000"]),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(st.sampled_from(["id", "id_str"]), st.one_of(st.none(), st.integers(0, 9), st.text())),
)
OBJECTS = st.dictionaries(st.sampled_from([*NAMES, "x"]), VALUES, max_size=6)
ROWS = st.one_of(
    OBJECTS.map(lambda one: orjson.dumps(one, default=str) if _fits(one) else b"{}"),
    st.binary(max_size=12),
    st.sampled_from(
        [
            b"",
            b" \n",
            b"{",
            b"[]",
            b"{}\n{}",
            b'{"text": "a\nb"}',
            b'{"text": NaN}',
            b"\xff",
            b'{"x": 1e999, "text": "a"}',
        ]
    ),
)


def _fits(one: Any) -> bool:
    try:
        orjson.dumps(one)
    except (TypeError, ValueError):
        return False
    return True


def row(number: int, **more: object) -> bytes:
    said = {
        "id": number,
        "author": f"a{number % 7}",
        "time": "2014-08-03T05:00:00Z",
        "text": "Roads are closed.",
    }
    return orjson.dumps({**said, **more})


def parts(reading: Reading) -> dict[int, object]:
    """Return what became of each row, by its line."""
    found: dict[int, object] = {post.pop("line"): post for post in reading.posts.to_pylist()}
    found |= dict.fromkeys(reading.skipped.to_pylist(), "skipped")
    found |= {one["line"]: one["reason"] for one in reading.rejected.to_pylist()}
    return found


def alone(rows: Sequence[bytes], mapping: FieldMapping = PLAIN) -> dict[int, object]:
    """Read each row by itself: the slow, obvious reference."""
    found: dict[int, object] = {}
    for line, one in enumerate(rows, start=1):
        found |= parts(read_mapped([one], mapping=mapping, first=line))
    return found


@given(st.lists(ROWS, max_size=30), st.integers(0, 12), st.data())
@settings(max_examples=150, deadline=None)
@example([b'{"text": "x", "user": {"id": 4}}', b'{"text": "x", "user": "bob"}'], 0, None)
@example([b"\0\n", b'{"text": "x", "time": 1407042000}'], 0, None)
@example([b'{"text": "x", "user": {"id": 4}}', b'{"text": "x", "user": {"id_str": "5"}}'], 3, None)
def test_a_row_is_read_beside_others_as_alone(rows: list[bytes], many: int, data: Any) -> None:
    more = [row(number) for number in range(many)]
    together = [*more, *rows] if data is None else data.draw(st.permutations([*more, *rows]))
    kept, mapped.TOGETHER = mapped.TOGETHER, 1
    try:
        got = parts(read_mapped(together, mapping=PLAIN, first=1))
    finally:
        mapped.TOGETHER = kept
    assert repr(got) == repr(dict(sorted(alone(together).items()))) or got == alone(together)


def test_rows_that_are_unlike_cost_only_themselves() -> None:
    rows = [row(number) for number in range(3 * TOGETHER)]
    rows[10] = b'{"post_id": "p", "timestamp": 1407042000, "body": "Water came."}'
    rows[100] = b'{"id": 1.5, "time": "never", "text": 3}'
    rows[101] = b"<html></html>"
    reading = read_mapped(rows, mapping=PLAIN, first=5)
    assert parts(reading) == {line + 4: part for line, part in alone(rows).items()}
    assert reading.posts["id"].to_pylist()[10] == "p"
    assert reading.position == 4 + len(rows)


def test_a_mapping_names_the_fields() -> None:
    said = (
        b'{"nr": 1, "who": {"key": "a"}, "at": "2014-08-03 08:00", "said": "Roads.", "x": 43.1, "y": "36.3"}'
    )
    mapping = FieldMapping(
        id="nr", author="who.key", time="at", text="said", lon="x", lat="y", timezone="Asia/Baghdad"
    )
    for size in (1, 2 * TOGETHER):
        (post, *_) = read_mapped([said] * size, mapping=mapping, first=1).posts.to_pylist()
        assert (post["id"], post["author"], post["text"]) == ("1", "a", "Roads.")
        assert (post["time"].hour, post["lon"], post["lat"]) == (5, 43.1, 36.3)


def test_a_row_that_is_too_long_is_rejected() -> None:
    rows = [row(1), row(2, pad="x" * MAX_ROW_BYTES), row(3), b"", b" \t\r\n"]
    reading = read_mapped(rows, mapping=PLAIN, first=1)
    assert reading.rejected.to_pylist() == [
        {"line": 2, "reason": "The row of the stream is longer than 1 MB."}
    ]
    assert reading.posts["id"].to_pylist() == ["1", "3"]
    assert reading.skipped.to_pylist() == [4, 5]


def test_reading_takes_at_most_three_times_as_long_as_parsing_alone() -> None:
    more = {"id_str": "5", "user": {"id": 5, "name": "x", "seen": [1, 2, 3]}, "likes": [[1, "a"], [2, "b"]]}
    rows = [row(number, about={"kind": "note", "of": [1, 2, 3, 4]}, **more) for number in range(4096)]
    assert len(read_mapped(rows, mapping=PLAIN, first=1).posts) == len(rows)
    parsing = min(timeit.repeat(lambda: [orjson.loads(one) for one in rows], number=1, repeat=15))
    reading = min(timeit.repeat(lambda: read_mapped(rows, mapping=PLAIN, first=1), number=1, repeat=15))
    assert reading <= 3 * parsing, f"parsing {parsing:.4f} s, reading {reading:.4f} s"
