"""What was read before is told exactly, compared with a plain set, whatever the sieve lets through."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.post import POST_SCHEMA
from fanal.store.batch import Batch
from fanal.store.lake import Lake
from fanal.store.seen import Seen, line_rows, post_rows
from fanal.store.sieve import Sieve

WEEKS = [16_286, 16_293, 16_300, -3]
"""Three Mondays of August 2014, and the week that also stands for rows without a time."""

NEW = st.lists(st.tuples(st.sampled_from(WEEKS), st.integers(0, 12)), max_size=8)
"""Rows as week and number; the number stands for a hash, so that repeats are likely."""


def hashed(week: int, number: int) -> int:
    return ((week * 1_000_003 + number) * 0x9E3779B97F4A7C15) % 2**64


def arrays(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    weeks = np.array([week for week, _ in rows], np.int32)
    return weeks, np.array([hashed(*row) for row in rows], np.uint64)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(NEW, st.lists(st.integers(0, 5), max_size=3), st.booleans()), max_size=5),
    st.sampled_from([1, 4, 4096]),
)
def test_fresh_is_what_a_set_says(
    batches: list[tuple[list[tuple[int, int]], list[int], bool]], blocks: int
) -> None:
    known: set[int] = set()
    committed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        seen = Seen(lake, committed, sieve=Sieve(blocks=blocks))
        for number, (rows, others, reopen) in enumerate(batches):
            weeks, hashes = arrays(rows)
            expected, inside = [], set(known)
            for one in hashes.tolist():
                expected.append(one not in inside)
                inside.add(one)
            new = seen.fresh(weeks, hashes)
            assert new.tolist() == expected
            other = np.array([hashed(-99, one) for one in others], np.uint64)
            other = other[seen.fresh_other(other)]
            assert len(set(other.tolist())) == len(other)
            assert not known & set(other.tolist())
            batch = Batch(id=f"{number:016x}", weeks=weeks[new], posts=hashes[new], pseudonyms=hashes[new])
            lake.append("seen", batch.seen(other))
            committed.append(batch.id)
            seen.add(batch.weeks, batch.posts)
            seen.add_other(other)
            known |= set(batch.posts.tolist()) | set(other.tolist())
            if reopen:
                seen = Seen(lake, committed, sieve=Sieve(blocks=blocks))
        total = sum(len(lake.read_part("seen", part, "row")) for part in lake.parts("seen"))
        assert total == len(known)


def test_what_was_never_committed_is_new(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    weeks, rows = arrays([(WEEKS[0], 1), (WEEKS[0], 2)])
    for name, chosen in [("kept", slice(0, 1)), ("lost", slice(1, 2))]:
        batch = Batch(id=name, weeks=weeks[chosen], posts=rows[chosen], pseudonyms=rows[chosen])
        lake.append("seen", batch.seen(np.empty(0, np.uint64)))
    assert Seen(lake, ["kept"]).fresh(weeks, rows).tolist() == [False, True]
    assert Seen(lake, ["kept"], sieve=Sieve(blocks=1)).fresh(weeks, rows).tolist() == [False, True]


def test_only_files_of_the_weeks_asked_for_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path)
    for number, week in enumerate(WEEKS[:3]):
        weeks, rows = arrays([(week, 1)])
        batch = Batch(id=str(number), weeks=weeks, posts=rows, pseudonyms=rows)
        lake.append("seen", batch.seen(np.array([hashed(-99, number)], np.uint64)))
    read: list[int] = []
    whole = Lake.read_part

    def watched(self, name, part, column):
        read.append(part.first)
        return whole(self, name, part, column)

    monkeypatch.setattr(Lake, "read_part", watched)
    weeks, rows = arrays([(WEEKS[1], 1), (WEEKS[1], 2)])
    assert Seen(lake, ["0", "1", "2"]).fresh(weeks, rows).tolist() == [False, True]
    assert set(read) == {WEEKS[1]}


def test_a_file_that_is_read_again_looks_once_at_each_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    seed = 7
    dice = np.random.default_rng(seed)  # noqa: TID251 - a test makes its dice
    batches = [dice.integers(0, 2**64, 50, dtype=np.uint64) for _ in range(12)]
    week = np.full(50, WEEKS[0], np.int32)
    for number, rows in enumerate(batches):
        lake.append(
            "seen",
            Batch(id=f"{number:02}", weeks=week, posts=rows, pseudonyms=rows).seen(np.empty(0, np.uint64)),
        )
    again = Seen(lake, [f"{number:02}" for number in range(12)])
    again.fresh(week[:1], np.array([1], np.uint64))  # all files are in the sieve
    read: list[str] = []
    whole = Lake.read_part

    def watched(self, name, part, column):
        read.append(part.path)
        return whole(self, name, part, column)

    monkeypatch.setattr(Lake, "read_part", watched)
    for rows in batches:
        assert not again.fresh(week, rows).any()
    assert len(read) <= 2 * len(batches)


TIME = datetime(2014, 8, 4, 12, tzinfo=UTC)
KEY = (1, 2)


def posts(*rows: dict[str, object]) -> pa.RecordBatch:
    """Return posts; what a row does not say is the same in all."""
    usual = dict.fromkeys(POST_SCHEMA.names) | {
        "line": 1,
        "author": "a",
        "time": TIME,
        "text": "We need water",
    }
    return pa.RecordBatch.from_pylist([usual | row for row in rows], schema=POST_SCHEMA)


def hashes(*rows: dict[str, object]) -> list[int]:
    return post_rows(posts(*rows), form="jsonl", key=KEY).tolist()


def test_an_edit_is_the_post_that_is_known_and_a_repost_is_another() -> None:
    post, edited, repost = hashes(
        {"id": "1"}, {"id": "1", "text": "We need water and food"}, {"id": "2", "author": "b"}
    )
    assert post == edited
    assert post != repost


def test_posts_without_ids_are_known_in_another_export_by_author_time_and_text() -> None:
    first, later = hashes({"line": 3}), hashes({"line": 700})
    assert first == later
    other = hashes(
        {"author": "b"}, {"time": TIME + timedelta(seconds=1)}, {"text": "We need food"}, {"author": None}
    )
    assert len({*first, *other}) == 5


def test_the_same_words_of_one_author_in_one_second_are_one_post(tmp_path: Path) -> None:
    rows = np.array(hashes({"line": 1}, {"line": 2}), np.uint64)
    seen = Seen(Lake(tmp_path), [])
    assert seen.fresh(np.full(2, WEEKS[0], np.int32), rows).tolist() == [True, False]


def test_what_an_earlier_fanal_knew_by_its_line_stays_known(tmp_path: Path) -> None:
    lake, batch = (
        Lake(tmp_path),
        posts({"line": 1}, {"line": 2, "text": "We need food"}, {"line": 3, "id": "7"}),
    )
    weeks = np.full(3, WEEKS[0], np.int32)
    unnamed, by_line = line_rows(batch.slice(0, 1), file="f", key=KEY)
    assert unnamed.tolist() == [0]
    old = Batch(id="old", weeks=weeks[:1], posts=by_line, pseudonyms=by_line)
    lake.append("seen", old.seen(np.empty(0, np.uint64)))
    rows = post_rows(batch, form="jsonl", key=KEY)
    for file, expected in (("f", [False, True, True]), ("another", [True, True, True])):
        seen = Seen(lake, ["old"])
        assert seen.fresh_posts(batch, weeks, rows, file=file, key=KEY).tolist() == expected


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.none() | st.sampled_from(["", "1", "2"]),
            st.none() | st.sampled_from(["", "a", "a\0b"]),
            st.integers(0, 2),
            st.sampled_from(["x", "y", "b\0x"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_two_posts_have_one_hash_where_a_plain_rule_says_they_are_one(
    rows: list[tuple[str | None, str | None, int, str]],
) -> None:
    found = hashes(
        *(
            {"id": name, "author": author, "time": TIME + timedelta(seconds=second), "text": text}
            for name, author, second, text in rows
        )
    )
    for left, one in zip(rows, found, strict=True):
        for right, other in zip(rows, found, strict=True):
            assert (one == other) == (plain(*left) == plain(*right))


def plain(name: str | None, author: str | None, second: int, text: str) -> tuple[object, ...]:
    """Return what makes two posts one."""
    return ("id", name, author or "", second) if name is not None else ("said", author or "", second, text)
