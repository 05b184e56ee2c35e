"""The vault: what is sealed opens in its own place and nowhere else, and no damage spreads or is mended silently."""

import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fanal.model.error import KeyGoneError, WorkspaceError
from fanal.model.post import POST_SCHEMA, REJECT_SCHEMA, Reading
from fanal.store import segment
from fanal.store.choice import Choice, refused_rows
from fanal.store.durable import DRAFT
from fanal.store.keyring import Keyring
from fanal.store.sealed import PAD, What, opened, packed, unpacked
from fanal.store.vault import Rejected, Vault

DAY = date(2026, 11, 28)
NEXT = DAY + timedelta(days=1)
START = datetime(2014, 8, 3, 5, tzinfo=UTC)
TEXTS = [
    "We need water in Sinjar",
    "نحتاج ماء",
    "",
    "A quiet evening",
    "Roads are closed \U0001f6a7",
    "x" * 700,
]


def posts_of(texts: list[str], *, first: int = 0) -> pa.RecordBatch:
    rows = [
        {
            "line": n + 1,
            "id": None if n % 3 == 2 else f"id {first + n}",
            "author": None if n % 4 == 3 else f"author {first + n}",
            "time": START + timedelta(seconds=n, microseconds=n),
            "text": text,
        }
        for n, text in enumerate(texts)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=POST_SCHEMA)


class Held:
    """Hold a vault in a folder, with the batches that are committed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.batches: set[str] = set()
        self.joint: dict[str, str] = {}
        self.keyring = Keyring(folder / "keys", dice=os.urandom)
        self.vault = self.again()

    def again(self, *, dice: Callable[[int], bytes] = os.urandom) -> Vault:
        return Vault(self.folder / "vault", self.keyring, counting=self._counting, dice=dice)

    def _counting(self) -> dict[str, str]:
        return {one: one for one in self.batches} | self.joint

    def write(
        self,
        batch: str,
        texts: list[str],
        *,
        first: int = 0,
        day: date = DAY,
        commit: bool = True,
        **more: object,
    ) -> list[int]:
        """Seal texts under the hashes first, first + 1, ...; return the hashes."""
        hashes = np.arange(first, first + len(texts), dtype=np.uint64)
        self.vault.write(
            batch,
            day=day,
            posts=posts_of(texts, first=first),
            hashes=hashes,
            chosen=np.arange(len(texts)),
            form="jsonl",
            file="posts.jsonl",
            **more,  # type: ignore[arg-type]
        )
        if commit:
            self.batches.add(batch)
        return [int(one) for one in hashes]

    def path(self, batch: str, day: date = DAY) -> Path:
        return self.folder / "vault" / day.isoformat() / f"{batch}.seal"

    def bytes(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(tmp_path)


def test_a_text_opens_with_all_that_belongs_to_it_and_stands_nowhere(held: Held) -> None:
    hashes = held.write("a", TEXTS, first=2**64 - 10)
    for n, (post, text) in enumerate(zip(hashes, TEXTS, strict=True)):
        found = held.again().read(post)
        assert (found.post, found.day, found.batch) == (post, DAY, "a")
        content = found.content
        assert content.text.decode() == text
        assert content.id == (None if n % 3 == 2 else f"id {2**64 - 10 + n}")
        assert content.author == (None if n % 4 == 3 else f"author {2**64 - 10 + n}")
        assert content.time == START + timedelta(seconds=n, microseconds=n)
        assert (content.line, content.form, content.file) == (n + 1, "jsonl", "posts.jsonl")
        assert not text or text not in repr(found)
    for word in ("water", "evening", "author 1", "posts.jsonl"):
        assert word.encode() not in held.bytes()
    assert held.path("a").stat().st_mode & 0o777 == 0o600


def test_only_the_chosen_rows_are_kept(held: Held) -> None:
    hashes = np.arange(len(TEXTS), dtype=np.uint64)
    kept = held.vault.write(
        "a",
        day=DAY,
        posts=posts_of(TEXTS),
        hashes=hashes,
        chosen=np.array([1, 4]),
        form="csv",
        file="f",
    )
    held.batches.add("a")
    assert kept == held.vault.count() == 2
    assert held.vault.listed()["post"].to_pylist() == [1, 4]
    assert held.vault.read(4).content.text.decode() == TEXTS[4]
    with pytest.raises(WorkspaceError, match="holds no text of 0000000000000003"):
        held.vault.read(3)


def test_a_batch_without_a_chosen_row_leaves_no_file_and_no_key(held: Held) -> None:
    held.write("a", [])
    assert not (held.folder / "vault").exists()
    assert held.keyring.days() == []


def test_readers_see_committed_batches_alone_and_orphans_go(held: Held) -> None:
    held.write("a", TEXTS[:2])
    held.write("b", TEXTS[2:4], first=2, commit=False)
    (held.path("c").with_suffix(".seal.draft")).write_bytes(b"half")
    with pytest.raises(WorkspaceError, match="holds no text"):
        held.vault.read(2)
    assert held.vault.listed()["post"].to_pylist() == [0, 1]
    assert held.vault.count() == 2
    assert held.vault.remove_orphans() == 1
    assert sorted(path.name for path in held.path("a").parent.iterdir()) == ["a.seal"]


def test_an_orphan_and_its_own_draft_go_together(held: Held) -> None:
    held.write("b", TEXTS[:2], commit=False)
    path = held.path("b")
    path.with_name(path.name + DRAFT).write_bytes(path.read_bytes())  # the disk kept both names of a rename
    assert held.vault.remove_orphans() == 1
    assert not path.parent.exists()


def test_days_are_kept_apart_and_go_apart(held: Held) -> None:
    held.write("a", TEXTS[:2])
    held.write("b", TEXTS[2:4], first=2, day=NEXT)
    assert held.vault.days() == held.keyring.days() == [DAY, NEXT]
    assert [one.post for one in held.vault.of_day(NEXT)] == [2, 3]
    held.keyring.destroy_day(DAY)
    with pytest.raises(KeyGoneError, match="2026-11-28 was destroyed"):
        held.vault.read(0)
    with pytest.raises(KeyGoneError):
        list(held.vault.of_day(DAY))
    with pytest.raises(KeyGoneError, match="nor anything be added"):
        held.write("c", TEXTS[:1], first=9)
    assert held.vault.verify().gone == 2
    assert held.vault.read(3).content.text.decode() == TEXTS[3]
    assert held.vault.drop_day(DAY) == 1
    assert held.vault.days() == [NEXT]
    assert not held.path("a").parent.exists()


def test_a_copy_of_the_vault_cannot_be_read_once_the_day_s_key_is_destroyed(
    held: Held, tmp_path: Path
) -> None:
    held.write("a", TEXTS)
    shutil.copytree(tmp_path / "vault", tmp_path / "copy")
    held.keyring.destroy_day(DAY)
    copy = Vault(tmp_path / "copy", held.keyring, counting=lambda: {"a": "a"}, dice=os.urandom)
    with pytest.raises(KeyGoneError):
        copy.read(0)


def test_removed_rows_are_gone_and_the_others_stay(held: Held) -> None:
    held.write("a", TEXTS)
    held.write("b", TEXTS[:2], first=100)
    held.write("c", TEXTS[:1], first=200, day=NEXT)
    os.link(held.path("a"), held.folder / "before")
    assert held.vault.remove([1, 3, 100, 101, 200, 999]) == 5
    assert held.vault.listed()["post"].to_pylist() == [0, 2, 4, 5]
    for post in (0, 2, 4, 5):
        assert held.vault.read(post).content.text.decode() == TEXTS[post]
    for post in (1, 3, 100):
        with pytest.raises(WorkspaceError, match="holds no text"):
            held.vault.read(post)
    assert not held.path("b").exists()
    assert not held.path("c", NEXT).parent.exists()
    assert not any((held.folder / "before").read_bytes())  # the old file was overwritten where it lay
    assert held.vault.verify().faults == ()
    assert held.vault.remove([]) == 0


def test_removing_from_a_destroyed_day_removes_what_nobody_can_read(held: Held) -> None:
    held.write("a", TEXTS)
    held.keyring.destroy_day(DAY)
    assert held.vault.remove([1]) == 1
    assert not held.path("a").exists()


def test_a_removal_does_what_it_can_before_it_names_the_damage(held: Held) -> None:
    held.write("a", TEXTS[:2])
    held.write("b", TEXTS[:2], first=10)
    os.truncate(held.path("a"), 300)
    with pytest.raises(WorkspaceError, match=r"a\.seal"):
        held.vault.remove([0, 10])
    assert held.vault.listed(damaged=lambda _: None)["post"].to_pylist() == [0, 1, 11]


def test_every_write_is_sealed_with_nonces_of_its_own(held: Held) -> None:
    for batch in ("a", "b"):
        held.write(batch, ["the same text"] * 50, first=ord(batch) * 100)
    key = held.keyring.of_day(DAY)
    rows = [row for batch in ("a", "b") for row in segment.entries(held.path(batch), key)]
    assert len({row.nonce for row in rows}) == len({row.sealed for row in rows}) == 100


@given(
    st.lists(
        st.tuples(st.binary(max_size=600), *[st.none() | st.text(max_size=40)] * 2, st.integers(0, 2**62)),
        max_size=8,
    )
)
@hypothesis_settings(max_examples=50, deadline=None)
def test_what_is_packed_unpacks_and_is_of_a_blunt_length(
    rows: list[tuple[bytes, str | None, str | None, int]],
) -> None:
    for text, own, author, line in rows:
        names = [None if one is None else one.encode() for one in (own, author)]
        parts = (text, *names, b"csv", "ملف".encode())
        content = packed((1_407_042_000_000_000, line), parts)
        assert len(content) % PAD == 0
        assert unpacked(content, 5) == ((1_407_042_000_000_000, line), list(parts))
        found = opened(What.POST, content)
        assert (found.text, found.id, found.author, found.line) == (text, own, author, line)


def test_bytes_that_are_no_row_are_refused() -> None:
    whole = packed((1, 2), (b"text", None))
    for wrong in (whole[:10], whole[:18], whole[:-1] + b"x", whole[:16] + b"\xfe\xff\xff\xff" + whole[20:]):
        with pytest.raises(ValueError, match=r"row|part"):
            unpacked(wrong, 2)


def moved(held: Held, change: Callable[[list[segment.Entry]], list[segment.Entry]], **at: object) -> None:
    """Write the segment of batch a anew as somebody would who has not the key: rows changed, the seal made up."""
    path = held.path("a")
    rows = change(segment.entries(path, held.keyring.of_day(DAY)))
    place = {"ring": held.keyring.id(), "day": DAY, "batch": "a", **at}
    parts = segment.joined(rows, key=os.urandom(32), nonce=os.urandom(12), **place)  # type: ignore[arg-type]
    path.write_bytes(b"".join(parts))


def swapped(rows: list[segment.Entry]) -> list[segment.Entry]:
    """Return rows of which the first two have changed their content."""
    one, two, *rest = rows
    return [
        replace(one, sealed=two.sealed, tag=two.tag, nonce=two.nonce),
        replace(two, sealed=one.sealed, tag=one.tag, nonce=one.nonce),
        *rest,
    ]


def flipped(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 4
    path.write_bytes(bytes(content))


def row_at(held: Held, place: int) -> int:
    """Return where a row of batch a begins in its file."""
    rows = segment.entries(held.path("a"), held.keyring.of_day(DAY))
    return held.path("a").stat().st_size - sum(len(row.sealed) for row in rows[place:])


SPOILED: dict[str, tuple[Callable[[Held], object], str]] = {
    "cut in the head": (lambda h: os.truncate(h.path("a"), 40), "is cut off"),
    "cut in the index": (lambda h: os.truncate(h.path("a"), 130), "is cut off"),
    "cut in the last row": (lambda h: os.truncate(h.path("a"), h.path("a").stat().st_size - 1), "instead of"),
    "emptied": (lambda h: os.truncate(h.path("a"), 0), "is cut off"),
    "longer": (lambda h: h.path("a").write_bytes(h.path("a").read_bytes() + b"x"), "instead of"),
    "a bit of a row": (lambda h: flipped(h.path("a"), row_at(h, 1)), "row 1 cannot be opened"),
    "a bit of a hash": (lambda h: flipped(h.path("a"), 102), "its index has changed"),
    "a bit of the table": (lambda h: flipped(h.path("a"), 200), "is damaged"),
    "another program's file": (
        lambda h: h.path("a").write_bytes(b"PK\x03\x04" * 99),
        "is no segment of Fanal",
    ),
    "a later format": (lambda h: flipped(h.path("a"), 8), "has the format 5, here 1"),
    "another batch's name": (lambda h: h.path("a").rename(h.path("b")), "stands under another name"),
    "another day's folder": (
        lambda h: (h.path("b", NEXT).parent.mkdir(), h.path("a").rename(h.path("a", NEXT))),
        "stands under another name or day",
    ),
    "rows swapped": (lambda h: moved(h, swapped), "is damaged, or was sealed with another key"),
    "a row taken out": (lambda h: moved(h, lambda rows: rows[1:]), "is damaged, or was sealed"),
    "a row doubled": (lambda h: moved(h, lambda rows: [*rows, rows[0]]), "is damaged, or was sealed"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_spoiled_segment_is_named_and_the_others_open(held: Held, what: str) -> None:
    spoil, said = SPOILED[what]
    held.write("a", TEXTS)
    held.batches.add("b")
    held.write("c", TEXTS, first=100)
    spoil(held)
    before = held.bytes()
    with pytest.raises(WorkspaceError, match=said) as refused:
        held.again().read(1)
    assert refused.value.hint
    assert "vault" in refused.value.sentence
    assert held.again().read(101).content.text.decode() == TEXTS[1]
    verified = held.again().verify()
    assert len(verified.faults) == 1
    assert said.split("\\")[0] in verified.faults[0] or "row" in said
    assert verified.rows >= len(TEXTS)
    assert held.bytes() == before


def test_who_has_the_day_s_key_of_one_place_cannot_move_a_row_to_another(held: Held) -> None:
    """Each row is bound to format, keyring, day, batch, post, row and kind, also under a seal that is right."""
    held.write("a", TEXTS)
    key = held.keyring.of_day(DAY)
    rows = segment.entries(held.path("a"), key)
    head = segment.head(held.path("a"))
    assert segment.unsealed(rows[0], head, key)
    elsewhere = [
        (rows[0], replace(head, day=NEXT)),
        (rows[0], replace(head, batch="b")),
        (rows[0], replace(head, ring=bytes(16))),
        (replace(rows[0], post=rows[1].post), head),
        (replace(rows[0], number=rows[1].number), head),
        (replace(rows[0], what=What.REJECTED), head),
        *((one, head) for one in swapped(rows)[:2]),
    ]
    for row, place in elsewhere:
        with pytest.raises(WorkspaceError, match="cannot be opened"):
            segment.unsealed(row, place, key)
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        segment.unsealed(rows[0], head, secrets.token_bytes(32))


def test_a_segment_of_another_workspace_is_told(held: Held, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Held(tmp_path / "other")
    other.write("a", TEXTS)
    held.write("b", TEXTS[:1], first=100)
    shutil.copy(other.path("a"), held.path("a"))
    held.batches.add("a")
    with pytest.raises(WorkspaceError, match="belongs to another workspace"):
        held.vault.read(0)
    assert held.vault.read(100).content.text.decode() == TEXTS[0]


def test_without_the_day_s_key_nothing_opens_and_no_new_key_is_made(held: Held) -> None:
    held.write("a", TEXTS)
    (held.folder / "keys" / "day-2026-11-28.key").unlink()
    with pytest.raises(KeyGoneError, match="is not there"):
        held.vault.read(0)
    assert not (held.folder / "keys" / "day-2026-11-28.key").exists()


def test_a_name_that_leads_elsewhere_is_no_batch(held: Held) -> None:
    for name in ("../a", "a/b", "", "a" * 65, "a\n"):
        with pytest.raises(ValueError, match="cannot be the name"):
            held.write(name, TEXTS)


def test_rejected_rows_are_given_back_as_they_stood(held: Held) -> None:
    raw = b'{"id": 7, "text": "broken \xff'
    held.write("a", TEXTS[:1], rejected=[Rejected(row=77, line=9, raw=raw)])
    found = held.vault.read(77, What.REJECTED).content
    assert (found.text, found.line, found.file, found.form, found.time) == (
        raw,
        9,
        "posts.jsonl",
        "jsonl",
        None,
    )
    assert [(one.post, one.content.line) for one in held.vault.rejected("a")] == [(77, 9)]
    assert list(held.vault.rejected("b")) == []
    with pytest.raises(WorkspaceError, match="holds no text"):
        held.vault.read(77)  # it is no post
    assert b"broken" not in held.bytes()


def test_rejected_rows_are_asked_for_by_their_lines() -> None:
    rejected = pa.RecordBatch.from_pylist(
        [{"line": n, "reason": "It is broken."} for n in (2, 5, 8)], schema=REJECT_SCHEMA
    )
    reading = Reading(posts=posts_of([]), skipped=pa.array([], pa.int64()), rejected=rejected, position=9)
    hashes, new = np.array([20, 50, 80], np.uint64), np.array([True, False, True])
    asked: list[list[int]] = []

    def lines(numbers: list[int]) -> dict[int, bytes]:
        asked.append(list(numbers))
        return {8: b"eight"}

    assert refused_rows(Choice(), reading, hashes, new) == []
    kept = refused_rows(Choice(lines=lines), reading, hashes, new)  # type: ignore[arg-type]
    assert kept == [Rejected(row=80, line=8, raw=b"eight")]
    assert asked == [[2, 8]]


def test_the_sample_is_repeatable_keyed_and_of_the_size_that_was_asked() -> None:
    posts = np.arange(100_000, dtype=np.uint64)
    none = pa.array([], pa.int32())
    drawn = Choice(sample=20).rows(none, posts, (1, 2))
    assert abs(len(drawn) - 2000) < 6 * np.sqrt(2000)
    assert (Choice(sample=20).rows(none, posts[::-1], (1, 2)) == 99_999 - drawn[::-1]).all()
    other = Choice(sample=20).rows(none, posts, (3, 4))
    assert len(np.intersect1d(drawn, other)) < 100  # 40 by chance
    assert len(Choice(sample=0).rows(none, posts, (1, 2))) == 0
    assert len(Choice(sample=1000).rows(none, posts, (1, 2))) == len(posts)
    shown = pa.array([5, 7, 7], pa.int32())
    assert Choice().rows(shown, posts, (1, 2)).tolist() == [5, 7]
    assert Choice(signals=False).rows(shown, posts, (1, 2)).tolist() == []
