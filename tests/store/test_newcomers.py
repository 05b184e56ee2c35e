"""Newcomers: who was seen in the last weeks is told, nobody is listed, and what tells it dies."""

import os
import stat
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.store.lake import Lake
from fanal.store.newcomers import REMEMBERED_WEEKS, Newcomers, newcomers
from fanal.store.rows import NEWCOMERS
from fanal.store.sieve import Sieve

TODAY = date(2014, 11, 3)
MONDAY = (date(2014, 8, 4) - date(1970, 1, 1)).days


def week(number: int) -> int:
    return MONDAY + 7 * number


def opened(folder: Path, *, today: date = TODAY, blocks: int = 1 << 10, flipped: float = 0.0) -> Newcomers:
    return Newcomers(folder / "recent", dice=os.urandom, today=today, blocks=blocks, flipped=flipped)


def tell(recent: Newcomers, authors: list[str | None], number: int) -> list[int]:
    weeks = np.full(len(authors), week(number), np.int32)
    return recent.tell(pa.array(authors, pa.string()), weeks).tolist()


def add(recent: Newcomers, authors: list[str | None], number: int) -> None:
    recent.add(pa.array(authors, pa.string()), np.full(len(authors), week(number), np.int32))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "recent").iterdir())


AUTHORS = [f"author {n}" for n in range(12)]


@given(st.lists(st.lists(st.sampled_from(AUTHORS), min_size=1, max_size=6), min_size=1, max_size=9))
def test_answers_are_those_of_plain_sets(tmp_path_factory, weeks):
    folder = tmp_path_factory.mktemp("w")
    recent, seen = opened(folder), []
    for number, authors in enumerate(weeks):
        before = seen[-REMEMBERED_WEEKS:]
        full = len(seen) >= REMEMBERED_WEEKS
        wanted = [int(not any(author in one for one in before)) if full else -1 for author in authors]
        assert tell(recent, authors, number) == wanted
        add(recent, authors, number)
        seen.append(set(authors))
        if number % 2:
            recent.save()
            recent = opened(folder)  # another run goes on where this one was


def test_a_week_that_was_not_read_makes_the_answer_unknown(tmp_path: Path) -> None:
    recent = opened(tmp_path)
    for number in (0, 1, 3, 4):
        add(recent, ["a"], number)
    assert tell(recent, ["a", "b"], 5) == [-1, -1]
    for number in (5, 6, 7):
        add(recent, ["a"], number)
    assert tell(recent, ["a", "b", None], 7) == [0, 1, -1]


def test_a_sketch_dies_with_its_key_when_the_stream_has_gone_on(tmp_path: Path) -> None:
    recent = opened(tmp_path)
    for number in range(7):
        add(recent, ["a"], number)
        recent.save()
        assert len(files(tmp_path)) <= REMEMBERED_WEEKS + 1
    assert files(tmp_path) == [f"week-2014-W{n}.sketch" for n in range(34, 39)]
    assert tell(recent, ["a"], 1) == [-1], "what is older than the oldest sketch is unknown"
    add(recent, ["late"], 1)
    recent.save()
    assert files(tmp_path) == [f"week-2014-W{n}.sketch" for n in range(34, 39)]


def test_a_sketch_dies_by_the_clock_when_the_stream_stands_still(tmp_path: Path) -> None:
    recent = opened(tmp_path)
    add(recent, ["a"], 0)
    recent.save()
    last = TODAY + timedelta(weeks=REMEMBERED_WEEKS + 2)
    opened(tmp_path, today=last)
    assert len(files(tmp_path)) == 1
    opened(tmp_path, today=last + timedelta(days=1))
    assert files(tmp_path) == []


def test_files_are_their_owners_and_name_nobody(tmp_path: Path) -> None:
    recent = opened(tmp_path)
    add(recent, ["xylophonequartz"], 0)
    recent.save()
    (path,) = (tmp_path / "recent").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"xylophone" not in path.read_bytes()


def test_two_weeks_know_an_author_by_hashes_that_have_nothing_in_common(tmp_path: Path) -> None:
    recent = opened(tmp_path)
    for number in (0, 1):
        add(recent, ["a"], number)
    recent.save()
    one, two = ((tmp_path / "recent" / name).read_bytes()[24:] for name in files(tmp_path))
    assert one != two
    assert sum(map(int.bit_count, one)) == sum(map(int.bit_count, two)) == 8


def test_a_full_sketch_tells_nothing(tmp_path: Path) -> None:
    recent = opened(tmp_path, blocks=1)
    for number in range(4):
        add(recent, [f"{number} {n}" for n in range(60)], number)
    assert tell(recent, ["a"], 4) == [-1]


def test_a_stated_share_of_the_answers_is_turned_and_stays_so_all_week(tmp_path: Path) -> None:
    recent = opened(tmp_path, blocks=1 << 12, flipped=0.2)
    old, new = [f"old {n}" for n in range(2000)], [f"new {n}" for n in range(2000)]
    for number in range(4):
        add(recent, old, number)
    first = tell(recent, old + new, 4)
    assert np.mean(first[:2000]) == pytest.approx(0.2, abs=0.04)
    assert np.mean(first[2000:]) == pytest.approx(0.8, abs=0.04)
    add(recent, old + new, 4)
    recent.save()
    assert tell(opened(tmp_path, blocks=1 << 12, flipped=0.2), old + new, 4) == first


@pytest.mark.parametrize("content", [b"", b"short", b"\0" * 24, b"\0" * 25])
def test_a_damaged_sketch_is_forgotten(tmp_path: Path, content: bytes) -> None:
    add(recent := opened(tmp_path), ["a"], 0)
    recent.save()
    (path,) = (tmp_path / "recent").iterdir()
    path.write_bytes(content)
    (tmp_path / "recent" / "week-nonsense.sketch").write_bytes(b"x" * 56)
    opened(tmp_path)
    assert files(tmp_path) == []


def test_what_was_not_saved_changes_no_file(tmp_path: Path) -> None:
    recent = opened(tmp_path)
    add(recent, ["a"], 0)
    assert files(tmp_path) == []
    recent.save()
    before = (tmp_path / "recent" / files(tmp_path)[0]).read_bytes()
    add(recent, ["b"], 0)
    assert (tmp_path / "recent" / files(tmp_path)[0]).read_bytes() == before


def test_told_gives_each_author_of_a_week_once_and_only_posts_with_a_place(tmp_path: Path) -> None:
    recent = opened(tmp_path)
    for number in range(4):
        add(recent, ["a"], number)
    authors = pa.array(["a", "b", "c", "b", None, "a"])
    rows = recent.told(authors, np.full(6, week(4), np.int32), np.array([0, 1, 3, 4, 5]))
    assert sorted(zip(rows["row"].to_pylist(), rows["new"].to_pylist(), strict=True)) == [
        (0, False),
        (1, True),
    ]
    assert tell(recent, ["c"], 5) == [1], "a post without a place leaves no trace"
    empty = recent.told(pa.array([], pa.string()), np.zeros(0, np.int32), np.zeros(0, np.int64))
    assert len(empty) == 0


def test_one_batch_of_many_weeks_is_as_many_batches(tmp_path: Path) -> None:
    authors = pa.array(["a", "b"] * 6 + ["c"])
    weeks = np.array([week(n) for n in range(6) for _ in "ab"] + [week(5)], np.int32)
    shuffled = np.array([12, 3, 9, 0, 7, 1, 11, 2, 8, 10, 5, 4, 6])
    rows = opened(tmp_path).told(authors.take(pa.array(shuffled)), weeks[shuffled], np.arange(13))
    found = {
        (authors[shuffled[row]].as_py(), int(weeks[shuffled[row]])): new
        for row, new in zip(rows["row"].to_pylist(), rows["new"].to_pylist(), strict=True)
    }
    assert found == {(who, week(n)): False for n in (4, 5) for who in "ab"} | {("c", week(5)): True}


def test_answers_of_committed_batches_are_read_and_seen_wins(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    monday = date(2014, 8, 4)
    rows = [("x", 7, True), ("x", -1, True), ("y", 7, False), ("z", 9, True)]
    for batch in "xyz":
        own = [{"batch": b, "week": monday, "pseudonym": p, "new": n} for b, p, n in rows if b == batch]
        lake.append("newcomers", pa.Table.from_pylist(own, schema=NEWCOMERS))
    found = newcomers(lake, committed=["x", "y"])
    assert sorted(zip(found["pseudonym"].to_pylist(), found["new"].to_pylist(), strict=True)) == [
        (7, False),
        (2**64 - 1, True),
    ]


def test_a_workspace_of_before_knows_nothing(tmp_path: Path) -> None:
    assert len(newcomers(Lake(tmp_path), committed=["x"])) == 0


@given(st.lists(st.integers(0, 2**64 - 1), max_size=200))
def test_a_sieve_is_the_same_after_it_was_written(hashes):
    sieve = Sieve(blocks=4)
    sieve.add(np.array(hashes, np.uint64))
    again = Sieve.of(sieve.content())
    assert again.may_hold(np.array(hashes, np.uint64)).all()
    assert again.content() == sieve.content()


def test_a_sieve_says_how_often_it_is_wrong() -> None:
    dice = np.random.Generator(np.random.PCG64(1))
    sieve = Sieve(blocks=64)
    assert sieve.false_yes() == 0.0
    sieve.add(dice.integers(0, 2**64, 64 * 30, dtype=np.uint64))
    measured = sieve.may_hold(dice.integers(0, 2**64, 100_000, dtype=np.uint64)).mean()
    assert sieve.false_yes() == pytest.approx(measured, rel=0.1)


def test_a_post_of_a_week_to_come_makes_no_sketch_and_ends_none(tmp_path):
    recent = opened(tmp_path)
    for number in range(REMEMBERED_WEEKS + 1):
        add(recent, ["a"], number)
    recent.save()
    before = files(tmp_path)
    far = np.full(1, week(4000), np.int32)
    assert recent.tell(pa.array(["a"]), far).tolist() == [-1]
    recent.add(pa.array(["a"]), far)
    recent.save()
    assert files(tmp_path) == before
